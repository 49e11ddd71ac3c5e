"""Kind ``crawl``: archives of Common Crawl, or of a crawl of one's own; only pages that speak of a licence are read."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import msgspec

from rightful.archive import ArchiveCounts, ArchiveFault, ArchiveRecord, FaultReason, read_archive
from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.crawl.domains import is_below
from rightful.connectors.crawl.held import Held
from rightful.connectors.crawl.message import parts_of
from rightful.connectors.crawl.pages import MEDIA_TYPES, Pages, failed
from rightful.connectors.crawl.site_files import read_site_files
from rightful.connectors.crawl.sites import ROBOTS, TDMREP, Sites
from rightful.connectors.files.objects import Objects
from rightful.connectors.files.places import NotThere
from rightful.errors import ConfigurationError, RightfulError
from rightful.licensing.page import speaks_of_licenses
from rightful.licensing.policy import Policy
from rightful.model import JSON, Decision, FailedRecord, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

FILES, ROBOTS_APART = "files", "robots"

PAGE_RECORDS, PAGE_BYTES = 500, 8 * 2**20
"""Records of one step, and their bytes: whichever comes first."""


class CrawlConnector:
    """Reads one source of kind ``crawl``.

    Args:
        source: The catalogue entry.
        policy: By which contradictions within a page are weighed.
        objects: What opens archives; closed with the connector.
        stop: Asked while the connector waits.
    """

    def __init__(
        self,
        source: Source,
        *,
        policy: Policy,
        objects: Objects,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.source, self._policy, self.objects, self._stop = source, policy, objects, stop
        fetch = source.crawl
        self._pages = Pages(source, policy, MEDIA_TYPES[fetch.extract], fetch.reviewed.domains)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.objects.close()

    def plan(self, slice: Slice, snapshot: str | None = None) -> list[Shard]:
        """See :class:`~rightful.connectors.base.Connector`; ``snapshot`` is taken whatever the slice."""
        from rightful.connectors.crawl.planning import plan_shards

        return plan_shards(self.source, slice, self.objects, snapshot)

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The pages of ``shard``: an archive is read to its end, then its records come, some hundred at a time.

        The cursor names the archive and how many of its records have come; another attempt reads that archive again
        and goes on after them, and leaves out those that are done.
        """
        files = shard.params.get(FILES) or []
        first, taken = (int(cursor["file"]), int(cursor["taken"])) if cursor else (0, 0)
        if not files[first:]:
            yield Page(records=(), cursor=None, requests=0)
            return
        with Sites(self._policy, self.source.id) as apart:
            try:
                read_site_files(self.objects, shard.params.get(ROBOTS_APART) or [], apart)
                for number in range(first, len(files)):
                    yield from self._file(files, number, taken if number == first else 0, apart)
            except RightfulError as error:
                error.slice = error.slice or shard.slice
                raise

    def _file(self, files: Sequence[dict[str, JSON]], number: int, taken: int, apart: Sites) -> Iterator[Page]:
        file = str(files[number]["file"])
        with Held(self.source.id) as held, Sites(self._policy, self.source.id, apart) as sites:
            reading = _Reading(self, file, held, sites)
            reading.go(files[number].get("ranges"))
            log.info("%s: %s", file, reading.told())
            last = {"file": number + 1, "taken": 0} if number + 1 < len(files) else None
            batch: list[Record | FailedRecord] = []
            size, passed_over, received = 0, dict(reading.passed_over), reading.bytes
            for place, record in enumerate(held):
                if place < taken:
                    passed_over, received = {}, 0  # they came with the first page of this archive
                    continue
                batch.append(reading.settled(place, record))
                size += len(record.raw)
                if (len(batch) >= PAGE_RECORDS or size >= PAGE_BYTES) and place + 1 < held.count:
                    yield Page(
                        records=tuple(batch),
                        cursor={"file": number, "taken": place + 1},
                        requests=0 if taken else 1,
                        bytes_received=received,
                        passed_over=passed_over,
                    )
                    batch, size, passed_over, received = [], 0, {}, 0
            yield Page(records=tuple(batch), cursor=last, requests=1, bytes_received=received, passed_over=passed_over)

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """An archive never changes its mind: its sites would have to be asked, which is another source's task."""
        raise ConfigurationError(
            "a crawl can't be asked again for one document", source=self.source.id, remedy="acquire a newer snapshot"
        )


class _Reading:
    """One archive while it is read."""

    def __init__(self, connector: CrawlConnector, file: str, held: Held, sites: Sites) -> None:
        self._connector, self._pages, self._file, self._held = connector, connector._pages, file, held
        self.sites = sites
        self.passed_over: Counter[str] = Counter()
        self._weak = bytearray()
        index = connector.source.crawl.index
        self._domains = frozenset(index.domains) if index else frozenset()
        self.records = self.bytes = self.faults = 0

    def go(self, ranges: Sequence[Sequence[int]] | None) -> None:
        if ranges is None:
            self._part(None, None)
        for offset, length in ranges or ():
            self._part(int(offset), int(length))

    def _part(self, offset: int | None, length: int | None) -> None:
        """Read a part of the archive, or all of it."""
        first = offset or 0
        try:
            stream = self._connector.objects.open_whole(self._file, offset, length)
        except NotThere as error:
            # One place of the archive, or one that an index made up: the others may be sound.
            reason: FaultReason = "truncated" if error.end is not None else "not_an_archive"
            self._fail(ArchiveFault(offset=max(first, error.end or 0), reason=reason, detail=error.what))
            if error.end is None or error.end <= first:
                return
            stream = self._connector.objects.open_whole(self._file, first, error.end - first)
        counts = ArchiveCounts()
        with stream:
            look = _Look(speaks_of_licenses if self._pages.asks_pages else _everything)
            for found in read_archive(stream, self._file, counts=counts, want=look.wanted, first_look=look.first_look):
                self._take(_moved(found, first))
        self.records += counts.records
        self.bytes += counts.bytes
        if counts.passed_over:
            self.passed_over["no_licence"] += counts.passed_over
        if not counts.complete and not counts.faults:
            # Never "done" in silence: whatever the reader could not name is named here.
            self._fail(ArchiveFault(offset=first + counts.bytes, reason="truncated", detail="its end is missing"))

    def _take(self, found: ArchiveRecord | ArchiveFault) -> None:
        if isinstance(found, ArchiveFault):
            self._fail(found)
            return
        if self.sites.note(found):
            return
        why = self._pages.passed_over(found)
        if why is None and self._domains and not is_below(found.url, self._domains):
            why = "other_domain"  # ranges that lie close together are read as one, with what lies between
        if why is not None:
            self.passed_over[why] += 1
            return
        record, page = self._pages.read(found, self._file)
        if page is not None:
            self.sites.remember(page)
        self._hold(record, weak=page is not None and page.rule == "page:weak_evidence")

    def _fail(self, fault: ArchiveFault) -> None:
        self.faults += 1
        # A robots.txt that is there and can't be read is no permission.
        self.sites.unreadable(fault.url)
        self._hold(failed(fault, self._file, datetime.now(UTC)))

    def _hold(self, record: Record | FailedRecord, *, weak: bool = False) -> None:
        self._held.add(record)
        self._weak.append(weak)

    def settled(self, place: int, record: Record | FailedRecord) -> Record | FailedRecord:
        """The held record at ``place`` with what its site says, now that all of the archive is known."""
        if isinstance(record, FailedRecord):
            return record
        optouts = self.sites.optouts(record.url, record.optouts)
        claims = record.claims
        if self._weak[place] and (agreed := self.sites.agreed(record.url)) is not None:
            parts = parts_of(record.raw)
            page = self._pages.license_of(parts[1], record.url, parts[0], record.fetched_at, agreed) if parts else None
            if page is not None and page.decision is Decision.ALLOW:
                claims = self._pages.claims_of(page)
        return msgspec.structs.replace(record, optouts=optouts, claims=claims)

    def told(self) -> str:
        """A line for the log."""
        over = ", ".join(f"{number:,} {why}" for why, number in self.passed_over.most_common())
        return (
            f"{self.records:,} records, {self.bytes:,} bytes; {self._held.count:,} looked at, {self.faults:,} faults; "
            f"passed over: {over or 'none'}"
        )


class _Look:
    """What of an archive is unpacked and handed over: pages that may tell a licence, and files that speak for sites."""

    def __init__(self, speaks: Callable[[bytes], bool]) -> None:
        self._speaks, self._of_site = speaks, False

    def wanted(self, kind: str, url: str) -> bool:
        """Requests and metadata are not unpacked. The reader asks this before it asks for a first look."""
        self._of_site = url.endswith((ROBOTS, TDMREP))
        return kind in ("response", "resource", "revisit", "conversion")

    def first_look(self, answer: bytes) -> bool:
        """Pages that speak of no licence are left alone, where it is the page that has to tell it."""
        return self._of_site or self._speaks(answer)


def _everything(answer: bytes) -> bool:
    return bool(answer)


def _moved(found: ArchiveRecord | ArchiveFault, by: int) -> ArchiveRecord | ArchiveFault:
    return msgspec.structs.replace(found, offset=found.offset + by) if by else found


__all__ = ["ROBOTS", "TDMREP", "CrawlConnector"]
