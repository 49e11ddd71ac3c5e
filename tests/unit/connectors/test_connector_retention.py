"""Lists that forget: a slice that is no longer listed is a gap, not a quiet night."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from tests.unit.connectors.reading import DAY, ERRORS
from tests.unit.http.site import Site, connector_of, json_response, source_of

from rightful.errors import (
    Malformed,
    Refused,
    RetentionGap,
)
from rightful.model import Shard, Slice

RETENTION = {
    "oldest": {"params": {"list": "oldest"}},
    "oldest_path": "entries.0.at",
    "evidence": {"params": {"list": "all"}},
    "evidence_path": "found.0",
    "evidence_window": {"start": {"param": "from"}, "end": {"param": "to", "inclusive": True}},
}


def plan(oldest: str | None, found: bool, slice: Slice = DAY) -> tuple[list[Shard], Site]:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params["list"] == "oldest":
            return json_response({"entries": [{"at": oldest}] if oldest else []})
        return json_response({"found": [{"id": 1}] if found else []})

    site = Site(answer)
    return connector_of(source_of({"retention": RETENTION}), site).plan(slice), site


def test_a_slice_within_the_retention_needs_no_evidence() -> None:
    for oldest in ("2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"):
        shards, site = plan(oldest, found=True)
        assert len(shards) == 1
        assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("oldest", "end"), [("2026-01-01T06:00:00Z", "2026-01-01T05:59:59Z"), (None, "2026-01-01T23:59:59Z")]
)
def test_something_that_is_no_longer_listed_is_a_gap(oldest: str | None, end: str) -> None:
    with pytest.raises(RetentionGap) as caught:
        plan(oldest, found=True)
    assert caught.value.slice == DAY
    assert caught.value.source == "example"
    assert caught.value.remedy
    assert (oldest or "empty") in str(caught.value)
    shards, site = plan(oldest, found=False)
    assert len(shards) == 1
    assert site.queries[1] == {"list": "all", "from": "2026-01-01T00:00:00Z", "to": end}


@pytest.mark.parametrize("found", [True, False])
@pytest.mark.parametrize("oldest", ["2026-02-01T00:00:00Z", "2026-01-02T00:00:00Z"])
def test_a_slice_that_lies_wholly_before_the_list_is_a_gap_even_without_evidence(oldest: str, found: bool) -> None:
    with pytest.raises(RetentionGap, match=oldest):
        plan(oldest, found=found)


def test_a_slice_of_the_future_is_not_checked() -> None:
    future = Slice(start=datetime(2900, 1, 1, tzinfo=UTC), end=datetime(2900, 1, 2, tzinfo=UTC))
    shards, site = plan(None, found=True, slice=future)
    assert len(shards) == 1
    assert not site.requests


def test_retention_is_asked_for_each_list_that_shards_are_made_over() -> None:
    site = Site(lambda request: json_response({"entries": [{"at": "2025-01-01"}]}))
    source = source_of({"retention": RETENTION}, shard={"over": {"site": ["a", "b"]}})
    assert len(connector_of(source, site).plan(DAY)) == 2
    assert [query["site"] for query in site.queries] == ["a", "b"]


def test_an_oldest_entry_that_can_not_be_read_stops_the_plan() -> None:
    with pytest.raises(Malformed, match="oldest"):
        plan("once upon a time", found=False)


def test_an_error_answer_is_no_evidence_for_an_empty_past() -> None:
    source = source_of({"retention": RETENTION, **ERRORS}, limits={"retries": 0})
    with pytest.raises(Refused):
        connector_of(source, Site([json_response({"error": "denied"})])).plan(DAY)
