"""``fetch.paginate`` of a source file: how a listing goes on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rightful.catalogue.block import Block, FieldPath


class PageNumber(Block):
    """page=1,2,3… until `more` is false (or, without `more`, until a page brings no records)."""

    style: Literal["page"]
    param: str = "page"
    first: int = 1
    more: FieldPath | None = Field(None, description="path of a boolean such as `has_more`")
    total_pages: FieldPath | None = Field(None, description="path of the number of pages, e.g. `response.pages`")


class NextUrl(Block):
    """The answer holds the next page's URL."""

    style: Literal["next_url"]
    path: FieldPath = "next"


class LinkHeader(Block):
    """RFC 8288 `Link: <…>; rel="next"`."""

    style: Literal["link_header"]


class CursorToken(Block):
    """The answer holds a token to send back."""

    style: Literal["cursor"]
    param: str = "cursor"
    path: FieldPath = "next_cursor"
    first: str | None = Field(None, description="value of the first request, e.g. `*`")


class ContinueObject(Block):
    """MediaWiki's `continue` object: all its members are sent back."""

    style: Literal["continue"]
    path: FieldPath = "continue"


class Offset(Block):
    """offset=0,100,200… by what each page really held, until `total` is reached or a page is empty."""

    style: Literal["offset"]
    param: str = "offset"
    size_param: str | None = "limit"
    size: int = Field(100, ge=1)
    total: FieldPath | None = None


class After(Block):
    """after=<id of the last record> (Reddit's fullname style)."""

    style: Literal["after"]
    param: str = "after"
    path: FieldPath = Field("data.after", description="path of the token in the answer")


class SinglePage(Block):
    """One request holds everything."""

    style: Literal["none"]


Paginate = Annotated[
    PageNumber | NextUrl | LinkHeader | CursorToken | ContinueObject | Offset | After | SinglePage,
    Field(discriminator="style"),
]


__all__ = [
    "After",
    "ContinueObject",
    "CursorToken",
    "LinkHeader",
    "NextUrl",
    "Offset",
    "PageNumber",
    "Paginate",
    "SinglePage",
]
