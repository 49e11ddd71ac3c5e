"""Digests as archives state them (``sha1:`` and base 32, mostly), and whether they hold."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

_BASE32 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")
_KNOWN = {"sha1": 20, "sha-1": 20, "md5": 16, "sha256": 32, "sha-256": 32, "sha512": 64, "sha-512": 64}


class Digest:
    """A stated digest, and the bytes that it is of."""

    def __init__(self, stated: str, algorithm: str, expected: bytes) -> None:
        self.stated = stated
        self._algorithm, self._expected = algorithm, expected
        self._hash: Any = hashlib.new(algorithm, usedforsecurity=False)

    @classmethod
    def of(cls, stated: str | None) -> Digest | None:
        """None: nothing is stated, or in an algorithm or a form that is not known."""
        if not stated:
            return None
        name, _, value = stated.strip().partition(":")
        size = _KNOWN.get(name.lower())
        expected = _bytes_of(value.strip(), size) if size else None
        return cls(stated.strip(), name.lower().replace("-", ""), expected) if expected is not None else None

    def add(self, data: bytes | memoryview) -> None:
        """More of the bytes."""
        self._hash.update(data)

    def holds(self) -> bool:
        """Whether the bytes so far are those that were written."""
        return bool(self._hash.digest() == self._expected)

    def holds_for(self, data: bytes) -> bool:
        """The same of other bytes, by themselves."""
        return hashlib.new(self._algorithm, data, usedforsecurity=False).digest() == self._expected


def _bytes_of(value: str, size: int) -> bytes | None:
    """Base 16, 32 or 64: told apart by the length."""
    try:
        if size == 20 and len(value) == 32 and value.isalnum() and value.isascii():
            return int(value.upper().translate(_BASE32), 32).to_bytes(size, "big")  # nearly all, and ten times faster
        if len(value) == 2 * size:
            return bytes.fromhex(value)
        if len(value.rstrip("=")) == -(-size * 8 // 5):
            bare = value.rstrip("=").upper()
            return base64.b32decode(bare + "=" * (-len(bare) % 8))
        if len(value.rstrip("=")) == -(-size * 8 // 6):
            bare = value.rstrip("=").replace("-", "+").replace("_", "/")
            return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    return None
