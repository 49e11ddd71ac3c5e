"""Which feeds a source has, and where they are listed: for kinds ``feed`` and ``podcast``."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from rightful.catalogue.block import Block, FieldPath
from rightful.catalogue.http_block import HttpFetch
from rightful.catalogue.paging import Paginate, SinglePage
from rightful.catalogue.rest_block import Window
from rightful.catalogue.secret_names import Params

Address = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^\S+$")]


class FeedList(Block):
    """A JSON API that lists feeds, or episodes with the address of their feed. It is read once per slice."""

    path: str = Field("", description="absolute, or below `fetch.base_url`")
    params: Params = Field(default_factory=dict)
    window: Window | None = Field(None, description="how the list is bounded to the slice, as in kind `rest`")
    since: str | None = Field(
        None, description="for a list without an end: the parameter that carries the slice's start, in Unix seconds"
    )
    paginate: Paginate = SinglePage(style="none")
    records: FieldPath | Literal["."] = Field(description="path of the list, or of an object whose values it is")
    feed: FieldPath = Field(description="path of the feed's address in a record; records without one are left out")
    empty_status: tuple[int, ...] = Field((), description="statuses that mean that nothing is listed, e.g. [404]")

    @model_validator(mode="after")
    def _bounded_once(self) -> FeedList:
        if self.window is not None and self.since is not None:
            raise ValueError("give `window` or `since`, not both")
        return self


class ListedFeeds(HttpFetch):
    """Settings of kinds that read feeds."""

    base_url: str = Field(
        description="the address that lists the feeds, or of the one site that has them: paths are below it, the key "
        "of `connection` is sent to it alone, and its host names the pool. Further hosts: `allow_hosts` or `any_host`"
    )
    feeds: tuple[Address, ...] = Field((), description="addresses of feeds, absolute or below `base_url`")
    opml: tuple[Address, ...] = Field(
        (), description="lists of feeds as OPML: addresses, or paths of files below the project's folder"
    )
    lists: tuple[FeedList, ...] = Field((), description="JSON APIs that list feeds")
    plan_connections: int = Field(8, ge=1, le=32, description="hosts that are asked side by side for their feeds")

    @field_validator("opml")
    @classmethod
    def _inside(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.match(r"https?://", value) and (value.startswith(("/", "~")) or ".." in value.split("/")):
                raise ValueError(f"{value!r} must be an address, or a path below the project's folder")
        return values

    @model_validator(mode="after")
    def _names_feeds(self) -> ListedFeeds:
        if not (self.feeds or self.opml or self.lists):
            raise ValueError("names no feed: give `feeds`, `opml` or `lists`")
        if len(set(self.feeds)) != len(self.feeds):
            raise ValueError("`feeds` names one twice")
        return self


__all__ = ["FeedList", "ListedFeeds"]
