"""Source `wikibooks`: pages of books, recipes and children's books. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import first_page, requests_of, rulings

from rightful.model import Record


def test_records_of_all_namespaces_are_read() -> None:
    recipe, book = first_page("wikibooks").records
    assert isinstance(recipe, Record)
    assert isinstance(book, Record)
    assert (recipe.title, recipe.url) == ("Cookbook:Rye Bread", "https://en.wikibooks.org/wiki/Cookbook:Rye_Bread")
    assert (book.title, book.creators) == ("Wikijunior:Tides", ("Ebb",))
    assert requests_of("wikibooks")[1].url.params["grcnamespace"] == "0|102|110"


def test_a_site_that_gives_the_name_alone_is_read_by_it() -> None:
    assert rulings("wikibooks") == [
        ("61001", "allow", "allowed", "CC-BY-SA-4.0"),
        ("61002", "allow", "allowed", "CC-BY-SA-4.0"),
    ]
