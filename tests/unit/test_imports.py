"""Imports go one way: dags → rightful_airflow → rightful; the library knows nothing of Airflow."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PUBLIC_AIRFLOW = ("airflow.sdk",)

SCHEDULER_SIDE = {
    "rightful_plugin.py": ("airflow.plugins_manager",),
    "priority.py": ("airflow.task.priority_strategy",),
    "ask.py": ("airflow.providers.standard.operators.hitl",),  # Airflow's way to ask a person
}
"""Files that Airflow's own components import, with what they need of it beyond the public interface."""


def imported(path: Path, *, at_parse: bool = False) -> Iterator[str]:
    """Modules that a file imports; with ``at_parse`` only those outside of functions and TYPE_CHECKING."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if at_parse and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting.extend(ast.iter_child_nodes(node))


def python_files(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, folder
    return found


def within(module: str, *roots: str) -> bool:
    return any(module == root or module.startswith(f"{root}.") for root in roots)


@pytest.mark.parametrize("path", python_files("dags"), ids=lambda path: path.name)
def test_dag_files_are_thin(path: Path) -> None:
    for module in imported(path):
        allowed = ("__future__", "datetime", "airflow.sdk", "rightful_airflow")
        assert within(module, *allowed), f"{path.name} imports {module}"


@pytest.mark.parametrize("path", python_files("plugins"), ids=lambda path: path.name)
def test_the_airflow_layer_keeps_to_the_public_interface(path: Path) -> None:
    allowed = PUBLIC_AIRFLOW + SCHEDULER_SIDE.get(path.name, ())
    for module in imported(path):
        if within(module, "airflow"):
            assert within(module, *allowed) or module == "airflow", f"{path.name} imports {module}"


@pytest.mark.parametrize("path", python_files("plugins/rightful_airflow"), ids=lambda path: path.name)
def test_the_pipeline_is_imported_inside_tasks_only(path: Path) -> None:
    heavy = ("rightful.pipeline", "rightful.store", "rightful.http", "rightful.connectors", "rightful.text")
    for module in imported(path, at_parse=True):
        assert not within(module, *heavy), f"{path.name} imports {module} while DAGs are parsed"


@pytest.mark.parametrize("path", python_files("include/rightful"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_library_knows_nothing_of_airflow(path: Path) -> None:
    for module in imported(path):
        assert not within(module, "airflow", "rightful_airflow", "embedded", "demo", "dags"), f"imports {module}"


def test_nothing_imports_dags() -> None:
    for folder in ("include", "plugins"):
        for path in python_files(folder):
            assert not [module for module in imported(path) if within(module, "dags")], path


def test_the_contracts_of_import_linter_hold() -> None:
    """The layers inside the library, as pyproject.toml draws them."""
    paths = os.pathsep.join([str(ROOT / "include"), str(ROOT / "plugins")])
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as go; go()", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
