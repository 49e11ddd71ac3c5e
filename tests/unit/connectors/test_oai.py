"""Kind ``oai_pmh``: lists, tokens, datestamps, deletions, odd repositories. No network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.http.site import Site, client_of

from rightful.catalogue.models import Source
from rightful.connectors.base import Known
from rightful.connectors.oai import OaiConnector
from rightful.connectors.oai.xml import read_answer
from rightful.errors import FetchError, Malformed, Refused
from rightful.model import FailedRecord, Page, Record, Slice

DAY = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
BY, NC = "http://creativecommons.org/licenses/by/4.0/", "http://creativecommons.org/licenses/by-nc/4.0/"
OAI = (
    '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-03-02T00:00:00Z</responseDate><request>x</request>{}</OAI-PMH>"
)


def listing(*records: str, token: str | None = None, verb: str = "ListRecords") -> httpx.Response:
    end = "" if token is None else f'<resumptionToken completeListSize="9" cursor="0">{token}</resumptionToken>'
    return answer(f"<{verb}>{''.join(records)}{end}</{verb}>")


def answer(inside: str) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/xml"}, content=OAI.format(inside).encode())


def error(code: str) -> httpx.Response:
    return answer(f'<error code="{code}">words of the repository</error>')


LICENSED = f"<license>{BY}</license>"


def record(number: int, license: str = LICENSED, day: str = "2026-03-01", *, deleted: bool = False) -> str:
    head = f"<identifier>oai:x.org:{number}</identifier><datestamp>{day}</datestamp><setSpec>cs</setSpec>"
    if deleted:
        return f'<record><header status="deleted">{head}</header></record>'
    return (
        f"<record><header>{head}</header><metadata><x:arXiv xmlns:x='urn:x'><x:id>{number}</x:id>"
        f"<x:title>T {number}</x:title><x:abstract>Abstract {number} 潮汐.</x:abstract>"
        f"<x:authors><x:author><x:keyname>Å</x:keyname></x:author></x:authors>{license}</x:arXiv></metadata></record>"
    )


def source_of(fetch: dict[str, Any] | None = None, **blocks: Any) -> Source:
    return Source.model_validate(
        {
            "id": "papers",
            "title": "Papers",
            "kind": "oai_pmh",
            "channel": "public_dataset",
            "owner": "owner@example.org",
            "homepage": "https://x.example",
            "start_date": "2026-01-01",
            "license": {"scope": "record", "claims": [{"from": "record.metadata.arXiv.license"}]},
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0},
            "fetch": {
                "base_url": "https://x.example/oai",
                "prefix": "arXiv",
                "lists": ["author"],
                "fields": {
                    "id": "header.local",
                    "version": "header.datestamp",
                    "url_template": "https://x.example/abs/{id}",
                    "title": "metadata.arXiv.title",
                    "text": "metadata.arXiv.abstract",
                    "creators": "metadata.arXiv.authors.author[].keyname",
                },
                **(fetch or {}),
            },
            **blocks,
        }
    )


class Harvest:
    """What a connector makes of these answers."""

    def __init__(self, *answers: Any, fetch: dict[str, Any] | None = None, **blocks: Any) -> None:
        self.source, self.site = source_of(fetch, **blocks), Site(list(answers))

    def pages(self, slice: Slice = DAY, cursor: Any = None) -> list[Page]:
        with OaiConnector(self.source, client_of(self.source, self.site)) as connector:
            return [page for shard in connector.plan(slice) for page in connector.fetch(shard, cursor)]

    def records(self, slice: Slice = DAY) -> list[Record | FailedRecord]:
        return [record for page in self.pages(slice) for record in page.records]

    def ids(self, slice: Slice = DAY) -> list[str]:
        return [record.native_id for record in self.records(slice)]


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


def test_two_licences_are_never_read_as_the_first() -> None:
    [found] = Harvest(listing(record(1, f"<license>{BY}</license><license>{NC}</license>"))).records()
    assert isinstance(found, Record)
    assert [claim.expression for claim in found.claims] == [None]
    lists = {"lists": ["license"]}
    claims = {"scope": "record", "claims": [{"from": "record.metadata.arXiv.license[]"}]}
    for said, expected in (
        (f"<license>{BY}</license>", [BY]),
        (f"<license>{BY}</license><license>{NC}</license>", [BY, NC]),
    ):
        [found] = Harvest(listing(record(1, said)), fetch=lists, license=claims).records()
        assert isinstance(found, Record)
        assert [claim.raw for claim in found.claims] == expected


def test_deleted_records_are_told() -> None:
    alive, gone = Harvest(listing(record(1), record(2, deleted=True))).records()
    assert isinstance(alive, Record)
    assert isinstance(gone, Record)
    assert (alive.deleted, gone.deleted, gone.native_id, gone.url) == (False, True, "2", "https://x.example/abs/2")


def test_no_records_are_no_error() -> None:
    assert Harvest(error("noRecordsMatch")).records() == []
    assert Harvest(listing()).records() == []


@pytest.mark.parametrize("code", ["badArgument", "cannotDisseminateFormat", "noSetHierarchy", "badVerb", ""])
def test_an_error_in_a_good_answer_is_an_error(code: str) -> None:
    with pytest.raises(Refused, match="words of the repository"):
        Harvest(error(code)).records()


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


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"<OAI-PMH/>",
        b"<OAI-PMH><Identify/></OAI-PMH>",
        OAI.format("<ListRecords><record>").encode()[:-10],
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><OAI-PMH><error code="&x;">&y;</error></OAI-PMH>',
        ("<OAI-PMH>" + "<ListRecords>" * 300).encode(),
    ],
)
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        Harvest(httpx.Response(200, content=body)).records()


def test_entities_are_not_expanded() -> None:
    inside = "<header><identifier>a:1</identifier></header><metadata><m><t>&x;</t></m></metadata>"
    plain = OAI.partition("?>")[2].format(f"<ListRecords><record>{inside}</record></ListRecords>")
    for entity in ('SYSTEM "file:///etc/passwd"', '"swollen"'):
        [raw] = read_answer(f"<!DOCTYPE a [<!ENTITY x {entity}>]>{plain}".encode(), ()).records
        assert b"root:" not in raw
        assert b"swollen" not in raw


def test_a_deep_record_is_malformed_not_a_crash() -> None:
    inner = "<a>" * 150 + "</a>" * 150
    with pytest.raises(Malformed, match="deep"):
        Harvest(listing(f"<record><header/><metadata>{inner}</metadata></record>")).records()


def test_records_are_asked_for_again() -> None:
    harvest = Harvest(
        listing(record(1), verb="GetRecord"),
        listing(record(2, deleted=True), verb="GetRecord"),
        error("idDoesNotExist"),
        httpx.Response(500),
        fetch={"identifier": "oai:x.org:{id}"},
    )
    known = [Known(id=f"papers:{n}@1", native_id=str(n), version="1", url="https://x.example") for n in (1, 2, 3, 4)]
    with OaiConnector(harvest.source, client_of(harvest.source, harvest.site)) as connector:
        found = [sighting for batch in connector.look_up(known) for sighting in batch]
    assert [one.status for one in found] == ["found", "gone", "gone", "error"]
    assert [claim.raw for claim in found[0].claims] == [BY]
    assert harvest.site.queries[0]["identifier"] == "oai:x.org:1"


def test_sets_are_lists_of_their_own() -> None:
    harvest = Harvest(listing(record(1)), listing(record(2)), shard={"over": {"set": ["cs", "math"]}})
    assert harvest.ids() == ["1", "2"]
    assert [query["set"] for query in harvest.site.queries] == ["cs", "math"]


@pytest.mark.parametrize(
    ("fetch", "said"),
    [
        ({"prefix": "a b"}, "pattern"),
        ({"identifier": "oai:x"}, "must hold {id}"),
        ({"fields": {"id": "metadata.id", "url_template": "https://x/{id}", "text": "x"}}, "deleted record"),
        ({"site": {"path": "x"}}, "no site-wide answer"),
    ],
)
def test_what_can_never_work_is_refused(fetch: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        source_of(fetch)
