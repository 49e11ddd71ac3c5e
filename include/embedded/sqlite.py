"""Airflow on SQLite, with several processes that write: a transaction that will write waits for its turn.

Python's ``sqlite3`` begins a transaction before the first ``INSERT``, but a ``SAVEPOINT`` that stands alone (Airflow
3.3.2 uses them to create backfills and runs) begins a *reading* one. When another process commits between its first
read and its first write, SQLite can't let it write and says "database is locked" at once, whatever the timeout:
``airflow backfill create`` failed each time beside a process that writes twenty times a second, and left a backfill
without runs behind. Airflow imports this through ``airflow_local_settings``, in each of its processes.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, event

TIMEOUT_SECONDS = 30
"""How long a writer waits for the others; the scheduler's transactions take seconds on a slow disk."""

API_TIMEOUT_SECONDS = 5
"""The same in the API server. It can wait for itself: its audit log is written inside the event loop, while a request
that holds the writer's lock needs that loop to finish. Then the shorter, the better; clients try again."""


def url(file: Path, seconds: int = TIMEOUT_SECONDS) -> str:
    """SQLAlchemy's address of the database in ``file``; ``seconds`` is how long a writer waits for the others."""
    return f"sqlite:///{file}?timeout={seconds}"


def begin_before_savepoints() -> None:
    """Let each SAVEPOINT on SQLite stand in a transaction that holds the writer's lock."""
    event.listen(Engine, "savepoint", _begin)


def write_local_settings(home: Path) -> None:
    """Make Airflow with the home ``home`` call :func:`begin_before_savepoints` at its start."""
    folder = home / "config"  # Airflow puts it on Python's path
    folder.mkdir(exist_ok=True)
    call = begin_before_savepoints.__name__
    (folder / "airflow_local_settings.py").write_text(f"from {__name__} import {call}\n\n{call}()\n", encoding="utf-8")


def _begin(connection: Connection, _: str | None) -> None:
    if connection.dialect.name != "sqlite":
        return
    driver = connection.connection.driver_connection  # sqlite3's or aiosqlite's
    if driver is not None and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
