"""What sites say in files that lie in other archives than their pages: robots.txt, ``tdmrep.json``.

The plan finds out where they lie: of Common Crawl, whose subset ``robotstxt`` holds them, by the columnar index; of a
crawl of one's own by going through its archives. Each shard then reads those of its own sites, and they hold for all of
its archives. What is known to be there and nobody can read is no consent.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rightful.archive import ArchiveCounts, ArchiveFault, ArchiveRecord, read_archive
from rightful.connectors.crawl.domains import domain_of, origin_of
from rightful.connectors.crawl.ranges import Wanted, merge
from rightful.connectors.crawl.sites import Sites, site_file_of
from rightful.connectors.files.objects import Objects
from rightful.connectors.files.places import NotThere
from rightful.errors import Forbidden, Malformed, Refused

log = logging.getLogger(__name__)

_FILES = ("response", "resource", "revisit")
"""Kinds of records that hold a file, or say which other one is the same."""

MOST_OF_A_SHARD = 10_000
"""Captures of robots.txt files that one shard reads; further sites' are «unreachable», for the index names them."""
_NOWHERE = ""
"""The file of a capture that nobody reads."""
_ALL = 0
"""The length of a capture that can't be read by itself: all of its archive is gone through."""
MOST_BESIDE = 1_000
"""Captures that are kept of a domain's sites of which the index names no page."""
MOST_PAIRS = 2_000_000
"""Pairs of a site and a file that are remembered, about 0.1 KB of memory each; of more, no robots.txt is checked."""


class Placed(NamedTuple):
    """A record of an archive, by its place in bytes."""

    file: str
    offset: int
    length: int
    url: str


class Origins:
    """Which sites' pages lie in which file. Holds a number for each pair."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._files: dict[str, set[int]] = defaultdict(set)
        self._pairs, self._full = 0, False

    def add(self, file: str, url: str) -> None:
        """A page at ``url`` lies in ``file``."""
        origin = "" if self._full else origin_of(url)
        if not origin:
            return
        number = self._numbers.setdefault(origin, len(self._names))
        if number == len(self._names):
            self._names.append(origin)
        sites = self._files[file]
        self._pairs += number not in sites
        sites.add(number)
        if self._pairs > MOST_PAIRS:
            log.warning("the index names pages of too many sites in too many files, so no robots.txt is checked")
            self._names, self._numbers, self._files, self._full = [], {}, defaultdict(set), True

    def __contains__(self, origin: str) -> bool:
        return origin in self._numbers

    def of(self, files: Iterable[str]) -> list[str]:
        """The sites of these files."""
        wanted = set[int]().union(*(self._files.get(file, ()) for file in files))
        return [self._names[number] for number in sorted(wanted)]


class SiteFiles:
    """Where the files of a snapshot's sites lie."""

    def __init__(self, origins: Origins, found: Iterable[Placed]) -> None:
        self._origins = origins
        self._places: dict[str, list[Placed]] = defaultdict(list)
        # Pages that lie between two wanted ones are read along with them; they may be of another site of the domain.
        self._beside: dict[str, dict[str, list[Placed]]] = defaultdict(dict)
        beside: Counter[str] = Counter()
        for placed in found:
            if site_file_of(placed.url) is None:
                continue
            origin, domain = origin_of(placed.url), domain_of(placed.url)
            if origin in origins:
                self._places[origin].append(placed)
                continue
            beside[domain] += 1
            if beside[domain] <= MOST_BESIDE:
                self._beside[domain].setdefault(origin, []).append(placed)
            else:
                # All captures of a site or none: the one that is left out may be the one that forbids.
                self._beside[domain].pop(origin, None)

    def of(self, files: Sequence[Wanted], shard: str) -> list[list[Any]]:
        """What the shard that reads ``files`` has to know: ``[file, offset, length, url]`` of each capture, sorted.

        Of sites for which there is no room only one is named, without a file.
        """
        sites = self._origins.of(wanted.file for wanted in files)
        domains = dict.fromkeys(map(domain_of, sites))
        kept = [self._places.get(site, []) for site in sites]
        kept += [placed for domain in domains for placed in self._beside.get(domain, {}).values()]
        found: list[Placed] = []
        left_out: list[Placed] = []
        for placed in filter(None, kept):
            if len(found) + len(placed) > MOST_OF_A_SHARD:  # all captures of a site or none
                left_out.append(Placed(_NOWHERE, 0, 0, placed[0].url))
            else:
                found += placed
        if left_out:
            log.warning(
                "%s: of %d sites robots.txt is not read, for there are too many, and no page of theirs loads (remedy:"
                " lower `fetch.shard_ranges`); one is %s",
                *(shard, len(left_out), left_out[0].url),
            )
        return [list(placed) for placed in sorted(left_out + found)]


def read_site_files(objects: Objects, params: Sequence[Sequence[Any]], sites: Sites) -> None:
    """Read the captures that a plan names (:meth:`SiteFiles.of`) into ``sites``.

    Raises what opening a file raises when it may be better later, or when the host refuses: then nothing is known.
    """
    by_file: dict[str, list[Placed]] = defaultdict(list)
    for file, offset, length, url in params:
        by_file[str(file)].append(Placed(str(file), int(offset), int(length), str(url)))
    unreadable = 0
    for one in by_file.pop(_NOWHERE, []):
        unreadable += sites.unreadable(one.url)
    for file, placed in by_file.items():
        # Each capture by itself: of a site's several ones the unreadable one may be the one that forbids.
        missing = {(one.offset, origin_of(one.url), site_file_of(one.url)): one.url for one in placed}
        whole = any(one.length == _ALL for one in placed)
        parts = [(None, None)] if whole else merge([(one.offset, one.length) for one in placed])
        for offset, length in parts:
            for found in _records(objects, file, offset, length):
                if sites.note(found):
                    missing.pop(((offset or 0) + found.offset, origin_of(found.url), site_file_of(found.url)), None)
        for url in missing.values():
            sites.unreadable(url)
        unreadable += len(missing)
    log.info("%d captures of robots.txt and tdmrep.json, %d of them unreadable", len(params), unreadable)


def gathered(objects: Objects, files: Iterable[str]) -> SiteFiles:
    """Where the archives ``files`` hold the files of their sites; all of them are gone through.

    An archive that can't be opened is left out: whoever reads its pages says what is wrong with it. Raises what opening
    raises when it may be better later, or when the host refuses.
    """
    origins = Origins()
    found: list[Placed] = []
    for file in files:
        before = len(found)
        found += _held_in(objects, file, origins)
        log.info("%s: %d captures of robots.txt and tdmrep.json", file, len(found) - before)
    return SiteFiles(origins, found)


def _held_in(objects: Objects, file: str, origins: Origins) -> Iterator[Placed]:
    def want(kind: str, url: str) -> bool:
        if kind not in _FILES:
            return False
        if site_file_of(url) is not None:
            return True
        origins.add(file, url)
        return False

    for one in _found(objects, file, None, None, want):
        if isinstance(one, ArchiveFault):
            yield Placed(_NOWHERE, 0, 0, one.url)
        else:
            by_itself = one.length is not None and not file.endswith(".wacz")
            yield Placed(file, one.offset, one.length if by_itself and one.length else _ALL, one.url)


def _records(objects: Objects, file: str, offset: int | None, length: int | None) -> Iterator[ArchiveRecord]:
    def want(kind: str, url: str) -> bool:
        return kind in _FILES and site_file_of(url) is not None

    for found in _found(objects, file, offset, length, want):
        if isinstance(found, ArchiveRecord):
            yield found
        else:
            log.warning("%s, byte %d: %s (%s)", file, (offset or 0) + found.offset, found.detail, found.url)


def _found(
    objects: Objects, file: str, offset: int | None, length: int | None, want: Callable[[str, str], bool]
) -> Iterator[ArchiveRecord | ArchiveFault]:
    try:
        stream = objects.open_whole(file, offset, length)
    except Forbidden:
        raise
    except (NotThere, Malformed, Refused) as error:
        log.warning("robots.txt captures in %s from byte %d on can't be read: %s", file, offset or 0, error)
        return
    with stream:
        yield from read_archive(stream, file, counts=ArchiveCounts(), want=want)


__all__ = [
    "MOST_BESIDE",
    "MOST_OF_A_SHARD",
    "MOST_PAIRS",
    "Origins",
    "Placed",
    "SiteFiles",
    "gathered",
    "read_site_files",
]
