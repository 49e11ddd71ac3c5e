"""The pieces that a pass over a page collects: places, links, blocks of text, values of properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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


class Thing:
    """An item of microdata: the addresses that it gives itself, and the item that it stands in. ``elsewhere`` is found
    once all of the page is read: it is none of this page, as an entry of a list of articles is."""

    __slots__ = ("elsewhere", "urls", "within")

    def __init__(self, within: Thing | None) -> None:
        self.urls: list[str] = []
        self.within = within
        self.elsewhere = False

    def settle(self, here: Callable[[str], bool]) -> None:
        """Find out whether it is none of this page; what it stands in is settled before it."""
        inherited = self.within is not None and self.within.elsewhere
        self.elsewhere = inherited or (bool(self.urls) and not any(here(url) for url in self.urls))


class Place(NamedTuple):
    """What holds for everything inside an element."""

    exclusion: str = ""
    region: str = ""
    item: str = ""
    about: str = ""
    listed: bool = False
    thing: Thing | None = None


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
    """A run of text between block elements."""

    __slots__ = ("after", "before", "images", "links", "marks", "place", "text")

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

        self.after = ""

    def place_at(self, start: int) -> Place:
        """The place of the text at ``start``: an inline element may be a caption of its own."""
        return next((place for low, high, place in self.marks if low <= start < high), self.place)


class Found(NamedTuple):
    """A value given by ``itemprop``, ``property`` or ``rel`` outside of links: its names, value, place."""

    names: frozenset[str]
    value: str
    place: Place
    tag: str
