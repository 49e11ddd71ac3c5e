"""A repository's files as they were at one moment, wherever they were read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. ``blob`` is the SHA-1 of its content as git names it; ``size`` in bytes, None where nobody said."""

    path: str
    blob: str
    size: int | None = None


class Tree(Protocol):
    """All files of a repository at one moment."""

    @property
    def revision(self) -> str:
        """The commit's SHA-1."""
        ...

    @property
    def committed(self) -> datetime | None:
        """When it was committed, as it says itself (UTC)."""
        ...

    @property
    def entries(self) -> list[Entry]:
        """Its regular files, by path; no links and no submodules."""
        ...

    @property
    def left_out(self) -> int:
        """Links, submodules and names that are no text."""
        ...

    def read(self, entry: Entry) -> bytes | None:
        """Its content; None where the content is not to be had (taken out of the archive, or too large)."""
        ...


__all__ = ["Entry", "Tree"]
