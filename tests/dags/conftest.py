"""An Airflow of its own for these tests: SQLite in a temporary folder, a small catalogue, no services.

Airflow reads its environment when it is imported, so all of it is set here, before any test imports it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.dags.publisher import Publisher, running
from tests.dags.runs import Source
from tests.dags.support import ROOT, source_yaml

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

    from embedded.weed import Weed

HOME = Path(tempfile.mkdtemp(prefix="rightful-airflow-"))
SOURCES = HOME / "sources"
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

ENVIRONMENT = {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
    "AIRFLOW__DAG_PROCESSOR__DAG_VERSION_INFLATION_CHECK_LEVEL": "error",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(HOME / "logs"),
    "PYTHONPATH": os.pathsep.join([str(ROOT / "include"), str(ROOT / "plugins")]),
    "RIGHTFUL_CATALOGUE_DIR": str(SOURCES),
    "RIGHTFUL_CONTRACTS_DIR": str(HOME / "contracts"),
    "RIGHTFUL_CODE_VERSION": "test",
    "RIGHTFUL_STATE_DIR": str(HOME / "state"),
}
os.environ.update(ENVIRONMENT)
SOURCES.mkdir()
(HOME / "contracts").mkdir()
for name in ("daily", "hourly"):
    schedule = "0 * * * *" if name == "hourly" else "0 0 * * *"
    (SOURCES / f"{name}.yaml").write_text(source_yaml(name, schedule=schedule), encoding="utf-8")


@pytest.fixture(scope="session", autouse=True)
def _database() -> None:
    """The metadata database of this Airflow."""
    subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True, env={**os.environ}
    )


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty catalogue folder that the settings point to during this test."""
    from rightful.settings import get_settings

    folder = tmp_path / "sources"
    folder.mkdir()
    monkeypatch.setenv("RIGHTFUL_CATALOGUE_DIR", str(folder))
    get_settings.cache_clear()
    yield folder
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def parse() -> Callable[[], DagBag]:
    """Parses ``dags/`` as Airflow does."""
    from airflow.dag_processing.dagbag import DagBag

    return lambda: DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(scope="session")
def bag() -> DagBag:
    """``dags/`` parsed on the standing catalogue of these tests."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(scope="session")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weed]:
    """Object store and table catalogue of these tests."""
    from embedded.weed import Weed, WeedPorts

    store = Weed(tmp_path_factory.mktemp("weed"), ports=WeedPorts.free())
    store.start()
    yield store
    store.stop()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with running() as found:
        yield found


@pytest.fixture
def source(
    catalogue: Path, weed: Weed, publisher: Publisher, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Source:
    from rightful.settings import get_settings

    for name, value in weed.environment().items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    publisher.fill("2026-03-01", 10)
    publisher.fill("2026-03-02", 4)
    return Source("s_" + request.node.name.removeprefix("test_")[:50].lower(), catalogue, publisher)
