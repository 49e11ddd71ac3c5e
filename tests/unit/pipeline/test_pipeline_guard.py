"""What may replace a published slice: shrinking, limits, and what never trips the guard."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.pipeline.slices import published, result
from tests.unit.pipeline.support import SLICE, SOURCE

from rightful.catalogue.models import Source
from rightful.errors import ShrinkGuard
from rightful.model import ShardResult, Slice
from rightful.pipeline.guard import replacement_problem
from rightful.pipeline.tally import add_up


def _guard(source: Source, slice: Slice, results: list[ShardResult], before: dict[str, Any] | None, force: bool) -> str:
    return replacement_problem(
        source,
        slice,
        add_up(results)["counts"],
        limited=any(result.limited for result in results),
        published=before,
        force_shrink=force,
    )


def guard(now: ShardResult, before: dict[str, object] | None, *, share: float = 0.2, force: bool = False) -> str:
    return _guard(SOURCE.model_copy(update={"shrink_guard": share}), SLICE, [now], before, force)


def test_a_first_run_may_publish_whatever_it_has() -> None:
    assert guard(result(), None) == guard(result(limited=True, allow=1), None) == ""


@pytest.mark.parametrize(
    ("share", "before", "now", "stops"),
    [
        (0.2, 100, 80, False),
        (0.2, 100, 79, True),
        (0.2, 100, 0, True),
        (0.2, 100, 500, False),
        (0.2, 0, 0, False),
        (0.2, 1, 0, True),
        (0.0, 100, 99, True),
        (0.0, 100, 100, False),
        (1.0, 100, 0, False),
    ],
)
def test_a_run_that_shrank_by_more_than_the_share_stops(share: float, before: int, now: int, stops: bool) -> None:
    if not stops:
        assert guard(result(allow=now), published(allow=before), share=share) == ""
        return
    with pytest.raises(ShrinkGuard, match=f"fetched {now} records, the published slice had {before}") as caught:
        guard(result(allow=now), published(allow=before), share=share)
    said = str(caught.value)
    assert "source demo" in said
    assert "slice 2026-03-01T00:00:00Z" in said
    assert "force_shrink: true" in said


def test_force_shrink_lets_it_pass() -> None:
    assert guard(result(), published(allow=100), force=True) == ""


def test_all_shards_count_together() -> None:
    halves = [result(allow=45), result(deny=45)]
    assert _guard(SOURCE, SLICE, halves, published(allow=100), False) == ""
    with pytest.raises(ShrinkGuard):
        _guard(SOURCE, SLICE, halves[:1], published(allow=100), False)


@pytest.mark.parametrize("outcome", ["deny", "quarantine", "unchanged"])
def test_withdrawals_and_a_stricter_policy_never_trip_it(outcome: str) -> None:
    assert guard(result(**{outcome: 100}), published(allow=100)) == ""


@pytest.mark.parametrize("outcome", ["failed", "empty", "duplicate"])
def test_a_source_whose_records_came_broken_without_text_or_repeated_did_shrink(outcome: str) -> None:
    """A renamed field makes every record empty: as many come as before, and nothing in them."""
    with pytest.raises(
        ShrinkGuard, match=r"fetched 60 records \(40 more could not be read, hold no text or are repeated\)"
    ):
        guard(result(allow=60, **{outcome: 40}), published(allow=100))
    assert guard(result(allow=60, **{outcome: 40}), published(allow=60, **{outcome: 40})) == ""
    assert guard(result(allow=60, **{outcome: 40}), published(allow=100), force=True) == ""


@pytest.mark.parametrize("outcomes", [None, {}])
def test_without_outcomes_all_that_was_fetched_counts(outcomes: object) -> None:
    with pytest.raises(ShrinkGuard):
        guard(result(allow=60), {"fetched": 100, "limited": False, "outcomes": outcomes})


@pytest.mark.parametrize(
    ("now", "before", "replaces"),
    [
        (result(limited=True, allow=5), published(allow=100), False),
        (result(limited=True, allow=500), published(allow=100), False),
        (result(limited=True, allow=5), published(), False),
        (result(limited=True, allow=5), published(limited=True, allow=4), True),
        (result(limited=True, allow=5), published(limited=True, allow=5), False),
        (result(limited=True, allow=5), published(limited=True, allow=6), False),
        (result(allow=100), published(limited=True, allow=5), True),
        (result(allow=5), published(limited=True, allow=5), True),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_a_limited_run_replaces_only_a_smaller_limited_one(
    now: ShardResult, before: dict[str, object], replaces: bool, force: bool
) -> None:
    note = guard(now, before, force=force)
    assert (note == "") == replaces
    if not replaces:
        assert "does not replace" in note


def test_one_limited_shard_makes_the_run_a_limited_one() -> None:
    note = _guard(SOURCE, SLICE, [result(allow=100), result(limited=True, allow=1)], published(allow=50), False)
    assert "does not replace" in note


@given(st.integers(0, 1000), st.integers(0, 1000), st.sampled_from([0.0, 0.2, 0.5]))
def test_what_passes_the_guard_has_most_of_what_was_there(before: int, now: int, share: float) -> None:
    try:
        guard(result(allow=now), published(allow=before), share=share)
    except ShrinkGuard:
        assert now < before
    else:
        assert now >= before * (1 - share)
