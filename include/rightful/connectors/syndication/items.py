"""What every item of a feed says: which one it is, when and by whom it was published, where its page is."""

from __future__ import annotations

import email.utils
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from rightful.connectors import values
from rightful.connectors.syndication.document import Element, Item, all_of, text_of

SHORTEST_GUID = 16
"""A guid with fewer characters that is no address (``12``, ``episode-3``) is unique in its own feed only."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
PUBLISHED = ("pubDate", "atom:published", "dc:date")
UPDATED = ("atom:updated", "dcterms:modified")
_SPOKEN = ("host", "co-host", "guest", "guest host", "author", "reader", "narrator", "presenter", "")


def native_id_of(item: Item, feed: str, address: str) -> str:
    """The item's guid, as one id among all feeds of a source.

    A guid that is only unique in its own feed is told apart by the feed's address; an item without any is known by the
    ``address`` of what it is about (its recording, its page), and without that by its bytes.
    """
    guid = text_of(item.elements, "guid", "atom:id") or ""
    if guid and (len(guid) >= SHORTEST_GUID or guid.startswith(("http://", "https://"))):
        return _bounded(guid)
    own = hashlib.sha256(feed.encode()).hexdigest()[:12]
    if guid:
        return _bounded(f"{own}:{guid}")
    return f"{own}:{hashlib.sha256(address.encode() or item.raw).hexdigest()[:16]}"


def _bounded(guid: str) -> str:
    """``guid``, or its hash where it can't stand in a row as it is."""
    try:
        # Characters that turn the direction of writing, or are not seen, would forge lines of logs.
        if not any(unicodedata.category(character) == "Cf" for character in guid):
            return values.identifier(guid, "guid")
    except values.Broken:
        pass  # not as it is
    return hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()


def published_of(elements: Iterable[Element]) -> datetime | None:
    """When the item says that it was published; see :func:`date_of`."""
    return date_of(elements, *PUBLISHED, *UPDATED[:1])


def date_of(elements: Iterable[Element], *names: str) -> datetime | None:
    """The first date of these elements (RFC 822 or ISO 8601; UTC where it names no zone); None when they tell no date
    that can be: in a slice of a far future nobody would ever look for it."""
    latest = datetime.now(UTC) + values.AHEAD
    for text in (e.text for e in all_of(elements, *names) if e.text):
        moment = _moment(text)
        if moment is not None and EARLIEST <= moment <= latest:
            return moment
    return None


def _moment(text: str) -> datetime | None:
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue  # not this form
    return None


def creators_of(elements: Iterable[Element]) -> tuple[str, ...]:
    """Who speaks: ``podcast:person`` (those who are heard or who wrote it), else the author. Each once."""
    held = list(elements)
    people = [e.text for e in all_of(held, "podcast:person") if e.attributes.get("role", "").lower() in _SPOKEN]
    authors = [e.text for e in all_of(held, "itunes:author", "dc:creator", "author") if e.text]
    atom = [e.text for e in all_of(held, "atom:name") if e.inside == "atom:author"]
    # RSS wants an e-mail address in `author`, with the name in brackets behind it.
    names = people or [re.sub(r"^\S+@\S+\s*\((.+)\)$", r"\1", name) for name in authors] or atom
    return tuple(dict.fromkeys(name[:500] for name in names if name))


def page_of(item: Item, address: str) -> str | None:
    """The item's own page; ``address`` is that of the feed."""
    for element in all_of(item.elements, "link", "atom:link"):
        if element.attributes.get("rel", "alternate") != "alternate":
            continue
        url = absolute(urljoin(address, element.base), element.attributes.get("href") or element.text)
        if url is not None:
            return url
    return None


def absolute(base: str, reference: str) -> str | None:
    """``reference`` as an http(s) address, or None when it is none."""
    if not reference.strip():
        return None
    try:
        return values.url(urljoin(base, reference.strip()), "url")
    except (values.Broken, ValueError):
        return None


def secured(url: str | None, feed: str) -> str | None:
    """``url`` over https where the feed itself came over it from the same host: old links say http, and whoever is on
    the way could read and change the answer."""
    if url is None or not url.lower().startswith("http://") or not feed.lower().startswith("https://"):
        return url
    there, here = urlsplit(url), urlsplit(feed)
    return f"https{url[4:]}" if there.netloc.lower() == here.netloc.lower() else url


def language_of(*said: str | None) -> str | None:
    """The first of several languages, by its first part (``pt-BR`` → ``pt``); None when it is no tag of a language."""
    tag = next((text for text in said if text), "").lower()
    return tag.partition("-")[0] if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag) else None


__all__ = [
    "PUBLISHED",
    "UPDATED",
    "absolute",
    "creators_of",
    "date_of",
    "language_of",
    "native_id_of",
    "page_of",
    "published_of",
    "secured",
]
