"""Feeds are read again for what they say today about the licences of items that were taken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.syndication.document import Feed
from rightful.connectors.syndication.licences import claims_of
from rightful.connectors.syndication.lists import feeds_of
from rightful.connectors.syndication.reading import FeedReader, NotRead, Read
from rightful.http.client import Client

log = logging.getLogger(__name__)


class Listed(Protocol):
    """An item as its kind reads it; ``item`` is its position in the feed."""

    @property
    def native_id(self) -> str: ...
    @property
    def published(self) -> datetime | None: ...
    @property
    def item(self) -> int: ...


ItemsOf = Callable[[Feed, str], Sequence[Listed]]
"""The items of a feed, with its address, as the source's kind reads them."""


def feed_of(place: str) -> str:
    """The feed that a claim stood in, by its place; ``""`` when it names none."""
    address, _, rest = place.partition(" ")
    return address if rest and address.startswith(("http://", "https://")) else ""


def looked_up(
    source: Source, client: Client, known: Sequence[Known], stop: Callable[[], bool] | None, items_of: ItemsOf
) -> Iterator[list[Sighting]]:
    """See :meth:`rightful.connectors.base.Connector.look_up`: one request for each feed."""
    wanted: dict[str, list[Known]] = {}
    for document in known:
        wanted.setdefault(feed_of(document.place), []).append(document)
    adrift = {document.id: document for document in wanted.pop("", [])}
    feeds = FeedReader(stop)
    for address, documents in wanted.items():
        read = feeds.read(client, address)
        if isinstance(read, Read):
            yield _seen(source, read, documents, items_of)
        elif read.asked:
            yield [_error(document, address, read.detail) for document in documents]
        else:
            log.warning("source %s: %s", source.id, read.detail)
    if adrift:
        yield from _anywhere(source, client, adrift, feeds, items_of)


def _anywhere(
    source: Source, client: Client, adrift: dict[str, Known], feeds: FeedReader, items_of: ItemsOf
) -> Iterator[list[Sighting]]:
    """Documents of which the corpus does not tell the feed (their licence is the source's own statement): every feed of
    the source file is looked through until all are found."""
    for address, _ in feeds_of(source, client, None):
        if not adrift:
            return
        read = feeds.read(client, address)
        if isinstance(read, NotRead):
            continue
        held = {one.native_id for one in items_of(read.feed, address)}
        here = [document for document in adrift.values() if document.native_id in held]
        for document in here:
            del adrift[document.id]
        if here:
            yield _seen(source, read, here, items_of)
    if adrift:
        detail = "none of the feeds that the source file names lists it"
        yield [_error(document, source.homepage, detail) for document in adrift.values()]


def _seen(source: Source, read: Read, documents: Sequence[Known], items_of: ItemsOf) -> list[Sighting]:
    items: dict[str, list[Listed]] = {}
    for one in items_of(read.feed, read.address):
        items.setdefault(one.native_id, []).append(one)
    dates = [one.published for held in items.values() for one in held if one.published is not None]
    oldest = min(dates, default=None)
    return [_sighting(source, read, document, items.get(document.native_id, []), oldest) for document in documents]


def _sighting(
    source: Source, read: Read, document: Known, items: Sequence[Listed], oldest: datetime | None
) -> Sighting:
    if items:
        day = document.published.date() if document.published else None
        # One that stands there twice says both things, so that a contradiction is seen as one.
        claims = [
            claim
            for one in items
            for claim in claims_of(
                source, read.address, one.native_id, read.feed.items[one.item].elements, read.feed.channel, day
            )
        ]
        return Sighting(
            id=document.id,
            group="",
            status="found",
            seen_at=read.fetched_at,
            url=read.url,
            claims=tuple(dict.fromkeys(claims)),
            optouts=read.optouts,
        )
    if oldest is not None and document.published is not None and document.published >= oldest:
        return Sighting(id=document.id, group="", status="gone", seen_at=read.fetched_at, url=read.url)
    # Most feeds list their newest items only: what is older than all of them may well be there still.
    return _error(document, read.url, "the feed does not reach back to it")


def _error(document: Known, url: str, detail: str) -> Sighting:
    return Sighting(id=document.id, group="", status="error", seen_at=datetime.now(UTC), url=url, detail=detail[:500])


__all__ = ["ItemsOf", "Listed", "feed_of", "looked_up"]
