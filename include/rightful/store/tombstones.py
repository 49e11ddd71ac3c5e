"""What was withdrawn and must stay out: a set of tombstones that documents are compared with."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from rightful.errors import StoreError
from rightful.model import Struct

KINDS = ("request", "tombstone", "release", "contract_end")
"""What a row of ``ledger.withdrawals`` may be. Only a tombstone keeps documents out."""

CONTRACT_END = "contract_end"
"""Says that a source's documents left with their contract (``value``); the gate itself denies them from then on."""

TARGETS = ("id", "native_id", "url", "content_sha256", "creator", "source", "license")


class Tombstone(Struct, frozen=True, kw_only=True):
    """Documents with this value are withdrawn. ``source`` limits it to one source; None means every source."""

    withdrawal_id: str
    target: str
    value: str
    source: str | None = None
    reason: str | None = None


class Tombstones:
    """Finds the tombstones that a document hits, in constant time however many there are.

    Comparison errs on the side of keeping out: an id also hits other versions of the same document, and spelling that
    doesn't matter (scheme and trailing slash of a URL, case and spacing of a name) is levelled. Tombstones on a
    ``license`` are carried out by the withdrawal itself, which notes every document's id; they are not matched here.
    """

    def __init__(self, tombstones: Iterable[Tombstone] = ()) -> None:
        """Raises StoreError on a target it doesn't know: what it can't compare it must not let pass."""
        self._by_value: dict[tuple[str, str], list[Tombstone]] = {}
        self._count = 0
        for stone in tombstones:
            if stone.target not in TARGETS or not stone.value:
                raise StoreError(
                    f"ledger.withdrawals holds a tombstone on {stone.target!r} = {stone.value!r}",
                    record=stone.withdrawal_id,
                    remedy=f"targets are {', '.join(TARGETS)}; correct the row or update the code",
                )
            for value in _spellings(stone.target, stone.value):
                self._by_value.setdefault((stone.target, value), []).append(stone)
            self._count += 1

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]], source_id: str | None = None) -> Tombstones:
        """From rows of ``ledger.withdrawals``; with ``source_id`` only those that concern this source."""
        rows = list(rows)
        released = {row["withdrawal_id"] for row in rows if row["kind"] == "release"}
        unknown = {row["kind"] for row in rows} - set(KINDS)
        if unknown:
            kinds = sorted(map(str, unknown))
            raise StoreError(f"ledger.withdrawals holds rows of kind {kinds}", remedy="update the code")
        return cls(
            Tombstone(
                withdrawal_id=row["withdrawal_id"] or "?",
                target=row["target"] or "",
                value=row["value"] or "",
                source=row["source"],
                reason=row["reason"],
            )
            for row in rows
            if row["kind"] == "tombstone"
            and (row["withdrawal_id"] is None or row["withdrawal_id"] not in released)
            and (source_id is None or row["source"] in (None, "", source_id))
        )

    def __len__(self) -> int:
        return self._count

    def match(
        self,
        *,
        id: str,
        native_id: str | None,
        url: str | None,
        content_sha256: str | None,
        creators: Iterable[str],
        source: str,
    ) -> list[Tombstone]:
        """The tombstones that this document hits; none of them twice. What isn't known yet is None."""
        if not self._by_value:
            return []
        keys = [("id", id), ("id", id.rpartition("@")[0]), ("source", source)]
        if native_id:
            keys += [("native_id", native_id), ("id", f"{source}:{native_id}")]
        if url:
            keys.append(("url", level_url(url)))
        if content_sha256:
            keys.append(("content_sha256", content_sha256.lower()))
        keys += [("creator", level_name(creator)) for creator in creators if creator]
        hits: list[Tombstone] = []
        for key in keys:
            for stone in self._by_value.get(key, ()):
                if stone.source in (None, "", source) and stone not in hits:
                    hits.append(stone)
        return hits


def _spellings(target: str, value: str) -> set[str]:
    """Under which keys a tombstone is filed."""
    if target == "id":
        return {value, value.rpartition("@")[0] or value}
    if target == "url":
        return {level_url(value)}
    if target == "creator":
        return {level_name(value)}
    if target == "content_sha256":
        return {value.strip().lower()}
    return {value}


def level_url(url: str) -> str:
    """A URL without what doesn't change the page: scheme, case of the host, default port, fragment, last slash."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return text
    if not host:
        return text
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    return f"{place}{unquote(parts.path).rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def level_name(name: str) -> str:
    """A person's name without case, width and spacing."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


NO_TOMBSTONES = Tombstones()

__all__ = ["CONTRACT_END", "NO_TOMBSTONES", "TARGETS", "Tombstone", "Tombstones", "level_name", "level_url"]
