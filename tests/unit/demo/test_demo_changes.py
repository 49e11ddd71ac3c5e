"""The demo's sites answer for single records, and change their minds; the demo's source files can ask them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import wiki
from demo.changes import Changes
from demo.news import NEWS_API_KEY
from demo.publisher import Publisher
from demo.web import Request
from rightful.catalogue.load import load_source
from rightful.connectors.base import Known
from rightful.connectors.rest import RestConnector
from rightful.connectors.window import shards_of
from rightful.http.client import Client
from rightful.model import Credentials, Record, Slice
from rightful.settings import PROJECT_ROOT

DEMO = PROJECT_ROOT / "include/demo"
NIGHT = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


class Handed(httpx.BaseTransport):
    """Hands requests to the publisher without a socket."""

    def __init__(self, answer: Callable[[Request], Any]) -> None:
        self.answer = answer
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        found = self.answer(Request(request.url.path, dict(request.url.params), dict(request.headers)))
        headers = {"content-type": found.type, **found.headers}
        return httpx.Response(found.status, headers=headers, stream=httpx.ByteStream(found.body), request=request)


class Site:
    def __init__(self, name: str, changes: Path) -> None:
        self.source = load_source(DEMO / f"sources/{name}.yaml", DEMO / "contracts")
        self.changes = changes
        publisher = Publisher.__new__(Publisher)  # its routes without its socket
        publisher.routes = _routes(changes)
        self.handed = Handed(publisher.answer)
        client = Client(
            self.source,
            credentials=Credentials(password=NEWS_API_KEY),
            transport=self.handed,
            resolver=lambda host, port: ["127.0.0.1"],
            sleep=lambda seconds: None,
        )
        self.connector = RestConnector(self.source, client)

    def night(self) -> dict[str, Record]:
        found = [
            record
            for shard in shards_of(self.source, NIGHT)
            for page in self.connector.fetch(shard)
            for record in page.records
        ]
        return {record.native_id: record for record in found if isinstance(record, Record)}

    def look(self, records: dict[str, Record]) -> dict[str, tuple[str, list[str | None]]]:
        known = [
            Known(id=name, native_id=name, version=r.version, url=r.url, published=r.published)
            for name, r in records.items()
        ]
        return {
            s.id or f"*{s.group}": (s.status, [claim.raw for claim in s.claims])
            for many in self.connector.look_up(known)
            for s in many
        }

    def change(self, site: str, **different: Any) -> None:
        self.changes.write_text(json.dumps({site: different}), "utf-8")


def _routes(changes: Path) -> Any:
    from demo.publisher import _routes as routes

    return routes(1, True, None, Changes(changes))


@pytest.fixture
def site(tmp_path: Path) -> Callable[[str], Site]:
    return lambda name: Site(name, tmp_path / "changes.json")


@pytest.mark.parametrize("name", ["demo_open_news", "demo_questions", "demo_news", "demo_archive", "demo_wiki"])
def test_every_record_of_a_night_can_be_asked_for_again(site: Callable[[str], Site], name: str) -> None:
    asked = site(name)
    records = asked.night()
    found = asked.look(records)
    documents = {id: said for id, said in found.items() if not id.startswith("*")}
    assert {id: ("found", [claim.raw for claim in record.claims]) for id, record in records.items()} == documents


def test_an_article_changes_its_licence_and_another_goes(site: Callable[[str], Site]) -> None:
    asked = site("demo_open_news")
    records = asked.night()
    changed, gone, *_ = sorted(records)
    asked.change("open_news", **{changed: {"license": NC, "rights": None}, gone: None})
    found = asked.look(records)
    assert (found[changed], found[gone]) == (("found", [NC]), ("gone", []))
    again = asked.night()
    assert set(again) == set(records) - {gone}
    assert [claim.raw for claim in again[changed].claims] == [NC]
    asked.changes.unlink()
    assert asked.look(records)[gone][0] == "found"  # without the file all is as it was


def test_questions_and_news_go(site: Callable[[str], Site]) -> None:
    for name, key in (("demo_questions", "questions"), ("demo_news", "news")):
        asked = site(name)
        records = asked.night()
        gone = sorted(records)[3]
        asked.change(key, **{gone: None})
        found = asked.look(records)
        assert [id for id, (status, _) in found.items() if status == "gone"] == [gone]
        assert set(asked.night()) == set(records) - {gone}


def test_a_wiki_changes_the_licence_of_all_its_pages_and_deletes_one(site: Callable[[str], Site]) -> None:
    asked = site("demo_wiki")
    records = {id: record for id, record in asked.night().items() if ".wiki.example/" in record.url}
    english = [id for id, record in records.items() if record.url.startswith("https://en.")]
    asked.change("wiki", en={"url": NC, "text": ""}, **{english[0]: None})
    asked.handed.paths.clear()
    found = asked.look(records)
    assert found["*wiki=en"] == ("found", [NC])
    assert found[english[0]][0] == "gone"
    assert all(found[id] == ("found", [NC]) for id in english[1:])
    assert found["*wiki=de"][1] == [wiki.WIKIS["de"].rights_url]
    assert len(asked.handed.paths) == 2 * len(wiki.WIKIS)  # the statement and one batch each


def test_single_records_that_never_were(site: Callable[[str], Site]) -> None:
    asked = site("demo_open_news")
    old = NIGHT.start - timedelta(days=9_000)
    record = next(iter(asked.night().values()))
    for name in ("2026-03-01-99999", "x", f"{old:%Y-%m-%d}-00001", "2026-03-01-1"):
        assert asked.look({name: record})[name][0] == "gone"
