"""How fast the licence of a page is read: pages a second on one core, and the ratio to a bare parse of the same pages.

``python tests/bench/bench_page.py``, or ``make bench``. Real pages that pass the prefilter; the best of several rounds
for each page, ours and the bare parse in turn, so that what else the machine does touches both. The target is 100 pages
a second. Also prints the scores of all detectors on the same pages.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT, ROOT / "include"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from tests.unit.licensing.cases import POLICY  # noqa: E402
from tests.unit.licensing.page.judged import MISSING, cases  # noqa: E402
from tests.unit.licensing.page.test_page_scores import table  # noqa: E402

from rightful.licensing.page import read_page, speaks_of_licenses  # noqa: E402
from rightful.licensing.page.decode import to_utf8  # noqa: E402

ROUNDS = 5


class _Nothing:
    """A target that ignores every event: what parsing alone costs."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def comment(self, text: str) -> None: ...

    def close(self) -> None: ...


def bare(html: bytes) -> None:
    """Parse and throw away."""
    parser: Any = etree.HTMLParser(target=_Nothing(), huge_tree=True, encoding="utf-8")
    parser.feed(html)
    parser.close()


def measure() -> dict[str, float]:
    """Pages a second of each part."""
    pages = [html for case in cases() if speaks_of_licenses(html := to_utf8(case.html))]
    parts: dict[str, Callable[[bytes], object]] = {
        "prefilter": speaks_of_licenses,
        "bare": bare,
        "read": lambda html: read_page(html, "https://example.org/page", policy=POLICY),
    }
    seconds = dict.fromkeys(parts, 0.0)
    for html in pages:
        best = dict.fromkeys(parts, float("inf"))
        for _ in range(ROUNDS):
            for name, part in parts.items():
                begin = time.perf_counter()
                part(html)
                best[name] = min(best[name], time.perf_counter() - begin)
        for name in parts:
            seconds[name] += best[name]
    figures = {name: len(pages) / spent for name, spent in seconds.items()}
    megabytes = sum(map(len, pages)) / 1e6
    return {**figures, "pages": len(pages), "prefilter_mb": megabytes / seconds["prefilter"]}


def report(found: dict[str, float]) -> str:
    """The figures for people."""
    return f"""\
{found["pages"]:.0f} pages that pass the prefilter, one core:
  licence read: {found["read"]:.0f} pages/s (target 100); a bare parse of the same: {found["bare"]:.0f} pages/s
  reading costs {found["bare"] / found["read"]:.1f} bare parses; prefilter {found["prefilter_mb"]:.0f} MB/s

{table()}"""


@pytest.mark.bench
def test_pages_per_second() -> None:
    if not any(True for _ in cases()):
        pytest.skip(MISSING)
    found = measure()
    print("\n" + report(found))
    assert found["pages"]


if __name__ == "__main__":
    print(report(measure()))
