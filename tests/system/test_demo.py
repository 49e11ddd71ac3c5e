"""``make demo`` as a newcomer sees it: a failure with its cause, a good night, the same night again, and the end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.system.nights import today

from demo import truth
from embedded.__main__ import PROFILES
from embedded.ports import Ports
from embedded.stack import ROOT, Stack
from rightful.model import Slice
from rightful.store.ledger import Ledgers
from rightful.store.tables import Tables

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

today(timedelta(minutes=20))  # "last night" must not become another one on the way

COLUMNS = {"source", "fetched", "allowed", "quarantined", "denied", "documents", "tokens", "seconds"}


@dataclass
class Newcomer:
    """Types commands; has ports and a state folder of its own."""

    state: Path
    environment: dict[str, str]

    def types(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "embedded", command],
            cwd=ROOT,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            timeout=900,
        )

    @property
    def stack(self) -> Stack:
        return Stack(self.state / "demo", publisher=True)

    def rows(self) -> list[dict[str, object]]:
        return list(json.loads((self.state / "demo.json").read_text())["sources"])


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    state = tmp_path_factory.mktemp("newcomer")
    ports = {f"{name.upper()}_PORT": str(port) for name, port in Ports.free().__dict__.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RIGHTFUL_", "AIRFLOW"))}
    path = os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins")))
    environment = {**kept, **ports, "PYTHONPATH": path, "RIGHTFUL_STATE_DIR": str(state)}
    person = Newcomer(state, environment)
    yield person
    person.types("stop")


@pytest.fixture(scope="module")
def failed(newcomer: Newcomer, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """A first demo that can't succeed: its policy is broken."""
    policy = tmp_path_factory.mktemp("policy") / "policy.yaml"
    policy.write_text("allow: [")
    done = newcomer.types("demo", RIGHTFUL_POLICY_FILE=str(policy))
    newcomer.types("stop")
    return done


@pytest.fixture(scope="module")
def good(newcomer: Newcomer, failed: object) -> subprocess.CompletedProcess[str]:
    """The demo after the cause was removed."""
    return newcomer.types("demo")


def night_of(output: str) -> Slice:
    """The slice that the table speaks of."""
    found = re.search(r"slice of (\d{4}-\d\d-\d\d)", output)
    assert found, output
    start = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    return Slice(start=start, end=start + timedelta(days=1))


def test_a_failure_tells_its_cause(failed: subprocess.CompletedProcess[str]) -> None:
    assert failed.returncode == 1
    assert "acquire__demo_wiki failed" in failed.stdout
    assert "policy.yaml" in failed.stdout


def test_last_night_lands_after_the_cause_is_gone(good: subprocess.CompletedProcess[str], newcomer: Newcomer) -> None:
    assert good.returncode == 0, good.stdout + good.stderr
    night = night_of(good.stdout)
    assert timedelta() <= datetime.now(UTC) - night.end < timedelta(days=1)
    rows = {row["source"]: row for row in newcomer.rows()}
    assert rows.keys() == set(truth.SOURCES)
    for source_id, row in rows.items():
        expected = truth.expected(source_id, night)
        assert set(row) == COLUMNS
        assert row["fetched"] == expected.total, source_id
        assert row["allowed"] == row["documents"] == len(expected.allowed), source_id
        assert row["quarantined"] == len(expected.quarantined), source_id
        assert row["denied"] == len(expected.denied), source_id
        assert (row["tokens"] > 0) == bool(expected.allowed), source_id  # type: ignore[operator]


def test_it_says_where_to_go_on(good: subprocess.CompletedProcess[str], newcomer: Newcomer) -> None:
    stack = newcomer.stack
    assert stack.address in good.stdout
    assert f"admin / {stack.secrets.admin_password}" in good.stdout
    assert "airflow backfill create --dag-id acquire__demo_" in good.stdout
    tries = "rightful check -v && airflow dags list -o plain && python -m embedded status"
    shell = f"unset RIGHTFUL_STATE_DIR; . {newcomer.state}/environment && {tries}"
    done = subprocess.run(["bash", "-c", shell], env=newcomer.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "acquire__demo_wiki" in done.stdout
    assert re.search(r"demo: .*scheduler", done.stdout), done.stdout


def test_a_second_demo_lands_nothing_twice(good: object, newcomer: Newcomer) -> None:
    before = newcomer.rows()
    processes = newcomer.stack.processes.all()
    again = newcomer.types("demo")
    assert again.returncode == 0, again.stdout + again.stderr
    assert newcomer.rows() == before
    stack = newcomer.stack
    assert stack.processes.all() == processes
    tables = Tables(stack.library_settings)
    for row in before:
        source_id = str(row["source"])
        assert len(stack.api.runs(f"acquire__{source_id}")) == 1
        assert len(Ledgers(tables).slices_of(source_id)) == 1
        corpus = tables.existing("corpus", source_id)
        count = 0 if corpus is None else corpus.scan(selected_fields=("id",)).to_arrow().num_rows
        assert count == row["documents"]


def test_the_real_catalogue_waits_for_the_demo_to_end(good: object, newcomer: Newcomer) -> None:
    done = newcomer.types("up")
    assert done.returncode == 1
    assert "the demo is running" in done.stderr
    assert "make stop" in done.stderr


def test_stop_then_clean_leave_nothing(good: object, newcomer: Newcomer) -> None:
    pids = [entry.pid for entry in newcomer.stack.processes.all().values()]
    assert len(pids) == 5
    done = newcomer.types("stop")
    assert done.returncode == 0, done.stderr
    assert newcomer.stack.running() == []
    assert "nothing was running" in newcomer.types("stop").stdout
    (newcomer.state / "mine.txt").write_text("not made by Rightful")
    assert newcomer.types("clean").returncode == 0
    assert [path.name for path in newcomer.state.iterdir()] == ["mine.txt"]
    assert not any((newcomer.state / profile).exists() for profile in PROFILES)


def test_wrong_use(newcomer: Newcomer) -> None:
    assert newcomer.types("dance").returncode == 2
    wrong = newcomer.types("demo", AIRFLOW_PORT="eighty")
    assert wrong.returncode == 1
    assert "AIRFLOW_PORT=eighty is no port" in wrong.stderr
