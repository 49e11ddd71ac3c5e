"""Whether a run may replace what is published of its slice. Asked by ``audit``, and again by ``publish``, which may
come days later and find another publication."""

from __future__ import annotations

from collections.abc import Mapping

from rightful.catalogue.models import Source
from rightful.errors import AuditError, ShrinkGuard
from rightful.model import Outcome, Slice


def replacement_problem(
    source: Source,
    slice: Slice,
    counts: Mapping[str, float],
    *,
    limited: bool,
    published: Mapping[str, object] | None,
    force_shrink: bool,
) -> str:
    """Why this run must not replace the published slice (``""`` = it may).

    Compares what was *fetched*, so that withdrawals and a stricter policy never trip it; what came broken or without
    text was not got.

    Args:
        source: With its ``shrink_guard``.
        slice: Of the run.
        counts: Records of the run by outcome.
        limited: Whether the run had a limit.
        published: The row of ``ledger.slices`` that readers see, if there is one.
        force_shrink: Whether a person said that less is right.

    Raises:
        ShrinkGuard: When the run got much less than the published slice had.
        AuditError: When another interval with the same start is published.
    """
    if published is None:
        return ""
    end = published.get("slice_end")
    if end is not None and end != slice.end:
        raise AuditError(
            f"published is the interval from {slice.start} to {end}, this run is of {slice}",
            source=source.id,
            slice=slice,
            remedy="run the interval that is published, as a backfill does; withdraw what another schedule left",
        )
    before, now = int(str(published["fetched"])), int(sum(counts.values()))
    if limited and (not published["limited"] or now <= before):
        return (
            f"a run with a limit ({now} records) does not replace a slice that is already published ({before} records)"
        )
    outcomes = published["outcomes"]
    had = readable(outcomes) if outcomes and isinstance(outcomes, Mapping) else before
    got = readable(counts)
    if not limited and had and got < had * (1 - source.shrink_guard) and not force_shrink:
        broken = f" ({now - got} more could not be read, hold no text or are repeated)" if now > got else ""
        raise ShrinkGuard(
            f"this run fetched {got} records{broken}, the published slice had {had} "
            f"(shrink_guard {source.shrink_guard:.0%})",
            source=source.id,
            slice=slice,
            remedy="if the source really has less now, run again with force_shrink: true",
        )
    return ""


def readable(counts: Mapping[str, float]) -> int:
    """Records that were read, hold something, and are no repetition."""
    return int(sum(number for outcome, number in counts.items() if outcome not in _UNREADABLE))


_UNREADABLE = {Outcome.FAILED.value, Outcome.EMPTY.value, Outcome.DUPLICATE.value}
