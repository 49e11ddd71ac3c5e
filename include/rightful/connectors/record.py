"""One element of an answer becomes a :class:`Record`, or a :class:`FailedRecord` that says what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from rightful.catalogue.models import ClaimRule, Source
from rightful.connectors import values
from rightful.connectors.envelope import Unreadable, decode, repeated_key
from rightful.connectors.linked import PAGE, LinkReader
from rightful.connectors.paths import All, One, all_at, one
from rightful.connectors.values import Broken
from rightful.errors import ConfigurationError, Malformed
from rightful.licensing.claims import claims_of
from rightful.model import JSON, FailedRecord, LicenseClaim, OptOut, Record
from rightful.text.html import html_to_text

if TYPE_CHECKING:
    from rightful.http.secrets import Secrets

SITE = "site"
"""Name of the site-wide evidence in :attr:`Page.evidence`."""

_CLAIMS_KEPT = 4_096


class RecordReader:
    """Reads the records of one source by its ``fetch.fields`` and ``license.claims``; all paths are compiled once.

    With ``secrets``, what the source echoes of them is masked in URLs and failures. Claim rules whose path is in
    ``told_elsewhere`` are not read here: whoever calls knows better where they stand.

    Raises :class:`ConfigurationError` for paths, templates and claim rules that can never work.
    """

    def __init__(self, source: Source, secrets: Secrets | None = None, *, told_elsewhere: Collection[str] = ()) -> None:
        fields = source.recorded.fields
        self._secrets = secrets
        self._source, self._fields, self._most_bytes = source, fields, source.limits.record_bytes
        self._id = one(fields.id)
        self._version, self._url, self._title = _maybe(fields.version), _maybe(fields.url), _maybe(fields.title)
        self._publisher, self._attribution = _maybe(fields.publisher), _maybe(fields.attribution)
        self._created, self._published, self._region = (
            _maybe(fields.created),
            _maybe(fields.published),
            _maybe(fields.region),
        )
        self._deleted = _maybe(fields.deleted)
        self._text = [(path, one(path)) for path in fields.text]
        self._creators = [(path, one(path)) for path in fields.creators]
        if fields.url_template is not None:
            values.check_template(fields.url_template, source.id)
        linked = source.recorded.linked
        self._link = None if linked is None else LinkReader(linked, source.id)
        self._rules = tuple(rule for rule in source.license.claims if rule.from_ not in (PAGE, *told_elsewhere))
        self._paths = _claim_paths(source, self._rules)
        self._record_paths: dict[str, All] = {
            path: all_at(path.partition(".")[2], "record") for path in self._paths if path.startswith("record.")
        }
        # Names on the way to a claim, as they stand in JSON.
        self._claim_names = {
            json.dumps(name).encode() for path in self._record_paths for name in re.findall(r"[^.\[\]]+", path)[1:]
        }
        self._site: dict[str, list[tuple[str, JSON]]] = {}
        self._claims: dict[Hashable, tuple[LicenseClaim, ...]] = {}
        self.use_site(None)

    def use_site(self, answer: JSON) -> None:
        """Read site-wide claims from ``answer`` from now on."""
        self._claims.clear()
        self._site = {
            path: all_at(path.partition(".")[2], SITE)(answer) for path in self._paths if path.startswith(f"{SITE}.")
        }

    def claims_of(self, value: JSON, published: datetime | None) -> tuple[LicenseClaim, ...]:
        """What a decoded record, with the site's answer in use, says of its licence."""
        return self._claims_of(value, published)

    def read(
        self, raw: bytes, *, asked: str, place: str, fetched_at: datetime, optouts: tuple[OptOut, ...] = ()
    ) -> Record | FailedRecord:
        """Make a record of its bytes.

        Args:
            raw: JSON of one record, as received.
            asked: URL of the answer, for a record that can't say its own.
            place: Which element of the answer, e.g. ``"items[3]"``, for the same.
            fetched_at: When the answer came.
            optouts: Of the answer's headers.
        """
        native_id = ""
        try:
            value = decode(raw)
            if type(value) is not dict:
                raise Broken("it is no JSON object")
            native_id = values.identifier(self._id(value), self._fields.id)
            self._refuse_repeated(raw)
            if len(raw) > self._most_bytes:
                detail = f"{len(raw):,} bytes, more than `limits.record_bytes` ({self._most_bytes:,})"
                return self._failed(native_id, asked, "too_large", f"{place}: {detail}", b"", fetched_at)
            return self._without_echo(self._record(value, native_id, raw, fetched_at, optouts))
        except Broken as error:
            detail = str(error)
        except Unreadable as error:
            detail = f"{type(error).__name__}: {error}"
        return self._failed(native_id, asked, "malformed", f"{place}: {detail[:500]}", raw, fetched_at)

    def _without_echo(self, record: Record) -> Record:
        """The record, unless one of its columns would carry the source's secret into the tables. (URLs are masked.)"""
        if self._secrets and self._secrets.in_bytes(record.raw):
            said = msgspec.json.encode(msgspec.structs.replace(record, url="", raw=b""))
            if self._secrets.in_bytes(said):
                raise Broken("it echoes the source's secret")
        return record

    def _refuse_repeated(self, raw: bytes) -> None:
        """A record that gives a licence twice under one name says two things, of which a decoder shows the last."""
        # Escaped letters can hide a key from a look at the bytes.
        suspect = b"\\u00" in raw if self._claim_names else False
        for name in self._claim_names:
            suspect = suspect or raw.count(name) > 1
        if suspect and (twice := repeated_key(raw)):
            raise Broken(f"it holds the key {twice!r} twice in one object")

    def _failed(
        self, native_id: str, asked: str, reason: str, detail: str, raw: bytes, fetched_at: datetime
    ) -> FailedRecord:
        kept = raw if len(raw) <= self._most_bytes else b""
        if self._secrets is not None:
            text = raw.decode("utf-8", "replace")
            if self._secrets.redact(text) != text:
                # A detail quotes the record in short, and half a secret would not be known as one.
                place = detail.partition(": ")[0]
                detail = f"{place}: what is wrong is not shown, for the record echoes the source's secret"
            detail, asked = self._secrets.redact(detail), self._secrets.unechoed(asked)
        return FailedRecord(
            native_id=native_id, url=asked, reason=reason, detail=detail, raw=kept, fetched_at=fetched_at
        )

    def _record(
        self, value: JSON, native_id: str, raw: bytes, fetched_at: datetime, optouts: tuple[OptOut, ...]
    ) -> Record:
        fields, source = self._fields, self._source
        deleted = self._deleted is not None and bool(self._deleted(value))
        parts: list[str] = []
        for path, find in self._text:
            parts += values.text_parts(find(value), path)
        text = "\n\n".join(parts) if parts else None
        version = self._version_of(value, raw, text)
        published = _time(self._published, value, fields.published, fetched_at)
        claims = self._claims_of(value, published)
        url = self._url_of(value, native_id, version)
        creators: list[str] = []
        for path, find in self._creators:
            creators += self._plain("creators", values.names(find(value), path))
        return Record(
            native_id=native_id,
            version=version,
            url=url if self._secrets is None else self._secrets.unechoed(url),
            raw=raw,
            body=None if deleted else text,
            media_type=fields.media_type,
            claims=claims,
            optouts=optouts,
            title=self._title and self._told("title", self._title, value),
            creators=tuple(dict.fromkeys(creators)) if creators else (),
            rights_holder=source.license.rights_holder,
            publisher=self._publisher and self._told("publisher", self._publisher, value),
            attribution=self._attribution and self._told("attribution", self._attribution, value),
            record_kind=source.record_kind,
            created=self._created and _time(self._created, value, fields.created, fetched_at),
            published=published,
            fetched_at=fetched_at,
            region=(self._region and _text(self._region, value, fields.region)) or source.region,
            evidence=SITE if self._site and any(claim.place.startswith(f"{SITE}.") for claim in claims) else None,
            linked=None if deleted or self._link is None else self._link.read(value, native_id, version),
            deleted=deleted,
        )

    def _told(self, member: str, find: One | None, value: JSON) -> str | None:
        found = _text(find, value, getattr(self._fields, member))
        if not found or member not in self._fields.html:
            return found or None
        return next(iter(self._plain(member, [found])), None)

    def _plain(self, member: str, texts: list[str]) -> list[str]:
        """The texts; of a member that holds HTML without its markup, on one line."""
        if member not in self._fields.html:
            return texts
        try:
            return [text for told in texts if (text := " ".join(html_to_text(told).split()))]
        except Malformed as error:
            raise Broken(f"the HTML of its {member} can't be read: {error.what}") from None

    def _version_of(self, value: JSON, raw: bytes, text: str | None) -> str:
        if self._version is not None:
            found = self._version(value)
            if found is not None:
                return values.identifier(found, str(self._fields.version))
        hashed = (text or "").encode("utf-8", "replace") if self._fields.version_of == "text" else raw
        return hashlib.sha256(hashed).hexdigest()[:16]

    def _url_of(self, value: JSON, native_id: str, version: str) -> str:
        if self._url is not None:
            found = self._url(value)
            if found is not None or self._fields.url_template is None:
                return values.url(found, str(self._fields.url))
        return values.fill(str(self._fields.url_template), native_id, version)

    def _claims_of(self, value: JSON, published: datetime | None) -> tuple[LicenseClaim, ...]:
        if not self._paths and self._source.license.statement is None:
            return ()  # a contract speaks for every record
        found: dict[str, Sequence[tuple[str, JSON]]] = {path: find(value) for path, find in self._record_paths.items()}
        on = published.date() if published is not None else None
        # Reading a claim costs more than all else here, and the same few tags come again and again. The type counts:
        # to Python, `1`, `1.0` and `true` are one key.
        key: Hashable = (on, tuple((place, type(tag), tag) for pairs in found.values() for place, tag in pairs))
        try:
            known = self._claims.get(key)
        except TypeError:
            key, known = None, None  # a tag that is a list or object
        if known is not None:
            return known
        block = self._source.license
        everything = {**self._site, **found}
        claims = claims_of(self._rules, block.statement, everything.__getitem__, aliases=block.aliases, on=on)
        if key is not None:
            if len(self._claims) >= _CLAIMS_KEPT:
                self._claims.clear()
            self._claims[key] = claims
        return claims


def _claim_paths(source: Source, rules: Sequence[ClaimRule]) -> tuple[str, ...]:
    """Every path that a claim rule of ``source`` reads in a record, or in its site's answer."""
    paths = [path for rule in rules for path in (rule.from_, rule.label) if path is not None]
    for path in paths:
        root = path.partition(".")[0]
        if root not in ("record", SITE) or not path.partition(".")[2]:
            raise ConfigurationError(
                f"the claim path `{path}` begins with neither `record.` nor `site.`", source=source.id, remedy="add it"
            )
        if root == SITE and source.recorded.site is None:
            raise ConfigurationError(
                f"the claim path `{path}` needs `fetch.site`", source=source.id, remedy="say which request answers it"
            )
    return tuple(dict.fromkeys(paths))


def _maybe(path: str | None) -> One | None:
    return None if path is None else one(path)


def _text(find: One | None, value: JSON, path: str | None) -> str | None:
    return None if find is None else values.text_or_none(find(value), str(path))


def _time(find: One | None, value: JSON, path: str | None, now: datetime) -> datetime | None:
    return None if find is None else values.moment(find(value), str(path), now)
