"""Kind ``module``: runs a source's functions, and makes records of what they list, by its fields and claims."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.linked import Linker, asks_pages
from rightful.connectors.module.ask import Ask
from rightful.connectors.module.loading import PAGES, SHARDS, load_module
from rightful.connectors.record import RecordReader
from rightful.errors import ConfigurationError, EndlessCursor, Malformed, RightfulError
from rightful.http.client import Client
from rightful.licensing.policy import Policy
from rightful.model import JSON, FailedRecord, Page, Record, Shard, Slice
from rightful.settings import PROJECT_ROOT

TOLD = "told"
"""Name of the shard parameter that holds what the module's `shards` gave."""


class ModuleConnector:
    """Reads one source of kind ``module``.

    Args:
        source: The catalogue entry.
        client: Asks; closed with the connector.
        policy: By which contradictions within linked pages are weighed; only for ``fetch.linked``.
        root: Folder of the project, below which the module lies.

    Raises :class:`ConfigurationError` for a module that can't be run, and for paths that can never work.
    """

    def __init__(self, source: Source, client: Client, policy: Policy | None = None, root: Path = PROJECT_ROOT) -> None:
        self.source, self.client = source, client
        self._linker = Linker(source, client, policy) if policy is not None and source.links else None
        self.asks_pages = asks_pages(source)
        self.reader = RecordReader(source, client.secrets)
        self._module = load_module(source, root)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """What the module's `shards` gives, each an object with an `id`; one shard without such a function."""
        shards = getattr(self._module, SHARDS, None)
        if shards is None:
            return [Shard(source=self.source.id, slice=slice, id="all", params={TOLD: {}})]
        with self._naming(slice):
            told: Iterable[Any] = list(shards(Ask(self.client, self.source.module.settings), slice))
            return [
                Shard(source=self.source.id, slice=slice, id=str(one["id"]), params={TOLD: _plain(one)}) for one in told
            ]

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The pages that the module yields, the cursor as it gave it; one that gives none is the last."""
        ask = Ask(self.client, self.source.module.settings)
        number, ended = 0, False
        with self._naming(shard.slice):
            begun = cursor["of"] if cursor else None
            asked, received = self.client.requests, self.client.bytes_received
            for listed, onward in getattr(self._module, PAGES)(ask, shard.slice, shard.params.get(TOLD) or {}, begun):
                number += 1
                if ended:
                    raise Malformed("it goes on after a page whose cursor is None", remedy="give that page a cursor")
                if number > self.source.limits.pages:
                    raise EndlessCursor(f"more than {self.source.limits.pages:,} pages", remedy="raise `limits.pages`")
                ended = onward is None
                saved = None if ended else {"of": _plain(onward)}
                yield self._page(self._records(listed, ask), saved, asked, received)
                asked, received = self.client.requests, self.client.bytes_received
            if not ended:
                yield self._page([], None, asked, received)

    def _records(self, listed: Sequence[Any], ask: Ask) -> list[Record | FailedRecord]:
        now = datetime.now(UTC)
        raws = [one if isinstance(one, bytes) else msgspec.json.encode(one) for one in listed]
        return [
            self.reader.read(raw, asked=ask.url, place=f"[{number}]", fetched_at=now, optouts=ask.optouts)
            for number, raw in enumerate(raws)
        ]

    def _page(
        self, records: list[Record | FailedRecord], cursor: dict[str, JSON] | None, asked: int, received: int
    ) -> Page:
        return Page(
            records=tuple(records),
            cursor=cursor,
            requests=self.client.requests - asked,
            bytes_received=self.client.bytes_received - received,
        )

    def complete_text(self, record: Record) -> Record | FailedRecord:
        """See :class:`~rightful.connectors.base.LinkingConnector`."""
        assert self._linker is not None
        return self._linker.complete(record)

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """A module lists; it does not look up."""
        raise ConfigurationError(
            "records of a module are not asked for one by one",
            source=self.source.id,
            remedy="write the source as kind `rest`, with `look_up`, if it can be",
        )

    @contextmanager
    def _naming(self, slice: Slice) -> Iterator[None]:
        """Whatever a module raises says whose it is, and where."""
        try:
            yield
        except RightfulError as error:
            error.source, error.slice = error.source or self.source.id, error.slice or slice
            raise
        except Exception as error:
            file = self.source.module.module
            lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename.endswith(file)]
            where = f"{file}:{lines[-1]}" if lines else file
            what = f"{where}: {type(error).__name__}: {str(error)[:300]}"
            raise Malformed(
                what, source=self.source.id, slice=slice, remedy="correct the module, or ask what the source answers"
            ) from error


def _plain(value: Any) -> JSON:
    """What a module gave, as JSON can hold it: it passes through Airflow."""
    return msgspec.json.decode(msgspec.json.encode(value))


__all__ = ["ModuleConnector"]
