"""A recording becomes samples: 16-bit mono, 16,000 a second, in a file that windows are read from.

Decoding costs about a thousandth of the recording's length, so the whole of it is decoded before any of it is heard:
then its hash, its true length and whether it is broken are known before the dear part begins. It happens in a child
process (:mod:`rightful.speech.decode_child`) with limits, which is killed when it shows no life.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rightful.errors import ConfigurationError
from rightful.model import Struct
from rightful.speech.options import RATE, media_error

SILENT_SECONDS = 60.0
"""A decoder that says nothing for so long hangs: it speaks at each decoded minute, after a tenth of a second."""


class Sound(Struct, frozen=True, kw_only=True):
    """Decoded sound. ``path`` holds its samples (int16); ``sha256`` is theirs; ``bad_packets`` could not be decoded."""

    path: Path
    samples: int
    sha256: str
    bad_packets: int = 0

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.samples / RATE

    def window(self, start: int, end: int) -> npt.NDArray[np.float32]:
        """Samples ``[start, end)`` as mono float32 in -1 … 1."""
        part = np.fromfile(self.path, dtype=np.int16, count=max(end - start, 0), offset=2 * start)
        return part.astype(np.float32) / 32768.0


def decode(source: Path, target: Path, *, max_seconds: float) -> Sound:
    """Decode the best sound track of ``source`` into ``target``.

    Raises:
        MediaError: malformed, truncated, too_large (longer than ``max_seconds``), empty or timeout.
        ConfigurationError: The decoder is not installed.
        OSError: The disk is full.
    """
    with _lock:
        answer = _child.work({"source": str(source), "target": str(target), "max_seconds": max_seconds})
    if "full" in answer:
        raise OSError(answer["full"], os.strerror(answer["full"]), str(target.parent))
    if "reason" in answer:
        raise media_error(f"{source.name}: {answer['what']}", answer["reason"])
    return Sound(
        path=target, samples=answer["samples"], sha256=answer["sha256"], bad_packets=answer.get("bad_packets", 0)
    )


class _Child:
    """The decoder's process: started when it is first needed, used again, and replaced when it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._read = b""

    def work(self, job: dict[str, Any]) -> dict[str, Any]:
        """One job's answer."""
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._died(process)
        deadline = time.monotonic() + SILENT_SECONDS
        while True:
            line = self._line(process, deadline)
            if line is None:
                self.stop()
                return {"reason": "timeout", "what": f"its decoder did nothing for {SILENT_SECONDS:.0f} s"}
            if not line:
                return self._died(process)
            answer: dict[str, Any] = json.loads(line)
            if "decoded" not in answer:
                return answer
            deadline = time.monotonic() + SILENT_SECONDS

    def stop(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _running(self) -> subprocess.Popen[bytes]:
        # A forked copy of this process must not share the pipes.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            if self._owner == os.getpid():
                self.stop()
            include = str(Path(__file__).resolve().parents[2])
            path = os.pathsep.join(filter(None, (include, os.environ.get("PYTHONPATH", ""))))
            self._owner, self._read = os.getpid(), b""
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rightful.speech.decode_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            )
        return self._process

    def _line(self, process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
        """A line; None when none comes in time; empty when the process has ended."""
        assert process.stdout is not None
        # Read past Python's own buffer: a line that waits there would not wake the selector.
        while b"\n" not in self._read:
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    return None
            piece = os.read(process.stdout.fileno(), 65_536)
            if not piece:
                return b""
            self._read += piece
        line, _, self._read = self._read.partition(b"\n")
        return line

    def _died(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        status = process.wait()
        self.stop()
        if status == 1:
            try:
                import av  # noqa: F401  # a child that can't import it ends like this
            except ImportError:
                raise ConfigurationError(
                    "the decoder of sound is not installed", remedy="pip install 'rightful[speech]'"
                ) from None
        return {"reason": "malformed", "what": f"its decoder crashed (exit status {status})"}


_lock = threading.Lock()
_child = _Child()
