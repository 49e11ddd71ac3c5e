"""Source ``gutenberg``: books that changed, by the catalogue's own words on their rights. No network is used."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from tests.unit.connectors.dump_samples import gutenberg
from tests.unit.sources.dump_replay import Site

from rightful.model import Record

SLICE = ("2026-03-02", "2026-03-03")
COPYRIGHTED = b"Copyrighted. Read the copyright notice inside this book for details."


def book(number: int) -> bytes:
    kind = b"<dcterms:type><rdf:Description><rdf:value>Text</rdf:value></rdf:Description></dcterms:type>"
    return gutenberg(number).replace(b"<dcterms:rights>", kind + b"<dcterms:rights>")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    books = {
        1342: book(1342),
        2: book(2).replace(b"Public domain in the USA.", COPYRIGHTED),
        3: book(3).replace(b"<dcterms:rights>Public domain in the USA.</dcterms:rights>", b""),
        4: book(4).replace(b">Text<", b">Sound<"),
        5: book(5).replace(b"2026-03-02", b"2026-03-01"),
        6: book(6).replace(b"Author, An", "Мережковский, Дмитрий".encode()),
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:bz2") as archive:
        for number, data in {**books, 0: b"no book"}.items():
            info = tarfile.TarInfo(f"cache/epub/{number}/pg{number}.rdf" if number else "cache/readme.txt")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    site = Site("gutenberg", tmp_path)
    site.put("cache/epub/feeds/rdf-files.tar.bz2", out.getvalue())
    return site


def test_books_whose_files_changed_in_the_slice(site: Site) -> None:
    (page,) = site.pages(*SLICE)
    records = [record for record in page.records if isinstance(record, Record)]
    assert [record.native_id for record in records] == ["1342", "2", "3", "6"]
    first, last = records[0], records[-1]
    assert (first.url, first.version) == ("https://www.gutenberg.org/ebooks/1342", "2026-03-02T01:02:03.5")
    assert first.linked is not None
    assert first.linked.url == "https://gutenberg.pglaf.org/cache/epub/1342/pg1342.txt"
    assert (first.body, last.creators) == (None, ("Мережковский, Дмитрий",))
    assert dict(page.passed_over) == {"not_wanted": 1, "other_slice": 1}


def test_each_book_is_ruled_by_its_rights(site: Site) -> None:
    assert site.rulings(*SLICE, jurisdiction=("US",)) == [
        ("1342", "allow", "allowed", "LicenseRef-PD-US"),
        ("2", "quarantine", "unknown_id", None),
        ("3", "deny", "no_tag", None),
        ("6", "allow", "allowed", "LicenseRef-PD-US"),
    ]
    assert site.rulings(*SLICE, jurisdiction=("DE",))[0][1:3] != ("allow", "allowed")
