"""Books in EPUB: text in reading order, metadata as it stands there, and files that are none."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from rightful.errors import Malformed, TooLarge
from rightful.text import epub
from rightful.text.epub import read_book

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>The Wind
 Book</dc:title><dc:creator>A. MacLeod</dc:creator><dc:creator>B. MacLeod</dc:creator><dc:language>en</dc:language>
<dc:rights>CC BY 4.0</dc:rights><dc:identifier>urn:isbn:1</dc:identifier><meta name="cover" content="x"/></metadata>
<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one.xhtml#top" media-type="application/xhtml+xml"/>
<item id="ad" href="ad.xhtml" media-type="application/xhtml+xml"/>
<item id="map" href="map.svg" media-type="image/svg+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="map"/><itemref idref="two"/>
<itemref idref="ad" linear="no"/></spine></package>"""
FILES: dict[str, str | bytes] = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OPS/book.opf": PACKAGE,
    "OPS/nav.xhtml": "<html><body><nav>Contents</nav></body></html>",
    "OPS/text/one.xhtml": "<html><head><title/><script src='x'/></head><body><h1>One</h1><p>First &amp; windy.</p>"
    "</body></html>",
    "OPS/text/two b.xhtml": "<html><body><p>Второй ветер.</p></body></html>".encode("utf-16"),
    "OPS/ad.xhtml": "<html><body>Buy more.</body></html>",
}


def made(**changed: Any) -> bytes:
    files = {**FILES, **{name.replace("__", "/"): content for name, content in changed.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return out.getvalue()


def test_chapters_come_in_reading_order_with_what_the_book_says_of_itself() -> None:
    book = read_book(made())
    assert book.text == "One\n\nFirst & windy.\n\nВторой ветер."
    assert (book.title, book.creators) == ("The Wind Book", ("A. MacLeod", "B. MacLeod"))
    assert (book.languages, book.rights, book.identifiers) == (("en",), ("CC BY 4.0",), ("urn:isbn:1",))
    assert (book.publisher, book.date) == (None, None)


def encryption(algorithm: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        f'<e:EncryptionMethod xmlns:e="http://www.w3.org/2001/04/xmlenc#" Algorithm="{algorithm}"/></encryption>'
    )


def test_disguised_fonts_hide_no_text_and_other_encryption_does() -> None:
    name = "META-INF__encryption.xml"
    assert read_book(made(**{name: encryption("http://www.idpf.org/2008/embedding")})).text
    with pytest.raises(Malformed, match="encrypted"):
        read_book(made(**{name: encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}))


def flipped(data: bytes) -> bytes:
    at = data.index(b"OPS/text/one.xhtml") + 40
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 no zip",
        made()[:-30],
        flipped(made()),
        made(**{"META-INF__container.xml": None}),
        made(**{"META-INF__container.xml": "<container/>"}),
        made(**{"OPS__book.opf": "<package"}),
        made(**{"OPS__text__one.xhtml": None}),
        made(**{"OPS__book.opf": PACKAGE.replace('idref="one"', 'idref="three"')}),
        made(**{"OPS__book.opf": PACKAGE.replace("text/one.xhtml", "../../../etc/passwd")}),
    ],
)
def test_what_is_no_whole_book_is_said_so(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_book(data)


def test_a_bomb_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epub, "MAX_UNPACKED", 2**20)
    with pytest.raises(TooLarge):
        read_book(made(**{"OPS__text__one.xhtml": "<p>" + "x" * 2**21}))


def test_two_files_of_one_name_are_no_book() -> None:
    out = io.BytesIO(made())
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("OPS/book.opf", PACKAGE)
    with pytest.raises(Malformed, match="two files"):
        read_book(out.getvalue())
