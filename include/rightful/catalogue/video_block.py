"""``fetch:`` of a source of kind ``video``: which channels, playlists and searches, read by yt-dlp."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from rightful.catalogue.block import Block, FieldPath
from rightful.catalogue.http_block import HttpFetch
from rightful.catalogue.paging import Paginate
from rightful.catalogue.secret_names import Params

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]

_EXTRACTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_MERGES = re.compile(r"[+]|\b(?:all|mergeall)\b")


class VideoList(Block):
    """A list of an API that tells what was published when, so that a slice can be found in it, also years later.

    `{start}` and `{end}` in `path` and `params` are replaced by the slice. What is listed outside of the slice is left
    out all the same, by `published`.
    """

    path: str = Field("", description="absolute, or below `fetch.base_url`; may hold a query")
    params: Params = Field(default_factory=dict)
    time: Literal["iso", "iso_date", "unix", "mediawiki"] = Field(
        "iso", description="how {start} and {end} are written"
    )
    inclusive: bool = Field(
        False, description="the list includes {end} itself; Rightful then asks for one unit (second, day) less"
    )
    paginate: Paginate
    records: FieldPath | Literal["."] = Field(description="path of the list, or of an object whose values it is")
    id: FieldPath
    url: str = Field(description="what yt-dlp is asked for, with {id} filled in, e.g. `peertube:tube.example:{id}`")
    published: FieldPath = Field(description="ISO 8601 or Unix seconds")
    seconds: FieldPath | None = Field(None, description="its length, to pack shards by")
    channels: FieldPath | None = Field(
        None, description="names that `reviewed_channels` may hold, e.g. the collections of an archive"
    )
    creators: FieldPath | None = Field(None, description="its authors, where yt-dlp tells only who uploaded it")
    keep: dict[FieldPath, tuple[str, ...]] = Field(
        default_factory=dict, description="only what has one of these values at this path, e.g. {mediatype: [AUDIO]}"
    )
    newest_first: bool = Field(
        False, description="the list goes back in time without end: reading stops behind the slice"
    )

    @model_validator(mode="after")
    def _fillable(self) -> VideoList:
        if set(_PLACEHOLDER.findall(self.url)) != {"id"}:
            raise ValueError("`url` must hold {id}, and no other placeholder")
        for text in (self.path, *(str(value) for value in self.params.values())):
            if unknown := sorted(set(_PLACEHOLDER.findall(text)) - {"start", "end"}):
                raise ValueError(f"unknown placeholder {{{unknown[0]}}}; known are {{start}} and {{end}}")
        return self


class VideoFetch(HttpFetch):
    """Settings of kind `video`: a platform that yt-dlp reads.

    Nothing here reaches yt-dlp as an option of its own, so no source file can have a program run or a file read.
    """

    site: str | None = Field(
        None,
        pattern=r"^https?://[^/\s@]+$",
        description="the origin that the extractor knows, when `base_url` is a mirror of it: requests go there instead",
    )
    pages: tuple[Text, ...] = Field((), description="channels, playlists or single videos: what yt-dlp takes as URL")
    list_: VideoList | None = Field(None, alias="list", description="a dated list of the platform's API")
    newest_first: bool = Field(
        True, description="`pages` list the newest first, so reading stops behind the slice; false reads them whole"
    )
    extractors: tuple[str, ...] = Field(
        min_length=1, description="yt-dlp's names of the extractors that may run, exactly; no other ever does"
    )
    reviewed_channels: tuple[Text, ...] = Field(
        (),
        description="ids or URLs of channels (or what `list.channels` finds) whose flags a person has checked: there a "
        "claim of strength `uploader` counts as `reviewed_strength`",
    )
    reviewed_strength: Literal["publisher", "page_metadata"] = "publisher"
    unset: tuple[str, ...] = Field(
        (), description="words that the platform puts where nobody chose a licence: they are none, not an unknown one"
    )
    format: str = Field(
        "ba[acodec^=opus]/ba/b", description="yt-dlp's format selector; one file, so neither `+` nor `all`"
    )
    captions: tuple[str, ...] = Field(
        ("*",),
        description="languages of the publisher's own subtitles that take the place of a transcript, first one first; "
        "`*` is any; [] none. Automatic captions never count",
    )
    user_agent: Literal["own", "extractor"] = Field(
        "own",
        description="`extractor`: where an extractor names a User-Agent of its own it is sent, for the platform "
        "answers no other",
    )
    robots: Literal["api", "obey"] = Field(
        "obey", description="`api`: only for a platform whose interface is offered to programs; see kind `rest`"
    )
    most_entries: int = Field(20_000, ge=1, le=1_000_000, description="listed in one slice; more stops the plan")
    extract_seconds: float = Field(600, gt=0, le=86_400, description="longest time for one video's metadata")
    download_seconds: float = Field(4 * 3600, gt=0, le=7 * 86_400, description="longest time for one download")

    @field_validator("extractors")
    @classmethod
    def _named(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not _EXTRACTOR.fullmatch(value):
                raise ValueError(f"{value!r} is no name of an extractor (it must match exactly, patterns don't count)")
            if value.lower() in ("generic", "default", "all", "end"):
                raise ValueError(f"`{value}` would let yt-dlp read any page; it never tells a licence")
        return values

    @field_validator("format")
    @classmethod
    def _one_file(cls, value: str) -> str:
        if not value.strip() or _MERGES.search(value):
            raise ValueError("must select one file: without `+`, `all` and `mergeall`")
        return value

    @model_validator(mode="after")
    def _lists(self) -> VideoFetch:
        if not self.pages and self.list_ is None:
            raise ValueError("says nothing to read: give `pages` or `list`")
        return self


__all__ = ["VideoFetch", "VideoList"]
