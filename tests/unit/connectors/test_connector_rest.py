"""What is asked, what an error in the body means, what stays secret, and the catalogue's own sources."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.connectors.reading import DAY, EMPTY, ERRORS, SHARD, fetch
from tests.unit.http.site import Clock, Site, connector_of, json_response, source_of

from rightful.catalogue.load import load_source
from rightful.errors import (
    BlockedAddress,
    ConfigurationError,
    FetchError,
    Malformed,
    RateLimited,
    Refused,
)
from rightful.model import Credentials, FailedRecord, Record

KEY = "s3cr&t/key"


@pytest.mark.parametrize("field", ["id", "text", "title", "license"])
def test_a_record_whose_columns_would_hold_the_secret_fails(field: str) -> None:
    item = {"id": "1", "text": "x", "title": "t", "license": "CC BY 4.0", "link": "https://example.org/a"}
    fields = {"id": "id", "url": "link", "text": "text", "title": "title"}
    source = source_of(
        {"auth": {"type": "header", "name": "X-Key"}, "fields": fields},
        connection="example",
        license={"scope": "record", "claims": [{"from": "record.license"}]},
    )
    answer = json_response({"items": [item | {field: f"with {KEY} in it"}, item | {"id": "2"}]})
    connector = connector_of(source, Site([answer]), credentials=Credentials(password=KEY))
    ((bad, good),) = [page.records for page in connector.fetch(SHARD)]
    assert isinstance(bad, FailedRecord)
    assert KEY not in f"{bad.detail}{bad.url}"
    assert isinstance(good, Record)


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


def test_asking_for_a_connector_is_cheap_until_it_is_made() -> None:
    code = "import sys, rightful.connectors.base; assert not {'httpx', 'httpcore', 'tenacity'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "include"}).returncode == 0


REST = [path for path in sorted(Path("include/sources").glob("*.yaml")) if "\nkind: rest\n" in path.read_text("utf-8")]


@pytest.mark.parametrize("path", REST, ids=lambda path: path.stem)
def test_every_rest_source_of_the_catalogue_can_be_planned(path: Path) -> None:
    from rightful.model import Credentials

    source = load_source(path)
    site = Site(lambda request: json_response({"query": {"recentchanges": [{"timestamp": "2025-01-01T00:00:00Z"}]}}))
    with connector_of(source, site, credentials=Credentials(password="key")) as connector:
        shards = connector.plan(DAY)
    assert shards
    assert len({shard.id for shard in shards}) == len(shards)
