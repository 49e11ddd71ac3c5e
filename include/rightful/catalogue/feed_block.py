"""``fetch:`` of a source of kind ``feed``: which feeds, how they go back in time, and where the articles' texts are."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from rightful.catalogue.block import Block
from rightful.catalogue.record_block import Fields, RecordFetch
from rightful.catalogue.syndication_block import ListedFeeds

DEFAULTS: dict[str, Any] = {
    "id": "id",
    "url": "url",
    "title": "title",
    "text": "content",
    "media_type": "text/html",
    "creators": "creators",
    "publisher": "publisher",
    "created": "created",
    "published": "published",
}
"""`fields` where the file says nothing else: members of an entry (:mod:`rightful.connectors.feed.entries`)."""


class OneDocument(Block):
    """The feed is one document."""

    style: Literal["none"]
    keeps: Literal["recent", "all"] = Field(
        "recent",
        description="`recent`: the newest entries only, so that a slice from before the oldest fails; `all`: every "
        "entry that there ever was (a feed that says `fh:complete` needs no such word)",
    )


class NextLinks(Block):
    """Each document links to the one with older entries: `rel=next` or `rel=prev-archive` (RFC 5005)."""

    style: Literal["next"]
    keeps: Literal["recent", "all"] = Field("all", description="what the last document's end means; as for `none`")


class Numbered(Block):
    """Documents with older entries have numbers, as those of WordPress (`?paged=2`)."""

    style: Literal["page"]
    param: str = Field("paged", min_length=1, description="parameter that carries the number")
    first: int = Field(1, ge=0, description="number of the newest document")
    keeps: Literal["recent", "all"] = Field("all", description="what the last document's end means; as for `none`")


class FeedFetch(ListedFeeds, RecordFetch):
    """Settings of kind `feed`: RSS or Atom feeds of articles."""

    fields: Fields = Field(
        Fields.model_validate(DEFAULTS), description="members of an entry; those that are not given have a default"
    )
    paginate: Annotated[OneDocument | NextLinks | Numbered, Field(discriminator="style")] = OneDocument(style="none")
    date: Literal["published", "updated"] = Field(
        "published",
        description="by which date an entry belongs to a slice: the one by which the feed is sorted. An entry that "
        "lacks it is known by the other",
    )
    full_text: Literal["content", "description"] = Field(
        "content",
        description="where the feed holds whole articles: `content` (content:encoded, Atom's content); `description` "
        "for a feed that puts them there. Texts that end in `[…]` or `read more` are taken for teasers all the same",
    )
    third_party: tuple[str, ...] = Field(
        (),
        description="regular expressions (any case) of the words by which an article says that it is not its "
        "publisher's own: they become a claim that no licence is known of, so that the article waits for a person",
    )
    robots: Literal["api", "obey"] = Field(
        "api",
        description="`api`: a feed is an interface that its publisher offers to programs, so robots.txt is not asked "
        "for the feed; `obey`: it is. For pages that entries link to it always is",
    )

    @field_validator("fields", mode="before")
    @classmethod
    def _with_defaults(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {**DEFAULTS, **value}

    @field_validator("third_party")
    @classmethod
    def _patterns(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            try:
                if re.compile(value).fullmatch(""):
                    raise ValueError(f"{value!r} matches everything")
            except re.error as error:
                raise ValueError(f"{value!r} is no regular expression: {error}") from None
        return values

    @model_validator(mode="after")
    def _readable(self) -> FeedFetch:
        if self.site is not None:
            raise ValueError("`site` is for answers in JSON; what a feed says is read by `record.license`")
        return self


__all__ = ["DEFAULTS", "FeedFetch", "NextLinks", "Numbered", "OneDocument"]
