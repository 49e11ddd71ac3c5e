"""Books in EPUB 2 and 3 (ISO/IEC 23736): their text in reading order, and what they say of themselves."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from lxml import etree

from rightful.errors import Malformed, TooLarge
from rightful.text.clean import clean
from rightful.text.html import html_to_text

MAX_UNPACKED = 256 * 2**20
"""Bytes of all chapters together; a book of a million words has six million."""
MAX_MEMBERS = 20_000
_PAGES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
_FONT_DISGUISES = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
"""Ways of making fonts unusable elsewhere: all other encryption is of the text."""
_EMPTY = re.compile(r"<(title|script|style|iframe|textarea)\b([^<>]*)/>", re.IGNORECASE)
"""Elements that end at once in XHTML; to a reader of HTML all that follows would be their content."""
_REMEDY = "ask whoever delivered the book for a whole, unencrypted file"


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """What a book says of itself (Dublin Core, as it stands there), and its text."""

    title: str | None
    creators: tuple[str, ...]
    languages: tuple[str, ...]
    rights: tuple[str, ...]
    identifiers: tuple[str, ...]
    publisher: str | None
    date: str | None
    text: str


def read_book(data: bytes) -> Book:
    """The book in an EPUB file: chapters of its spine in their order, without its navigation and what is not linear.

    Raises:
        Malformed: No EPUB; a chapter is missing or damaged; the text is encrypted.
        TooLarge: It unpacks to more than :data:`MAX_UNPACKED` bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Package(archive).book()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Malformed(f"no EPUB, or a damaged one: {error}", remedy=_REMEDY) from None


class _Package:
    """One EPUB while it is read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive, self._left = archive, MAX_UNPACKED
        self._names = set(archive.namelist())
        if len(archive.infolist()) > MAX_MEMBERS:
            raise TooLarge(f"a book of {len(archive.infolist()):,} files", remedy="is it one book?")
        if len(self._names) < len(archive.infolist()):
            raise Malformed("a book that holds two files of one name", remedy=_REMEDY)

    def book(self) -> Book:
        """Metadata and text."""
        self._refuse_encrypted()
        container = self._xml("META-INF/container.xml")
        path = next((one.get("full-path") for one in container.iter() if _name(one) == "rootfile"), None)
        if not path:
            raise Malformed("META-INF/container.xml names no package", remedy=_REMEDY)
        package = self._xml(path)
        chapters = [html_to_text(self._page(name)) for name in self._spine(package, posixpath.dirname(path))]
        said = _metadata(package)
        return Book(
            title=next(iter(said["title"]), None),
            creators=said["creator"],
            languages=said["language"],
            rights=said["rights"],
            identifiers=said["identifier"],
            publisher=next(iter(said["publisher"]), None),
            date=next(iter(said["date"]), None),
            text=clean("\n\n".join(chapter for chapter in chapters if chapter)),
        )

    def _refuse_encrypted(self) -> None:
        if "META-INF/encryption.xml" in self._names:
            ways = {one.get("Algorithm") for one in self._xml("META-INF/encryption.xml").iter()} - {None}
            if not ways <= _FONT_DISGUISES:
                raise Malformed("the book is encrypted (DRM)", remedy=_REMEDY)

    def _spine(self, package: Any, folder: str) -> Iterator[str]:
        """Names of the chapters' files, in reading order."""
        manifest = {one.get("id"): one for one in package.iter() if _name(one) == "item"}
        seen: set[str] = set()
        for reference in package.iter():
            if _name(reference) != "itemref" or reference.get("linear") == "no":
                continue
            item = manifest.get(reference.get("idref"))
            if item is None:
                raise Malformed(f"the spine names {reference.get('idref')!r}, which the book lacks", remedy=_REMEDY)
            if item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
                continue
            name = posixpath.normpath(posixpath.join(folder, unquote(urlsplit(item.get("href") or "").path)))
            if name not in seen:
                seen.add(name)
                yield name

    def _page(self, name: str) -> str:
        data = self._read(name)
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return _EMPTY.sub(r"<\1\2></\1>", data.decode("utf-16" if wide else "utf-8-sig", "replace"))

    def _xml(self, name: str) -> Any:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            return etree.fromstring(self._read(name), parser)
        except etree.XMLSyntaxError as error:
            raise Malformed(f"{name} is no well-formed XML: {error}", remedy=_REMEDY) from None

    def _read(self, name: str) -> bytes:
        """A member. What it says of its size is not believed."""
        if name not in self._names:
            raise Malformed(f"the book lacks {name!r}", remedy=_REMEDY)
        with self._archive.open(name) as member:
            found = member.read(self._left + 1)
        if len(found) > self._left:
            raise TooLarge(f"a book that unpacks to more than {MAX_UNPACKED:,} bytes", remedy="leave it out")
        self._left -= len(found)
        return found


def _metadata(package: Any) -> dict[str, tuple[str, ...]]:
    """Elements of Dublin Core by their names, in their order."""
    found: dict[str, list[str]] = {
        name: [] for name in ("title", "creator", "language", "rights", "identifier", "publisher", "date")
    }
    for element in package.iter():
        name = _name(element)
        text = " ".join("".join(element.itertext()).split()) if name in found else ""
        if text and etree.QName(element).namespace == "http://purl.org/dc/elements/1.1/":
            found[name].append(clean(text))
    return {name: tuple(texts) for name, texts in found.items()}


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


__all__ = ["Book", "read_book"]
