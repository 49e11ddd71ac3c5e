"""The pieces that a pass over a page collects: links, blocks of text, values of properties."""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import NamedTuple

from rightful.licensing.page.places import Element, Place, place_of

LICENCE_NAMES = frozenset({
    "license", "licence", "copyright", "cc:license", "dc:license", "dct:license", "dcterms:license", "xhv:license",
    "schema:license",
    "dc:rights", "dct:rights", "dcterms:rights",
})  # fmt: skip
"""Names of ``rel``, ``property`` and ``itemprop`` that give a licence."""


TERM_NAMES = frozenset({
    "usageinfo", "copyrightnotice", "conditionsofaccess", "schema:usageinfo", "schema:copyrightnotice", "cc:prohibits",
    "dct:accessrights", "dcterms:accessrights", "dc:accessrights",
})  # fmt: skip
"""Names of the same that give terms of use, which may contradict a licence."""


class Link:
    """A link that may lead to a licence; ``[start, end)`` is its place in its block's text. ``title`` and ``alt`` are
    what it and the images in it are called, ``shown`` the elements of a licence that its icons show."""

    __slots__ = ("alt", "block", "end", "href", "icon", "place", "rel", "shown", "start", "title")

    def __init__(self, href: str, rel: frozenset[str], title: str, place: Place, start: int) -> None:
        self.href, self.rel, self.title, self.place, self.start = href, rel, title, place, start
        self.end = start
        self.alt = ""
        self.icon = False
        self.shown: frozenset[str] = frozenset()
        self.block: Block | None = None

    def say(self, *words: str) -> None:
        """More words that stand in attributes of what is inside the link."""
        said = " ".join(word for word in words if word)
        if said and len(self.alt) < 1_000:
            self.alt = f"{self.alt} {said[:500]}".strip()


class Block:
    """A run of text between block elements. ``marks`` are its pieces of text, each with the element that it is in;
    ``around`` are the texts of short blocks near it."""

    __slots__ = ("after", "around", "before", "element", "images", "links", "marks", "text")

    def __init__(
        self,
        text: str,
        links: list[Link],
        images: int,
        element: Element,
        before: str,
        marks: list[tuple[int, int, Element]],
    ) -> None:
        self.text, self.links, self.images, self.element, self.before = text, links, images, element, before
        self.marks = marks
        self.after = ""
        self.around: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it stands."""
        return place_of(self.element)

    def place_at(self, start: int) -> Place:
        """The place of the text at ``start``: an inline element may be a caption of its own."""
        # The pieces follow each other: by halves, for a page may hold a hundred thousand of them, and as many names.
        number = bisect_right(self.marks, start, key=itemgetter(0)) - 1
        if number >= 0 and start < self.marks[number][1] and (place := place_of(self.marks[number][2])).exclusion:
            return place
        return self.place


class Found(NamedTuple):
    """A value given by ``itemprop``, ``property`` or ``rel`` outside of links: its names, value, place."""

    names: frozenset[str]
    value: str
    place: Place
    tag: str
