"""Texts that lie in pages and files of their own: how they are read, and that both can be read again."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import ValidationError
from tests.unit.connectors.reading import SHARD
from tests.unit.http.site import Site, client_of, json_response, source_of
from tests.unit.licensing.cases import POLICY

from rightful.connectors.linked import MARK, parts_of
from rightful.connectors.reread import Observed, rereader_for
from rightful.connectors.rest import RestConnector
from rightful.errors import Forbidden
from rightful.model import FailedRecord, Record
from rightful.text.plain import to_text

BY, NC = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc/4.0/"
PAGE = (
    "<html><head><title>Tides</title>{head}</head>"
    "<body><nav>Home Shop</nav><article><h1>Tides</h1>{text}</article></body></html>"
)
CONTAINER = '<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>'
PACKAGE = (
    '<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="a"/></spine></package>'
)
PROSE = "".join(
    f"<p>The sea rises and falls twice a day, as sentence {n} of this article tells at length.</p>" for n in range(9)
)


def pdf(text: str) -> bytes:
    """The smallest whole PDF that says ``text``."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)


def epub(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("p.opf", PACKAGE)
        archive.writestr("a.xhtml", f"<html><body><p>{text}</p></body></html>")
    return out.getvalue()


class World:
    """An API whose records link to files of the same site, and what became of the first record."""

    def __init__(self, answer: httpx.Response, linked: Any = None, robots: str = "", **blocks: Any) -> None:
        def site(request: httpx.Request) -> httpx.Response:
            match request.url.path:
                case "/robots.txt":
                    return httpx.Response(200, text=robots) if robots else httpx.Response(404)
                case path if path.startswith("/v1"):
                    return json_response(
                        {
                            "items": [
                                {
                                    "id": 1,
                                    "license": "CC BY 4.0",
                                    "link": "https://example.org/text",
                                    "teaser": "A teaser.",
                                }
                            ]
                        }
                    )
                case "/text":
                    return answer
            return httpx.Response(404)

        license = {"scope": "record", "claims": [{"from": "record.license"}]}
        fields = {"id": "id", "url_template": "https://example.org/{id}", "text": "teaser"}
        self.source = source_of(
            {"fields": fields, "linked": {"url": ["pdf", "link"], **(linked or {})}, "allow_hosts": ["example.org"]},
            **{"limits": {"retries": 0, "response_bytes": 100_000}, "license": license, **blocks},
        )
        self.site = Site(site)
        client = client_of(self.source, self.site, resolver=lambda host, port: ["203.0.113.7"])
        with RestConnector(self.source, client, POLICY) as connector:
            (page,) = connector.fetch(SHARD)
            (listed,) = page.records
            assert isinstance(listed, Record)
            self.listed = listed
            self.got = connector.complete_text(listed)

    @property
    def record(self) -> Record:
        assert isinstance(self.got, Record), self.got
        return self.got

    @property
    def text(self) -> str:
        return to_text(self.record.body or "", self.record.media_type)


def page(head: str = "", text: str = PROSE, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers={"content-type": "text/html", **named}, text=PAGE.format(head=head, text=text))


def file(data: bytes, media_type: str) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": media_type}, content=data)


def test_nothing_is_asked_for_before_it_is_wanted() -> None:
    world = World(page())
    assert world.listed.linked is not None
    assert (world.listed.linked.url, world.listed.body) == ("https://example.org/text", "A teaser.")
    asked = ["https://api.example.org/v1/items", "https://example.org/robots.txt", "https://example.org/text"]
    assert world.site.asked[:3] == asked


def test_the_main_text_of_a_page_in_place_of_the_teaser() -> None:
    world = World(page())
    assert world.text.startswith("The sea rises")
    assert "sentence 8" in world.text
    assert "Shop" not in world.text
    assert "teaser" not in world.text
    assert "Shop" in World(page(), {"whole": True}).text
    assert "teaser" in World(page(), {"instead": False}).text
    assert world.record.linked is None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (pdf("Tides rise."), "application/pdf"),
        (epub("Tides rise."), "application/epub+zip"),
        (b"Tides rise.", "text/plain"),
    ],
)
def test_files_by_their_media_type(data: bytes, media_type: str) -> None:
    assert World(file(data, media_type)).text == "Tides rise."
    assert World(file(data, "application/octet-stream"), {"media_type": media_type}).text == "Tides rise."


@pytest.mark.parametrize(
    ("answer", "linked", "reason"),
    [
        (file(b"%PDF-1.4 broken", "application/pdf"), None, "malformed"),
        (file(pdf("x"), "text/html"), None, "malformed"),
        (file(b"x", "application/msword"), None, "malformed"),
        (file(b"x", ""), None, "malformed"),
        (file(b"x" * 200_000, "text/plain"), None, "too_large"),
        (httpx.Response(404), None, "fetch_failed"),
        (httpx.Response(302, headers={"location": "http://127.0.0.1/secret"}), None, "fetch_failed"),
    ],
)
def test_what_is_no_text_fails_alone(answer: httpx.Response, linked: Any, reason: str) -> None:
    got = World(answer, linked).got
    assert isinstance(got, FailedRecord)
    assert (got.native_id, got.reason) == ("1", reason)
    assert got.detail


def test_a_closed_door_is_told() -> None:
    with pytest.raises(Forbidden):
        World(httpx.Response(403))


def test_what_a_page_says_of_mining_is_the_records_own() -> None:
    world = World(page('<meta name="tdm-reservation" content="1">', x_robots_tag="noai"))
    signals = {(found.signal, found.place.split(" ")[0]) for found in world.record.optouts}
    assert any("tdm" in signal for signal, _ in signals), signals
    assert any("noai" in found.value or "noai" in found.signal for found in world.record.optouts)


def test_a_page_that_robots_may_not_have_is_not_asked_for_and_is_no_teaser() -> None:
    world = World(page(), robots="User-agent: *\nDisallow: /text\n")
    assert "https://example.org/text" not in world.site.asked
    assert world.record.body is None
    assert world.record.optouts


def test_a_claim_rule_for_the_page_adds_what_it_says() -> None:
    own = {"scope": "record", "claims": [{"from": "record.license"}, {"from": "page", "strength": "page_metadata"}]}
    assert [claim.raw for claim in World(page(f'<link rel="license" href="{BY}">'), license=own).record.claims] == [
        "CC BY 4.0",
        BY,
    ]
    contradicted = World(page(f'<link rel="license" href="{NC}">'), license=own).record
    assert [claim.raw for claim in contradicted.claims] == ["CC BY 4.0", NC]
    only = {"scope": "record", "claims": [{"from": "page", "strength": "page_metadata"}]}
    silent = World(page(), license=only)
    assert silent.listed.claims == ()
    assert [claim.raw for claim in silent.record.claims] == [None]  # to the gate: no tag


@pytest.mark.parametrize(
    "answer",
    [
        page(),
        file(pdf("Tides rise."), "application/pdf"),
        file("Grüße\n".encode("latin-1"), "text/plain; charset=latin-1"),
    ],
)
def test_raw_bytes_hold_both_and_are_read_again_alike(answer: httpx.Response) -> None:
    world = World(answer)
    record = world.record
    parts = parts_of(record.raw)
    assert parts is not None
    assert (parts.entry, parts.url) == (world.listed.raw, "https://example.org/text")
    observed = Observed(
        url=record.url, claims=record.claims, optouts=record.optouts, fetched_at=record.fetched_at or datetime.now(UTC)
    )
    assert rereader_for(world.source).reread(record.raw, observed) == msgspec.structs.replace(record, evidence=None)
    # A record that was refused has no text yet.
    again = rereader_for(world.source).reread(world.listed.raw, observed)
    assert isinstance(again, Record)
    assert again.linked is not None


@pytest.mark.parametrize(
    "raw", [b"", b"{}", MARK, MARK + b"\n", MARK + b"{}\nx", MARK + b'{"entry":"","url":"","headers":[1]}\nx']
)
def test_other_bytes_are_no_linked_record(raw: bytes) -> None:
    assert parts_of(raw) is None


def test_a_record_without_an_address_fails_unless_it_may_do_without() -> None:
    def listed(linked: dict[str, Any]) -> Record | FailedRecord:
        source = source_of({"linked": linked}, limits={"retries": 0})
        answer = json_response({"items": [{"id": 1, "text": "own"}]})
        with RestConnector(source, client_of(source, Site([answer])), POLICY) as connector:
            return next(connector.fetch(SHARD)).records[0]

    failed = listed({"url": ["a", "b"]})
    assert isinstance(failed, FailedRecord)
    assert "`a`, `b`" in failed.detail
    kept = listed({"url": ["a", "b"], "optional": True})
    assert isinstance(kept, Record)
    assert (kept.linked, kept.body) == (None, "own")
    with pytest.raises(ValidationError, match="where the text lies"):
        source_of({"linked": {}})
