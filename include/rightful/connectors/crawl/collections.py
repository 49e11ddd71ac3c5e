"""The snapshots of a crawl: its list of collections, and which of them belong to a slice."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from rightful.catalogue.models import Source
from rightful.connectors.files.objects import Objects
from rightful.errors import ConfigurationError, Malformed
from rightful.model import Slice

MOST_BYTES = 16 * 2**20

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Snapshot(NamedTuple):
    """One crawl: ``end`` is the moment of its last capture, None where the list tells none."""

    id: str
    end: datetime | None


def snapshots_of(source: Source, objects: Objects) -> list[Snapshot]:
    """All that the list of collections names (``collinfo.json``), the oldest first.

    Raises :class:`~rightful.errors.Malformed` for what is no such list, and what reading it raises: a list that can't
    be read is no empty list.
    """
    place = source.crawl.collections
    if place is None:
        raise ConfigurationError("has no list of snapshots", source=source.id, remedy="give `fetch.collections`")
    try:
        found = json.loads(objects.read_object(place, MOST_BYTES))
        if not isinstance(found, list) or not found:
            raise ValueError("it is no list of objects, or an empty one")
        snapshots = [_snapshot(entry) for entry in found]
        if len({snapshot.id for snapshot in snapshots}) != len(snapshots):
            raise ValueError("it names a snapshot twice")
    except (ValueError, RecursionError) as error:
        raise Malformed(
            f"{place}: no list of snapshots: {str(error)[:300]}", source=source.id, remedy="look at it in a browser"
        ) from None
    return sorted(snapshots, key=lambda one: (one.end or datetime.min.replace(tzinfo=UTC), one.id))


def chosen(source: Source, slice: Slice, snapshots: list[Snapshot], wanted: str | None) -> list[Snapshot]:
    """Those whose end, and ``fetch.lag_days``, lie in ``slice``; with ``wanted`` that one, whatever the slice.

    Raises:
        ConfigurationError: No snapshot is called ``wanted``.
        Malformed: One without an end could belong to any slice.
    """
    if wanted is not None:
        found = [one for one in snapshots if one.id == wanted]
        if not found:
            known = ", ".join(one.id for one in snapshots[-3:])
            raise ConfigurationError(
                f"there is no snapshot {wanted[:100]!r}", source=source.id, remedy=f"the newest are {known}"
            )
        return found
    undated = [one.id for one in snapshots if one.end is None]
    if undated:
        raise Malformed(
            f"the list of snapshots tells no end of {undated[0]}",
            source=source.id,
            slice=slice,
            remedy="start a run with the Param `snapshot`, which needs no date",
        )
    lag = timedelta(days=source.crawl.lag_days)
    return [one for one in snapshots if one.end is not None and slice.contains(one.end + lag)]


def _snapshot(entry: object) -> Snapshot:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not _ID.fullmatch(entry["id"]):
        raise ValueError(f"an entry has no usable id: {str(entry)[:100]}")
    end = entry.get("to")
    if end is None or end == "":
        return Snapshot(entry["id"], None)
    if not isinstance(end, str):
        raise ValueError(f"`to` of {entry['id']} is no time: {str(end)[:50]}")
    moment = datetime.fromisoformat(end)
    return Snapshot(entry["id"], moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))


__all__ = ["Snapshot", "chosen", "snapshots_of"]
