"""``fetch:`` of a source of kind ``repository``: which repositories are read, and which of their files."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from rightful.catalogue.http_block import HttpFetch

VENDORED = (
    "node_modules/",
    "bower_components/",
    "vendor/",
    "vendored/",
    "_vendor/",
    "third_party/",
    "third-party/",
    "thirdparty/",
    "3rdparty/",
    "third_parties/",
    "third-parties/",
    "3rd_party/",
    "3rd-party/",
    "vendors/",
    "externals/",
    "ext/",
    "deps/",
    "contrib/",
    "subprojects/",
    "submodules/",
    "Godeps/",
    "bundled/",
    "_bundled/",
    "jspm_packages/",
    ".venv/",
    "external/",
    "extern/",
    "Pods/",
    "Carthage/",
    "site-packages/",
    "dist/",
    "*.min.js",
    "*.min.css",
    "*.bundle.js",
    "*_pb2.py",
    "*_pb2_grpc.py",
    "*.pb.go",
    "*.pb.cc",
    "*.pb.h",
    "*.designer.cs",
)
"""Folders of other people's code, whose licence the repository's does not tell, and files that programs wrote."""

_NAME = re.compile(r"[\w][\w.~+-]*(/[\w][\w.~+-]*)*")


class RepositoryFetch(HttpFetch):
    """Settings of kind `repository`: the files of git repositories, by each file's own licence."""

    base_url: str = Field(description="address that the repositories' names are put behind, e.g. `https://github.com/`")
    read: Literal["git", "software_heritage"] = Field(
        "git",
        description="`git`: over smart HTTP. `software_heritage`: as the archive at `base_url` holds them, by its API",
    )
    repositories: tuple[str, ...] = Field(
        (), description="their names below `base_url`, e.g. `owner/name`; their addresses (origins) in the archive"
    )
    listed_in: str | None = Field(
        None, description="a file of the project with further names, one a line; `#` begins a comment"
    )
    opted_out: str | None = Field(
        None,
        description="a file of the project with repositories, owners (`owner/`) and files (`owner/name:path`) whose "
        "authors object, one a line; nothing of them is asked for, or loaded",
    )
    branch: str | None = Field(None, description="default: the one that the repository names (HEAD)")
    include: tuple[str, ...] = Field((), description="only these files, as in .gitignore; default: all of source code")
    exclude: tuple[str, ...] = Field(
        VENDORED, description="not these files, as in .gitignore: other people's code, and what programs wrote"
    )
    page_url: str = Field(
        "{base_url}/{repository}/blob/{revision}/{path}", description="where a person sees a file; {blob} as well"
    )
    most_bytes: int = Field(
        2 * 2**30, ge=2**20, description="of a repository as it is sent; a larger one is refused, and told"
    )
    page_files: int = Field(100, ge=1, le=10_000, description="files of one step")
    robots: Literal["api", "obey"] = Field(
        "api", description="`api`: git and the archive's API are for programs, so their host's robots.txt is not asked"
    )

    @field_validator("repositories")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({name for name in value if value.count(name) > 1}):
            raise ValueError(f"{twice[0]!r} stands twice")
        return value

    @model_validator(mode="after")
    def _readable(self) -> RepositoryFetch:
        if not self.repositories and self.listed_in is None:
            raise ValueError("name the `repositories`, or the file that lists them (`listed_in`)")
        for name in self.repositories:
            self.check(name)
        for place in (self.listed_in, self.opted_out):
            if place is not None and (place.startswith(("/", "~")) or ".." in place.split("/")):
                raise ValueError(f"`{place}` must be a file of the project, e.g. include/repositories/<source>.txt")
        try:
            self.page_url.format(base_url="", repository="", revision="", path="", blob="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"`page_url` can't be filled in: {error}") from None
        return self

    def check(self, name: str) -> None:
        """Raises ValueError for what can't be a repository's name."""
        if self.read == "software_heritage":
            if not re.fullmatch(r"https?://[^\s?#]+", name):
                raise ValueError(f"{name!r} is no address of a repository, as the archive names it")
        elif not _NAME.fullmatch(name) or ".." in name:
            raise ValueError(f"{name!r} is no name below `base_url`, such as `owner/name`")


__all__ = ["VENDORED", "RepositoryFetch"]
