"""Finds the videos of a slice: in a dated list of the platform's API, or behind a channel's newest-first pages."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote, urljoin

from rightful.catalogue.models import Source
from rightful.catalogue.rest_block import WindowEnd
from rightful.catalogue.video_block import VideoList
from rightful.connectors import values
from rightful.connectors.envelope import Envelope, Unreadable, decode, open_envelope
from rightful.connectors.links import link_next
from rightful.connectors.paginate import paginator_for
from rightful.connectors.paginator import Answered
from rightful.connectors.paths import one, steps_of
from rightful.connectors.values import Broken
from rightful.connectors.video.entry import Entry
from rightful.connectors.video.record import published_of
from rightful.connectors.video.session import Session
from rightful.connectors.video.trouble import Unavailable
from rightful.connectors.window import Param, bound
from rightful.errors import ConfigurationError, Malformed
from rightful.http.client import Answer, Client
from rightful.model import JSON, Slice

log = logging.getLogger(__name__)

OLDER_IN_A_ROW = 5
"""So many older than the slice, one after another, end a newest-first list: pinned ones stand out of order."""

_TAG = re.compile(r"<[^<>]*>")


def listed(source: Source, slice: Slice, client: Client, session: Callable[[], Session]) -> list[Entry]:
    """The entries of ``slice``, each once, the oldest first.

    Raises :class:`ConfigurationError` for more than ``fetch.most_entries``, and what client and session raise.
    """
    found: dict[str, Entry] = {}
    for entry in _all(source, slice, client, session):
        found.setdefault(entry.url, entry)
        if len(found) > source.video.most_entries:
            raise ConfigurationError(
                f"more than {source.video.most_entries:,} videos are listed",
                source=source.id,
                slice=slice,
                remedy="use a shorter schedule, narrow the list, or raise `fetch.most_entries`",
            )
    return sorted(found.values(), key=lambda entry: (entry.published or slice.start, entry.url))


def _all(source: Source, slice: Slice, client: Client, session: Callable[[], Session]) -> Iterator[Entry]:
    if source.video.list_ is not None:
        yield from ApiList(source, source.video.list_, client).entries(slice)
    for page in source.video.pages:
        yield from _of_page(source, page, slice, session())


class ApiList:
    """A list of a platform's API.

    Raises :class:`ConfigurationError` for paths that can never work.
    """

    def __init__(self, source: Source, spec: VideoList, client: Client) -> None:
        self.source, self.spec, self.client = source, spec, client
        self._steps = steps_of(spec.records)
        self._id, self._published = one(spec.id), one(spec.published)
        self._seconds, self._channels, self._creators = (
            one(path) if path is not None else None for path in (spec.seconds, spec.channels, spec.creators)
        )
        self._keep = [(one(path), frozenset(wanted)) for path, wanted in spec.keep.items()]

    def entries(self, slice: Slice) -> Iterator[Entry]:
        """What is listed within ``slice``. An element without id or date can't be placed, and stops the plan."""
        paginator = paginator_for(self.spec.paginate, self.source.id, self.source.limits.pages, None)
        filled = _times(self.spec, slice)
        params: dict[str, Param] = {name: _filled(value, filled) for name, value in self.spec.params.items()}
        path = str(_filled(self.spec.path, filled))
        older = 0
        while not paginator.done:
            url, more = paginator.request()
            place = (path, {**params, **more}) if url is None else (url, more)
            answer, envelope = self.client.read(*place, self._take)
            paginator.advance(
                Answered(
                    head=envelope.head,
                    records=envelope.records or [],
                    link_next=link_next(answer.headers.get("link", "")),
                    resolve=partial(self._resolve, answer.url),
                )
            )
            for raw in envelope.records or ():
                entry = self._entry(raw, answer)
                if entry is None:
                    continue
                assert entry.published is not None
                if slice.contains(entry.published):
                    yield entry
                older = older + 1 if entry.published < slice.start else 0
                if self.spec.newest_first and older >= OLDER_IN_A_ROW:
                    return

    def _resolve(self, base: str, reference: str) -> str:
        return self.client.public(urljoin(base, reference))

    def _take(self, answer: Answer) -> tuple[Answer, Envelope]:
        try:
            envelope = open_envelope(self.client.json_bytes(answer), self._steps)
        except (*Unreadable, TypeError) as error:
            raise self._malformed(answer.url, f"no list at `{self.spec.records}` ({type(error).__name__})") from None
        if envelope.records is None and not (isinstance(envelope.head, dict) and "batchcomplete" in envelope.head):
            raise self._malformed(answer.url, f"no list at `{self.spec.records}`")
        return answer, envelope

    def _entry(self, raw: bytes, answer: Answer) -> Entry | None:
        try:
            value = decode(raw)
            if any(str(find(value)) not in wanted for find, wanted in self._keep):
                return None
            native_id = values.identifier(self._id(value), self.spec.id)
            published = values.moment(self._published(value), self.spec.published, answer.fetched_at)
            if published is None:
                raise Broken(f"no date at `{self.spec.published}`")
            return Entry(
                url=filled_url(self.spec, native_id),
                id=native_id,
                published=published,
                seconds=_number(self._seconds(value)) if self._seconds is not None else None,
                channels=_texts(self._channels(value)) if self._channels is not None else (),
                creators=_plain(_texts(self._creators(value))) if self._creators is not None else (),
            )
        except (Broken, *Unreadable) as error:
            raise self._malformed(answer.url, f"an element can't be placed: {str(error)[:200]}") from None

    def _malformed(self, url: str, what: str) -> Exception:
        return self.client.fail(Malformed, url, what, "look at the address in a browser, and at `fetch.list`")


def _of_page(source: Source, page: str, slice: Slice, session: Session) -> Iterator[Entry]:
    """The entries of a channel or playlist. One whose date is not listed is asked for it."""
    older = 0
    for flat in session.entries(page):
        url = flat.get("url") if flat.get("_type") in ("url", "url_transparent") else flat.get("webpage_url")
        if not isinstance(url, str) or not url:
            continue
        now = datetime.now(UTC)
        try:
            published, seconds = published_of(flat, now), _number(flat.get("duration"))
            if published is None:
                whole = session.info(url)[0][:1]
                published = published_of(whole[0], now) if whole else None
                seconds = _number(whole[0].get("duration")) if whole else None
        except Broken:
            published = None
        except Unavailable:
            log.info("source %s: %s has no date and can't be asked for one", source.id, url[:300])
            continue  # nobody knows which slice it belongs to
        if published is None or slice.contains(published):
            yield Entry(url=url, id=str(flat.get("id") or ""), published=published, seconds=seconds)
        older = older + 1 if published is not None and published < slice.start else 0
        if source.video.newest_first and older >= OLDER_IN_A_ROW:
            return


def filled_url(spec: VideoList, native_id: str) -> str:
    """What yt-dlp is asked for: ``list.url`` with the id. A colon stays: wikis have it in their titles."""
    return spec.url.replace("{id}", quote(native_id, safe=":"))


def _times(spec: VideoList, slice: Slice) -> Mapping[str, str]:
    """``{start}`` and ``{end}`` as the list wants them."""
    end = WindowEnd(param="end", format=spec.time, inclusive=spec.inclusive)
    start = WindowEnd(param="start", format=spec.time)
    return {"{start}": str(bound(start, slice.start, upper=False)), "{end}": str(bound(end, slice.end, upper=True))}


def _filled(value: Param, times: Mapping[str, str]) -> Param:
    if isinstance(value, str):
        for name, text in times.items():
            value = value.replace(name, text)
    return value


def _number(value: JSON) -> float | None:
    """A length in seconds; ``"123.4"`` is one too."""
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < 10**7 else None


def _texts(value: JSON) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    return tuple(text for text in found if isinstance(text, str) and text.strip())[:20]


def _plain(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Names as text: some platforms give them as HTML."""
    found = (" ".join(html.unescape(_TAG.sub(" ", text)).split()) for text in texts)
    return tuple(text[:500] for text in found if text)


__all__ = ["OLDER_IN_A_ROW", "ApiList", "filled_url", "listed"]
