"""A feed's bytes become its channel and items: RSS 2.0 and 1.0, and Atom, each item with the bytes it stood in.

Feeds are written by strangers. Nothing is fetched or expanded because a feed says so: a document that declares an
entity is refused whole. XML that is not well-formed is refused too, for what a licence belongs to would be a guess.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.parsers import expat

from rightful.http.body import media_type

MOST_ITEMS = 100_000
MOST_TEXT = 16_384
"""Characters of one element that are kept: titles, names and licences are shorter. Articles are kept whole."""

DEEPEST = 64
_XML = "http://www.w3.org/XML/1998/namespace"
_STEP = 256 * 1024
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CODECS_REFUSED = frozenset({"utf_7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})

_PREFIXES = (
    ("itunes.com/dtds/podcast", "itunes"),
    ("podcastindex.org/namespace", "podcast"),
    ("podcast-namespace", "podcast"),
    ("creativecommonsrssmodule", "creativeCommons"),
    ("web.resource.org/cc", "cc"),
    ("creativecommons.org/ns", "cc"),
    ("search.yahoo.com/mrss", "media"),
    ("www.w3.org/2005/atom", "atom"),
    ("purl.org/dc/terms", "dcterms"),
    ("purl.org/dc/elements", "dc"),
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/syndication/history", "fh"),
    ("rssnamespace.org/feedburner", "feedburner"),
    ("www.w3.org/xml/1998/namespace", "xml"),
    ("purl.org/rss/1.0/modules", "module"),
    ("purl.org/rss/1.0", ""),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", "rdf"),
    ("my.netscape.com/rdf/simple", ""),
    ("backend.userland.com/rss2", ""),
)
"""A part of a namespace's name (lower case) → the prefix that people know it by. Feeds vary in the rest."""

_ITEMS = frozenset({"item", "atom:entry"})
_CHANNELS = frozenset({"channel", "atom:feed"})
_ROOTS = frozenset({"rss", "rdf:RDF", "atom:feed"})
_GROUPS = frozenset({"media:group", "media:content", "podcast:alternateEnclosure", "atom:author", "itunes:owner"})
"""Elements whose children count as the item's or the channel's own."""

_OF_OTHERS = frozenset({"image", "itunes:image", "textInput", "podcast:liveItem", "podcast:podroll", "media:thumbnail"})
"""Elements of a channel whose licence is that of something else."""

LICENCES = frozenset({"license", "licence"})
RIGHTS = frozenset({"rights", "copyright"})

TEXTS = frozenset({"content:encoded", "description", "atom:content", "atom:summary", "itunes:summary"})
"""Elements that hold an article or a part of it: kept only for who asks for them, then whole and as HTML."""

_HTML = frozenset({"html", "text/html"})
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
"""HTML elements without an end tag."""


class Unreadable(Exception):
    """The bytes are no feed. The text says why."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a channel or an item: name with its usual prefix, text, attributes (without prefixes)."""

    name: str
    text: str
    attributes: dict[str, str]
    inside: str = ""
    """The element that it stood in, when that is not the item or channel itself, e.g. ``atom:author``."""
    buried: bool = False
    """It stood in an element that is not known to speak of the item or channel: kept of licences alone."""
    base: str = ""
    """``xml:base`` that holds for it, all of them joined; ``""`` without any."""
    language: str = ""
    """``xml:lang`` that holds for it."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item: what it says, and its bytes (as received, when the feed is UTF-8)."""

    elements: tuple[Element, ...]
    raw: bytes
    language: str = ""
    """``xml:lang`` that holds for it."""


@dataclass(slots=True)
class Feed:
    """A feed."""

    channel: list[Element] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


def local_name(name: str) -> str:
    """An element's name without its prefix, in lower case."""
    return re.split(r"[:}]", name)[-1].lower()


def all_of(elements: Iterable[Element], *names: str) -> list[Element]:
    """The elements with one of these names, in the order of the names, then as they stand."""
    held = list(elements)
    return [element for name in names for element in held if element.name == name and not element.buried]


def text_of(elements: Iterable[Element], *names: str) -> str | None:
    """The first text that is not empty."""
    return next((element.text for element in all_of(elements, *names) if element.text), None)


def parse_feed(body: bytes, content_type: str = "", *, texts: bool = False) -> Feed:
    """The feed in ``body``.

    Args:
        body: As received.
        content_type: Header of the answer; its charset counts where the document names none.
        texts: Keep what stands in :data:`TEXTS`.

    Raises :class:`Unreadable`: for HTML, for what is not well-formed or not of its charset, and for entities.
    """
    if not body.strip():
        raise Unreadable("the answer is empty")
    utf8 = _as_utf8(body, content_type)
    reader = _Reader(utf8, texts=texts)
    try:
        for start in range(0, len(utf8), _STEP):
            reader.parser.Parse(utf8[start : start + _STEP], False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        head = utf8[:2048].lower()
        if b"<html" in head or b"<!doctype html" in head:
            raise Unreadable("it is an HTML page, not a feed") from None
        raise Unreadable(
            f"the XML is broken: {expat.errors.messages.get(error.code, 'error')} (line {error.lineno})"
        ) from None
    if not reader.root:
        raise Unreadable("it has no root element")
    return reader.feed


def _as_utf8(body: bytes, content_type: str) -> bytes:
    """``body`` as UTF-8. A byte order mark counts before the document's own word, and that before the header's."""
    name = next((name for mark, name in _BOMS if body.startswith(mark)), None)
    if name is None:
        declared = _DECLARED.match(body[:512])
        name = declared[1].decode("ascii") if declared else (media_type(content_type)[1] or "utf-8")
    known = name.strip().lower().replace("-", "_")
    if known in _CODECS_REFUSED:
        raise Unreadable(f"its charset {name[:40]!r} is none of the web's")
    try:
        if known in ("utf_8", "utf8", "us_ascii", "ascii"):
            body.decode("utf-8")
            return body.removeprefix(b"\xef\xbb\xbf")
        # What the web calls Latin 1 is Windows 1252 (WHATWG Encoding, 4.2).
        return body.decode("cp1252" if known in ("iso_8859_1", "latin1", "latin_1") else known).encode()
    except LookupError:
        raise Unreadable(f"its charset {name[:40]!r} is unknown") from None
    except (UnicodeError, ValueError):
        raise Unreadable(f"it is not in the charset {name[:40]!r} that it claims") from None


class _Reader:
    """Builds a feed while expat reads."""

    def __init__(self, utf8: bytes, *, texts: bool) -> None:
        self.utf8, self.feed, self.root, self._texts = utf8, Feed(), "", texts
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity
        self._names: dict[str, str] = {}
        self._path: list[str] = []
        self._around: list[tuple[str, str]] = [("", "")]  # xml:base and xml:lang, of every open element
        self._item: list[Element] | None = None
        self._item_start = 0
        self._channels = 0
        self._open: list[tuple[str, dict[str, str], list[str], int, bool]] = []
        self._kept = 0

    def _entity(self, *declared: object) -> None:
        raise Unreadable("it declares an entity, which no feed needs")

    def _name(self, name: str) -> str:
        known = self._names.get(name)
        if known is None:
            space, _, local = name.rpartition(" ")
            plain = space.lower()
            prefix = next((prefix for part, prefix in _PREFIXES if part in plain), f"{{{space}}}" if space else "")
            known = f"{prefix}:{local}" if prefix and not prefix.startswith("{") else f"{prefix}{local}"
            if len(self._names) < 10_000:
                self._names[name] = known
        return known

    def _start(self, raw_name: str, attributes: dict[str, str]) -> None:
        name = self._name(raw_name)
        if not self._path:
            if name not in _ROOTS:
                what = "an HTML page" if name.lower().endswith("html") else f"a document of type {name[:60]!r}"
                raise Unreadable(f"it is {what}, not a feed")
            self.root = name
        self._path.append(name)
        self._around.append(self._inherited(attributes))
        if len(self._path) > DEEPEST:
            raise Unreadable(f"it is nested deeper than {DEEPEST} elements")
        if name in _ITEMS:
            if self._item is not None:
                raise Unreadable("an item stands in another one")
            self._item, self._item_start = [], self.parser.CurrentByteIndex
            return
        if name in _CHANNELS:
            self._channels += 1
            if self._channels > 1:
                raise Unreadable("it has more than one channel")
        own = self._is_own()
        if own or self._is_of_licences(name, attributes):
            plain = {self._name(key).rpartition(":")[2]: _cut(value.strip()) for key, value in attributes.items()}
            self._open.append((name, plain, [], len(self._path), not own))
            self._kept = 0
        elif self._in_text():
            self._open[-1][2].append(_start_tag(raw_name, attributes))

    def _inherited(self, attributes: dict[str, str]) -> tuple[str, str]:
        """``xml:base`` and ``xml:lang`` as they hold from this element on."""
        base, language = self._around[-1]
        own = attributes.get(f"{_XML} base", "").strip()
        if own and len(own) <= MOST_TEXT:
            try:
                base = urljoin(base, own)
            except ValueError:
                base = ""  # what is no address can't be built on
        return base[:MOST_TEXT], attributes.get(f"{_XML} lang", language).strip()[:40]

    def _in_text(self) -> bool:
        """Whether the innermost open element is one whose text is kept whole."""
        return self._texts and bool(self._open) and self._open[-1][0] in TEXTS

    def _is_of_licences(self, name: str, attributes: dict[str, str]) -> bool:
        """Whether an element somewhere in the item or channel, and in no other such element, speaks of a licence."""
        if not _speaks_of_licences(name, attributes.get("rel", "")) or not _OF_OTHERS.isdisjoint(self._path):
            return False
        if self._item is None and _CHANNELS.isdisjoint(self._path):
            return False
        return not any(_speaks_of_licences(one[0], one[1].get("rel", "")) for one in self._open)

    def _is_own(self) -> bool:
        """Whether the element that just began speaks of the item or the channel."""
        depth = len(self._path) - 1
        while depth > 1 and self._path[depth - 1] in _GROUPS:
            depth -= 1
        parent = self._path[depth - 1] if depth > 0 else ""
        return parent in _ITEMS if self._item is not None else parent in _CHANNELS

    def _text(self, data: str) -> None:
        # Markup inside an element can't hide words of it: they are the element's own.
        if self._in_text():
            name, attributes, kept, depth, _ = self._open[-1]
            # In XHTML the markup is elements of the feed, so what is left is plain text.
            plain = len(self._path) > depth or (name.startswith("atom:") and attributes.get("type") not in _HTML)
            kept.append(html.escape(data, quote=False) if plain else data)
        elif self._open and self._kept <= MOST_TEXT and self._open[-1][0] not in TEXTS:
            self._open[-1][2].append(_cut(data, MOST_TEXT - self._kept))
            self._kept += len(data)

    def _end(self, raw_name: str) -> None:
        depth = len(self._path)
        name = self._path.pop()
        base, language = self._around.pop()
        if self._open and self._open[-1][3] == depth:
            opened, attributes, texts, _, buried = self._open.pop()
            parent = self._path[-1] if self._path and (buried or self._path[-1] in _GROUPS) else ""
            whole = "".join(texts)
            text = whole.strip() if opened in TEXTS else " ".join(whole.split())
            element = Element(opened, text, attributes, parent, buried, base, language)
            (self.feed.channel if self._item is None else self._item).append(element)
        elif name in _ITEMS and self._item is not None:
            if len(self.feed.items) >= MOST_ITEMS:
                raise Unreadable(f"it has more than {MOST_ITEMS:,} items")
            end = self.utf8.find(b">", self.parser.CurrentByteIndex) + 1
            self.feed.items.append(Item(tuple(self._item), self.utf8[self._item_start : end], language))
            self._item = None
        elif self._in_text():
            self._open[-1][2].append(_end_tag(raw_name))


def _start_tag(raw_name: str, attributes: dict[str, str]) -> str:
    """An element of XHTML as HTML, with the attributes that say something about its text."""
    kept = "".join(
        f' {name}="{html.escape(value)}"' for name, value in attributes.items() if name in ("href", "hidden", "style")
    )
    return f"<{raw_name.rpartition(' ')[2]}{kept}>"


def _end_tag(raw_name: str) -> str:
    local = raw_name.rpartition(" ")[2]
    return "" if local in _VOID else f"</{local}>"


def _speaks_of_licences(name: str, rel: str) -> bool:
    local = local_name(name)
    return local in LICENCES or local in RIGHTS or (local == "link" and "license" in rel.lower().split())


def _cut(text: str, most: int = MOST_TEXT) -> str:
    """The beginning of a text, which can be seen to be one: what is left out of a licence may change its meaning."""
    return text if len(text) <= most else f"{text[:most]}…"


__all__ = [
    "LICENCES",
    "RIGHTS",
    "TEXTS",
    "Element",
    "Feed",
    "Item",
    "Unreadable",
    "all_of",
    "local_name",
    "parse_feed",
    "text_of",
]
