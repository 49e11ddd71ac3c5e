"""What publishing a slice costs as commits pile up: seconds (wall and CPU) of the three commits, every 100 nights.

Four document files and four ledger files a slice, one slice after the other. The target is 0.3 s after 1,000 commits.
``python tests/bench/bench_publish.py [commits]``, or ``make bench``.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT, ROOT / "include"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from tests.system.store.support import night, publish_files, written  # noqa: E402

from embedded.weed import Weed, WeedPorts  # noqa: E402
from rightful.settings import Settings  # noqa: E402
from rightful.store.tables import Tables  # noqa: E402

COMMITS = 1_000
FILES = 4
SAMPLE = 20


def run(commits: int) -> list[dict[str, Any]]:
    """Publish ``commits`` slices; the medians of the last :data:`SAMPLE` of each hundred."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        weed = Weed(Path(folder) / "store", WeedPorts.free())
        weed.start()
        try:
            given = {name.removeprefix("RIGHTFUL_").lower(): value for name, value in weed.environment().items()}
            tables = Tables(Settings(**given))
            wall: list[float] = []
            cpu: list[float] = []
            for number in range(commits):
                words = [f"word{number}_{part}" for part in range(FILES)]
                documents, ledger = written(tables, "bench", night(number), words, f"run{number}", files=FILES)
                begin, busy = time.perf_counter(), time.process_time()
                publish_files(tables, "bench", night(number), documents, ledger, f"run{number}")
                wall.append(time.perf_counter() - begin)
                cpu.append(time.process_time() - busy)
                if number + 1 == SAMPLE or (number + 1) % 100 == 0:
                    row = {
                        "commits": number + 1,
                        "wall_s": round(statistics.median(wall[-SAMPLE:]), 3),
                        "cpu_s": round(statistics.median(cpu[-SAMPLE:]), 3),
                    }
                    print(json.dumps(row), flush=True)
                    found.append(row)
        finally:
            weed.stop()
    return found


@pytest.mark.bench
def test_publishing_after_many_commits() -> None:
    """Prints the curve; asserts only that every slice was published."""
    assert run(COMMITS)[-1]["commits"] == COMMITS


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else COMMITS)
