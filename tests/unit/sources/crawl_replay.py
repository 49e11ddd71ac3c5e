"""Runs a source of kind ``crawl`` through its real connector on a folder in the archive's place, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.connectors.crawls import POLICY, connector_of
from tests.unit.sources.replay import source_of

from rightful.catalogue.models import Source
from rightful.licensing.decide import decide
from rightful.model import FailedRecord, Record, Slice


def in_folder(source_id: str, folder: Path, **fetch: Any) -> Source:
    """The source file, reading ``folder``."""
    given = source_of(source_id)
    changes = {"base_url": f"file://{folder}/", "start_within": 0.0, "allow_hosts": (), **fetch}
    return given.model_copy(update={"fetch": given.crawl.model_copy(update=changes)})


def records(source: Source, slice: Slice) -> list[Record | FailedRecord]:
    """What the slice brings."""
    with connector_of(source) as found:
        return [record for shard in found.plan(slice) for page in found.fetch(shard) for record in page.records]


def rulings(source: Source, slice: Slice) -> list[tuple[str, str, str, str | None]]:
    """URL, decision, reason and expression of each page, by the policy of this checkout."""
    told = []
    for record in records(source, slice):
        assert isinstance(record, Record), record
        ruling = decide(record.claims, record.optouts, source, POLICY, {}, {}, (), None, slice.end.date())
        told.append((record.url, ruling.decision.value, ruling.reason.value, ruling.expression))
    return told
