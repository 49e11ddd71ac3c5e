"""Tells quickly that a manifest does *not* name a slice.

PyIceberg takes 35 µs to decode one entry, which after a thousand slices is most of a commit. A number that occurs
nowhere in a manifest's bytes is no partition value of it; so most manifests need only be unpacked and searched. A
number that does occur proves nothing, and the manifest is decoded as usual.
"""

from __future__ import annotations

import zlib

_MAGIC = b"Obj\x01"
_SYNC_BYTES = 16


def may_mention(content: bytes, number: int) -> bool:
    """Whether an Avro file may hold a ``long`` of this value. True when in doubt (unknown codec, odd bytes).

    Avro writes a long in exactly one way: zig-zag, then seven bits a byte (specification 1.11, binary encoding).
    """
    needle = encoded(number)
    try:
        return any(needle in block for block in _blocks(content))
    except (IndexError, ValueError, zlib.error):
        return True


def encoded(number: int) -> bytes:
    """A 64-bit number as Avro's ``long``."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _blocks(content: bytes) -> list[bytes]:
    """The unpacked data blocks of an Avro object container file."""
    if not content.startswith(_MAGIC):
        raise ValueError("not an Avro file")
    place = len(_MAGIC)
    codec = b"null"
    while True:
        count, place = _long(content, place)
        if count == 0:
            break
        if count < 0:  # a block of the map that tells its size as well
            _, place = _long(content, place)
        for _ in range(abs(count)):
            key, place = _bytes(content, place)
            value, place = _bytes(content, place)
            if key == b"avro.codec":
                codec = value
    if codec not in (b"null", b"deflate"):
        raise ValueError(f"codec {codec!r}")
    place += _SYNC_BYTES
    blocks = []
    while place < len(content):
        _, place = _long(content, place)
        block, place = _bytes(content, place)
        place += _SYNC_BYTES
        blocks.append(zlib.decompress(block, wbits=-15) if codec == b"deflate" else block)
    if place != len(content):
        raise ValueError("cut off")
    return blocks


def _long(content: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), place
        shift += 7


def _bytes(content: bytes, place: int) -> tuple[bytes, int]:
    length, place = _long(content, place)
    if length < 0 or place + length > len(content):
        raise ValueError("cut off")
    return content[place : place + length], place + length


__all__ = ["encoded", "may_mention"]
