"""Counts of a shard or a slice: by outcome, reason, licence, language, and seconds per stage."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from rightful.model import DataFile, Outcome, Shard, ShardResult


class Tally:
    """Adds up while a shard runs; :meth:`result` freezes it. Can start from an earlier result (resume)."""

    def __init__(self, shard: Shard, start: ShardResult | None = None) -> None:
        self.shard = shard
        start = start or ShardResult(shard=shard)
        self.counts = Counter(start.counts)
        self.reasons = Counter(start.reasons)
        self.licenses = Counter(start.licenses)
        self.languages = Counter(start.languages)
        self.passed_over = Counter(start.passed_over)
        self.seconds: dict[str, float] = dict(start.seconds)
        self.tokens, self.characters, self.media_seconds = start.tokens, start.characters, start.media_seconds
        self.documents: list[DataFile] = list(start.documents)
        self.ledger: list[DataFile] = list(start.ledger)

    @property
    def fetched(self) -> int:
        """Records that have an outcome so far."""
        return sum(self.counts.values())

    def outcome(self, outcome: Outcome, reason: str) -> None:
        """Count one record."""
        self.counts[outcome.value] += 1
        self.reasons[f"{outcome.value}:{reason}"] += 1

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the seconds spent inside to the stage ``name``."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin

    def result(self, *, limited: bool = False) -> ShardResult:
        """All of it as a value."""
        return ShardResult(
            shard=self.shard,
            documents=tuple(self.documents),
            ledger=tuple(self.ledger),
            counts=dict(self.counts),
            reasons=dict(self.reasons),
            licenses=dict(self.licenses),
            languages=dict(self.languages),
            tokens=self.tokens,
            characters=self.characters,
            media_seconds=self.media_seconds,
            seconds={stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            passed_over=dict(self.passed_over),
            limited=limited,
        )


def reasons_of(totals: Mapping[str, Mapping[str, float]]) -> dict[str, int]:
    """Of :func:`add_up`: the rows by ``"outcome:reason"``, and what has no row by ``"passed_over:reason"``."""
    passed_over = {f"passed_over:{reason}": number for reason, number in totals["passed_over"].items()}
    return {reason: int(number) for reason, number in {**totals["reasons"], **passed_over}.items()}


def add_up(results: Iterable[ShardResult]) -> dict[str, dict[str, float]]:
    """Sum the counts of every kind, and the ``seconds``, of several shards."""
    total: dict[str, dict[str, float]] = {
        name: {} for name in ("counts", "reasons", "licenses", "languages", "seconds", "passed_over")
    }
    for result in results:
        for name, sums in total.items():
            for key, number in getattr(result, name).items():
                sums[key] = sums.get(key, 0) + number
    return total
