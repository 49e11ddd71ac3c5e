"""Bytes as received → UTF-8, by byte-order mark, header, ``<meta>``, in that order (as browsers do). Total."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

_HEAD = 4_096
_STRAY = 8
"""So many zero bytes may stand in a page by mistake, besides one in a thousand."""
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_ASCII_END = re.compile(rb"</[A-Za-z]{1,10}>")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDE = ("utf-16", "utf_16", "utf-32", "utf_32")
# What browsers read these labels as; and names that pages use but Python doesn't know.
_READ_AS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "latin_1": "cp1252", "iso8859-9": "cp1254", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
}  # fmt: skip
# Python codecs in which "<" or a letter of ASCII could be spelt otherwise, or that are no charsets of pages.
_REFUSED = re.compile(
    r"utf[-_]?7|idna|punycode|unicode_escape|raw_unicode|mbcs|oem|undefined|cp037|cp1026|cp1140|cp273|cp424|cp500"
    r"|cp864|cp875|hz"
)


def to_utf8(html: bytes, headers: Sequence[tuple[str, str]] = ()) -> bytes | None:
    """The page in UTF-8, None where it is in a wide encoding that can't be told. Bytes that are none in its charset
    become U+FFFD; an unknown charset is read as UTF-8, and, where that fails, as windows-1252."""
    page = _decoded(html, headers)
    # Text holds no zero bytes. Many of them are letters of two or four bytes that were taken for others.
    return None if page.count(0) > _STRAY + len(page) // 1_000 else page


def _decoded(html: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    for mark, wide in _MARKS:
        if html.startswith(mark):
            return html[len(mark) :].decode(wide, "replace").encode()
    if (without := _wide(html)) is not None:
        return html.decode(without, "replace").encode()
    name = _codec(_from_headers(headers)) or _codec(_from_meta(html))
    if name is None or name == "utf-8":
        try:
            html.decode()
        except UnicodeDecodeError:
            # A stray byte in a page that says that it is UTF-8 is an error; without a word it is windows-1252.
            return html.decode("utf-8" if name else "cp1252", "replace").encode()
        return html
    return html.decode(name, "replace").encode("utf-8", "replace")


def _wide(html: bytes) -> str | None:
    """UTF-16 without its mark, by the zero bytes that markup has in it: nearly one in two letters of a page is ASCII.

    Not by what is declared: a page that says "utf-16" in ASCII is in none, and one in it can't say so in ASCII. Nor
    where markup in ASCII stands beside: either reading would lose the other half.
    """
    if _ASCII_END.search(html) is not None:
        return None
    head = html[:_HEAD]
    even, odd = head[::2], head[1::2]
    low, high = even.count(0), odd.count(0)
    if len(head) % 2 == 0 and len(html) % 2 == 0 and 4 * max(low, high) > len(even) > 1 and min(low, high) == 0:
        return "utf-16-be" if low else "utf-16-le"
    return None


def _from_headers(headers: Sequence[tuple[str, str]]) -> str | None:
    for name, value in headers:
        if name.strip().lower() == "content-type":
            found = _CHARSET.search(value.encode("ascii", "replace"))
            return found[1].decode() if found else None
    return None


def _from_meta(html: bytes) -> str | None:
    found = _CHARSET.search(html, 0, _HEAD)
    return found[1].decode() if found else None


def _codec(label: str | None) -> str | None:
    if label is None:
        return None
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    if _REFUSED.match(name):
        return None
    # A <meta> that could be read as ASCII proves that the page is not in a wide encoding.
    if name.startswith(_WIDE):
        return "utf-8"
    name = _READ_AS.get(name, name)
    try:
        "".encode(name)
        b"".decode(name)
    except LookupError:  # a codec that is no text encoding (rot13, zlib)
        return None
    return name
