"""SQLite under several writers: a savepoint's transaction may write, whoever wrote meanwhile."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from embedded import sqlite
from embedded.stack import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database in WAL mode, as Airflow's is, with one table."""
    with sqlite3.connect(tmp_path / "airflow.db") as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE told (by TEXT)")
    return tmp_path / "airflow.db"


@pytest.fixture
def waits() -> Iterator[None]:
    sqlite.begin_before_savepoints()
    yield
    event.remove(Engine, "savepoint", sqlite._begin)


def read_then_write(file: Path) -> None:
    """Read in a savepoint, let another connection try to write at once, write."""
    engine = create_engine(sqlite.url(file))
    with engine.connect() as connection:
        with connection.begin_nested():
            connection.execute(text("SELECT count(*) FROM told")).all()
            with sqlite3.connect(file, timeout=0) as other:
                try:
                    other.execute("INSERT INTO told VALUES ('other')")
                    other.commit()
                except sqlite3.OperationalError:
                    pass  # it has to wait
            connection.execute(text("INSERT INTO told VALUES ('this')"))
        connection.commit()
    engine.dispose()


def test_without_it_sqlite_refuses_at_once(file: Path) -> None:
    with pytest.raises(OperationalError, match="locked"):
        read_then_write(file)


def test_a_savepoint_waits_for_its_turn_and_writes(file: Path, waits: None) -> None:
    read_then_write(file)
    with sqlite3.connect(file) as found:
        assert found.execute("SELECT by FROM told").fetchall() == [("this",)]


def test_a_savepoint_inside_a_transaction_begins_none(file: Path, waits: None) -> None:
    engine = create_engine(sqlite.url(file))
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO told VALUES ('first')"))
        with connection.begin_nested():
            connection.execute(text("INSERT INTO told VALUES ('second')"))
        connection.rollback()
        assert connection.execute(text("SELECT count(*) FROM told")).scalar_one() == 0
    engine.dispose()


def test_the_timeout_reaches_sqlite(file: Path) -> None:
    engine = create_engine(sqlite.url(file))
    with engine.connect() as connection:
        (milliseconds,) = connection.execute(text("PRAGMA busy_timeout")).one()
    engine.dispose()
    assert milliseconds == sqlite.TIMEOUT_SECONDS * 1000


def test_airflows_local_settings_call_it(tmp_path: Path) -> None:
    sqlite.write_local_settings(tmp_path)
    code = (
        "import airflow_local_settings; from sqlalchemy import Engine, event; from embedded import sqlite; "
        "assert event.contains(Engine, 'savepoint', sqlite._begin)"
    )
    paths = f"{ROOT / 'include'}:{tmp_path / 'config'}"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": paths}, check=True)
