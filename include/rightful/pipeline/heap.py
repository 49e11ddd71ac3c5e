"""The garbage collector and what a process has loaded: it need not be walked again and again while a shard runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""New objects after which the collector looks; Python's default of 700 is for programs that hold less."""


@contextmanager
def settled_heap() -> Iterator[None]:
    """Inside, the collector looks only at what was made inside.

    A task holds some hundred thousand objects of its libraries (Airflow alone twice as many), and Python walks all of
    them each time their number has grown by a quarter: a tenth of the time of a crawl's shard. Where somebody has
    frozen the heap before, it stays so afterwards.
    """
    if gc.get_freeze_count():
        yield
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


__all__ = ["settled_heap"]
