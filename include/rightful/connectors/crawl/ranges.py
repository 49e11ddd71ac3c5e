"""From single records to what is worth asking for: ranges merged over small gaps, whole files, and shards of both.

Pure: the same records give the same shards with the same ids, in whatever order they come.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from rightful.connectors.packing import shard_ids
from rightful.errors import TooLarge

GAP = 2**20
"""Bytes between two records that are read along rather than asked for a second time."""

WHOLE = 0.07
"""A file of which a larger share would be read is read whole, in one request."""

MOST_SHARDS = 999
MOST_RANGES = 5_000 * MOST_SHARDS
"""Beyond this a plan is too large to hand around; a whole file counts for none."""

_SOME = 256
"""Records of a file that are gathered before they are merged."""


class Wanted(NamedTuple):
    """A file, and which parts of it, as (offset, length) in bytes; None: all of it."""

    file: str
    ranges: tuple[tuple[int, int], ...] | None


def merge(parts: Sequence[tuple[int, int]], gap: int = GAP) -> list[tuple[int, int]]:
    """(offset, length) in any order → in theirs, without overlaps, none closer than ``gap`` bytes to the next."""
    merged: list[tuple[int, int]] = []
    for offset, length in sorted(parts):
        if merged and offset - (merged[-1][0] + merged[-1][1]) < gap:
            first, held = merged[-1]
            merged[-1] = (first, max(held, offset + length - first))
        else:
            merged.append((offset, length))
    return merged


class Ranges:
    """Gathers the records of a snapshot by file. Holds 16 bytes a range, and nothing of files that are read whole.

    Args:
        source: Its id, for messages.
        file_bytes: Usual length of a file.
        most: Ranges that may be held.
    """

    def __init__(self, source: str, file_bytes: int, most: int = MOST_RANGES) -> None:
        self._source, self._file_bytes, self._most = source, file_bytes, most
        self._files: dict[str, array[int] | None] = {}
        self._merged: dict[str, int] = {}
        self._held = 0

    def add(self, file: str, offset: int, length: int) -> None:
        """One record. Raises :class:`~rightful.errors.TooLarge` when there are more ranges than a plan may have."""
        held = self._files.setdefault(file, array("Q"))
        if held is None:
            return
        held.append(offset)
        held.append(length)
        self._held += 1
        if len(held) >= 2 * (self._merged.get(file, 0) + _SOME):
            self._settle(file)
        if self._held > self._most:
            for name in list(self._files):
                self._settle(name)
            # With less than this freed the next record would begin all over again.
            if self._held > 0.9 * self._most:
                raise TooLarge(
                    f"the index names more than {self._held:,} ranges",
                    source=self._source,
                    remedy="narrow `fetch.index.domains`, or use `mode: scan`",
                )

    def files(self) -> list[Wanted]:
        """Every file that holds a record, in the order of their names."""
        for name in self._files:
            self._settle(name)
        return [
            Wanted(name, None if held is None else tuple(_pairs(held))) for name, held in sorted(self._files.items())
        ]

    def _settle(self, file: str) -> None:
        """Merge what is held of one file, or forget it where the file is better read whole."""
        held = self._files[file]
        if held is None:
            return
        self._held -= len(held) // 2
        merged = merge(_pairs(held))
        size = max(self._file_bytes, merged[-1][0] + merged[-1][1])
        if sum(length for _, length in merged) > WHOLE * size:
            self._files[file] = None
            return
        self._files[file] = array("Q", [number for pair in merged for number in pair])
        self._merged[file] = len(merged)
        self._held += len(merged)


def packed(
    files: Sequence[Wanted], *, shard_files: int, shard_ranges: int, most: int = MOST_SHARDS
) -> list[list[Wanted]]:
    """``files`` in their order, cut into groups of at most ``shard_files`` whole ones or ``shard_ranges`` ranges.

    Where that would be more than ``most`` groups, each takes more. No file is in two groups, none is empty.
    """
    weights = [1 / shard_files if wanted.ranges is None else len(wanted.ranges) / shard_ranges for wanted in files]
    room = 1.0
    while len(groups := _cut(files, weights, room)) > most:
        room = max(room * 1.01, math.fsum(weights) / most)
    return groups


def _cut(files: Sequence[Wanted], weights: Sequence[float], room: float) -> list[list[Wanted]]:
    groups: list[list[Wanted]] = []
    held = math.inf
    for wanted, weight in zip(files, weights, strict=True):
        if held + weight > room + 1e-9:
            groups.append([])
            held = 0.0
        groups[-1].append(wanted)
        held += weight
    return groups


def named(snapshot: str, groups: Sequence[list[Wanted]], *, alone: bool) -> list[tuple[str, list[Wanted]]]:
    """The groups of a snapshot with the ids of their shards; ``alone`` when the slice has no other snapshot."""
    if alone and len(groups) == 1:
        return [("all", groups[0])]
    ids = [f"{snapshot}-0001"] if len(groups) == 1 else shard_ids(len(groups), snapshot)
    return list(zip(ids, groups, strict=True))


def _pairs(held: array[int]) -> list[tuple[int, int]]:
    return list(zip(held[::2], held[1::2], strict=True))


__all__ = ["GAP", "MOST_RANGES", "MOST_SHARDS", "WHOLE", "Ranges", "Wanted", "merge", "named", "packed"]
