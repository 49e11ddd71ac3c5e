"""``make fuzz``: tags and pages by the million, in rounds that can be repeated and continued.

``python -m tests.fuzz [--tags N] [--pages N] [--from ROUND] [--seconds S]``. A round's number is its seed: the same
round checks the same tags. Ends with an error at the first tag or page that breaks a promise, and says which round it
was.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy
from tests.fuzz import pages, tags

Check = Callable[[object, "Counter[str]"], None]

ROUND_TAGS = 10_000
ROUND_PAGES = 500


def examples(number: int, strategy: SearchStrategy, check: Check, count: int, seen: Counter[str]) -> None:  # type: ignore[type-arg]
    """``count`` examples of a strategy. Hypothesis shrinks and shows the one that fails."""

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def run(given_: object) -> None:
        check(given_, seen)

    run()


def tag_round(number: int, seen: Counter[str], size: int = ROUND_TAGS) -> None:
    """All seeds as they are, and about ``size`` tags made of them, nine of ten by a generator of our own."""
    tags.check(list(tags.SEEDS), seen)
    examples(number, tags.MANY, tags.check, max(1, size * 9 // 10 // tags.MANY_SIZE), seen)
    examples(number, tags.FEW, tags.check, max(1, size // 10 // 7), seen)


def page_round(number: int, seen: Counter[str], size: int = ROUND_PAGES) -> None:
    """``size`` pages."""
    examples(number, pages.MANY, pages.check, max(1, size * 9 // 10 // pages.MANY_SIZE), seen)
    examples(number, pages.PAGE.map(lambda page: [page]), pages.check, max(1, size // 10), seen)


def main() -> int:
    """Run rounds until enough was checked or the time is over."""
    parser = argparse.ArgumentParser(prog="make fuzz FUZZ=", description="random and mutated licence tags and pages")
    parser.add_argument("--tags", type=int, default=900_000, help="how many tags (default %(default)s)")
    parser.add_argument("--pages", type=int, default=100_000, help="how many pages (default %(default)s)")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the round to begin with: go on, or repeat")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no round after so many seconds")
    arguments = parser.parse_args()
    seen: Counter[str] = Counter()
    began = time.monotonic()
    number = arguments.first

    def told() -> str:
        seconds = time.monotonic() - began
        counts = ", ".join(f"{name}: {count:,}" for name, count in sorted(seen.items()))
        return f"{seconds:,.0f} s — {counts}"

    while seen["tags"] < arguments.tags or seen["pages"] < arguments.pages:
        if time.monotonic() - began > arguments.seconds:
            print(f"→ time is over: go on with --from {number}. {told()}")
            return 0
        try:
            if seen["tags"] < arguments.tags:
                tag_round(number, seen)
            if seen["pages"] < arguments.pages:
                page_round(number, seen)
        except BaseException:
            print(f"✗ round {number}; repeat it with: --from {number} --tags 1 --pages 1", file=sys.stderr, flush=True)
            raise
        number += 1
        if number % 5 == 0:
            print(f"→ round {number}: {told()}", flush=True)
    print(f"✓ nothing broke. {told()}; the next round is {number}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
