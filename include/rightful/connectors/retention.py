"""Does the source still list all of a slice? A list that forgets would else look like a quiet night."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from rightful.catalogue.models import Retention, SiteRequest, Source
from rightful.connectors import values, window
from rightful.connectors.paths import one
from rightful.errors import Malformed, RetentionGap
from rightful.model import JSON, Slice

Param = str | int | float | bool
Ask = Callable[[SiteRequest, Mapping[str, Param]], JSON]
"""Makes a request with further parameters and returns the decoded answer."""

REMEDY = "this list can't give the slice any more: backfill from later on, or take it from the source's dump"


def check_retention(source: Source, slice: Slice, ask: Ask, over: Mapping[str, str]) -> None:
    """Raise :class:`RetentionGap` when the source may no longer list all of the slice.

    The oldest entry still listed is asked for. A slice that ends before it can't be told from one that was forgotten.
    When the entry lies in the slice (or there is none at all), the time between the slice's start and that entry is
    looked up in another list; an answer there proves the gap. ``over`` are the parameters of the shards that are meant.
    A slice that has not begun yet is never checked.
    """
    retention = source.rest.retention
    now = datetime.now(UTC)
    if retention is None or slice.start >= now:
        return
    oldest = _oldest(retention, source, slice, ask(retention.oldest, over), now)
    if oldest is not None and oldest <= slice.start:
        return
    if oldest is not None and oldest >= slice.end:
        raise RetentionGap(
            f"the source's list reaches back to {oldest:%Y-%m-%dT%H:%M:%SZ} only; what it held of this slice, if "
            "anything, is no longer shown",
            source=source.id,
            slice=slice,
            remedy=REMEDY,
        )
    end = slice.end if oldest is None else oldest
    if window.is_empty(retention.evidence_window, slice.start, end):
        return
    bounds = window.window_params(retention.evidence_window, slice.start, end)
    found = one(retention.evidence_path)(ask(retention.evidence, {**over, **bounds}))
    if found is None or found in ([], {}, "", 0, False):
        return
    where = f" ({', '.join(f'{name}={value}' for name, value in over.items())})" if over else ""
    reach = f"reaches back to {oldest:%Y-%m-%dT%H:%M:%SZ} only" if oldest is not None else "is empty"
    raise RetentionGap(
        f"the source's list{where} {reach}, but there is something between {slice.start:%Y-%m-%dT%H:%M:%SZ} and "
        f"{end:%Y-%m-%dT%H:%M:%SZ} that it no longer shows",
        source=source.id,
        slice=slice,
        remedy=REMEDY,
    )


def _oldest(retention: Retention, source: Source, slice: Slice, answer: JSON, now: datetime) -> datetime | None:
    found = one(retention.oldest_path)(answer)
    if isinstance(found, list):  # a path with `[]`
        found = found[0] if found else None
    try:
        return values.moment(found, retention.oldest_path, now)
    except values.Broken as error:
        raise Malformed(
            f"the source does not say when its oldest entry is: {error}",
            source=source.id,
            slice=slice,
            remedy="correct `fetch.retention.oldest_path`",
        ) from error
