"""Source ``doab``: books by all statements of their rights. No network is used."""

from __future__ import annotations

from tests.unit.sources.oai_replay import Repository

from rightful.model import Record


def test_books_with_their_authors_and_the_address_of_their_pdf() -> None:
    repository = Repository("doab")
    first = repository.records()[0]
    asked = dict(repository.requests[0].url.params)
    assert (asked["from"], asked["until"]) == ("2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z")
    assert isinstance(first, Record)
    assert first.native_id == "oai:directory.doabooks.org:20.500.12854/1"
    assert first.url == "https://directory.doabooks.org/handle/20.500.12854/1"
    assert (first.title, first.creators, first.publisher) == ("Gezeiten", ("Ångström, Ada", "王, 小明"), "Open Press")
    assert first.linked is not None
    assert first.linked.url == "https://openpress.example/9780000000001.pdf"


def test_each_book_is_ruled_by_all_of_its_statements() -> None:
    first, *others = Repository("doab").rulings()
    assert first[1:] == ("allow", "allowed", "CC-BY-4.0")
    assert [decision for _, decision, *_ in others].count("allow") == 0
    assert len(others) == 3
