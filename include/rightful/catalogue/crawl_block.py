"""``fetch:`` of a source of kind ``crawl``: where the archives of a crawl lie, and which of them belong to a slice."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from rightful.catalogue.block import Block
from rightful.catalogue.files_block import FilesFetch, Place

Domain = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$")
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")]
MediaType = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

ARCHIVE_SUFFIXES = (
    ".warc",
    ".warc.gz",
    ".warc.lz4",
    ".warc.zst",
    ".warc.wet",
    ".warc.wet.gz",
    ".arc",
    ".arc.gz",
    ".wacz",
)
"""How the names of finished archives end; a crawler that still writes one calls it otherwise (`.open`, `.tmp`)."""


class CrawlIndex(Block):
    """The columnar index of a snapshot (Parquet, the columns of Common Crawl's `cc-index`), and what is asked of it.

    What all of the filters let pass is read; no value in a filter lets everything pass.
    """

    path: Place = Field(
        "cc-index/table/cc-main/warc/crawl={snapshot}/subset=warc/",
        description="below `fetch.base_url`: the folder that holds the index's Parquet files",
    )
    parts: Place | None = Field(
        "crawl-data/{snapshot}/cc-index-table.paths.gz",
        description="below `fetch.base_url`: the list of those files, for HTTP, where folders can't be listed",
    )
    robots: Place | None = Field(
        "cc-index/table/cc-main/warc/crawl={snapshot}/subset=robotstxt/",
        description="the folder of the index's part that names the captures of robots.txt files, which are read for "
        "the sites of `domains`; null where the snapshots have none",
    )
    domains: tuple[Domain, ...] = Field((), description="registered domains (example.org, example.co.uk), lower case")
    languages: tuple[Language, ...] = Field((), description="a page's main language, ISO 639-3, e.g. [eng, deu]")
    media_types: tuple[MediaType, ...] = Field(
        ("text/html", "application/xhtml+xml"), description="as detected from the content"
    )
    file_bytes: int = Field(
        10**9, ge=2**20, description="usual size of an archive: above 7 % of it a file is read whole, not by ranges"
    )

    @model_validator(mode="after")
    def _asks_something(self) -> CrawlIndex:
        if not (self.domains or self.languages):
            raise ValueError("asks for the whole snapshot: give `domains` or `languages`, or use `mode: scan`")
        return self


class Reviewed(Block):
    """Sites that a person has looked at."""

    domains: tuple[Domain, ...] = Field(
        (),
        description="registered domains whose statements about all of their pages (e.g. in a footer) a person has "
        "found to be true of the main text; pages of no other site load by such a statement alone",
    )


class CrawlFetch(FilesFetch):
    """Settings of kind `crawl`: archives (WARC, ARC, WACZ) of Common Crawl, or of a crawl of one's own."""

    collections: Place | None = Field(
        None,
        description="the list of snapshots (collinfo.json: objects with id, from, to), an address or a path below "
        "`base_url`. Without one the archives below an S3 or file `base_url` are taken by their date of change",
    )
    lag_days: float = Field(
        0,
        ge=0,
        le=366,
        allow_inf_nan=False,
        description="a snapshot is listed only some days after its end: it belongs to the slice that holds its end and "
        "so many days, which must be enough for it to be listed when the slice runs",
    )
    mode: Literal["index", "scan"] = Field(
        "scan", description="`index`: only the records that the columnar index names; `scan`: whole archives"
    )
    index: CrawlIndex | None = Field(None, description="for `mode: index`")
    paths: Place = Field(
        "crawl-data/{snapshot}/warc.paths.gz",
        description="for `mode: scan`: the list of a snapshot's archives, below `base_url`",
    )
    suffixes: tuple[Annotated[str, StringConstraints(pattern=r"^\.\S+$")], ...] = Field(
        ARCHIVE_SUFFIXES, min_length=1, description="without `collections`: names of archives end so"
    )
    site_files: Literal["slice", "archive"] = Field(
        "slice",
        description="without `collections`: `slice`: a robots.txt or tdmrep.json holds for its site's pages in all "
        "archives of the slice, which the plan goes through once for that; `archive`: for those of its own archive",
    )
    shard_files: int = Field(
        50, ge=1, le=100, description="for `scan`: archives in a shard; more where the run would have too many shards"
    )
    shard_ranges: int = Field(3000, ge=2000, le=5000, description="for `index`: ranges in a shard, likewise")
    extract: Literal["default", "fast", "thorough"] = Field(
        "default",
        description="main text by resiliparse, and by trafilatura where that finds little; `fast`: never by "
        "trafilatura; `thorough`: always by both, several times slower",
    )
    reviewed: Reviewed = Reviewed()

    @field_validator("paths", "collections")
    @classmethod
    def _below(cls, value: str | None) -> str | None:
        if value is not None and (value.startswith("/") or ".." in value.split("/")):
            raise ValueError("must be an address, or a path below `base_url`")
        return value

    @model_validator(mode="after")
    def _fits(self) -> CrawlFetch:
        if (self.mode == "index") != (self.index is not None):
            raise ValueError("`mode: index` needs `index:`, and `mode: scan` has none")
        if self.collections is None and self.scheme not in ("s3", "file"):
            raise ValueError("over HTTP nothing can be listed: give `collections`, or an s3:// or file:// `base_url`")
        if self.collections is None and self.mode == "index":
            raise ValueError("`mode: index` needs `collections`")
        if self.collections is not None and self.scheme != "s3" and not self.base_url.endswith("/"):
            raise ValueError("`base_url` must end with /")
        index = (
            [self.index.path, self.index.parts or self.index.path, self.index.robots or self.index.path]
            if self.index
            else []
        )
        for text in (*index, *([self.paths] if self.collections is not None and self.mode == "scan" else [])):
            if set(_PLACEHOLDER.findall(text)) != {"snapshot"}:
                raise ValueError(f"`{text}` must hold {{snapshot}}, and no other placeholder")
            if text.startswith("/") or ".." in text.split("/"):
                raise ValueError(f"`{text}` must be a path below `base_url`")
        return self

    @property
    def asked_apart(self) -> str | None:
        """The list of snapshots, where it is an address."""
        return self.collections if self.collections is not None and "://" in self.collections else None


__all__ = ["ARCHIVE_SUFFIXES", "CrawlFetch", "CrawlIndex", "Reviewed"]
