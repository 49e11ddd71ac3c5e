"""The slice of a run: its data interval, refused where it is not what the person who started the run meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rightful.errors import ConfigurationError
from rightful.model import Slice

CLOCK_SKEW = timedelta(minutes=5)
"""How far the scheduler's clock may be ahead of the worker's before a slice that just ended looks unfinished."""

BACKFILL = (
    "`airflow backfill create --dag-id {dag_id} --from-date <day> --to-date <day> --reprocess-behavior completed`"
)


def slice_of(context: Mapping[str, Any], *, source_id: str, now: datetime | None = None) -> Slice:
    """The half-open UTC interval that this run acquires.

    Raises :class:`~rightful.errors.ConfigurationError`

    * when the run has no data interval (triggered without a logical date),
    * when its interval is not the one its logical date stands for: ``airflow dags trigger --logical-date`` takes the
      interval before *now* whatever date it is given,
    * when the interval has not ended yet: publishing it would pass part of a slice off as the whole.
    """
    remedy = f"use {BACKFILL.format(dag_id=f'acquire__{source_id}')}"
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None or end <= start:
        raise ConfigurationError("this run has no data interval, so no slice", source=source_id, remedy=remedy)
    found = Slice(start=_plain(start), end=_plain(end))
    logical = context.get("logical_date")
    if logical is not None and logical != start and logical < end:
        raise ConfigurationError(
            f"this run's logical date {logical.isoformat()} lies outside the slice that Airflow gave it",
            source=source_id,
            slice=found,
            remedy=remedy,
        )
    if found.end > (now or datetime.now(UTC)) + CLOCK_SKEW:
        raise ConfigurationError(
            "this slice has not ended yet", source=source_id, slice=found, remedy="run it after its end"
        )
    return found


def _plain(moment: datetime) -> datetime:
    """Airflow's pendulum date-time as one of the standard library."""
    return datetime.fromtimestamp(moment.timestamp(), tz=UTC)
