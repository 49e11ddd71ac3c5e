"""Texts that lie in pages and files of their own: asked for once the gate has allowed their records."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from rightful.catalogue.models import Source
from rightful.connectors.base import LinkingConnector
from rightful.errors import FetchError, Forbidden, RateLimited
from rightful.model import FailedRecord, Outcome, Reason, Record
from rightful.pipeline.batch import BatchWork, Item
from rightful.pipeline.fetch_trouble import IN_A_ROW, failure

log = logging.getLogger(__name__)


class Completing:
    """Of one shard. ``work`` rules, and writes the rows of records that need no text any more."""

    def __init__(self, source: Source, connector: LinkingConnector, work: BatchWork) -> None:
        self._source, self._connector, self._work = source, connector, work
        self._host = urlsplit(source.fetch.base_url).netloc
        self._in_a_row = 0

    def completed(self, records: Sequence[Record | FailedRecord]) -> Iterator[Record | FailedRecord]:
        """The records of a page with the texts they link to; nothing is asked for that would not load.

        Raises what concerns more than one record: a host that is down or asks for patience, and a closed door of the
        source's own host.
        """
        links = [isinstance(record, Record) and record.linked is not None for record in records]
        items = iter(self._work.rule([record for record, link in zip(records, links, strict=True) if link]))
        for record, link in zip(records, links, strict=True):
            item = next(items) if link else None
            if item is None or not self._is_wanted(item):
                yield record
            elif not self._is_known(item):
                assert isinstance(record, Record)
                yield self._one(record)

    def _is_wanted(self, item: Item) -> bool:
        if item.loads:
            return True
        # Only the page can tell: so far nothing speaks for the record, and nothing against it.
        untold = item.reason == Reason.NO_TAG and isinstance(item.record, Record) and not item.record.claims
        return untold and self._connector.asks_pages

    def _is_known(self, item: Item) -> bool:
        """Whether another slice holds this very version: then this is its row, and nothing is asked for."""
        if not item.loads or self._work.sink.known([item.id])[0] != "unchanged":
            return False
        item.outcome, item.reason = Outcome.UNCHANGED, Outcome.UNCHANGED.value
        self._work.note([item])
        return True

    def _one(self, record: Record) -> Record | FailedRecord:
        assert record.linked is not None
        try:
            got = self._connector.complete_text(record)
        except RateLimited:
            raise
        except Forbidden as error:
            if urlsplit(record.linked.url).netloc == self._host:
                raise
            return failure(record, "fetch_failed", str(error))
        except FetchError as error:
            log.warning("%s: %s", record.native_id, error)
            self._in_a_row += 1
            if self._in_a_row >= IN_A_ROW:
                raise
            return failure(record, "fetch_failed", str(error))
        self._in_a_row = 0
        return got


__all__ = ["Completing"]
