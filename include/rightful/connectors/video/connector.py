"""Kind ``video``: lists a platform's videos by date, reads their metadata by yt-dlp, and downloads what may load."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Completed, Known, Sighting
from rightful.connectors.packing import pack, shard_ids
from rightful.connectors.video.captions import transcribed
from rightful.connectors.video.entry import Entry
from rightful.connectors.video.listing import listed
from rightful.connectors.video.looking import Found, looked_up
from rightful.connectors.video.record import ASKED, MEDIA_TYPE, VideoReader
from rightful.connectors.video.session import Session
from rightful.connectors.video.trouble import CLOSED, IN_A_ROW, Unavailable
from rightful.errors import BlockedAddress, ConfigurationError, FetchError, Forbidden, Malformed, RateLimited, TooLarge
from rightful.http.robots import KeptOut
from rightful.http.stream import StreamClient
from rightful.licensing.optouts import combined
from rightful.model import JSON, Credentials, FailedRecord, Media, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

ENTRIES = "entries"
"""Name of the shard parameter that holds what is listed."""

NEXT = "entry"
"""Name in a cursor: number of the entry to go on with."""

REMEMBERED = 300.0
"""Seconds for which the metadata of an item with several recordings serves for its next one, too."""


class VideoConnector:
    """Reads one source of kind ``video``.

    Args:
        source: The catalogue entry.
        contact: URL or e-mail address for the User-Agent; the source's owner when empty.
        credentials: Of the source's connection; shown to ``fetch.base_url`` only.
        stop: Asked while waiting; True ends the wait with an error.
        client: Makes every request; for tests.
    """

    def __init__(
        self,
        source: Source,
        *,
        contact: str = "",
        credentials: Credentials | None = None,
        stop: Callable[[], bool] | None = None,
        client: StreamClient | None = None,
    ) -> None:
        self.source, self.spec, self._contact, self._stop = source, source.video, contact, stop
        self.client = client or StreamClient(source, contact=contact, credentials=credentials, stop=stop)
        self.reader = VideoReader(source)
        self._opened: Session | None = None
        self._closed_in_a_row = 0
        self._last: tuple[str, float, Found] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            self._opened.close()
        self.client.close()

    @property
    def session(self) -> Session:
        """yt-dlp, made when it is needed first."""
        if self._opened is None:
            self._opened = Session(self.source, self.client, self._contact)
        return self._opened

    # ------------------------------------------------------------------ what there is

    def plan(self, slice: Slice) -> list[Shard]:
        """The shards of ``slice``, packed by length; see :class:`~rightful.connectors.base.Connector`.

        A slice without any video has one empty shard, so that it is published as such.
        """
        speech = self.source.speech_or_default
        groups = pack(
            listed(self.source, slice, self.client, lambda: self.session),
            lambda entry: entry.seconds,
            target_minutes=speech.target_audio_minutes,
            assumed_minutes=speech.assumed_minutes,
        ) or [[]]
        return [
            Shard(source=self.source.id, slice=slice, id=name, params={ENTRIES: msgspec.to_builtins(group)})
            for name, group in zip(shard_ids(len(groups)), groups, strict=True)
        ]

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """A page for each listed item, of metadata only; see :class:`~rightful.connectors.base.Connector`."""
        entries, start = self._entries(shard), 0
        if cursor is not None:
            start = cursor.get(NEXT, -1)
            if type(start) is not int or not 0 <= start <= len(entries):
                raise ConfigurationError(
                    f"the saved cursor can't be used: {str(cursor)[:100]}",
                    source=self.source.id,
                    slice=shard.slice,
                    remedy="clear the task (with its state) and run the slice from its beginning",
                )
        if start >= len(entries):
            yield Page(records=(), cursor=None, requests=0)
        # What may pass is held back: three in a row are the platform's trouble, and are asked for again.
        held: list[Page] = []
        for number in range(start, len(entries)):
            entry, cursor = entries[number], {NEXT: number + 1} if number + 1 < len(entries) else None
            requests, received = self.client.requests, self.client.bytes_received
            try:
                records = [one for one in self._records(entry) if _belongs(one, entry, shard.slice)]
            except FetchError as error:
                if isinstance(error, RateLimited) or len(held) + 1 >= IN_A_ROW or (self._stop and self._stop()):
                    raise
                failure = _failed(entry.id, entry.shown, error)
                held.append(Page(records=(failure,), cursor=cursor, requests=self.client.requests - requests))
                continue
            yield from held
            held.clear()
            yield Page(
                records=tuple(records),
                cursor=cursor,
                evidence={
                    one.evidence: one.raw for one in records if isinstance(one, Record) and one.evidence is not None
                },
                requests=self.client.requests - requests,
                bytes_received=self.client.bytes_received - received,
            )
        yield from held

    def _entries(self, shard: Shard) -> list[Entry]:
        try:
            return msgspec.convert(shard.params[ENTRIES], list[Entry])
        except (KeyError, msgspec.ValidationError) as error:
            raise ConfigurationError(
                f"the shard does not say what to fetch: {error}", source=self.source.id, slice=shard.slice
            ) from None

    def _records(self, entry: Entry) -> list[Record | FailedRecord]:
        now = datetime.now(UTC)
        try:
            infos, optouts = self._asked(entry)
        except KeptOut as error:
            # Without claims and with what robots.txt says: the gate denies it by that.
            return [
                Record(
                    native_id=entry.id or entry.url,
                    version="unfetched",
                    url=entry.shown,
                    raw=b"",
                    body=None,
                    media_type=MEDIA_TYPE,
                    claims=(),
                    optouts=error.optouts,
                    fetched_at=now,
                )
            ]
        except (Unavailable, BlockedAddress, TooLarge, Malformed) as error:
            return [_failed(entry.id, entry.shown, error)]
        several = len(infos) > 1
        return [
            _with_evidence(self.reader.read(info, entry, several=several, fetched_at=now, optouts=optouts))
            for info in infos
        ]

    def _asked(self, entry: Entry) -> Found:
        """The metadata of an item. Raises :class:`Forbidden` when several in a row may not be seen."""
        try:
            found = self.session.info(entry.url)
        except Unavailable as error:
            self._closed_in_a_row = self._closed_in_a_row + 1 if error.status in CLOSED else 0
            if self._closed_in_a_row < IN_A_ROW:
                raise
            refusal = Forbidden(
                f"{self._closed_in_a_row} videos in a row may not be seen: {error.what}",
                source=self.source.id,
                remedy="the platform does not want us: ask its owner, or disable the source",
            )
            refusal.status = error.status
            raise refusal from error
        self._closed_in_a_row = 0
        if len(found[0]) > 1:
            self._last = (entry.url, time.monotonic(), found)
        return found

    # ------------------------------------------------------------------ what may load

    def complete(
        self, record: Record, folder: Path, report: Callable[[int, int | None], None] | None = None
    ) -> Completed | FailedRecord | Record:
        """Read the metadata again, then fetch captions or sound; see :class:`~rightful.connectors.base.MediaConnector`.

        Not a byte of sound is asked for when the platform says something else of the licence by now: the record with
        what it says comes back.
        """
        try:
            return self._completed(record, folder, report)
        except KeptOut as error:
            return msgspec.structs.replace(record, optouts=combined(record.optouts, error.optouts))
        except (Unavailable, BlockedAddress, TooLarge, Malformed) as error:
            return _failed(record.native_id, record.url, error)

    def _completed(
        self, record: Record, folder: Path, report: Callable[[int, int | None], None] | None
    ) -> Completed | FailedRecord | Record:
        entry = msgspec.convert(msgspec.json.decode(record.raw)[ASKED], Entry)
        infos, optouts = self._remembered(entry)
        info = next((one for one in infos if str(one.get("id")) == record.native_id), None)
        if info is None:
            raise Unavailable("the item does not hold it any more", gone=True)
        again = _with_evidence(
            self.reader.read(info, entry, several=len(infos) > 1, fetched_at=datetime.now(UTC), optouts=optouts)
        )
        if isinstance(again, FailedRecord):
            return again
        if again.version != record.version:
            raise Unavailable("it was changed while it was read: run the slice again")
        if again.claims != record.claims:
            return again
        longest = self.source.speech_or_default.max_seconds
        if again.media_seconds is not None and again.media_seconds > longest:
            raise TooLarge(f"it is {again.media_seconds:,.0f} s long, more than `speech.max_seconds` ({longest:,.0f})")
        again = msgspec.structs.replace(again, evidence=record.evidence, fetched_at=record.fetched_at)
        told = self._captions(again, info)
        return told if told is not None else self._recording(again, info, folder, report)

    def _remembered(self, entry: Entry) -> Found:
        if self._last is not None and self._last[0] == entry.url and time.monotonic() - self._last[1] < REMEMBERED:
            return copy.deepcopy(self._last[2])
        return self._asked(entry)

    def _captions(self, record: Record, info: dict[str, JSON]) -> Completed | None:
        """The publisher's own captions as transcript; None when there are none that can be read."""
        for media in record.transcripts:
            try:
                if (found := self._told(record, info, media)) is not None:
                    return found
            except RateLimited:
                raise
            except (FetchError, Unavailable, BlockedAddress, TooLarge, Malformed, KeptOut) as error:
                log.warning("%s: its captions can't be had, so it is transcribed: %s", record.native_id, error.what)
        return None

    def _told(self, record: Record, info: dict[str, JSON], media: Media) -> Completed | None:
        session, most = self.session, self.source.limits.record_bytes
        optouts = record.optouts

        def fetch(url: str) -> bytes:
            nonlocal optouts
            body, said = session.text(url, most)
            optouts = combined(optouts, said)
            return body

        found = transcribed(info, media, record.media_seconds, fetch)
        if found is None:
            return None
        return Completed(
            record=msgspec.structs.replace(
                record,
                raw=found.raw,
                body=found.text,
                segments=found.segments,
                language=media.language,
                optouts=optouts,
            )
        )

    def _recording(
        self,
        record: Record,
        info: dict[str, JSON],
        folder: Path,
        report: Callable[[int, int | None], None] | None,
    ) -> Completed:
        most = self.source.speech_or_default.max_bytes
        path, media_type, optouts = self.session.download(info, folder, most, report)
        size, digest = path.stat().st_size, sha256()
        with path.open("rb") as file:
            while piece := file.read(2**20):
                digest.update(piece)
        return Completed(
            record=msgspec.structs.replace(record, optouts=combined(record.optouts, optouts)),
            file=path,
            media_type=media_type,
            bytes=size,
            sha256=digest.hexdigest(),
        )

    # ------------------------------------------------------------------ what became of it

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """The metadata of each document again; see :class:`~rightful.connectors.base.Connector`."""
        yield from looked_up(self.source, self.reader, known, self._asked, self.session.reads)


def _belongs(record: Record | FailedRecord, entry: Entry, slice: Slice) -> bool:
    """Whether it is this slice's: by the list where that has dates, else by its own, if it has one."""
    if isinstance(record, FailedRecord) or entry.published is not None or record.published is None:
        return True
    return slice.contains(record.published)


def _with_evidence(record: Record | FailedRecord) -> Record | FailedRecord:
    """A transcript takes the place of the metadata in ``raw``; then what the licence was read from is kept beside."""
    if isinstance(record, FailedRecord) or not record.transcripts:
        return record
    return msgspec.structs.replace(record, evidence=f"{record.native_id}@{record.version}")


def _failed(native_id: str, url: str, error: Exception) -> FailedRecord:
    reason = (
        "too_large" if isinstance(error, TooLarge) else "malformed" if isinstance(error, Malformed) else "fetch_failed"
    )
    return FailedRecord(
        native_id=native_id,
        url=url,
        reason=getattr(error, "reason", reason),
        detail=str(error)[:1000],
        fetched_at=datetime.now(UTC),
    )


__all__ = ["ENTRIES", "VideoConnector"]
