"""The members of a compressed archive, one after the other: gzip (RFC 1952), LZ4 and Zstandard frames (RFC 8878).

Every member's own check sum is checked. After a broken one, reading goes on at the next that holds a record.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

from fastwarc.stream_io import ZstdReader
from isal import isal_zlib

from rightful.archive.frames import FrameError, frame_reader
from rightful.archive.model import FaultReason
from rightful.archive.raw import RawBytes

PIECE = 1 << 20  # bytes that are unpacked at a time: what bounds a bomb
_UNPACKING = cast("type[Exception]", isal_zlib.IsalError)  # its stub calls it a value
_STEP = 32 << 10  # compressed bytes given to zlib at a time: what is left over gets copied

RECORD_START = re.compile(rb"WARC/[0-9]\.[0-9]+\r?\n|[a-z][a-z0-9+.-]*:[^\r\n ]+ [^\r\n]*[0-9]+\n")
"""How a record begins: WARC's version line, or ARC's line of URL, address, date, type and length."""

GZIP, LZ4, ZSTD = b"\x1f\x8b\x08", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)


class Piece(NamedTuple):
    """Unpacked bytes."""

    data: bytes
    begins: int | None
    """Offset in the file of the member that begins with these bytes."""
    ends: int | None
    """Offset in the file after the member that ends with them."""


class Break(NamedTuple):
    """Between two pieces, bytes are missing or unreadable."""

    offset: int
    reason: FaultReason
    detail: str


Pieces = Iterator[Piece | Break]


def is_packed(raw: RawBytes) -> bool:
    """Whether the file is compressed, by its magic."""
    raw.need(4, 0)
    magic = raw.data[:4]
    return magic.startswith(GZIP[:2]) or magic in (LZ4, ZSTD) or _SKIPPABLE.match(magic) is not None


def pieces_of(raw: RawBytes) -> Pieces:
    """What the file holds, unpacked, whatever it is packed with."""
    raw.need(4, 0)
    magic = raw.data[:4]
    if magic.startswith(GZIP[:2]):
        yield from _members(raw, GZIP, _gzip_member)
    elif magic == LZ4:
        yield from _members(raw, LZ4, lambda raw: _frame(raw, None))
    elif magic == ZSTD or _SKIPPABLE.match(magic):
        yield from _members(raw, ZSTD, _ZstdMember())
    else:
        yield from _plain(raw)
    if raw.failure is not None:
        yield Break(raw.offset, "truncated", f"reading failed: {raw.failure}")


def _plain(raw: RawBytes) -> Pieces:
    first: int | None = 0
    while raw.need(1, raw.offset):
        data = raw.data[raw.at :]
        raw.at = len(raw.data)
        yield Piece(data, first, None)
        first = None


def _members(raw: RawBytes, magic: bytes, read: Callable[[RawBytes], Pieces]) -> Pieces:
    while raw.need(1, raw.offset):
        begin = raw.offset
        broken = False
        try:
            yield from read(raw)
        except (zlib.error, FrameError, OSError) as error:
            broken = True
            yield Break(begin, error.reason if isinstance(error, FrameError) else "malformed", str(error))
        if broken and not _find_next(raw, begin + 1, magic, read):
            return


def _find_next(raw: RawBytes, after: int, magic: bytes, read: Callable[[RawBytes], Pieces]) -> bool:
    """Go to the next member that begins with a record: what follows a break may hold its magic by chance."""
    raw.back_to(after)
    while True:
        found = raw.data.find(magic, raw.at)
        if found < 0:
            raw.at = max(raw.at, len(raw.data) - len(magic) + 1)
            if not raw.fill(raw.offset):
                raw.at = len(raw.data)
                return False
            continue
        raw.at = found
        here = raw.offset
        if _begins_record(raw, read):
            raw.back_to(here)
            return True
        raw.back_to(here + 1)


def _begins_record(raw: RawBytes, read: Callable[[RawBytes], Pieces]) -> bool:
    try:
        for piece in read(raw):
            return isinstance(piece, Piece) and RECORD_START.match(piece.data) is not None
    except (zlib.error, FrameError, OSError):
        return False  # the magic was there by chance
    return False


def _gzip_member(raw: RawBytes) -> Pieces:
    """One member. zlib checks its CRC-32 and its length."""
    begin = raw.offset
    if raw.data[raw.at] == 0 and _only_zeros(raw):
        return  # padding at the end, as of a tape or a block device
    if not raw.need(2, begin) or not raw.data.startswith(GZIP[:2], raw.at):
        left = len(raw.data) - raw.at
        if left < 3 and GZIP.startswith(raw.data[raw.at :]):
            raise FrameError("truncated", "the file ends in the header of a gzip member")
        raise FrameError("malformed", "no gzip member begins here")
    if (whole := _gzip_at_once(raw)) is not None:
        yield whole
        return
    unpack = zlib.decompressobj(31)
    first: int | None = begin
    held: list[bytes] = []
    size = 0
    while True:
        if raw.at >= len(raw.data) and not raw.fill(begin):
            yield from _rest(held, first)
            raise FrameError("truncated", "the file ends in the middle of a gzip member")
        chunk = memoryview(raw.data)[raw.at : raw.at + _STEP]
        try:
            out = unpack.decompress(chunk, PIECE)
        except zlib.error:
            yield from _rest(held, first)
            raise
        # At the end, zlib may tell what is left in both.
        raw.at += len(chunk) - len(unpack.unused_data if unpack.eof else unpack.unconsumed_tail)
        if out:
            held.append(out)
            size += len(out)
        if unpack.eof:
            yield Piece(b"".join(held) if len(held) != 1 else held[0], first, raw.offset)
            return
        if size >= PIECE:
            yield Piece(b"".join(held), first, None)
            held, size, first = [], 0, None


def _gzip_at_once(raw: RawBytes) -> Piece | None:
    """The same for a member of usual size that ends where another begins, at half the cost: ISA-L unpacks twice as fast
    as zlib, and its bytes are cut out first, for what follows a member costs a copy. None: something is unusual;
    nothing was passed."""
    begin = raw.offset
    after = 18  # the shortest header and trailer
    while (found := raw.data.find(GZIP, raw.at + after)) < 0:
        after = max(after, len(raw.data) - raw.at - 2)
        if after > PIECE:
            return None
        if not raw.fill(begin):
            found = len(raw.data)
            break
    size = int.from_bytes(raw.data[found - 4 : found], "little")
    if found - raw.at < 18 or found - raw.at > PIECE or size > 4 * PIECE:
        return None
    packed = raw.data[raw.at : found]
    unpack = isal_zlib.decompressobj(31)
    try:
        out = unpack.decompress(packed, size + 1)
    except _UNPACKING:
        return None  # the thorough way says what is wrong, and where
    if (
        len(out) != size or not unpack.eof or unpack.unused_data
    ):  # the magic stood in the middle of a member (by chance, once in 100 MB), or the file was cut
        return None
    raw.at = found
    return Piece(out, begin, begin + len(packed))


def _rest(held: list[bytes], first: int | None) -> Pieces:
    if held:
        yield Piece(b"".join(held), first, None)


def _only_zeros(raw: RawBytes) -> bool:
    """Whether nothing but zeros is left; they are passed over if so."""
    here = raw.offset
    while True:
        if raw.data[raw.at :].strip(b"\0"):
            raw.back_to(here)
            return False
        if raw.offset - here > 1 << 20:  # more than any tape's block
            raw.back_to(here)
            return False
        raw.at = len(raw.data)
        if not raw.fill(here):
            return True


def _frame(raw: RawBytes, dictionary: bytes | None) -> Pieces:
    """One LZ4 or Zstandard frame."""
    begin = raw.offset
    reader, chunks = frame_reader(raw, dictionary)
    first: int | None = begin
    out = b""
    while True:
        try:
            more = reader.read(PIECE)
        except OSError:
            chunks.told()  # the frame's own fault says more than the reader's
            if out:
                yield Piece(out, first, None)
            raise
        if not more:
            break
        if out:
            yield Piece(out, first, None)
            first = None
        out = more
    if chunks.failure is not None:
        if out:
            yield Piece(out, first, None)
        raise chunks.failure
    chunks.drain()
    yield Piece(out, first, raw.offset)


class _ZstdMember:
    """Zstandard frames; a dictionary may come first, in a skippable frame (the specification of .warc.zst)."""

    def __init__(self) -> None:
        self._dictionary: bytes | None = None

    def __call__(self, raw: RawBytes) -> Pieces:
        raw.need(8, raw.offset)
        if not _SKIPPABLE.match(raw.data, raw.at):
            yield from _frame(raw, self._dictionary)
            return
        begin = raw.offset
        head = raw.take(8, begin)
        size = int.from_bytes(head[4:8], "little")
        if len(head) < 8 or size > PIECE * 8:
            raise FrameError("malformed", "a skippable Zstandard frame has no sensible size")
        body = raw.take(size, begin)
        if len(body) < size:
            raise FrameError("truncated", "the file ends in a skippable Zstandard frame")
        if head[:4] == b"\x5d\x2a\x4d\x18":
            self._dictionary = _unpacked(body) if body.startswith(ZSTD) else body


def _unpacked(body: bytes) -> bytes:
    return ZstdReader(io.BytesIO(body)).read(PIECE * 8)
