"""The generated documentation says what the code says, and the command line starts light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rightful.cli import main
from rightful.cli.docs import BEGIN, END, PAGE, put, stale, table
from rightful.settings import PROJECT_ROOT


def test_the_documentation_is_up_to_date() -> None:
    assert stale() == [], "run `make docs`"


def test_drift_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text("utf-8").replace("--dry-run", "--rehearse"), "utf-8")
    assert page in stale(page)


def test_every_command_and_option_is_in_the_table() -> None:
    text = table()
    for name, command in main.commands.items():
        assert f"`rightful {name}" in text
        assert all(max(parameter.opts, key=len) in text for parameter in command.params if parameter.opts[0][0] == "-")


def test_a_page_without_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        put("no marks", "x")
    assert put(f"a\n{BEGIN}\nold\n{END}\nb", "new") == f"a\n{BEGIN}\n\nnew\n\n{END}\nb"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from rightful.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "bad = {'boto3', 'pyarrow', 'httpx', 'pydantic', 'pyiceberg', 'rich', 'croniter'} & set(sys.modules)\n"
        "sys.exit(f'imported {bad}' if bad else 0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "include")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
