"""Source `wikipedia_changes`: answers as a MediaWiki gives them are read as its file says. No network is used."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.unit.sources.replay import DAY, connector, first_page, requests_of, rulings, shards, source_of

from rightful.connectors.base import Known
from rightful.errors import EndlessCursor
from rightful.model import Record


def test_records_are_read() -> None:
    page = first_page("wikipedia_changes")
    first, second = page.records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.native_id, first.version, first.title) == ("1092923", "1301234567", "Šibenik Cathedral")
    assert first.url == "https://en.wikipedia.org/wiki/%C5%A0ibenik_Cathedral"
    assert first.creators == ("Ana Horvat",)
    assert first.published == datetime(2026, 1, 1, 0, 1, 7, tzinfo=UTC)
    assert (first.media_type, first.body) == (
        "text/x-wiki",
        "The '''Cathedral of St. James''' is a [[basilica]] in [[Šibenik]].",
    )
    assert second.creators == ()  # the wiki hides this name
    assert page.cursor is not None


def test_the_sites_rights_are_the_licence() -> None:
    assert rulings("wikipedia_changes") == [
        ("1092923", "allow", "allowed", "CC-BY-SA-4.0"),
        ("78901234", "allow", "allowed", "CC-BY-SA-4.0"),
    ]


def test_requests_stay_inside_the_slice_and_are_polite() -> None:
    site, pages = requests_of("wikipedia_changes")
    assert site.url.params["meta"] == "siteinfo"
    query = pages.url.params
    assert (query["generator"], query["grctype"], query["grcnamespace"]) == ("recentchanges", "edit|new|log", "0")
    # The list includes both ends, so the first shard ends one second before the next one begins.
    end = DAY.start + timedelta(hours=source_of("wikipedia_changes").shard.hours or 24, seconds=-1)
    assert (query["grcdir"], query["grcstart"], query["grcend"]) == (
        "newer",
        "2026-01-01T00:00:00Z",
        f"{end:%Y-%m-%dT%H:%M:%SZ}",
    )
    assert (query["maxlag"], query["formatversion"]) == ("5", "2")
    assert "tests@example.org" in pages.headers["User-Agent"]


def test_the_next_request_carries_the_continue_object() -> None:
    source = source_of("wikipedia_changes")
    with connector(source) as (found, saved):
        shard = shards(found, DAY)[0]
        page = next(found.fetch(shard))
        with pytest.raises(EndlessCursor):  # the one saved answer comes again: a list in a circle
            next(found.fetch(shard, page.cursor))
    assert saved.requests[-1].url.params["grccontinue"] == "20260101000512|1931234567"
    assert saved.requests[-1].url.params["continue"] == "grccontinue||"


def test_revisions_are_asked_for_again_and_the_licence_once() -> None:
    source = source_of("wikipedia_changes")
    known = [Known(id=f"w:{n}", native_id="1", version=str(n), url="https://x") for n in (11, 12, 13)]
    pages = [{"pageid": 1, "revisions": [{"revid": 11, "sha1": "ab"}, {"revid": 12, "sha1hidden": True}]}]
    answer = {"batchcomplete": True, "query": {"badrevids": {"13": {"revid": 13, "missing": True}}, "pages": pages}}
    with connector(source) as (found, saved):
        plain = saved.handle_request
        site = source.fetch.site
        assert site is not None

        def handle(request: httpx.Request) -> httpx.Response:
            if "revids" not in request.url.params:
                return plain(request)
            saved.requests.append(request)
            body = httpx.ByteStream(json.dumps(answer).encode())
            return httpx.Response(200, headers={"Content-Type": "application/json"}, stream=body, request=request)

        saved.handle_request = handle  # type: ignore[method-assign]
        first, second = found.look_up(known)
    assert [(s.id, s.status) for s in first] == [("", "found")]
    assert first[0].claims[0].expression == "CC-BY-SA-4.0"
    assert [(s.id, s.status) for s in second] == [("w:11", "found"), ("w:12", "gone"), ("w:13", "gone")]
    assert second[0].claims[0].expression == "CC-BY-SA-4.0"
    asked = saved.requests[1].url.params
    assert (asked["revids"], asked["rvprop"], "generator" in asked) == ("11|12|13", "ids|sha1", False)
