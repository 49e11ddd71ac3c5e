"""Retrying, expiry and the row of a slice, without any service."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyiceberg.exceptions import CommitFailedException, ForbiddenError

from rightful.errors import AuditError, ConfigurationError, StoreError
from rightful.store import commit, schemas
from rightful.store.commit import expired, persist
from rightful.store.publish import _as_rows, slice_rows
from rightful.store.s3 import split, store_errors


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit.time, "sleep", lambda seconds: None)


def test_persist_tries_again_and_says_so() -> None:
    calls: list[bool] = []

    def attempt(again: bool) -> str:
        calls.append(again)
        if len(calls) == 1:
            raise CommitFailedException("somebody was first")
        if len(calls) == 2:
            raise ConnectionError("gone")
        return "done"

    assert persist(attempt, "commit", source="s", slice=None) == "done"
    assert calls == [False, True, True]


def test_persist_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "PATIENCE_SECONDS", -1.0)

    def attempt(again: bool) -> None:
        raise CommitFailedException("always")

    with pytest.raises(StoreError, match="gave up after 1 tries") as caught:
        persist(attempt, "commit", source="wiki", slice="night")
    assert (caught.value.source, caught.value.slice) == ("wiki", "night")


@pytest.mark.parametrize(
    "error", [ForbiddenError("no"), AuditError("wrong"), TypeError("bug"), ConfigurationError("x")]
)
def test_persist_does_not_repeat_what_is_hopeless(error: Exception) -> None:
    calls = []

    def attempt(again: bool) -> None:
        calls.append(again)
        raise error

    with pytest.raises(type(error)):
        persist(attempt, "commit", source="s", slice=None)
    assert calls == [False]


def metadata(snapshots: int, named: list[int]) -> SimpleNamespace:
    return SimpleNamespace(
        # Not in order of age, as a catalogue may give them.
        snapshots=[SimpleNamespace(snapshot_id=n, sequence_number=n) for n in reversed(range(1, snapshots + 1))],
        refs={str(n): SimpleNamespace(snapshot_id=n) for n in named},
    )


@pytest.mark.parametrize(
    ("snapshots", "named", "keep", "gone"),
    [(5, [5], 3, [1, 2]), (5, [5, 1], 3, [2]), (3, [3], 3, []), (0, [], 3, []), (4, [1, 2, 3, 4], 1, [])],
)
def test_expired(snapshots: int, named: list[int], keep: int, gone: list[int]) -> None:
    assert expired(metadata(snapshots, named), keep) == gone  # type: ignore[arg-type]


def test_slice_row() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = slice_rows({"source": "wiki", "slice": start, "outcomes": {"deny": 2, "allow": 1}, "reasons": {}})
    assert rows.schema == schemas.SLICES
    (row,) = rows.to_pylist()
    assert row["slice"] == start
    assert row["outcomes"] == [("allow", 1), ("deny", 2)]
    assert row["reasons"] == []
    assert row["tokens"] is None
    with pytest.raises(ValueError, match="colour"):
        slice_rows({"colour": 1})


def test_rows_of_older_and_newer_files() -> None:
    row = slice_rows({"source": "wiki"})
    assert _as_rows(row.drop_columns(["tokens"])).schema == schemas.SLICES
    with pytest.raises(StoreError, match="newer code"):
        _as_rows(row.append_column("colour", pa.array(["red"])))


def test_store_errors() -> None:
    with pytest.raises(StoreError, match="writing: OSError: disk") as caught, store_errors("writing", source="wiki"):
        raise OSError("disk")
    assert caught.value.source == "wiki"
    with pytest.raises(AuditError), store_errors("writing"):
        raise AuditError("ours")
    with pytest.raises(KeyError), store_errors("writing"):
        raise KeyError("bug")


@pytest.mark.parametrize(
    "uri", ["", "s3://", "s3://bucket", "s3://bucket/", "s3:///key", "http://bucket/key", "/etc/passwd"]
)
def test_not_an_object(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="s3://bucket/key"):
        split(uri)


def test_an_object() -> None:
    assert split("s3://bucket/a/b") == ("bucket", "a/b")
