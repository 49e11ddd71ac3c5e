"""One pass over a page: its metadata, and the blocks of text that hold a licence link or name, each with its place.

lxml's parser is used as an event source: no tree is built, so time and memory are linear in the page, also for a
hundred thousand nested elements or attributes (tree builders that follow HTML 5 take minutes for those).
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from rightful.licensing.optouts.names import RSL_MEDIA_TYPE
from rightful.licensing.page.marks import (
    MAX_KEPT,
    conditions_of,
    is_free_work,
    is_icon,
    is_small,
    may_be_licence,
    shown_by,
    speaking,
)
from rightful.licensing.page.names import MAX_TEXT
from rightful.licensing.page.pieces import LICENCE_NAMES, TERM_NAMES, Block, Found, Link
from rightful.licensing.page.places import SPECIAL, Element, Place, Thing, names_a_thing, place_of
from rightful.licensing.page.regions import BLOCKS, PLACED, SKIPPED

MAX_DEPTH = 1_000
"""Elements inside each other; deeper pages are not read. Real ones stay under 200."""
MAX_METAS = 5_000
MAX_BLOCKS = 100_000
"""Blocks of text, at about a kilobyte of memory each; a page with more is not accepted. Real ones stay under 3,000."""
MAX_COMMENT = MAX_VALUE = 20_000
"""Characters of a comment, and of a property's value, that are read; a page with longer ones is not accepted."""
_MEANING = SKIPPED | {"a", "img", "br", "meta", "link", "title", "time"}
_MEDIA_TYPE = re.compile(
    r"^\S*\b(?:dct?|dcterms):type\b.*dcmitype/(?:StillImage|MovingImage|Image|Sound|Dataset|Software|PhysicalObject)",
    re.I,
)
_LINKS = frozenset({"a", "link", "meta"})
_NO_NAMES: frozenset[str] = frozenset()
_ITEM = ("itemprop", "property", "rel")
_ADDRESS = frozenset({"url", "mainentityofpage", "schema:url", "schema:mainentityofpage"})


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
        self.things: list[Thing] = []
        self.conditions: list[str] = []
        self.icons: list[str] = []
        self.stylesheets_of: set[str] = set()
        self.title = ""
        self.media = False
        self.cut = False
        self.times: list[str] = []
        self.authors: list[str] = []
        self._places: list[Element] = [Element(None, "", {}, Place())]
        self._skip = 0
        self._parts: list[str] = []
        self._length = 0
        self._links: list[Link] = []
        self._open: list[Link | None] = []
        self._images = 0
        self._before = ""
        self._marks: list[tuple[int, int, Element]] = []
        self._all: list[Block] = []
        self._capture: list[tuple[str, int, list[str]]] = []

    # lxml calls these four for every event of the page: they are the hot loop, hence the plain style.

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        places = self._places
        if len(places) > MAX_DEPTH:
            raise Deep
        element = places[-1]
        if attributes and self._open and (link := self._open[-1]) is not None:
            link.say(attributes.get("aria-label", ""), attributes.get("title", "") if tag != "img" else "")
            link.shown |= shown_by(attributes.get("class", "")) | shown_by(attributes.get("srcset", ""))
        if self._skip:
            self._skip += 1
            places.append(element)
            return
        if tag in BLOCKS and (self._parts or self._links or self._images):
            self._flush()
        if attributes or tag in PLACED:
            element = Element(element, tag, attributes)
            if not SPECIAL.isdisjoint(attributes):
                self._special(element)
        places.append(element)
        if tag in _MEANING:
            self._means(tag, attributes, element)

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
        if self._skip:
            if self._open and (link := self._open[-1]) is not None and not text.isspace():
                link.say(text[:500])  # the <title> of an icon that is drawn within the page
        elif self._parts or not text.isspace():
            start = self._length
            self._length = end = start + len(text)
            self._marks.append((start, end, self._places[-1]))
            self._parts.append(text)

    def comment(self, text: str) -> None:
        if "rdf:RDF" in text and len(self.comments) < MAX_KEPT:
            self.comments.append(text[:MAX_COMMENT])
            self.cut = self.cut or len(text) > MAX_COMMENT

    def close(self) -> Scan:
        self._flush()
        self.blocks = list(speaking(self._all))
        self.conditions = conditions_of(self._all)
        counts = [len(self.blocks), len(self.head_links), len(self.found), *(len(b.links) for b in self.blocks)]
        too_long = any(len(block.text) > MAX_TEXT for block in self.blocks)
        many = max(*counts, len(self.comments)) >= MAX_KEPT or len(self.metas) >= MAX_METAS or len(self.json_ld) >= 50
        self.cut = self.cut or too_long or many
        return self

    # What the elements mean.

    def _means(self, tag: str, attributes: dict[str, str], element: Element) -> None:
        if tag == "a":
            self._anchor(attributes, element)
        elif tag == "img":
            self._image(attributes)
        elif tag == "br":
            self._add("\n")
        elif tag in SKIPPED:
            self._skip = 1
            if tag == "script" and (kind := attributes.get("type", "").lower()):
                if "ld+json" in kind:
                    self._capture.append(("json_ld", len(self._places), []))
                elif RSL_MEDIA_TYPE in kind:
                    self._reserves("in the page")
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "link":
            self._link(attributes, element)
        elif tag == "title" and not self.title:
            self._capture.append(("title", len(self._places), []))
        elif tag == "time" and "datetime" in attributes:
            self.times.append(attributes["datetime"])

    def _special(self, element: Element) -> None:
        """An element whose attributes say more than where it stands. Its place is found now: things are in order."""
        attributes = element.attributes
        get = attributes.get
        if "rel" in attributes and _MEDIA_TYPE.search(f"{get('rel', '')} {get('href', '')} {get('resource', '')}"):
            self.media = True  # the code that creativecommons.org gives out for an image, a film, a sound
        if "data-se-share-sheet-license-url" in attributes:
            self.share_sheets.append(get("data-se-share-sheet-license-url", ""))
        if names_a_thing(element):
            thing = place_of(element).thing
            assert thing is not None
            self.things.append(thing)
        if element.tag not in _LINKS and ("itemprop" in attributes or "property" in attributes or "rel" in attributes):
            self._property(element.tag, attributes, place_of(element))

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

    def _anchor(self, attributes: dict[str, str], element: Element) -> None:
        get = attributes.get
        href, names = get("href", ""), get("rel", "")
        if "itemprop" in attributes or "property" in attributes:
            names = f"{names} {get('itemprop', '')} {get('property', '')}"
        rel = frozenset(names.lower().split()) if names else _NO_NAMES
        if rel and not rel.isdisjoint(_ADDRESS):
            self._address(href, element)
        lower = href[:2_000].lower()
        if (may_be_licence(lower) or rel & LICENCE_NAMES) and len(self._links) < MAX_KEPT:
            link = Link(
                href, rel, f"{get('title', '')} {get('aria-label', '')}".strip(), place_of(element), self._length
            )
            link.shown = shown_by(get("class", ""))
            self._links.append(link)
            self._open.append(link)
            return
        if "author" in rel or "cc:attributionname" in rel:
            self._capture.append(("author", len(self._places), []))
        if lower.startswith("http") and is_free_work(lower):
            self._images += 1
        self._open.append(None)  # every <a> has its </a>

    def _image(self, attributes: dict[str, str]) -> None:
        said = f"{attributes.get('alt', '')} {attributes.get('title', '')}".strip()
        sources = " ".join(attributes.get(key, "")[:500] for key in ("src", "data-src", "srcset"))
        icon = is_icon(f"{sources[:1_500]} {said[:500]}")
        link = self._open[-1] if self._open else None
        if link is not None and (icon or link.rel):
            link.icon = link.icon or icon
            link.say(said)
            link.shown |= shown_by(sources)
        elif not icon and not is_small(attributes):
            self._images += 1
        elif link is None and not place_of(self._places[-1]).exclusion and shown_by(sources) >= {"by"}:
            self.icons.append(sources[:500])

    def _meta(self, attributes: dict[str, str]) -> None:
        content = attributes.get("content")
        if content is None:
            return
        if "itemprop" in attributes:
            names = frozenset(attributes["itemprop"].lower().split())
            self.found.append(Found(names, content, place_of(self._places[-1]), "meta"))
            if not names.isdisjoint(_ADDRESS):
                self._address(content, self._places[-1])
        for key in ("name", "property", "http-equiv"):
            if key in attributes and len(self.metas) < MAX_METAS:
                self.metas.append((attributes[key].strip(), content))

    def _link(self, attributes: dict[str, str], element: Element) -> None:
        rel = frozenset(" ".join(attributes.get(key, "") for key in _ITEM).lower().split())
        href = attributes.get("href", "")
        if RSL_MEDIA_TYPE in attributes.get("type", "").lower():
            self._reserves(href)
        if not rel.isdisjoint(_ADDRESS):
            self._address(href, element)
        place = place_of(element)
        of_item = ("itemprop" in attributes or "property" in attributes) and (place.item or place.about)
        if rel & TERM_NAMES or ((of_item or place.exclusion) and rel & LICENCE_NAMES):
            # Of an item (an image, a comment) or in a place that is none of the text's: weighed as a property is.
            if len(self.found) < MAX_KEPT:
                self.found.append(Found(rel, href, place, "link"))
        elif rel & LICENCE_NAMES or "canonical" in rel:
            if len(self.head_links) < MAX_KEPT:
                self.head_links.append((rel, href, dict(attributes)))
        elif "stylesheet" in rel and "sstatic.net" in href:
            self.stylesheets_of.add("stackexchange")

    def _reserves(self, terms: str) -> None:
        """RSL terms, as a link to them or in the page, are heard as the header that announces them."""
        if len(self.metas) < MAX_METAS:
            self.metas.append(("link", f'<{terms.strip() or "."}>; type="{RSL_MEDIA_TYPE}"'))

    def _address(self, url: str, element: Element) -> None:
        """What ``element`` stands in gives itself an address."""
        thing = place_of(element).thing
        if thing is not None:
            thing.urls.append(url)

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
            if len(self._all) < MAX_BLOCKS:
                self._all.append(block)
            else:
                self.cut = True
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
            place = place_of(self._places[-1])
            self.found.append(Found(frozenset(kind.split()), " ".join(text[:MAX_VALUE].split()), place, ""))
            self.cut = self.cut or len(text) > MAX_VALUE


_CAPTURED = (
    LICENCE_NAMES | TERM_NAMES | {"author", "cc:attributionname", "headline", "datepublished", "dct:title", "dc:title"}
)


class Deep(Exception):
    """The page nests deeper than :data:`MAX_DEPTH`; what was read before it must not be relied on."""


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
