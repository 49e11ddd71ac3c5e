"""Kind ``rest``: a JSON API over HTTP, described completely by its source file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import msgspec

from rightful.catalogue.models import ContinueObject, SiteRequest, Source
from rightful.connectors.asking import filled
from rightful.connectors.base import Known, Sighting
from rightful.connectors.batch import Gathering
from rightful.connectors.envelope import Envelope, Unreadable, decode, open_envelope
from rightful.connectors.linked import Linker, asks_pages
from rightful.connectors.links import link_next
from rightful.connectors.lookup import looked_up
from rightful.connectors.paginate import paginator_for
from rightful.connectors.paginator import Answered, Paginator
from rightful.connectors.paths import EACH, One, one, steps_of
from rightful.connectors.record import SITE, RecordReader
from rightful.connectors.retention import check_retention
from rightful.connectors.window import OVER, part_of, shards_of, window_params
from rightful.errors import ConfigurationError, FetchError, Malformed, Refused, RightfulError, TooLarge
from rightful.http.client import Answer, Client, Param
from rightful.http.retry import retry_after
from rightful.licensing.optouts import combined, of_site
from rightful.licensing.policy import Policy
from rightful.model import JSON, FailedRecord, OptOut, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

MOST_SKIPPED = 3
"""Unreadable pages in a row that are stepped over; one more and the source is broken, not a page."""

_BATCH_ANSWERS = 4
"""A batch that completes over several answers may hold this many times ``limits.response_bytes``."""


class RestConnector:
    """Reads one source of kind ``rest``.

    Args:
        source: The catalogue entry.
        client: Asks it; closed with the connector.
        policy: By which contradictions within linked pages are weighed; only for ``fetch.linked``.

    Raises :class:`ConfigurationError` for paths and templates that can never work.
    """

    def __init__(self, source: Source, client: Client, policy: Policy | None = None) -> None:
        fetch = source.rest
        self._linker = Linker(source, client, policy) if policy is not None and source.links else None
        self.asks_pages = asks_pages(source)
        self.source, self.client, self.spec = source, client, fetch
        self._steps = steps_of(fetch.records)
        if EACH in self._steps:
            raise ConfigurationError(
                f"`fetch.records: {fetch.records}` can't hold []",
                source=source.id,
                remedy="name the one list of records",
            )
        self.reader = RecordReader(source, client.secrets)
        self._complete, self._error, self._backoff = _maybe(fetch.complete), _maybe(fetch.error), _maybe(fetch.backoff)
        self._continue = one(fetch.paginate.path) if isinstance(fetch.paginate, ContinueObject) else None
        # A cursor that is read from among the records ("items.-1.id") needs them decoded.
        path = getattr(fetch.paginate, "path", None)
        self._whole = path is not None and steps_of(path)[: len(self._steps)] == self._steps

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """The shards of ``slice``; see :class:`~rightful.connectors.base.Connector`."""
        shards = shards_of(self.source, slice)
        if self.spec.retention is not None:
            with _naming(slice):
                for over in {tuple(sorted(shard.params[OVER].items())): None for shard in shards}:
                    check_retention(
                        self.source, slice, lambda request, more: decode(self.ask(request, more)[0]), dict(over)
                    )
        return shards

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The pages of ``shard`` from ``cursor`` on; see :class:`~rightful.connectors.base.Connector`.

        A page that can't be read is stepped over where pages have numbers, and becomes a failed record of the next
        readable page. Where a page names the next, it ends the shard with an error; the next try goes on there.
        """
        with _naming(shard.slice):
            yield from _Walk(self, shard, cursor).pages()

    def ask(self, request: SiteRequest, more: Mapping[str, Param]) -> tuple[bytes, tuple[OptOut, ...]]:
        """The JSON of a request beside the list, and the opt-outs of its headers."""

        def reader(answer: Answer) -> tuple[bytes, tuple[OptOut, ...]]:
            body = self.client.json_bytes(answer)
            try:
                self._check_error(answer, decode(body))
            except Unreadable as error:
                raise self._malformed(answer.url, f"broken JSON ({error})") from None
            return body, answer.optouts

        return self.client.read(*filled(request.path, request.params, more), reader, self.explain)

    def complete_text(self, record: Record) -> Record | FailedRecord:
        """See :class:`~rightful.connectors.base.LinkingConnector`."""
        assert self._linker is not None
        return self._linker.complete(record)

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """Ask again for just the licence of these documents; see :class:`~rightful.connectors.base.Connector`."""
        return looked_up(self, known)

    def answer(
        self, path: str, params: Mapping[str, Param], explain: Callable[[Answer], None] | None = None
    ) -> tuple[Answer, JSON]:
        """One answer, decoded. An error object in it raises what it means; a ``backoff`` is kept."""

        def reader(answer: Answer) -> tuple[Answer, JSON]:
            try:
                value = decode(self.client.json_bytes(answer))
            except Unreadable as error:
                raise self._malformed(answer.url, f"broken JSON ({error})") from None
            self._check_error(answer, value)
            self.honour_backoff(answer, value)
            return answer, value

        return self.client.read(path, params, reader, explain or self.explain)

    def open_answer(self, answer: Answer) -> Envelope:
        """The answer taken apart. Raises :class:`Malformed`, or what the error object in it means."""
        body = self.client.json_bytes(answer)
        try:
            envelope = open_envelope(body, self._steps, whole=self._whole, single=self.spec.single)
        except (*Unreadable, TypeError) as error:
            self._check_error(answer, _decoded_or_none(body))
            what = f"broken JSON, or no list of records at `{self.spec.records}` ({type(error).__name__}: {error})"
            raise self._malformed(answer.url, what[:300]) from None
        self._check_error(answer, envelope.head)
        if envelope.records is None and not self._may_lack_records(envelope.head):
            known = ", ".join(sorted(envelope.head)[:20]) if isinstance(envelope.head, dict) else "nothing"
            raise self._malformed(answer.url, f"no records at `{self.spec.records}`; the answer has: {known[:300]}")
        return envelope

    def _may_lack_records(self, head: JSON) -> bool:
        """MediaWiki leaves the list out when it is empty, but then says that it is complete or goes on."""
        if self._complete is None:
            return False
        return self.is_complete(head) or (self._continue is not None and self._continue(head) is not None)

    def is_complete(self, head: JSON) -> bool:
        """Whether the records seen so far are complete; True for sources that always send whole records."""
        return self._complete is None or self._complete(head) not in (None, False)

    def _check_error(self, answer: Answer, head: JSON) -> None:
        """Raise what an error object in the body means: patience for codes in ``retry_when``, else a refusal."""
        error = self._error(head) if self._error is not None else None
        if not error:
            return
        code = str(error.get("code", "")) if isinstance(error, dict) else str(error)
        text = msgspec.json.encode(error).decode()[:300]
        if code not in self.spec.retry_when:
            remedy = f"correct the request; if it passes by itself, add {code[:60]} to `fetch.retry_when`"
            raise self.client.fail(Refused, answer.url, f"the source answers with an error: {text}", remedy)
        patience = retry_after(answer.headers, answer.fetched_at)
        if patience is not None:
            raise self.client.rate_limited(answer.url, f"the source asks for patience: {text}", patience)
        raise self.client.fail(FetchError, answer.url, f"the source asks for patience: {text}", "try again later")

    def explain(self, answer: Answer) -> None:
        """The same for an error object that comes with a status of its own (4xx)."""
        if self._error is not None:
            self._check_error(answer, _decoded_or_none(answer.body))

    def honour_backoff(self, answer: Answer, head: JSON) -> None:
        wanted = self._backoff(head) if self._backoff is not None else None
        if wanted is None:
            return
        try:
            self.client.hold(answer.url, float(wanted))
        except (TypeError, ValueError):
            raise self._malformed(answer.url, f"`{self.spec.backoff}` is no number of seconds: {wanted!r}") from None

    def _malformed(self, url: str, what: str) -> Exception:
        return self.client.fail(
            Malformed, url, what, "look at the address in a browser, and at `fetch` in the source file"
        )


class _Walk:
    """One pass over the pages of a shard."""

    def __init__(self, connector: RestConnector, shard: Shard, cursor: dict[str, JSON] | None) -> None:
        source = connector.source
        self.connector, self.client, self.shard, self.source = connector, connector.client, shard, source
        self.over: dict[str, Param] = dict(shard.params.get(OVER) or {})
        ends = window_params(source.rest.window, *part_of(shard)) if source.rest.window is not None else {}
        self.path, self.params = filled(source.rest.path, source.rest.params, {**self.over, **ends})
        self.paginator: Paginator = paginator_for(source.rest.paginate, source.id, source.limits.pages, cursor)
        self.evidence: dict[str, bytes] = {}
        self.site_optouts: tuple[OptOut, ...] = ()
        self.requests, self.bytes = self.client.requests, self.client.bytes_received
        self.skipped: list[FailedRecord] = []
        self.gathering = Gathering()

    def pages(self) -> Iterator[Page]:
        """Every page, from the paginator's place on."""
        self._read_site()
        while not self.paginator.done:
            asked = self._asked()
            try:
                answer, envelope = self.client.read(*asked, self._take, self.connector.explain)
            except (Malformed, TooLarge) as error:
                if not self._skip(asked, error):
                    continue
                records = self.gathering.cut_short()
            else:
                ready = self._records(answer, envelope)
                if ready is None:
                    continue
                records = ready
            yield self._page([*self.skipped, *records])

    def _asked(self) -> tuple[str, dict[str, Param]]:
        """Address and parameters of the next request. A next page's URL holds its own parameters."""
        url, more = self.paginator.request()
        return (self.path, {**self.params, **more}) if url is None else (url, more)

    def _take(self, answer: Answer) -> tuple[Answer, Envelope]:
        """Read an answer as far as its records, and where it leads on. Run again when it is malformed."""
        envelope = self.connector.open_answer(answer)
        self.connector.honour_backoff(answer, envelope.head)
        self.paginator.advance(
            Answered(
                head=envelope.head,
                records=envelope.records or [],
                link_next=link_next(answer.headers.get("link", "")),
                resolve=lambda reference: self._resolve(answer.url, reference),
            )
        )
        return answer, envelope

    def _resolve(self, base: str, reference: str) -> str:
        """The next page's full URL as it may be saved. One that makes no sense is kept: asking for it is refused."""
        try:
            return self.client.public(urljoin(base, reference))
        except ValueError:
            return self.client.public(reference)

    def _records(self, answer: Answer, envelope: Envelope) -> list[Record | FailedRecord] | None:
        """The records of an answer; None while a batch is not complete."""
        name, optouts = self.source.rest.records, combined(answer.optouts, self.site_optouts)
        found = [
            self._read(raw, answer.url, f"{name}[{position}]", answer.fetched_at, optouts)
            for position, raw in enumerate(envelope.records or ())
        ]
        if self.source.rest.complete is None:
            return found
        for record in found:
            self.gathering.add(record)
        done = self.connector.is_complete(envelope.head)
        if not done and not self.paginator.done:
            most = _BATCH_ANSWERS * self.source.limits.response_bytes
            if self.gathering.bytes > most:
                raise TooLarge(
                    f"a batch of records holds more than {most:,} bytes and is not complete",
                    source=self.source.id,
                    slice=self.shard.slice,
                    remedy="ask for fewer records at a time",
                )
            return None
        gathered, self.gathering = self.gathering, Gathering()
        return gathered.complete() if done else gathered.cut_short()

    def _read(
        self, raw: bytes, asked: str, place: str, fetched_at: datetime, optouts: tuple[OptOut, ...]
    ) -> Record | FailedRecord:
        return self.connector.reader.read(raw, asked=asked, place=place, fetched_at=fetched_at, optouts=optouts)

    def _skip(self, asked: tuple[str, dict[str, Param]], error: Malformed | TooLarge) -> bool:
        """Step over the page that was asked for, or raise when that is not possible. True when it was the last one."""
        if not self.paginator.can_skip or len(self.skipped) >= MOST_SKIPPED:
            raise error
        url = self.client.url(*asked)
        log.warning("source %s, slice %s: a page is stepped over: %s", self.source.id, self.shard.slice, error)
        reason = "too_large" if isinstance(error, TooLarge) else "malformed"
        detail, now = f"a whole page: {error.what}", datetime.now(UTC)
        self.skipped.append(FailedRecord(native_id="", url=url, reason=reason, detail=detail, fetched_at=now))
        self.paginator.skip()
        return self.paginator.done

    def _page(self, records: list[Record | FailedRecord]) -> Page:
        requests, received = self.client.requests - self.requests, self.client.bytes_received - self.bytes
        self.requests, self.bytes = self.client.requests, self.client.bytes_received
        self.skipped = []
        return Page(
            records=tuple(records),
            cursor=self.paginator.save(),
            evidence=self.evidence,
            requests=requests,
            bytes_received=received,
        )

    def _read_site(self) -> None:
        """Ask for the site-wide facts, afresh for every try: a licence that changed counts from now on.

        A reservation in the headers of that answer speaks for the whole site, so every record of the shard carries it.
        """
        request = self.source.rest.site
        if request is None:
            return
        body, optouts = self.connector.ask(request, self.over)
        self.site_optouts = of_site(optouts)
        self.evidence = {SITE: body}
        self.connector.reader.use_site(decode(body))


@contextmanager
def _naming(slice: Slice) -> Iterator[None]:
    """Errors of parts that don't know the slice name it all the same."""
    try:
        yield
    except RightfulError as error:
        error.slice = error.slice or slice
        raise


def _maybe(path: str | None) -> One | None:
    return None if path is None else one(path)


def _decoded_or_none(body: bytes) -> JSON:
    """The body decoded, or None when it is no JSON: then it holds no error object either."""
    try:
        return decode(body)
    except Unreadable:
        return None
