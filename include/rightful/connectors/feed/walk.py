"""The documents of one feed, from the newest entries to older ones, until they lie before the slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urljoin

from rightful.catalogue.models import FeedFetch, Source
from rightful.connectors.feed.entries import Entry, entries_of
from rightful.connectors.syndication.document import all_of
from rightful.connectors.syndication.items import absolute, secured
from rightful.connectors.syndication.reading import NotRead, Read
from rightful.errors import EndlessCursor, Malformed, Refused
from rightful.http.client import Client
from rightful.model import JSON, Slice

Ask = Callable[[Client, str], Read | NotRead]
"""Asks for one document, at its full address."""

_NOT_FOUND = 404


class Place(NamedTuple):
    """Which document of a feed: how many come before it, its page number or address (None: the feed's own), and
    whether an entry from before the slice was seen already."""

    number: int = 0
    page: int | None = None
    url: str | None = None
    reached: bool = False

    def save(self) -> JSON:
        """As it may stand in a cursor."""
        return self._asdict()


class Document(NamedTuple):
    """One document: where it is, what it holds, and where to go on (None: this is the last that counts)."""

    place: Place
    read: Read
    entries: list[Entry]
    after: Place | None


class Walk:
    """Reads the documents of one feed.

    Args:
        source: The catalogue entry.
        client: Asks.
        feed: Its address.
        slice: What the entries are wanted of.
        ask: How a document is asked for; one that can't be had ends the walk.
    """

    def __init__(self, source: Source, client: Client, feed: str, slice: Slice, ask: Ask) -> None:
        self._source, self._client, self._feed, self._slice, self._ask = source, client, feed, slice, ask
        self._spec: FeedFetch = source.feed
        self._before: set[str] = set()
        self.whole = False
        """At the end: whether all of the slice was seen."""
        self.oldest: datetime | None = None
        """The oldest date that was seen."""
        self.undated = False
        """Whether an entry was seen that tells no usable date."""

    def documents(self, place: Place | None = None) -> Iterator[Document | NotRead]:
        """From ``place`` on (None: the newest).

        Raises:
            Malformed: A link or an order that makes no sense.
            EndlessCursor: The same document again and again, or more than ``limits.pages``.
        """
        at: Place | None = place or Place()
        while at is not None:
            if at.number >= self._source.limits.pages:
                raise self._endless(f"more than {self._source.limits.pages:,} documents")
            try:
                read = self._ask(self._client, self._address(at))
            except Refused as error:
                if not self._is_end(at, error.status):
                    raise
                return
            if isinstance(read, NotRead):
                if not self._is_end(at, read.status):
                    yield read
                return
            document = self._document(at, read)
            yield document
            at = document.after

    def _is_end(self, at: Place, status: int | None) -> bool:
        """Whether there is no document of this number (WordPress answers 404): then all that there is was seen."""
        if at.page is None or status != _NOT_FOUND:
            return False
        self.whole = at.reached or self._spec.paginate.keeps == "all"
        return True

    def _document(self, at: Place, read: Read) -> Document:
        entries = entries_of(read.feed, self._feed, self._spec)
        dates = [entry.date for entry in entries if entry.date is not None]
        start = self._slice.start
        reached = at.reached or any(date <= start for date in dates)
        self.oldest = min((*dates, *([self.oldest] if self.oldest else [])), default=None)
        self.undated = self.undated or len(dates) < len(entries)
        again = self._is_again(entries)
        after = None if again else self._after(at, read, entries)
        if dates and max(dates) < start and after is not None:
            if dates[0] < dates[-1]:
                what = f"its newest entries do not come first, so nobody can tell where {self._spec.date} dates end"
                raise self._malformed(read.url, what, "correct `fetch.date`, or take another address of the feed")
            after = None
        if entries and not dates:
            after = None  # nobody can tell how far it goes back
        if after is not None:
            return Document(at, read, entries, after._replace(reached=reached))
        self.whole = reached or (self._keeps_all(read) and not again and (bool(dates) or not entries))
        return Document(at, read, [] if again else entries, None)

    def _keeps_all(self, read: Read) -> bool:
        return self._spec.paginate.keeps == "all" or bool(all_of(read.feed.channel, "fh:complete"))

    def _address(self, at: Place) -> str:
        if at.url is not None:
            return at.url
        if at.page is not None and self._spec.paginate.style == "page":
            return self._client.url(self._feed, {self._spec.paginate.param: at.page})
        return self._feed

    def _after(self, at: Place, read: Read, entries: list[Entry]) -> Place | None:
        paginate = self._spec.paginate
        if paginate.style == "page":
            page = (paginate.first if at.page is None else at.page) + 1
            return Place(at.number + 1, page=page) if entries else None
        if paginate.style != "next":
            return None
        links = all_of(read.feed.channel, "atom:link")
        for relation in ("next", "prev-archive"):
            for link in links:
                if relation in link.attributes.get("rel", "").lower().split():
                    url = absolute(urljoin(read.url, link.base), link.attributes.get("href", ""))
                    url = secured(url, read.url)
                    if url is None:
                        raise self._malformed(read.url, f"its link rel={relation} is no address", "tell its publisher")
                    return Place(at.number + 1, url=self._client.public(url))
        return None

    def _is_again(self, entries: list[Entry]) -> bool:
        """Whether these are the entries of the document before: a server that does not know the parameter gives the
        newest ones for ever, so that no more is to be had of it. Raises EndlessCursor for links in a circle."""
        ids = {entry.native_id for entry in entries}
        again = bool(ids) and ids <= self._before
        if again and self._spec.paginate.style == "next":
            raise self._endless("the same entries as in the document before")
        self._before = ids
        return again

    def _endless(self, what: str) -> EndlessCursor:
        return EndlessCursor(
            f"{self._feed}: {what}",
            source=self._source.id,
            slice=self._slice,
            remedy="correct `fetch.paginate`: perhaps the feed is one document (`style: none`)",
        )

    def _malformed(self, url: str, what: str, remedy: str) -> Malformed:
        return Malformed(f"{url}: {what}", source=self._source.id, slice=self._slice, remedy=remedy)


__all__ = ["Document", "Place", "Walk"]
