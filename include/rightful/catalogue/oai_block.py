"""``fetch:`` of a source of kind ``oai_pmh``: a repository that speaks OAI-PMH 2.0."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from rightful.catalogue.record_block import RecordFetch


class OaiFetch(RecordFetch):
    """Settings of kind `oai_pmh`. `base_url` is the repository's address; `shard.over: {set: […]}` names sets."""

    prefix: str = Field(pattern=r"^[A-Za-z0-9\-_.!~*'()]+$", description="metadataPrefix: arXiv, oai_dc, pmc …")
    granularity: Literal["day", "second"] = Field(
        "day", description="of datestamps, as the repository's Identify says; `second` is UTC, YYYY-MM-DDThh:mm:ssZ"
    )
    lists: tuple[str, ...] = Field(
        (),
        description="names of elements that may stand more than once and are lists even where one stands alone, e.g. "
        "[creator, rights]. Any other element that is repeated becomes a list, which no licence can be read from",
    )
    identifier: str | None = Field(
        None,
        description="how a record is asked for again, with {id} filled in, where `fields.id` is not the whole "
        "identifier: `oai:arXiv.org:{id}`",
    )
    robots: Literal["api", "obey"] = Field("api", description="`api`: the interface is offered to programs")

    @model_validator(mode="after")
    def _matchable(self) -> OaiFetch:
        if self.fields.id not in ("header.identifier", "header.local"):
            raise ValueError(
                "`fields.id` must be header.identifier or header.local: of a deleted record nothing else is known"
            )
        if self.identifier is not None and not re.search(r"\{id\}", self.identifier):
            raise ValueError("`identifier` must hold {id}")
        if self.site is not None:
            raise ValueError("OAI-PMH knows no site-wide answer: take `site` out")
        return self


__all__ = ["OaiFetch"]
