"""Kind ``oai_pmh``: lists, tokens, datestamps, deletions. No network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.connectors.harvests import BY, DAY, NC, Harvest, error, listing, record, source_of
from tests.unit.http.site import Site, client_of
from tests.unit.licensing.cases import POLICY

from rightful.connectors.base import Known
from rightful.connectors.oai import OaiConnector
from rightful.errors import ConfigurationError, FetchError, Malformed
from rightful.model import FailedRecord, Record, Slice


def test_records_of_a_list_over_its_tokens() -> None:
    harvest = Harvest(listing(record(1), record(2, ""), token="t&amp;1"), listing(record(3), token=""))
    first, second, third = harvest.records()
    assert harvest.site.queries == [
        {"verb": "ListRecords", "metadataPrefix": "arXiv", "from": "2026-03-01", "until": "2026-03-01"},
        {"verb": "ListRecords", "resumptionToken": "t&1"},
    ]
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.native_id, first.version, first.url) == ("1", "2026-03-01", "https://x.example/abs/1")
    assert (first.title, first.body, first.creators) == ("T 1", "Abstract 1 潮汐.", ("Å",))
    assert [claim.raw for claim in first.claims] == [BY]
    assert [claim.raw for claim in second.claims] == [None]
    assert third.native_id == "3"


def test_deleted_records_are_told() -> None:
    alive, gone = Harvest(listing(record(1), record(2, deleted=True))).records()
    assert isinstance(alive, Record)
    assert isinstance(gone, Record)
    assert (alive.deleted, gone.deleted, gone.native_id, gone.url) == (False, True, "2", "https://x.example/abs/2")


def test_no_records_are_no_error() -> None:
    assert Harvest(error("noRecordsMatch")).records() == []
    assert Harvest(listing()).records() == []


def test_an_expired_token_begins_the_list_anew_without_repeating() -> None:
    harvest = Harvest(
        listing(record(1), record(2), token="a"),
        error("badResumptionToken"),
        listing(record(2), record(1), token="b"),
        listing(record(3)),
    )
    assert harvest.ids() == ["1", "2", "3"]
    assert harvest.site.queries[2]["from"] == "2026-03-01"
    with pytest.raises(FetchError, match="badResumptionToken"):
        Harvest(
            listing(record(1), token="a"),
            error("badResumptionToken"),
            *[listing(token="a"), error("badResumptionToken")] * 5,
        ).records()


def test_a_list_may_begin_anew_as_often_as_it_brings_something_new() -> None:
    answers: list[Any] = []
    for number in range(1, 9):
        answers += [listing(*map(record, range(1, number + 1)), token=f"t{number}"), error("badResumptionToken")]
    assert Harvest(*answers, listing(record(9))).ids() == [str(number) for number in range(1, 10)]


def test_nothing_found_in_the_middle_of_a_list_is_not_its_end() -> None:
    again = [listing(record(1), record(2), token="b"), listing(record(3))]
    assert Harvest(listing(record(1), token="a"), error("noRecordsMatch"), *again).ids() == ["1", "2", "3"]
    with pytest.raises(FetchError, match="noRecordsMatch"):
        Harvest(listing(record(1), token="a"), *[error("noRecordsMatch"), listing(token="a")] * 5).records()


def test_a_busy_repository_is_waited_for() -> None:
    busy = httpx.Response(503, headers={"retry-after": "7"})
    harvest = Harvest(listing(record(1), token="a"), busy, listing(record(2)), limits={"retries": 1})
    assert harvest.ids() == ["1", "2"]
    assert len(harvest.site.queries) == 3


def test_parts_of_a_slice_are_lists_of_their_own() -> None:
    harvest = Harvest(error("noRecordsMatch"), fetch={"granularity": "second"}, shard={"hours": 12})
    harvest.pages()
    assert [(query["from"][11:], query["until"][11:]) for query in harvest.site.queries] == [
        ("00:00:00Z", "11:59:59Z"),
        ("12:00:00Z", "23:59:59Z"),
    ]
    late = record(1, day="2026-03-01T12:00:00Z")
    parts = Harvest(listing(late), fetch={"granularity": "second"}, shard={"hours": 12}).pages()
    assert [len(page.records) for page in parts] == [0, 1]
    with pytest.raises(ConfigurationError, match="finer"):
        Harvest(shard={"hours": 12}).pages()


def test_going_on_with_a_token_that_has_expired() -> None:
    harvest = Harvest(error("badResumptionToken"), listing(record(1), record(2)))
    [page] = harvest.pages(cursor={"token": "old"})
    assert [one.native_id for one in page.records] == ["1", "2"]
    assert harvest.site.queries[0] == {"verb": "ListRecords", "resumptionToken": "old"}


def test_going_on_gives_what_would_have_followed() -> None:
    answers = [listing(record(1), token="a"), listing(record(2), token="b"), listing(record(3))]
    pages = Harvest(*answers).pages()
    assert [page.cursor for page in pages] == [{"token": "a"}, {"token": "b"}, None]
    again = Harvest(*answers[1:]).pages(cursor=pages[0].cursor)
    assert [[one.native_id for one in page.records] for page in again] == [["2"], ["3"]]


def test_a_token_that_comes_again_is_no_endless_list() -> None:
    with pytest.raises(Malformed, match="same resumption token"):
        Harvest(listing(record(1), token="a"), listing(record(2), token="a")).records()


def test_what_lies_outside_the_slice_is_left_out_and_counted() -> None:
    harvest = Harvest(listing(record(1, day="2026-02-28"), record(2), record(3, day="2026-03-02")))
    [page] = harvest.pages()
    assert [one.native_id for one in page.records] == ["2"]
    assert page.passed_over == {"other_slice": 2}
    [odd] = Harvest(listing(record(1, day="yesterday"))).records()
    assert isinstance(odd, FailedRecord)
    assert "no datestamp" in odd.detail


def windows(slice: Slice, granularity: str) -> tuple[str, str] | None:
    harvest = Harvest(error("noRecordsMatch"), fetch={"granularity": granularity})
    harvest.pages(slice)
    return (harvest.site.queries[0]["from"], harvest.site.queries[0]["until"]) if harvest.site.queries else None


def test_seconds_are_asked_for_exactly() -> None:
    assert windows(DAY, "second") == ("2026-03-01T00:00:00Z", "2026-03-01T23:59:59Z")


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(0, 23))
def test_slices_that_follow_each_other_share_no_day_and_lose_none(hours: list[int], first: int) -> None:
    start = datetime(2026, 3, 1, first, tzinfo=UTC)
    days: list[str] = []
    for length in hours:
        end = start + timedelta(hours=length)
        if (found := windows(Slice(start=start, end=end), "day")) is not None:
            day = datetime.fromisoformat(found[0])
            while day <= datetime.fromisoformat(found[1]):
                days.append(f"{day:%Y-%m-%d}")
                day += timedelta(days=1)
        start = end
    assert len(set(days)) == len(days)
    whole = windows(Slice(start=datetime(2026, 3, 1, first, tzinfo=UTC), end=start), "day")
    assert (days[0], days[-1]) == whole if whole else days == []


def test_records_are_asked_for_again() -> None:
    harvest = Harvest(
        listing(record(1), verb="GetRecord"),
        listing(record(2, deleted=True), verb="GetRecord"),
        error("idDoesNotExist"),
        httpx.Response(500),
        listing(record(6), verb="GetRecord"),
        fetch={"identifier": "oai:x.org:{id}"},
    )
    known = [Known(id=f"papers:{n}@1", native_id=str(n), version="1", url="https://x.example") for n in range(1, 6)]
    with OaiConnector(harvest.source, client_of(harvest.source, harvest.site)) as connector:
        found = [sighting for batch in connector.look_up(known) for sighting in batch]
    assert [one.status for one in found] == ["found", "gone", "gone", "error", "error"]
    assert "got 'oai:x.org:6'" in found[4].detail
    assert [claim.raw for claim in found[0].claims] == [BY]
    assert harvest.site.queries[0]["identifier"] == "oai:x.org:1"


@pytest.mark.parametrize(
    ("any_host", "robots", "kept_out"), [(True, "/", True), (True, "/x", False), (False, "/", False)]
)
def test_files_on_anybodys_hosts_are_asked_for_as_robots_txt_allows(
    any_host: bool, robots: str, kept_out: bool
) -> None:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.host == "x.example":
            return listing(record(1))
        if request.url.path == "/robots.txt":
            return httpx.Response(200, text=f"User-agent: *\nDisallow: {robots}")
        return httpx.Response(200, headers={"content-type": "text/plain"}, text="The sea, at length.")

    hosts = {"any_host": True} if any_host else {"allow_hosts": ["press.example"]}
    linked = {"linked": {"url_template": "https://press.example/{id}.txt", "media_type": "text/plain"}}
    source, asked = source_of({**linked, **hosts}), Site(site)
    client = client_of(source, asked, resolver=lambda host, port: ["203.0.113.7"])
    with OaiConnector(source, client, POLICY) as connector:
        [shard] = connector.plan(DAY)
        [page] = connector.fetch(shard)
        [listed] = page.records
        assert isinstance(listed, Record)
        got = connector.complete_text(listed)
    assert isinstance(got, Record)
    assert (got.body is None) is kept_out
    assert ("https://press.example/1.txt" in asked.asked) is not kept_out


def test_where_the_page_tells_the_licence_it_is_looked_at_again() -> None:
    robots = {"closed": "/"}
    statuses = {"gone": 404, "paid": 402}

    def site(request: httpx.Request) -> httpx.Response:
        host, _, _ = request.url.host.partition(".")
        if host == "x":
            number = request.url.params["identifier"]
            place = dict(zip("1234", ("open", "closed", "paid", "gone"), strict=True))[number[-1]]
            return listing(record(int(number[-1]), f"<link>https://{place}.example/1</link>"), verb="GetRecord")
        if request.url.path == "/robots.txt":
            return httpx.Response(200, text=f"User-agent: *\nDisallow: {robots.get(host, '')}")
        said = f"<article><h1>T 1</h1><p>This article is licensed under <a rel='license' href='{NC}'>CC BY-NC</a>.</p>"
        return httpx.Response(statuses.get(host, 200), headers={"content-type": "text/html"}, text=f"{said}</article>")

    fetch = {"any_host": True, "identifier": "oai:x.org:{id}", "linked": {"url": "metadata.arXiv.link"}}
    source = source_of(fetch, license={"scope": "record", "claims": [{"from": "page"}]})
    client = client_of(source, Site(site), resolver=lambda host, port: ["203.0.113.7"])
    known = [Known(id=f"papers:{n}@1", native_id=str(n), version="1", url="https://x.example") for n in range(1, 5)]
    with OaiConnector(source, client, POLICY) as connector:
        found = [sighting for batch in connector.look_up(known) for sighting in batch]
    assert [one.status for one in found] == ["found", "error", "error", "error"]
    assert {claim.expression for claim in found[0].claims} == {"CC-BY-NC-4.0"}
    assert "may not be asked for" in found[1].detail


def test_sets_are_lists_of_their_own() -> None:
    harvest = Harvest(listing(record(1)), listing(record(2)), shard={"over": {"set": ["cs", "math"]}})
    assert harvest.ids() == ["1", "2"]
    assert [query["set"] for query in harvest.site.queries] == ["cs", "math"]
