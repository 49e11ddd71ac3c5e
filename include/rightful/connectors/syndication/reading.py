"""Feeds are asked for, many hosts side by side, each at its own pace, and what goes wrong with one stays with it."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from rightful.connectors.syndication.document import Feed, Unreadable, parse_feed
from rightful.errors import BlockedAddress, FetchError, Malformed, RateLimited, Refused, TooLarge
from rightful.http.client import Client
from rightful.http.pace import LONGEST_WAIT
from rightful.model import OptOut

ACCEPT = "application/rss+xml, application/atom+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"

MOST_FAILED = 3
"""Feeds of one host in a row that may find it down; then the rest of them is not asked for."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """A feed as it answered: ``body`` is the evidence of all its licences."""

    address: str
    feed: Feed
    body: bytes
    url: str
    fetched_at: datetime
    optouts: tuple[OptOut, ...]


@dataclass(frozen=True, slots=True)
class NotRead:
    """A feed that could not be had, or was not even asked for. ``reason`` is one of the ledger's."""

    address: str
    reason: str
    detail: str
    at: datetime
    asked: bool = True
    down: bool = False
    """The host did not answer, or not as it should: another of its feeds may fare no better."""
    status: int | None = None
    """Of the answer, where it was a refusal."""


def ask_feed(client: Client, address: str, *, texts: bool = False) -> Read:
    """One feed; ``texts``: with the articles in it.

    Raises what :meth:`~rightful.http.client.Client.read` raises, Malformed for what is no feed.
    """
    answer = client.read(address, None, lambda answer: answer, accept=ACCEPT)
    try:
        feed = parse_feed(answer.body, answer.headers.get("content-type", ""), texts=texts)
    except Unreadable as error:
        remedy = "look at the address in a browser; if it is no feed any more, take it out of the source"
        raise client.fail(Malformed, answer.url, str(error), remedy) from None
    return Read(address, feed, answer.body, answer.url, answer.fetched_at, answer.optouts)


def read_feed(
    client: Client, address: str, stop: Callable[[], bool] | None = None, *, texts: bool = False
) -> Read | NotRead:
    """One feed, or why it can't be had; ``texts``: with the articles in it.

    Raises:
        RateLimited: The host asks for patience: the scheduler waits, and tries again.
        FetchError: This task is told to stop.
    """
    down, status = False, None
    try:
        return ask_feed(client, address, texts=texts)
    except RateLimited:
        raise
    except (Malformed, TooLarge) as error:
        reason, detail = ("too_large" if isinstance(error, TooLarge) else "malformed"), error.what
    except (Refused, BlockedAddress) as error:
        reason, detail, status = "fetch_failed", error.what, getattr(error, "status", None)
    except FetchError as error:
        if stop is not None and stop():
            raise
        reason, detail, down = "fetch_failed", error.what, True
    return NotRead(address, reason, detail[:1000], datetime.now(UTC), down=down, status=status)


def side_by_side(
    addresses: Sequence[str], clients: Callable[[], Client], work: Callable[[Client, str], T], most: int
) -> Iterator[tuple[str, T]]:
    """``work`` on every address, as each is done. One host is never asked by two threads at once.

    Args:
        addresses: What is asked for.
        clients: Makes a client for a thread; all of them must share one pacer. They are closed here.
        work: Asks for one address. What it raises ends everything.
        most: Threads at most.
    """
    hosts: dict[str, list[str]] = {}
    for address in addresses:
        hosts.setdefault(urlsplit(address).hostname or "", []).append(address)
    if not hosts:
        return
    done: queue.SimpleQueue[tuple[str, T]] = queue.SimpleQueue()
    over = threading.Event()
    free: queue.SimpleQueue[Client] = queue.SimpleQueue()
    threads = max(1, min(most, len(hosts)))
    made = [clients() for _ in range(threads)]
    for client in made:
        free.put(client)

    def one_host(held: list[str]) -> None:
        client = free.get()
        try:
            for address in held:
                if over.is_set():
                    return
                done.put((address, work(client, address)))
        finally:
            free.put(client)

    try:
        with ThreadPoolExecutor(threads, thread_name_prefix="feeds") as pool:
            # The host with the most feeds takes the longest, so it begins first.
            waiting = {pool.submit(one_host, held) for held in sorted(hosts.values(), key=len, reverse=True)}
            try:
                while waiting:
                    finished, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
                    for future in finished:
                        future.result()
                    while not done.empty():
                        yield done.get()
            finally:
                over.set()
    finally:
        for client in made:
            client.close()


def left_alone(client: Client, error: RateLimited) -> None:
    """Ask nothing more of the host that wants patience: not for as long as it said, nor for as long as a task waits."""
    if error.host:
        host = f"[{error.host}]" if ":" in error.host else error.host
        client.hold(f"https://{host}", max(error.retry_after, 1.01 * LONGEST_WAIT))


class FeedReader:
    """Reads feeds one after the other, and leaves a host alone once :data:`MOST_FAILED` of its feeds in a row found it
    down. Several threads may share it, each for hosts of its own."""

    def __init__(self, stop: Callable[[], bool] | None) -> None:
        self._stop = stop
        self._failed: Counter[str] = Counter()

    def read(self, client: Client, address: str, *, texts: bool = False) -> Read | NotRead:
        """See :func:`read_feed`."""
        host = urlsplit(address).hostname or ""
        if self._failed[host] >= MOST_FAILED:
            detail = f"{address}: not asked for, {MOST_FAILED} feeds of {host} in a row could not be had"
            return NotRead(address, "fetch_failed", detail, datetime.now(UTC), asked=False, down=True)
        try:
            read = read_feed(client, address, self._stop, texts=texts)
        except RateLimited as error:
            left_alone(client, error)
            raise
        self._failed[host] = self._failed[host] + 1 if isinstance(read, NotRead) and read.down else 0
        return read


__all__ = ["MOST_FAILED", "FeedReader", "NotRead", "Read", "ask_feed", "left_alone", "read_feed", "side_by_side"]
