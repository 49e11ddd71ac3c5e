"""Tells new documents from repeated ones without keeping them: sorted 64-bit hashes, 8 bytes a document and key.

Hashes are Python's own, keyed anew in each process, so that nobody can make two documents collide on purpose. That
one of a million new documents is by chance taken for one of a hundred million known ones has odds of 5 in a million.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rightful.model import DataFile, Slice
from rightful.store.files import entries_of
from rightful.store.read import columns_of
from rightful.store.s3 import store_errors
from rightful.store.tables import CORPUS, Tables

Status = Literal["new", "unchanged", "duplicate"]
"""``unchanged``: another slice has this id with this content. ``duplicate``: this slice has the id or the content."""

_Hashes = npt.NDArray[np.int64]
_COLUMNS = ["id", "content_sha256"]
_SMALL_ROWS = 10_000
_READERS = 8


class HashSet:
    """Which strings there were, as sorted runs of hashes whose lengths at least double from run to run: adding and
    looking up cost a logarithm, a string 8 bytes."""

    def __init__(self, first: _Hashes | None = None) -> None:
        self._runs: list[_Hashes] = [] if first is None or not len(first) else [first]

    def add(self, hashes: _Hashes) -> None:
        """Remember these."""
        run = np.unique(hashes)
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            other = self._runs.pop()
            run = np.concatenate((other, run))
            run.sort(kind="stable")  # merges presorted runs in one pass
        if len(run):
            self._runs.append(run)

    def has(self, hashes: _Hashes) -> npt.NDArray[np.bool_]:
        """Of each whether it is remembered."""
        found = np.zeros(len(hashes), dtype=np.bool_)
        for run in self._runs:
            place = np.searchsorted(run, hashes)
            place[place == len(run)] = 0
            found |= run[place] == hashes
        return found

    def repeated(self, values: Sequence[str | None]) -> list[bool]:
        """Of each string whether it was there before, here or in an earlier call; all are remembered."""
        hashes = hashes_of(values)
        again = self.has(hashes)
        _, first = np.unique(hashes, return_index=True)
        later = np.ones(len(hashes), dtype=np.bool_)
        later[first] = False
        self.add(hashes[~again])
        answer: list[bool] = (again | later).tolist()
        return answer

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(run.nbytes for run in self._runs)


class SeenIndex:
    """What other slices hold, and what this slice has brought so far. An empty one knows nothing of other slices."""

    def __init__(self, elsewhere: _Hashes | None = None, ids: _Hashes | None = None) -> None:
        """Of the documents in other slices, sorted: hashes of (id, content) in ``elsewhere``, of the id in ``ids``."""
        self._elsewhere, self._elsewhere_ids = HashSet(elsewhere), HashSet(ids)
        self._ids, self._contents = HashSet(), HashSet()

    @classmethod
    def load(cls, tables: Tables, source_id: str, slice: Slice, *, ids: bool = False) -> SeenIndex:
        """With the documents of all other published slices of a source. Reads two columns, streaming.

        ``ids``: :meth:`known` will be asked, which takes another 8 bytes a document.
        """
        table = tables.existing(CORPUS, source_id)
        if table is None:
            return cls()
        with store_errors("reading the corpus", source=source_id, slice=slice):
            this = {entry.data_file.file_path for entry in entries_of(table, slice.start)}
            others = [
                DataFile(path=file.file_path, rows=file.record_count, bytes=file.file_size_in_bytes)
                for file in (entry.data_file for entry in entries_of(table))
                if file.file_path not in this
            ]
            rows = sum(file.rows for file in others)
            known, names = np.empty(rows, dtype=np.int64), np.empty(rows if ids else 0, dtype=np.int64)
            filled = 0
            for batch in _stream(tables, others):
                own, contents = (batch.column(name).to_pylist() for name in _COLUMNS)
                known[filled : filled + batch.num_rows] = _pairs(own, contents)
                if ids:
                    names[filled : filled + batch.num_rows] = hashes_of(own)
                filled += batch.num_rows
        known, names = known[:filled], names[:filled]
        known.sort()
        names.sort()
        return cls(known, names)

    def known(self, ids: Sequence[str]) -> list[Status]:
        """What each id is, whatever the content; nothing is remembered. Needs an index loaded with ``ids``."""
        hashes = hashes_of(ids)
        here, elsewhere = self._ids.has(hashes), self._elsewhere_ids.has(hashes)
        answer: list[Status] = [
            "duplicate" if is_here else "unchanged" if is_elsewhere else "new"
            for is_here, is_elsewhere in zip(here.tolist(), elsewhere.tolist(), strict=True)
        ]
        return answer

    def seed(self, tables: Tables, written: Sequence[DataFile]) -> None:
        """Take in the documents of this slice that an interrupted attempt has written."""
        for file in written:
            for batch in columns_of(tables, file, _COLUMNS):
                ids, contents = (batch.column(name).to_pylist() for name in _COLUMNS)
                self._ids.add(hashes_of(ids))
                self._contents.add(hashes_of(contents))

    def check(self, ids: Sequence[str], content_hashes: Sequence[str]) -> list[Status]:
        """What each document is, in order; the first of equal ones is new, and all new ones are remembered.

        Raises:
            ValueError: When the two lists differ in length.
        """
        if len(ids) != len(content_hashes):
            raise ValueError(f"{len(ids)} ids, {len(content_hashes)} content hashes")
        if not ids:
            return []
        id_hashes, contents = hashes_of(ids), hashes_of(content_hashes)
        unchanged = self._elsewhere.has(_pairs(ids, content_hashes))
        known = self._ids.has(id_hashes) | self._contents.has(contents)
        new = ~(unchanged | known)
        _keep_first(new, id_hashes, contents)
        self._ids.add(id_hashes[new])
        self._contents.add(contents[new])
        answer: list[Status] = [
            "new" if is_new else "unchanged" if is_unchanged else "duplicate"
            for is_new, is_unchanged in zip(new.tolist(), unchanged.tolist(), strict=True)
        ]
        return answer

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._elsewhere.nbytes + self._elsewhere_ids.nbytes + self._ids.nbytes + self._contents.nbytes


def _keep_first(new: npt.NDArray[np.bool_], ids: _Hashes, contents: _Hashes) -> None:
    """Clears, in place, the marks of those whose id or content an earlier marked one has."""
    count = int(new.sum())
    if len(np.unique(ids[new])) == count and len(np.unique(contents[new])) == count:
        return  # the usual case, told without looking at each
    here_ids: set[int] = set()
    here_contents: set[int] = set()
    for row in np.flatnonzero(new).tolist():
        id_hash, content = int(ids[row]), int(contents[row])
        if id_hash in here_ids or content in here_contents:
            new[row] = False
        else:
            here_ids.add(id_hash)
            here_contents.add(content)


def _stream(tables: Tables, files: Sequence[DataFile]) -> Iterator[pa.RecordBatch]:
    """The two columns of many files: small files several at a time, since they cost waiting; large ones in batches,
    since they cost memory."""
    small = [file for file in files if file.rows <= _SMALL_ROWS]

    def whole(file: DataFile) -> list[pa.RecordBatch]:
        return list(columns_of(tables, file, _COLUMNS))

    with ThreadPoolExecutor(_READERS) as pool:
        for start in range(0, len(small), _READERS):
            for batches in pool.map(whole, small[start : start + _READERS]):
                yield from batches
    for file in files:
        if file.rows > _SMALL_ROWS:
            yield from columns_of(tables, file, _COLUMNS)


def hashes_of(values: Sequence[str | None]) -> _Hashes:
    """A 64-bit hash of each string, good in this process only."""
    return np.fromiter(map(hash, values), dtype=np.int64, count=len(values))


def _pairs(ids: Sequence[str | None], contents: Sequence[str | None]) -> _Hashes:
    return np.fromiter(map(hash, zip(ids, contents, strict=True)), dtype=np.int64, count=len(ids))


__all__ = ["HashSet", "SeenIndex", "Status", "hashes_of"]
