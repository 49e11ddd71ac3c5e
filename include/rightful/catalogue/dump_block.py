"""``fetch:`` of a source of kind ``dump``: which bulk files belong to a slice, and what their records are."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rightful.catalogue.block import Block, FieldPath
from rightful.catalogue.files_block import FilesFetch, Place
from rightful.catalogue.record_block import RecordFetch

DATE = re.compile(r"\{(%[^{}]*)\}")
"""A date within a path: ``{%Y-%m}``, by the letters of strftime."""
_LETTERS = frozenset("YymdjGVB")

Format = Literal[
    "jsonl",
    "csv",
    "parquet",
    "mediawiki_xml",
    "stack_exchange",
    "pgn",
    "gutenberg_rdf",
    "jats",
    "epub",
    "text",
]


class Dated(Block):
    """One file (or one list of files) for each day, month or year."""

    by: Literal["date"]
    path: Place = Field(
        description="with the date in strftime's letters: `{%Y/%m/%d}/log.txt`; {name} is filled in from `shard.over`"
    )
    every: Literal["day", "month", "year"] = "month"
    due: Literal["end", "start"] = Field(
        "end", description="a file of what happened in a month comes after its end, a snapshot after its start"
    )
    lag_days: float = Field(
        0,
        ge=0,
        le=366,
        allow_inf_nan=False,
        description="days until it is there: it belongs to the first slice that ends when it is, or later",
    )
    missing: Literal["fail", "nothing"] = Field(
        "fail", description="`nothing`: a file that is not there (404) stands for a day without records"
    )
    files: FieldPath | None = Field(
        None,
        description="where `path` is a JSON list of files: the path of an object of them by name, or of a list of "
        "objects with `name` or `url`; their size and sha1, sha256 or md5 are checked where they stand there",
    )
    match: str | None = Field(None, description="with `files`: regular expression that all of a file's name must match")
    done: dict[FieldPath, str] = Field(
        default_factory=dict, description="with `files`: what must stand where, or the list is not finished yet"
    )

    @model_validator(mode="after")
    def _fits(self) -> Dated:
        dates = DATE.findall(self.path)
        letters = {letter for date in dates for letter in re.findall(r"%(.)", date)}
        if not dates or letters - _LETTERS:
            raise ValueError(
                "`path` must hold a date such as {%Y-%m-%d}, of the letters " + ", ".join(sorted(_LETTERS))
            )
        if self.files is None and (self.match is not None or self.done):
            raise ValueError("`match` and `done` are for a list: say where it stands, with `files`")
        _check_pattern(self.match)
        return self


class Changed(Block):
    """Files of an S3 bucket or a folder, by the day on which they were last changed."""

    by: Literal["changed"]
    folder: str = Field("", description="below `base_url`")
    match: str = Field(description="regular expression that all of a file's path must match")

    @model_validator(mode="after")
    def _fits(self) -> Changed:
        _check_pattern(self.match)
        return self


class Fixed(Block):
    """The same files every time: a catalogue that its publisher writes anew. `of_slice` picks what is new in it."""

    by: Literal["fixed"]
    paths: Annotated[tuple[Place, ...], Field(min_length=1)]


class Checksums(Block):
    """A list of check sums (`<digest>  <name>` a line, as sha256sum writes it) beside the files."""

    path: Place = Field(description="below `base_url`; may hold dates, as `files.path` does")
    algorithm: Literal["sha256", "sha1", "md5", "sha512"] = "sha256"


class DumpFetch(FilesFetch, RecordFetch):
    """Settings of kind `dump`: bulk files over HTTP, in a bucket or a folder."""

    files: Annotated[Dated | Changed | Fixed, Field(discriminator="by")]
    format: Format = Field(description="of the records. Packing (gzip, bzip2, xz, Zstandard) shows in the first bytes")
    archive: Literal["tar", "zip", "7z"] | None = Field(
        None, description="the file is an archive of many; zip and 7z are copied to a disk first"
    )
    members: str = Field(".*", description="with `archive`: regular expression that all of a member's name must match")
    checksums: Checksums | None = None
    of_slice: FieldPath | None = Field(
        None,
        description="path of a time in a record (ISO 8601 or Unix seconds): only records of the slice are taken. For "
        "files that hold more than the slice's own records",
    )
    only: dict[FieldPath, str | int | bool | None] = Field(
        default_factory=dict,
        description="what must stand where in a record, e.g. {ns: '0', redirect: null}; all other records are passed "
        "over, and counted",
    )
    shard_files: int = Field(1, ge=1, le=1000, description="files in a shard")
    page_records: int = Field(500, ge=1, le=10_000, description="records of one step; fewer with `linked`")

    @model_validator(mode="after")
    def _readable(self) -> DumpFetch:
        _check_pattern(self.members)
        if self.archive is None and self.members != ".*":
            raise ValueError("`members` is for an `archive`")
        if self.files.by == "changed" and self.scheme not in ("s3", "file"):
            raise ValueError("over HTTP nothing can be listed: `files.by: changed` needs s3:// or file://")
        if self.files.by == "fixed" and self.of_slice is None:
            raise ValueError("`files.by: fixed` needs `of_slice`, or every slice would bring all records again")
        if self.format == "stack_exchange" and self.archive != "7z" and self.archive != "zip":
            raise ValueError("`format: stack_exchange` reads an archive that holds Posts.xml and Users.xml")
        return self


def _check_pattern(pattern: str | None) -> None:
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None


__all__ = ["DATE", "Changed", "Checksums", "Dated", "DumpFetch", "Fixed"]
