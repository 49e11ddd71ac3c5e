"""Records of one archive, held on the disk until the archive was read to its end.

What a site says of itself (its robots.txt, what its pages agree on) may stand behind the pages in the file, so no page
goes to the gate before all of the file is known. The records of a file fully under open licences are as large as the
file; on the disk they cost no memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from rightful.model import FailedRecord, Record

_RECORD, _FAILED = b"R", b"F"


class Held:
    """A list of records on the disk, read in the order in which they came. A context manager: leaving it removes it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(prefix="rightful-crawl-", dir=folder)  # noqa: SIM115 - closed when the list is left
        self._encoder = msgspec.msgpack.Encoder()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, record: Record | FailedRecord) -> None:
        """One more."""
        blob = self._encoder.encode(record)
        self._file.write((_RECORD if isinstance(record, Record) else _FAILED) + len(blob).to_bytes(8, "big"))
        self._file.write(blob)
        self.count += 1

    def __iter__(self) -> Iterator[Record | FailedRecord]:
        self._file.seek(0)
        records, failures = msgspec.msgpack.Decoder(Record), msgspec.msgpack.Decoder(FailedRecord)
        while head := self._file.read(9):
            blob = self._file.read(int.from_bytes(head[1:], "big"))
            yield records.decode(blob) if head[:1] == _RECORD else failures.decode(blob)


__all__ = ["Held"]
