"""robots.txt files that a snapshot keeps apart from its pages: Common Crawl's subset ``robotstxt``.

The plan asks the columnar index where those of the wanted sites lie; each shard then reads those of its own sites, and
they hold for all of its archives. What the index names and nobody can read is no consent.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rightful.archive import ArchiveCounts, ArchiveRecord, read_archive
from rightful.connectors.crawl.domains import origin_of
from rightful.connectors.crawl.objects import Objects
from rightful.connectors.crawl.places import NotThere
from rightful.connectors.crawl.ranges import Wanted, merge
from rightful.connectors.crawl.sites import ROBOTS, Sites
from rightful.errors import Malformed, Refused

log = logging.getLogger(__name__)

MOST_OF_A_SHARD = 5_000
"""Captures of robots.txt files that one shard reads. A shard of more sites leaves them all «not checked»."""


class Placed(NamedTuple):
    """A record of an archive, by its place in bytes."""

    file: str
    offset: int
    length: int
    url: str


class Origins:
    """Which sites' pages lie in which file. Holds a number for each pair."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._files: dict[str, set[int]] = defaultdict(set)

    def add(self, file: str, url: str) -> None:
        """A page at ``url`` lies in ``file``."""
        if origin := origin_of(url):
            self._files[file].add(self._numbers.setdefault(origin, len(self._numbers)))

    def __contains__(self, origin: str) -> bool:
        return origin in self._numbers

    def of(self, files: Iterable[str]) -> set[str]:
        """The sites of these files."""
        wanted = set[int]().union(*(self._files.get(file, ()) for file in files))
        return {origin for origin, number in self._numbers.items() if number in wanted}


class SiteFiles:
    """Where the robots.txt captures of a snapshot lie, by site."""

    def __init__(self, origins: Origins, found: Iterable[Placed]) -> None:
        self._origins = origins
        self._places: dict[str, list[Placed]] = defaultdict(list)
        for placed in found:
            origin = origin_of(placed.url)
            if origin in origins and placed.url.endswith(ROBOTS):
                self._places[origin].append(placed)

    def of(self, files: Sequence[Wanted], shard: str) -> list[list[Any]]:
        """What the shard that reads ``files`` has to know: ``[file, offset, length, url]`` of each capture, sorted."""
        origins = self._origins.of(wanted.file for wanted in files)
        found = sorted(placed for origin in origins for placed in self._places.get(origin, ()))
        if len(found) > MOST_OF_A_SHARD:
            log.warning("%s: %d captures of robots.txt are too many to read; none is checked", shard, len(found))
            return []
        return [list(placed) for placed in found]


def read_site_files(objects: Objects, params: Sequence[Sequence[Any]], sites: Sites) -> None:
    """Read the captures that a plan names (:meth:`SiteFiles.of`) into ``sites``.

    Raises what opening a file raises when it may be better later, or when the host refuses: then nothing is known.
    """
    by_file: dict[str, list[Placed]] = defaultdict(list)
    for file, offset, length, url in params:
        by_file[str(file)].append(Placed(str(file), int(offset), int(length), str(url)))
    seen: set[str] = set()
    for file, placed in by_file.items():
        for offset, length in merge([(one.offset, one.length) for one in placed]):
            for found in _records(objects, file, offset, length):
                if found.url.endswith(ROBOTS) and sites.note(found):
                    seen.add(origin_of(found.url))
    missing = {origin_of(one[3]): str(one[3]) for one in params if origin_of(str(one[3])) not in seen}
    for url in missing.values():
        sites.unreadable(url)
    log.info("robots.txt of %d sites read, of %d unreadable", len(seen), len(missing))


def _records(objects: Objects, file: str, offset: int, length: int) -> Iterator[ArchiveRecord]:
    try:
        stream = objects.open_archive(file, offset, length)
    except (NotThere, Malformed, Refused) as error:
        log.warning("robots.txt captures in %s from byte %d on can't be read: %s", file, offset, error)
        return
    with stream:
        for found in read_archive(stream, file, counts=ArchiveCounts(), want=lambda kind, url: kind == "response"):
            if isinstance(found, ArchiveRecord):
                yield found
            else:
                log.warning("%s, byte %d: %s (%s)", file, offset + found.offset, found.detail, found.url)


__all__ = ["MOST_OF_A_SHARD", "Origins", "Placed", "SiteFiles", "read_site_files"]
