"""An item of a feed as an episode: which one it is, when it was published, where its sound and its transcripts lie."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from rightful.catalogue.models import Source
from rightful.connectors.syndication.document import Feed, Item, all_of, text_of
from rightful.connectors.syndication.items import (
    absolute,
    creators_of,
    language_of,
    native_id_of,
    page_of,
    published_of,
)
from rightful.connectors.syndication.licences import claims_of
from rightful.model import FailedRecord, Media, OptOut, Record, Struct

MOST_MEDIA = 10
LONGEST_SECONDS = 7 * 86_400.0
TRANSCRIPT_TYPES = {
    "text/vtt": 0, "application/json": 1, "application/srt": 2, "application/x-subrip": 2, "text/srt": 2,
    "text/html": 3, "text/plain": 4,
}  # fmt: skip
"""What can be read, best first: times and speakers, then times, then text alone."""

_PICTURES = ("image/", "text/", "application/pdf", "application/epub", "application/zip", "application/x-bittorrent")


class Episode(Struct, frozen=True, kw_only=True):
    """An item that has a recording. ``published`` is None when it tells no usable date; ``missing`` says why there is
    no usable recording."""

    native_id: str
    published: datetime | None
    media: tuple[Media, ...]
    missing: str | None
    item: int


def episodes_of(feed: Feed, address: str) -> list[Episode]:
    """The episodes of a feed, as they stand there. Items without any enclosure (texts, announcements) are none."""
    found = []
    for position, item in enumerate(feed.items):
        media, broken = _media(item, address)
        if media or broken:
            found.append(
                Episode(
                    native_id=native_id_of(item, address, media[0].url if media else ""),
                    published=published_of(item.elements),
                    media=media,
                    missing=None if media else broken,
                    item=position,
                )
            )
    return found


def record_of(
    source: Source, feed: Feed, address: str, episode: Episode, fetched_at: datetime, optouts: tuple[OptOut, ...]
) -> Record | FailedRecord:
    """The record of an episode, before anything but the feed was asked for.

    Args:
        source: The catalogue entry.
        feed: That the episode is of.
        address: Of the feed; names the evidence, and stands in the place of every claim.
        episode: One of :func:`episodes_of`.
        fetched_at: When the feed came.
        optouts: Of the headers of that answer.
    """
    item, channel = feed.items[episode.item], feed.channel
    if len(item.raw) > source.limits.record_bytes or not episode.media:
        large = f"{len(item.raw):,} bytes, more than `limits.record_bytes` ({source.limits.record_bytes:,})"
        return FailedRecord(
            native_id=episode.native_id,
            url=address,
            reason="malformed" if episode.missing else "too_large",
            detail=f"{address}: {episode.missing or large}",
            fetched_at=fetched_at,
        )
    best = episode.media[0]
    day = episode.published.date() if episode.published else None
    return Record(
        native_id=episode.native_id,
        version=version_of(best),
        url=page_of(item, address) or best.url,
        raw=item.raw,
        body=None,
        media_type=best.media_type or "application/octet-stream",
        claims=claims_of(source, address, episode.native_id, item.elements, channel, day),
        optouts=optouts,
        title=text_of(item.elements, "title", "itunes:title", "atom:title"),
        creators=creators_of(item.elements) or creators_of(channel),
        rights_holder=source.license.rights_holder,
        publisher=text_of(channel, "title", "atom:title"),
        record_kind="transcript" if source.record_kind == "text" else source.record_kind,
        created=episode.published,
        published=episode.published,
        fetched_at=fetched_at,
        region=source.region,
        evidence=address,
        media_seconds=best.seconds,
        media=episode.media,
        transcripts=_transcripts(item, address),
        language=language_of(text_of(channel, "language", "dc:language")),
    )


def version_of(media: Media) -> str:
    """What makes it another recording: its address and announced size. Known before a byte of it is asked for."""
    return hashlib.sha256(f"{media.url} {media.bytes or ''}".encode()).hexdigest()[:16]


def seconds_of(text: str | None) -> float | None:
    """Seconds of ``itunes:duration``: ``1:02:03``, ``62:03``, ``3723`` or ``3723.5``; None for all else and for 0."""
    if not text or not re.fullmatch(r"\d{1,7}(:\d{1,3}){0,2}([.,]\d{1,6})?", text):
        return None
    total = 0.0
    for part in text.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total if 0 < total <= LONGEST_SECONDS else None


def _media(item: Item, address: str) -> tuple[tuple[Media, ...], str]:
    """The recordings of an item, best first (sound before video), and what is wrong with those that can't be."""
    seconds = seconds_of(text_of(item.elements, "itunes:duration"))
    found: dict[str, Media] = {}
    broken = ""
    for element in all_of(item.elements, "enclosure", "atom:link", "link", "media:content"):
        if element.name in ("atom:link", "link") and element.attributes.get("rel") != "enclosure":
            continue
        kind = element.attributes.get("type", "").partition(";")[0].strip().lower() or None
        medium = element.attributes.get("medium", "")
        if (kind or "").startswith(_PICTURES) or medium in ("image", "document", "executable"):
            continue
        if element.name == "media:content" and kind is None and medium not in ("audio", "video"):
            continue
        url = absolute(address, element.attributes.get("url") or element.attributes.get("href") or "")
        if url is None:
            broken = "its enclosure has no http(s) address"
            continue
        own = seconds_of(element.attributes.get("duration"))
        size = element.attributes.get("length") or element.attributes.get("fileSize") or ""
        size_bytes = int(size) if size.isascii() and size.isdigit() and len(size) < 16 and int(size) > 0 else None
        found.setdefault(url, Media(url=url, media_type=kind, bytes=size_bytes, seconds=seconds or own))
    ordered = sorted(found.values(), key=lambda media: (media.media_type or "").startswith("video/"))
    return tuple(ordered[:MOST_MEDIA]), broken


def _transcripts(item: Item, address: str) -> tuple[Media, ...]:
    found: dict[str, Media] = {}
    for element in all_of(item.elements, "podcast:transcript"):
        kind = element.attributes.get("type", "").partition(";")[0].strip().lower()
        url = absolute(address, element.attributes.get("url", ""))
        if url is not None and kind in TRANSCRIPT_TYPES:
            language = element.attributes.get("language") or None
            found.setdefault(url, Media(url=url, media_type=kind, language=language and language[:20]))
    return tuple(sorted(found.values(), key=lambda media: TRANSCRIPT_TYPES[media.media_type or ""])[:MOST_MEDIA])


def announced_seconds(episode: Episode) -> float | None:
    """Length of its sound as its publisher tells it; None when that can't be."""
    seconds = episode.media[0].seconds if episode.media else None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds > 0 else None


def within(episodes: Iterable[Episode], start: datetime, end: datetime) -> Iterator[Episode]:
    """The episodes published in ``[start, end)``."""
    return (one for one in episodes if one.published is not None and start <= one.published < end)
