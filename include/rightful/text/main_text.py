"""The main text of a web page, without navigation, advertising and reader comments.

The ways are those of :mod:`rightful.text.main_text_ways`: resiliparse, trafilatura, and both. They run in a child
process (:mod:`rightful.text.main_text_child`), whose processor time and memory per page are limited: hostile pages cost
a fallback, not the worker.
"""

from __future__ import annotations

import atexit
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from rightful.errors import FetchError, Malformed
from rightful.text.clean import clean
from rightful.text.html import MAX_CHARACTERS
from rightful.text.main_text_child import BALANCED, CPU_SECONDS, FAST, HEAD, TEXT, THOROUGH

STALLED_SECONDS = 900.0
"""A child that gives no answer for so long on the wall clock was stopped or starved. That is no property of its page,
so it is an error that passes, never another text."""


def main_text(html: str) -> str:
    """The main text of the page ``html``, by resiliparse; by trafilatura where that one finds little. ``""`` if it has
    none.

    The text depends on the page alone, not on the machine's load.

    Raises:
        Malformed: The page is longer than :data:`rightful.text.html.MAX_CHARACTERS`, or no library can read it
            within :data:`rightful.text.main_text_child.CPU_SECONDS` of processor time.
        FetchError: The child process made no progress (it was stopped, or the machine is starved). Retry.
        OSError: The child process can't be started.
    """
    return _find(html, BALANCED, FAST)


def main_text_fast(html: str) -> str:
    """The same by resiliparse alone. Raises the same."""
    return _find(html, FAST)


def main_text_thorough(html: str) -> str:
    """The same by trafilatura; by resiliparse where that one misses most of it: some ten times slower than
    :func:`main_text`, a little more exact on articles. Raises the same."""
    return _find(html, THOROUGH, FAST)


def _find(html: str, *ways: bytes) -> str:
    if len(html) > MAX_CHARACTERS:
        raise Malformed(
            f"HTML of {len(html):,} characters, more than {MAX_CHARACTERS:,}",
            remedy="lower `limits.record_bytes` of the source, or leave the record out",
        )
    page = clean(html)
    if not page:
        return ""
    for way in ways:
        with _lock:
            found = _child.work(way, page)
        if found is not None:
            # &nbsp; is layout, and character references can bring back what `clean` took out.
            return clean(found.replace("\xa0", " "))
    raise Malformed(
        f"its main text can't be found within {CPU_SECONDS:.0f} s of processor time",
        remedy="leave the record out, or take `text/html` for all of its text",
    )


class _Child:
    """The extractor's process: started when it is first needed, used again, and replaced when it died."""

    def __init__(self, cpu_seconds: float = CPU_SECONDS) -> None:
        self._cpu_seconds = cpu_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def work(self, way: bytes, page: str) -> str | None:
        """What ``way`` finds in ``page``; None when it fails, or takes its process down."""
        fresh = self._process is None or self._process.poll() is not None
        body = page.encode()
        job = way + len(body).to_bytes(8, "big") + body
        for _ in range(2):
            process = self._running()
            try:
                answer = self._ask(process, job)
            except BaseException:
                # Interrupted (a task's time-out, Ctrl-C): its answer must not be taken for the next page's.
                self.stop()
                raise
            if answer is not None:
                return answer[HEAD:].decode() if answer[:1] == TEXT else None
            status = process.wait()
            self.stop()
            # Too much time, or a crash in a fresh process, is the page's own doing. But memory may have been taken by
            # the pages before, and a kill came from outside: the page is tried once more, so that its text is its own.
            if status == -signal.SIGPROF or (fresh and status != -signal.SIGKILL):
                return None
            fresh = True
        return None

    def stop(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._close(process)

    def leave(self) -> None:
        """Forget it without ending it: it is another process's child."""
        process, self._process = self._process, None
        if process is not None:
            self._close(process)
            process.returncode = 0  # nothing to wait for here

    @staticmethod
    def _close(process: subprocess.Popen[bytes]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._process is None:
            include = str(Path(__file__).resolve().parents[2])
            path = os.pathsep.join(filter(None, (include, os.environ.get("PYTHONPATH", ""))))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rightful.text.main_text_child", str(os.getpid()), str(self._cpu_seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                # No order of a set may differ from one child to the next.
                env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
            )
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], job: bytes) -> bytes | None:
        """The whole answer to ``job``; None when the process ended before it was out."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            sent = memoryview(job)
            while sent:
                sent = sent[process.stdin.write(sent) :]
        except BrokenPipeError:
            return None
        deadline = time.monotonic() + STALLED_SECONDS
        answer = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while len(answer) < HEAD or len(answer) < HEAD + int.from_bytes(answer[1:HEAD], "big"):
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    raise FetchError(
                        f"the process that finds main texts made no progress for {STALLED_SECONDS:.0f} s",
                        remedy="try again when the machine has processor time to spare",
                    )
                part = os.read(process.stdout.fileno(), 1 << 20)
                if not part:
                    return None
                answer += part
        return bytes(answer)


_lock = threading.Lock()
_child = _Child()


def _forked() -> None:
    """A forked copy of this process has no share in the pipes, nor in a lock that a thread left behind holds."""
    global _lock, _child
    _child.leave()
    _lock, _child = threading.Lock(), _Child()


def _at_exit() -> None:
    _child.stop()


os.register_at_fork(after_in_child=_forked)
atexit.register(_at_exit)
