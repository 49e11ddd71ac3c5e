"""The publisher as a process of its own, one for all tests here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.system.pipeline.support import Site


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
def _library_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes started by a test find the library as the test itself does."""
    from rightful.settings import PROJECT_ROOT

    monkeypatch.setenv("PYTHONPATH", f"{PROJECT_ROOT / 'include'}:{PROJECT_ROOT}")
