"""Asks a source of kind ``rest`` again for the licence of records that were taken, as ``fetch.look_up`` describes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlencode

import msgspec

from rightful.catalogue.models import PageNumber, Source
from rightful.connectors import values
from rightful.connectors.asking import filled
from rightful.connectors.base import Known, Sighting
from rightful.connectors.envelope import repeated_key
from rightful.connectors.paths import EACH, all_at, one
from rightful.connectors.record import SITE
from rightful.errors import ConfigurationError, FetchError, Forbidden, Malformed, RateLimited, Refused, TooLarge
from rightful.http.client import Answer, Param
from rightful.licensing.optouts import combined, of_site
from rightful.model import JSON, OptOut

if TYPE_CHECKING:
    from rightful.connectors.rest import RestConnector

log = logging.getLogger(__name__)

MOST_FAILED = 3
"""Requests in a row that may fail; then the source is down, and its records are left for another day."""

_LONGEST_IDS = 6_000
"""Characters of ids in one URL; servers refuse longer ones."""

_GONE = frozenset({404, 410})

How = Literal["records", "site", "none"]

ASKED_ONE_BY_ONE = ("podcast", "video", "oai_pmh", "feed")
"""Kinds whose sources answer for one record. Files and archives never change their mind."""


def how_to_look(source: Source) -> How:
    """``records``: each one can be asked for. ``site``: only the statement that covers all. ``none``: not at all."""
    if source.kind != "rest":
        return "records" if source.kind in ASKED_ONE_BY_ONE else "none"
    if source.rest.look_up is not None:
        return "records"
    return "site" if is_site_wide(source) and not source.shard.over else "none"


def is_site_wide(source: Source) -> bool:
    """Whether one answer of the site states the licence of every record."""
    if source.kind != "rest":
        return False
    paths = [path for rule in source.license.claims for path in (rule.from_, rule.label) if path is not None]
    return source.rest.site is not None and bool(paths) and all(path.startswith(f"{SITE}.") for path in paths)


class Keys:
    """Finds under which id, and with which further parameters, the source knows a document."""

    def __init__(self, source: Source) -> None:
        spec = source.rest.look_up if source.kind == "rest" else None
        self._of = spec.of if spec is not None else "native_id"
        self._match = re.compile(spec.match, re.ASCII) if spec is not None and spec.match is not None else None

    def of(self, native_id: str | None, version: str | None, url: str | None) -> tuple[str, dict[str, str]] | None:
        """(id, parameters); None when the document's columns don't tell."""
        column = {"native_id": native_id, "version": version, "url": url}[self._of]
        if not column:
            return None
        if self._match is None:
            return column, {}
        found = self._match.fullmatch(column)
        if found is None or not found["id"]:
            return None
        return found["id"], {name: value or "" for name, value in found.groupdict().items() if name != "id"}


def group_name(params: dict[str, str]) -> str:
    """What is asked with the same parameters: ``wiki=en``; ``""`` for a source without any."""
    return urlencode(sorted(params.items()))


class _RecordGone(Exception):
    """The source answered for one record that it isn't there."""


def looked_up(connector: RestConnector, known: Sequence[Known]) -> Iterator[list[Sighting]]:
    """See :meth:`rightful.connectors.base.Connector.look_up`."""
    source = connector.source
    if how_to_look(source) == "none":
        raise ConfigurationError(
            "its records can't be asked for again", source=source.id, remedy="describe how in `fetch.look_up`"
        )
    keys = Keys(source)
    groups: dict[str, _Group] = {}
    unknown: list[Known] = []
    for document in known:
        key = keys.of(document.native_id, document.version, document.url)
        if key is None:
            unknown.append(document)
            continue
        name = group_name(key[1])
        if name not in groups:
            groups[name] = _Group(connector, name, key[1])
        groups[name].wanted.setdefault(key[0], []).append(document)
    if unknown:
        detail = "`fetch.look_up.match` does not fit it"
        yield [_error(document, "", source.homepage, detail) for document in unknown]
    failed = 0
    for group in groups.values():
        for sightings in group.go():
            failed = failed + 1 if all(sighting.status == "error" for sighting in sightings) else 0
            yield sightings
            if group.closed:
                log.warning("source %s: it does not want us (401, 402 or 403); it is left alone", source.id)
                return
            if failed >= MOST_FAILED:
                log.warning("source %s: %d requests in a row failed; the rest waits for another day", source.id, failed)
                return


class _Group:
    """Documents that are asked for with the same parameters."""

    def __init__(self, connector: RestConnector, name: str, params: dict[str, str]) -> None:
        self.connector, self.source, self.name = connector, connector.source, name
        self.params: dict[str, Param] = dict(params)
        self.wanted: dict[str, list[Known]] = {}
        self.optouts: tuple[OptOut, ...] = ()
        self.closed = False
        """The source said 401, 402 or 403: it is not asked again."""

    def go(self) -> Iterator[list[Sighting]]:
        """The site's statement first, where there is one, then the records, batch by batch."""
        self.connector.reader.use_site(None)
        if self.source.rest.site is not None:
            site = self._site()
            if is_site_wide(self.source):
                yield [site]
            if site.status == "error":
                if not is_site_wide(self.source):
                    yield [_error(document, self.name, site.url, site.detail) for document in self._all()]
                return  # without the statement nothing can be said of any record
        if self.source.rest.look_up is not None:
            for batch in self._batches():
                yield self._batch(batch)

    def _all(self) -> list[Known]:
        return [document for documents in self.wanted.values() for document in documents]

    def _site(self) -> Sighting:
        request = self.source.rest.site
        assert request is not None
        path, params = filled(request.path, request.params, self.params)
        url = self.connector.client.url(path, params)
        try:
            answer, value = self.connector.answer(path, params)
            self._refuse_repeated(answer)
        except RateLimited:
            raise
        except (FetchError, Malformed, Refused, TooLarge) as error:
            self.closed = isinstance(error, Forbidden)
            return Sighting(
                id="", group=self.name, status="error", seen_at=datetime.now(UTC), url=url, detail=error.what
            )
        self.optouts = of_site(answer.optouts)
        self.connector.reader.use_site(value)
        return Sighting(
            id="",
            group=self.name,
            status="found",
            seen_at=answer.fetched_at,
            url=answer.url,
            # Of today: a dated alias then means what it means today.
            claims=self.connector.reader.claims_of({}, answer.fetched_at),
            optouts=self.optouts,
            raw=answer.body,
        )

    def _batches(self) -> Iterator[list[str]]:
        spec = self.source.rest.look_up
        assert spec is not None
        batch: list[str] = []
        length = 0
        for key in self.wanted:
            if batch and (len(batch) >= spec.batch or length + len(key) > _LONGEST_IDS):
                yield batch
                batch, length = [], 0
            batch.append(key)
            length += len(quote(key, safe="")) + len(spec.separator)
        if batch:
            yield batch

    def _batch(self, keys: list[str]) -> list[Sighting]:
        spec = self.source.rest.look_up
        assert spec is not None
        if len(keys) > 1 or spec.batch > 1:
            odd = [key for key in keys if spec.separator in key]
            if odd:
                rest = [key for key in keys if spec.separator not in key]
                detail = f"its id holds {spec.separator!r}, which stands between ids"
                told = [_error(d, self.name, self.source.homepage, detail) for key in odd for d in self.wanted[key]]
                return told + (self._batch(rest) if rest else [])
        path, params = filled(spec.path, spec.params, self.params)
        if spec.ids is not None:
            params[spec.ids] = spec.separator.join(keys)
        else:
            path = path.replace("{ids}", spec.separator.join(quote(key, safe="") for key in keys))
        url = self.connector.client.url(path, params)

        def explain(answer: Answer) -> None:
            if len(keys) == 1 and answer.status in _GONE:
                raise _RecordGone
            self.connector.explain(answer)

        try:
            answer, value = self.connector.answer(path, params, explain)
            return self._read(keys, answer, value)
        except RateLimited:
            raise
        except _RecordGone:
            return [self._gone(document, url, datetime.now(UTC)) for document in self.wanted[keys[0]]]
        except (FetchError, Malformed, Refused, TooLarge) as error:
            self.closed = isinstance(error, Forbidden)
            return [_error(document, self.name, url, error.what) for key in keys for document in self.wanted[key]]

    def _read(self, keys: list[str], answer: Answer, value: JSON) -> list[Sighting]:
        """One sighting for each document asked for."""
        spec, fetch = self.source.rest.look_up, self.source.rest
        assert spec is not None
        self._refuse_repeated(answer)
        complete, found, odd = self._records(spec.records or fetch.records, answer, value)
        identify, gone = one(spec.id or fetch.fields.id), one(spec.gone) if spec.gone is not None else None
        by_key: dict[str, list[JSON]] = {}
        for record in found:
            try:
                by_key.setdefault(values.identifier(identify(record), "id"), []).append(record)
            except values.Broken:
                odd += 1
        sightings: list[Sighting] = []
        for key in keys:
            records = by_key.get(key, [])
            for document in self.wanted[key]:
                if records and not (gone is not None and any(gone(record) for record in records)):
                    sightings.append(self._found(document, answer, records))
                elif records or (complete and not odd):
                    sightings.append(self._gone(document, answer.url, answer.fetched_at))
                else:
                    detail = f"it is not among the {len(found)} records of an answer that is not complete"
                    sightings.append(_error(document, self.name, answer.url, detail))
        return sightings

    def _records(self, path: str, answer: Answer, value: JSON) -> tuple[bool, list[JSON], int]:
        """Whether the answer is complete, its records, and how many of them are no records."""
        confirmed = self.source.rest.complete is not None and self.connector.is_complete(value)
        complete = confirmed or self.source.rest.complete is None
        paging = self.source.rest.paginate
        if isinstance(paging, PageNumber) and paging.more is not None and one(paging.more)(value) is not False:
            complete = False
        place = path.partition(EACH)[0]
        held = one(place)(value) if place != "." else value
        if not isinstance(held, (dict, list)) and not (held is None and confirmed):
            what, remedy = f"no records at `{path}`", "look at the address in a browser, and at `fetch.look_up`"
            raise self.connector.client.fail(Malformed, answer.url, what, remedy)
        if EACH in path:
            found = [record for _, record in all_at(path)(value) if record is not None]
        elif isinstance(held, dict):
            spec = self.source.rest.look_up
            found = [held] if spec is not None and spec.batch == 1 else list(held.values())
        else:
            found = held or []
        records = [record for record in found if isinstance(record, dict)]
        return complete, records, len(found) - len(records)

    def _refuse_repeated(self, answer: Answer) -> None:
        """An object that gives a licence twice under one name says two things, of which a decoder shows the last."""
        if twice := repeated_key(answer.body):
            what = f"it holds the key {twice[:100]!r} twice in one object"
            raise self.connector.client.fail(Malformed, answer.url, what, "tell the source's owner")

    def _found(self, document: Known, answer: Answer, records: list[JSON]) -> Sighting:
        """A record that stands there twice says both things, so that a contradiction is seen as one."""
        claims = [claim for record in records for claim in self.connector.reader.claims_of(record, document.published)]
        secrets = self.connector.client.secrets
        if secrets is not None:
            said = msgspec.json.encode(claims).decode()
            if secrets.redact(said) != said:
                return _error(document, self.name, answer.url, "its licence echoes the source's secret")
        return Sighting(
            id=document.id,
            group=self.name,
            status="found",
            seen_at=answer.fetched_at,
            url=answer.url,
            claims=tuple(dict.fromkeys(claims)),
            optouts=combined(answer.optouts, self.optouts),
        )

    def _gone(self, document: Known, url: str, seen_at: datetime) -> Sighting:
        return Sighting(id=document.id, group=self.name, status="gone", seen_at=seen_at, url=url)


def _error(document: Known, group: str, url: str, detail: str) -> Sighting:
    return Sighting(
        id=document.id, group=group, status="error", seen_at=datetime.now(UTC), url=url, detail=detail[:500]
    )
