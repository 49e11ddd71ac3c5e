"""Source `loc_books`: books by what the library states of their rights. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import first_page, requests_of, rulings, source_of

from rightful.model import Record


def test_books_are_read_with_the_address_of_their_text() -> None:
    books = [record for record in first_page("loc_books").records if isinstance(record, Record)]
    assert len(books) == 6
    assert (books[0].native_id, books[0].creators[0]) == ("http://www.loc.gov/item/01000001/", "ångström, ada")
    assert books[0].linked is not None
    assert books[0].linked.url.endswith("/01000001/01000001_djvu.txt")
    assert (books[1].title, str(books[1].published)[:10]) == ("Приливы", "1889-05-01")
    assert books[4].linked is None  # pages only


def test_a_book_is_ruled_by_all_that_is_said_of_its_rights() -> None:
    assert [tuple(rest) for _, *rest in rulings("loc_books")] == [
        ("allow", "allowed", "LicenseRef-PD-US"),
        ("quarantine", "unknown_id", None),
        ("deny", "no_tag", None),
        ("quarantine", "composite_unknown", None),  # free, and "for private study only"
        ("allow", "allowed", "LicenseRef-PD-US"),
        ("deny", "no_tag", None),
    ]


def test_one_shard_a_decade_without_a_gap() -> None:
    decades = source_of("loc_books").shard.over["dates"]
    years = [year for decade in decades for year in range(*(int(end) + n for n, end in enumerate(decade.split("/"))))]
    assert years == list(range(1800, 1930))
    (request,) = requests_of("loc_books")
    query = request.url.params
    assert (query["dates"], query["fo"], query["sp"], query["c"]) == ("1800/1809", "json", "1", "100")
