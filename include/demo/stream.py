"""When a publisher's records came into being: every day since 2008 has some, from its first second to its last.

The moment of a record follows from its day and its place in the day by arithmetic alone, so that any time window of
any length can be answered without making a single record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from demo.prose import mix

FIRST_DAY = date(2008, 1, 1)
"""Before it the publisher has nothing."""

_EPOCH = int(datetime(2008, 1, 1, tzinfo=UTC).timestamp())
_DAY = 86_400
MOST_A_DAY = 10_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """One record's place: ``day`` counts from :data:`FIRST_DAY`, ``index`` within the day; ``unix`` in seconds."""

    day: int
    index: int
    unix: int

    @property
    def key(self) -> int:
        """Unique within a stream, grows with time."""
        return self.day * MOST_A_DAY + self.index

    @property
    def date(self) -> str:
        """ISO date."""
        return iso_day(self.day)

    @property
    def iso(self) -> str:
        """``2026-03-01T12:00:00Z``."""
        second = self.unix - _EPOCH - self.day * _DAY
        return f"{iso_day(self.day)}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def iso_day(day: int) -> str:
    """ISO date of day number ``day``."""
    return (FIRST_DAY + timedelta(days=day)).isoformat()


class Stream:
    """One list of records.

    Args:
        base: The usual number a day.
        seed: Sets it apart from other streams.
        scale: Multiplies the number a day.
        spread: A day has up to so many more.
    """

    def __init__(self, base: int, seed: int, scale: int = 1, *, spread: int = 4) -> None:
        if not 2 <= base * scale <= MOST_A_DAY - spread:
            raise ValueError(f"2 to {MOST_A_DAY:,} records a day are possible, not {base * scale:,}")
        self.base, self.seed, self.scale, self.spread = base, seed, scale, spread

    def count(self, day: int) -> int:
        """How many records ``day`` has (0 before the first day)."""
        return self.base * self.scale + mix(self.seed * 1_000_003 + day) % (self.spread + 1) if day >= 0 else 0

    def at(self, day: int, index: int) -> Moment:
        """Record ``index`` of ``day``. The first one lies on 00:00:00, the last one on 23:59:59."""
        return Moment(day, index, _EPOCH + day * _DAY + index * (_DAY - 1) // (self.count(day) - 1))

    def find(self, key: int) -> Moment | None:
        """The record with this :attr:`Moment.key`, or None."""
        day, index = divmod(key, MOST_A_DAY)
        return self.at(day, index) if day >= 0 and index < self.count(day) else None

    def chosen(self, moment: Moment) -> int:
        """64 random-looking bits that belong to this record."""
        return mix(self.seed * 0x1_0000_0001 + moment.key)

    def between(self, start: int, end: int) -> Selection:
        """The records in ``[start, end)`` (Unix seconds), oldest first."""
        return Selection(self, start, end)

    def _first(self, day: int, second: int) -> int:
        """The first record of ``day`` at or after ``second`` of it."""
        last = self.count(day) - 1
        return min(max(-(-second * last // (_DAY - 1)), 0), last + 1)


class Selection:
    """The records of a stream in a time window: a sequence whose members are made when they are asked for."""

    def __init__(self, stream: Stream, start: int, end: int) -> None:
        self.stream = stream
        self._days: list[tuple[int, int, int]] = []  # day, first index, how many come before it
        total = 0
        start = max(start, _EPOCH)
        for day in range((start - _EPOCH) // _DAY, (end - 1 - _EPOCH) // _DAY + 1 if end > start else 0):
            low = stream._first(day, max(start - _EPOCH - day * _DAY, 0))
            into = end - _EPOCH - day * _DAY
            high = stream.count(day) if into >= _DAY else stream._first(day, into)
            if high > low:
                self._days.append((day, low, total))
                total += high - low
        self._total = total

    def __len__(self) -> int:
        return self._total

    def part(self, start: int, stop: int) -> Iterator[Moment]:
        """Members ``start`` to ``stop`` (not included)."""
        stop = min(stop, self._total)
        for number, (day, low, before) in enumerate(self._days):
            after = self._days[number + 1][2] if number + 1 < len(self._days) else self._total
            for position in range(max(start, before), min(stop, after)):
                yield self.stream.at(day, low + position - before)

    def position(self, moment: Moment) -> int | None:
        """Where ``moment`` stands, or None when it lies outside of the window."""
        for number, (day, low, before) in enumerate(self._days):
            if day == moment.day:
                after = self._days[number + 1][2] if number + 1 < len(self._days) else self._total
                found = before + moment.index - low
                return found if before <= found < after else None
        return None


def unix(text: str) -> int:
    """Unix seconds of an ISO 8601 time, a date, MediaWiki's 14 digits, or themselves. Raises :class:`ValueError`."""
    if text.isdigit():
        if len(text) == 14:
            return int(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())
        return int(text)
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
