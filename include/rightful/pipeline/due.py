"""Which accepted documents are due to be looked at again: 7, 30, 90, 180 and 365 days after acceptance, then yearly.

Reads a few columns of the corpus, streaming; of a million documents only the few that are picked are kept.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rightful.catalogue.models import Source
from rightful.connectors.lookup import How, Keys, group_name, how_to_look, is_site_wide
from rightful.store.observations import LastLooks, micros_of
from rightful.store.s3 import store_errors
from rightful.store.tables import CORPUS, Tables

MILESTONES = tuple(timedelta(days=days) for days in (7, 30, 90, 180, 365))
"""Ages at which a licence is looked at again: most changes of mind come early."""

YEAR = timedelta(days=365)

STRIKE_PAUSE = timedelta(days=3)
"""What was gone, or could not be read, is asked for again after this long."""

MOST_STRIKES = 3
"""So many times in a row gone or unreadable, and a person must look."""

PER_RUN = 2_000
"""Documents of one source that one run asks for. The others stay due; the oldest due come first."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = dict[str, Any]

_COLUMNS = ("id", "source_native_id", "source_version", "source_url", "license_checked_at", "added")

DETAILS = (
    *_COLUMNS, "slice", "source", "content_sha256", "creators", "published_at", "created", "contract_id",
    "license_expression", "license_raw", "license_evidence", "duties",
)  # fmt: skip
"""Columns of a picked document."""


def accepted_at(row: Row) -> datetime:
    """When the document's licence was found good. Unknown counts as long ago."""
    found = row.get("license_checked_at") or row.get("added")
    return found if isinstance(found, datetime) else EPOCH


def next_look(accepted: datetime, looked: datetime | None) -> datetime:
    """The first milestone after ``looked`` (None: never). Milestones that were missed are not caught up one by one."""
    if looked is None or looked < accepted:
        return accepted + MILESTONES[0]
    for milestone in MILESTONES:
        if accepted + milestone > looked:
            return accepted + milestone
    return accepted + (((looked - accepted) // YEAR) + 1) * YEAR


def after_strike(strikes: int, accepted: datetime, looked: datetime) -> datetime:
    """When to look again at what was gone: soon, until a person has been asked, then at its next milestone."""
    return looked + STRIKE_PAUSE if strikes < MOST_STRIKES else max(next_look(accepted, looked), looked + STRIKE_PAUSE)


def due_at(
    accepted: datetime,
    own: tuple[datetime, datetime, int] | None,
    shared: tuple[datetime, datetime, int] | None,
) -> datetime:
    """When a document is due.

    Args:
        accepted: When its licence was found good. Looks before it don't count: they were at an earlier copy.
        own: Its last look as :meth:`LastLooks.of` tells it.
        shared: The last look at the statement that covers it, where the source has such.
    """
    due = next_look(accepted, None)
    if own is not None and own[0] >= accepted:
        due = own[1]
        if own[2]:
            return due
    if shared is not None and shared[0] >= accepted:
        due = max(due, shared[1] if shared[2] else next_look(accepted, shared[0]))
    return due


@dataclass
class Chosen:
    """What of a source is due: how many, since when the oldest, and the rows that are looked at in this run."""

    how: How
    due: int = 0
    oldest: datetime | None = None
    rows: list[Row] = field(default_factory=list)


def shared_id(source_id: str, group: str = "") -> str:
    """Under which id the observations of a statement stand that covers many documents."""
    return f"{source_id}:*" + (f"?{group}" if group else "")


def choose(tables: Tables, source: Source, now: datetime, limit: int = PER_RUN, *, details: bool = True) -> Chosen:
    """The documents of ``source`` that are due at ``now``; at most ``limit`` of them as rows, the longest due first.

    Without ``details`` no rows are read, only counted.

    Raises:
        StoreError: When the tables can't be read.
    """
    chosen = Chosen(how=how_to_look(source))
    table = tables.existing(CORPUS, source.id)
    if table is None or table.current_snapshot() is None:
        return chosen
    looks = LastLooks.load(tables, source.id)

    def counted() -> Iterator[tuple[datetime, str]]:
        for due, name in _due(tables, source, looks, now):
            chosen.due += 1
            chosen.oldest = min(chosen.oldest or due, due)
            yield due, name

    picked = {name: due for due, name in heapq.nsmallest(limit, counted())}
    if details and picked:
        rows = rows_of(tables, source.id, set(picked), DETAILS)
        chosen.rows = sorted(rows, key=lambda row: (picked[row["id"]], row["id"]))
    return chosen


def _due(tables: Tables, source: Source, looks: LastLooks, now: datetime) -> Iterator[tuple[datetime, str]]:
    table = tables.existing(CORPUS, source.id)
    assert table is not None
    keys, shared = Keys(source), is_site_wide(source)
    statements: dict[str, tuple[datetime, datetime, int] | None] = {}
    with store_errors("reading the corpus", source=source.id):
        for batch in table.scan(selected_fields=_COLUMNS).to_arrow_batch_reader():
            for row in _perhaps(batch, looks, now).to_pylist():
                statement = None
                if shared:
                    key = keys.of(row["source_native_id"], row["source_version"], row["source_url"])
                    group = shared_id(source.id, group_name(key[1]) if key is not None else "")
                    if group not in statements:
                        statements[group] = looks.of(group)
                    statement = statements[group]
                due = due_at(accepted_at(row), looks.of(row["id"]), statement)
                if due <= now:
                    yield due, row["id"]


def _perhaps(batch: pa.RecordBatch, looks: LastLooks, now: datetime) -> pa.RecordBatch:
    """The rows of a batch that may be due: most are too young, or were looked at, which is told without looking at
    each."""
    moments = pc.coalesce(batch.column("license_checked_at"), batch.column("added"))
    accepted = pc.fill_null(moments.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()), 0).to_numpy()
    is_old = accepted <= micros_of(now - min(MILESTONES[0], STRIKE_PAUSE))
    old = batch.filter(pa.array(is_old))
    return old.filter(pa.array(~looks.waiting(old.column("id").to_pylist(), accepted[is_old], now)))


def rows_of(tables: Tables, source_id: str, ids: set[str], columns: tuple[str, ...]) -> list[Row]:
    """These columns of the documents with these ids; the text is never read. Ids that are gone give no row."""
    from pyiceberg.expressions import In

    table = tables.existing(CORPUS, source_id)
    if table is None or table.current_snapshot() is None or not ids:
        return []
    is_in: Any = In  # its type is that of a pydantic model, which takes no positional arguments
    known = tuple(name for name in columns if name in table.schema().column_names)
    with store_errors("reading the corpus", source=source_id):
        rows: list[Row] = table.scan(row_filter=is_in("id", ids), selected_fields=known).to_arrow().to_pylist()
    return rows
