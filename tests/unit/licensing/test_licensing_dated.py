"""Tags whose meaning changed with time: the examples of docs/licensing.md, from the page itself, to the day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from tests.unit.licensing.cases import POLICY, claim, policy, rule, source

from rightful.licensing.recheck import may_load
from rightful.model import Decision, Reason
from rightful.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs/licensing.md").read_text("utf-8")
EXAMPLES: dict[str, Any] = {
    name.split(":")[0]: yaml.safe_load(block)["aliases"]
    for name, block in re.findall(r"```yaml\n# ([^\n]+)\n(aliases:\n.*?)```", PAGE, re.DOTALL)
}


def test_the_page_has_the_three() -> None:
    assert sorted(EXAMPLES) == ["Flickr", "Stack Exchange", "YouTube"]


CASES = [
    ("YouTube", "creativeCommon", date(2025, 8, 1), "CC-BY-3.0", "CC-BY-4.0"),
    ("Flickr", "Attribution", date(2025, 6, 18), "CC-BY-2.0", "CC-BY-4.0"),
    ("Flickr", "Attribution-ShareAlike", date(2025, 6, 18), "CC-BY-SA-2.0", "CC-BY-SA-4.0"),
    ("Stack Exchange", "CC BY-SA", date(2011, 4, 8), "CC-BY-SA-2.5", "CC-BY-SA-3.0"),
    ("Stack Exchange", "CC BY-SA", date(2018, 5, 2), "CC-BY-SA-3.0", "CC-BY-SA-4.0"),
]


@pytest.mark.parametrize(("name", "tag", "change", "before", "after"), CASES)
def test_the_day_of_the_change(name: str, tag: str, change: date, before: str, after: str) -> None:
    of = source(aliases=EXAMPLES[name])
    for day, expression in ((change - timedelta(days=1), before), (change, after)):
        ruling = rule(claim(tag), source=of, published=day)
        assert (ruling.decision, ruling.expression, ruling.evidence) == (Decision.ALLOW, expression, tag)
        # The audit reads the same from the row; the other version would not pass it.
        for row, fine in ((expression, True), (after if expression == before else before, False)):
            problem = may_load(row, tag, (claim(tag),), (), None, change, day, POLICY, {}, of)
            assert (problem is None) is fine


@pytest.mark.parametrize(("name", "tag"), sorted({(case[0], case[1]) for case in CASES}))
def test_without_a_date_it_means_nothing_certain(name: str, tag: str) -> None:
    ruling = rule(claim(tag), source=source(aliases=EXAMPLES[name]), published=None)
    assert (ruling.decision, ruling.reason in (Reason.UNKNOWN_ID, Reason.UNVERSIONED)) == (Decision.QUARANTINE, True)
    # Another source's readers are not told.
    assert rule(claim(tag)).decision is Decision.QUARANTINE


def test_the_parts_of_one_record_keep_the_licence_of_the_records_day() -> None:
    of = source(aliases=EXAMPLES["Stack Exchange"])
    parts = (claim("CC BY-SA", "question"), claim("CC BY-SA 4.0", "answers[0]"), claim("MIT OR GPL-3.0-only", "code"))
    ruling = rule(*parts, source=of, published=date(2012, 1, 1))
    assert ruling.expression == "CC-BY-SA-3.0 AND CC-BY-SA-4.0 AND (MIT OR GPL-3.0-only)"
    assert ruling.elected == "CC-BY-SA-3.0 AND CC-BY-SA-4.0 AND MIT"
    assert ruling.duties == ("attribution", "notice", "share_alike")
    assert rule(*parts, claim("CC BY-NC 4.0", "image"), source=of, published=date(2012, 1, 1)).reason is Reason.NC


def test_a_rule_bound_to_dates_counts_for_the_elected_branch() -> None:
    rules = [*POLICY.model_dump(by_alias=True)["allow"]]
    old = [{**one, "valid_until": "2019-12-31"} if one["id"] == "permissive-notice" else one for one in rules]
    until = policy(allow=old)
    tag = claim("MIT OR CC-BY-4.0")
    early, late = (rule(tag, policy=until, published=date(year, 1, 1)) for year in (2019, 2020))
    assert (early.elected, early.valid_until) == ("MIT", date(2019, 12, 31))
    assert (late.elected, late.valid_until) == ("CC-BY-4.0", None)
    assert rule(claim("MIT AND CC-BY-4.0"), policy=until, published=date(2020, 1, 1)).reason is Reason.EXPIRED
