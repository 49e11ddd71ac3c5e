"""Reads the ledgers: what is published, what was ruled, what a contract has given so far, what is withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from rightful.model import Slice
from rightful.store.files import equal
from rightful.store.s3 import store_errors
from rightful.store.schemas import LEDGER, SLICES
from rightful.store.tables import Tables
from rightful.store.tombstones import CONTRACT_END, NO_TOMBSTONES, Tombstone, Tombstones

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression

Row = dict[str, Any]


class Ledgers:
    """Reads only: a table that doesn't exist yet reads as empty."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def published_slice(self, source_id: str, slice: Slice) -> Row | None:
        """The row of ``ledger.slices`` of the publication that readers see; None when there is none."""
        rows = self._slices(source_id, slice)
        return max(rows, key=_order) if rows else None

    def slices_of(self, source_id: str) -> list[Row]:
        """One row per published slice of a source, by time: that of the publication that readers see."""
        return _newest(self._slices(source_id))

    def current_ledger(self, source_id: str, slice: Slice) -> pa.Table:
        """The rulings of the publication that readers see (schema ``LEDGER``); no rows when there is none."""
        from pyiceberg.expressions import And

        published = self.published_slice(source_id, slice)
        table = self._tables.existing("ledger", source_id)
        if published is None or table is None or not published["fetched"]:
            return LEDGER.empty_table()
        condition = And(equal("slice", slice.start.isoformat()), equal("run_id", published["run_id"]))
        with store_errors("reading the ledger", source=source_id, slice=slice):
            return with_columns(table.scan(row_filter=condition).to_arrow(), LEDGER)

    def current_rulings(
        self, source_id: str, columns: Sequence[str], outcomes: Sequence[str], slice: Slice | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rulings of the publications that readers see, batch by batch: of one slice, or of all slices of a source.

        ``columns`` of schema ``LEDGER``, in that order; only rows with one of the ``outcomes``.
        """
        from pyiceberg.expressions import And, In

        rows = self.slices_of(source_id) if slice is None else [self.published_slice(source_id, slice)]
        shown = [_publication(row["run_id"], row["slice"]) for row in rows if row is not None and row["fetched"]]
        table = self._tables.existing("ledger", source_id)
        if not shown or table is None or table.current_snapshot() is None:
            return
        is_in: Any = In  # its type is that of a pydantic model, which takes no positional arguments
        condition: BooleanExpression = is_in("outcome", set(outcomes))
        if slice is not None:
            condition = And(condition, equal("slice", slice.start.isoformat()))
        known = set(table.schema().column_names)
        fields = tuple(name for name in {*columns, "outcome", "slice", "run_id"} if name in known)
        with store_errors("reading the ledger", source=source_id, slice=slice):
            for batch in table.scan(row_filter=condition, selected_fields=fields).to_arrow_batch_reader():
                current = pc.is_in(_publications(batch), value_set=pa.array(shown))
                found = pa.Table.from_batches([batch]).filter(current)
                if found.num_rows:
                    wanted = pa.schema([LEDGER.field(name) for name in columns])
                    yield from with_columns(found, wanted).combine_chunks().to_batches()

    def tombstones(self, source_id: str) -> Tombstones:
        """The tombstones that concern a source."""
        table = self._tables.existing("ledger", "withdrawals")
        if table is None or table.current_snapshot() is None:
            return NO_TOMBSTONES
        with store_errors("reading ledger.withdrawals", source=source_id):
            return Tombstones.from_rows(table.scan().to_arrow().to_pylist(), source_id)

    def reviews(self, source_id: str) -> list[Row]:
        """The rows of ``ledger.reviews`` on a source, oldest first: what people ruled on its licence tags."""
        table = self._tables.existing("ledger", "reviews")
        if table is None or table.current_snapshot() is None:
            return []
        with store_errors("reading ledger.reviews", source=source_id):
            rows: list[Row] = table.scan(row_filter=equal("source", source_id)).to_arrow().to_pylist()
        return sorted(rows, key=lambda row: (str(row["reviewed_at"]), str(row["review_id"])))

    def ended_contracts(self, source_id: str) -> dict[str, str]:
        """Contracts with which documents of a source have left the corpus → why, in words."""
        table = self._tables.existing("ledger", "withdrawals")
        if table is None or table.current_snapshot() is None:
            return {}
        with store_errors("reading ledger.withdrawals", source=source_id):
            rows: list[Row] = table.scan(row_filter=equal("kind", CONTRACT_END)).to_arrow().to_pylist()
        told = sorted((row for row in rows if row["source"] == source_id), key=lambda row: str(row["decided_at"]))
        return {row["value"]: row["reason"] for row in told}

    def withdrawals_version(self, source_id: str) -> str | None:
        """Which withdrawals concern a source, as a hash: another one means that tombstones came, or were released."""
        table = self._tables.existing("ledger", "withdrawals")
        if table is None or table.current_snapshot() is None:
            return None
        names = ("withdrawal_id", "kind", "target", "value", "source")
        with store_errors("reading ledger.withdrawals", source=source_id):
            rows = table.scan(selected_fields=names).to_arrow().to_pylist()
        told = sorted(repr([row[name] for name in names]) for row in rows if row["source"] in (None, "", source_id))
        return sha256("\n".join(told).encode()).hexdigest()

    def usage(self, contract_id: str, *, but: tuple[str, Slice] | None = None) -> dict[str, float]:
        """``{"documents": …, "tokens": …, "media_seconds": …}`` that a contract has given so far, over all its sources
        and slices.

        ``but`` names the (source, slice) that is being acquired anew: what it gave before is about to be replaced and
        doesn't count.
        """
        rows = _newest(self._rows(equal("contract_id", contract_id)))
        counted = [row for row in rows if but is None or (row["source"], row["slice"]) != (but[0], but[1].start)]
        given: dict[str, float] = {
            name: sum(int(row[name] or 0) for row in counted) for name in ("documents", "tokens")
        }
        return {**given, "media_seconds": sum(float(row["media_seconds"] or 0) for row in counted)}

    def synthetic_tokens(self, *, but: tuple[str, Slice] | None = None) -> tuple[int, int]:
        """Tokens of all sources' published slices: those in texts that a model wrote, and all.

        ``but`` names a (source, slice) that is about to be replaced, and is not counted.
        """
        from pyiceberg.expressions import AlwaysTrue

        rows = _newest(self._rows(AlwaysTrue()))
        counted = [row for row in rows if but is None or (row["source"], row["slice"]) != (but[0], but[1].start)]
        return (
            sum(int(row.get("synthetic_tokens") or 0) for row in counted),
            sum(int(row["tokens"] or 0) for row in counted),
        )

    def _slices(self, source_id: str, slice: Slice | None = None) -> list[Row]:
        from pyiceberg.expressions import And

        condition = equal("source", source_id)
        if slice is not None:
            condition = And(condition, equal("slice", slice.start.isoformat()))
        return self._rows(condition)

    def _rows(self, condition: BooleanExpression) -> list[Row]:
        table = self._tables.existing("ledger", "slices")
        if table is None or table.current_snapshot() is None:
            return []
        with store_errors("reading ledger.slices"):
            found = table.scan(row_filter=condition).to_arrow()
        rows: list[Row] = found.select([name for name in SLICES.names if name in found.column_names]).to_pylist()
        for row in rows:
            for name in ("outcomes", "reasons", "licenses", "languages", "seconds"):
                row[name] = dict(row.get(name) or ())
        return rows


def with_columns(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows in these columns; those that an older table lacks are null."""
    columns = [
        rows.column(field.name).cast(field.type) if field.name in rows.column_names else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _publication(run_id: str | None, start: datetime) -> str:
    """Names a publication by its run and slice."""
    return f"{int(start.timestamp())} {run_id}"


def _publications(rows: pa.RecordBatch) -> pa.Array:
    """The publication of each row, named as :func:`_publication` does."""
    micros = rows.column("slice").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    seconds = pc.divide(micros, pa.scalar(1_000_000, pa.int64())).cast(pa.string())
    return pc.binary_join_element_wise(seconds, rows.column("run_id").cast(pa.string()), " ")


def _order(row: Row) -> tuple[int, float]:
    published = row["published_at"]
    return int(row["publish_order"] or 0), published.timestamp() if published else 0.0


def _newest(rows: list[Row]) -> list[Row]:
    best: dict[tuple[Any, Any], Row] = {}
    for row in sorted(rows, key=_order):
        best[row["source"], row["slice"]] = row
    return sorted(best.values(), key=lambda row: (row["source"], row["slice"]))


__all__ = ["NO_TOMBSTONES", "Ledgers", "Tombstone", "Tombstones", "with_columns"]
