"""Real pages for an archive: those that were saved for the tests of main texts, each told apart by a number.

They speak of no licence by themselves; the licence, or what only looks like one, is put in as generated pages have it.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path

from tests.bench.archive_traps import trap
from tests.bench.page_maker import LICENSES
from tests.unit.licensing.cases import POLICY
from tests.unit.text.test_main_text_scores import FOLDER

from rightful.licensing.page import read_page
from rightful.licensing.page.decode import to_utf8
from rightful.licensing.page.prefilter import by_pattern
from rightful.model import Decision

_HEAD = re.compile(rb"<head[^>]{0,200}>", re.IGNORECASE)
_END = re.compile(rb"</body", re.IGNORECASE)
_CLAIM = '<p>The text of this page is licensed under <a rel="license" href="{0}">{0}</a>.</p>'


def pages(
    seed: int, share: float, traps: float = 0.0, *, pressed: float = 0.0
) -> Iterator[tuple[str, bytes, bool, str]]:
    """As :func:`tests.bench.archive_maker.pages`, of pages that gzip makes at least ``pressed`` times smaller.

    Raises :class:`FileNotFoundError` where there are no saved pages.
    """
    chance = random.Random(seed)
    quiet = [html for html in _saved(pressed) if not by_pattern(html)]
    # Some say "All rights reserved", beside which no licence counts.
    open_to_it = [html for html in quiet if _accepted(_with(html, "", _CLAIM.format(LICENSES[0])))]
    number = 0
    while True:
        url = f"https://www.site{chance.randrange(5000)}.example/{number}-{chance.getrandbits(40):010x}.html"
        licensed = chance.random() < share
        caught = trap(chance, url.split("/")[2]) if not licensed and chance.random() < traps else None
        head, body = f'<meta name="number" content="{number}">', ""
        if licensed:
            body = _CLAIM.format(chance.choice(LICENSES))
        elif caught:
            head, body = head + caught.head, caught.article + caught.after_article + caught.footer
        html = _with(chance.choice(open_to_it if licensed else quiet), head, body)
        yield url, html, licensed, caught.kind if caught else ""
        number += 1


def _saved(pressed: float) -> list[bytes]:
    files = sorted(Path(FOLDER).glob("*/html/*.html.gz"))
    if not files:
        raise FileNotFoundError(f"there are no judged pages at {FOLDER} (set RIGHTFUL_TEST_DATA)")
    unpacked = ((file, gzip.decompress(file.read_bytes())) for file in files)
    read = (to_utf8(html) for file, html in unpacked if len(html) >= pressed * file.stat().st_size)
    return [html for html in read if html is not None and _HEAD.search(html) and _END.search(html)]


def _with(html: bytes, head: str, body: str) -> bytes:
    begin = _HEAD.search(html)
    assert begin is not None
    end = [found.start() for found in _END.finditer(html)][-1]
    return html[: begin.end()] + head.encode() + html[begin.end() : end] + body.encode() + html[end:]


def _accepted(html: bytes) -> bool:
    return read_page(html, "https://www.site.example/", policy=POLICY).decision is Decision.ALLOW


__all__ = ["pages"]
