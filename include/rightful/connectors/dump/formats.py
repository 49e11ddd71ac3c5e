"""Records of a bulk file, one after the other, each as the JSON of an object.

Whatever the file's own format is, a record becomes an object that ``fetch.fields`` and ``license.claims`` read as they
read an API's: elements and columns by their names. A place that can't be read is told, and the next record comes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from rightful.errors import Malformed

JSONObject = dict[str, Any]

_REMEDY = "look at the file: is it whole, and of the format that `fetch.format` names?"


class Unreadable(NamedTuple):
    """A record that can't be had. ``number`` counts records from 1; ``reason`` is a failed record's."""

    number: int
    reason: str
    detail: str


Found = Iterator[bytes | Unreadable]

_HEAD = 64 << 10
_NO_ELEMENTS = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>[]*>", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")


def read_jsonl(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """A JSON value in each line, as it stands there; blank lines are none. Lines end with LF or CRLF."""
    del name
    number = 0
    while line := stream.readline(most_bytes + 2):
        value = line.strip(b"\r\n \t\xef\xbb\xbf")
        if not value:
            continue
        number += 1
        if len(line) > most_bytes and len(line.rstrip(b"\r\n")) > most_bytes:
            while line and not line.endswith(b"\n"):
                line = stream.readline(1 << 20)
            yield Unreadable(number, "too_large", f"line of record {number:,}: more than {most_bytes:,} bytes")
        else:
            yield value


def read_csv(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """Rows under a header (RFC 4180, UTF-8), columns by name; tabs part them where the header holds one and no comma.

    Raises:
        Malformed: No header, or two columns of one name.
    """
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="strict", newline="")
    first = _line(text, most_bytes)
    columns = next(csv.reader([first], delimiter=(tab := "\t" if "\t" in first and "," not in first else ",")), [])
    if not any(columns) or len(set(columns)) < len(columns):
        raise Malformed(f"{name}: no header with a name for each column: {first[:80]!r}", remedy=_REMEDY)
    before = csv.field_size_limit(most_bytes)
    number = 0
    try:
        rows = csv.reader(_lines(text, most_bytes), delimiter=tab, strict=True)
        while True:
            number += 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as error:
                # Where a quotation is open nobody can tell rows any more.
                raise Malformed(f"{name}: row {number:,} is broken: {error}", remedy=_REMEDY) from None
            if not row:
                number -= 1
            elif len(row) != len(columns):
                yield Unreadable(number, "malformed", f"row {number:,}: {len(row)} columns of {len(columns)}")
            else:
                yield msgspec.json.encode(dict(zip(columns, row, strict=True)))
    finally:
        csv.field_size_limit(before)


def _line(text: io.TextIOWrapper, most: int) -> str:
    try:
        return text.readline(most).rstrip("\r\n")
    except UnicodeDecodeError:
        return ""


def _lines(text: io.TextIOWrapper, most: int) -> Iterator[str]:
    while line := text.readline(most + 1):
        if len(line) > most:
            raise csv.Error(f"a line of more than {most:,} characters")
        yield line


def read_mediawiki_xml(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """Pages of a MediaWiki export (schema 0.10 and 0.11), each with its revision: of several, with its newest.

    ``{"key": "<dbname>:<page id>", "url", "title", "ns": "0", "id": "12", "redirect": "…"?, "revision": {"id",
    "timestamp", "contributor": {…}, "text", "model", …}, "siteinfo": {"sitename", "dbname", "base"}}``

    Raises:
        Malformed: The XML breaks off, is not well-formed, or is no export.
    """
    site: JSONObject = {}
    number = 0
    head = stream.read(_HEAD)
    if (root := _ROOT.search(_NO_ELEMENTS.sub(b"", head))) is None or root[1] != b"mediawiki":
        # At once: another file's elements would all be held.
        raise Malformed(f"{name}: no export of MediaWiki, but {head[:80]!r}", remedy=_REMEDY)
    # An event for each element of a page would cost as much as all the rest.
    events = etree.iterparse(
        _Begun(head, stream), events=("end",), tag=("{*}page", "{*}revision", "{*}siteinfo"), resolve_entities=False,
        no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, element in events:
            match _name(element):
                case "siteinfo":
                    parts = ("sitename", "dbname", "base")
                    site = {_name(one): one.text or "" for one in element if _name(one) in parts}
                case "revision":
                    _only_newest(element)
                    continue
                case "page":
                    number += 1
                    yield _page(element, site, number, most_bytes)
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"{name}: broken after page {number:,}: {error}", remedy=_REMEDY) from None


class _Begun:
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head, b""
        return head or self._stream.read(size)


def _only_newest(revision: Any) -> None:
    """Of a page's whole history one revision is held at a time."""
    page = revision.getparent()
    for other in list(page.iterchildren("{*}revision")) if page is not None else []:
        if other is not revision:
            older, newer = sorted((other, revision), key=lambda one: one.findtext("{*}timestamp") or "")
            del newer
            page.remove(older)


def _page(element: Any, site: JSONObject, number: int, most_bytes: int) -> bytes | Unreadable:
    value: JSONObject = {}
    for one in element:
        match _name(one):
            case "revision":
                value["revision"] = {_name(part): _told(part) for part in one}
            case "redirect":
                value["redirect"] = one.get("title", "")
            case plain:
                value[plain] = one.text or ""
    raw = msgspec.json.encode(
        {"key": f"{site.get('dbname', '')}:{value.get('id', '')}", "url": _url(value, site), **value, "siteinfo": site}
    )
    if len(raw) > most_bytes:
        return Unreadable(number, "too_large", f"page {value.get('title', '')!r}: {len(raw):,} bytes")
    return raw


def _url(page: JSONObject, site: JSONObject) -> str | None:
    """Where the page stands, by its number, which a renamed page keeps; null where the export names no site."""
    base = urlsplit(site.get("base", ""))
    return f"{base.scheme}://{base.netloc}/?curid={page['id']}" if base.netloc and page.get("id") else None


def _told(part: Any) -> Any:
    """A revision's part: text, or an object of its parts (``contributor``). What was taken out of sight is null."""
    if part.get("deleted") is not None:
        return None
    return {_name(one): one.text or "" for one in part} if len(part) else part.text or ""


def _forget(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


_FIRST_TAG = re.compile(rb"\[\s*[A-Za-z0-9_]+\s+\"")
_DAY, _TIME = re.compile(r"\d{4}\.\d\d\.\d\d"), re.compile(r"\d\d:\d\d:\d\d")
_TAGS = re.compile(r'^\[\s*([A-Za-z0-9_]+)\s+"((?:[^"\\]|\\.)*)"\s*\]', re.MULTILINE)


def read_pgn(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """Games of chess: ``{"tags": {"Event": …}, "played": "2026-02-01T10:00:00Z", "pgn": "as it stands there"}``.

    ``played`` is null where the tags name no day. UTF-8, else Latin-1.
    """
    del name
    number, size = 0, 0
    lines: list[bytes] = []
    moves = inside = blank = False
    while True:
        line = stream.readline(most_bytes + 1)
        # A comment that never ends must not swallow all games behind it.
        begins = _FIRST_TAG.match(line) is not None and (not inside or (blank and line.startswith(b"[Event ")))
        blank = not line.strip()
        if (not line or (begins and moves)) and any(one.strip() for one in lines):
            number += 1
            yield _game(lines, number, size, most_bytes)
            lines, size, moves = [], 0, False
        if not line:
            return
        size += len(line)
        if size <= most_bytes:
            lines.append(line)
        if begins:
            inside = False
        else:
            moves = moves or bool(line.strip())
            inside = _ends_in_comment(line, inside)


def _ends_in_comment(line: bytes, inside: bool) -> bool:
    for sign in re.findall(rb"[{};]", line):
        if not inside and sign == b";":
            return False
        inside = sign == b"{" or (inside and sign != b"}")
    return inside


def _game(lines: list[bytes], number: int, size: int, most_bytes: int) -> bytes | Unreadable:
    if size > most_bytes:
        return Unreadable(number, "too_large", f"game {number:,}: more than {most_bytes:,} bytes")
    blob = b"".join(lines)
    try:
        text = blob.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = blob.decode("latin-1")  # what the standard of 1994 asks for
    tags: dict[str, str] = {}
    for tag in _TAGS.finditer(text):
        tags.setdefault(tag[1], re.sub(r"\\(.)", r"\1", tag[2]))
    if not tags:
        return Unreadable(number, "malformed", f"game {number:,} has no tags, but begins {text[:40]!r}")
    return msgspec.json.encode({"tags": tags, "played": _played(tags), "pgn": text.strip()})


def _played(tags: dict[str, str]) -> str | None:
    """When a game was played (UTC where the tags say so), as ISO 8601."""
    day = next((tags[name] for name in ("UTCDate", "Date", "EventDate") if _DAY.fullmatch(tags.get(name, ""))), None)
    if day is None:
        return None
    time = tags.get("UTCTime", "") if _DAY.fullmatch(tags.get("UTCDate", "")) else ""
    return day.replace(".", "-") + (f"T{time}Z" if _TIME.fullmatch(time) else "")


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


FORMATS: dict[str, Callable[[BinaryIO, str, int], Found]] = {
    "jsonl": read_jsonl,
    "csv": read_csv,
    "mediawiki_xml": read_mediawiki_xml,
    "pgn": read_pgn,
}
"""By the name that ``fetch.format`` gives it. Each takes the unpacked stream, a name for errors, and the most bytes of
a record (``limits.record_bytes``)."""

__all__ = ["FORMATS", "Unreadable", "read_csv", "read_jsonl", "read_mediawiki_xml", "read_pgn"]
