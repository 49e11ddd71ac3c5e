"""Processes that outlive the command that started them: found again, checked and ended exactly, with all they started.

Each is the leader of a session of its own. What it starts stays in that session (Airflow's tasks move to process groups
of their own, which a session still holds), so ending the session ends everything, whatever became of the parents.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

from embedded.damaged import Damaged
from rightful.errors import StoreError

CLOCK_SLACK = 2.0
"""Seconds by which a process may seem to be older than it is (start times are counted in ticks since boot)."""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A process as it was when started: the id alone may be another's by now, the start time tells."""

    name: str
    pid: int
    created: float
    log: str


class Processes:
    """The processes of one stack, kept in ``<folder>/processes.json``."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "processes.json"
        self.logs = folder / "logs"

    def all(self) -> dict[str, Started]:
        """Everything that was started and not ended by us, also what has died since."""
        try:
            entries = msgspec.json.decode(self.file.read_bytes(), type=list[Started])
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as error:
            raise Damaged(self.file, error, remedy="end the processes by hand and delete it") from error
        return {entry.name: entry for entry in entries}

    def start(self, name: str, command: Sequence[str], *, environment: Mapping[str, str], cwd: Path) -> Started:
        """Start ``command`` in a session of its own, with its output in ``logs/<name>.log``."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C in the terminal must not reach it
            )
        entry = Started(name=name, pid=process.pid, created=psutil.Process(process.pid).create_time(), log=str(log))
        self._write({**self.all(), name: entry})
        return entry

    def alive(self, name: str) -> psutil.Process | None:
        """The process itself, when it lives and is the one that was started."""
        entry = self.all().get(name)
        return leader(entry) if entry else None

    def stop(self, names: Sequence[str], *, patience: float = 15.0) -> None:
        """End these and all they started: politely, after ``patience`` seconds by force. Returns when none is left."""
        known = self.all()
        entries = [known[name] for name in names if name in known]
        for entry in entries:
            process = leader(entry)
            if process is not None:
                _send(process, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and any(leader(entry) for entry in entries):
            time.sleep(0.1)
        # Idle LocalExecutor workers ignore SIGTERM and outlive their scheduler, hence no second polite round.
        self.kill(names)

    def kill(self, names: Sequence[str]) -> None:
        """End these and all they started at once, as a power cut would."""
        known = self.all()
        entries = [known[name] for name in names if name in known]
        deadline = time.monotonic() + 10
        while left := [process for entry in entries for process in session(entry)]:
            for process in left:
                _send(process, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise StoreError(f"processes {[process.pid for process in left]} can't be ended", remedy="see `ps`")
            psutil.wait_procs(left, timeout=1)
        self._write({name: entry for name, entry in self.all().items() if entry not in entries})

    def tail(self, name: str, lines: int = 15) -> str:
        """The end of a process's log."""
        entry = self.all().get(name)
        log = Path(entry.log) if entry else self.logs / f"{name}.log"
        try:
            return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return "(no log)"

    def _write(self, entries: Mapping[str, Started]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if not entries:
            self.file.unlink(missing_ok=True)
            return
        draft = self.file.with_suffix(".new")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(list(entries.values()))))
        draft.replace(self.file)


def leader(entry: Started) -> psutil.Process | None:
    """The very process that was started, or None when it is gone (also when its id is another's now)."""
    try:
        process = psutil.Process(entry.pid)
        if abs(process.create_time() - entry.created) > CLOCK_SLACK or process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.NoSuchProcess:
        return None
    return process


def session(entry: Started) -> list[psutil.Process]:
    """Everything that lives in the session of ``entry``, the leader (if it lives) first.

    Nothing when the id was given to another process since: a session's id is not given away while a member lives.
    """
    try:
        if abs(psutil.Process(entry.pid).create_time() - entry.created) > CLOCK_SLACK:
            return []
    except psutil.NoSuchProcess:
        pass  # only the leader is gone; what it started may live on
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if os.getsid(process.pid) != entry.pid or process.create_time() < entry.created - CLOCK_SLACK:
                continue
            if process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
    return sorted(members, key=lambda process: process.pid != entry.pid)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    # psutil checks the start time once more before it signals.
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
