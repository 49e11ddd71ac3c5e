"""Kind ``podcast``: feeds are listed, read and packed into shards by their sound; recordings are asked for last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from rightful.catalogue.models import Source
from rightful.connectors.base import Completed, Known, Sighting
from rightful.connectors.packing import pack, shard_ids
from rightful.connectors.podcast.complete import Completer
from rightful.connectors.podcast.episodes import Episode, announced_seconds, episodes_of, record_of, within
from rightful.connectors.syndication.lists import check_lists, feeds_of
from rightful.connectors.syndication.looking import looked_up
from rightful.connectors.syndication.reading import FeedReader, NotRead, Read, side_by_side
from rightful.errors import RateLimited, RightfulError
from rightful.http.download import DownloadClient
from rightful.http.pace import Pacer
from rightful.model import JSON, Credentials, FailedRecord, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

FEEDS, FEED, IDS, UNDATED, LISTED = "feeds", "feed", "ids", "undated", "listed"
"""Names of a shard's parameters: its feeds, and of each its address, the episodes (None: all of the slice, for the plan
could not read it), whether undated ones are told here, and whether a list named it for the slice."""

HOSTS = "hosts"
"""Name of the parameter that tells on how many hosts the recordings of the slice lie."""

_SOME = 20
"""So many ids are quoted in a row of the ledger."""


class _Unit(NamedTuple):
    """What is packed: an episode of a feed (``native_id``), or a feed as a whole (None), or only its undated ones."""

    feed: str
    native_id: str | None
    seconds: float | None
    listed: bool
    host: str | None
    """That has its recording; of one that can't be read, that has the feed."""
    undated: bool = False


class PodcastConnector:
    """Reads one source of kind ``podcast``.

    Args:
        source: The catalogue entry.
        contact, credentials, stop: See :func:`rightful.connectors.base.connector_for`.
        how: Further arguments of the clients (for tests): ``transport``, ``resolver``, ``sleep``, ``clock``.

    Raises :class:`~rightful.errors.ConfigurationError` for paths that can never work.
    """

    def __init__(
        self,
        source: Source,
        *,
        contact: str = "",
        credentials: Credentials | None = None,
        stop: Callable[[], bool] | None = None,
        **how: Any,
    ) -> None:
        check_lists(source)
        self.source, self._stop, self._feeds = source, stop, FeedReader(stop)
        times = {name: how[name] for name in ("sleep", "clock") if name in how}
        pacer = Pacer(source.pace, source.id, stop=stop, **times)

        def client() -> DownloadClient:
            return DownloadClient(source, contact=contact, credentials=credentials, stop=stop, pacer=pacer, **how)

        self._clients = client
        self.client = client()
        self._completer = Completer(source, self.client, stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """The shards of ``slice``, each about ``speech.target_audio_minutes`` of sound; one without feeds when the
        slice has no episode. A feed that can't be read goes to a shard, which reads it again or tells why not.

        See :class:`~rightful.connectors.base.Connector`.
        """
        try:
            feeds = dict(feeds_of(self.source, self.client, slice))

            def work(client: object, address: str) -> list[_Unit]:
                assert isinstance(client, DownloadClient)
                return self._units(client, address, slice, listed=feeds[address])

            found = dict(side_by_side(list(feeds), self._clients, work, self.source.podcast.plan_connections))
        except RightfulError as error:
            error.slice = error.slice or slice
            raise
        units = [unit for address in feeds for unit in found[address]]
        hosts = len({unit.host for unit in units if unit.host is not None})
        speech = self.source.speech_or_default
        groups = pack(
            units,
            lambda unit: unit.seconds,
            target_minutes=speech.target_audio_minutes,
            assumed_minutes=speech.assumed_minutes,
        ) or [[]]
        return [
            Shard(source=self.source.id, slice=slice, id=name, params={FEEDS: _params(group), HOSTS: hosts})
            for name, group in zip(shard_ids(len(groups)), groups, strict=True)
        ]

    def _units(self, client: DownloadClient, address: str, slice: Slice, *, listed: bool) -> list[_Unit]:
        try:
            read = self._feeds.read(client, address)
        except RateLimited as error:
            log.warning("source %s: %s", self.source.id, error)
            return [_Unit(address, None, None, listed, _host(address))]
        if isinstance(read, NotRead):
            log.warning("source %s: a feed can't be read: %s", self.source.id, read.detail)
            return [_Unit(address, None, None, listed, _host(address))]
        episodes = episodes_of(read.feed, address)
        own = {one.native_id: one for one in reversed(self._of_slice(episodes, slice, listed=listed))}
        units = [
            _Unit(address, one.native_id, announced_seconds(one), listed, _host(one.media[0].url if one.media else ""))
            for one in reversed(own.values())
        ]
        if self._undated(episodes, listed=listed):
            units.append(_Unit(address, "", 1.0, listed, None, undated=True))
        return units

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """One page for each feed of ``shard``, from ``cursor`` on; see :class:`~rightful.connectors.base.Connector`.

        Asks for feeds alone. An episode that the plan saw and its feed no longer holds is a failed record.
        """
        feeds = shard.params.get(FEEDS) or []
        first = int(cursor["next"]) if cursor else 0
        several = shard.params.get(HOSTS, 1) > 1
        self._completer.several = several
        if not feeds[first:]:
            yield Page(records=(), cursor=None, requests=0)
            return
        for number in range(first, len(feeds)):
            requests, received = self.client.requests, self.client.bytes_received
            try:
                records, evidence = self._of_feed(feeds[number], shard.slice, several=several)
            except RightfulError as error:
                error.slice = error.slice or shard.slice
                raise
            yield Page(
                records=tuple(records),
                cursor={"next": number + 1} if number + 1 < len(feeds) else None,
                evidence=evidence,
                requests=self.client.requests - requests,
                bytes_received=self.client.bytes_received - received,
            )

    def _of_feed(
        self, wanted: dict[str, JSON], slice: Slice, *, several: bool
    ) -> tuple[list[Record | FailedRecord], dict[str, bytes]]:
        """``several``: the slice is of several hosts, so that one that asks for patience must stop no other."""
        address, ids, listed = wanted[FEED], wanted.get(IDS), bool(wanted.get(LISTED))
        read: Read | NotRead
        try:
            read = self._feeds.read(self.client, address)
        except RateLimited as error:
            if not several:
                raise
            read = NotRead(address, "fetch_failed", error.what[:1000], datetime.now(UTC))
        if isinstance(read, NotRead):
            named = ids if ids else [address]
            return [
                FailedRecord(native_id=name, url=address, reason=read.reason, detail=read.detail, fetched_at=read.at)
                for name in named
            ], {}
        episodes = episodes_of(read.feed, address)
        own = self._of_slice(episodes, slice, listed=listed)
        if ids is not None:
            chosen = set(ids)
            # By id alone: one whose date was corrected since the plan is not lost between two slices.
            own = [one for one in episodes if one.native_id in chosen]
        records = [record_of(self.source, read.feed, address, one, read.fetched_at, read.optouts) for one in own]
        there = {one.native_id for one in own}
        records += [_gone(name, read) for name in ids or () if name not in there]
        undated = self._undated(episodes, listed=listed)
        if undated and (wanted.get(UNDATED) or ids is None):
            records.append(_without_date(undated, read))
        return records, {address: read.body} if records else {}

    def _of_slice(self, episodes: Sequence[Episode], slice: Slice, *, listed: bool) -> list[Episode]:
        found = list(within(episodes, slice.start, slice.end))
        if listed and self.source.podcast.undated == "listed":
            found += [one for one in episodes if one.published is None]
        return found

    def _undated(self, episodes: Sequence[Episode], *, listed: bool) -> list[Episode]:
        """Those that belong to no slice."""
        taken = listed and self.source.podcast.undated == "listed"
        return [] if taken else [one for one in episodes if one.published is None]

    def complete(
        self, record: Record, folder: Path, report: Callable[[int, int | None], None] | None = None
    ) -> Completed | FailedRecord | Record:
        """The publisher's transcript, else the recording; see :class:`~rightful.connectors.base.MediaConnector`."""
        return self._completer.complete(record, folder, report)

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """One request for each feed; see :class:`~rightful.connectors.base.Connector`."""
        return looked_up(self.source, self.client, known, self._stop, episodes_of)


def _host(url: str) -> str | None:
    return urlsplit(url).hostname


def _params(group: Sequence[_Unit]) -> list[dict[str, JSON]]:
    """The feeds of a shard, with what it takes of each."""
    found: dict[str, dict[str, JSON]] = {}
    for unit in group:
        feed = found.setdefault(unit.feed, {FEED: unit.feed, IDS: [], LISTED: unit.listed, UNDATED: False})
        if unit.native_id is None:
            feed[IDS] = None
        elif unit.undated:
            feed[UNDATED] = True
        else:
            feed[IDS].append(unit.native_id)
    return list(found.values())


def _gone(native_id: str, read: Read) -> FailedRecord:
    detail = "the feed held it when the slice was planned, and does not any more"
    return FailedRecord(
        native_id=native_id, url=read.address, reason="fetch_failed", detail=detail, fetched_at=datetime.now(UTC)
    )


def _without_date(undated: Sequence[Episode], read: Read) -> FailedRecord:
    """One row for all of a feed: a feed without any date must not outnumber the episodes of the night."""
    names = ", ".join(one.native_id for one in undated[:_SOME]) + (" …" if len(undated) > _SOME else "")
    return FailedRecord(
        native_id=f"{read.address}#undated",
        url=read.address,
        reason="malformed",
        detail=f"{len(undated)} episodes tell no usable date, so they belong to no slice: {names}"[:2000],
        fetched_at=read.fetched_at,
    )


__all__ = ["PodcastConnector"]
