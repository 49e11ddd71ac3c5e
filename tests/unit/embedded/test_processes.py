"""Processes are ended exactly: with all they started, and never another that got the same id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from embedded.damaged import Damaged
from embedded.processes import Processes, session

# A leader whose child ignores SIGTERM in a process group of its own, as Airflow's workers and tasks do.
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
import os, signal, sys, time
os.setpgid(0, 0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
''', sys.argv[1]])
time.sleep(600)
"""


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that surely comes."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path)
    yield made
    made.kill(list(made.all()))


def start_family(processes: Processes, tmp_path: Path) -> psutil.Process:
    """Start leader and child; the child."""
    file = tmp_path / "child"
    command = [sys.executable, "-c", FAMILY, str(file)]
    processes.start("family", command, environment=os.environ, cwd=tmp_path)
    until(lambda: file.exists() and file.read_text() != "")
    return psutil.Process(int(file.read_text()))


def gone(process: psutil.Process) -> bool:
    """Ended, or ended and not yet looked after by its parent."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_stop_ends_also_what_ignores_it(processes: Processes, tmp_path: Path) -> None:
    child = start_family(processes, tmp_path)
    processes.stop(["family"], patience=5)
    assert gone(child)
    assert processes.all() == {}


def test_stop_ends_what_a_dead_leader_left(processes: Processes, tmp_path: Path) -> None:
    child = start_family(processes, tmp_path)
    leader = processes.alive("family")
    assert leader is not None
    leader.kill()
    until(lambda: processes.alive("family") is None)
    assert not gone(child)
    processes.stop(["family"])
    assert gone(child)


def test_another_process_with_the_same_id_lives_on(processes: Processes, tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        entry = {
            "name": "x",
            "pid": stranger.pid,
            "created": psutil.Process(stranger.pid).create_time() - 60,
            "log": "",
        }
        processes.file.write_bytes(msgspec.json.encode([entry]))
        assert processes.alive("x") is None
        assert session(processes.all()["x"]) == []
        processes.stop(["x"])
        assert stranger.poll() is None
        assert processes.all() == {}
    finally:
        stranger.send_signal(signal.SIGKILL)
        stranger.wait()


def test_stop_of_one_leaves_the_other(processes: Processes, tmp_path: Path) -> None:
    for name in ("one", "two"):
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        processes.start(name, command, environment=os.environ, cwd=tmp_path)
    processes.stop(["one"])
    assert processes.alive("one") is None
    assert processes.alive("two") is not None


def test_damaged_file_is_named(processes: Processes) -> None:
    processes.file.write_text("{")
    with pytest.raises(Damaged, match=r"processes\.json is damaged"):
        processes.all()
    processes.file.unlink()


def test_output_is_kept(processes: Processes, tmp_path: Path) -> None:
    processes.start("say", [sys.executable, "-c", "print('hello')"], environment=os.environ, cwd=tmp_path)
    until(lambda: "hello" in processes.tail("say"))
