"""What an allowed episode consists of: its publisher's transcript, or else its recording."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Completed
from rightful.connectors.podcast.transcripts import read_transcript, text_of
from rightful.connectors.syndication.reading import left_alone
from rightful.errors import (
    BlockedAddress,
    FetchError,
    Forbidden,
    HostBusy,
    Malformed,
    RateLimited,
    Refused,
    RightfulError,
    TooLarge,
)
from rightful.http.download import DownloadClient
from rightful.http.robots import KeptOut
from rightful.licensing.optouts import combined
from rightful.model import FailedRecord, Media, OptOut, Record

log = logging.getLogger(__name__)

_TRANSCRIPTS = "text/vtt, application/json, application/x-subrip, text/html;q=0.8, text/plain;q=0.8, */*;q=0.5"
_PERMANENT = (Refused, Malformed, TooLarge, BlockedAddress)


class Completer:
    """Completes the episodes of one source. A feed whose files are forbidden (401, 402, 403) is left alone then."""

    def __init__(self, source: Source, client: DownloadClient, stop: Callable[[], bool] | None) -> None:
        self._source, self._client, self._stop = source, client, stop
        self._closed: dict[str, str] = {}
        self.several = False
        """Recordings lie on several hosts, so that one that asks for patience is no reason to leave the others."""

    def complete(
        self, record: Record, folder: Path, report: Callable[[int, int | None], None] | None
    ) -> Completed | FailedRecord | Record:
        """See :class:`~rightful.connectors.base.MediaConnector`."""
        speech, feed = self._source.speech_or_default, record.evidence or ""
        if feed in self._closed:
            return _failed(record, "fetch_failed", f"not asked for: {self._closed[feed]}")
        if not record.media:
            return _failed(record, "malformed", "it names no recording")
        try:
            told = self._told(record)
            if told is not None:
                return told
            if record.media_seconds is not None and record.media_seconds > speech.max_seconds:
                detail = f"{record.media_seconds:,.0f} s, more than `speech.max_seconds` ({speech.max_seconds:,.0f})"
                return _failed(record, "too_large", detail)
            return self._recording(record, folder, report)
        except Forbidden as error:
            self._closed[feed] = error.what
            return _failed(record, "fetch_failed", error.what)
        except RateLimited as error:
            left_alone(self._client, error)
            if not self.several:
                raise
            raise HostBusy(
                error.what,
                retry_after=error.retry_after,
                host=error.host,
                source=self._source.id,
                record=record.native_id,
                remedy=error.remedy,
            ) from error

    def _told(self, record: Record) -> Completed | None:
        """The record with its publisher's transcript; None when there is none that can be used."""
        for offered in record.transcripts:
            try:
                answer = self._client.read(offered.url, None, lambda answer: answer, accept=_TRANSCRIPTS)
            except (RateLimited, Forbidden):
                raise
            except (FetchError, *_PERMANENT) as error:
                if self._stop is not None and self._stop():
                    raise
                log.info("%s: its transcript can't be had: %s", record.native_id, error.what)
                continue
            segments = None
            if len(answer.body) <= self._source.limits.record_bytes:
                segments = read_transcript(
                    answer.body,
                    answer.headers.get("content-type", ""),
                    offered.media_type or "",
                    seconds=record.media_seconds,
                    names=record.creators,
                )
            if segments is None:
                log.info("%s: %s is no transcript of the whole episode", record.native_id, offered.url)
                continue
            language = (offered.language or "").partition("-")[0].lower() or record.language
            completed = msgspec.structs.replace(
                record,
                raw=answer.body,
                body=text_of(segments),
                media_type="text/plain",
                segments=segments,
                language=language,
                optouts=_with(record, answer.optouts),
            )
            return Completed(record=completed, media_type=offered.media_type or "", bytes=len(answer.body))
        return None

    def _recording(
        self, record: Record, folder: Path, report: Callable[[int, int | None], None] | None
    ) -> Completed | FailedRecord | Record:
        """The first of its recordings that can be had: publishers offer the same sound in several forms."""
        trouble: RightfulError | None = None
        for number, media in enumerate(record.media):
            try:
                return self._downloaded(record, media, folder / f"media-{number}", report)
            except Forbidden:
                raise
            except _PERMANENT as error:
                log.info("%s: %s", record.native_id, error)
                trouble = trouble or error
        assert trouble is not None
        if isinstance(trouble, KeptOut):
            return msgspec.structs.replace(record, optouts=_with(record, trouble.optouts))
        reason = {TooLarge: "too_large", Malformed: "malformed"}.get(type(trouble), "fetch_failed")
        return _failed(record, reason, trouble.what)

    def _downloaded(
        self, record: Record, media: Media, path: Path, report: Callable[[int, int | None], None] | None
    ) -> Completed:
        got = self._client.download(
            media.url,
            path,
            self._source.speech_or_default.max_bytes,
            report,
            seconds=self._source.podcast.download_seconds,
        )
        kind = media.media_type or got.media_type
        return Completed(
            record=msgspec.structs.replace(record, optouts=_with(record, got.optouts), media_type=kind or ""),
            file=got.path,
            media_type=kind,
            bytes=got.bytes,
            sha256=got.sha256,
        )


def _with(record: Record, optouts: tuple[OptOut, ...]) -> tuple[OptOut, ...]:
    return combined(record.optouts, optouts)


def _failed(record: Record, reason: str, detail: str) -> FailedRecord:
    return FailedRecord(
        native_id=record.native_id, url=record.url, reason=reason, detail=detail[:1000], fetched_at=record.fetched_at
    )


__all__ = ["Completer"]
