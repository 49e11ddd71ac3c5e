"""Opt-outs of a real site, from the wire to the rows: what is not fetched, what waits, and what stands beside it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.system.pipeline.support import Nights, new_run, night, written
from tests.unit.http.site import source_of

from rightful.connectors.pages import fetch_page
from rightful.errors import Forbidden
from rightful.http.client import Answer, Client
from rightful.model import FailedRecord, Progress, Record
from rightful.settings import Settings
from rightful.store import schemas
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

RULES = "\ufeffUser-agent: *\r\nDisallow: /private/\r\n\r\nUser-agent: GPTBot\r\nDisallow: /essays/\r\n"
RESERVED = '[{"location": "/", "tdm-reservation": 1}, {"location": "/open/", "tdm-reservation": 0}]'
TERMS = "<rsl><content url='/open/'><license><permits type='usage'>search</permits></license></content></rsl>"


class Handler(BaseHTTPRequestHandler):
    """Whatever the server's ``pages`` hold for a path: status, headers, body."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answer, and note what was asked by whom."""
        path = self.path.partition("?")[0]
        self.server.asked.append((self.path, self.headers.get("User-Agent", "")))
        status, headers, body = self.server.pages.get(path, (404, {}, ""))
        if path == "/items" and status == 200:
            number = int(self.path.partition("page=")[2])
            status, body = (403, "") if number == self.server.closed_from else (200, self.server.items(number))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: Any) -> None:
        """Be quiet."""


class Server(ThreadingHTTPServer):
    """A site on a free port of this machine, with a list of three pages of two articles."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, tuple[int, dict[str, str], str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.closed_from = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def items(self, number: int) -> str:
        texts = [f"Article {number}.{position}, which is like no other." for position in (1, 2)]
        items = [{"id": text[8:11], "text": text, "license": "CC-BY-4.0"} for text in texts]
        return json.dumps({"items": items, "more": number < 3})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_pages_are_fetched_as_the_site_allows(server: Server) -> None:
    html = {"Content-Type": "text/html"}
    server.pages = {
        "/robots.txt": (301, {"Location": "/rules.txt"}, ""),
        "/rules.txt": (200, {}, RULES + "License: /terms.xml\r\n"),
        "/.well-known/tdmrep.json": (200, {"Content-Type": "application/json"}, RESERVED),
        "/terms.xml": (200, {"Content-Type": "application/rsl+xml"}, TERMS),
        "/open/a": (200, html | {"TDM-Policy": "https://site.example/ask"}, "<p>a</p>"),
        "/essays/b": (200, html | {"X-Robots-Tag": "noai"}, "<p>b</p>"),
        "/way-in": (302, {"Location": "/private/c"}, ""),
        "/members/d": (402, {}, ""),
    }
    source = source_of({"base_url": server.address, "allow_private": True}, limits={"retries": 0})

    def said(page: Answer | Record | FailedRecord) -> list[tuple[str, str]]:
        assert not isinstance(page, FailedRecord)
        assert all(optout.seen is not None for optout in page.optouts)
        return [(optout.signal, optout.value) for optout in page.optouts]

    with Client(source) as client:
        pages = {
            path: fetch_page(client, f"{server.address}{path}", native_id=path)
            for path in ("/open/a", "/essays/b", "/private/c", "/way-in", "/nowhere")
        }
        with pytest.raises(Forbidden, match="402"):
            fetch_page(client, f"{server.address}/members/d", native_id="d")
    assert said(pages["/open/a"]) == [
        ("robots", "allow"),
        ("robots-training", "allow"),
        ("rsl", "prohibits"),
        ("tdm-reservation-overridden", "1"),
        ("tdm-reservation", "0"),
        ("tdm-policy", "https://site.example/ask"),
    ]
    assert said(pages["/essays/b"]) == [
        ("robots", "allow"),
        ("robots-training", "disallow"),
        ("rsl", "unknown"),
        ("tdm-reservation", "1"),
        ("noai", "noai"),
    ]
    for path in ("/private/c", "/way-in"):
        assert isinstance(pages[path], Record)
        assert ("robots", "disallow") in said(pages[path])
    assert isinstance(pages["/nowhere"], FailedRecord)
    asked = [path for path, _ in server.asked]
    assert "/private/c" not in asked
    assert all(
        asked.count(path) == 1 for path in ("/robots.txt", "/.well-known/tdmrep.json", "/terms.xml", "/members/d")
    )
    assert {agent.partition("/")[0] for _, agent in server.asked} == {"Rightful"}


SOURCE = """
id: {id}
title: A site that is read like a web page
kind: rest
channel: other
owner: test@example.org
homepage: https://site.example
start_date: 2026-01-01
license: {{scope: record, claims: [{{from: record.license}}]}}
pace: {{requests_per_second: 1000}}
limits: {{retries: 0}}
fetch:
  base_url: {address}
  path: items
  allow_private: true
  robots: obey
  paginate: {{style: page, more: more}}
  records: items
  fields: {{id: id, url_template: "https://site.example/{{id}}", text: text}}
"""


def old_optouts(schema: pa.Schema) -> pa.Schema:
    """The schema as it was before opt-outs had a time."""
    old = pa.list_(pa.field("element", pa.struct([(name, pa.string()) for name in ("signal", "value", "place")])))
    return schema.set(schema.get_field_index("optouts"), pa.field("optouts", old))


def test_a_site_changes_its_mind_and_every_row_says_when(
    server: Server, settings: Settings, tmp_path: Path, source_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:  # tables that are older than the field `seen`
        before.setattr(schemas, "CORPUS", old_optouts(schemas.CORPUS))
        before.setattr(schemas, "LEDGER", old_optouts(schemas.LEDGER))
        for table in (Tables(settings).corpus(source_id), Tables(settings).ledger(source_id)):
            assert "optouts.element.seen" not in table.schema().column_names

    text = SOURCE.format(id=source_id, address=server.address)
    nights = Nights(written(tmp_path, source_id, text), settings)
    server.pages = {
        "/items": (200, {"Content-Type": "application/json", "TDM-Reservation": "0"}, ""),
        "/robots.txt": (200, {}, "User-agent: *\nAllow: /\n"),
    }
    slice = night()
    nights.run(slice)
    rows = nights.ledger(slice) + list(nights.corpus(slice).iter_rows(named=True))
    assert len(rows) == 12
    for row in rows:
        found = [(o["signal"], o["value"], o["place"]) for o in row["optouts"]]
        assert found == [("robots", "allow", "robots.txt *"), ("tdm-reservation", "0", "header")]
        assert all(abs(o["seen"] - row.get("fetched_at", o["seen"])) < timedelta(minutes=5) for o in row["optouts"])
    nights.assert_balanced(slice)
    nights.assert_lawful()

    server.pages["/robots.txt"] = (200, {}, "User-agent: *\nContent-Signal: search=yes, ai-train=no\n")
    nights.run(slice)
    assert nights.ids(slice) == []
    for row in nights.ledger(slice):
        assert (row["outcome"], row["reason"], row["rule"]) == ("quarantine", "tdm_reserved", "optout:content-signal")
        (signal,) = [o for o in row["optouts"] if o["signal"] == "content-signal"]
        assert (signal["value"], signal["place"]) == ("ai-train=no", "robots.txt *")
        assert signal["seen"] is not None

    # A door that closes in the middle ends the shard; what was read stays, and nobody knocks again.
    server.closed_from = 2
    server.asked.clear()
    saved: list[Progress] = []
    (shard,) = nights.plan(night(1))
    with pytest.raises(Forbidden, match="403"):
        nights.acquire(shard, new_run(), saved=saved)
    assert [path for path, _ in server.asked] == [
        "/robots.txt",
        "/items?page=1",
        "/.well-known/tdmrep.json",
        "/items?page=2",
    ]
    assert saved[-1].result.counts == {"quarantine": 2}
    assert not saved[-1].complete
