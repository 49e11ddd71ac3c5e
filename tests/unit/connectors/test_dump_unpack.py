"""Bulk files unpacked as they come: whole ones byte by byte, damaged ones never in silence."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
from collections.abc import Callable

import pytest
from backports import zstd

from rightful.connectors.dump import unpack
from rightful.connectors.dump.unpack import Unpacked, unpacked
from rightful.errors import FetchError, Malformed

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}
TEXT = random.Random(1).randbytes(300_000) + b"the wind of the island " * 40_000
formats = pytest.mark.parametrize("pack", PACK.values(), ids=PACK)


def read(data: bytes) -> bytes:
    with unpacked(io.BytesIO(data), "a file") as stream:
        return stream.read()


@formats
def test_a_file_of_one_or_several_streams_is_read_to_its_end(pack: Callable[[bytes], bytes]) -> None:
    assert read(pack(TEXT)) == TEXT
    assert read(pack(TEXT) + pack(b"") + pack(TEXT[:9])) == TEXT + TEXT[:9]
    assert read(pack(TEXT) + b"\0" * 512) == TEXT


def test_what_is_not_packed_comes_as_it_is() -> None:
    assert read(TEXT) == TEXT
    assert read(b"") == b""
    assert read(b"BZ") == b"BZ"


def test_frames_of_zstandard_without_data_are_passed() -> None:
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00seek"
    assert read(skippable + PACK["zstd"](TEXT) + skippable) == TEXT


@formats
def test_a_file_that_was_cut_anywhere_is_an_error(pack: Callable[[bytes], bytes]) -> None:
    whole = pack(b"a first stream") + pack(TEXT)
    first = len(pack(b"a first stream"))
    for at in {*range(len(whole) - 12, len(whole)), *range(first + 1, first + 12), 20_000}:
        with pytest.raises(Malformed, match="a file: broken"):
            read(whole[:at])


@formats
def test_a_damaged_second_stream_is_an_error(pack: Callable[[bytes], bytes]) -> None:
    first, second = pack(TEXT), pack(TEXT)
    for at in (0, 1, len(second) // 2, len(second) - 3):
        broken = second[:at] + bytes([second[at] ^ 0x55]) + second[at + 1 :]
        with pytest.raises(Malformed, match="a file: broken"):
            read(first + broken)
    with pytest.raises(Malformed, match="something else follows"):
        read(first + b"<html>503</html>")


@formats
def test_a_bomb_unpacks_piece_by_piece(pack: Callable[[bytes], bytes]) -> None:
    bomb = Unpacked(io.BytesIO(pack(bytes(64 << 20))), "a bomb")
    sizes = [len(piece) for piece in bomb._all()]
    assert sum(sizes) == 64 << 20
    assert max(sizes) <= 2 * unpack.PIECE
    assert bomb.taken < 1 << 20


def test_errors_of_the_connection_pass_through() -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise FetchError("the connection ended")
            return super().read(1_000)

    with pytest.raises(FetchError, match="the connection ended"), unpacked(Breaks(PACK["gzip"](TEXT)), "a") as stream:
        stream.read()
