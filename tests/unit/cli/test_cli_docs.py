"""The generated documentation says what the code says, and the command line starts light."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from rightful.catalogue.models import Stock
from rightful.cli import main
from rightful.cli.docs import BEGIN, END, LICENSES, PAGE, SOURCES, SOURCES_BEGIN, SOURCES_END, put, stale, table
from rightful.cli.license_table import license_table
from rightful.cli.source_table import stock_told
from rightful.licensing import register
from rightful.licensing.policy import load_policy
from rightful.settings import PROJECT_ROOT


def test_the_documentation_is_up_to_date() -> None:
    assert stale() == [], "run `make docs`"


def test_drift_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text("utf-8").replace("--dry-run", "--rehearse"), "utf-8")
    assert page in stale(page)


def test_drift_of_the_licences_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "licensing.md"
    page.write_text(LICENSES.read_text("utf-8").replace("attribution, share_alike", "attribution"), "utf-8")
    assert page in stale(licenses=page)


def test_the_table_of_licences_follows_the_policy(tmp_path: Path) -> None:
    text = (PROJECT_ROOT / "include/policy.yaml").read_text("utf-8")
    (tmp_path / "policy.yaml").write_text(
        text.replace("share_alike: true", "share_alike: false").replace("[MIT, ", "[Zlib, "), "utf-8"
    )
    shipped, other = license_table(), license_table(load_policy(tmp_path / "policy.yaml"))

    def decision(table: str, spdx: str) -> str:
        (row,) = [line for line in table.splitlines() if f"`{spdx}`" in line.partition("| ")[2].partition(" |")[0]]
        return row.split(" | ")[1]

    asked = ("MIT", "Zlib", "CC-BY-SA-1.0", "CC-BY-1.0", "CC0-1.0", "GPL-1.0-only")
    assert [decision(other, spdx) for spdx in asked if spdx != "MIT"] == ["allow", "deny", "allow", "allow", "deny"]
    assert [decision(shipped, spdx) for spdx in asked if spdx != "Zlib"] == ["allow", "allow", "allow", "allow", "deny"]
    assert "`Zlib`" not in shipped
    assert "`MIT`" not in other
    counts = re.findall(r"([\d,]+) (?:allow|quarantine|deny)", shipped.partition("(policy")[0])
    assert sum(int(count.replace(",", "")) for count in counts) == len(register.all_ids())


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


def test_drift_of_the_sources_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "sources.md"
    page.write_text(f"{SOURCES_BEGIN}\n\n| old |\n\n{SOURCES_END}")
    assert page in stale(sources=page)


def test_every_source_stands_in_the_table() -> None:
    told = SOURCES.read_text("utf-8")
    for file in (PROJECT_ROOT / "include/sources").glob("*.yaml"):
        assert f"[`{file.stem}`]" in told


def test_stock_is_told_in_short() -> None:
    stock = Stock(documents=65_000_000, tokens=35_400_000_000, hours=12, estimated=date(2026, 11, 1), basis="x")
    assert stock_told(stock) == "65 M documents, 35.4 G tokens, 12 hours (2026-11)"
