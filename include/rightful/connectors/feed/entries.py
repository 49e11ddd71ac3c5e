"""An item of a feed as an entry: a JSON object whose members a source file can name in ``fetch.fields``.

``id`` (the guid), ``feed``, ``url`` (of its page), ``title`` (plain text), ``published`` and ``updated`` (ISO 8601,
UTC; ``published`` falls back to ``updated``), ``created`` (only where it says when it was published), ``creators``,
``publisher`` (the feed's title), ``language`` (as the feed says), ``categories``, ``content`` (HTML of the whole
article; null for a teaser), ``summary`` (HTML), ``full_text_at`` (address of the page with the whole article, where the
feed holds none), ``alternates`` (address by media type), ``related`` (address by link relation), ``enclosures`` (url
and type), and ``licenses`` (what the feed says of the licence, and where).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from rightful.catalogue.models import FeedFetch
from rightful.connectors.syndication.document import Element, Feed, Item, all_of, text_of
from rightful.connectors.syndication.items import (
    PUBLISHED,
    UPDATED,
    absolute,
    creators_of,
    date_of,
    native_id_of,
    page_of,
    secured,
)
from rightful.model import Struct

MOST_NAMES = 200
"""Categories and links of one entry that are kept."""

_HTML_TYPES = frozenset({"html", "xhtml", "text/html", "application/xhtml+xml"})
_TEXT_TYPES = frozenset({"", "text", "text/plain"})
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|br|cite|code|em|font|i|mark|p|q|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?/?>", re.I
)
_TAG = re.compile(r"<[^<>]*>")
_FOOTER = re.compile(
    r"(?:The post .{1,400} (?:appeared first|first appeared) on|L['’]article .{1,400} est apparu en premier sur"
    r"|Der Beitrag .{1,400} erschien zuerst auf|La entrada .{1,400} (?:se publicó primero|aparece primero) en"
    r"|O post .{1,400} apareceu primeiro em)\b.{0,300}$",
    re.IGNORECASE | re.DOTALL,
)
"""What WordPress puts under every text, teaser or not."""
_CUT = re.compile(
    r"(?:\[\s*(?:…|\.{3})\s*\]|(?:\b(?:read more|continue reading|read the (?:full|whole|rest)|keep reading|weiterlesen"
    r"|lire la suite|(?:seguir|continuar) leyendo|leer más|leia mais|continue (?:a ler|lendo)|leggi tutto)\b"
    r"|читать далее|阅读全文|続きを読む)[^.!?]{0,160})\W*$",
    re.IGNORECASE,
)
_TAIL = 2_000


class Entry(Struct, frozen=True, kw_only=True):
    """An entry. ``date`` is the one by which it belongs to a slice, None when it tells no usable one; ``item`` is its
    position in the feed, ``value`` the JSON object without its licences."""

    native_id: str
    date: datetime | None
    published: datetime | None
    item: int
    value: dict[str, Any]


def entries_of(feed: Feed, address: str, spec: FeedFetch) -> list[Entry]:
    """The entries of a feed that was read with its texts, in their order; ``address`` is that of the feed."""
    return [_entry(feed, position, item, address, spec) for position, item in enumerate(feed.items)]


def _entry(feed: Feed, position: int, item: Item, address: str, spec: FeedFetch) -> Entry:
    said = item.elements
    url = secured(page_of(item, address) or _permanent(item, address), address)
    created, updated = date_of(said, *PUBLISHED), date_of(said, *UPDATED)
    published = created or updated
    content, elsewhere = _content(said, address, spec)
    summary = _first_html(said, "atom:summary", "description")
    if content is not None and is_cut(content):
        content, summary = None, summary or content
    alternates, related = _links(said, address)
    native_id = native_id_of(item, address, url or "")
    value = {
        "id": native_id,
        "feed": address,
        "url": url,
        "title": _plain(said, "title", "atom:title", "dc:title"),
        "created": _iso(created),
        "published": _iso(published),
        "updated": _iso(updated),
        "creators": list(creators_of(said) or creators_of(feed.channel)),
        "publisher": _plain(feed.channel, "title", "atom:title"),
        "language": text_of(said, "dc:language") or item.language or text_of(feed.channel, "language", "dc:language"),
        "categories": _categories(said),
        "content": content,
        "summary": summary,
        "full_text_at": (elsewhere or url) if content is None else None,
        "alternates": alternates,
        "related": related,
        "enclosures": _enclosures(said, address),
    }
    date = (updated or published) if spec.date == "updated" else published
    return Entry(native_id=native_id, date=date, published=published, item=position, value=value)


def is_cut(text: str) -> bool:
    """Whether HTML is the beginning of an article, and says so at its end."""
    tail = " ".join(html.unescape(_TAG.sub(" ", text[-_TAIL:])).split())
    return _CUT.search(_FOOTER.sub("", tail).rstrip()) is not None


def _content(said: Iterable[Element], address: str, spec: FeedFetch) -> tuple[str | None, str | None]:
    """The article as HTML, and where it lies when the feed says that it lies elsewhere."""
    elsewhere = None
    for element in all_of(said, "content:encoded", "atom:content"):
        if element.name == "atom:content" and "src" in element.attributes:
            if element.attributes.get("type", "").lower() in _HTML_TYPES | {""}:
                elsewhere = elsewhere or _address(element, "src", address)
            continue
        found = _html(element)
        if found:
            return found, None
    if spec.full_text == "description":
        return _first_html(said, "description", "atom:summary"), elsewhere
    return None, elsewhere


def _first_html(said: Iterable[Element], *names: str) -> str | None:
    return next((found for element in all_of(said, *names) if (found := _html(element))), None)


def _html(element: Element) -> str | None:
    """What the element holds, as HTML; None for what is no text (a picture in Base64, another XML)."""
    kind = element.attributes.get("type", "").partition(";")[0].strip().lower()
    if not element.name.startswith("atom:") or kind in _HTML_TYPES:
        return element.text or None
    if kind not in _TEXT_TYPES or not element.text:
        return None
    paragraphs = re.split(r"\n\s*\n", element.text)
    return "".join(f"<p>{part.strip().replace(chr(10), '<br>')}</p>" for part in paragraphs if part.strip())


def _plain(said: Iterable[Element], *names: str) -> str | None:
    """A title as plain text: Atom says whether it is HTML, RSS does not, and many put entities and markup there."""
    for element in all_of(said, *names):
        text = element.text
        if element.attributes.get("type", "html") in ("html", "text/html"):
            text = html.unescape(_INLINE.sub("", html.unescape(_INLINE.sub("", text))))
        text = " ".join(text.split())
        if text:
            return text
    return None


def _permanent(item: Item, address: str) -> str | None:
    """The guid, where it is the page's address."""
    for element in all_of(item.elements, "guid", "atom:id"):
        if element.attributes.get("isPermaLink", "true").strip().lower() == "true" and ":" in element.text:
            return absolute(address, element.text)
    return None


def _address(element: Element, attribute: str, feed: str) -> str | None:
    """The address in an attribute, absolute; None when it is none."""
    return secured(absolute(urljoin(feed, element.base), element.attributes.get(attribute, "")), feed)


def _links(said: Iterable[Element], address: str) -> tuple[dict[str, str], dict[str, str]]:
    """Addresses of the article's forms, by media type, and of what belongs to it, by relation. The first counts."""
    alternates: dict[str, str] = {}
    related: dict[str, str] = {}
    for element in all_of(said, "atom:link")[:MOST_NAMES]:
        url = _address(element, "href", address)
        relation = element.attributes.get("rel", "alternate").strip().lower()[:100]
        kind = element.attributes.get("type", "").partition(";")[0].strip().lower()[:100]
        if url is None:
            continue
        if relation != "alternate":
            related.setdefault(relation, url)
        elif kind:
            alternates.setdefault(kind, url)
    return alternates, related


def _enclosures(said: Iterable[Element], address: str) -> list[dict[str, str | None]]:
    found = []
    for element in all_of(said, "enclosure")[:MOST_NAMES]:
        url = _address(element, "url", address)
        if url is not None:
            found.append({"url": url, "type": element.attributes.get("type") or None})
    return found


def _categories(said: Iterable[Element]) -> list[str]:
    texts = [
        element.text or element.attributes.get("label") or element.attributes.get("term") or ""
        for element in all_of(said, "category", "atom:category", "dc:subject")[:MOST_NAMES]
    ]
    return list(dict.fromkeys(html.unescape(text)[:500] for text in texts if text))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


__all__ = ["Entry", "entries_of", "is_cut"]
