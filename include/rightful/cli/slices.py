"""Days on the command line become slices, by the source's schedule, as a backfill in Airflow would cut them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.model import Slice

MAX_SLICES = 5000
YEARS = range(1970, 3000)
"""Beyond these a slip of the fingers is likelier than a source, and calendars begin to fail."""


def moment(text: str) -> datetime:
    """``2026-01-31`` or an ISO 8601 time; without a zone it is UTC. Raises ValueError, also beyond :data:`YEARS`."""
    found = datetime.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError(f"`{text}` lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def last_moment(text: str) -> datetime:
    """As :func:`moment`, but a bare day means the whole day, since both ends of a range are included."""
    found = moment(text)
    bare_day = found.time() == time(0) and len(text.strip()) <= len("2026-01-31")
    return found + timedelta(days=1, microseconds=-1) if bare_day else found


def slices_between(source: Source, first: datetime, last: datetime, *, now: datetime | None = None) -> list[Slice]:
    """The slices of ``source`` that begin in ``[first, last]``, oldest first.

    Raises :class:`~rightful.errors.ConfigurationError` when there is none, when one has not ended yet (publishing it
    would pass part of a slice off as the whole), or when one lies before the source's ``start_date``.
    """
    from croniter import croniter  # type: ignore[import-untyped]

    now = now or datetime.now(UTC)
    if last < first:
        raise ConfigurationError(f"--to {last:%Y-%m-%d} lies before --from {first:%Y-%m-%d}", source=source.id)
    # One microsecond earlier, so that a slice that begins exactly at `first` is among the next ones.
    ticks = croniter(source.schedule, first - timedelta(microseconds=1), ret_type=datetime)
    begin = ticks.get_next()
    found: list[Slice] = []
    while begin <= last:
        end = ticks.get_next()
        found.append(Slice(start=begin, end=end))
        begin = end
        if len(found) > MAX_SLICES:
            raise ConfigurationError(f"more than {MAX_SLICES} slices", source=source.id, remedy="take a shorter range")
    if not found:
        raise ConfigurationError(
            f"no slice begins between {first:%Y-%m-%d %H:%M} and {last:%Y-%m-%d %H:%M} UTC",
            source=source.id,
            remedy=f"its schedule is `{source.schedule}`: take a longer range",
        )
    if found[-1].end > now:
        raise ConfigurationError(
            "this slice has not ended yet", source=source.id, slice=found[-1], remedy="end the range earlier"
        )
    if found[0].start.date() < source.start_date:
        raise ConfigurationError(
            f"this slice lies before the source's start_date {source.start_date}",
            source=source.id,
            slice=found[0],
            remedy="begin the range later, or change start_date in the source file",
        )
    return found
