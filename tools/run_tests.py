"""Runs the parts of the test suite, each in a Python process of its own, two at a time where there are two cores.

A process each, because Airflow's settings are made at import and stay, and because what one part's native libraries do
(Arrow, Polars) can't reach the next. Two at a time, because the long parts mostly wait: for a scheduler, a server, a
restart. Parts share no port, folder or service. Usage: ``run_tests.py PART… [-- PYTEST_ARGUMENT…]``; ``TEST_JOBS``
sets how many run at once. With one part, or one job, its output comes as it goes; else when the part has ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

NO_TESTS = 5
"""pytest's exit status when nothing was selected: fine for a part when a person asked for some tests with ``-k``."""


def command(part: str, arguments: list[str]) -> list[str]:
    """pytest on one part."""
    return [sys.executable, "-m", "pytest", part, *arguments]


def run_hidden(part: str, arguments: list[str], folder: Path) -> tuple[str, int, float, Path]:
    """Run a part with its output in a file: the part, exit status, seconds, the file."""
    print(f"→ {part} …", flush=True)
    began, log = time.monotonic(), folder / f"{part.strip('/').replace('/', '.')}.log"
    with log.open("wb") as file:
        status = subprocess.run(command(part, arguments), check=False, stdout=file, stderr=subprocess.STDOUT).returncode
    return part, status, time.monotonic() - began, log


def jobs_at_once(parts: int) -> int:
    """As TEST_JOBS says, else two where the machine has two cores."""
    wanted = os.environ.get("TEST_JOBS", "").strip()
    if wanted and not (wanted.isascii() and wanted.isdecimal() and int(wanted) > 0):
        sys.exit(f"✗ TEST_JOBS={wanted} is no number of jobs: give 1 or more")
    return min(parts, int(wanted) if wanted else min(2, os.cpu_count() or 1))


def failed(status: int, arguments: list[str]) -> bool:
    """Whether a part's exit status is bad."""
    return status != 0 and not (status == NO_TESTS and "-k" in arguments)


def main(words: list[str]) -> int:
    """Run everything; 0 when all parts are good."""
    split = words.index("--") if "--" in words else len(words)
    parts, arguments = words[:split], words[split + 1 :]
    if not parts:
        sys.exit("✗ no part given: run_tests.py tests/unit …")
    bad: list[str] = []
    jobs = jobs_at_once(len(parts))
    if jobs == 1:
        for part in parts:
            print(f"→ {part}", flush=True)
            if failed(subprocess.run(command(part, arguments), check=False).returncode, arguments):
                bad.append(part)
    else:
        with tempfile.TemporaryDirectory(prefix="rightful-tests-") as folder, ThreadPoolExecutor(jobs) as pool:
            running = [pool.submit(run_hidden, part, arguments, Path(folder)) for part in parts]
            try:
                for done in as_completed(running):
                    part, status, seconds, log = done.result()
                    sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
                    mark = "✗" if failed(status, arguments) else "✓"
                    print(f"{mark} {part}: {seconds:.0f} s, exit status {status}", flush=True)
                    if failed(status, arguments):
                        bad.append(part)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C: what runs has had it too; begin nothing more
                raise
    print(f"✗ failed: {' '.join(bad)}" if bad else f"✓ all of it: {' '.join(parts)}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
