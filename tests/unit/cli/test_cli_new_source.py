"""What ``rightful new-source`` writes is valid and its test passes as it stands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Run, rows

from rightful.catalogue.load import load_catalogue
from rightful.settings import PROJECT_ROOT

SAVED = {
    "rest": "json",
    "podcast": "xml",
    "video": "json",
    "crawl": "warc",
    "dump": "jsonl",
    "bucket": "jsonl",
    "oai_pmh": "xml",
    "feed": "xml",
    "repository": "json",
    "synthetic": "json",
    "module": "json",
}
"""The ending of what is saved, by kind."""


@pytest.mark.parametrize(("kind", "saved"), SAVED.items())
def test_the_scaffold_is_valid_and_tested(run: Run, tmp_path: Path, kind: str, saved: str) -> None:
    """In a copy of the folders that it needs, its own test runs and passes."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT_ROOT / "include", project / "include", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "tests/unit/sources/saved").mkdir(parents=True)
    kinds = ("", "podcast_", "video_", "dump_", "bucket_", "oai_", "feed_", "repository_", "synthetic_", "module_")
    replays = [f"sources/{name}replay.py" for name in kinds]
    for name in ("conftest.py", *replays):
        shutil.copy(PROJECT_ROOT / "tests/unit" / name, project / "tests/unit" / name)
    result = run("new-source", kind, "my_source", "--project", str(project), "--json")
    assert result.exit_code == 0, result.output
    (row,) = rows(result)
    assert [Path(name).relative_to(project).as_posix() for name in row["files"]] == [
        "include/sources/my_source.yaml",
        f"tests/unit/sources/saved/my_source.{saved}",
        "tests/unit/sources/test_source_my_source.py",
        *(["include/sources/my_source.py"] if kind == "module" else []),
    ]
    catalogue = load_catalogue([project / "include/sources"])
    assert catalogue.errors == ()
    assert not catalogue.get("my_source").enabled
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(project), row["files"][2]],
        cwd=project,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(project / "include"), str(project)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_it_can_not_be_enabled_with_blanks(run: Run, tmp_path: Path) -> None:
    run("new-source", "rest", "my_source", "--project", str(tmp_path))
    path = tmp_path / "include/sources/my_source.yaml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("enabled:", "refusal:"))]
    path.write_text("\n".join(lines))
    (error,) = load_catalogue([path.parent]).errors
    assert "FILL IN" in error.message


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "include/sources/my_source.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    result = run("new-source", "rest", "my_source", "--project", str(tmp_path))
    assert result.exit_code == 1
    assert "exists already" in result.stderr
    assert path.read_text() == "mine"
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize(
    ("kind", "name"), [("rest", "../x"), ("rest", "A"), ("rest", "slices"), ("pigeon", "good_one")]
)
def test_wrong_use(run: Run, tmp_path: Path, kind: str, name: str) -> None:
    assert run("new-source", kind, name, "--project", str(tmp_path)).exit_code == 2
    assert not (tmp_path / "include").exists()
