"""``fetch:`` of a source of kind ``synthetic``: which model writes, by which prompt, from which documents."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from rightful.catalogue.block import Block, Identifier
from rightful.catalogue.http_block import HttpFetch
from rightful.model import JSON

PLACES = ("text", "title", "language")
"""What of a seed may stand in a prompt, in braces."""
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OURS = frozenset(
    {"model", "messages", "n", "stream", "stream_options", "tools", "tool_choice", "functions", "logprobs"}
)


class Message(Block):
    """One message of the prompt."""

    role: Literal["system", "developer", "user"]
    content: str = Field(
        min_length=1, description="{text}, {title} and {language} are replaced by the seed's; other braces stay"
    )


class Seeds(Block):
    """Which documents a text is made from."""

    sources: Annotated[tuple[Identifier, ...], Field(min_length=1)] = Field(
        description="ids of sources; of their slices that begin in this source's slice"
    )
    most: int = Field(
        1_000, ge=1, le=1_000_000, description="seeds of a slice; which ones is told by a hash, not by order"
    )
    min_chars: int = Field(200, ge=1, description="shorter documents are left out")
    max_chars: int = Field(20_000, ge=1, description="longer documents are left out: they would be cut, or cost much")
    max_depth: int = Field(
        0, ge=0, le=10, description="0: seeds are written by people; 1: also texts that were made from those, and so on"
    )
    languages: tuple[str, ...] = Field((), description="only seeds in these languages; default: all")

    @model_validator(mode="after")
    def _sized(self) -> Seeds:
        if self.max_chars < self.min_chars:
            raise ValueError("`max_chars` is less than `min_chars`")
        return self


class SyntheticFetch(HttpFetch):
    """Settings of kind `synthetic`: an endpoint that speaks OpenAI's chat completions."""

    base_url: str = Field(description="address of the API, mostly ending in `/v1`")
    path: str = "chat/completions"
    model: str = Field(min_length=1, description="as the endpoint is asked for it")
    answers_as: str | None = Field(
        None, description="how the endpoint names the model in its answers, if otherwise; any other name stops the run"
    )
    version: str = Field(
        min_length=1, description="of the model, exactly: a dated name, or a revision or digest of its weights"
    )
    terms_date: date = Field(description="of the model's terms (`license.statement`) that somebody has read")
    prompt: Annotated[tuple[Message, ...], Field(min_length=1)]
    options: dict[str, JSON] = Field(
        default_factory=dict, description="sent along as they are: temperature, max_tokens, seed …"
    )
    seeds: Seeds
    shard_seeds: int = Field(200, ge=1, le=10_000, description="seeds in a shard")
    page_seeds: int = Field(10, ge=1, le=1_000, description="seeds of one step; what is asked twice after a crash")
    robots: Literal["api", "obey"] = Field("api", description="`api`: the endpoint is for programs")

    @field_validator("options")
    @classmethod
    def _free(cls, value: dict[str, JSON]) -> dict[str, JSON]:
        if taken := sorted(set(value) & _OURS):
            raise ValueError(f"`{taken[0]}` is not for `options`: one whole answer a seed is asked for")
        return value

    @model_validator(mode="after")
    def _filled(self) -> SyntheticFetch:
        places = {name for message in self.prompt for name in _PLACE.findall(message.content)}
        if unknown := sorted(places - set(PLACES)):
            raise ValueError(f"nothing fills {{{unknown[0]}}} in `prompt`; a seed has {', '.join(PLACES)}")
        if "text" not in places:
            raise ValueError("no message of `prompt` holds {text}: nothing would be made from the seed")
        return self


__all__ = ["PLACES", "Message", "Seeds", "SyntheticFetch"]
