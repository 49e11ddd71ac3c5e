"""Observations: rows of the model's own values, and the last look at each id without keeping all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from rightful.model import LicenseClaim, OptOut, Strength
from rightful.settings import Settings
from rightful.store.observations import (
    LastLooks,
    latest_observations,
    micros_of,
    moment,
    observation_rows,
    observations_of,
    with_consequence,
)
from rightful.store.schemas import OBSERVATIONS
from rightful.store.tables import Tables

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def test_rows_hold_claims_and_opt_outs_as_they_are() -> None:
    claim = LicenseClaim(raw=None, place="record.license", strength=Strength.PUBLISHER)
    optout = OptOut(signal="noai", value="", place="header")
    (row,) = observation_rows([{"id": "a", "claims": (claim,), "optouts": (optout,)}]).to_pylist()
    assert row["claims"] == [
        {"raw": None, "expression": None, "place": "record.license", "strength": "publisher", "part": ""}
    ]
    assert (row["optouts"][0]["signal"], row["result"]) == ("noai", None)


def test_a_column_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="no column"):
        observation_rows([{"id": "a", "licence_now": "x"}])


def test_the_last_look_at_each_id_is_known_whatever_the_order() -> None:
    looks = LastLooks(
        ["a", "b", "a", "a"], [day(1), day(1), day(9), day(5)], [day(2), None, day(30), day(8)], [1, None, 0, 2]
    )
    assert looks.of("a") == (day(9), day(30), 0)
    assert looks.of("b") == (day(1), moment(None), 0)  # nobody knows when: at once
    assert looks.of("c") is None
    assert LastLooks().of("a") is None


def test_times_keep_their_microseconds() -> None:
    exact = START + timedelta(microseconds=1)
    assert LastLooks(["a"], [exact], [exact], [0]).of("a") == (exact, exact, 0)


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tables:
    catalog = SqlCatalog("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/warehouse")
    monkeypatch.setattr(Tables, "catalog", catalog)
    made = Tables(Settings())
    rows = [
        {"id": name, "source": source, "observed_at": day(number), "next_due": day(number + 3), "strikes": strikes,
         "consequence": consequence}
        for name, source, number, strikes, consequence in [
            ("s:1", "s", 1, 1, "flagged"), ("s:1", "s", 4, 0, "none"), ("s:2", "s", 4, 3, "flagged"),
            ("o:2", "o", 9, 0, "flagged"),
        ]
    ]  # fmt: skip
    made.observations().append(pa.Table.from_pylist(rows, schema=OBSERVATIONS))
    return made


def test_reading_is_bounded_to_a_source_and_to_ids(tables: Tables) -> None:
    assert [row["observed_at"] for row in observations_of(tables, "s", {"s:1", "o:2"})] == [day(1), day(4)]
    assert {name: row["consequence"] for name, row in latest_observations(tables, "s", {"s:1", "s:2"}).items()} == {
        "s:1": "none",
        "s:2": "flagged",
    }
    assert set(with_consequence(tables, "s", "flagged")) == {"s:2"}  # s:1 was, and is not any more
    assert observations_of(tables, "s", set()) == []
    looks = LastLooks.load(tables, "s")
    assert (looks.of("s:1"), looks.of("o:2")) == ((day(4), day(7), 0), None)


def test_without_the_table_nothing_was_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = SqlCatalog("none", uri=f"sqlite:///{tmp_path}/none.db", warehouse=f"file://{tmp_path}/none")
    monkeypatch.setattr(Tables, "catalog", catalog)
    tables = Tables(Settings())
    assert observations_of(tables, "s", {"a"}) == []
    assert with_consequence(tables, "s", "leaves") == {}
    assert LastLooks.load(tables, "s").of("a") is None


def test_who_waits_is_told_for_many_as_for_one() -> None:
    ids = ["young", "looked", "due", "older copy", "never"]
    looks = LastLooks(ids[:4], [day(2), day(9), day(9), day(1)], [day(3), day(30), day(11), day(30)], [0] * 4)
    accepted = np.array([micros_of(day(number)) for number in (5, 1, 1, 5, 1)], dtype=np.int64)
    assert looks.waiting(ids, accepted, day(20)).tolist() == [False, True, False, False, False]
    assert looks.waiting([], accepted[:0], day(20)).tolist() == []
    assert LastLooks().waiting(["a"], accepted[:1], day(20)).tolist() == [False]
