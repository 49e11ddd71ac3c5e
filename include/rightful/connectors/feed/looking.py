"""Articles are looked at again: what their feeds, or their pages where it stood there, say today of the licence."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.feed.entries import Entry, entries_of
from rightful.connectors.linked import UNREAD
from rightful.connectors.syndication.document import Feed
from rightful.connectors.syndication.looking import looked_up as looked_up_in_feeds
from rightful.errors import BlockedAddress, FetchError, Forbidden, Malformed, RateLimited, Refused, TooLarge
from rightful.http.client import Client
from rightful.http.robots import KeptOut
from rightful.licensing.optouts import combined
from rightful.licensing.page import read_page
from rightful.licensing.policy import Policy

log = logging.getLogger(__name__)

MOST_FAILED = 3
"""Pages in a row that may fail; then the rest waits for another day."""

_GONE = frozenset({404, 410})
_OF_A_PAGE = re.compile(r"T\d ")
"""How the place of a claim begins that :func:`~rightful.licensing.page.read_page` made: its tier."""


def looked_up(
    source: Source, client: Client, known: Sequence[Known], stop: Callable[[], bool] | None, policy: Policy | None
) -> Iterator[list[Sighting]]:
    """See :meth:`rightful.connectors.base.Connector.look_up`. Each document is asked for where its licence stood."""
    of_pages = [one for one in known if policy is not None and _OF_A_PAGE.match(one.place)]
    asked = {one.id for one in of_pages}

    def listed(feed: Feed, address: str) -> Sequence[Entry]:
        return entries_of(feed, address, source.feed)

    rest = [one for one in known if one.id not in asked]
    if rest:
        yield from looked_up_in_feeds(source, client, rest, stop, listed)
    failed = 0
    for document in of_pages:
        assert policy is not None
        sighting, closed = _page(source, client, document, policy)
        yield [sighting]
        failed = failed + 1 if sighting.status == "error" else 0
        if closed or failed >= MOST_FAILED:
            log.warning("source %s: its pages can't be had just now; the rest waits for another day", source.id)
            return


def _page(source: Source, client: Client, document: Known, policy: Policy) -> tuple[Sighting, bool]:
    """What the page says today, and whether the site does not want us (401, 402, 403)."""
    now = datetime.now(UTC)

    def told(status: str, detail: str = "") -> Sighting:
        return Sighting(
            id=document.id,
            group="",
            status="gone" if status == "gone" else "error",
            seen_at=now,
            url=document.url,
            detail=detail[:500],
        )

    try:
        answer = client.page(document.url)
    except RateLimited:
        raise
    except Forbidden as error:
        return told("error", error.what), True
    except KeptOut as error:
        return told("error", error.what), False
    except Refused as error:
        return told("gone" if error.status in _GONE else "error", error.what), False
    except (FetchError, Malformed, TooLarge, BlockedAddress) as error:
        return told("error", error.what), False
    headers = tuple(answer.headers.multi_items())
    page = read_page(answer.body, answer.url, headers, policy=policy, source=source, seen=answer.fetched_at, whole=True)
    if page.rule in UNREAD:
        return told("error", f"not all of the page can be read ({page.rule})"), False
    sighting = Sighting(
        id=document.id,
        group="",
        status="found",
        seen_at=answer.fetched_at,
        url=answer.url,
        claims=page.claims,
        optouts=combined(answer.optouts, page.optouts),
    )
    return sighting, False


__all__ = ["looked_up"]
