"""The publisher as a process of its own, one for all tests here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.system.pipeline.support import Nights, OddNights, Site, written

from demo.odd_sources import source_yaml
from rightful.settings import PROJECT_ROOT, Settings


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("publisher") / "requests.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.publisher", "--port", "0", "--log", str(log), "--calm"],
        text=True,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        assert said, "the publisher did not start"
        yield Site(process, said[-1], log)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes started by a test find the library as the test itself does; Polars plans as it would anyway."""
    monkeypatch.setenv("POLARS_ICEBERG_PLANNER", "pyiceberg")
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT_ROOT / 'include'}:{PROJECT_ROOT}")


@pytest.fixture
def odd_nights(site: Site, settings: Settings, tmp_path: Path, source_id: str) -> OddNights:
    """``odd_nights(name, {words of the file: what to write instead})``: an odd list of this test's own."""

    def made(name: str, changes: dict[str, str] | None = None) -> Nights:
        text = source_yaml(name, site.address, instance=source_id)
        return Nights(written(tmp_path, f"odd_{name}_{source_id}", text, changes), settings)

    return made
