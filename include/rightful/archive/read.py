"""Reads an archive of any format, by its magic, into records and faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from rightful.archive.members import is_packed, pieces_of
from rightful.archive.model import OF_THE_PAGE, ArchiveCounts, ArchiveFault, ArchiveRecord, Kind
from rightful.archive.raw import RawBytes
from rightful.archive.warc import RecordReader
from rightful.archive.window import Window

MAX_BODY = 16 << 20
"""Bytes; larger bodies are faults."""

Found = ArchiveRecord | ArchiveFault


def read_archive(
    stream: BinaryIO,
    name: str,
    *,
    counts: ArchiveCounts,
    want: Callable[[Kind, str], bool] | None = None,
    first_look: Callable[[bytes], bool] | None = None,
    max_body: int = MAX_BODY,
) -> Iterator[Found]:
    """The records of a WARC, ARC, WET or WACZ that ``want`` wants (default: all), and whatever is wrong, in the
    file's order. ``name`` is for messages only: the format is told by the first bytes. Memory is bounded by a few
    ``max_body``, whatever the file says or unpacks to.

    ``first_look`` gets an answer's headers and decoded body in one; a response that it rejects is only counted. Length
    and digest of *every* record are checked first, wanted or not.

    Nothing that the file holds raises: it becomes a fault with its offset, and reading goes on at the next record that
    can be found. A file whose reading did not end with ``counts.complete`` was not read whole. Only a file cut
    between two records looks whole to every reader: compare ``counts.records`` with the index where there is one.
    A WACZ must be seekable; everything else may be a stream. gzip that holds the whole file in one member has a
    check sum only at its end, after its records were handed over.
    """
    from rightful.archive.wacz import MAGIC, read_wacz

    raw = RawBytes(stream)
    raw.need(4, 0)
    before = sum(counts.faults[reason] for reason in counts.faults if reason not in OF_THE_PAGE)
    if raw.data.startswith(MAGIC):
        found = read_wacz(stream, name, counts=counts, want=want, first_look=first_look, max_body=max_body)
    else:
        found = _one_file(raw, counts, want, first_look, max_body)
    counts.complete = False
    for item in found:
        if isinstance(item, ArchiveFault):
            counts.faults[item.reason] += 1
        yield item
    after = sum(counts.faults[reason] for reason in counts.faults if reason not in OF_THE_PAGE)
    counts.complete = before == after == 0


def _one_file(
    raw: RawBytes,
    counts: ArchiveCounts,
    want: Callable[[Kind, str], bool] | None,
    first_look: Callable[[bytes], bool] | None,
    max_body: int,
) -> Iterator[Found]:
    window = Window(pieces_of(raw), packed=is_packed(raw))
    try:
        yield from RecordReader(window, counts, want, first_look, max_body).records()
    finally:
        counts.bytes += raw.end
