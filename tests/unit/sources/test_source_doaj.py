"""Source ``doaj``: articles by what their own pages say; the directory's record is a pointer. No network is used."""

from __future__ import annotations

from tests.unit.sources.oai_replay import Repository

from rightful.model import Record
from rightful.text.plain import to_text

ID = "0000000000000000000000000000000{}"
PAGES = {
    "https://tide.example/article/1": "doaj.page.html",
    "https://tide.example/article/2": "doaj.silent.html",
    "https://closed.example/article/4": "doaj.page.html",
    "https://closed.example/robots.txt": "doaj.robots.txt",
}


def test_the_record_alone_loads_nothing() -> None:
    assert {decision for _, decision, *_ in Repository("doaj", PAGES).rulings()} == {"deny", "failed"}
    first, second, *_ = Repository("doaj").records()
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.native_id, first.url) == (ID.format(1), f"https://doaj.org/article/{ID.format(1)}")
    assert (first.title, first.creators) == ("Tides of the north", ("Ada Ångström", "王小明"))
    assert (second.title, second.publisher) == ("Приливы", "Открытая наука")
    assert first.body is None


def test_the_text_is_the_page_s_and_so_is_the_licence() -> None:
    first = Repository("doaj", PAGES).completed()[0]
    assert isinstance(first, Record)
    text = to_text(first.body or "", first.media_type)
    assert "forty gauges" in text
    assert "says nothing sure" not in text
    assert "About" not in text
    assert {claim.expression for claim in first.claims} == {"CC-BY-4.0"}


def test_each_article_is_ruled_by_its_page() -> None:
    repository = Repository("doaj", PAGES)
    told = {native_id[-1]: rest for native_id, *rest in repository.rulings(complete=True)}
    assert told["1"] == ["allow", "allowed", "CC-BY-4.0"]
    assert told["2"][0] == "deny"
    assert told["3"][:2] == ["failed", "fetch_failed"]
    assert told["4"][0] == "deny"
    assert "https://closed.example/article/4" not in repository.asked
    assert told["5"][:2] == ["failed", "malformed"]
    assert told["6"] == ["deny", "withdrawn", None]
