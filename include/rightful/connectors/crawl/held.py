"""Records of one archive, held on the disk until the archive was read to its end.

What a site says of itself (its robots.txt, what its pages agree on) may stand behind the pages in the file, so no page
goes to the gate before all of the file is known. The records of a file fully under open licences are as large as the
file; on the disk they cost no memory.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from rightful.disk import FULL, ensure_room, no_room
from rightful.errors import StoreError
from rightful.model import FailedRecord, Record

_RECORD, _FAILED = b"R", b"F"
_HEAD = 9

LOOK_EVERY = 64 * 2**20
"""Bytes between two looks at the room that is left on the disk, which others write to as well."""


class Spool:
    """Bytes on the disk, written one after the other and read anywhere. A context manager: leaving it removes them.

    Args:
        source: For whom, as errors tell it.
        folder: Where; the system's folder for such files (``TMPDIR``) by default.

    Whatever writes raises :class:`~rightful.errors.NoRoom` when the disk is full, with the folder and the bytes.
    """

    def __init__(self, source: str | None = None, folder: Path | None = None) -> None:
        self._folder, self._source = folder or Path(tempfile.gettempdir()), source
        self._file: BinaryIO | None = None
        self.size = self._looked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, blob: bytes) -> int:
        """Write ``blob`` at the end; its offset."""
        at = self.size
        try:
            if self._file is None:
                # Without a buffer: what a full disk did not take must not be tried again when the file is closed.
                self._file = tempfile.TemporaryFile(prefix="rightful-crawl-", dir=self._folder, buffering=0)  # noqa: SIM115 - closed when the spool is left
            left = memoryview(blob)
            while left:
                written = os.pwrite(self._file.fileno(), left, self.size)
                self.size, left = self.size + written, left[written:]
        except OSError as error:
            if error.errno in FULL:
                raise no_room(self._folder, len(blob), source=self._source) from error
            raise StoreError(
                f"{self._folder}: nothing can be written ({error.strerror})",
                source=self._source,
                remedy="make the folder writable, or set TMPDIR to another",
            ) from error
        if self.size - self._looked >= LOOK_EVERY:
            self._looked = self.size
            ensure_room(self._folder, 0, source=self._source)
        return at

    def read(self, at: int, size: int) -> bytes:
        """``size`` bytes from offset ``at`` on; fewer at the end."""
        found = b""
        while self._file is not None and len(found) < size:
            more = os.pread(self._file.fileno(), size - len(found), at + len(found))
            if not more:
                break
            found = found + more if found else more
        return found


class Held:
    """A list of records on the disk, read in the order in which they came. A context manager: leaving it removes it."""

    def __init__(self, source: str | None = None, folder: Path | None = None) -> None:
        self._spool = Spool(source, folder)
        self._encoder = msgspec.msgpack.Encoder()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.__exit__(kind, error, trace)

    def add(self, record: Record | FailedRecord) -> None:
        """One more. Raises :class:`~rightful.errors.NoRoom` when the disk is full."""
        blob = self._encoder.encode(record)
        self._spool.add((_RECORD if isinstance(record, Record) else _FAILED) + len(blob).to_bytes(8, "big") + blob)
        self.count += 1

    def __iter__(self) -> Iterator[Record | FailedRecord]:
        records, failures = msgspec.msgpack.Decoder(Record), msgspec.msgpack.Decoder(FailedRecord)
        at = 0
        while head := self._spool.read(at, _HEAD):
            size = int.from_bytes(head[1:], "big")
            blob = self._spool.read(at + _HEAD, size)
            at += _HEAD + size
            yield records.decode(blob) if head[:1] == _RECORD else failures.decode(blob)


__all__ = ["Held", "Spool"]
