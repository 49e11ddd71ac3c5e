"""Recordings are packed into shards by their length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rightful.connectors.packing import pack, shard_ids


@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.floats(1, 90_000)), max_size=300),
    st.floats(0.1, 400),
    st.integers(1, 50),
)
def test_every_recording_is_in_one_shard_and_shards_hold_enough(
    lengths: list[float | None], target: float, most: int
) -> None:
    items = list(enumerate(lengths))
    groups = pack(items, lambda one: one[1], target_minutes=target, assumed_minutes=30, most=most)
    assert [one for group in groups for one in group] == items
    assert all(groups)
    assert len(groups) <= most
    minutes = [sum(30 if s is None or not 0 < s < float("inf") else s / 60 for _, s in group) for group in groups[:-1]]
    assert all(held >= target * 0.999 for held in minutes)


def test_half_an_hour_a_shard() -> None:
    lengths = [600.0, 1200, 1799, None, 60]
    groups = pack(lengths, lambda s: s, target_minutes=30, assumed_minutes=30)
    assert groups == [[600.0, 1200], [1799, None], [60]]
    assert pack([], lambda s: s, target_minutes=30, assumed_minutes=30) == []
    assert shard_ids(1) == ["all"]
    assert shard_ids(2) == ["part-0001", "part-0002"]
