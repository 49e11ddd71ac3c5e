"""The runner of the suite: a failing part fails the whole, whichever way it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(parts: list[Path], *arguments: str, jobs: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TEST_JOBS": jobs}
    words = [str(part) for part in parts]
    command = [sys.executable, str(ROOT / "tools/run_tests.py"), *words, "--", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, env=environment, cwd=parts[0].parent, capture_output=True, text=True, check=False)


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """A good part and a bad one."""
    for name, says in (("good", "True"), ("bad", "False")):
        (tmp_path / f"test_{name}.py").write_text(f"def test_{name}():\n    assert {says}\n", encoding="utf-8")
    return [tmp_path / "test_good.py", tmp_path / "test_bad.py"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_one_bad_part_fails_all(parts: list[Path], jobs: str) -> None:
    done = run(parts, jobs=jobs)
    assert done.returncode == 1
    assert f"✗ failed: {parts[1]}" in done.stdout
    assert "assert False" in done.stdout
    assert run(parts[:1], jobs=jobs).returncode == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_nothing_collected_is_a_failure_unless_a_person_chose(parts: list[Path], jobs: str) -> None:
    (parts[0]).write_text("", encoding="utf-8")
    assert run(parts[:1] * 2, jobs=jobs).returncode == 1
    assert run([parts[0], parts[0]], "-k", "good", jobs=jobs).returncode == 0


@pytest.mark.parametrize("jobs", ["0", "two", "-1"])
def test_a_number_of_jobs_that_is_none(parts: list[Path], jobs: str) -> None:
    done = run(parts, jobs=jobs)
    assert done.returncode == 1
    assert f"TEST_JOBS={jobs}" in done.stderr
