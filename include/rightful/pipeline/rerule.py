"""Rule on a published slice again without fetching: from the ledger, and from the bytes in the raw store."""

from __future__ import annotations

from rightful.catalogue.models import Source
from rightful.model import Run, ShardResult, Slice, Struct
from rightful.pipeline.acquire import Report
from rightful.pipeline.publish import PublishResult
from rightful.settings import Settings


class Reread(Struct, frozen=True, kw_only=True):
    """A slice ruled again, written but not visible. ``result`` and ``replaces`` are what ``audit`` needs.

    ``replaces`` is the order of the publication that it was made from. ``changed`` counts records by ``"before → now"``
    outcomes; ``expired`` those that stay quarantined because their bytes were kept for 90 days only, ``unreadable``
    those that the source's file can't read any more.
    """

    result: ShardResult
    replaces: int
    changed: dict[str, int] = {}
    expired: int = 0
    unreadable: int = 0


class Reruled(Struct, frozen=True, kw_only=True):
    """What :func:`rerule` did. ``published`` is None when there was nothing to do; ``note`` then says why."""

    published: PublishResult | None
    note: str = ""
    changed: dict[str, int] = {}
    expired: int = 0
    unreadable: int = 0


def rerule(source: Source, slice: Slice, *, run: Run, settings: Settings, report: Report | None = None) -> Reruled:
    """Rule on every record of a published slice again and publish it anew; makes no request. Safe to repeat.

    The three steps of it are :func:`reread`, then ``audit(…, replaces=…)`` and ``publish`` as for any run.

    Raises:
        AuditError: When the slice was published anew meanwhile, or a row may not load; the old slice stays.
        StoreError: When the store fails in a way that may pass.
    """
    raise NotImplementedError


def reread(
    source: Source, slice: Slice, *, run: Run, settings: Settings, report: Report | None = None
) -> Reread | None:
    """Write the slice as the gate of today rules on it; None when no such slice is published, or it holds no record."""
    raise NotImplementedError
