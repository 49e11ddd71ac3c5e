"""``fetch:`` of every kind that reads files: where they lie (HTTP, S3, a folder), and as whom they are asked for."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from rightful.catalogue.http_block import HttpFetch

Place = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^\S+$")]
"""A path below `fetch.base_url`, or an address."""


class FilesFetch(HttpFetch):
    """Settings of all kinds that read files."""

    base_url: str = Field(
        description="https://host/, s3://bucket/prefix/ or file:///folder/; all paths are below it, and its host or "
        "bucket names the pool"
    )
    anonymous: bool = Field(
        False,
        description="ask S3 without a signature; else the login and password of `connection` sign, and without a "
        "connection the credentials of the project's own store",
    )
    endpoint: str | None = Field(
        None,
        description="address of the S3, with `anonymous` or `connection`; default: Amazon's. The project's own store, "
        "which is asked without both, has its address in the settings",
    )
    region: str | None = Field(None, pattern=r"^[a-z0-9-]+$", description="of the bucket; default: us-east-1")
    robots: Literal["api", "obey"] = Field(
        "api", description="`api`: the files are offered to programs, so their host's robots.txt is not asked"
    )
    start_within: float = Field(
        10, ge=0, le=600, allow_inf_nan=False, description="seconds: a shard waits a random part of it, then asks first"
    )

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        """The name is that of the rule it replaces."""
        if re.match(r"^s3://[a-z0-9][a-z0-9._-]{1,62}(/[^\s?#]*)?$", value):
            return value
        if re.match(r"^file:///[^\s?#]+$", value) and ".." not in value.split("/"):
            return value
        if value.startswith(("s3:", "file:")):
            raise ValueError("must be s3://bucket/prefix/ or file:///folder/, without blanks, `..`, `?` and `#`")
        return HttpFetch._http(value)

    @field_validator("endpoint")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return None if value is None else HttpFetch._http(value)

    @model_validator(mode="after")
    def _reachable(self) -> FilesFetch:
        if self.auth is not None and self.scheme not in ("http", "https"):
            raise ValueError("`auth` is for HTTP; S3 is signed with the login and password of `connection`")
        if (self.anonymous or self.endpoint or self.region) and self.scheme != "s3":
            raise ValueError("`anonymous`, `endpoint` and `region` are for an s3:// `base_url`")
        return self

    @property
    def scheme(self) -> str:
        """``https``, ``http``, ``s3`` or ``file``."""
        return urlsplit(self.base_url).scheme

    @property
    def asked_apart(self) -> str | None:
        """An address beside ``base_url`` that is asked over HTTP, where a kind has one."""
        return None


__all__ = ["FilesFetch", "Place"]
