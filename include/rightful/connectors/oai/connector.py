"""Kind ``oai_pmh``: repositories that speak OAI-PMH 2.0, by datestamp."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Self

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors import values
from rightful.connectors.base import Known, Sighting
from rightful.connectors.linked import Linker, asks_pages
from rightful.connectors.oai.check import problems
from rightful.connectors.oai.xml import NO_RECORDS, Answered, read_answer
from rightful.connectors.record import RecordReader
from rightful.connectors.window import OVER, cut, part_of
from rightful.errors import ConfigurationError, FetchError, Forbidden, Malformed, RateLimited, Refused, RightfulError
from rightful.http.client import Answer, Client, Param
from rightful.licensing.optouts import combined
from rightful.licensing.policy import Policy
from rightful.model import JSON, FailedRecord, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

_ACCEPT = "text/xml, application/xml;q=0.9"
EXPIRED = "badResumptionToken"
MOST_RESTARTS = 3
"""How often in a row a list is begun anew whose token has expired, without anything new in it."""
MOST_FAILED = 3
"""Requests of a look-up in a row that may fail."""


class OaiConnector:
    """Reads one source of kind ``oai_pmh``.

    Args:
        source: The catalogue entry.
        client: Asks it; closed with the connector.
        policy: By which contradictions within linked pages are weighed; only for ``fetch.linked``.

    Raises :class:`~rightful.errors.ConfigurationError` for paths that would read one of several, or nothing.
    """

    def __init__(self, source: Source, client: Client, policy: Policy | None = None) -> None:
        for what, remedy in problems(source):
            raise ConfigurationError(what, source=source.id, remedy=remedy)
        self.source, self.client, self._spec = source, client, source.oai
        self.reader = RecordReader(source, client.secrets)
        self._linker = Linker(source, client, policy) if policy is not None and source.links else None
        self.asks_pages = asks_pages(source)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """A shard for each part of ``shard.hours`` and each combination of ``shard.over``: each set is a list of its
        own.

        Raises :class:`~rightful.errors.ConfigurationError` for parts that datestamps can't tell apart.
        """
        hours = self.source.shard.hours
        if hours is not None and hours % 24 and self._spec.granularity == "day":
            what = f"`shard.hours: {hours:g}` is finer than the repository's datestamps, which are days"
            raise ConfigurationError(what, source=self.source.id, slice=slice, remedy="use a multiple of 24")
        return cut(self.source, slice)

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The pages of ``shard``. The cursor is a resumption token. One that has expired begins the list anew: nothing
        promises that it is in order. What comes twice then is left out."""
        try:
            yield from self._pages(shard, str(cursor["token"]) if cursor else None)
        except RightfulError as error:
            error.slice = error.slice or shard.slice
            raise

    def _pages(self, shard: Shard, token: str | None) -> Iterator[Page]:
        start, end = part_of(shard)
        part = Slice(start=start, end=end)
        window = self._window(part)
        if window is None:
            yield Page(records=(), cursor=None, requests=0)
            return
        first: dict[str, Param] = {
            "verb": "ListRecords",
            "metadataPrefix": self._spec.prefix,
            "from": window[0],
            "until": window[1],
            **(shard.params.get(OVER) or {}),
        }
        seen: set[tuple[str, str]] = set()
        restarts = pages = 0
        tokens: set[str] = set()
        while True:
            requests, received = self.client.requests, self.client.bytes_received
            asked: dict[str, Param] = {"verb": "ListRecords", "resumptionToken": token} if token else first
            answer, found = self._ask(asked)
            if found.error is not None:
                # A list that had more to give and then knows of nothing has lost its place, too.
                if token is not None and found.error[0] in (EXPIRED, NO_RECORDS) and restarts < MOST_RESTARTS:
                    restarts += 1
                    log.warning("source %s: the resumption token has expired; the list begins anew", self.source.id)
                    token, tokens = None, set()
                    continue
                if token is not None or found.error[0] != NO_RECORDS:
                    raise self._refused(answer, found.error)
            token = found.token
            if token is not None and token in tokens:
                raise self.client.fail(Malformed, answer.url, "the same resumption token twice", "tell the repository")
            pages += 1
            if pages > self.source.limits.pages:
                raise self.client.fail(Malformed, answer.url, f"more than {pages - 1:,} pages", "raise `limits.pages`")
            if token is not None:
                tokens.add(token)
            records, over = self._records(answer, found, part, seen)
            restarts = 0 if records else restarts
            yield Page(
                records=tuple(records),
                cursor={"token": token} if token is not None else None,
                requests=self.client.requests - requests,
                bytes_received=self.client.bytes_received - received,
                passed_over={"other_slice": over} if over else {},
            )
            if token is None:
                return

    def _ask(self, params: dict[str, Param]) -> tuple[Answer, Answered]:
        def reader(answer: Answer) -> tuple[Answer, Answered]:
            try:
                return answer, read_answer(answer.body, self._spec.lists)
            except Malformed as error:
                raise self.client.fail(Malformed, answer.url, error.what, error.remedy or "") from None

        return self.client.read("", params, reader, accept=_ACCEPT)

    def _refused(self, answer: Answer, error: tuple[str, str]) -> RightfulError:
        code, words = error
        remedy = {
            "cannotDisseminateFormat": "correct `fetch.prefix`: ListMetadataFormats tells which there are",
            "badArgument": "correct `fetch.granularity`, or the set in `shard.over`",
            "noSetHierarchy": "take `set` out of `shard.over`",
        }.get(code, "look at the address in a browser")
        kind = FetchError if code in (EXPIRED, NO_RECORDS) else Refused
        return self.client.fail(kind, answer.url, f"the repository answers {code}: {words[:300]}", remedy)

    # ------------------------------------------------------------------ what belongs to a slice

    def _window(self, slice: Slice) -> tuple[str, str] | None:
        """``from`` and ``until``, both inclusive; None for a slice that can't hold a datestamp."""
        if self._spec.granularity == "second":
            start = _whole(slice.start)
            last = _whole(slice.end) - timedelta(seconds=1)
            return (f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{last:%Y-%m-%dT%H:%M:%SZ}") if start <= last else None
        # A day belongs to the slice in which it ends: before, its list may still grow.
        first, last_day = slice.start.date(), (slice.end - timedelta(days=1)).date()
        return (first.isoformat(), last_day.isoformat()) if first <= last_day else None

    def _belongs(self, datestamp: str, slice: Slice) -> bool:
        """Some repositories answer with more than was asked for."""
        if self._spec.granularity == "day":
            end = datetime.combine(date.fromisoformat(datestamp[:10]), datetime.min.time(), UTC) + timedelta(days=1)
            return slice.start < end <= slice.end
        moment = datetime.fromisoformat(datestamp)
        return slice.contains(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))

    def _records(
        self, answer: Answer, found: Answered, slice: Slice, seen: set[tuple[str, str]]
    ) -> tuple[list[Record | FailedRecord], int]:
        """The slice's records of an answer that did not come before, and how many are another slice's."""
        records: list[Record | FailedRecord] = []
        over = 0
        for number, raw in enumerate(found.records):
            value = msgspec.json.decode(raw)
            header, place = value["header"], f"record[{number}]"
            identifier = header.get("identifier")
            try:
                belongs = self._belongs(str(header.get("datestamp") or ""), slice)
            except ValueError:
                what = f"{place}: no datestamp can be read: {str(header.get('datestamp'))[:40]!r}"
                records.append(_failed(str(identifier or ""), answer, what, raw))
                continue
            if not belongs:
                over += 1
                continue
            if isinstance(identifier, str):  # records without one are not each other's repetition
                key = (identifier, str(header["datestamp"]))
                if key in seen:
                    continue
                seen.add(key)
            if "problem" in value:
                records.append(_failed(str(identifier or ""), answer, f"{place}: {value['problem']}", raw))
            else:
                records.append(self._record(raw, header, answer, place))
        return records, over

    def _record(self, raw: bytes, header: dict[str, JSON], answer: Answer, place: str) -> Record | FailedRecord:
        if header.get("deleted"):
            return self._deleted(raw, header, answer, place)
        return self.reader.read(
            raw, asked=answer.url, place=place, fetched_at=answer.fetched_at, optouts=answer.optouts
        )

    def _deleted(self, raw: bytes, header: dict[str, JSON], answer: Answer, place: str) -> Record | FailedRecord:
        """Of a deleted record the header is all there is."""
        try:
            native_id = values.identifier(header.get(self._spec.fields.id.partition(".")[2]), self._spec.fields.id)
        except values.Broken as error:
            return _failed("", answer, f"{place}: {error}", raw)
        version = str(header.get("datestamp"))
        template = self._spec.fields.url_template
        return Record(
            native_id=native_id,
            version=version,
            url=values.fill(template, native_id, version) if template is not None else self.source.homepage,
            raw=raw,
            body=None,
            media_type="text/plain",
            claims=(),
            optouts=answer.optouts,
            fetched_at=answer.fetched_at,
            deleted=True,
        )

    # ------------------------------------------------------------------ one record again

    def complete_text(self, record: Record) -> Record | FailedRecord:
        """See :class:`~rightful.connectors.base.LinkingConnector`."""
        assert self._linker is not None
        return self._linker.complete(record)

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """A GetRecord for each; see :class:`~rightful.connectors.base.Connector`."""
        failed = 0
        for one in known:
            try:
                sighting = self._sighting(one)
                failed = 0
            except RateLimited:
                raise
            except Forbidden:
                log.warning("source %s: it does not want us (401, 402 or 403); it is left alone", self.source.id)
                return
            except RightfulError as error:
                failed += 1
                sighting = _sighting(one, "error", self.source.homepage, datetime.now(UTC), detail=str(error)[:500])
            yield [sighting]
            if failed >= MOST_FAILED:
                log.warning("source %s: %d requests in a row failed; the rest waits", self.source.id, failed)
                return

    def _sighting(self, known: Known) -> Sighting:
        template = self._spec.identifier or "{id}"
        identifier = template.replace("{id}", known.native_id)
        params: dict[str, Param] = {"verb": "GetRecord", "metadataPrefix": self._spec.prefix, "identifier": identifier}
        answer, found = self._ask(params)
        if found.error is not None:
            if found.error[0] == "idDoesNotExist":
                return _sighting(known, "gone", answer.url, answer.fetched_at, detail="the repository does not know it")
            raise self._refused(answer, found.error)
        if len(found.records) != 1:
            raise self.client.fail(Malformed, answer.url, f"{len(found.records)} records", "tell the repository")
        value = msgspec.json.decode(found.records[0])
        header = value["header"]
        if header.get(self._spec.fields.id.partition(".")[2]) != known.native_id or "problem" in value:
            what = f"asked for {identifier}, got {str(header.get('identifier'))[:100]!r}"
            raise self.client.fail(Malformed, answer.url, what, "correct `fetch.identifier`, or tell the repository")
        if header.get("deleted"):
            return _sighting(known, "gone", answer.url, answer.fetched_at, detail="the repository has deleted it")
        if self.asks_pages:
            return self._page_of(known, found.records[0], answer)
        claims = self.reader.claims_of(value, known.published)
        return msgspec.structs.replace(
            _sighting(known, "found", answer.url, answer.fetched_at),
            claims=claims,
            optouts=combined(answer.optouts, ()),
        )

    def _page_of(self, known: Known, raw: bytes, answer: Answer) -> Sighting:
        """What the page that a record links to says today; the repository's answer alone would tell no licence."""
        assert self._linker is not None
        record = self.reader.read(raw, asked=answer.url, place="record[0]", fetched_at=answer.fetched_at)
        try:
            got = self._linker.complete(record) if isinstance(record, Record) else record
        except Forbidden as error:  # one publisher's closed door is not the repository's
            return _sighting(known, "error", answer.url, answer.fetched_at, detail=error.what[:500])
        if isinstance(got, FailedRecord):
            return _sighting(known, "error", got.url, got.fetched_at or answer.fetched_at, detail=got.detail[:500])
        if not got.claims:
            return _sighting(
                known, "error", got.url, got.fetched_at or answer.fetched_at, detail="its page may not be asked for"
            )
        sighting = _sighting(known, "found", got.url, got.fetched_at or answer.fetched_at)
        return msgspec.structs.replace(sighting, claims=got.claims, optouts=got.optouts)


def _sighting(known: Known, status: str, url: str, at: datetime, detail: str = "") -> Sighting:
    return msgspec.convert(
        {"id": known.id, "group": "", "status": status, "seen_at": at, "url": url, "detail": detail}, Sighting
    )


def _failed(native_id: str, answer: Answer, detail: str, raw: bytes) -> FailedRecord:
    return FailedRecord(
        native_id=native_id, url=answer.url, reason="malformed", detail=detail, raw=raw, fetched_at=answer.fetched_at
    )


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) + timedelta(seconds=1) if moment.microsecond else moment


__all__ = ["OaiConnector"]
