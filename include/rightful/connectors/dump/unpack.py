"""Bulk files unpacked as they come: gzip, bzip2, xz and Zstandard, by their first bytes, in constant memory.

A file may hold several streams, one behind the other (``pbzip2``, Wikimedia's multistream dumps, ``cat a.gz b.gz``).
What comes behind the last of them is an error, and so is an end in the middle: Python's own readers of bzip2 and xz
take a damaged second stream for the end of the file, and what follows is lost without a word.
"""

from __future__ import annotations

import bz2
import io
import lzma
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, NamedTuple, Protocol, cast

from backports import zstd
from isal import igzip_lib

from rightful.errors import Malformed

PIECE = 1 << 20
"""Bytes that are unpacked at a time."""
_READ = 256 << 10
"""Packed bytes that are read at a time."""
_XZ_MEMORY = 256 * 2**20
"""What an xz stream may ask for; ``xz -9`` needs 65 MiB."""
_ZSTD_WINDOW = 27
"""Logarithm of the longest way back: 128 MiB, as ``zstd --long`` uses; ``--ultra`` with more is refused."""


class _Unpacking(Protocol):
    """What the decompressors of :mod:`bz2`, :mod:`lzma` and the others have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Format(NamedTuple):
    name: str
    magic: bytes
    start: Callable[[], _Unpacking]


_FORMATS = (
    _Format("gzip", b"\x1f\x8b", lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)),
    _Format("bzip2", b"BZh", bz2.BZ2Decompressor),
    _Format("xz", b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)),
    _Format(
        "Zstandard",
        b"\x28\xb5\x2f\xfd",
        lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW}),
    ),
)
_IGZIP = cast("type[Exception]", igzip_lib.error)  # its stub calls it a value
_ERRORS = (_IGZIP, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError)
_SKIPPABLE = b"\x2a\x4d\x18"
"""The last three bytes of the magic of Zstandard's frames that hold no data (RFC 8878, 3.1.2)."""


class Unpacked(io.RawIOBase):
    """The unpacked bytes of ``stream``, in their order; those of the stream itself where it is not packed.

    ``taken`` tells how many packed bytes were used, for progress. Errors of the stream itself pass through; damage
    raises :class:`~rightful.errors.Malformed` with the name of the file and the packed offset. Closing it closes
    ``stream``.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        super().__init__()
        self._stream, self._name = stream, name
        self.taken = 0
        self._rest = memoryview(b"")
        self._pieces = self._all()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        into = memoryview(cast(bytearray, buffer)).cast("B")
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()

    def _all(self) -> Iterator[bytes]:
        data = self._more()
        packed = next((one for one in _FORMATS if data.startswith(one.magic)), None)
        if packed is None and _is_skippable(data):
            packed = _FORMATS[-1]
        if packed is None:
            while data:
                yield data
                data = self._more()
            return
        while data:
            data = yield from self._one(packed, data)
            if not data:
                data = self._more()
            if data and not self._goes_on(packed, data):
                data = b""

    def _goes_on(self, packed: _Format, data: bytes) -> bool:
        """Whether another stream begins with ``data``. False: only padding of zeros is left (tapes, xz)."""
        while len(data) < 6 and (more := self._more()):
            data += more
        if data.startswith(packed.magic) or (packed.name == "Zstandard" and _is_skippable(data)):
            return True
        while data:
            if data.strip(b"\0"):
                raise self._broken(packed, "something else follows its end")
            data = self._more()
        return False

    def _one(self, packed: _Format, data: bytes) -> Generator[bytes, None, bytes]:
        """One stream; returns what was read beyond it."""
        unpacking = packed.start()
        given = data
        while True:
            try:
                out = unpacking.decompress(given, PIECE)
            except _ERRORS as error:
                raise self._broken(packed, str(error)) from None
            if out:
                yield out
            if unpacking.eof:
                return unpacking.unused_data
            given = b""
            if unpacking.needs_input and not (given := self._more()):
                raise self._broken(packed, "the file ends in the middle")

    def _more(self) -> bytes:
        data = self._stream.read(_READ)
        self.taken += len(data)
        return data

    def _broken(self, packed: _Format, what: str) -> Malformed:
        return Malformed(
            f"{self._name}: broken {packed.name} before byte {self.taken:,}: {what}",
            remedy="compare its check sum with the publisher's; fetch it again",
        )


def _is_skippable(data: bytes) -> bool:
    return len(data) >= 4 and data[1:4] == _SKIPPABLE and 0x50 <= data[0] <= 0x5F


def unpacked(stream: BinaryIO, name: str) -> io.BufferedReader:
    """A buffered :class:`Unpacked`; ``raw`` of it tells ``taken``."""
    return io.BufferedReader(Unpacked(stream, name), PIECE)


__all__ = ["PIECE", "Unpacked", "unpacked"]
