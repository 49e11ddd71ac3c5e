"""Airflow on this machine: its settings and the commands of its parts.

What ``airflow standalone`` starts (API server, scheduler with LocalExecutor, DAG processor, triggerer, on SQLite) is
started part by part, for three reasons seen with 3.3.2: standalone's log servers listen on every address of the
machine and no setting changes that (with LocalExecutor the API server reads logs from disk, so they are not needed);
its parts outlive a SIGTERM to it; and a part that died can be started again alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from embedded import sqlite
from embedded.secrets import Secrets, write_private

HOST = "127.0.0.1"
USER = "admin"
ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds ``dags/``, ``plugins/`` and ``include/``."""


def environment(folder: Path, port: int, secrets: Secrets) -> dict[str, str]:
    """The whole environment of Airflow's processes (and so of the tasks), with its files in ``folder``.

    Airflow settings of the person's own shell don't reach it; connections and variables (``AIRFLOW_CONN_…``) do.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW__", "PYTHON"))
        and name not in ("AIRFLOW_HOME", "AIRFLOW_CONFIG", "VIRTUAL_ENV")
    }
    no_proxy = ",".join(filter(None, ("127.0.0.1,localhost", os.environ.get("NO_PROXY") or os.environ.get("no_proxy"))))
    cores = os.cpu_count() or 2
    return kept | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))),
        # `include` is on nobody's path by itself; `plugins` must be importable before Airflow loads them.
        "PYTHONPATH": os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins"))),
        "PYTHONUNBUFFERED": "1",
        # Tasks call the API server of this machine; a proxy can't reach it.
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # A task takes some 300 MB and half a core.
        "AIRFLOW__CORE__PARALLELISM": str(min(16, 2 * cores)),
        "AIRFLOW__CORE__FERNET_KEY": secrets.fernet,
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{port}/execution/",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlite.url(_database(folder)),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(folder / "logs" / "dag_processor"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://{HOST}:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.api,
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.jwt,
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        # A machine that was killed and started again: tasks that nobody works on any more are found after this.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
    }


def command(*arguments: str) -> list[str]:
    """``airflow …`` of this very environment."""
    return [sys.executable, "-m", "airflow", *arguments]


PARTS: dict[str, list[str]] = {
    "scheduler": command("scheduler", "--skip-serve-logs"),
    "api-server": command("api-server"),
    "dag-processor": command("dag-processor"),
    "triggerer": command("triggerer", "--skip-serve-logs"),
}
"""Name of a part → its command."""


def part_environment(name: str, environment: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """The environment of one part, from that of all, with Airflow's files in ``folder``."""
    if name != "api-server":
        return environment
    return {
        **environment,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlite.url(_database(folder), sqlite.API_TIMEOUT_SECONDS),
    }


def _database(folder: Path) -> Path:
    return folder / "airflow.db"


def prepare(folder: Path, secrets: Secrets) -> None:
    """Lay out Airflow's folder with the login of the only user."""
    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / "passwords.json", msgspec.json.encode({USER: secrets.admin_password}))
    sqlite.write_local_settings(folder)
