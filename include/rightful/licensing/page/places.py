"""Where an element stands. It is found when something asks for it: most elements of a page hold nothing that does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rightful.licensing.page.regions import setting_of

SPECIAL = frozenset(
    {"itemscope", "typeof", "about", "resource", "data-se-share-sheet-license-url", "itemprop", "property", "rel"}
)
"""Attributes that say more of an element than its class does."""


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


class Element:
    """An element that may say where its content stands; ``place`` is found when it is asked for
    (:func:`place_of`). ``parent`` is the nearest such element around it."""

    __slots__ = ("attributes", "parent", "place", "tag")

    def __init__(
        self, parent: Element | None, tag: str, attributes: dict[str, str], place: Place | None = None
    ) -> None:
        self.parent, self.tag, self.attributes, self.place = parent, tag, attributes, place


def place_of(element: Element) -> Place:
    """Where the content of ``element`` stands. Each element is asked once."""
    unknown: list[Element] = []
    above: Element | None = element
    while above is not None and above.place is None:
        unknown.append(above)
        above = above.parent
    place = Place() if above is None or above.place is None else above.place
    for one in reversed(unknown):
        place = one.place = _inside(one, place)
    return place


def names_a_thing(element: Element) -> bool:
    """Whether an item of microdata or RDFa begins with it; the page itself is none."""
    attributes = element.attributes
    return ("itemscope" in attributes or "typeof" in attributes) and element.tag not in ("html", "body")


def _is_within_article(element: Element) -> bool:
    """HTML, 4.3.2: an article in an article is related to it, as a reader's comment is; it is not its text."""
    above = element.parent
    while above is not None and above.tag != "article":
        above = above.parent
    return above is not None


def _inside(element: Element, place: Place) -> Place:
    tag, attributes = element.tag, element.attributes
    get = attributes.get
    # Numbers in ids would only fill the cache.
    why, region = setting_of(tag, get("role", ""), get("class", ""), get("id", "").rstrip("0123456789"))
    if not why and not region and tag != "li" and SPECIAL.isdisjoint(attributes):
        return place
    if tag == "article" and not why and _is_within_article(element):
        why = "another article"
    item, thing = place.item, place.thing
    if "itemscope" in attributes or "typeof" in attributes:
        item = get("itemtype") or get("typeof") or "Thing"
    if names_a_thing(element):
        thing = Thing(thing)
        thing.urls += [get("itemid", "")] if "itemid" in attributes else []
    about = get("about", place.about)
    # RDFa: where nothing is said of it, `resource` names what the elements inside speak of.
    if "resource" in attributes and "rel" not in attributes and "property" not in attributes:
        about = get("about") or get("resource", "")
    return Place(place.exclusion or why, region or place.region, item, about, place.listed or tag == "li", thing)
