"""The short form of ``make fuzz``: some thousand random and mutated tags and pages, the same ones every time."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.fuzz import oracle
from tests.fuzz.__main__ import page_round, tag_round

from rightful.licensing.tables import NAMES, URLS


def test_no_tag_outside_the_tables_is_allowed_and_none_breaks_the_gate() -> None:
    seen: Counter[str] = Counter()
    tag_round(0, seen, size=4_000)
    assert seen["tags"] > 3_000
    assert min(seen[decision] for decision in ("allow", "quarantine", "deny")) > 20


def test_no_page_is_accepted_without_a_licence_of_its_own() -> None:
    seen: Counter[str] = Counter()
    page_round(0, seen, size=600)
    assert seen["pages"] > 500
    assert min(seen[f"page {decision}"] for decision in ("allow", "quarantine", "deny")) > 10


@pytest.mark.parametrize(
    ("tag", "fine"),
    [
        ("MIT", True),
        ("mit OR whatever", True),  # lenient: the gate refuses it, because it knows no `whatever`
        ("MIT AND GPL-3.0-only", False),
        ("MIT WITH Classpath-exception-2.0", False),
        ("(MIT OR Zlib) AND CC-BY-4.0", True),
        ("MIT MIT", False),
        ("CC-BY-NC-4.0", False),
        ("cc by-sa 3.0 de", True),
        ("CC BY", False),
        ("CC-BY-4.0-ND", False),
        ("Attribution 4.0 International", True),
        ("Attribution 4.0 NonCommercial", False),
        ("https://creativecommons.org/licenses/by/4.0/deed.de", True),
        ("https://creativecommons.org/licenses/by/4.0/nc", False),
        ("https://creativecommons.org.evil.com/licenses/by/4.0/", False),
        ("https://spdx.org/licenses/GPL-3.0-only.html", False),
        ("\u041cIT", False),
        ("", False),
        (None, False),
    ],
)
def test_the_oracle_itself(tag: str | None, fine: bool) -> None:
    assert oracle.may_load(tag) is fine


def test_the_oracle_knows_nothing_that_the_tables_do_not() -> None:
    """A name or URL that leaves our tables must leave the oracle, too, or it would check less than it says."""
    assert set(NAMES) >= oracle.NAMES
    known = [f"https://{place}" for place in URLS if oracle.may_load(f"https://{place}")]
    assert 20 < len(known) < len(URLS)
