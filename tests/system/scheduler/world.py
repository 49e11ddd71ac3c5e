"""Everything the tests of this folder share: one stack on free ports, its sources, and the ways to look at both."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import yaml
from tests.system.nights import today
from tests.system.readers import with_polars
from tests.system.scheduler.doors import PATIENCE, Doors, Relay
from tests.system.scheduler.sites import NEVER, DemoSource, Site

from demo.publisher import NEWS_API_KEY
from embedded import ports
from embedded.catalogue import set_up, sources_of, wait_parsed
from embedded.demo import DEMO
from embedded.processes import session
from embedded.stack import AIRFLOW_PARTS, Stack
from rightful.model import Slice
from rightful.settings import Settings
from rightful.store.files import equal
from rightful.store.ledger import Ledgers
from rightful.store.tables import Tables

MIDNIGHT = today(timedelta(minutes=30))
POINTS = ("first_page", "last_page", "audit", "ledger", "corpus", "told")
"""Where a slice is when something dies: see ``doors_at`` in ``test_scheduler_kills.py``. Each has a source."""

ASKING = ("review_licenses", "apply_reviews")
"""DAGs that would do something about each source of these tests."""

SHARED_POOL = "shared"

LOOKING = ("contract_terms", "recheck_licenses")
"""DAGs that look at all sources once a day."""

APART: dict[str, Any] = {**NEVER, "pool": SHARED_POOL}
"""Of sources that never run at once: they share a pool, so that the daily looks have fewer tasks."""

PAGE = 40
"""Records a page of these sources."""

QUICK = {
    # A machine with time for nothing else; the usual values wait for slow ones.
    "RIGHTFUL_RETRY_SECONDS": "2",
    "AIRFLOW__CORE__PARALLELISM": "12",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "3",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
}
"""Environment of the stack: what is dead is noticed sooner."""


def day(start: datetime) -> Slice:
    """The slice of one day."""
    return Slice(start=start, end=start + timedelta(days=1))


class World:
    """The stack, its sources (by id) and publishers. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.catalogue, self.doors = folder, folder / "sources", Doors()
        self.contracts = folder / "contracts"
        self._exits = ExitStack()
        self.stack = Stack(
            folder / "stack",
            catalogue=[self.catalogue],
            contracts=self.contracts,
            port_numbers=ports.Ports.free(),
            settings=QUICK,
        )
        self.sources: dict[str, DemoSource] = {}

    def __enter__(self) -> Self:
        self.catalogue.mkdir(parents=True)
        shutil.copytree(DEMO / "contracts", self.contracts)
        with ExitStack() as exits:
            exits.callback(self._end)
            self._add_sources(exits)
            weed = self.stack.weed
            s3 = exits.enter_context(Relay(weed.s3_endpoint, self.doors))
            catalogue = exits.enter_context(Relay(weed.catalog_uri, self.doors))
            self.stack.settings |= {"RIGHTFUL_S3_ENDPOINT": s3.address, "RIGHTFUL_CATALOG_URI": catalogue.address}
            self.stack.start()
            sources = sources_of(self.stack)
            key = {"conn_type": "http", "password": NEWS_API_KEY}
            set_up(self.api, sources, {"demo_news_api": key})
            wait_parsed(self.api, {*ASKING, *LOOKING, *(source.dag_id for source in self.sources.values())})
            for dag_id in (*ASKING, *LOOKING):  # their own test unpauses them
                self.api.set_paused(dag_id, True)
            for source in self.sources.values():
                if source.id != "demo_questions":  # its own test unpauses it
                    self.api.set_paused(source.dag_id, False)
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def _end(self) -> None:
        for part in AIRFLOW_PARTS:
            self.stack.kill_part(part)  # nobody will ask for what it leaves undone
        self.stack.stop()

    def _add_sources(self, exits: ExitStack) -> None:
        def add(origin: str, source_id: str, *, calm: bool = True, scale: int = 1, **changed: Any) -> None:
            log = self.folder / f"{source_id}.jsonl"
            site = exits.enter_context(Site(log, calm=calm, scale=scale))
            self.sources[source_id] = DemoSource(origin, site, self.catalogue, source_id, **changed)

        add("demo_questions", "demo_questions", calm=False)
        add("demo_news", "demo_news", calm=False, **NEVER)
        for name in ("limited", "full", "dry", "reviewed"):
            add("demo_open_news", name, params={"limit": PAGE}, **APART)
        add("demo_open_news", "changing", params={"limit": PAGE}, **APART)
        self.sign("contracted", None)
        license = {"scope": "contract", "contract": "contracted", "evidence": "https://news.example/licensing"}
        add("demo_news", "contracted", license=license, **APART)
        for name in POINTS:
            add("demo_open_news", f"at_{name}", params={"limit": PAGE}, **NEVER)
        # Large enough for a checkpoint in its middle.
        add("demo_open_news", "long", params={"limit": 100}, scale=36, **APART)

    def sign(self, name: str, last_day: date | None) -> None:
        """Write the contract for the source of the same name."""
        terms = yaml.safe_load((DEMO / "contracts/demo_news.yaml").read_text(encoding="utf-8"))
        terms |= {"id": name, "sources": [name], "valid_until": last_day}
        (self.contracts / f"{name}.yaml").write_text(yaml.safe_dump(terms), encoding="utf-8")

    # ------------------------------------------------------------------ looking

    @property
    def api(self) -> Any:
        """Airflow's REST interface."""
        return self.stack.api

    @cached_property
    def settings(self) -> Settings:
        """Reach the store directly, past the doors."""
        return Settings.model_validate(
            {name.removeprefix("RIGHTFUL_").lower(): value for name, value in self.stack.weed.environment().items()}
        )

    @cached_property
    def tables(self) -> Tables:
        """The tables, past the doors."""
        return Tables(self.settings)

    @cached_property
    def ledgers(self) -> Ledgers:
        """The ledgers, past the doors."""
        return Ledgers(self.tables)

    def ids(self, source: DemoSource, slice: Slice) -> list[str]:
        """Ids of a slice's documents by a second reader, sorted; doubles stay."""
        if self.tables.existing("corpus", source.id) is None:
            return []
        rows = with_polars(self.settings, source.id)
        return sorted(rows.filter(rows["slice"] == slice.start)["id"].to_list())

    def check(self, source: DemoSource, slice: Slice) -> None:
        """Tables hold exactly what the publisher knows must become of the slice."""
        expected = source.expected(slice)
        assert expected.total > 10
        assert self.ids(source, slice) == sorted(expected.allowed)
        published = self.ledgers.published_slice(source.id, slice)
        assert published is not None
        outcomes = {
            "allow": len(expected.allowed),
            "quarantine": len(expected.quarantined),
            "deny": len(expected.denied),
            "empty": len(expected.empty),
        }
        assert {name: number for name, number in published["outcomes"].items() if number} == {
            name: number for name, number in outcomes.items() if number
        }
        assert (published["fetched"], published["documents"]) == (expected.total, len(expected.allowed))
        ledger = self.ledgers.current_ledger(source.id, slice)
        ruled = {row["id"]: (row["outcome"], row["reason"]) for row in ledger.to_pylist()}
        assert ledger.num_rows == len(ruled) == expected.total
        assert {id for id, (outcome, _) in ruled.items() if outcome == "allow"} == expected.allowed
        assert {id for id, (outcome, _) in ruled.items() if outcome == "empty"} == expected.empty
        for name, members in (("deny", expected.denied), ("quarantine", expected.quarantined)):
            assert {id: reason for id, (outcome, reason) in ruled.items() if outcome == name} == members
        self.check_nothing_twice(source, slice)

    def check_nothing_twice(self, source: DemoSource, slice: Slice) -> None:
        """No run stands in the ledger twice, no publication in ``ledger.slices``."""
        here = equal("slice", slice.start.isoformat())
        ledger = self.tables.ledger(source.id).scan(here, selected_fields=("id", "run_id")).to_arrow()
        pairs = [(row["id"], row["run_id"]) for row in ledger.to_pylist()]
        assert len(pairs) == len(set(pairs))
        slices = self.tables.slices().scan(equal("source", source.id), selected_fields=("publish_key",)).to_arrow()
        keys = slices["publish_key"].to_pylist()
        assert len(keys) == len(set(keys))

    # ------------------------------------------------------------------ running

    def run_of(self, source: DemoSource, slice: Slice) -> Mapping[str, Any] | None:
        """The run whose logical date is the slice's start."""
        found = [run for run in self.api.runs(source.dag_id) if _moment(run["logical_date"]) == slice.start]
        return found[0] if found else None

    def begin(self, source: DemoSource, slice: Slice, **conf: Any) -> str:
        """Start the slice's run, or clear the one that it has; the run id."""
        run = self.run_of(source, slice)
        if run is None:
            return str(self.api.trigger(source.dag_id, slice.start, slice.end, conf))
        assert not conf
        self.api.clear(source.dag_id, run["dag_run_id"])
        return str(run["dag_run_id"])

    def finish(self, runs: Iterable[tuple[DemoSource, str]]) -> None:
        """Wait until these runs have ended well."""
        for source, run_id in runs:
            run = self.api.wait(source.dag_id, run_id, timeout=PATIENCE)
            assert run["state"] == "success", self.api.failure(source.dag_id, run_id)

    def tasks(self, source: DemoSource, run_id: str) -> dict[str, dict[str, Any]]:
        """Task instances of a run by task, for sources of one shard."""
        return {task["task_id"]: task for task in self.api.tasks(source.dag_id, run_id)}

    def running(self, source: DemoSource, run_id: str) -> psutil.Process:
        """The process that executes the one running task of a run."""
        (task,) = [task for task in self.api.tasks(source.dag_id, run_id) if task["state"] == "running"]
        members = {process.pid: process for process in session(self.stack.processes.all()["scheduler"])}
        return members[task["pid"]]

    def told(self, source: DemoSource, run_id: str) -> list[int]:
        """How many documents each event of the source's own asset tells of, of one run."""
        own = f"x-iceberg://corpus/{source.id}"
        return [extra["counts"]["allow"] for uri, extra in self.events(source.dag_id, run_id) if uri == own]

    def events(self, dag_id: str, run_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Asset events of a run: address of the asset, and what it was told.

        Out of Airflow's database, because its REST interface (3.3.2) answers 500 while a run that an event has
        triggered is not started yet.
        """
        question = (
            "SELECT asset.uri, asset_event.extra FROM asset_event JOIN asset ON asset.id = asset_event.asset_id "
            "WHERE source_dag_id = ? AND source_run_id = ? ORDER BY timestamp"
        )
        database = sqlite3.connect(f"file:{self.stack.folder / 'airflow/airflow.db'}?mode=ro", uri=True, timeout=30)
        with contextlib.closing(database):
            return [(uri, json.loads(extra)) for uri, extra in database.execute(question, (dag_id, run_id))]


def wait_until(met: Callable[[], bool]) -> None:
    """Return when ``met`` says so; fail when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
