"""What was heard of a recording so far, kept clip by clip outside the process that hears it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from rightful.model import Segment, Struct


class ClipResult(Struct, frozen=True, kw_only=True):
    """What was heard in one clip. ``start`` and ``end`` (seconds) must fit the clip when it is read again."""

    start: float
    end: float
    segments: tuple[Segment, ...]
    flags: tuple[str, ...] = ()


class ClipPart(Struct, frozen=True, kw_only=True):
    """Results of clips in a row, saved together; ``first`` is the number of the first one. ``spoken`` as identified."""

    first: int
    results: tuple[ClipResult, ...]
    language: str | None = None
    language_probability: float | None = None
    flags: tuple[str, ...] = ()


class ClipStore(Protocol):
    """Keeps parts of transcripts while a recording is being heard."""

    def load(self, key: str) -> Iterator[bytes]:
        """Every part that was saved under ``key``, in any order."""
        ...

    def save(self, key: str, part: int, blob: bytes) -> None:
        """Keep a part; one of the same number is replaced."""
        ...


class FolderClips:
    """A :class:`ClipStore` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> Iterator[bytes]:
        """See the protocol."""
        for file in sorted((self._folder / key).glob("*.json")):
            yield file.read_bytes()

    def save(self, key: str, part: int, blob: bytes) -> None:
        """See the protocol."""
        folder = self._folder / key
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f"{part:08d}.half"
        half.write_bytes(blob)
        half.replace(folder / f"{part:08d}.json")
