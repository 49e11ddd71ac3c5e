"""Finds the main text of pages in a process of its own: a page that loops, swells or crashes takes down nothing else.

A job on standard input and an answer on standard output are a letter, a length of 8 bytes and UTF-8
(:mod:`rightful.text.main_text`). Processor time per page is limited by the kernel, not by a clock on the wall, so that
the same page gives the same text on a busy machine.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import sys
import threading
import time

from rightful.text.main_text_ways import balanced, fast, thorough

CPU_SECONDS = 10.0
"""Processor time a page may take. The slowest of 321 real pages took 0.7 s."""

MEMORY_BYTES = 640 * 2**20
"""Address space; the libraries take 130 MiB. More could get a worker of 1 GB killed by one page."""
PAGES_BETWEEN_RESETS = 200
LONG_PAGE_BYTES = 1_000_000
ORPHAN_SECONDS = 0.5
"""How often a child asks whether its parent lives."""

HEAD = 9
BALANCED, FAST, THOROUGH = b"m", b"f", b"t"
TEXT, NONE = b"t", b"n"
"""An answer: the text, or that none could be found."""


_warm: set[bytes] = set()


def main() -> None:
    """Work on jobs until standard input or the parent ends. Arguments: the parent's process id, the limit in seconds of
    processor time a page."""
    cpu_seconds = float(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when it is over
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # a parent may have left it ignored, or blocked
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    threading.Thread(target=_end_with, args=(int(sys.argv[1]),), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()  # trafilatura logs each page that holds nothing, with warnings
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    pages = 0
    while head := source.read(HEAD):
        way, page = head[:1], source.read(int.from_bytes(head[1:], "big")).decode()
        found = work(way, page, cpu_seconds)
        answer = (found or "").encode("utf-8", "ignore")
        target.write((NONE if found is None else TEXT) + len(answer).to_bytes(8, "big") + answer)
        target.flush()
        pages += 1
        # Its caches are bounded in number, not in bytes: they keep lines of long pages.
        if pages % PAGES_BETWEEN_RESETS == 0 or len(page) > LONG_PAGE_BYTES:
            _forget()


def work(way: bytes, page: str, cpu_seconds: float) -> str | None:
    """The main text of a page, None when nothing was found or the library failed on it. Ends the process (SIGPROF)
    after ``cpu_seconds``, and when memory runs out."""
    find = {BALANCED: balanced, FAST: fast, THOROUGH: thorough}[way]
    if way not in _warm:
        _warm.add(way)
        find("<html><body><p>Imports and tables are no part of a page's time.</p></body></html>")
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)  # SIGPROF ends a process, in the middle of C code as well
    try:
        return find(page)
    except MemoryError:
        # What is left depends on the pages before; the next one shall find a fresh process.
        os._exit(1)
    except Exception:  # noqa: BLE001  # any failure of the library on this page: the caller falls back
        return None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _forget() -> None:
    if "trafilatura" in sys.modules:
        from trafilatura.meta import reset_caches

        reset_caches()


def _end_with(parent: int) -> None:
    # Not PR_SET_PDEATHSIG: that one fires when the thread that started this process ends, not its process.
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
