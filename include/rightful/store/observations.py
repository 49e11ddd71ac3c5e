"""``ledger.observations``: what sources said of accepted licences when they were looked at again. Only ever appended.

It grows with every look, so nothing here reads it whole: rows of one source, of given ids, or three columns of one
source as arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rightful.model import LicenseClaim, OptOut
from rightful.store import schemas
from rightful.store.commit import commit, persist
from rightful.store.files import entries_of, equal, iceberg_files, listing
from rightful.store.s3 import store_errors
from rightful.store.seen import hashes_of
from rightful.store.tables import KEEP_SNAPSHOTS, LEDGER, Tables
from rightful.store.write import write_data_file

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression

Row = dict[str, Any]
_Longs = npt.NDArray[np.int64]

OBSERVATIONS = "observations"


def append_observations(
    tables: Tables, source_id: str, rows: Sequence[Mapping[str, Any]], properties: Mapping[str, str]
) -> int:
    """Append rows of one source in one commit; gives the snapshot. Columns that a row lacks are null.

    Raises:
        ValueError: When a row has a column that the table has not, or is of another source.
        StoreError: When the commit did not get through; nothing is doubled if it is tried again inside.
    """
    content = observation_rows(rows)
    if {row.get("source") for row in rows} != {source_id}:
        raise ValueError(f"not all rows are of source {source_id}")
    with store_errors("writing ledger.observations", source=source_id):
        file = write_data_file(tables, tables.observations(), content)

        def attempt(again: bool) -> int:
            table = tables.observations()
            if again and any(entry.data_file.file_path == file.path for entry in entries_of(table)):
                return int(table.metadata.current_snapshot_id or 0)
            snapshot = commit(
                table,
                add=iceberg_files(tables.files, table, [file]),
                present=listing(table, newest=True),
                properties=properties,
                keep=KEEP_SNAPSHOTS[LEDGER],
            )
            return int(snapshot.snapshot_id)

        return persist(attempt, "commit to ledger.observations", source=source_id, slice=None)


def observation_rows(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of schema ``OBSERVATIONS``; claims and opt-outs may be the model's own values."""
    unknown = {name for row in rows for name in row} - set(schemas.OBSERVATIONS.names)
    if unknown:
        raise ValueError(f"ledger.observations has no column {sorted(unknown)}")
    columns = [pa.array([_plain(row.get(field.name)) for row in rows], field.type) for field in schemas.OBSERVATIONS]
    return pa.Table.from_arrays(columns, schema=schemas.OBSERVATIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [msgspec.structs.asdict(v) if isinstance(v, (LicenseClaim, OptOut)) else v for v in value]
    return value


def latest_observations(tables: Tables, source_id: str, ids: Collection[str]) -> dict[str, Row]:
    """The newest observation of each of these ids that has one."""
    newest: dict[str, Row] = {}
    for row in observations_of(tables, source_id, ids):
        known = newest.get(row["id"])
        if known is None or moment(row["observed_at"]) >= moment(known["observed_at"]):
            newest[row["id"]] = row
    return newest


def observations_of(tables: Tables, source_id: str, ids: Collection[str]) -> list[Row]:
    """Every observation of these ids, oldest first."""
    from pyiceberg.expressions import And, In

    if not ids:
        return []
    is_in: Any = In  # its type is that of a pydantic model, which takes no positional arguments
    rows = _rows(tables, And(equal("source", source_id), is_in("id", set(ids))))
    return sorted(rows, key=lambda row: moment(row["observed_at"]))


def with_consequence(tables: Tables, source_id: str, consequence: str) -> dict[str, Row]:
    """The newest observation of each id of a source, where that one had this consequence."""
    from pyiceberg.expressions import And

    had = _rows(tables, And(equal("source", source_id), equal("consequence", consequence)))
    newest = latest_observations(tables, source_id, {row["id"] for row in had})
    return {name: row for name, row in newest.items() if row["consequence"] == consequence}


def _rows(tables: Tables, condition: BooleanExpression) -> list[Row]:
    table = tables.existing(LEDGER, OBSERVATIONS)
    if table is None or table.current_snapshot() is None:
        return []
    with store_errors("reading ledger.observations"):
        rows: list[Row] = table.scan(row_filter=condition).to_arrow().to_pylist()
    return rows


class LastLooks:
    """When each id of a source was looked at last, when it is due again, and its strikes: 32 bytes an observation.

    Ids are known by a 64-bit hash, good in this process only.
    """

    def __init__(
        self,
        ids: Sequence[str] = (),
        observed: Sequence[datetime] = (),
        due: Sequence[datetime | None] = (),
        strikes: Sequence[int | None] = (),
    ) -> None:
        """``due`` None: at once."""
        self._build(hashes_of(ids), _micros(observed), _micros(due), _counts(strikes))

    @classmethod
    def load(cls, tables: Tables, source_id: str) -> LastLooks:
        """Of all observations of a source; four columns, streaming."""
        made = cls()
        table = tables.existing(LEDGER, OBSERVATIONS)
        if table is None or table.current_snapshot() is None:
            return made
        parts: list[tuple[_Longs, ...]] = []
        with store_errors("reading ledger.observations", source=source_id):
            columns = ("id", "observed_at", "next_due", "strikes")
            scan = table.scan(row_filter=equal("source", source_id), selected_fields=(*columns, "source"))
            for batch in scan.to_arrow_batch_reader():
                ids, *numbers = (batch.column(name) for name in columns)
                parts.append((hashes_of(ids.to_pylist()), *(_longs(column) for column in numbers)))
        if parts:
            made._build(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        return made

    def of(self, id: str) -> tuple[datetime, datetime, int] | None:
        """(looked at last, due again, strikes), or None for what was never looked at."""
        if not len(self._hashes):
            return None
        wanted = hash(id)
        place = int(np.searchsorted(self._hashes, wanted))
        if place == len(self._hashes) or int(self._hashes[place]) != wanted:
            return None
        return _moment(int(self._observed[place])), _moment(int(self._due[place])), int(self._strikes[place])

    def waiting(self, ids: Sequence[str], accepted: npt.NDArray[np.int64], now: datetime) -> npt.NDArray[np.bool_]:
        """Which of these documents were looked at since they were accepted (microseconds), and are not due yet."""
        if not len(self._hashes) or not len(ids):
            return np.zeros(len(ids), dtype=np.bool_)
        wanted = hashes_of(ids)
        place = np.searchsorted(self._hashes, wanted)
        place[place == len(self._hashes)] = 0
        known = self._hashes[place] == wanted
        answer: npt.NDArray[np.bool_] = (
            known & (self._observed[place] >= accepted) & (self._due[place] > micros_of(now))
        )
        return answer

    def _build(self, hashes: _Longs, observed: _Longs, due: _Longs, strikes: _Longs) -> None:
        order = np.lexsort((observed, hashes))
        hashes = hashes[order]
        last = np.ones(len(hashes), dtype=np.bool_)
        if len(hashes):
            last[:-1] = hashes[:-1] != hashes[1:]
        self._hashes, self._observed = hashes[last], observed[order][last]
        self._due, self._strikes = due[order][last], strikes[order][last]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(value: object) -> datetime:
    """A time of a row; the earliest of all when there is none."""
    return value if isinstance(value, datetime) else _EPOCH


def micros_of(value: object) -> int:
    """A time as microseconds since 1970."""
    return (moment(value) - _EPOCH) // _MICROSECOND


def _longs(column: pa.Array) -> _Longs:
    """A column of times (as microseconds) or counts; null is 0."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC"))
    found: _Longs = pc.fill_null(column.cast(pa.int64()), 0).to_numpy()
    return found


def _micros(moments: Iterable[datetime | None]) -> _Longs:
    return np.array([micros_of(m) for m in moments], dtype=np.int64)


def _counts(numbers: Iterable[int | None]) -> _Longs:
    return np.array([number or 0 for number in numbers], dtype=np.int64)


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


__all__ = [
    "LastLooks",
    "append_observations",
    "latest_observations",
    "micros_of",
    "moment",
    "observation_rows",
    "observations_of",
    "with_consequence",
]
