"""Along the road that a permissive page really takes: by itself, then with its domain reviewed, then with a person's
answer on a tag without a version, each time through the gate. No step loses a page, none lets an unsafe one in."""

from __future__ import annotations

import functools
from datetime import date

import pytest
from tests.unit.licensing.cases import POLICY, source
from tests.unit.licensing.page.judged import FOLDER, MISSING, Case, cases, score
from tests.unit.licensing.page.test_page_scores import RECALL, answer

from rightful.licensing.decide import decide
from rightful.licensing.identify import identify
from rightful.licensing.lift import counts_as, obstacle
from rightful.licensing.recheck_reviews import reading_by
from rightful.licensing.reviews import NO_REVIEWS, Review, Reviews
from rightful.licensing.tables import UNREAD_PAGES
from rightful.model import Decision, Ruling, Strength

JUDGED = list(cases())
pytestmark = pytest.mark.skipif(not JUDGED, reason=MISSING if not FOLDER.is_dir() else f"{FOLDER} holds no pages")

DAY = date(2026, 1, 1)
# What a person answers where a site says no version: the version that its owner names when asked.
ANSWERS = {"CC-BY-SA": "CC-BY-SA-4.0", "CC-BY": "CC-BY-4.0"}
BY_ITSELF, REVIEWED, ANSWERED, NAMED = 30, 32, 33, 33
"""Of the 34 permissive pages: so many are accepted at each step, and named rightly whatever the decision."""

SITES = {weakest: source(weakest_strength=weakest) for weakest in ("statement", "icon")}
REVIEWS = Reviews(
    Review(id=f"r{number}", source="demo", tag=tag, decision="allow", expression=expression)
    for number, (tag, expression) in enumerate(ANSWERS.items())
)


def ruled(case: Case, weakest: Strength | None, reviews: Reviews = NO_REVIEWS) -> Ruling:
    found = answer(case, weakest)
    site = SITES["icon" if weakest is Strength.ICON else "statement"]
    return decide(found.claims, found.optouts, site, POLICY, {}, {}, (), None, DAY, reviews)


def loaded(weakest: Strength | None, reviews: Reviews, case: Case) -> str | None:
    """The licence that the page is loaded under, None where it is not."""
    ruling = ruled(case, weakest, reviews)
    return ruling.elected if ruling.decision is Decision.ALLOW else None


STEPS = {
    "by itself": (functools.partial(loaded, None, NO_REVIEWS), BY_ITSELF),
    "domain reviewed": (functools.partial(loaded, Strength.ICON, NO_REVIEWS), REVIEWED),
    "tag answered": (functools.partial(loaded, Strength.ICON, REVIEWS), ANSWERED),
}


@pytest.mark.parametrize("step", STEPS)
def test_no_step_loses_a_page_or_lets_an_unsafe_one_in(step: str) -> None:
    rule, expected = STEPS[step]
    found = score(JUDGED, rule)
    assert found.unsafe == []
    assert len(found.right) >= expected, found.missed
    assert all(case.right(rule(case)) for case in JUDGED if case.file in found.right)


def test_at_the_end_of_the_road_permissive_pages_are_found() -> None:
    assert score(JUDGED, STEPS["tag answered"][0]).recall >= RECALL


def test_each_step_keeps_what_the_one_before_accepted() -> None:
    right = [set(score(JUDGED, rule).right) for rule, _ in STEPS.values()]
    assert right[0] < right[1] < right[2]


def test_the_licence_is_named_rightly_whatever_the_decision() -> None:
    named = [case.file for case in JUDGED if case.permissive and case.right(answer(case).expression)]
    assert len(named) >= NAMED


def test_a_person_answers_the_tag_that_the_page_carries() -> None:
    asked = {case.file: ruled(case, Strength.ICON) for case in JUDGED if case.permissive}
    unversioned = [case for case in JUDGED if case.file in asked and asked[case.file].rule == "builtin:unversioned"]
    assert unversioned, "no judged page names a licence without a version any more"
    for case in unversioned:
        [claim] = answer(case, Strength.ICON).claims
        assert claim.raw is not None
        read = identify(claim.raw)
        assert obstacle(claim.raw, read, POLICY, None) is None
        review = REVIEWS.of("demo", claim.raw)
        assert review is not None, claim.raw
        assert counts_as(claim.raw, read, review, POLICY, None) == ANSWERS[claim.raw]
        assert reading_by(review, claim.raw, read.expression, None, POLICY) == ANSWERS[claim.raw]
        lifted = ruled(case, Strength.ICON, REVIEWS)
        assert (lifted.decision, lifted.elected, lifted.rule) == (Decision.ALLOW, ANSWERS[claim.raw], review.rule)
        # An answer of another family is none, and a denial denies.
        other = Review(id="x", source="demo", tag=claim.raw, decision="allow", expression="CC0-1.0")
        assert ruled(case, Strength.ICON, Reviews([other])).decision is Decision.QUARANTINE
        no = Review(id="y", source="demo", tag=claim.raw, decision="deny")
        assert ruled(case, Strength.ICON, Reviews([no])).decision is Decision.DENY


@pytest.mark.parametrize("tag", sorted(UNREAD_PAGES))
def test_no_person_can_answer_for_a_page_that_was_not_read(tag: str) -> None:
    review = Review(id="x", source="demo", tag=tag, decision="allow", expression="CC-BY-4.0")
    assert counts_as(tag, identify(tag), review, POLICY, None) is None
    assert reading_by(review, tag, None, None, POLICY) is None
