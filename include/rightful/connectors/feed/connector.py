"""Kind ``feed``: feeds are read back to the slice's beginning, and their entries become records."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.feed.entries import Entry
from rightful.connectors.feed.looking import looked_up
from rightful.connectors.feed.walk import Document, Place, Walk
from rightful.connectors.linked import Linker, asks_pages
from rightful.connectors.packing import pack, shard_ids
from rightful.connectors.record import RecordReader
from rightful.connectors.syndication.items import language_of
from rightful.connectors.syndication.licences import claims_of
from rightful.connectors.syndication.lists import check_lists, feeds_of
from rightful.connectors.syndication.reading import FeedReader, NotRead, Read, ask_feed, side_by_side
from rightful.errors import BlockedAddress, EndlessCursor, Malformed, RateLimited, RetentionGap, RightfulError
from rightful.http.client import Client
from rightful.http.pace import Pacer
from rightful.licensing.policy import Policy
from rightful.model import JSON, Credentials, FailedRecord, LicenseClaim, Page, Record, Shard, Slice, Strength

log = logging.getLogger(__name__)

FEEDS = "feeds"
"""Name of a shard's parameter: its feeds, each as :class:`_Unit`."""

LICENSE = "record.license"
"""The claim rule that stands for every place where a feed states a licence."""

_REMEDY = (
    "this feed can't give the slice any more: shorten `schedule`, let `fetch.paginate` go back further, or write "
    "`keeps: all` if the feed lists all there ever was"
)
_OF_ONE_FEED = (RateLimited, Malformed, EndlessCursor, BlockedAddress)
"""What concerns one feed alone, where it is one of a list."""

_ASSUMED_MINUTES = 1.0
_TAG = re.compile(r"<[^<>]*>")
_SOME = 20
"""So many ids are quoted in a row of the ledger."""


class _Unit(NamedTuple):
    """A feed of a slice. ``named``: its address stands in the source file, so that it has to be there. ``start`` is the
    document before the first that has entries of the slice, ``entries`` how many there are (None: it could not be
    read, so whoever fetches tells why)."""

    feed: str
    named: bool
    start: JSON = None
    entries: int | None = None


class FeedConnector:
    """Reads one source of kind ``feed``.

    A feed that the source file names has to be there, and has to reach back to the slice's beginning: else the slice
    fails. One that a list names (OPML, an API) is a stranger's: what is wrong with it is a row of the ledger.

    Args:
        source: The catalogue entry.
        policy: By which contradictions within linked pages are weighed; only for ``fetch.linked``.
        contact, credentials, stop: See :func:`rightful.connectors.base.connector_for`.
        how: Further arguments of the clients (for tests): ``transport``, ``resolver``, ``sleep``, ``clock``.

    Raises :class:`~rightful.errors.ConfigurationError` for paths that can never work.
    """

    def __init__(
        self,
        source: Source,
        policy: Policy | None = None,
        *,
        contact: str = "",
        credentials: Credentials | None = None,
        stop: Callable[[], bool] | None = None,
        **how: Any,
    ) -> None:
        check_lists(source)
        self.source, self._policy, self._stop = source, policy, stop
        self._feeds = FeedReader(stop)
        times = {name: how[name] for name in ("sleep", "clock") if name in how}
        pacer = Pacer(source.pace, source.id, stop=stop, **times)

        def client() -> Client:
            return Client(source, contact=contact, credentials=credentials, stop=stop, pacer=pacer, **how)

        self._clients = client
        self.client = client()
        self.reader = RecordReader(source, self.client.secrets, told_elsewhere=(LICENSE,))
        self._linker = Linker(source, self.client, policy) if policy is not None and source.links else None
        self.asks_pages = asks_pages(source)
        self._third_party = [re.compile(pattern, re.IGNORECASE) for pattern in source.feed.third_party]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """The shards of ``slice``: whole feeds, of about ``shard.target_minutes`` at the source's pace; one without
        feeds when none has an entry of the slice. See :class:`~rightful.connectors.base.Connector`.

        Raises :class:`~rightful.errors.RetentionGap` when a feed of the source file does not reach back far enough.
        """
        named = {self.client.url(address) for address in self.source.feed.feeds}

        def work(client: Client, address: str) -> _Unit | None:
            return self._survey(client, address, slice, named=address in named)

        try:
            feeds = [address for address, _ in feeds_of(self.source, self.client, slice)]
            found = dict(side_by_side(feeds, self._clients, work, self.source.feed.plan_connections))
        except RightfulError as error:
            error.slice = error.slice or slice
            raise
        units = [unit for address in feeds if (unit := found[address]) is not None]
        each = 1 / self.source.pace.requests_per_second if self.source.links else 0.05
        groups = pack(
            units,
            lambda unit: None if unit.entries is None else 1 + unit.entries * each,
            target_minutes=self.source.shard.target_minutes,
            assumed_minutes=_ASSUMED_MINUTES,
        ) or [[]]
        return [
            Shard(source=self.source.id, slice=slice, id=name, params={FEEDS: [unit._asdict() for unit in group]})
            for name, group in zip(shard_ids(len(groups)), groups, strict=True)
        ]

    def _survey(self, client: Client, address: str, slice: Slice, *, named: bool) -> _Unit | None:
        """How much of the slice a feed holds, and from which document on; None for nothing at all."""
        walk = Walk(self.source, client, address, slice, self._ask(named=named))
        start: Place | None = None
        before: Place | None = None
        count = 0
        try:
            for document in walk.documents():
                if isinstance(document, NotRead):
                    log.warning("source %s: a feed can't be read: %s", self.source.id, document.detail)
                    return _Unit(address, named)
                wanted = [one for one in document.entries if one.date is not None and one.date < slice.end]
                if start is None and (wanted or document.after is None):
                    # One earlier: an entry that is deleted until then moves the others up.
                    start = before or document.place
                before = document.place
                count += sum(_is_in(one, slice) for one in document.entries)
        except _OF_ONE_FEED as error:
            if named:
                raise
            log.warning("source %s: a feed can't be read: %s", self.source.id, error)
            return _Unit(address, named)
        gap = self._gap(walk, address, slice)
        if gap is not None and named:
            raise gap
        if not count and not walk.undated and gap is None:
            return None
        # Undated entries are told of every document.
        return _Unit(address, named, None if start is None or walk.undated else start.save(), count)

    def _ask(self, *, named: bool) -> Callable[[Client, str], Read | NotRead]:
        if named:
            return lambda client, address: ask_feed(client, address, texts=True)
        return lambda client, address: self._feeds.read(client, address, texts=True)

    def _gap(self, walk: Walk, address: str, slice: Slice) -> RightfulError | None:
        """What is wrong when not all of the slice was seen. One that has not begun yet has no gap."""
        if walk.whole or slice.start >= datetime.now(UTC):
            return None
        if walk.oldest is None and walk.undated:
            return Malformed(
                f"{address}: none of its entries tells a usable date, so they belong to no slice",
                source=self.source.id,
                slice=slice,
                remedy="take another feed of the site (Atom has dates), or leave it out",
            )
        reach = f"reaches back to {walk.oldest:%Y-%m-%dT%H:%M:%SZ} only" if walk.oldest else "is empty"
        return RetentionGap(
            f"{address}: the feed {reach}, so that older entries of the slice may be lost",
            source=self.source.id,
            slice=slice,
            remedy=_REMEDY,
        )

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """One page for each document of each feed; see :class:`~rightful.connectors.base.Connector`.

        Asks for feeds alone. Raises :class:`~rightful.errors.RetentionGap` when one has lost older entries since the
        plan.
        """
        units = [_Unit(**told) for told in shard.params.get(FEEDS) or []]
        first = int(cursor["feed"]) if cursor else 0
        if not units[first:]:
            yield Page(records=(), cursor=None, requests=0)
            return
        try:
            for number in range(first, len(units)):
                saved = cursor["place"] if cursor and number == first else units[number].start
                after: dict[str, JSON] | None = None
                if number + 1 < len(units):
                    after = {"feed": number + 1, "place": units[number + 1].start}
                yield from self._of_feed(units[number], number, Place(**saved) if saved else None, after, shard.slice)
        except RightfulError as error:
            error.slice = error.slice or shard.slice
            raise

    def _of_feed(
        self, unit: _Unit, number: int, place: Place | None, after: dict[str, JSON] | None, slice: Slice
    ) -> Iterator[Page]:
        """The documents of one feed; the last page's cursor is ``after``."""
        walk, meter = Walk(self.source, self.client, unit.feed, slice, self._ask(named=unit.named)), _Meter(self.client)
        records: list[Record | FailedRecord] = []
        read: Read | None = None
        try:
            for document in walk.documents(place):
                if isinstance(document, NotRead):
                    failed = _failed(unit.feed, document.reason, document.detail)
                    yield meter.page([failed], after)
                    return
                records, read = self._records(document, unit.feed, slice), document.read
                if document.after is not None:
                    yield meter.page(records, {"feed": number, "place": document.after.save()}, read)
                    records, read = [], None
        except _OF_ONE_FEED as error:
            if unit.named:
                raise
            reason = "malformed" if isinstance(error, (Malformed, EndlessCursor)) else "fetch_failed"
            yield meter.page([_failed(unit.feed, reason, error.what)], after)
            return
        gap = self._gap(walk, unit.feed, slice)
        if gap is not None:
            if unit.named:
                raise gap
            reason = "truncated" if isinstance(gap, RetentionGap) else "malformed"
            records = [*records, _failed(unit.feed, reason, gap.what)]
        yield meter.page(records, after, read)

    def _records(self, document: Document, feed: str, slice: Slice) -> list[Record | FailedRecord]:
        """The records of a document's entries of the slice, and one row for those without a date."""
        read = document.read
        claims: dict[str, tuple[LicenseClaim, ...]] = {}
        for entry in document.entries:
            # One that stands there twice says both things, so that a contradiction is seen as one.
            said = self._claims(entry, read, feed)
            claims[entry.native_id] = tuple(dict.fromkeys((*claims.get(entry.native_id, ()), *said)))
        own = [entry for entry in document.entries if _is_in(entry, slice)]
        records = [self._record(entry, read, claims[entry.native_id]) for entry in own]
        undated = [entry for entry in document.entries if entry.date is None]
        if undated:
            names = ", ".join(one.native_id for one in undated[:_SOME]) + (" …" if len(undated) > _SOME else "")
            detail = f"{len(undated)} entries tell no usable date, so they belong to no slice: {names}"
            records.append(_failed(f"{read.url}#undated", "malformed", detail))
        return records

    def _claims(self, entry: Entry, read: Read, feed: str) -> tuple[LicenseClaim, ...]:
        day = entry.published.date() if entry.published else None
        item = read.feed.items[entry.item]
        said = claims_of(self.source, feed, entry.native_id, item.elements, read.feed.channel, day)
        texts = [entry.value["title"], *entry.value["creators"], entry.value["content"], entry.value["summary"]]
        return (*said, *self._others(f"{feed} item {entry.native_id} text", *texts))

    def _others(self, place: str, *texts: str | None) -> Iterator[LicenseClaim]:
        """The words by which a text says that it is somebody else's, each as a claim that no licence is known of."""
        if not self._third_party:
            return
        plain = " ".join(" ".join(html.unescape(_TAG.sub(" ", text)).split()) for text in texts if text)
        for pattern in self._third_party:
            found = pattern.search(plain)
            if found is not None:
                yield LicenseClaim(raw=found[0][:500], place=place, strength=Strength.PUBLISHER)

    def _record(self, entry: Entry, read: Read, claims: tuple[LicenseClaim, ...]) -> Record | FailedRecord:
        licenses = [{"raw": one.raw, "place": one.place, "strength": one.strength} for one in claims]
        raw = msgspec.json.encode({**entry.value, "licenses": licenses})
        place = f"entry {entry.item + 1}"
        record = self.reader.read(raw, asked=read.url, place=place, fetched_at=read.fetched_at, optouts=read.optouts)
        if isinstance(record, FailedRecord):
            return record
        return msgspec.structs.replace(
            record,
            claims=tuple(dict.fromkeys((*claims, *record.claims))),
            evidence=read.url,
            language=language_of(entry.value["language"]),
        )

    def complete_text(self, record: Record) -> Record | FailedRecord:
        """See :class:`~rightful.connectors.base.LinkingConnector`."""
        assert self._linker is not None
        done = self._linker.complete(record)
        if isinstance(done, FailedRecord):
            return done
        others = self._others("page text", done.body)
        return msgspec.structs.replace(done, claims=tuple(dict.fromkeys((*done.claims, *others))))

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """One request for each feed, or for each page; see :class:`~rightful.connectors.base.Connector`."""
        return looked_up(self.source, self.client, known, self._stop, self._policy)


class _Meter:
    """Makes pages, with the requests since the page before."""

    def __init__(self, client: Client) -> None:
        self._client, self._requests, self._bytes = client, client.requests, client.bytes_received

    def page(
        self, records: Sequence[Record | FailedRecord], cursor: dict[str, JSON] | None, read: Read | None = None
    ) -> Page:
        """A page; ``read`` is the evidence of its records."""
        client = self._client
        requests, received = client.requests - self._requests, client.bytes_received - self._bytes
        self._requests, self._bytes = client.requests, client.bytes_received
        return Page(
            records=tuple(records),
            cursor=cursor,
            evidence={read.url: read.body} if read is not None and records else {},
            requests=requests,
            bytes_received=received,
        )


def _is_in(entry: Entry, slice: Slice) -> bool:
    return entry.date is not None and slice.contains(entry.date)


def _failed(native_id: str, reason: str, detail: str) -> FailedRecord:
    url = native_id.partition("#")[0]
    return FailedRecord(native_id=native_id, url=url, reason=reason, detail=detail[:2000], fetched_at=datetime.now(UTC))


__all__ = ["FEEDS", "FeedConnector"]
