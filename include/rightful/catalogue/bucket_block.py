"""``fetch:`` of a source of kind ``bucket``: how a licensor delivers books, papers or articles into a bucket."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from rightful.catalogue.block import Block
from rightful.catalogue.files_block import FilesFetch
from rightful.catalogue.record_block import RecordFetch


class Metadata(Block):
    """Files that describe the works of a delivery."""

    match: str = Field(description="regular expression that all of such a file's path must match")
    format: Literal["onix", "jsonl", "csv"] = Field(
        "onix", description="`onix`: ONIX for Books 3.0 or 3.1, reference names or short tags"
    )


class BucketFetch(FilesFetch, RecordFetch):
    """Settings of kind `bucket`: a licensor's deliveries in S3 or a folder."""

    content: str = Field(
        description="regular expression that all of a work's path must match, with a group `id` that stands in its "
        r"metadata as well, e.g. `(?:.*/)?(?P<id>[0-9]{13})\.(?:epub|pdf)`"
    )
    metadata: Metadata | None = Field(
        None, description="without it a record is `{id, file, media_type}`, and only a contract can license it"
    )
    manifest: str | None = Field(
        None,
        description="regular expression of the path of a delivery's manifest (`<sha256>  <name>` a line, or JSON "
        "`{files: [{name, sha256}]}`), names beside it. A delivery then counts when its manifest is there, and each "
        "file must have its check sum; without it, every file counts by the day on which it was last changed",
    )
    shard_files: int = Field(500, ge=1, le=10_000, description="works in a shard")

    @model_validator(mode="after")
    def _readable(self) -> BucketFetch:
        if self.scheme not in ("s3", "file"):
            raise ValueError("deliveries are listed: `base_url` must be s3:// or file://")
        if self.linked is not None:
            raise ValueError("the text of a record lies in the delivery: take `linked` out")
        for pattern in (self.content, self.manifest, self.metadata.match if self.metadata else None):
            try:
                re.compile(pattern or "")
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        if "id" not in re.compile(self.content).groupindex:
            raise ValueError("`content` needs a group `(?P<id>…)`")
        return self

    @property
    def texts_apart(self) -> bool:
        """Works are read once the gate has allowed them."""
        return True


__all__ = ["BucketFetch", "Metadata"]
