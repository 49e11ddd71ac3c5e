"""Linked texts within a shard: asked for only where the gate allows, ruled on again, and what goes wrong on the way."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest
from tests.unit.connectors.reading import DAY
from tests.unit.http.site import Site, client_of, json_response, source_of
from tests.unit.licensing.cases import POLICY
from tests.unit.pipeline.support import RUN, MemorySink, Store, settings

from rightful.connectors.rest import RestConnector
from rightful.errors import FetchError, Forbidden
from rightful.model import Shard, ShardResult
from rightful.pipeline import acquire

MODULE = sys.modules["rightful.pipeline.acquire"]
BY = "https://creativecommons.org/licenses/by/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"
HERE, ELSEWHERE = "https://api.example.org/text", "https://example.org/text"


def item(number: int, license: str | None = BY, link: str = ELSEWHERE) -> dict[str, Any]:
    return {"id": number, "license": license, "link": f"{link}/{number}"}


def number_of(row: dict[str, Any]) -> str:
    """``example:1@…`` → ``1``."""
    return str(row["id"]).partition(":")[2].partition("@")[0]


class Night:
    """One shard of a source whose records link to texts; ``texts`` are the answers by path."""

    def __init__(
        self,
        items: list[dict[str, Any]],
        monkeypatch: pytest.MonkeyPatch,
        texts: dict[str, httpx.Response] | None = None,
        license: Any = None,
        media_type: str = "text/plain",
    ) -> None:
        def site(request: httpx.Request) -> httpx.Response:
            path = request.url.path
            if path == "/v1/items":
                return json_response({"items": items})
            if path.startswith("/text"):
                own = httpx.Response(200, headers={"content-type": media_type}, text=f"Text of {path}.")
                return (texts or {}).get(path, own)
            return httpx.Response(404)

        self.source = source_of(
            {
                "fields": {"id": "id", "url_template": "https://example.org/{id}"},
                "linked": {"url": "link", "media_type": media_type},
                "allow_hosts": ["example.org"],
            },
            limits={"retries": 0},
            license=license or {"scope": "record", "claims": [{"from": "record.license"}]},
        )
        self.site, self.store = Site(site), Store()
        client = client_of(self.source, self.site, resolver=lambda host, port: ["203.0.113.7"])
        monkeypatch.setattr(MODULE, "connector_for", lambda *args, **more: RestConnector(self.source, client, POLICY))
        monkeypatch.setattr(MODULE, "StoreSink", lambda *args: MemorySink(self.store))

    def run(self) -> ShardResult:
        return acquire(
            self.source,
            Shard(source="example", slice=DAY, id="all"),
            run=RUN,
            generation="g1",
            settings=settings(),
            credentials=None,
            save=lambda progress: None,
        )

    @property
    def texts_asked(self) -> list[str]:
        return [url.rpartition("/")[2] for url in self.site.asked if "/text/" in url]


def test_a_text_is_asked_for_only_where_the_gate_allows_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night([item(1), item(2, NC), item(3, None), item(4)], monkeypatch)
    result = night.run()
    assert night.texts_asked == ["1", "4"]
    assert result.counts == {"allow": 2, "deny": 2}
    rows = {number_of(row): row for row in night.store.rows(result.documents)}
    assert {number: row["text"] for number, row in rows.items()} == {"1": "Text of /text/1.", "4": "Text of /text/4."}


def test_what_the_page_says_is_ruled_on(monkeypatch: pytest.MonkeyPatch) -> None:
    head = "<html><head>{}</head><body><p>" + "Words of an article, many of them. " * 20 + "{}</p></body></html>"

    def html(inside: str) -> httpx.Response:
        return httpx.Response(
            200, headers={"content-type": "text/html"}, text=head.format(inside, inside.encode().hex())
        )

    texts = {
        "/text/1": html(f'<link rel="license" href="{BY}">'),
        "/text/2": html(f'<link rel="license" href="{NC}">'),
        "/text/3": html(""),
        "/text/4": html('<meta name="tdm-reservation" content="1">'),
    }
    both = {"scope": "record", "claims": [{"from": "record.license"}, {"from": "page", "strength": "page_metadata"}]}
    night = Night([item(number) for number in (1, 2, 3, 4)], monkeypatch, texts, both, "text/html")
    result = night.run()
    outcomes = {
        row["id"].partition(":")[2].partition("@")[0]: row["outcome"] for row in night.store.rows(result.ledger)
    }
    assert outcomes["1"] == outcomes["3"] == "allow"
    assert outcomes["2"] != "allow"
    assert outcomes["4"] != "allow"

    alone = {"scope": "record", "claims": [{"from": "page", "strength": "page_metadata"}]}
    night = Night([item(number) for number in (1, 2, 3)], monkeypatch, texts, alone, "text/html")
    result = night.run()
    outcomes = {
        row["id"].partition(":")[2].partition("@")[0]: row["outcome"] for row in night.store.rows(result.ledger)
    }
    assert night.texts_asked == ["1", "2", "3"]
    assert (outcomes["1"], outcomes["2"], outcomes["3"]) == ("allow", "deny", "deny")


def test_one_text_that_is_not_there_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"/text/2": httpx.Response(500), "/text/3": httpx.Response(404), "/text/4": httpx.Response(403)}
    night = Night([item(number) for number in range(1, 6)], monkeypatch, texts)
    result = night.run()
    assert result.counts == {"allow": 2, "failed": 3}
    assert {row["reason"] for row in night.store.rows(result.ledger) if row["outcome"] == "failed"} == {"fetch_failed"}


def test_a_host_that_is_down_ends_the_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {f"/text/{number}": httpx.Response(500) for number in (2, 3, 4)}
    with pytest.raises(FetchError):
        Night([item(number) for number in range(1, 6)], monkeypatch, texts).run()


def test_a_closed_door_of_the_sources_own_host_ends_the_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Forbidden):
        Night([item(1, link=HERE)], monkeypatch, {"/text/1": httpx.Response(403)}).run()


def test_a_version_that_another_slice_holds_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night([item(1), item(2)], monkeypatch)
    monkeypatch.setattr(MemorySink, "known", lambda self, ids: ["unchanged" if ":1@" in ids[0] else "new"])
    result = night.run()
    assert night.texts_asked == ["2"]
    assert result.counts == {"unchanged": 1, "allow": 1}
