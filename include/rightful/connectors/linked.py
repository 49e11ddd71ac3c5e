"""The text of a record that lies in a page or file of its own: asked for once the gate has allowed the record.

The raw bytes of such a record are both, so that it can be read again: a line that begins with :data:`MARK` and holds
the listed record and the answer's headers, then the answer's body as received (decompressed).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from rightful.catalogue.models import Linked, ListedFeeds, Source
from rightful.connectors import values
from rightful.connectors.file_text import HTML, body_of, essence_of
from rightful.connectors.paths import one
from rightful.connectors.values import Broken
from rightful.errors import BlockedAddress, ConfigurationError, Forbidden, Malformed, Refused, TooLarge
from rightful.licensing.optouts import combined
from rightful.licensing.policy import Policy
from rightful.model import JSON, FailedRecord, LicenseClaim, Media, OptOut, Record, Strength

if TYPE_CHECKING:
    from rightful.http.client import Answer, Client

MARK = b"linked/1 "
PAGE = "page"
"""The path of a claim rule that means: what the linked page itself says (``claims: [{from: page}]``)."""

UNREAD = frozenset({"page:too_large", "page:charset", "page:too_deep", "page:cut"})
"""Rules of :func:`~rightful.licensing.page.read_page` for pages of which something stayed unread."""

_KEPT_HEADERS = ("content-type", "link", "last-modified", "etag", "x-robots-tag", "tdm-reservation", "tdm-policy")


class Parts(NamedTuple):
    """A listed record and the file that it links to."""

    entry: bytes
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class LinkReader:
    """Finds the address of a record's text; all paths are compiled once.

    Raises :class:`~rightful.errors.ConfigurationError` for paths and templates that can never work.
    """

    def __init__(self, linked: Linked, source_id: str) -> None:
        self._linked = linked
        self._paths = [(path, one(path)) for path in linked.url]
        if linked.url_template is not None:
            values.check_template(linked.url_template, source_id)

    def read(self, value: JSON, native_id: str, version: str) -> Media | None:
        """Where the text lies; None for a record without an address, where that may be.

        Raises :class:`~rightful.connectors.values.Broken` for no address where there must be one.
        """
        linked = self._linked
        for path, find in self._paths:
            found = find(value)
            if isinstance(found, list):
                found = found[0] if found else None
            if found not in (None, ""):
                return Media(url=values.url(found, path), media_type=linked.media_type)
        if linked.url_template is not None:
            return Media(url=values.fill(linked.url_template, native_id, version), media_type=linked.media_type)
        if linked.optional:
            return None
        raise Broken(f"no address of its text at {', '.join(f'`{path}`' for path in linked.url)}")


class Linker:
    """Fetches the texts of one source.

    Args:
        source: The catalogue entry, with ``fetch.linked``.
        client: Asks for them; not closed here.
        policy: By which a page's own contradictions are weighed; the gate rules with its own copy.
    """

    def __init__(self, source: Source, client: Client, policy: Policy) -> None:
        linked = source.recorded.linked
        if linked is None:
            raise ConfigurationError("has no `fetch.linked`", source=source.id)
        self._source, self._linked, self._client, self._policy = source, linked, client, policy
        self.asks_pages = asks_pages(source)
        # What a feed, or a directory of anybody's works, links to are files of web sites, even where it counts itself
        # as an interface.
        self._is_web = isinstance(source.fetch, ListedFeeds) or source.fetch.any_host

    def complete(self, record: Record) -> Record | FailedRecord:
        """``record`` with its text, and with what the page says of licence and mining. The gate must rule on it again.

        Raises what concerns more than this record: FetchError, RateLimited, Forbidden.
        """
        from rightful.http.robots import KeptOut

        media = record.linked
        if media is None:
            return record
        try:
            answer = self._answer(media)
            return self._record(record, media, answer)
        except KeptOut as error:
            return self._kept_out(record, error.optouts)
        except TooLarge as error:
            return _failed(record, "too_large", error.what)
        except Malformed as error:
            return _failed(record, "malformed", error.what)
        except Forbidden:
            raise
        except (BlockedAddress, Refused) as error:
            return _failed(record, "fetch_failed", error.what)

    def _answer(self, media: Media) -> Answer:
        if essence_of(media.media_type or "text/html") in HTML:
            return self._client.page(media.url)
        accept = f"{media.media_type}, */*;q=0.5"
        return self._client.read(media.url, None, lambda answer: answer, accept=accept, obey=self._is_web)

    def _record(self, record: Record, media: Media, answer: Answer) -> Record:
        headers = tuple((name, value) for name, value in answer.headers.multi_items() if name.lower() in _KEPT_HEADERS)
        media_type = media.media_type or answer.headers.get("content-type", "")
        claims, optouts = record.claims, combined(record.optouts, answer.optouts)
        if essence_of(media_type) in HTML:
            from rightful.licensing.page import read_page  # slow to import, and who only reads paths needs none

            page = read_page(
                answer.body,
                answer.url,
                headers,
                policy=self._policy,
                source=self._source,
                seen=answer.fetched_at,
                whole=True,
            )
            if page.rule in UNREAD:
                raise Malformed(
                    f"not all of the page can be read ({page.rule}): it may reserve its text", remedy="leave it"
                )
            optouts = combined(optouts, page.optouts)
            if self.asks_pages:
                claims = (*claims, *page.claims)
        if self.asks_pages and not claims:
            claims = (LicenseClaim(raw=None, place=PAGE, strength=Strength.PAGE_METADATA),)
        raw = framed(record.raw, answer.url, headers, answer.body)
        body, read_as = body_of(answer.body, media_type, headers, whole=self._linked.whole)
        return msgspec.structs.replace(
            record,
            raw=raw,
            body=joined(record.body, body, self._linked),
            media_type=read_as,
            claims=claims,
            optouts=optouts,
            fetched_at=answer.fetched_at,
            linked=None,
        )

    def _kept_out(self, record: Record, optouts: tuple[OptOut, ...]) -> Record:
        """The site does not want its page fetched: the gate says so, by what was found."""
        return msgspec.structs.replace(record, body=None, optouts=combined(record.optouts, optouts), linked=None)


def asks_pages(source: Source) -> bool:
    """Whether a claim rule of ``source`` reads the linked page."""
    return any(rule.from_ == PAGE for rule in source.license.claims)


def joined(text: str | None, body: str | None, linked: Linked | None) -> str | None:
    """What becomes text: the linked body, behind the record's own where the source wants both."""
    if linked is None or linked.instead or not text:
        return body
    return f"{text}\n\n{body}" if body else text


def framed(entry: bytes, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """The raw bytes of a record with its linked file."""
    head = {"entry": entry.decode("utf-8", "replace"), "url": url, "headers": [list(pair) for pair in headers]}
    return MARK + msgspec.json.encode(head) + b"\n" + body


def parts_of(raw: bytes) -> Parts | None:
    """What :func:`framed` put together; None where it is something else."""
    head, end, body = raw.partition(b"\n")
    if not end or not head.startswith(MARK):
        return None
    try:
        told = msgspec.json.decode(head[len(MARK) :])
        headers = tuple((str(name), str(value)) for name, value in told["headers"])
        return Parts(str(told["entry"]).encode(), str(told["url"]), headers, body)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return None


def reread(raw: bytes, source: Source, read: Callable[[bytes], Record | FailedRecord]) -> Record | FailedRecord:
    """The record of ``raw``; ``read`` makes one of a listed record's bytes."""
    parts = parts_of(raw)
    if parts is None:
        found = read(raw)
        if source.links and isinstance(found, Record) and found.linked is None and found.body is None:
            return msgspec.structs.replace(found, linked=Media(url=found.url))  # it was never asked for
        return found
    found, linked = read(parts.entry), source.recorded.linked
    if isinstance(found, FailedRecord):
        return found
    told = next((value for name, value in parts.headers if name == "content-type"), "")
    media_type = (linked.media_type if linked is not None else None) or told
    try:
        body, read_as = body_of(parts.body, media_type, parts.headers, whole=linked is not None and linked.whole)
    except (Malformed, TooLarge) as error:
        return _failed(found, "malformed", error.what)
    return msgspec.structs.replace(
        found, raw=raw, body=joined(found.body, body, linked), media_type=read_as, linked=None
    )


def _failed(record: Record, reason: str, detail: str) -> FailedRecord:
    return FailedRecord(
        native_id=record.native_id,
        url=record.linked.url if record.linked else record.url,
        reason=reason,
        detail=detail[:500],
        raw=record.raw,
        fetched_at=record.fetched_at,
    )


__all__ = ["MARK", "PAGE", "LinkReader", "Linker", "asks_pages", "framed", "parts_of", "reread"]
