"""Packs recordings into shards by their length: enough sound to load a model for, and no more shards than may be.

Pure: the same recordings in the same order give the same shards with the same ids, today and in a year.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

MOST_SHARDS = 1_000

T = TypeVar("T")


def pack(
    items: Iterable[T],
    seconds_of: Callable[[T], float | None],
    *,
    target_minutes: float,
    assumed_minutes: float,
    most: int = MOST_SHARDS,
) -> list[list[T]]:
    """``items`` in their order, cut into groups of at least ``target_minutes`` of sound.

    Args:
        items: What is packed.
        seconds_of: Announced length of one in seconds; None, and what can't be a length, counts as ``assumed_minutes``.
        target_minutes: A group is closed once it holds so much. The last one may hold less.
        assumed_minutes: Length of what announces none.
        most: Never more groups than this: the target is raised until they fit.

    Returns:
        Groups that hold every item exactly once, none of them empty; no items give no group.
    """
    if target_minutes <= 0 or assumed_minutes <= 0 or most < 1:
        raise ValueError("lengths and the number of groups must be positive")
    weighed = [(item, _minutes(seconds_of(item), assumed_minutes)) for item in items]
    total = sum(minutes for _, minutes in weighed)
    # A group closes at the target or beyond, so that all but the last hold it: total / target of them at most, and one.
    target = max(target_minutes, total / (most - 1) if most > 1 else math.inf)
    groups: list[list[T]] = []
    held = math.inf
    for item, minutes in weighed:
        if held >= target:
            groups.append([])
            held = 0.0
        groups[-1].append(item)
        held += minutes
    return groups


def shard_ids(count: int, prefix: str = "part") -> list[str]:
    """``part-0001`` …: ids of ``count`` shards; one alone is ``all``."""
    return ["all"] if count == 1 else [f"{prefix}-{number:04d}" for number in range(1, count + 1)]


def _minutes(seconds: float | None, assumed: float) -> float:
    if seconds is None or not math.isfinite(seconds) or seconds <= 0:
        return assumed
    return seconds / 60


__all__ = ["MOST_SHARDS", "pack", "shard_ids"]
