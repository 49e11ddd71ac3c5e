"""Source `wikiversity`: pages of courses as a MediaWiki gives them. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import first_page, requests_of, rulings

from rightful.model import Record


def test_records_are_read() -> None:
    page = first_page("wikiversity")
    first, second = page.records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.native_id, first.version, first.title) == ("51001", "2801001", "Introduction to Tides/Lesson 2")
    assert first.media_type == "text/x-wiki"
    assert (second.title, second.body, second.creators) == ("Основы гидрологии", "'''Прилив''' — подъём воды.", ())
    assert page.cursor is not None


def test_the_sites_rights_are_the_licence() -> None:
    assert {tuple(rest) for _, *rest in rulings("wikiversity")} == {("allow", "allowed", "CC-BY-SA-4.0")}


def test_requests_stay_inside_the_slice() -> None:
    site, pages = requests_of("wikiversity")
    assert (site.url.host, site.url.params["siprop"]) == ("en.wikiversity.org", "rightsinfo")
    query = pages.url.params
    assert (query["grcstart"], query["grcend"]) == ("2026-01-01T00:00:00Z", "2026-01-01T11:59:59Z")
    assert (query["grcnamespace"], query["maxlag"]) == ("0", "5")
