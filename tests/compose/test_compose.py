"""``make compose-test``: docker-compose.yaml is built and started, takes in a demo slice, then one of sound by Celery's
workers, and is taken down again.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from embedded.api import FINAL, AirflowApi
from embedded.ports import free_ports
from embedded.watch import last_night

ROOT = Path(__file__).resolve().parents[2]
SOURCE, PODCAST = "demo_wiki", "demo_podcast"
COMPONENTS = ("scheduler", "dag_processor", "triggerer")
PATIENCE = 600

pytestmark = pytest.mark.compose


@dataclass
class Compose:
    """A project of its own: other containers of the same file are not touched."""

    env_file: Path
    project: str
    values: dict[str, str]
    profiles: list[str] = field(default_factory=lambda: ["demo"])

    def __post_init__(self) -> None:
        self.set()

    def set(self, **values: str) -> None:
        """Change values of the env file; they hold from the next ``up``."""
        self.values.update(values)
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in self.values.items()))

    def run(self, *arguments: str, check: bool = True) -> str:
        """``docker compose …``; its standard output."""
        command = ["docker", "compose", "-p", self.project, "--env-file", str(self.env_file)]
        command += [word for profile in self.profiles for word in ("--profile", profile)]
        done = subprocess.run(
            [*command, *arguments], cwd=ROOT, env=self._environment(), capture_output=True, text=True, timeout=1800
        )
        if check and done.returncode != 0:
            output = (done.stdout + done.stderr)[-6000:]
            pytest.fail(f"docker compose {' '.join(arguments)}: exit {done.returncode}\n{output}", pytrace=False)
        return done.stdout

    def api(self) -> AirflowApi:
        return AirflowApi(
            f"http://127.0.0.1:{self.values['AIRFLOW_PORT']}", "admin", self.values["AIRFLOW_ADMIN_PASSWORD"]
        )

    def _environment(self) -> dict[str, str]:
        # A variable of the shell would win over the file.
        return {name: value for name, value in os.environ.items() if name not in self.values}


def settings() -> dict[str, str]:
    """``.env`` as `make env` makes it, with the demo's lines, on free ports."""
    text = runpy.run_path(str(ROOT / "tools" / "make_env.py"))["fill"]((ROOT / ".env.example").read_text())
    text = re.sub(
        r"^# (?=(RIGHTFUL_CATALOGUE_DIR|RIGHTFUL_CONTRACTS_DIR|DEMO_PUBLISHER_ADDRESS)=)", "", text, flags=re.M
    )
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    ports = dict(zip(("AIRFLOW_PORT", "S3_PORT", "CATALOG_PORT"), map(str, free_ports(3)), strict=True))
    return {**values, **ports, "RIGHTFUL_IMAGE": "rightful:test"}


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    if shutil.which("docker") is None:
        pytest.fail("there is no `docker` on the path", pytrace=False)
    values = settings()
    env_file = tmp_path_factory.mktemp("compose") / "env"
    project = Compose(env_file, f"rightful-test-{secrets.token_hex(3)}", values)
    print(f"\n→ building {values['RIGHTFUL_IMAGE']} (minutes, the first time)")
    project.run("build")
    try:
        print("→ starting")
        project.run("up", "-d")
        yield project
    finally:
        print("→ taking it down")
        project.run("down", "-v", check=False)


@pytest.fixture
def api(compose: Compose) -> AirflowApi:
    return ready(compose)


def ready(compose: Compose) -> AirflowApi:
    """Airflow's REST API, once every component has shown that it lives."""
    api = compose.api()
    deadline = time.monotonic() + PATIENCE
    while not api.healthy(*COMPONENTS):
        if time.monotonic() > deadline:
            pytest.fail(f"Airflow did not get ready:\n{compose.run('logs', '--tail=30', check=False)[-6000:]}")
        time.sleep(1)
    return api


def night_of(compose: Compose, api: AirflowApi, source: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Last night's run of a source, and what readers then see."""
    dag_id = f"acquire__{source}"
    deadline = time.monotonic() + PATIENCE
    while dag_id not in api.dag_ids():
        assert time.monotonic() < deadline, f"{dag_id} is not parsed: {api.import_errors()}"
        time.sleep(1)
    print(f"→ last night's slice of {source}")
    api.set_paused(dag_id, False)
    while (run := last_night(api, dag_id)) is None or run["state"] not in FINAL:
        assert time.monotonic() < deadline, f"{dag_id} does not end: {run}"
        time.sleep(1)
    assert run["state"] == "success", api.failure(dag_id, run["dag_run_id"])

    script = (Path(__file__).parent / "read_rows.py").read_text()
    answer = json.loads(compose.run("exec", "-T", "scheduler", "python", "-c", script, source).splitlines()[-1])
    print(f"→ in the table: {answer}")
    return run, answer


def test_one_demo_slice(compose: Compose, api: AirflowApi) -> None:
    run, answer = night_of(compose, api, SOURCE)
    assert answer["rows"] > 0
    assert answer["rows"] == answer["ids"] == answer["ledger_allowed"]
    assert answer["slices"] == [run["data_interval_start"].replace("Z", "+00:00")]
    assert answer["not_allowed"] == []


def test_only_this_machine_reaches_it() -> None:
    published = re.findall(r'^\s+- "([^"]+:\d+)"$', (ROOT / "docker-compose.yaml").read_text(), flags=re.M)
    assert len(published) == 3
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_nothing_runs_as_root(compose: Compose) -> None:
    for service in ("api-server", "scheduler", "dag-processor", "triggerer"):
        assert compose.run("exec", "-T", service, "id", "-u").strip() == "50000"


def test_a_second_up_changes_nothing(compose: Compose, api: AirflowApi) -> None:
    before = len(api.runs(f"acquire__{SOURCE}"))
    compose.run("up", "-d")
    deadline = time.monotonic() + PATIENCE
    while not api.healthy(*COMPONENTS):
        assert time.monotonic() < deadline
        time.sleep(1)
    assert len(api.runs(f"acquire__{SOURCE}")) == before


def test_sound_is_transcribed_by_celerys_worker_with_a_model(compose: Compose, api: AirflowApi) -> None:
    """The last of these tests: the stack goes over to another executor, with its data."""
    print("→ once more, with CeleryExecutor")
    compose.run("down")
    compose.profiles.append("celery")
    compose.set(AIRFLOW_EXECUTOR="CeleryExecutor")
    compose.run("up", "-d")
    run, answer = night_of(compose, ready(compose), PODCAST)
    assert (answer["rows"], answer["engines"]) == (2, {"faster-whisper/tiny.en": 1, "publisher": 1})
    names = {service: compose.run("exec", "-T", service, "hostname").strip() for service in ("worker", "transcriber")}
    tasks = compose.api().tasks(run["dag_id"], run["dag_run_id"])
    where = {task["task_id"]: (task["queue"], task["hostname"]) for task in tasks}
    assert where.keys() == {"plan", "fetch", "transcribe", "audit", "publish"}
    assert where.pop("transcribe") == ("transcribe", names["transcriber"])
    assert set(where.values()) == {("default", names["worker"])}
