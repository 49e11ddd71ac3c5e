"""What an archive holds of a site as a whole: its robots.txt, its TDMRep file, and what its pages agree on.

Memory is bounded whatever the archive holds: the files lie on the disk, and of each page's licence a few numbers are
kept. What there is no room for is never taken as consent: a site whose files could not be kept counts as one whose
files can't be read, and a domain whose pages could not be kept as one whose pages do not agree.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urljoin, urlsplit

import msgspec

from rightful.archive import ArchiveRecord
from rightful.connectors.crawl.agreeing import Agreeing
from rightful.connectors.crawl.domains import origin_of
from rightful.connectors.crawl.held import Spool
from rightful.licensing.optouts import Fetched, combined
from rightful.licensing.optouts.robots import MOST_BYTES as ROBOTS_BYTES
from rightful.licensing.optouts.robots import Robots, robots_observations
from rightful.licensing.optouts.tdmrep import MOST_BYTES as TDMREP_BYTES
from rightful.licensing.optouts.tdmrep import tdmrep_observations
from rightful.licensing.page import Agreement, PageLicense
from rightful.licensing.policy import Policy
from rightful.model import OptOut

log = logging.getLogger(__name__)

ROBOTS, TDMREP = "/robots.txt", "/.well-known/tdmrep.json"

MOST_CAPTURES = 16
"""Different captures of one site's file that are kept; with more of them it counts as unreadable."""
MOST_FILES = 250_000
"""Files of sites that are remembered; 0.2 KB of memory each. All that come after them count as unreadable."""
MOST_PARSED = 2**20
"""Bytes of robots.txt files that are held parsed, which takes up to 40 times as much."""

_KEPT = {ROBOTS: ROBOTS_BYTES + 1, TDMREP: TDMREP_BYTES + 1}
"""Bytes of a file that can matter: one more than is read, so that it still shows as cut."""
_UNREADABLE = {ROBOTS: Fetched(status=None), TDMREP: Fetched(status=200, body=b"\0")}
"""What stands for a file that is there and that nobody can read: it keeps the pages of its site out."""


class _Capture(NamedTuple):
    """Where in the spool a capture lies."""

    at: int
    size: int


class Sites:
    """Gathers while one archive is read; then answers for its pages. A context manager: leaving it frees the disk.

    Args:
        policy: By which pages agree.
        source: For whom, as errors tell it.
        apart: Files of sites from elsewhere than the archive, which hold as well.
    """

    def __init__(self, policy: Policy, source: str | None = None, apart: Sites | None = None) -> None:
        self._apart = apart
        self._spool = Spool(source)
        self._files: dict[bytes, tuple[_Capture, ...] | None] = {}
        self._as_before: dict[bytes, bytes] = {}
        self._leads_to: dict[bytes, frozenset[bytes]] = {}
        self._forgot: set[str] = set()
        self._parsed: OrderedDict[bytes, Robots] = OrderedDict()
        self._parsed_bytes = 0
        self._encoder, self._decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Fetched)
        self._agreeing = Agreeing(policy)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.__exit__(kind, error, trace)

    def note(self, found: ArchiveRecord) -> bool:
        """Remember a file that speaks for its site; whether this was one."""
        path = site_file_of(found.url)
        if path is None or found.kind not in ("response", "resource", "revisit"):
            return False
        if found.kind == "revisit" or found.status == 304:
            self._is_as_before(_key(origin_of(found.url), path), path, found.refers_to)
            return True
        if found.truncated:
            self.unreadable(found.url)
            return True
        status = found.status if found.kind == "response" else 200  # a resource is the file itself, without an answer
        file = Fetched(status=status, body=bytes(found.body[: _KEPT[path]]), seen=found.date)
        key = _key(origin_of(found.url), path)
        captures = self._files.get(key, ())
        if captures is None or self._no_room_for(key, path):
            return True
        # Several captures: whatever any of them reserves counts, for nobody knows which one a page was fetched under.
        if any((kept.status, kept.body) == (file.status, file.body) for kept in map(self._read, captures)):
            return True
        if len(captures) >= MOST_CAPTURES:
            self._files[key] = None
            return True
        blob = self._encoder.encode(file)
        self._files[key] = (*captures, _Capture(self._spool.add(blob), len(blob)))
        if status is not None and 300 <= status < 400:
            self._redirects(key, path, found)
        return True

    def _redirects(self, key: bytes, path: str, found: ArchiveRecord) -> None:
        """RFC 9309, 2.3.1.2: where a redirect leads to another site's file, that one counts (if it is here)."""
        for name, value in found.headers:
            if name.lower() == "location" and (url := _joined(found.url, value)) and site_file_of(url) == path:
                self._leads_to[key] = self._leads_to.get(key, frozenset()) | {_key(origin_of(url), path)}

    def _is_as_before(self, key: bytes, path: str, refers_to: tuple[str, datetime | None, str | None] | None) -> None:
        """A capture without the file: it is the same as another one, which may be of another site, or not be here."""
        original = _key(origin_of(refers_to[0]), path) if refers_to and site_file_of(refers_to[0]) == path else key
        if self._no_room_for(key, path):
            return
        if self._as_before.setdefault(key, original) != original:
            self._files[key] = None  # as two others at once: nobody can tell which
        self._files.setdefault(key, ())

    def unreadable(self, url: str) -> bool:
        """The archive holds a file of a site, but damaged: that is no consent. Whether ``url`` is such a file's."""
        path = site_file_of(url)
        if path is None:
            return False
        key = _key(origin_of(url), path)
        if not self._no_room_for(key, path):
            self._files[key] = None
        return True

    def remember(self, page: PageLicense) -> None:
        """Remember what a page says, for the agreement of its domain."""
        self._agreeing.add(page)

    def agreed(self, url: str) -> Agreement | None:
        """What the pages of a page's domain agree on."""
        return self._agreeing.agreed(url)

    def optouts(self, url: str, own: Iterable[OptOut]) -> tuple[OptOut, ...]:
        """A page's own opt-outs together with those of its site; what the archive does not hold is «not checked»."""
        origin = origin_of(url)
        robots = [
            robots_observations(file, url, self._robots(file) if file.status in (200, 203) else None)
            for file in self._captures(origin, ROBOTS)
        ]
        tdm = [tdmrep_observations(file, url) for file in self._captures(origin, TDMREP)]
        return combined(*(robots or [robots_observations(None, url)]), *(tdm or [tdmrep_observations(None, url)]), own)

    def _captures(self, origin: str, path: str) -> Iterator[Fetched]:
        holders = [self] if self._apart is None else [self._apart, self]
        for holder in holders:
            yield from holder._own(origin, path, holders)

    def _own(self, origin: str, path: str, holders: Sequence[Sites]) -> Iterator[Fetched]:
        key = _key(origin, path)
        if not origin:
            yield _UNREADABLE[path]
            return
        yield from self._stored(key, path)
        if (original := self._as_before.get(key)) is not None:
            same = [file for holder in holders for file in holder._stored(original, path)]
            # Without what it is the same as, the file is there and nobody can read it.
            yield from (same if original != key else []) if same else [_UNREADABLE[path]]
        for target in self._leads_to.get(key, ()):
            for holder in holders:
                yield from holder._stored(target, path)

    def _stored(self, key: bytes, path: str) -> Iterator[Fetched]:
        captures = self._files.get(key, None if path in self._forgot else ())
        if captures is None:
            yield _UNREADABLE[path]
        else:
            yield from map(self._read, captures)

    def _read(self, capture: _Capture) -> Fetched:
        return self._decoder.decode(self._spool.read(capture.at, capture.size))

    def _no_room_for(self, key: bytes, path: str) -> bool:
        if key in self._files or len(self._files) < MOST_FILES:
            return False
        if path not in self._forgot:
            log.warning("more than %d files of sites: the %s of all others counts as unreadable", MOST_FILES, path)
        self._forgot.add(path)
        return True

    def _robots(self, file: Fetched) -> Robots:
        found = self._parsed.get(file.body)
        if found is None:
            found = self._parsed[file.body] = Robots(file.body)
            self._parsed_bytes += len(file.body)
            while self._parsed_bytes > MOST_PARSED and len(self._parsed) > 1:
                self._parsed_bytes -= len(self._parsed.popitem(last=False)[0])
        else:
            self._parsed.move_to_end(file.body)
        return found


def site_file_of(url: str) -> str | None:
    """Which of the two files ``url`` is (:data:`ROBOTS`, :data:`TDMREP`); None when it is neither."""
    if not url.endswith((ROBOTS, TDMREP)):
        return None
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    return path if path in _KEPT else None


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return ""


def _key(origin: str, path: str) -> bytes:
    """A file of a site, in 16 bytes: there may be very many."""
    return blake2b(f"{origin}{path}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


__all__ = ["ROBOTS", "TDMREP", "Sites", "site_file_of"]
