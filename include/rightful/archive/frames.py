"""LZ4 and Zstandard frames: where each one ends, by its block headers, and a reader that unpacks just it.

The unpackers at hand tell neither where a frame ended nor that a file was cut, so the frame is walked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rightful.archive.model import FaultReason
from rightful.archive.raw import RawBytes

if TYPE_CHECKING:
    from fastwarc.stream_io import WarcReader


class FrameError(Exception):
    """A member that can't be read."""

    def __init__(self, reason: FaultReason, detail: str) -> None:
        self.reason: FaultReason = reason
        super().__init__(detail)


class FrameBytes:
    """The packed bytes of one frame, as a file for the unpacker."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""
        self._position = 0
        self.failure: FrameError | None = None

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; none at the end of the frame, or where it breaks off (``failure`` says so)."""
        while not self._left:
            try:
                self._left = next(self._chunks)
            except StopIteration:
                return b""
            except FrameError as error:
                self.failure = error
                return b""
        taken = self._left if size < 0 else self._left[:size]
        self._left = self._left[len(taken) :]
        self._position += len(taken)
        return taken

    def tell(self) -> int:
        """Bytes read so far."""
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Not possible; the unpackers only ask where they are."""
        if (offset, whence) in ((0, 1), (self._position, 0)):
            return self._position
        raise OSError("a frame can't be sought in")

    def close(self) -> None:
        """Nothing to close: the file is the caller's."""

    def told(self) -> None:
        """Raise what is wrong with the frame itself, if anything is."""
        if self.failure is not None:
            raise self.failure

    def drain(self) -> None:
        """Read the frame to its end, which the unpacker may have had no need of."""
        while self.read(1 << 20):
            pass
        self.told()


def frame_reader(raw: RawBytes, dictionary: bytes | None) -> tuple[WarcReader, FrameBytes]:
    """An unpacker of the frame that begins at the next byte, and the packed bytes under it."""
    from fastwarc.stream_io import Lz4Reader, ZstdReader

    begin = raw.offset
    magic = raw.take(4, begin)
    if magic == b"\x04\x22\x4d\x18":
        chunks = FrameBytes(_lz4(raw, begin, magic))
        return Lz4Reader(chunks), chunks
    if magic == b"\x28\xb5\x2f\xfd":
        chunks = FrameBytes(_zstd(raw, begin, magic))
        return ZstdReader(chunks, dictionary=dictionary), chunks
    cut = len(magic) < 4
    raise FrameError("truncated" if cut else "malformed", "the file ends here" if cut else "no frame begins here")


def _exactly(raw: RawBytes, number: int, begin: int) -> bytes:
    taken = raw.take(number, begin)
    if len(taken) < number:
        raise FrameError("truncated", "the file ends in the middle of a frame")
    return taken


def _lz4(raw: RawBytes, begin: int, magic: bytes) -> Iterator[bytes]:
    flags = _exactly(raw, 2, begin)
    if flags[0] >> 6 != 1:
        raise FrameError("malformed", "an LZ4 frame of an unknown version")
    yield magic + flags + _exactly(raw, (8 if flags[0] & 8 else 0) + (4 if flags[0] & 1 else 0) + 1, begin)
    most = 1 << (8 + 2 * (flags[1] >> 4 & 7))
    while True:
        head = _exactly(raw, 4, begin)
        size = int.from_bytes(head, "little") & 0x7FFFFFFF
        if size == 0:
            yield head + _exactly(raw, 4 if flags[0] & 4 else 0, begin)
            return
        if size > most:
            raise FrameError("malformed", "an LZ4 block is larger than its frame allows")
        yield head + _exactly(raw, size + (4 if flags[0] & 16 else 0), begin)


def _zstd(raw: RawBytes, begin: int, magic: bytes) -> Iterator[bytes]:
    descriptor = _exactly(raw, 1, begin)
    flags = descriptor[0]
    single = flags >> 5 & 1
    header = (0 if single else 1) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
    yield magic + descriptor + _exactly(raw, header, begin)
    while True:
        head = _exactly(raw, 3, begin)
        block = int.from_bytes(head, "little")
        kind, size = block >> 1 & 3, block >> 3
        if kind == 3 or size > 128 << 10:
            raise FrameError("malformed", "a Zstandard block of an unknown kind or size")
        yield head + _exactly(raw, 1 if kind == 1 else size, begin)
        if block & 1:
            yield _exactly(raw, 4 if flags & 4 else 0, begin)
            return
