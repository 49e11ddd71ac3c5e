"""An item of a feed as an episode: which one it is, when it was published, where its sound and its transcripts lie."""

from __future__ import annotations

import email.utils
import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urljoin

from rightful.catalogue.models import Source
from rightful.connectors import values
from rightful.connectors.podcast.feed import Element, Feed, Item, all_of, text_of
from rightful.connectors.podcast.licences import claims_of
from rightful.model import FailedRecord, Media, OptOut, Record, Struct

SHORTEST_GUID = 16
"""A guid with fewer characters that is no address (``12``, ``episode-3``) is unique in its own feed only."""

MOST_MEDIA = 10
LONGEST_SECONDS = 7 * 86_400.0
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
TRANSCRIPT_TYPES = {
    "text/vtt": 0, "application/json": 1, "application/srt": 2, "application/x-subrip": 2, "text/srt": 2,
    "text/html": 3, "text/plain": 4,
}  # fmt: skip
"""What can be read, best first: times and speakers, then times, then text alone."""

_PICTURES = ("image/", "text/", "application/pdf", "application/epub", "application/zip", "application/x-bittorrent")
_SPOKEN = ("host", "co-host", "guest", "guest host", "author", "reader", "narrator", "presenter", "")


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
                    native_id=native_id_of(item, address, media),
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
    language = (text_of(channel, "language", "dc:language") or "").lower()
    return Record(
        native_id=episode.native_id,
        version=version_of(best),
        url=_page(item, address) or best.url,
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
        language=language.partition("-")[0] if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", language) else None,
    )


def native_id_of(item: Item, address: str, media: Sequence[Media]) -> str:
    """The item's guid, as one id among all feeds of a source.

    A guid that is only unique in its own feed is told apart by the feed's address; an item without any is known by the
    address of its recording.
    """
    guid = text_of(item.elements, "guid", "atom:id") or ""
    if guid and (len(guid) >= SHORTEST_GUID or guid.startswith(("http://", "https://"))):
        return _bounded(guid)
    own = hashlib.sha256(address.encode()).hexdigest()[:12]
    if guid:
        return _bounded(f"{own}:{guid}")
    return f"{own}:{hashlib.sha256((media[0].url if media else '').encode() or item.raw).hexdigest()[:16]}"


def _bounded(guid: str) -> str:
    """``guid``, or its hash where it can't stand in a row as it is."""
    try:
        # Characters that turn the direction of writing, or are not seen, would forge lines of logs.
        if not any(unicodedata.category(character) == "Cf" for character in guid):
            return values.identifier(guid, "guid")
    except values.Broken:
        pass  # not as it is
    return hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()


def version_of(media: Media) -> str:
    """What makes it another recording: its address and announced size. Known before a byte of it is asked for."""
    return hashlib.sha256(f"{media.url} {media.bytes or ''}".encode()).hexdigest()[:16]


def published_of(elements: Iterable[Element]) -> datetime | None:
    """When the item says that it was published (RFC 822 or ISO 8601; UTC where it names no zone); None when it tells no
    date that can be: in a slice of a far future nobody would ever look for it."""
    latest = datetime.now(UTC) + values.AHEAD
    for text in (e.text for e in all_of(elements, "pubDate", "atom:published", "dc:date", "atom:updated") if e.text):
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


def seconds_of(text: str | None) -> float | None:
    """Seconds of ``itunes:duration``: ``1:02:03``, ``62:03``, ``3723`` or ``3723.5``; None for all else and for 0."""
    if not text or not re.fullmatch(r"\d{1,7}(:\d{1,3}){0,2}([.,]\d{1,6})?", text):
        return None
    total = 0.0
    for part in text.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total if 0 < total <= LONGEST_SECONDS else None


def creators_of(elements: Iterable[Element]) -> tuple[str, ...]:
    """Who speaks: ``podcast:person`` (those who are heard or who wrote it), else the author. Each once."""
    held = list(elements)
    people = [e.text for e in all_of(held, "podcast:person") if e.attributes.get("role", "").lower() in _SPOKEN]
    authors = [e.text for e in all_of(held, "itunes:author", "dc:creator", "author") if e.text]
    atom = [e.text for e in all_of(held, "atom:name") if e.inside == "atom:author"]
    # RSS wants an e-mail address in `author`, with the name in brackets behind it.
    names = people or [re.sub(r"^\S+@\S+\s*\((.+)\)$", r"\1", name) for name in authors] or atom
    return tuple(dict.fromkeys(name[:500] for name in names if name))


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
        url = _absolute(address, element.attributes.get("url") or element.attributes.get("href") or "")
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
        url = _absolute(address, element.attributes.get("url", ""))
        if url is not None and kind in TRANSCRIPT_TYPES:
            language = element.attributes.get("language") or None
            found.setdefault(url, Media(url=url, media_type=kind, language=language and language[:20]))
    return tuple(sorted(found.values(), key=lambda media: TRANSCRIPT_TYPES[media.media_type or ""])[:MOST_MEDIA])


def _page(item: Item, address: str) -> str | None:
    """The episode's own page."""
    for element in all_of(item.elements, "link", "atom:link"):
        if element.attributes.get("rel", "alternate") != "alternate":
            continue
        url = _absolute(address, element.attributes.get("href") or element.text)
        if url is not None:
            return url
    return None


def _absolute(base: str, reference: str) -> str | None:
    """``reference`` as an http(s) address, or None when it is none."""
    if not reference.strip():
        return None
    try:
        return values.url(urljoin(base, reference.strip()), "url")
    except (values.Broken, ValueError):
        return None


def within(episodes: Iterable[Episode], start: datetime, end: datetime) -> Iterator[Episode]:
    """The episodes published in ``[start, end)``."""
    return (one for one in episodes if one.published is not None and start <= one.published < end)


def announced_seconds(episode: Episode) -> float | None:
    """Length of its sound as its publisher tells it; None when that can't be."""
    seconds = episode.media[0].seconds if episode.media else None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds > 0 else None
