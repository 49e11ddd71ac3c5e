"""Kind ``dump``: bulk files over HTTP, in a bucket or a folder, read as they come."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors import values
from rightful.connectors.base import Known, Sighting
from rightful.connectors.dump.formats import Unreadable
from rightful.connectors.dump.planning import FILES, Wanted, plan_shards
from rightful.connectors.dump.source_files import Found, SourceFile
from rightful.connectors.files.objects import Objects
from rightful.connectors.linked import Linker, asks_pages
from rightful.connectors.paths import One, one
from rightful.connectors.record import RecordReader
from rightful.connectors.values import Broken
from rightful.errors import ConfigurationError, Refused, RightfulError
from rightful.http.client import Client
from rightful.licensing.policy import Policy
from rightful.model import JSON, FailedRecord, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

PAGE_BYTES = 8 * 2**20
"""A step ends at so many bytes of records, or at ``fetch.page_records``."""


class DumpConnector:
    """Reads one source of kind ``dump``.

    Args:
        source: The catalogue entry.
        objects: What opens files; closed with the connector.
        linking: Asks for linked texts, and the policy for pages; None for a source without ``fetch.linked``.
    """

    def __init__(self, source: Source, *, objects: Objects, linking: tuple[Client, Policy] | None = None) -> None:
        self.source, self.objects = source, objects
        self.reader = RecordReader(source)
        self.asks_pages = asks_pages(source)
        self._client = linking[0] if linking is not None else None
        self._linker = Linker(source, *linking) if linking is not None else None
        self._only = [(one(path), value) for path, value in source.dump.only.items()]
        path = source.dump.of_slice
        self._time: tuple[str, One] | None = None if path is None else (path, one(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.objects.close()
        if self._client is not None:
            self._client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """See :class:`~rightful.connectors.base.Connector`."""
        return plan_shards(self.source, slice, self.objects)

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The pages of ``shard``. The cursor names a file and how many of its records were read: a file that is packed
        has to be read from its beginning again, which is quick beside all that follows."""
        files = [Wanted(**told) for told in shard.params.get(FILES) or []]
        first, taken = (int(cursor["file"]), int(cursor["taken"])) if cursor else (0, 0)
        if not files[first:]:
            yield Page(records=(), cursor=None, requests=0)
            return
        try:
            for number in range(first, len(files)):
                last = number + 1 == len(files)
                yield from self._file(files[number], number, taken if number == first else 0, shard.slice, last=last)
        except RightfulError as error:
            error.slice = error.slice or shard.slice
            raise

    def _file(self, wanted: Wanted, number: int, taken: int, slice: Slice, *, last: bool) -> Iterator[Page]:
        asked = self._address(wanted.file)
        after = None if last else {"file": number + 1, "taken": 0}
        try:
            with SourceFile(self.source, self.objects, wanted) as file:
                step = _Step(self.source.dump.page_records)
                for count, found in enumerate(file.records(), 1):
                    if count <= taken:
                        continue
                    step.take(self._record(found, asked, slice))
                    if step.full:
                        yield step.page({"file": number, "taken": count})
                yield step.page(after, file.bytes)
        except Refused as error:
            if not wanted.may_lack or error.status != 404:
                raise
            log.info("%s is not there; nothing happened then", wanted.file)
            yield Page(records=(), cursor=after, passed_over={"no_file": 1})

    def _record(self, found: Found, asked: str, slice: Slice) -> Record | FailedRecord | str:
        """The record, or as a word why it is passed over."""
        now = datetime.now(UTC)
        where = f"{found.place}, record {found.number:,}"
        if isinstance(found.value, Unreadable):
            return FailedRecord(
                native_id=f"{found.place}#{found.number}",
                url=asked,
                reason=found.value.reason,
                detail=f"{found.place}: {found.value.detail}"[:500],
                fetched_at=now,
            )
        if self._time is not None or self._only:
            try:
                passed_over = self._passed_over(found.value, slice, now)
            except Broken as error:
                return FailedRecord(
                    native_id=f"{found.place}#{found.number}",
                    url=asked,
                    reason="malformed",
                    detail=f"{where}: {error}"[:500],
                    raw=found.value,
                    fetched_at=now,
                )
            if passed_over is not None:
                return passed_over
        return self.reader.read(found.value, asked=asked, place=where, fetched_at=now)

    def _passed_over(self, raw: bytes, slice: Slice, now: datetime) -> str | None:
        """Why a record is none of the slice's; raises Broken where nobody can tell."""
        try:
            value = msgspec.json.decode(raw)
        except msgspec.DecodeError as error:
            raise Broken(f"it is no JSON ({error})") from None
        if any(find(value) != wanted for find, wanted in self._only):
            return "not_wanted"
        if self._time is None:
            return None
        path, find = self._time
        moment = values.moment(find(value), path, now)
        if moment is None:
            raise Broken(f"no time at `{path}`")
        return None if slice.contains(moment) else "other_slice"

    def _address(self, file: str) -> str:
        base = self.source.dump.base_url
        return file if "://" in file else f"{base.rstrip('/')}/{file}"

    def complete_text(self, record: Record) -> Record | FailedRecord:
        """See :class:`~rightful.connectors.base.LinkingConnector`."""
        assert self._linker is not None
        return self._linker.complete(record)

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """A bulk file never changes its mind; its next edition is another slice's."""
        raise ConfigurationError(
            "a bulk file can't be asked again for one document", source=self.source.id, remedy="acquire a newer file"
        )


class _Step:
    """Records until they make a page."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._records: list[Record | FailedRecord] = []
        self._passed_over: Counter[str] = Counter()
        self._size = 0

    def take(self, record: Record | FailedRecord | str) -> None:
        if isinstance(record, str):
            self._passed_over[record] += 1
        else:
            self._records.append(record)
            self._size += len(record.raw)

    @property
    def full(self) -> bool:
        return len(self._records) >= self._most or self._size >= PAGE_BYTES or self._passed_over.total() >= 100_000

    def page(self, cursor: dict[str, JSON] | None, received: int = 0) -> Page:
        page = Page(
            records=tuple(self._records),
            cursor=cursor,
            requests=1,
            bytes_received=received,
            passed_over=dict(self._passed_over),
        )
        self._records, self._passed_over, self._size = [], Counter(), 0
        return page


def open_dump(
    source: Source, objects: Objects, client: Callable[[], Client], policy: Callable[[], Policy]
) -> DumpConnector:
    """The connector of ``source``; ``client`` and ``policy`` are made only where texts are linked."""
    return DumpConnector(source, objects=objects, linking=(client(), policy()) if source.links else None)


__all__ = ["DumpConnector", "open_dump"]
