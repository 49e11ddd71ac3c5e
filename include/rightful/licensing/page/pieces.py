"""The pieces that a pass over a page collects: places, links, blocks of text, values of properties."""

from __future__ import annotations

from typing import NamedTuple

LICENCE_NAMES = frozenset({
    "license", "licence", "copyright", "cc:license", "dc:license", "dct:license", "dcterms:license", "xhv:license",
    "schema:license",
    "dc:rights", "dct:rights", "dcterms:rights",
})  # fmt: skip
"""Names of ``rel``, ``property`` and ``itemprop`` that give a licence."""


class Place(NamedTuple):
    """What holds for everything inside an element."""

    exclusion: str = ""
    region: str = ""
    item: str = ""
    about: str = ""
    listed: bool = False


class Link:
    """A link that may lead to a licence; ``[start, end)`` is its place in its block's text."""

    __slots__ = ("alt", "block", "end", "href", "icon", "place", "rel", "start", "title")

    def __init__(self, href: str, rel: frozenset[str], title: str, place: Place, start: int) -> None:
        self.href, self.rel, self.title, self.place, self.start = href, rel, title, place, start
        self.end = start
        self.alt = ""
        self.icon = False
        self.block: Block | None = None


class Block:
    """A run of text between block elements."""

    __slots__ = ("before", "images", "links", "marks", "place", "text")

    def __init__(
        self, text: str, links: list[Link], images: int, place: Place, before: str, marks: list[tuple[int, int, Place]]
    ) -> None:
        self.text, self.links, self.images, self.place, self.before, self.marks = (
            text,
            links,
            images,
            place,
            before,
            marks,
        )

    def place_at(self, start: int) -> Place:
        """The place of the text at ``start``: an inline element may be a caption of its own."""
        return next((place for low, high, place in self.marks if low <= start < high), self.place)


class Found(NamedTuple):
    """A value given by ``itemprop``, ``property`` or ``rel`` outside of links: its names, value, place."""

    names: frozenset[str]
    value: str
    place: Place
    tag: str
