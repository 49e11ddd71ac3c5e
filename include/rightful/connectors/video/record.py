"""The metadata of one video, as yt-dlp gives it, becomes a :class:`Record`: claims, dates, people, and no sound."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec

from rightful.catalogue.models import Source, VideoFetch
from rightful.connectors import values
from rightful.connectors.paths import all_at
from rightful.connectors.values import Broken
from rightful.connectors.video.entry import Entry
from rightful.licensing.claims import claims_of
from rightful.model import JSON, FailedRecord, LicenseClaim, Media, OptOut, Record, Strength

MEDIA_TYPE = "text/plain"
"""Of what a recording becomes."""

ASKED = "asked"
"""Key in a record's raw JSON: what yt-dlp was asked for to get it."""

_KEPT = (
    *("id", "title", "description", "webpage_url", "extractor", "extractor_key", "display_id", "license"),
    *("uploader", "uploader_id", "uploader_url", "channel", "channel_id", "channel_url", "creators", "artists"),
    *("timestamp", "upload_date", "release_timestamp", "release_date", "release_year", "duration", "language"),
    *("location", "categories", "tags", "availability", "live_status", "is_live", "age_limit", "album", "track"),
)
_OF_A_FORMAT = ("format_id", "ext", "acodec", "vcodec", "filesize", "language")
_CHANNEL_KEYS = ("channel_id", "channel_url", "uploader_id", "uploader_url")
"""What tells who a channel is; names can be taken by anybody."""

_MOST_FORMATS = 200


class VideoReader:
    """Makes records of one source's metadata."""

    def __init__(self, source: Source) -> None:
        self._source, self._fetch = source, source.video

    def read(
        self, info: dict[str, JSON], entry: Entry, *, several: bool, fetched_at: datetime, optouts: tuple[OptOut, ...]
    ) -> Record | FailedRecord:
        """Make a record of metadata.

        Args:
            info: As the extractor gave it.
            entry: What was listed, and what was asked for.
            several: Whether the item has further recordings.
            fetched_at: When it came.
            optouts: Of the headers on the way.
        """
        native_id = ""
        try:
            native_id = values.identifier(info.get("id"), "id")
            return self._record(info, native_id, entry, several, fetched_at, optouts)
        except Broken as error:
            detail = str(error)
        except (ValueError, TypeError, RecursionError, msgspec.MsgspecError) as error:
            detail = f"{type(error).__name__}: {error}"
        return FailedRecord(
            native_id=native_id, url=entry.shown, reason="malformed", detail=detail[:500], fetched_at=fetched_at
        )

    def _record(
        self,
        info: dict[str, JSON],
        native_id: str,
        entry: Entry,
        several: bool,
        fetched_at: datetime,
        optouts: tuple[OptOut, ...],
    ) -> Record:
        source = self._source
        if info.get("live_status") in ("is_live", "is_upcoming", "post_live") or info.get("is_live") is True:
            raise Broken("it is a live stream, or has not begun")
        published = published_of(info, fetched_at) or entry.published
        seconds = _seconds(info.get("duration"))
        extractor = str(info.get("extractor") or "yt-dlp").lower()
        url = _url(info, entry, native_id, several)
        raw = msgspec.json.encode(_kept(info, entry), order="deterministic")
        if len(raw) > source.limits.record_bytes:
            raise Broken(f"its metadata has {len(raw):,} bytes, more than `limits.record_bytes`")
        language = _language(info.get("language"))
        return Record(
            native_id=native_id,
            version=version_of(native_id, seconds, published),
            url=url,
            raw=raw,
            body=None,
            media_type=MEDIA_TYPE,
            claims=self._claims(msgspec.json.decode(raw), extractor, published, self._is_reviewed(info, entry)),
            optouts=optouts,
            title=values.text_or_none(info.get("title"), "title"),
            creators=_creators(info, entry),
            rights_holder=source.license.rights_holder,
            publisher=values.text_or_none(info.get("channel"), "channel"),
            record_kind=source.record_kind,
            published=published,
            created=published,
            fetched_at=fetched_at,
            region=source.region,
            media_seconds=seconds,
            media=(Media(url=url, bytes=_size(info), seconds=seconds, language=language),),
            transcripts=captions_of(info, self._fetch, language),
            language=language,
        )

    def _claims(
        self, value: JSON, extractor: str, published: datetime | None, reviewed: bool
    ) -> tuple[LicenseClaim, ...]:
        def lookup(path: str) -> Sequence[tuple[str, JSON]]:
            rest = path.partition(".")[2]
            return [
                (f"{extractor}:{place}", None if found in self._fetch.unset else found)
                for place, found in all_at(rest)(value)
            ]

        block = self._source.license
        on = published.date() if published is not None else None
        claims = claims_of(block.claims, block.statement, lookup, aliases=block.aliases, on=on)
        if not reviewed:
            return claims
        stronger = Strength(self._fetch.reviewed_strength)
        return tuple(
            msgspec.structs.replace(claim, strength=stronger) if claim.strength is Strength.UPLOADER else claim
            for claim in claims
        )

    def _is_reviewed(self, info: dict[str, JSON], entry: Entry) -> bool:
        """Whether a person has looked at the channel that it comes from."""
        reviewed = set(self._fetch.reviewed_channels)
        told = {info.get(key) for key in _CHANNEL_KEYS if isinstance(info.get(key), str)}
        return not reviewed.isdisjoint(told) or not reviewed.isdisjoint(entry.channels)


def published_of(info: dict[str, JSON], now: datetime) -> datetime | None:
    """When a video was published: ``timestamp``, else its ``upload_date`` (a day). Raises :class:`Broken`."""
    stamp = info.get("timestamp")
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        return values.moment(stamp, "timestamp", now)
    day = info.get("upload_date")
    if not isinstance(day, str) or not day:
        return None
    if len(day) != 8 or not (day.isascii() and day.isdigit()):
        raise Broken(f"the day at `upload_date` can't be read: {day[:60]!r}")
    return values.moment(f"{day[:4]}-{day[4:6]}-{day[6:]}", "upload_date", now)


def version_of(native_id: str, seconds: float | None, published: datetime | None) -> str:
    """Names a recording before its bytes are known: another length or another date is another recording."""
    told = "" if seconds is None else f"{seconds:.0f}", "" if published is None else published.isoformat()
    return hashlib.sha256("\n".join((native_id, *told)).encode()).hexdigest()[:16]


def captions_of(info: dict[str, JSON], fetch: VideoFetch, language: str | None) -> tuple[Media, ...]:
    """The publisher's own subtitles in the wanted languages, best first; automatic ones stand elsewhere.

    A subtitle in another language than the video's is a translation, which is no transcript.
    """
    subtitles = info.get("subtitles")
    if not fetch.captions or not isinstance(subtitles, dict):
        return ()
    found: list[tuple[int, int, Media]] = []
    for code, files in subtitles.items():
        own = _language(code)
        if own is None or (language is not None and own != language):
            continue
        if own in fetch.captions:
            place = fetch.captions.index(own)
        elif "*" in fetch.captions and language is not None:
            place = len(fetch.captions)
        else:
            continue
        for file in files if isinstance(files, list) else ():
            url = file.get("url") if isinstance(file, dict) else None
            if not isinstance(url, str):
                continue
            ending = str(file.get("ext") or url.partition("?")[0].rpartition(".")[2]).lower()
            if ending in _CAPTIONS:
                media_type, rank = _CAPTIONS[ending]
                found.append((place, rank, Media(url=url, media_type=media_type, language=own)))
    return tuple(media for _, _, media in sorted(found, key=lambda one: one[:2]))


_CAPTIONS = {"vtt": ("text/vtt", 0), "srt": ("application/x-subrip", 1)}


def _kept(info: dict[str, JSON], entry: Entry) -> dict[str, JSON]:
    """What of the metadata is evidence: addresses of files are not, for they expire and may carry keys."""
    kept = {key: info[key] for key in _KEPT if info.get(key) is not None}
    formats = info.get("formats")
    kept["formats"] = [
        {key: one[key] for key in _OF_A_FORMAT if one.get(key) is not None}
        for one in (formats if isinstance(formats, list) else ())[:_MOST_FORMATS]
        if isinstance(one, dict)
    ]
    kept[ASKED] = msgspec.to_builtins(entry)
    return kept


def _url(info: dict[str, JSON], entry: Entry, native_id: str, several: bool) -> str:
    page = values.url(info.get("webpage_url") or entry.shown, "webpage_url")
    if not several:
        return page
    if str(info.get("extractor")).lower() == "archive.org":
        return f"https://archive.org/details/{quote(native_id, safe='/')}"
    return f"{page}#{quote(native_id, safe='')}"


def _creators(info: dict[str, JSON], entry: Entry) -> tuple[str, ...]:
    if entry.creators:
        return entry.creators
    for key in ("creators", "artists", "uploader", "channel"):
        if found := values.names(info.get(key), key):
            return tuple(dict.fromkeys(found))
    return ()


def _seconds(value: JSON) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < 10**7 else None


def _size(info: dict[str, JSON]) -> int | None:
    """Bytes of the largest sound, else of the largest file, as announced."""
    formats = info.get("formats")
    known = [one for one in formats if isinstance(one, dict)] if isinstance(formats, list) else []
    sounds = [one for one in known if one.get("vcodec") == "none"] or known
    return max((one["filesize"] for one in sounds if type(one.get("filesize")) is int), default=None)


def _language(value: JSON) -> str | None:
    """``pt-BR`` → ``pt``; None for what is no language."""
    if not isinstance(value, str):
        return None
    base = value.replace("_", "-").partition("-")[0].strip().lower()
    return base if 2 <= len(base) <= 3 and base.isascii() and base.isalpha() and base not in ("und", "unk") else None


__all__ = ["ASKED", "VideoReader", "captions_of", "published_of", "version_of"]
