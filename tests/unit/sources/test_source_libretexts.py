"""Source `libretexts`: books by the catalogue's tag, whose missing version is not guessed. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import first_page, requests_of, rulings

from rightful.model import Record


def test_books_are_read_with_the_address_of_their_pdf() -> None:
    books = {record.native_id: record for record in first_page("libretexts").records if isinstance(record, Record)}
    assert len(books) == 9
    first, french = books["chem-101"], books["chem-102"]
    assert (first.title, first.publisher) == ("Chemistry of the Sea", "Open College")
    assert first.url == "https://chem.libretexts.org/@go/page/101"
    assert first.linked is not None
    assert first.linked.url == "https://batch.libretexts.org/print/Letter/Finished/chem-101/Full.pdf"
    assert first.linked.media_type == "application/pdf"
    assert french.creators == ("Zoé Éluard", "王小明")
    assert books["chem-107"].linked is None  # no PDF yet: no text, and no failure
    assert books["chem-109"].url == "https://commons.libretexts.org/book/chem-109"


def test_a_tag_without_a_version_waits_for_a_person() -> None:
    assert {native_id: tuple(rest) for native_id, *rest in rulings("libretexts")} == {
        "chem-101": ("quarantine", "unversioned", "LicenseRef-CC-BY-unversioned"),
        "chem-102": ("deny", "nc", "LicenseRef-CC-BY-NC-SA-unversioned"),
        "chem-103": ("deny", "no_tag", None),
        "chem-104": ("deny", "no_tag", None),
        "chem-105": ("deny", "not_allowed", "LicenseRef-all-rights-reserved"),
        "chem-106": ("quarantine", "unknown_id", None),
        "chem-107": ("quarantine", "unversioned", "LicenseRef-CC-BY-SA-unversioned"),
        "chem-108": ("allow", "allowed", "CC-BY-4.0"),
        "chem-109": ("quarantine", "unversioned", "LicenseRef-CC-BY-unversioned"),
    }


def test_the_list_is_paged() -> None:
    (request,) = requests_of("libretexts")
    assert request.url.path == "/api/v1/commons/catalog"
    assert (request.url.params["activePage"], request.url.params["limit"]) == ("1", "50")
