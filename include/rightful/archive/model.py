"""What an archive holds, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["response", "resource", "conversion", "revisit", "request", "metadata", "warcinfo", "other"]
FaultReason = Literal["truncated", "digest", "malformed", "length", "too_large", "encoding", "not_an_archive"]

OF_THE_PAGE = frozenset({"too_large", "encoding"})
"""Reasons that speak of what was crawled, not of the archive: every byte of it is there."""


class ArchiveRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record that somebody wants; its length and its digest were checked.

    ``offset`` and ``length`` count bytes of the file as it lies there, compressed; ``length`` is None where a record
    has no bytes of its own (one gzip member for the whole file), and ``offset`` is then that of the member.
    ``digest`` is the block's as stated, or else the payload's; ``digest_ok`` is None where none is stated, or none of
    a known algorithm, and never False: such a record is a fault. ``status``, ``headers`` and ``media_type`` are
    those of the HTTP answer (RFC 9112); ``body`` has its content and transfer encodings undone.
    ``truncated`` is WARC-Truncated, or ``http-length`` where fewer bytes came than the answer had announced.
    ``refers_to`` is a revisit's URL, date and payload digest. ISO 28500.
    """

    kind: Kind
    url: str
    date: datetime | None
    offset: int
    length: int | None
    digest: str | None
    digest_ok: bool | None
    status: int | None
    headers: tuple[tuple[str, str], ...]
    media_type: str | None
    body: bytes
    truncated: str | None
    refers_to: tuple[str, datetime | None, str | None] | None
    ip: str | None


class ArchiveFault(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong, at the byte of the file where the record concerned (or what was left of it) begins.

    ``truncated``: bytes are missing; ``length``: a record isn't as long as it says; ``digest``: its bytes aren't those
    that were written; ``malformed``: no record can be read here; ``not_an_archive``: nowhere in the file. The page's
    own: ``too_large``, ``encoding`` (its body can't be unpacked).
    """

    offset: int
    reason: FaultReason
    detail: str
    url: str = ""


@dataclass
class ArchiveCounts:
    """Filled while an archive is read, and whole when the reading ends."""

    records: int = 0
    """Whole records, whoever wanted them; one with a fault of its own page counts too."""
    kinds: Counter[str] = field(default_factory=Counter)
    passed_over: int = 0
    """Responses that ``first_look`` rejected."""
    bytes: int = 0
    """Bytes of the file that were read."""
    faults: Counter[str] = field(default_factory=Counter)
    complete: bool = False
    """The end was reached, and no byte was lost or changed on the way there."""

    def count(self, kind: str) -> None:
        """One whole record more."""
        self.records += 1
        self.kinds[kind] += 1
