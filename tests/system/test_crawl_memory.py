"""Memory while a crawl is acquired does not grow with its archives, nor with the number of their sites."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rightful.settings import PROJECT_ROOT

pytestmark = pytest.mark.system

FEW, SIZE = 60, 200_000


def most_memory(folder: Path, pages: int) -> int:
    """KiB that the process had at most."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.crawl_memory", str(folder), str(pages), str(SIZE)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["counts"] == {"allow": pages}
    kilobytes: int = said["kilobytes"]
    return kilobytes


def test_memory_does_not_grow_with_the_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT_ROOT / 'include'}:{PROJECT_ROOT}")
    few, many = most_memory(tmp_path / "few", FEW), most_memory(tmp_path / "many", 4 * FEW)
    # Held in memory, the further 180 pages, their texts and their sites' files would take 110 MB more, of about 230.
    assert many < 1.1 * few
