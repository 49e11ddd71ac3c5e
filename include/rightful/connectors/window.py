"""A slice becomes shards, and a shard's part of the time becomes request parameters that bound it, ``[start, end)``."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from rightful.catalogue.models import Source, Window, WindowEnd
from rightful.errors import ConfigurationError
from rightful.model import Shard, Slice

Param = str | int | float | bool

START, END, OVER = "start", "end", "over"
"""Names of a shard's own parameters: its part of the slice as ISO 8601, and the request parameters it is fixed to."""

MOST_SHARDS = 1_000


def shards_of(source: Source, slice: Slice) -> list[Shard]:
    """The shards of ``slice`` of a source of kind ``rest``; see :func:`cut`.

    Raises :class:`ConfigurationError` when the source file asks for parts that its time filter can't tell apart.
    """
    _check_hours(source, slice)
    return cut(source, slice)


def cut(source: Source, slice: Slice) -> list[Shard]:
    """A shard for each part of ``shard.hours`` and combination of ``shard.over``.

    Ids read like ``all``, ``00h-06h``, ``site=cooking`` or ``site=cooking,00h-06h``.

    Raises :class:`ConfigurationError` for more than :data:`MOST_SHARDS` of them, and for none.
    """
    parts = _parts(slice, source.shard.hours)
    names = list(source.shard.over)
    count = len(parts)
    for name in names:
        count *= len(source.shard.over[name])
    if not 1 <= count <= MOST_SHARDS:
        raise ConfigurationError(
            f"the slice falls into {count} shards; 1 to {MOST_SHARDS} are possible",
            source=source.id,
            slice=slice,
            remedy="change `shard.hours` or the values of `shard.over`",
        )
    shards: list[Shard] = []
    for values in itertools.product(*source.shard.over.values()):
        over = dict(zip(names, values, strict=True))
        words = [f"{name}={value}" for name, value in over.items()]
        for start, end in parts:
            label = [*words, _label(start, end, slice)] if len(parts) > 1 else words
            params = {START: _iso(start), END: _iso(end), OVER: over}
            shards.append(Shard(source=source.id, slice=slice, id=",".join(label) or "all", params=params))
    return shards


def part_of(shard: Shard) -> tuple[datetime, datetime]:
    """The shard's ``[start, end)``; the whole slice when it names none."""
    start, end = shard.params.get(START), shard.params.get(END)
    return (
        datetime.fromisoformat(start) if start else shard.slice.start,
        datetime.fromisoformat(end) if end else shard.slice.end,
    )


def window_params(window: Window, start: datetime, end: datetime) -> dict[str, Param]:
    """Request parameters that bound the time to ``[start, end)``.

    An end that the source includes, and a start that it leaves out, is one unit earlier: a second, or a day for
    ``iso_date``. Bounds finer than the
    source's unit are widened, never narrowed; what is listed twice then is dropped by id later.
    """
    return {window.start.param: _lower(window.start, start), window.end.param: _upper(window.end, end)}


def bound(end: WindowEnd, moment: datetime, *, upper: bool) -> Param:
    """One bound by itself, as in :func:`window_params`: the moment from which on, or (``upper``) before which."""
    return _upper(end, moment) if upper else _lower(end, moment)


def is_empty(window: Window, start: datetime, end: datetime) -> bool:
    """Whether nothing can lie between ``start`` and ``end`` in the unit of the source."""
    if end <= start:
        return True
    if window.end.format == "iso_date" or not window.end.inclusive:
        return False
    return _ceil(end) - timedelta(seconds=1) < start.replace(microsecond=0)


def _lower(bound: WindowEnd, moment: datetime) -> Param:
    moment = moment.replace(microsecond=0)
    if bound.exclusive:
        moment -= timedelta(days=1) if bound.format == "iso_date" else timedelta(seconds=1)
    return _format(bound, moment)


def _upper(bound: WindowEnd, moment: datetime) -> Param:
    if bound.format == "iso_date":
        last_day = (moment - timedelta(microseconds=1)).date()
        return (last_day if bound.inclusive else last_day + timedelta(days=1)).isoformat()
    moment = _ceil(moment)
    return _format(bound, moment - timedelta(seconds=1) if bound.inclusive else moment)


def _ceil(moment: datetime) -> datetime:
    """The next whole second."""
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment


def _format(bound: WindowEnd, moment: datetime) -> Param:
    match bound.format:
        case "iso" | "mediawiki":  # MediaWiki's API takes ISO 8601 and recommends it over its own 14 digits
            return _iso(moment)
        case "iso_date":
            return moment.date().isoformat()
        case "unix":
            return int(moment.timestamp())


def _iso(moment: datetime) -> str:
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text}Z"


def _check_hours(source: Source, slice: Slice) -> None:
    hours, window = source.shard.hours, source.rest.window
    if hours is None:
        return
    if window is None:
        raise ConfigurationError(
            "`shard.hours` needs a time filter",
            source=source.id,
            slice=slice,
            remedy="add `fetch.window`, or leave `hours` out",
        )
    if "iso_date" in (window.start.format, window.end.format) and hours % 24:
        raise ConfigurationError(
            f"`shard.hours: {hours:g}` is finer than the source's time filter, which knows whole days only",
            source=source.id,
            slice=slice,
            remedy="use a multiple of 24",
        )


def _parts(slice: Slice, hours: float | None) -> list[tuple[datetime, datetime]]:
    if hours is None:
        return [(slice.start, slice.end)]
    # Whole seconds: a source's time filter knows nothing finer, and two parts must not share a moment.
    step = timedelta(seconds=max(1, round(hours * 3600)))
    parts: list[tuple[datetime, datetime]] = []
    start = slice.start
    while start < slice.end and len(parts) <= MOST_SHARDS:
        parts.append((start, min(start + step, slice.end)))
        start += step
    return parts


def _label(start: datetime, end: datetime, slice: Slice) -> str:
    """``00h-06h``; with the date in front when the slice is longer than a day."""
    ends_day = end.time() == datetime.min.time()
    words = f"{_clock(start)}-{'24h' if ends_day else _clock(end)}"
    return words if slice.end - slice.start <= timedelta(days=1) else f"{start:%Y-%m-%d}T{words}"


def _clock(moment: datetime) -> str:
    fine = f"{moment:%M}" if moment.minute or moment.second else ""
    return f"{moment:%H}h{fine}{moment.second:02d}" if moment.second else f"{moment:%H}h{fine}"
