"""Bytes of one file over as many connections as it takes: in their order, or here and there."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING, Any

from rightful.connectors.files.places import Changed, Part, Place
from rightful.errors import FetchError

if TYPE_CHECKING:
    from rightful.connectors.files.objects import Objects

MOST_RESUMES = 100
"""Connections for one file, however much each of them brings."""


class ResumedObject(io.RawIOBase):
    """The bytes of one file in their order, over as many connections as it takes."""

    def __init__(self, objects: Objects, place: Place, path: str, shown: str, first: int, end: int | None) -> None:
        super().__init__()
        self._objects, self._place, self._path, self._shown = objects, place, path, shown
        self._position, self._end = first, end
        self._validator: str | None = None
        self._connections = self._fruitless = 0
        self._rest = memoryview(b"")
        self._part: Part | None = self._connect()
        if end is not None and self._part.end is not None and self._part.end < end:
            self._part.close()
            ends = objects.not_there(shown, f"it ends at byte {self._part.end:,}, before the part up to {end:,}")
            ends.end = self._part.end
            raise ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = self._next()
            if not piece:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        part, self._part = getattr(self, "_part", None), None
        if part is not None:
            part.close()
        super().close()

    def _connect(self) -> Part:
        part = self._objects.connect(self._place, self._path, self._position, self._end, self._validator)
        self._connections += 1
        self._validator = self._validator or part.validator
        if self._end is None:
            self._end = part.end
        return part

    def _next(self) -> bytes:
        """The next piece; empty at the end."""
        while True:
            if self._end is not None and self._position >= self._end:
                return b""
            if self._part is None:
                self._part = self._connect()  # which has tried as often as it may
            try:
                piece = next(self._part.pieces, b"")
                if not piece and self._end is not None:
                    raise FetchError(
                        f"{self._shown}: the connection ended at byte {self._position:,} of {self._end:,}",
                        source=self._objects.source.id,
                        remedy="try again later",
                    )
            except FetchError as error:
                self._broken(error)
                continue
            if self._end is not None:
                piece = piece[: self._end - self._position]
            self._position += len(piece)
            self._fruitless = 0
            return piece

    def _broken(self, error: FetchError) -> None:
        if self._part is not None:
            self._part.close()
            self._part = None
        self._fruitless += 1
        if self._connections >= MOST_RESUMES or self._validator is None:
            raise error  # without a proof that the file is the same, its rest may be that of another
        self._objects.pause(self._place, error, self._fruitless, self._shown)


class SeekableObject(io.RawIOBase):
    """A file of known length whose parts are asked for one by one."""

    def __init__(self, objects: Objects, place: Place, path: str, shown: str, size: int, validator: str | None) -> None:
        super().__init__()
        self._objects, self._place, self._path, self._shown = objects, place, path, shown
        self.size, self._validator, self._position = size, validator, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self.size if size is None or size < 0 else min(self.size, self._position + size)
        if end <= self._position:
            return b""
        fruitless = 0
        while True:
            part = self._objects.connect(self._place, self._path, self._position, end, self._validator)
            if part.total not in (None, self.size):
                part.close()
                raise Changed(
                    f"{self._shown}: the file changed while it was read",
                    source=self._objects.source.id,
                    remedy="try again: it is read anew",
                )
            try:
                with closing(part):
                    found = b"".join(part.pieces)[: end - self._position]
                if len(found) == end - self._position:
                    self._position = end
                    return found
                raise FetchError(
                    f"{self._shown}: {len(found):,} of {end - self._position:,} bytes came",
                    source=self._objects.source.id,
                    remedy="try again later",
                )
            except FetchError as error:
                fruitless += 1
                self._objects.pause(self._place, error, fruitless, self._shown)

    def readinto(self, buffer: Any) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


__all__ = ["ResumedObject", "SeekableObject"]
