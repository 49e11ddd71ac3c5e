"""The bytes of a file as it lies there, with their offsets, from a stream that need not be seekable."""

from __future__ import annotations

from typing import BinaryIO

CHUNK = 256 << 10
KEPT = 8 << 20  # bytes of a member that are kept, so that the next one can be looked for from its beginning


class RawBytes:
    """A moving part of a file: ``data`` from ``start`` on, read up to ``at``."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.data = b""
        self.start = 0
        self.at = 0
        """Next byte to be read, in ``data``."""
        self.failure: OSError | None = None
        self._ended = False

    @property
    def offset(self) -> int:
        """Offset in the file of the next byte to be read."""
        return self.start + self.at

    @property
    def end(self) -> int:
        """Bytes of the file that have come so far."""
        return self.start + len(self.data)

    def fill(self, keep: int) -> bool:
        """Add bytes at the end; those before ``keep`` (an offset) may be dropped. False: the file has no more."""
        if self._ended:
            return False
        try:
            more = self._stream.read(CHUNK)
        except OSError as error:  # the connection or the disk: told as a fault, where it happened
            self.failure, more = error, b""
        if not more:
            self._ended = True
            return False
        keep = max(min(keep, self.offset), self.offset - KEPT) - self.start
        self.data = self.data[keep:] + more
        self.start += keep
        self.at -= keep
        return True

    def need(self, number: int, keep: int) -> bool:
        """Whether ``number`` bytes lie ready to be read, after reading what that takes."""
        while len(self.data) - self.at < number:
            if not self.fill(keep):
                return False
        return True

    def take(self, number: int, keep: int) -> bytes:
        """The next ``number`` bytes, fewer at the end of the file."""
        self.need(number, keep)
        taken = self.data[self.at : self.at + number]
        self.at += len(taken)
        return taken

    def back_to(self, offset: int) -> None:
        """Read on from ``offset``, or from the oldest byte that is left after it."""
        self.at = max(offset - self.start, 0)
