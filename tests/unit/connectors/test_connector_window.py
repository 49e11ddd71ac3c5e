"""Slices, shards and the parameters that bound them."""

import itertools
from datetime import UTC, datetime

import pytest
from tests.unit.http.site import source_of

from rightful.catalogue.models import Window
from rightful.connectors.window import is_empty, part_of, shards_of, window_params
from rightful.errors import ConfigurationError
from rightful.model import Slice

DAY = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
WINDOW = {"start": {"param": "from"}, "end": {"param": "to"}}


def window(unit: str, inclusive: bool) -> Window:
    return Window.model_validate(
        {"start": {"param": "from", "format": unit}, "end": {"param": "to", "format": unit, "inclusive": inclusive}}
    )


@pytest.mark.parametrize(
    ("unit", "inclusive", "start", "end"),
    [
        ("iso", False, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("iso", True, "2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z"),
        ("mediawiki", True, "2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z"),
        ("unix", False, 1767225600, 1767312000),
        ("unix", True, 1767225600, 1767311999),
        ("iso_date", False, "2026-01-01", "2026-01-02"),
        ("iso_date", True, "2026-01-01", "2026-01-01"),
    ],
)
def test_a_day_is_bounded_half_open(unit: str, inclusive: bool, start: object, end: object) -> None:
    assert window_params(window(unit, inclusive), DAY.start, DAY.end) == {"from": start, "to": end}


def test_bounds_finer_than_the_unit_are_widened() -> None:
    start, end = datetime(2026, 1, 1, 6, 0, 0, 500000, tzinfo=UTC), datetime(2026, 1, 1, 18, 0, 0, 1, tzinfo=UTC)
    assert window_params(window("iso", True), start, end) == {
        "from": "2026-01-01T06:00:00Z",
        "to": "2026-01-01T18:00:00Z",
    }
    assert window_params(window("iso_date", False), start, end) == {"from": "2026-01-01", "to": "2026-01-02"}
    assert window_params(window("iso_date", True), start, end) == {"from": "2026-01-01", "to": "2026-01-01"}


def test_emptiness() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert is_empty(window("iso", True), moment, moment)
    assert not is_empty(window("iso", True), moment, moment.replace(second=1))
    assert not is_empty(window("iso_date", True), moment, moment.replace(second=1))


def ids(slice: Slice = DAY, **shard: object) -> list[str]:
    return [item.id for item in shards_of(source_of({"window": WINDOW}, shard=shard), slice)]


def test_shards_have_readable_ids() -> None:
    assert ids() == ["all"]
    assert ids(hours=6) == ["00h-06h", "06h-12h", "12h-18h", "18h-24h"]
    assert ids(over={"site": ["cooking", "math"]}) == ["site=cooking", "site=math"]
    assert ids(over={"site": ["cooking"], "lang": ["en", "de"]}, hours=12) == [
        "site=cooking,lang=en,00h-12h",
        "site=cooking,lang=en,12h-24h",
        "site=cooking,lang=de,00h-12h",
        "site=cooking,lang=de,12h-24h",
    ]
    assert ids(hours=0.5)[:2] == ["00h-00h30", "00h30-01h"]
    assert ids(hours=48) == ["all"]
    week = Slice(start=DAY.start, end=datetime(2026, 1, 8, tzinfo=UTC))
    assert ids(week, hours=24)[:2] == ["2026-01-01T00h-24h", "2026-01-02T00h-24h"]
    odd = Slice(start=datetime(2026, 1, 1, 5, tzinfo=UTC), end=datetime(2026, 1, 2, 5, tzinfo=UTC))
    assert ids(odd, hours=12) == ["05h-17h", "17h-05h"]


def test_ids_are_unique_and_parts_cover_the_slice_without_overlap() -> None:
    for hours in (0.7, 1, 5, 7, 24):
        shards = shards_of(source_of({"window": WINDOW}, shard={"hours": hours}), DAY)
        parts = [part_of(shard) for shard in shards]
        assert parts[0][0] == DAY.start
        assert parts[-1][1] == DAY.end
        assert all(before[1] == after[0] for before, after in itertools.pairwise(parts))
        assert len({shard.id for shard in shards}) == len(shards)


@pytest.mark.parametrize(
    ("fetch", "shard"),
    [
        ({}, {"hours": 6}),
        (
            {"window": {"start": {"param": "a", "format": "iso_date"}, "end": {"param": "b", "format": "iso_date"}}},
            {"hours": 6},
        ),
        ({"window": WINDOW}, {"hours": 0.01}),
        ({"window": WINDOW}, {"over": {"site": []}}),
    ],
)
def test_plans_that_can_not_work(fetch: dict[str, object], shard: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        shards_of(source_of(fetch, shard=shard), DAY)
    assert caught.value.source == "example"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("unit", "start"), [("iso", "2025-12-31T23:59:59Z"), ("unix", 1767225599), ("iso_date", "2025-12-31")]
)
def test_a_start_that_the_source_leaves_out_is_asked_for_one_unit_earlier(unit: str, start: object) -> None:
    said = {"start": {"param": "a", "format": unit, "exclusive": True}, "end": {"param": "b", "format": unit}}
    assert window_params(Window.model_validate(said), DAY.start, DAY.end)["a"] == start


@pytest.mark.parametrize(("start", "end"), [({}, {"exclusive": True}), ({"inclusive": True}, {})])
def test_each_end_says_only_what_is_not_taken_for_granted(start: dict[str, bool], end: dict[str, bool]) -> None:
    with pytest.raises(ValueError, match="taken for granted"):
        Window.model_validate({"start": {"param": "a", **start}, "end": {"param": "b", **end}})
