"""Source `doaj`: points to the pages of articles, which have to tell their licence. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import first_page, requests_of, rulings, source_of

from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("doaj")
    assert not source.enabled
    assert "pointer" in (source.refusal or "")


def test_articles_are_read_with_the_address_of_their_page() -> None:
    first, second, third = first_page("doaj").records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(third, Record)
    assert (first.native_id, first.url) == ("a1", "https://doaj.org/article/a1")
    assert (first.creators, first.publisher) == (("Ada Ångström", "王小明"), "Open Press")
    assert first.linked is not None
    assert first.linked.url == "https://sea.example/a1"
    assert (second.title, second.creators, third.linked) == ("Приливы", (), None)


def test_the_directorys_word_on_a_journal_loads_nothing() -> None:
    assert [tuple(rest) for _, *rest in rulings("doaj")] == [("deny", "no_tag", None)] * 3


def test_the_time_stands_in_the_query_of_the_address() -> None:
    (request,) = requests_of("doaj")
    assert request.url.path == "/api/search/articles/last_updated:[2026-01-01T00:00:00Z TO 2026-01-01T00:59:59Z]"
    assert dict(request.url.params) == {"pageSize": "100", "sort": "last_updated:asc"}
