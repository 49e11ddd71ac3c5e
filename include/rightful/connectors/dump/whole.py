"""Bulk files each of which is one record: plain texts, articles in JATS, books in EPUB, Gutenberg's RDF."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import msgspec
from lxml import etree

from rightful.connectors.dump.formats import Found, JSONObject, Unreadable
from rightful.errors import RightfulError
from rightful.text.epub import read_book

_XLINK = "{http://www.w3.org/1999/xlink}href"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LICENSE_REF = "license_ref"
_DAY = re.compile(r"(?<!\d)(\d{4})[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?!\d)")


def read_text(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """``{"name": …, "day": …, "text": …}``; UTF-8, else windows-1252 (where a byte of it has no meaning: Latin-1).

    ``day`` is the date in the name (``2026/03/01``, ``2026-03-01``), null without one.
    """
    data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        yield _too_large(name, most_bytes)
        return
    found = _DAY.search(name)
    day = "-".join(found.groups()) if found is not None else None
    for charset in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            yield msgspec.json.encode({"name": name, "day": day, "text": data.decode(charset)})
            return
        except UnicodeDecodeError:
            continue


def read_epub(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """A book: ``{"name", "title", "creators": […], "languages": […], "rights": […], "identifiers": […], "publisher",
    "date", "text"}``."""
    data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        yield _too_large(name, most_bytes)
        return
    try:
        raw = msgspec.json.encode({"name": name, **msgspec.to_builtins(read_book(data))})
    except RightfulError as error:
        yield Unreadable(1, "malformed", f"{name}: {error.what}")
        return
    yield raw if len(raw) <= most_bytes else _too_large(name, most_bytes)


def read_jats(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """An article: ``{"name", "ids": {"pmc": …, "doi": …}, "type", "title", "journal", "publisher", "creators": […],
    "date", "licenses": [{"href", "ref", "type", "text"}], "copyright", "related": [{"type", "href"}], "xml"}``.

    ``licenses`` holds each ``<license>`` with its link, the ``ali:license_ref`` in it, and its words; and each
    ``ali:license_ref`` that stands by itself. ``xml`` is the file as it stands there.
    """
    data = stream.read(most_bytes + 1)
    if len(data) > most_bytes:
        yield _too_large(name, most_bytes)
        return
    root = _xml(data)
    article = None if root is None else next((one for one in root.iter() if _name(one) == "article"), None)
    if article is None:
        yield Unreadable(1, "malformed", f"{name}: no well-formed XML that holds an <article>")
        return
    yield msgspec.json.encode({"name": name, **_article(article), "xml": etree.tostring(article, encoding="unicode")})


def read_gutenberg_rdf(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """A book of Project Gutenberg's catalogue: ``{"id", "title", "creators": […], "languages": […], "rights": […],
    "type", "issued", "modified", "files": [{"url", "types": […], "modified"}], "text_url"}``.

    ``modified`` is the youngest of its files, ``text_url`` the plain text among them (UTF-8 first), null without one.
    """
    data = stream.read(most_bytes + 1)
    root = _xml(data) if len(data) <= most_bytes else None
    book = None if root is None else next((one for one in root.iter() if _name(one) == "ebook"), None)
    if book is None:
        yield Unreadable(1, "malformed", f"{name}: no RDF that describes an <ebook>")
        return
    files = [_file(one) for one in book.iter() if _name(one) == "file"]
    times = [one["modified"] for one in files if one["modified"]]
    yield msgspec.json.encode(
        {
            "id": (book.get(f"{_RDF}about") or "").rpartition("/")[2],
            "title": next(iter(_texts(book, "title")), None),
            "creators": [name for one in book if _name(one) == "creator" for name in _texts(one, "name")],
            "languages": [value for one in book if _name(one) == "language" for value in _texts(one, "value")],
            "rights": [_said(one) for one in book if _name(one) == "rights"],
            "type": next((value for one in book if _name(one) == "type" for value in _texts(one, "value")), None),
            "issued": next(iter(_texts(book, "issued")), None),
            "modified": max(times, default=None),
            "files": files,
            "text_url": _plain(files),
        }
    )


def _file(element: Any) -> JSONObject:
    return {
        "url": element.get(f"{_RDF}about") or "",
        "types": [value for one in element if _name(one) == "format" for value in _texts(one, "value")],
        "modified": next(iter(_texts(element, "modified")), None),
    }


def _plain(files: list[JSONObject]) -> str | None:
    """UTF-8 before ASCII before the rest; never the packed copies."""
    texts = [
        (("utf-8" not in kind.lower(), "us-ascii" not in kind.lower(), one["url"]), one["url"])
        for one in files
        for kind in one["types"]
        if kind.startswith("text/plain") and not one["url"].endswith((".zip", ".gz"))
    ]
    return min(texts)[1] if texts else None


def _article(article: Any) -> JSONObject:
    meta = next((one for one in article.iter() if _name(one) == "article-meta"), article)
    front = next((one for one in article if _name(one) == "front"), article)
    return {
        "ids": {one.get("pub-id-type") or "id": _said(one) for one in meta if _name(one) == "article-id"},
        "type": article.get("article-type"),
        "title": next((_said(one) for one in meta.iter() if _name(one) == "article-title"), None),
        "journal": next((_said(one) for one in front.iter() if _name(one) == "journal-title"), None),
        "publisher": next((_said(one) for one in front.iter() if _name(one) == "publisher-name"), None),
        "creators": [name for one in meta.iter() if _name(one) == "contrib" if (name := _person(one))],
        "date": min((date for one in meta if _name(one) == "pub-date" if (date := _date(one))), default=None),
        "licenses": list(_licenses(meta)),
        "copyright": next((_said(one) for one in meta.iter() if _name(one) == "copyright-statement"), None),
        "related": [
            {"type": one.get("related-article-type"), "href": one.get(_XLINK)}
            for one in meta
            if _name(one) == "related-article"
        ],
    }


def _licenses(meta: Any) -> list[JSONObject]:
    found: list[JSONObject] = []
    for one in meta.iter():
        if _name(one) == "license":
            refs = [_said(ref) for ref in one.iter() if _name(ref) == _LICENSE_REF]
            links = [ref.get(_XLINK) for ref in one.iter() if ref.get(_XLINK)]
            found.append(
                {
                    "href": one.get(_XLINK) or next(iter(links), None),
                    "ref": next(iter(refs), None),
                    "type": one.get("license-type"),
                    "text": " ".join(_said(part) for part in one if _name(part) != _LICENSE_REF) or None,
                }
            )
        elif _name(one) == _LICENSE_REF and not any(_name(above) == "license" for above in one.iterancestors()):
            found.append({"href": None, "ref": _said(one), "type": None, "text": None})
    return found


def _person(contrib: Any) -> str:
    """``Given Surname``, or a group's name."""
    if contrib.get("contrib-type") not in (None, "author"):
        return ""
    parts = {_name(one): _said(one) for one in contrib.iter() if _name(one) in ("surname", "given-names", "collab")}
    return " ".join(part for part in (parts.get("given-names"), parts.get("surname")) if part) or parts.get(
        "collab", ""
    )


def _date(element: Any) -> str:
    parts = {_name(one): (one.text or "").strip() for one in element}
    year = parts.get("year", "")
    if not (year.isdigit() and len(year) == 4):
        return ""
    month, day = parts.get("month", ""), parts.get("day", "")
    if not (month.isdigit() and 1 <= int(month) <= 12):
        return year
    return (
        f"{year}-{int(month):02}-{int(day):02}" if day.isdigit() and 1 <= int(day) <= 31 else f"{year}-{int(month):02}"
    )


def _xml(data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _texts(element: Any, name: str) -> list[str]:
    return [text for one in element.iter() if _name(one) == name if (text := _said(one))]


def _said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _too_large(name: str, most_bytes: int) -> Unreadable:
    return Unreadable(1, "too_large", f"{name}: more than {most_bytes:,} bytes")


__all__ = ["read_epub", "read_gutenberg_rdf", "read_jats", "read_text"]
