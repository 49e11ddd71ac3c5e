"""``fetch:`` of a source of kind ``module``: what no other kind can say, in a few lines of Python."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from rightful.catalogue.record_block import RecordFetch
from rightful.model import JSON


class ModuleFetch(RecordFetch):
    """Settings of kind `module`: a Python file tells which requests list the records, this file all the rest."""

    module: str = Field(
        description="the Python file, from the project's folder: include/sources/<id>.py, with `pages` and, if the "
        "slice is to be cut, `shards`"
    )
    settings: dict[str, JSON] = Field(default_factory=dict, description="what the module reads as `ask.settings`")
    robots: Literal["api", "obey"] = Field(
        "api", description="`obey` where what is asked for are pages for people: robots.txt is read first then"
    )

    @field_validator("module")
    @classmethod
    def _inside(cls, value: str) -> str:
        parts = value.split("/")
        if value.startswith("/") or ".." in parts or not value.endswith(".py"):
            raise ValueError("must be a Python file of the project, such as include/sources/my_source.py")
        return value


__all__ = ["ModuleFetch"]
