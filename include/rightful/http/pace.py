"""How gently one host is treated by one task.

A task holds one slot of the host's pool, and the pool has ``max_connections`` slots. When each task leaves
``max_connections / requests_per_second`` seconds between its requests, the host sees at most ``requests_per_second``.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable

from rightful.catalogue.models import Pace
from rightful.errors import FetchError, RateLimited

LONGEST_WAIT = 120.0
"""Seconds that a task sleeps at most because a source asked for it; beyond that the scheduler waits, not a worker."""

_NAP = 1.0
"""Seconds between looks at ``stop`` while waiting."""


class Pacer:
    """Spaces out requests, per host. May be shared between threads: those that want one host queue up.

    Args:
        pace: Of the source.
        source: Its id, for messages.
        stop: Asked at least once a second while waiting; True ends the wait with :class:`FetchError`.
        sleep: Sleeps so many seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        pace: Pace,
        source: str,
        *,
        stop: Callable[[], bool] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.interval = pace.max_connections / pace.requests_per_second
        self._source, self._stop, self._sleep, self._clock = source, stop, sleep, clock
        self._next: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._turn: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._table = threading.Lock()

    def wait(self, host: str) -> None:
        """Return when the next request to ``host`` may leave.

        Raises :class:`RateLimited` when the host asked for more patience than a task may have.
        """
        with self._table:
            turn = self._turn[host]
        with turn:
            self._wait(host)

    def _wait(self, host: str) -> None:
        now = self._clock()
        held = self._held.get(host, now) - now
        if held > LONGEST_WAIT:
            raise RateLimited(
                f"{host} asks to wait {held:.0f} s before the next request",
                retry_after=held,
                host=host,
                source=self._source,
                remedy="the scheduler tries again after that time; fewer requests a second may avoid it",
            )
        self.nap(max(held, self._next.get(host, now) - now))
        self._next[host] = self._clock() + self.interval

    def hold(self, host: str, seconds: float) -> None:
        """Let no request to ``host`` leave for ``seconds``, as it asked."""
        self._held[host] = max(self._held.get(host, 0.0), self._clock() + seconds)

    def nap(self, seconds: float) -> None:
        """Sleep, but notice when the task is told to stop."""
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            if self._stop is not None and self._stop():
                raise FetchError(
                    "told to stop while waiting", source=self._source, remedy="the next try goes on at the saved cursor"
                )
            self._sleep(min(left, _NAP))
