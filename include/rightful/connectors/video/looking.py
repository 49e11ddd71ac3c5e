"""Videos are asked about again for what their platform says today about the licences of those that were taken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.video.entry import Entry
from rightful.connectors.video.listing import filled_url
from rightful.connectors.video.record import VideoReader
from rightful.connectors.video.trouble import IN_A_ROW, Unavailable
from rightful.errors import BlockedAddress, FetchError, Forbidden, Malformed, RateLimited, TooLarge
from rightful.http.robots import KeptOut
from rightful.model import JSON, FailedRecord, OptOut

log = logging.getLogger(__name__)

Found = tuple[list[dict[str, JSON]], tuple[OptOut, ...]]
"""The metadata of an item, one dictionary a recording, and what its site says of mining."""


def looked_up(
    source: Source,
    reader: VideoReader,
    known: Sequence[Known],
    ask: Callable[[Entry], Found],
    reads: Callable[[str], bool],
) -> Iterator[list[Sighting]]:
    """See :meth:`rightful.connectors.base.Connector.look_up`: one request's worth at a time.

    Args:
        source: The catalogue entry.
        reader: Makes records of metadata.
        known: What to look for.
        ask: For the metadata of an item.
        reads: Whether one of the source's extractors reads an address.
    """
    failed = 0
    for one in known:
        try:
            sighting = _seen(source, reader, one, ask, reads)
        except Forbidden as error:
            log.warning("source %s: it is left alone: %s", source.id, error.what)
            return
        failed = failed + 1 if sighting.status == "error" else 0
        yield [sighting]
        if failed >= IN_A_ROW:
            log.warning("source %s: %d look-ups in a row failed; the rest is left", source.id, failed)
            return


def _seen(
    source: Source, reader: VideoReader, one: Known, ask: Callable[[Entry], Found], reads: Callable[[str], bool]
) -> Sighting:
    spec, now, url = source.video.list_, datetime.now(UTC), one.url
    if spec is not None and not reads(url):
        url = filled_url(spec, one.native_id)
    entry = Entry(url=url, id=one.native_id)

    def sighting(status: str, **more: object) -> Sighting:
        return msgspec.convert(
            {"id": one.id, "group": "", "status": status, "seen_at": now, "url": one.url, **more}, Sighting
        )

    try:
        infos, optouts = ask(entry)
    except Unavailable as error:
        return sighting("gone" if error.gone else "error", detail=error.what[:500])
    except (FetchError, BlockedAddress, TooLarge, Malformed, KeptOut) as error:
        if isinstance(error, RateLimited):
            raise
        return sighting("error", detail=error.what[:500])
    info = next((found for found in infos if str(found.get("id")) == one.native_id), None)
    if info is None:
        return sighting("gone")
    read = reader.read(info, entry, several=len(infos) > 1, fetched_at=now, optouts=optouts)
    if isinstance(read, FailedRecord):
        return sighting("error", detail=read.detail)
    return sighting("found", claims=read.claims, optouts=read.optouts)


__all__ = ["Found", "looked_up"]
