"""Makes a web archive of any size: distinct addresses, realistic pages out of a word model, few of them licensed.

``python -m tests.bench.archive_maker FILE --megabytes 100``. The same seed makes the same bytes, and a larger archive
begins with the smaller one. As Common Crawl has it: a request, a response and a metadata record for every page, each a
gzip member of its own, with block and payload digests. What bounds the speed of a reader (records a gigabyte, how well
pages compress) is near that of real archives.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import random
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, NamedTuple

from tests.bench.archive_traps import trap
from tests.bench.page_maker import CLASSES, SYLLABLES, Words, make_page

_START = datetime(2026, 1, 1, tzinfo=UTC)


class Made(NamedTuple):
    """What an archive was filled with."""

    bytes: int
    pages: int
    licensed: tuple[str, ...]
    """Addresses of the pages whose own text is openly licensed."""
    traps: dict[str, str]
    """Addresses of the pages that hold a Creative Commons link and must not be kept, and why not."""


def pages(seed: int, share: float, traps: float = 0.0) -> Iterator[tuple[str, bytes, bool, str]]:
    """Endless pages: address, HTML, whether it is licensed at page level, the kind of its trap (``""`` without one).

    ``share`` and ``traps`` are the shares of both kinds of pages. What they look like: :mod:`tests.bench.page_maker`.
    """
    chance = random.Random(seed)
    # Of its own, so that pages without a trap are the same, however many others have one.
    traps_chance = random.Random(f"traps of {seed}")
    words = Words(seed)
    stock = [words.paragraph() for _ in range(4_000)]
    number = 0
    while True:
        host = f"www.{chance.choice(SYLLABLES)}{chance.randrange(5000)}.example"
        url = f"https://{host}/{chance.choice(CLASSES)}/{number}-{chance.getrandbits(40):010x}.html"
        licensed = chance.random() < share
        caught = trap(traps_chance, host) if not licensed and traps_chance.random() < traps else None
        yield url, make_page(chance, words, stock, host, url, licensed, caught), licensed, caught.kind if caught else ""
        number += 1


def make_archive(
    out: BinaryIO,
    *,
    size: int,
    seed: int = 1,
    licensed: float = 0.01,
    traps: float = 0.0,
    source: Callable[[int, float, float], Iterator[tuple[str, bytes, bool, str]]] = pages,
) -> Made:
    """Write at least ``size`` bytes of gzip to ``out``.

    ``licensed`` and ``traps`` are shares of the pages, which ``source`` makes as :func:`pages` does.
    """
    ours: list[str] = []
    caught: dict[str, str] = {}
    written = out.write(_member("warcinfo", "", b"software: archive_maker\r\nformat: WARC File Format 1.0\r\n", 0))
    number = 0
    for number, (url, html, is_licensed, trapped) in enumerate(source(seed, licensed, traps), start=1):
        host, path = url.split("/", 3)[2:]
        asked = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: text/html\r\n\r\n".encode()
        head = (
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n"
            f"Server: nginx\r\nX-Crawl-Content-Encoding: gzip\r\nContent-Length: {len(html)}\r\n\r\n"
        ).encode()
        written += out.write(_member("request", url, asked, number))
        written += out.write(_member("response", url, head + html, number, payload=html))
        told = b"fetchTimeMs: 312\r\ncharset-detected: UTF-8\r\nlanguages-cld2: {}\r\n"
        written += out.write(_member("metadata", url, told, number))
        if is_licensed:
            ours.append(url)
        if trapped:
            caught[url] = trapped
        if written >= size:
            break
    return Made(written, number, tuple(ours), caught)


def _member(kind: str, url: str, block: bytes, number: int, payload: bytes | None = None) -> bytes:
    at = (_START + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    types = {"warcinfo": "application/warc-fields", "metadata": "application/warc-fields"}
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Date: {at}",
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012x}>",
        f"Content-Length: {len(block)}",
        f"Content-Type: {types.get(kind) or f'application/http; msgtype={kind}'}",
        *([f"WARC-Target-URI: {url}", "WARC-IP-Address: 192.0.2.1"] if url else []),
        *([f"WARC-Payload-Digest: {sha1(payload)}"] if payload is not None else []),
        f"WARC-Block-Digest: {sha1(block)}",
    ]
    pack = zlib.compressobj(6, zlib.DEFLATED, 31)
    return pack.compress("\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n") + pack.flush()


def sha1(data: bytes) -> str:
    """As archives state it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file", type=Path)
    options.add_argument("--megabytes", type=int, default=100)
    options.add_argument("--licensed", type=float, default=0.01, help="share of the pages")
    options.add_argument("--traps", type=float, default=0.0, help="share of pages that only seem to be licensed")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with given.file.open("wb") as out:
        made = make_archive(
            out, size=given.megabytes * 1_000_000, seed=given.seed, licensed=given.licensed, traps=given.traps
        )
    print(f"{made.bytes:,} bytes, {made.pages:,} pages, {len(made.licensed):,} licensed, {len(made.traps):,} traps")


if __name__ == "__main__":
    main()
