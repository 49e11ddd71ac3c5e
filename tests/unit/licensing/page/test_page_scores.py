"""On judged real pages: nothing unsafe is accepted, permissive licences are found, and the published rules do worse."""

from __future__ import annotations

import functools
from datetime import date

import pytest
from tests.unit.licensing.cases import POLICY, source
from tests.unit.licensing.page.detectors import DETECTORS
from tests.unit.licensing.page.judged import FOLDER, MISSING, Case, Score, cases, score

from rightful.licensing.decide import decide
from rightful.licensing.page import PageLicense, read_page
from rightful.model import Decision, Strength

JUDGED = list(cases())
pytestmark = pytest.mark.skipif(not JUDGED, reason=MISSING if not FOLDER.is_dir() else f"{FOLDER} holds no pages")

RECALL = 0.96
# Icons and words in a menu are accepted only where a person has reviewed the domain, unversioned licences never.
BY_ITSELF, REVIEWED = 0.88, 0.91


@functools.cache
def answer(case: Case, weakest: Strength | None = None) -> PageLicense:
    return read_page(case.html, case.url, policy=POLICY, weakest=weakest)


def by_itself(case: Case) -> str | None:
    found = answer(case)
    return found.expression if found.decision is Decision.ALLOW else None


def reviewed(case: Case) -> str | None:
    found = answer(case, Strength.ICON)
    return found.expression if found.decision is Decision.ALLOW else None


def sure(case: Case) -> bool:
    return any(one.sure for one in answer(case).evidence)


@functools.lru_cache(maxsize=1)
def scores() -> dict[str, Score]:
    texts = {case.file: case.html.decode("utf-8", "replace") for case in JUDGED}
    others = {
        name: score(JUDGED, lambda case, rule=rule: rule(texts[case.file]))  # type: ignore[misc]
        for name, rule in DETECTORS.items()
    }
    return {"ours": score(JUDGED, by_itself), "ours, domain reviewed": score(JUDGED, reviewed), **others}


def test_nothing_unsafe_is_accepted_on_any_domain() -> None:
    assert scores()["ours"].unsafe == []
    assert scores()["ours, domain reviewed"].unsafe == []


def test_permissive_pages_with_evidence_that_stands_for_itself_are_accepted() -> None:
    found = score([case for case in JUDGED if not case.permissive or sure(case)], by_itself)
    assert found.recall >= RECALL, found.missed


def test_no_permissive_page_is_lost_that_was_accepted_before() -> None:
    assert scores()["ours"].recall >= BY_ITSELF, scores()["ours"].missed
    assert scores()["ours, domain reviewed"].recall >= REVIEWED, scores()["ours, domain reviewed"].missed


def test_accepted_pages_have_the_right_version_and_port() -> None:
    wrong = {
        case.file: (case.truth, by_itself(case))
        for case in JUDGED
        if by_itself(case) and not case.right(by_itself(case))
    }
    assert wrong == {}


def test_restricted_pages_are_denied_by_name() -> None:
    restricted = [case for case in JUDGED if "NC" in case.truth or "ND" in case.truth]
    named = [
        case for case in restricted if answer(case).decision is Decision.DENY and case.right(answer(case).expression)
    ]
    assert len(named) >= RECALL * len(restricted), sorted({c.file for c in restricted} - {c.file for c in named})


def test_the_gate_given_the_claims_is_never_more_generous_than_the_page() -> None:
    trusting = source(weakest_strength="statement")
    for case in JUDGED:
        found = answer(case)
        ruling = decide(found.claims, found.optouts, trusting, POLICY, {}, {}, (), None, date(2026, 1, 1))
        assert (ruling.decision is Decision.ALLOW) <= (found.decision is Decision.ALLOW), (case.file, ruling)
        if found.decision is Decision.ALLOW:
            assert ruling.decision is Decision.ALLOW, (case.file, ruling)


def test_the_published_rules_accept_what_is_not_theirs_to_take() -> None:
    for name in DETECTORS:
        assert scores()[name].unsafe or "rel=license" in name, name
        assert len(scores()[name].right) < len(scores()["ours"].right), name
    print("\n" + table())


def table() -> str:
    """Markdown: the scores of all detectors, as they stand in the documentation."""
    permissive = sum(case.permissive for case in JUDGED)
    rows = [f"| detector | right of {permissive} | unsafe | recall |", "| --- | ---: | ---: | ---: |"]
    rows += [f"| {name} | {len(one.right)} | {len(one.unsafe)} | {one.recall:.2f} |" for name, one in scores().items()]
    return "\n".join(rows)
