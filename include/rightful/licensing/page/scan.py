"""One pass over a page: its metadata, and the blocks of text that hold a licence link or name, each with its place.

lxml's parser is used as an event source: no tree is built, so time and memory are linear in the page, also for a
hundred thousand nested elements or attributes (tree builders that follow HTML 5 take minutes for those).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import re2
from lxml import etree

from rightful.licensing.page.names import MAX_TEXT
from rightful.licensing.page.pieces import LICENCE_NAMES, Block, Found, Link, Place
from rightful.licensing.page.regions import BLOCKS, PLACED, SKIPPED, setting_of

MAX_DEPTH = 1_000
"""Elements inside each other; deeper pages are not read. Real ones stay under 200."""
MAX_KEPT = 500
"""Blocks, and links, that are looked at; a page with more licence links is a list of works."""
_SPEAKS = re2.compile(
    r"(?i)\bcc[\s_.\x{2010}-\x{2015}\x{a0}(-]{0,3}(?:by|0|zero|attribution)\b|creative[\s_-]{0,3}commons|コモンズ|知识共享"
    r"|知識共享|創用|创作共用|共享创意"
    r"|open government licen|open parliament licen|free documentation|\bgfdl\b|all rights reserved|rechte"
    r" vorbehalten|droits réservés|derechos reservados"
    r"|diritti riservati|direitos reservados|rechten voorbehouden|prawa zastrze|版权所有|版權所有|無断転載"
)
_ICON = re.compile(
    r"creativecommons|licensebuttons|88x31|80x15|/cc[-_./]|cc[-_]?(?:by|zero)|by-(?:sa|nc|nd)|lizenzvertrag"
    r"|creative[ _-]?commons|licen[cs]e|lizenz|open government",
    re.IGNORECASE,
)
_SPECIAL = frozenset(
    {"itemscope", "typeof", "about", "resource", "data-se-share-sheet-license-url", "itemprop", "property", "rel"}
)
_MEANING = SKIPPED | {"a", "img", "br", "meta", "link", "title", "time"}
_MEDIA_TYPE = re.compile(
    r"^\S*\b(?:dct?|dcterms):type\b.*dcmitype/(?:StillImage|MovingImage|Image|Sound|Dataset|Software|PhysicalObject)",
    re.I,
)
_LINKS = frozenset({"a", "link", "meta"})
_NO_NAMES: frozenset[str] = frozenset()
_ITEM = ("itemprop", "property", "rel")


class Scan:
    """The target of lxml's parser, and what it collected."""

    def __init__(self) -> None:
        self.metas: list[tuple[str, str]] = []
        self.head_links: list[tuple[frozenset[str], str, dict[str, str]]] = []
        self.json_ld: list[str] = []
        self.comments: list[str] = []
        self.blocks: list[Block] = []
        self.found: list[Found] = []
        self.share_sheets: list[str] = []
        self.stylesheets_of: set[str] = set()
        self.title = ""
        self.media = False
        self.cut = False
        self.times: list[str] = []
        self.authors: list[str] = []
        self._places: list[Place] = [Place()]
        self._skip = 0
        self._parts: list[str] = []
        self._length = 0
        self._links: list[Link] = []
        self._open: list[Link | None] = []
        self._images = 0
        self._before = ""
        self._marks: list[tuple[int, int, Place]] = []
        self._all: list[Block] = []
        self._capture: list[tuple[str, int, list[str]]] = []

    # lxml calls these four for every event of the page: they are the hot loop, hence the plain style.

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        places = self._places
        if len(places) > MAX_DEPTH:
            raise Deep
        place = places[-1]
        if self._skip:
            self._skip += 1
            places.append(place)
            return
        if tag in BLOCKS and (self._parts or self._links or self._images):
            self._flush()
        if attributes or tag in PLACED:
            place = self._inside(tag, attributes, place)
        places.append(place)
        if tag in _MEANING:
            self._means(tag, attributes, place)

    def end(self, tag: str) -> None:
        if self._capture and self._capture[-1][1] == len(self._places):
            self._captured()
        if self._skip:
            self._skip -= 1
        elif tag in BLOCKS:
            if self._parts or self._links or self._images:
                self._flush()
        elif tag == "a" and self._open:
            link = self._open.pop()
            if link is not None and link.block is None:
                link.end = self._length
        if len(self._places) > 1:
            self._places.pop()

    def data(self, text: str) -> None:
        if self._capture:
            self._capture[-1][2].append(text)
        if not self._skip and (self._parts or not text.isspace()):
            place = self._places[-1]
            if place[0]:
                self._marks.append((self._length, self._length + len(text), place))
            self._parts.append(text)
            self._length += len(text)

    def comment(self, text: str) -> None:
        if "rdf:RDF" in text and len(self.comments) < MAX_KEPT:
            self.comments.append(text[:20_000])

    def close(self) -> Scan:
        self._flush()
        self.blocks = list(_speaking(self._all))
        counts = [len(self.blocks), len(self.head_links), len(self.found), *(len(b.links) for b in self.blocks)]
        too_long = any(len(block.text) > MAX_TEXT for block in self.blocks)
        self.cut = self.cut or too_long or max(counts) >= MAX_KEPT or len(self.json_ld) >= 50
        return self

    # What the elements mean.

    def _means(self, tag: str, attributes: dict[str, str], place: Place) -> None:
        if tag == "a":
            self._anchor(attributes, place)
        elif tag == "img":
            self._image(attributes)
        elif tag == "br":
            self._add("\n")
        elif tag in SKIPPED:
            self._skip = 1
            if tag == "script" and "ld+json" in attributes.get("type", "").lower():
                self._capture.append(("json_ld", len(self._places), []))
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "link":
            self._link(attributes, place)
        elif tag == "title" and not self.title:
            self._capture.append(("title", len(self._places), []))
        elif tag == "time" and "datetime" in attributes:
            self.times.append(attributes["datetime"])

    def _inside(self, tag: str, attributes: dict[str, str], place: Place) -> Place:
        get = attributes.get
        classes, identity, role = get("class", ""), get("id", ""), get("role", "")
        why = region = ""
        if classes or identity or role or tag in PLACED:
            # Numbers in ids would only fill the cache.
            why, region = setting_of(tag, role, classes, identity.rstrip("0123456789") if identity else "")
        # For most elements neither class nor attributes mean anything: those must be passed quickly.
        if why or region or tag == "li" or not _SPECIAL.isdisjoint(attributes):
            special = attributes.keys() & _SPECIAL
            item = place.item
            if "itemscope" in special or "typeof" in special:
                item = get("itemtype") or get("typeof") or "Thing"
            about = get("about", place.about)
            # RDFa: where nothing is said of it, `resource` names what the elements inside speak of.
            if "resource" in special and "about" not in special and special.isdisjoint({"rel", "property"}):
                about = get("resource", "")
            if "rel" in special and _MEDIA_TYPE.search(f"{get('rel', '')} {get('href', '')} {get('resource', '')}"):
                self.media = True  # the code that creativecommons.org gives out for an image, a film, a sound
            place = Place(place.exclusion or why, region or place.region, item, about, place.listed or tag == "li")
            if "data-se-share-sheet-license-url" in special:
                self.share_sheets.append(get("data-se-share-sheet-license-url", ""))
            if tag not in _LINKS and ("itemprop" in special or "property" in special or "rel" in special):
                self._property(tag, attributes, place)
        return place

    def _property(self, tag: str, attributes: dict[str, str], place: Place) -> None:
        names = frozenset(" ".join(attributes.get(key, "") for key in _ITEM).lower().split())
        value = next(
            (attributes[key] for key in ("resource", "href", "content", "datetime", "src") if key in attributes), None
        )
        if len(self.found) < MAX_KEPT:
            if value is not None:
                self.found.append(Found(names, value, place, tag))
            elif names & _CAPTURED:
                self._capture.append((" ".join(names), len(self._places) + 1, []))

    def _anchor(self, attributes: dict[str, str], place: Place) -> None:
        get = attributes.get
        href, names = get("href", ""), get("rel", "")
        if "itemprop" in attributes or "property" in attributes:
            names = f"{names} {get('itemprop', '')} {get('property', '')}"
        rel = frozenset(names.lower().split()) if names else _NO_NAMES
        lower = href[:2_000].lower()
        if (_may_be_licence(lower) or rel & LICENCE_NAMES) and len(self._links) < MAX_KEPT:
            link = Link(href, rel, get("title", ""), place, self._length)
            self._links.append(link)
            self._open.append(link)
            return
        if "author" in rel or "cc:attributionname" in rel:
            self._capture.append(("author", len(self._places), []))
        self._open.append(None)  # every <a> has its </a>

    def _image(self, attributes: dict[str, str]) -> None:
        said = f"{attributes.get('alt', '')} {attributes.get('title', '')}".strip()
        source = attributes.get("src", "")
        is_icon = bool(_ICON.search(f"{source[:500]} {attributes.get('data-src', '')[:500]} {said[:500]}"))
        link = self._open[-1] if self._open else None
        if link is not None and (is_icon or link.rel):
            link.icon = link.icon or is_icon
            link.alt = said[:500]
        elif not is_icon and not _small(attributes):
            self._images += 1

    def _meta(self, attributes: dict[str, str]) -> None:
        content = attributes.get("content")
        if content is None:
            return
        for key in ("name", "property", "itemprop", "http-equiv"):
            if key in attributes:
                place = self._places[-1]
                if key == "itemprop":
                    self.found.append(Found(frozenset(attributes[key].lower().split()), content, place, "meta"))
                elif len(self.metas) < 5_000:
                    self.metas.append((attributes[key].strip(), content))
                break

    def _link(self, attributes: dict[str, str], place: Place) -> None:
        rel = frozenset(" ".join(attributes.get(key, "") for key in _ITEM).lower().split())
        href = attributes.get("href", "")
        of_item = ("itemprop" in attributes or "property" in attributes) and (place.item or place.about)
        if (of_item or place.exclusion) and rel & LICENCE_NAMES:
            # Of an item (an image, a comment) or in a place that is none of the text's: weighed as a property is.
            if len(self.found) < MAX_KEPT:
                self.found.append(Found(rel, href, place, "link"))
        elif rel & LICENCE_NAMES or "canonical" in rel:
            if len(self.head_links) < MAX_KEPT:
                self.head_links.append((rel, href, dict(attributes)))
        elif "stylesheet" in rel and "sstatic.net" in href:
            self.stylesheets_of.add("stackexchange")

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _flush(self) -> None:
        parts = self._parts
        if not parts and not self._links and not self._images:
            return
        text = "".join(parts)
        for link in self._open:  # a link that spans blocks (<a><div>…) ends for us with its first one
            if link is not None and link.block is None:
                link.end = self._length
        blank = not text or text.isspace()
        if not blank or self._links:
            block = Block(text, self._links, self._images, self._places[-1], self._before, self._marks)
            for link in self._links:
                link.block = block
            self._all.append(block)
            self._links, self._marks = [], []
            if not blank:
                self._before = text
                self._images = 0
        self._parts, self._length = [], 0
        if self._marks:
            self._marks = []

    def _captured(self) -> None:
        kind, _, parts = self._capture.pop()
        text = "".join(parts)
        if kind == "json_ld":
            if len(self.json_ld) < 50:
                self.json_ld.append(text)
        elif kind == "title":
            self.title = " ".join(text[:2_000].split())
        elif kind == "author":
            self.authors.append(" ".join(text[:300].split()))
        else:
            self.found.append(Found(frozenset(kind.split()), " ".join(text[:1_000].split()), self._places[-1], ""))


_CAPTURED = LICENCE_NAMES | {"author", "cc:attributionname", "headline", "datepublished", "dct:title", "dc:title"}


class Deep(Exception):
    """The page nests deeper than :data:`MAX_DEPTH`; what was read before it must not be relied on."""


def _may_be_licence(href: str) -> bool:
    # Asked of every link of the page; spelt out because that is three times as fast as a loop or a pattern.
    return (
        "licen" in href
        or "creativecommons" in href
        or "legalcode" in href
        or "gnu.org" in href
        or "copyleft" in href
        or "publicdomain" in href
        or "opendatacommons" in href
        or "rightsstatements" in href
        or "cdla.dev" in href
    )


def _speaking(blocks: list[Block]) -> Iterator[Block]:
    """The blocks that hold a licence link or name. One search over all text: a call for each block costs more."""
    starts: list[int] = []
    length = 0
    for block in blocks:
        starts.append(length)
        length += len(block.text) + 1
    kept = {place for place, block in enumerate(blocks) if block.links}
    kept.update(
        bisect_right(starts, hit.start()) - 1 for hit in _SPEAKS.finditer("\0".join(block.text for block in blocks))
    )
    return (blocks[place] for place in sorted(kept)[:MAX_KEPT])


def _small(attributes: dict[str, str]) -> bool:
    """An image of a few pixels is layout (icons, counters), not something that a credit would speak of."""
    for key in ("width", "height"):
        value = attributes.get(key, "").removesuffix("px")
        if value.isdigit() and int(value[:6]) <= 48:
            return True
    return False


def scan(html: bytes) -> Scan | None:
    """Everything of a page in UTF-8 that may tell its licence; None when it can't be read as a whole."""
    target = Scan()
    parser: Any = etree.HTMLParser(target=target, huge_tree=True, recover=True, encoding="utf-8", remove_pis=True)
    try:
        parser.feed(html)
        result: Scan = parser.close()
    except Deep:
        return None
    except etree.XMLSyntaxError:  # nothing that could be an element
        return target.close()
    return result
