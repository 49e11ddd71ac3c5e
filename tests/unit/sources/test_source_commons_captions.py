"""Source `commons_captions`: descriptions of files, under the file's licence and the site's. No network is used."""

from __future__ import annotations

import json

import httpx
from tests.unit.sources.replay import connector, first_page, requests_of, rulings, source_of

from rightful.connectors.base import Known
from rightful.model import Record
from rightful.text.plain import to_text


def test_title_description_credit_and_licence_are_the_text() -> None:
    first = first_page("commons_captions").records[0]
    assert isinstance(first, Record)
    assert (first.native_id, first.record_kind) == ("1", "caption")
    assert first.url == "https://commons.wikimedia.org/wiki/File:1.jpg"
    text = to_text(first.body or "", first.media_type)
    assert text.split() == ["File", "1", "A", "lighthouse", "at", "Skagen.", "Own", "work", "CC", "BY-SA", "4.0"]


def test_the_author_is_told_without_the_markup() -> None:
    records = [record for record in first_page("commons_captions").records if isinstance(record, Record)]
    assert (records[0].creators, records[0].attribution) == (("Ada Ångström",), "Ada Ångström")
    assert records[3].creators == ("山田太郎",)
    assert (records[6].creators, records[6].attribution) == ((), None)


def test_file_and_text_must_both_be_allowed() -> None:
    assert rulings("commons_captions") == [
        ("1", "allow", "allowed", "CC-BY-SA-4.0"),
        ("2", "quarantine", "composite_unknown", None),  # "Public domain": of which place, and why?
        ("3", "deny", "no_tag", None),
        ("4", "allow", "allowed", "CC-BY-SA-4.0 AND CC0-1.0"),
        ("5", "quarantine", "conflict", None),  # the address says BY, the name says BY-SA
        ("6", "quarantine", "unversioned", "LicenseRef-CC-BY-unversioned"),
        ("7", "allow", "allowed", "CC-BY-SA-4.0"),
    ]


def test_requests_stay_inside_the_slice() -> None:
    _, request = requests_of("commons_captions")
    query = request.url.params
    assert (query["generator"], query["gaisort"]) == ("allimages", "timestamp")
    assert (query["gaistart"], query["gaiend"]) == ("2026-01-01T00:00:00Z", "2026-01-01T05:59:59Z")


def test_a_deleted_file_is_gone() -> None:
    url = "https://commons.wikimedia.org/wiki/File:{}.jpg"
    known = [Known(id=f"c:{n}", native_id=str(n), version="1", url=url.format(n)) for n in (1, 2)]
    pages = [
        {"pageid": 1, "imageinfo": [{"extmetadata": {"LicenseUrl": {"value": None}}}]},
        {"pageid": 2, "missing": True},
    ]
    with connector(source_of("commons_captions")) as (found, saved):
        plain = saved.handle_request

        def handle(request: httpx.Request) -> httpx.Response:
            if "pageids" not in request.url.params:
                return plain(request)
            body = json.dumps({"batchcomplete": True, "query": {"pages": pages}}).encode()
            return httpx.Response(
                200, headers={"Content-Type": "application/json"}, stream=httpx.ByteStream(body), request=request
            )

        saved.handle_request = handle  # type: ignore[method-assign]
        (sightings,) = found.look_up(known)
    assert [sighting.status for sighting in sightings] == ["found", "gone"]
    assert None in {claim.raw for claim in sightings[0].claims}  # it has lost its licence
