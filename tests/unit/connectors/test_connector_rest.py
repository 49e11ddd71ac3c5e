"""From saved answers to records: fields, claims, broken records, batches, errors in the body, retention."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.http.site import Clock, Site, connector_of, json_response, source_of

from rightful.catalogue.load import load_source
from rightful.errors import (
    BlockedAddress,
    ConfigurationError,
    FetchError,
    Malformed,
    RateLimited,
    Refused,
    RetentionGap,
    TooLarge,
)
from rightful.model import Credentials, FailedRecord, OptOut, Page, Record, Shard, Slice, Strength

DAY = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
SHARD = Shard(source="example", slice=DAY, id="all")
LICENSE = {"scope": "record", "claims": [{"from": "record.license"}]}


def fetch(answers: Any, fetch: dict[str, Any] | None = None, cursor: Any = None, **blocks: Any) -> list[Page]:
    source = source_of(fetch, **{"limits": {"retries": 0}, **blocks})
    return list(connector_of(source, Site(answers)).fetch(SHARD, cursor))


def records(answers: Any, fields: dict[str, Any] | None = None, **blocks: Any) -> list[Record | FailedRecord]:
    basic = {"id": "id", "url_template": "https://example.org/{id}", "text": "text", **(fields or {})}
    return [r for page in fetch(answers, {"fields": basic}, **blocks) for r in page.records]


def body(text: str | bytes, **headers: str) -> httpx.Response:
    raw = text if isinstance(text, bytes) else text.encode()
    return httpx.Response(200, headers={"content-type": "application/json", **headers}, content=raw)


def test_a_record_keeps_its_bytes_exactly() -> None:
    odd = '{"id" : 1,\n  "text": "caf\\u00e9 é", "n": 1.50e0, "id2":[ ]}'
    (record,) = records([body('{"x": 1, "items": [ ' + odd + " ]}")])
    assert isinstance(record, Record)
    assert record.raw == odd.encode()
    assert record.body == "café é"
    assert record.version == hashlib.sha256(record.raw).hexdigest()[:16]
    assert record.native_id == "1"
    assert record.url == "https://example.org/1"


def test_every_field() -> None:
    item = {
        "id": "a/../b",
        "rev": 7,
        "link": "https://example.org/a",
        "title": "T",
        "intro": "One.",
        "answers": [{"body": "Two."}, {"body": "Three."}],
        "by": [{"name": " Ann "}, {"name": "Bob"}, {"name": "Ann"}, {}],
        "user": 12,
        "made": 1767225600,
        "out": "2026-01-01T10:00:00Z",
        "from": "CH",
        "house": "P",
        "credit": "By Ann",
    }
    fields = {
        "version": "rev",
        "url": "link",
        "title": "title",
        "text": ["intro", "answers[].body", "missing"],
        "media_type": "text/html",
        "creators": ["by[].name", "user"],
        "created": "made",
        "published": "out",
        "region": "from",
        "publisher": "house",
        "attribution": "credit",
    }
    (record,) = records([json_response({"items": [item]}, tdm_reservation="1")], fields)
    assert isinstance(record, Record)
    assert (record.native_id, record.version, record.url) == ("a/../b", "7", "https://example.org/a")
    assert record.body == "One.\n\nTwo.\n\nThree."
    assert (record.media_type, record.title, record.region, record.publisher) == ("text/html", "T", "CH", "P")
    assert record.creators == ("Ann", "Bob", "12")
    assert record.created == datetime(2026, 1, 1, tzinfo=UTC)
    assert record.published == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert record.attribution == "By Ann"
    assert record.optouts == (OptOut(signal="tdm-reservation", value="1", place="header"),)
    assert record.evidence is None
    assert record.fetched_at is not None


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ('{"items": [A, B]}', "items"),
        ("[A, B]", "."),
        ('{"1": A, "2": B}', "."),
        ('{"query": {"pages": {"1": A, "2": B}, "x": 1}, "y": 2}', "query.pages"),
        ('{"a": {"b": {"c": [A, B]}}}', "a.b.c"),
    ],
)
def test_records_in_lists_and_objects_at_any_depth(shape: str, path: str) -> None:
    text = shape.replace("A", '{"id": 1, "text": "x"}').replace("B", '{"id": 2, "text": "y"}')
    (page,) = fetch([body(text)], {"records": path})
    assert [record.native_id for record in page.records] == ["1", "2"]
    assert page.records[0].raw == b'{"id": 1, "text": "x"}'


@pytest.mark.parametrize(
    "text",
    [
        '{"other": []}',
        '{"items": null}',
        '{"items": "x"}',
        '{"items": 3}',
        "[]",
        "null",
        "3",
        '"items"',
        "{",
        "{}}",
        "[" * 100_000,
        '{"items": [}',
        '{"items": [1,]}',
    ],
)
def test_an_answer_without_the_list_is_malformed_not_empty(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        fetch([body(text)])
    assert caught.value.source == "example"
    assert caught.value.slice == DAY
    assert "https://api.example.org/v1/items" in str(caught.value)


BROKEN = {
    "no id": '{"text": "x"}',
    "null id": '{"id": null, "text": "x"}',
    "object id": '{"id": {"a": 1}, "text": "x"}',
    "boolean id": '{"id": true, "text": "x"}',
    "empty id": '{"id": "", "text": "x"}',
    "not an object": '"text"',
    "null": "null",
    "list": "[1]",
    "text is a number": '{"id": 9, "text": 3}',
    "text is a list of objects": '{"id": 9, "text": [{}]}',
    "future": '{"id": 9, "text": "x", "at": "2999-01-01"}',
    "milliseconds": '{"id": 9, "text": "x", "at": 1767225600000}',
    "no date": '{"id": 9, "text": "x", "at": "soon"}',
    "half a surrogate pair": '{"id": 9, "text": "x\\ud800y"}',
    "number out of range": '{"id": 9, "text": "x", "n": 1e999}',
    "title is an object": '{"id": 9, "text": "x", "title": {}}',
    "version is a list": '{"id": 9, "text": "x", "rev": []}',
    "deep": '{"id": 9, "text": ' + "[" * 900 + "]" * 900 + "}",
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_record_fails_alone(what: str) -> None:
    good = '{"id": %d, "text": "good \\ud83d\\ude00 \\\\ud800"}'
    text = '{"items": [' + ",".join([good % 1, BROKEN[what], good % 2]) + "]}"
    found = records([body(text)], {"published": "at", "title": "title", "version": "rev"})
    assert [type(record) for record in found] == [Record, FailedRecord, Record]
    assert [found[0].raw, found[2].raw] == [(good % 1).encode(), (good % 2).encode()]
    assert isinstance(found[0], Record)
    assert found[0].body == "good 😀 \\ud800"
    failed = found[1]
    assert isinstance(failed, FailedRecord)
    assert failed.reason == "malformed"
    assert failed.raw == BROKEN[what].encode()
    assert "items[1]" in failed.detail
    assert failed.native_id == (
        "9" if '"id": 9' in BROKEN[what] and what not in ("half a surrogate pair", "number out of range") else ""
    )
    assert failed.url == "https://api.example.org/v1/items"


def test_bytes_of_another_charset_fail_their_record_only() -> None:
    text = b'{"items": [{"id": 1, "text": "plain"}, {"id": 2, "text": "caf\xe9"}, {"id": 3, "text": "caf\xc3\xa9"}]}'
    found = records([body(text)])
    assert [type(record) for record in found] == [Record, FailedRecord, Record]
    assert found[1].reason == "malformed"  # type: ignore[union-attr]


def test_a_record_that_is_too_large_fails_alone() -> None:
    items = [{"id": 1, "text": "x"}, {"id": 2, "text": "x" * 2000}]
    found = records([json_response({"items": items})], limits={"record_bytes": 1024})
    assert [type(record) for record in found] == [Record, FailedRecord]
    assert found[1].reason == "too_large"  # type: ignore[union-attr]
    assert (found[1].native_id, found[1].raw) == ("2", b"")


@pytest.mark.parametrize("link", [None, "", "/relative", "javascript:alert(1)", 7])
def test_a_record_must_say_where_it_came_from(link: object) -> None:
    item = {"id": 1, "text": "x", "link": link}
    (failed,) = records([json_response({"items": [item]})], {"url": "link", "url_template": None})
    assert isinstance(failed, FailedRecord)


def test_texts_that_are_missing_and_texts_that_are_empty() -> None:
    items = [
        {"id": 1},
        {"id": 2, "text": None},
        {"id": 3, "text": ""},
        {"id": 4, "text": []},
        {"id": 5, "text": ["a", "b"]},
    ]
    found = records([json_response({"items": items})])
    assert [record.body for record in found if isinstance(record, Record)] == [None, None, "", None, "a\n\nb"]


def test_claims_of_a_record() -> None:
    tags: list[Any] = ["https://creativecommons.org/licenses/by/4.0/", None, "", ["CC BY"], {"a": 1}]
    items = [{"id": number, "text": "x", "license": tag} for number, tag in enumerate(tags)] + [{"id": 9, "text": "x"}]
    found = records([json_response({"items": items})], license=LICENSE)
    claims = [record.claims for record in found if isinstance(record, Record)]
    assert [len(claim) for claim in claims] == [1] * 6
    assert claims[0][0].raw == tags[0]
    assert (claims[0][0].place, claims[0][0].strength) == ("record.license", Strength.PUBLISHER)
    assert claims[1][0].raw is None
    assert claims[5][0].raw is None


def test_each_part_of_a_composite_record_has_its_claim_and_none_is_lost() -> None:
    rules = {
        "scope": "record",
        "claims": [{"from": "record.license", "part": "question"}, {"from": "record.answers[].license"}],
    }
    items = [
        {"id": 1, "text": "q", "license": "CC BY-SA 4.0", "answers": [{"license": "CC BY-SA 3.0"}, {"body": "no tag"}]},
        {"id": 2, "text": "q", "license": "CC BY-SA 4.0"},
        {"id": 3, "text": "q", "license": "CC BY-SA 4.0", "answers": [{"license": "CC BY-SA 3.0"}, {"body": "no tag"}]},
    ]
    found = records([json_response({"items": items})], license=rules)
    claims = [[(c.place, c.raw) for c in record.claims] for record in found if isinstance(record, Record)]
    assert (
        claims[0]
        == claims[2]
        == [
            ("record.license", "CC BY-SA 4.0"),
            ("record.answers[0].license", "CC BY-SA 3.0"),
            ("record.answers[1].license", None),
        ]
    )
    assert claims[1] == [("record.license", "CC BY-SA 4.0")]


def test_a_tag_means_what_it_meant_when_the_record_was_published() -> None:
    aliases = [
        {"expression": "CC-BY-3.0", "valid_until": "2025-07-31"},
        {"expression": "CC-BY-4.0", "valid_from": "2025-08-01"},
    ]
    days = ["2025-07-31", "2025-08-01", "2025-07-31"]
    items = [{"id": number, "text": "x", "license": "cc", "at": day} for number, day in enumerate(days)]
    found = records(
        [json_response({"items": items})], {"published": "at"}, license={**LICENSE, "aliases": {"cc": aliases}}
    )
    expressions = [record.claims[0].expression for record in found if isinstance(record, Record)]
    assert expressions == ["CC-BY-3.0", "CC-BY-4.0", "CC-BY-3.0"]


def test_claims_from_the_site_carry_their_evidence_and_are_asked_for_afresh() -> None:
    rules = {"scope": "record", "claims": [{"from": "site.rights.url"}]}
    answers = iter(["https://creativecommons.org/licenses/by/4.0/", None])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/about"):
            return json_response({"rights": {"url": next(answers)}})
        return json_response({"items": [{"id": 1, "text": "x"}]})

    source = source_of({"site": {"path": "about", "params": {"s": 1}}}, license=rules)
    site = Site(answer)
    connector = connector_of(source, site)
    shard = Shard(source="example", slice=DAY, id="site=a", params={"over": {"site": "a"}})
    (first,), (second,) = list(connector.fetch(shard)), list(connector.fetch(shard))
    assert first.evidence == {"site": b'{"rights": {"url": "https://creativecommons.org/licenses/by/4.0/"}}'}
    (record,), (other,) = first.records, second.records
    assert isinstance(record, Record)
    assert isinstance(other, Record)
    assert record.evidence == "site"
    assert [(c.raw, c.place) for c in record.claims] == [
        ("https://creativecommons.org/licenses/by/4.0/", "site.rights.url")
    ]
    assert [c.raw for c in other.claims] == [None]
    assert first.requests == 2
    assert site.queries[0] == {"s": "1", "site": "a"}
    assert site.queries[1] == {"site": "a"}


def test_an_opt_out_in_the_headers_of_the_site_answer_speaks_for_every_record() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/about"):
            return json_response({}, tdm_reservation="1")
        number = int(request.url.params["page"])
        return json_response({"items": [{"id": number, "text": "x"}] if number < 3 else []}, x_robots_tag="noai")

    pages = fetch(answer, {"site": {"path": "about"}, "paginate": {"style": "page"}})
    found = [record for page in pages for record in page.records]
    assert [record.native_id for record in found] == ["1", "2"]
    for record in found:
        assert isinstance(record, Record)
        assert [(o.signal, o.place) for o in record.optouts] == [("noai", "header"), ("tdm-reservation", "site header")]


KEY = "s3cr&t/key"


@pytest.mark.parametrize(
    ("auth", "url"),
    [
        ({"type": "query", "name": "key"}, "https://example.org/a?p=1"),
        ({"type": "bearer"}, "https://example.org/a?p=1&key=***"),
    ],
)
def test_a_secret_that_the_source_echoes_stays_out_of_records_and_failures(auth: dict[str, str], url: str) -> None:
    long = "https://example.org/" + "x" * 70 + " "  # what is quoted of it ends within the secret
    items = [
        {"id": 1, "text": "x", "link": "https://example.org/a?p=1&key=s3cr%26t%2fkey"},
        {"id": 2, "text": "x", "link": "https://example.org/b?key=other"},
        {"id": 3, "text": "x", "link": f"{long}?key={KEY}"},
        {"id": 4, "text": "x", "link": "relative"},
    ]
    fields = {"id": "id", "url": "link", "text": "text"}
    source = source_of({"auth": auth, "fields": fields}, connection="example")
    connector = connector_of(source, Site([json_response({"items": items})]), credentials=Credentials(password=KEY))
    ((echoed, other, cut, plain),) = [page.records for page in connector.fetch(SHARD)]
    assert echoed.url == url
    assert other.url == "https://example.org/b?key=other"
    assert isinstance(cut, FailedRecord)
    assert "s3cr" not in cut.detail + cut.url
    assert "items[2]" in cut.detail
    assert isinstance(plain, FailedRecord)
    assert "relative" in plain.detail


@pytest.mark.parametrize("target", ["http://api.example.org/v1/items?p=2", "https://api.example.org:8443/v1/items"])
def test_a_next_url_leaves_neither_https_nor_the_port(target: str) -> None:
    site = Site([json_response({"items": [{"id": 1, "text": "x"}], "next": target})])
    connector = connector_of(source_of({"paginate": {"style": "next_url", "path": "next"}}), site)
    pages = connector.fetch(SHARD)
    assert [record.native_id for record in next(pages).records] == ["1"]
    with pytest.raises(BlockedAddress) as caught:
        next(pages)
    assert caught.value.remedy
    assert len(site.requests) == 1


def test_a_statement_covers_every_record_and_a_contract_needs_no_claim() -> None:
    (record,) = records([json_response({"items": [{"id": 1, "text": "x"}]})])
    assert isinstance(record, Record)
    assert [c.raw for c in record.claims] == ["https://creativecommons.org/licenses/by/4.0/"]
    (record,) = records(
        [json_response({"items": [{"id": 1, "text": "x"}]})], license={"scope": "contract", "contract": "deal"}
    )
    assert isinstance(record, Record)
    assert record.claims == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"license": {"scope": "record", "claims": [{"from": "license"}]}},
        {"license": {"scope": "record", "claims": [{"from": "page.license"}]}},
        {"license": {"scope": "record", "claims": [{"from": "site.license"}]}},
        {"fetch": {"records": "items[]"}},
        {"fetch": {"error": "a["}},
        {"fetch": {"fields": {"id": "id", "text": "t", "url_template": "https://x.org/{name}"}}},
    ],
)
def test_source_files_that_can_never_work(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        connector_of(source_of(changes.pop("fetch", None), **changes), Site([]))


def test_the_window_of_the_shard_bounds_every_request() -> None:
    window = {"start": {"param": "from", "format": "unix"}, "end": {"param": "to", "format": "unix", "inclusive": True}}
    source = source_of(
        {"window": window, "paginate": {"style": "page"}, "params": {"site": "none", "order": "asc"}},
        shard={"hours": 12, "over": {"site": ["cooking"]}},
    )
    site = Site(
        lambda request: json_response({"items": [{"id": 1, "text": "x"}] if request.url.params["page"] == "1" else []})
    )
    connector = connector_of(source, site)
    shards = connector.plan(DAY)
    assert [shard.id for shard in shards] == ["site=cooking,00h-12h", "site=cooking,12h-24h"]
    list(connector.fetch(shards[1]))
    bounds = {"site": "cooking", "order": "asc", "from": "1767268800", "to": "1767311999"}
    assert site.queries == [{**bounds, "page": "1"}, {**bounds, "page": "2"}]


# Errors in the body


ERRORS = {"error": "error", "retry_when": ["maxlag", "busy", "503"]}
EMPTY: dict[str, Any] = {"items": []}


def test_maxlag_waits_as_long_as_it_says() -> None:
    clock = Clock()
    lag = json_response({"error": {"code": "maxlag", "info": "5 seconds lagged", "lag": 5}}, retry_after="7")
    source = source_of(ERRORS)
    pages = list(connector_of(source, Site([lag, lag, json_response(EMPTY)]), clock).fetch(SHARD))
    assert pages[0].requests == 3
    assert sum(clock.slept) == pytest.approx(14, abs=0.1)


def test_a_passing_error_without_a_term_is_backed_off_from() -> None:
    clock = Clock()
    busy = json_response({"error": "busy"})
    list(connector_of(source_of(ERRORS), Site([busy, busy, json_response(EMPTY)]), clock).fetch(SHARD))
    assert 3 <= sum(clock.slept) <= 5.1
    with pytest.raises(FetchError, match="patience"):
        fetch([busy], ERRORS)
    with pytest.raises(RateLimited) as caught:
        fetch([json_response({"error": "busy"}, retry_after="900")], ERRORS)
    assert caught.value.retry_after == 900


@pytest.mark.parametrize(
    "error", ["denied", {"code": "readapidenied", "info": "no"}, {"info": "no code"}, ["x"], 7, True]
)
def test_another_error_in_the_body_is_a_refusal(error: object) -> None:
    site = Site([json_response({"error": error})])
    with pytest.raises(Refused, match="answers with an error"):
        list(connector_of(source_of(ERRORS), site).fetch(SHARD))
    assert len(site.requests) == 1


@pytest.mark.parametrize("error", [None, False, 0, "", [], {}])
def test_an_error_member_that_says_nothing_is_no_error(error: object) -> None:
    assert fetch([json_response({"error": error, **EMPTY})], ERRORS)[0].records == ()


def test_error_objects_with_a_status_of_their_own() -> None:
    clock = Clock()
    busy = json_response({"error": {"code": 503}}, status=400)
    pages = list(connector_of(source_of(ERRORS), Site([busy, json_response(EMPTY)]), clock).fetch(SHARD))
    assert pages[0].requests == 2
    with pytest.raises(Refused, match="no such parameter"):
        fetch([json_response({"error": "no such parameter"}, status=400)], ERRORS)
    with pytest.raises(Refused, match="400"):
        fetch([httpx.Response(400, content=b"<html>")], ERRORS)


def test_backoff_in_the_body_is_obeyed() -> None:
    clock = Clock()
    answers = [json_response({"items": [{"id": n, "text": "x"}], "more": n < 2, "backoff": 20}) for n in (1, 2)]
    source = source_of({"paginate": {"style": "page", "more": "more"}, "backoff": "backoff"})
    pages = connector_of(source, Site(answers), clock).fetch(SHARD)
    next(pages)
    assert not clock.slept
    next(pages)
    assert sum(clock.slept) == pytest.approx(20, abs=0.1)
    with pytest.raises(Malformed, match="backoff"):
        fetch([json_response({**EMPTY, "backoff": "a while"})], {"backoff": "backoff"})


def test_a_backoff_of_a_day_lets_the_page_land_and_leaves_the_wait_to_the_scheduler() -> None:
    answers = [json_response({"items": [{"id": 1, "text": "x"}], "more": True, "backoff": 86400})]
    source = source_of({"paginate": {"style": "page", "more": "more"}, "backoff": "backoff"})
    pages = connector_of(source, Site(answers)).fetch(SHARD)
    assert [record.native_id for record in next(pages).records] == ["1"]
    with pytest.raises(RateLimited):
        next(pages)


# MediaWiki's batches


WIKI = {
    "base_url": "https://wiki.example.org/w/api.php",
    "path": "",
    "paginate": {"style": "continue"},
    "records": "query.pages",
    "complete": "batchcomplete",
    "fields": {
        "id": "pageid",
        "version": "rev.0.id",
        "text": "rev.0.text",
        "url_template": "https://wiki.example.org/?curid={id}",
    },
}


def wiki_page(number: int, text: str | None = None, revision: int = 1) -> dict[str, Any]:
    return {"pageid": number, **({} if text is None else {"rev": [{"id": revision, "text": text}]})}


def wiki(*pages: dict[str, Any], more: str | None = None, complete: object = None) -> httpx.Response:
    value: dict[str, Any] = {"query": {"pages": list(pages)}} if pages else {}
    if more is not None:
        value["continue"] = {"c": more}
    if complete is not None:
        value["batchcomplete"] = complete
    return json_response(value)


BATCHES = [
    wiki(wiki_page(1, "one"), wiki_page(2), wiki_page(3), more="a"),
    wiki(wiki_page(1), wiki_page(2, "two"), wiki_page(3), more="b"),
    wiki(
        wiki_page(1),
        wiki_page(2),
        wiki_page(3),
        wiki_page(3, "three"),
        {"title": "gone", "missing": True},
        more="c",
        complete=True,
    ),
    wiki(more="d", complete=""),
    wiki(wiki_page(4), wiki_page(5, "five"), more="e"),
    wiki(wiki_page(4), wiki_page(5), complete=True),
]


def test_records_are_gathered_until_the_batch_is_complete() -> None:
    pages = fetch(BATCHES, WIKI)
    read = [[(r.native_id, r.body if isinstance(r, Record) else r.reason) for r in page.records] for page in pages]
    assert read == [
        [("1", "one"), ("2", "two"), ("3", "three"), ("", "malformed")],
        [],
        [("4", None), ("5", "five")],
    ]
    assert [page.requests for page in pages] == [3, 1, 2]
    assert [record.version for record in pages[0].records if isinstance(record, Record)] == ["1", "1", "1"]


def test_a_resume_goes_on_after_a_whole_batch() -> None:
    pages = fetch(BATCHES, WIKI)
    for position in (0, 1):
        cursor = json.loads(json.dumps(pages[position].cursor))
        rest = fetch(BATCHES[3 + position :], WIKI, cursor)
        assert [page.records and page.records[0].native_id for page in rest] == [
            page.records and page.records[0].native_id for page in pages[position + 1 :]
        ]


def test_a_source_that_ends_within_a_batch_leaves_failures_not_empty_records() -> None:
    (page,) = fetch(
        [wiki(wiki_page(1, "one"), wiki_page(2), more="a"), json_response({"query": {"pages": [wiki_page(3)]}})], WIKI
    )
    assert [(r.native_id, getattr(r, "reason", "fine")) for r in page.records] == [
        ("1", "fine"),
        ("2", "truncated"),
        ("3", "truncated"),
    ]


def test_without_pages_a_wiki_is_empty_only_when_it_says_so() -> None:
    assert fetch([wiki(complete=True)], WIKI)[0].records == ()
    for answer in ({}, {"batchcomplete": False}, {"warnings": {}}):
        with pytest.raises(Malformed, match="no records"):
            fetch([json_response(answer)], WIKI)


def test_a_batch_without_end_does_not_fill_the_memory() -> None:
    count = iter(range(10_000))

    def answer(request: httpx.Request) -> httpx.Response:
        number = next(count)
        return wiki(wiki_page(number, "x" * 900), more=str(number))

    with pytest.raises(TooLarge, match="batch"):
        fetch(answer, WIKI, limits={"response_bytes": 1024, "retries": 0})


def test_two_revisions_of_a_page_are_two_records() -> None:
    (page,) = fetch(
        [wiki(wiki_page(1, "old", 1), more="a"), wiki(wiki_page(1, "new", 2), wiki_page(1, "new", 2), complete=True)],
        WIKI,
    )
    assert [(record.native_id, record.body) for record in page.records if isinstance(record, Record)] == [
        ("1", "old"),
        ("1", "new"),
    ]


# Retention


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


def test_asking_for_a_connector_is_cheap_until_it_is_made() -> None:
    code = "import sys, rightful.connectors.base; assert not {'httpx', 'httpcore', 'tenacity'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "include"}).returncode == 0


# The catalogue's own sources


@pytest.mark.parametrize("path", sorted(Path("include/sources").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_source_of_the_catalogue_can_be_planned(path: Path) -> None:
    from rightful.model import Credentials

    source = load_source(path)
    site = Site(lambda request: json_response({"query": {"recentchanges": [{"timestamp": "2025-01-01T00:00:00Z"}]}}))
    with connector_of(source, site, credentials=Credentials(password="key")) as connector:
        shards = connector.plan(DAY)
    assert shards
    assert len({shard.id for shard in shards}) == len(shards)
