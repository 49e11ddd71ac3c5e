"""A slice becomes shards, and a limit is shared out over them."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.pipeline.support import SLICE, SOURCE, Pages, settings

from rightful.errors import ConfigurationError
from rightful.model import Shard
from rightful.pipeline import plan
from rightful.pipeline.plan import LIMIT, MAX_SHARDS, PARTIAL, SHARDS, share_out

MODULE = sys.modules["rightful.pipeline.plan"]


def shards(*ids: str) -> list[Shard]:
    return [Shard(source="demo", slice=SLICE, id=id, params={"over": {"site": id}}) for id in ids]


def planned(
    monkeypatch: pytest.MonkeyPatch, found: list[Shard], limit: int | None = None, connector: Pages | None = None
) -> list[Shard]:
    connector = connector or Pages([])
    connector.shards = found
    monkeypatch.setattr(MODULE, "connector_for", lambda *args, **more: connector)
    return plan(SOURCE, SLICE, settings=settings(), credentials=None, limit=limit)


def test_without_a_limit_the_shards_are_the_connectors_own_and_know_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connector = Pages([])
    found = planned(monkeypatch, shards("a", "b"), connector=connector)
    assert [(shard.id, shard.params) for shard in found] == [
        ("a", {"over": {"site": "a"}, SHARDS: 2}),
        ("b", {"over": {"site": "b"}, SHARDS: 2}),
    ]
    assert connector.closed


def test_a_limit_is_shared_out_and_the_shards_keep_their_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = planned(monkeypatch, shards("a", "b", "c"), limit=7)
    assert [(part.id, part.params) for part in parts] == [
        ("a", {"over": {"site": "a"}, LIMIT: 3, SHARDS: 3}),
        ("b", {"over": {"site": "b"}, LIMIT: 2, SHARDS: 3}),
        ("c", {"over": {"site": "c"}, LIMIT: 2, SHARDS: 3}),
    ]


def test_a_limit_smaller_than_the_number_of_shards_leaves_shards_out_and_says_so() -> None:
    parts = share_out(shards("a", "b", "c"), 2)
    assert [part.id for part in parts] == ["a", "b"]
    assert all(part.params[PARTIAL] is True for part in parts)
    assert all(PARTIAL not in part.params for part in share_out(shards("a", "b", "c"), 3))


@given(st.integers(1, 40), st.integers(1, 200))
def test_the_parts_of_a_limit_add_up_to_it(number: int, limit: int) -> None:
    parts = share_out(shards(*map(str, range(number))), limit)
    shares = [part.params[LIMIT] for part in parts]
    assert sum(shares) == limit
    assert max(shares) - min(shares) <= 1
    assert min(shares) >= 1
    assert (len(parts) < number) == bool(parts[0].params.get(PARTIAL))


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    connector = Pages([])
    with pytest.raises(ConfigurationError, match=f"limit must be at least 1, not {limit}.*source demo, slice 2026-03"):
        planned(monkeypatch, shards("a"), limit=limit, connector=connector)
    assert not connector.closed  # nor was it opened


@pytest.mark.parametrize("number", [0, MAX_SHARDS + 1])
def test_no_shard_or_too_many_are_refused(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"{number} shards.*source demo.*change `shard:`"):
        planned(monkeypatch, shards(*map(str, range(number))))


def test_two_shards_with_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="same id"):
        planned(monkeypatch, shards("a", "b", "a"))
