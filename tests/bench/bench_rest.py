"""The ``rest`` path against a bare loop: records a second as a ratio of one run, peak memory, share of each stage.

Ours: HTTP from the demo publisher → raw store → ruling → text, language, tokens, hash → Parquet → audit → commit.
Bare: the same pages with the same client, the same columns with the same libraries, Parquet; without rulings, ledger,
raw store, audit or commit. Both in a process of their own, in turns.

``python tests/bench/bench_rest.py [--records 100000] [--rounds 2] [--memory 10000,100000,1000000]``, or ``make bench``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
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

from demo.news import ARTICLES_A_DAY  # noqa: E402
from embedded.weed import Weed, WeedPorts  # noqa: E402

RECORDS = 100_000
ROUNDS = 2
TARGET = 0.6


def measure(mode: str, records: int, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Run one side in a process of its own."""
    command = [sys.executable, str(ROOT / "tests/bench/rest_side.py"), mode, str(records), str(folder)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{mode} failed:\n{done.stderr[-4000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


class Bench:
    """One object store, and a publisher process whose day holds ``records`` articles."""

    def __init__(self, records: int, folder: Path) -> None:
        self.records, self.folder = records, folder
        self.weed = Weed(folder / "store", WeedPorts.free())

    def __enter__(self) -> Bench:
        self.weed.start()
        scale = -(-self.records // ARTICLES_A_DAY["search"])
        self.address_file = self.folder / "address"
        self.publisher = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/bench/rest_publisher.py"), str(scale), str(self.address_file)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "include")},
        )
        while not self.address_file.exists() or not self.address_file.read_text():
            if self.publisher.poll() is not None:
                self.weed.stop()  # a block that is not entered is not left either
                raise RuntimeError("the publisher did not start")
            time.sleep(0.05)
        return self

    def __exit__(self, *args: object) -> None:
        self.publisher.terminate()
        self.publisher.wait(10)
        self.weed.stop()

    def run(self, mode: str) -> dict[str, Any]:
        """One measured side."""
        environment = {
            **os.environ,
            **self.weed.environment(),
            "PYTHONPATH": str(ROOT / "include"),
            "BENCH_PUBLISHER": f"{self.address_file.read_text()}/news",
            "RIGHTFUL_CONTRACTS_DIR": str(ROOT / "include/demo/contracts"),
            "RIGHTFUL_CONTACT": "bench@example.org",
        }
        return measure(mode, self.records, self.folder, environment)


def compare(records: int, rounds: int) -> dict[str, Any]:
    """Ours and the bare loop in turns; medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder, Bench(records, Path(folder)) as bench:
        results = {mode: [] for mode in ("rightful", "bare")}
        for _ in range(rounds):
            for mode, found in results.items():
                found.append(bench.run(mode))
    ours = statistics.median(run["records_per_second"] for run in results["rightful"])
    bare = statistics.median(run["records_per_second"] for run in results["bare"])
    return {
        "records": results["rightful"][0]["records"],
        "rightful_records_per_second": round(ours),
        "bare_records_per_second": round(bare),
        "ratio": round(ours / bare, 3),
        "target": TARGET,
        "peak_mib": {mode: max(run["peak_mib"] for run in found) for mode, found in results.items()},
        "stages": results["rightful"][-1]["stages"],
    }


def memory(sizes: list[int]) -> list[dict[str, Any]]:
    """Peak memory of ours at several sizes."""
    found = []
    for records in sizes:
        with tempfile.TemporaryDirectory() as folder, Bench(records, Path(folder)) as bench:
            found.append(bench.run("rightful"))
            print(json.dumps(found[-1]), flush=True)
    return found


@pytest.mark.bench
def test_rest_path_against_a_bare_loop() -> None:
    """Prints the comparison; asserts only that both sides saw the same records."""
    result = compare(RECORDS, ROUNDS)
    print(json.dumps(result, indent=1))
    assert result["records"] >= RECORDS


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--memory", default="", help="sizes, e.g. 10000,100000,1000000: peak memory only")
    chosen = parser.parse_args()
    if chosen.memory:
        memory([int(size) for size in chosen.memory.split(",")])
    else:
        print(json.dumps(compare(chosen.records, chosen.rounds), indent=1))
