"""What people ruled on tags: what it lifts, what nothing lifts, and that gate and audit agree on both."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.licensing.cases import PLAIN, POLICY, TODAY, claim, contract, policy, rule, source

from rightful.catalogue.models import Source
from rightful.errors import StoreError
from rightful.licensing import lift
from rightful.licensing.decide import decide
from rightful.licensing.identify import MAX_TAG, identify
from rightful.licensing.policy import restriction_of
from rightful.licensing.propose import propose
from rightful.licensing.recheck import may_load
from rightful.licensing.reviews import NO_REVIEWS, Review, Reviews, narrowed
from rightful.model import Decision, LicenseClaim, OptOut, Reason, Ruling, Strength

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def review(tag: str, expression: str | None = "CC-BY-4.0", **changes: Any) -> Review:
    """An answer on a tag of the plain source: an allow as ``expression``, a denial when that is None."""
    decision = "allow" if expression else "deny"
    values = {"id": "r1", "source": "demo", "tag": tag, "decision": decision, "expression": expression}
    return Review(**{**values, "reviewed_by": "jo", "reviewed_at": NOON, **changes})


def ruled(*claims: LicenseClaim, reviews: Reviews, of: Source = PLAIN, **given: Any) -> Ruling:
    """By the gate; that the audit says the same of what loads is asserted."""
    under, optouts, published = given.get("policy", POLICY), given.get("optouts", ()), given.get("published", TODAY)
    ruling = decide(claims, optouts, of, under, {}, {}, given.get("tombstones", ()), published, TODAY, reviews)
    if ruling.decision is Decision.ALLOW:
        assert audited(ruling, claims, reviews, of, under, optouts, published) is None
    return ruling


def audited(
    ruling: Ruling, claims: Any, reviews: Reviews, of: Source, under: Any = POLICY, optouts: Any = (), day: Any = TODAY
) -> str | None:
    return may_load(
        ruling.expression, ruling.evidence, claims, optouts, None, TODAY, day, under, {}, of, reviews=reviews
    )


@pytest.mark.parametrize(
    ("tag", "expression"),
    [
        ("Newsroom Open Licence", "CC-BY-4.0"),
        ("CC BY", "CC-BY-3.0"),
        ("CC BY-SA", "CC-BY-SA-4.0"),
        ("MIT OR", "MIT"),
        ('["https://creativecommons.org/licenses/by/4.0/"]', "CC-BY-4.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDDC"),
        ("  padded tag ", "MIT"),
        ("我们的许可", "CC-BY-4.0"),
        ("Our licence", "MIT OR Apache-2.0"),
    ],
)
def test_an_allowed_tag_counts_as_the_licence_that_the_person_named(tag: str, expression: str) -> None:
    assert rule(claim(tag)).decision is Decision.QUARANTINE
    found = ruled(claim(tag), reviews=Reviews([review(tag, expression)]))
    assert (found.decision, found.expression, found.rule) == (Decision.ALLOW, expression, "review:r1")
    assert found.evidence == tag
    assert found.duties == rule(claim(expression)).duties


@pytest.mark.parametrize(
    ("tag", "expression"),
    [
        ("CC BY", "CC0-1.0"),  # a version is missing, not the licence
        ("CC BY", "CC-BY-SA-4.0"),
        ("CC BY", "CC-BY"),
        ("CC BY-NC 4.0", "CC-BY-4.0"),
        ("CC-BY-ND", "CC-BY-4.0"),
        ("CC BY-NC", "CC-BY-4.0"),
        ("Free for non-commercial use", "CC-BY-4.0"),
        ("Nur zur nicht-kommerziellen Nutzung", "CC-BY-4.0"),
        ("Uso não comercial", "CC-BY-4.0"),
        ("改変禁止", "CC-BY-4.0"),
        ("CC_BY_NC_own", "CC-BY-4.0"),
        ("© 2020. All rights reserved.", "CC-BY-4.0"),
        ("MIT or GPL", "MIT"),
        ("GPL-3.0-only OR", "MIT"),
        ("see http://www.gnu.org/licenses/gpl-3.0.html", "MIT"),
        ("All rights reserved", "CC-BY-4.0"),
        ("GFDL-1.3-or-later", "CC-BY-SA-3.0"),
        ("MPL-2.0", "MIT"),
        ("MPL-2.0 AND CC-BY", "CC-BY-4.0"),
        ("", "CC-BY-4.0"),
        ("[]", "CC-BY-4.0"),
        ("n/a", "CC-BY-4.0"),
        ("prose " * 300, "CC-BY-4.0"),
        ("Our licence", "CC-BY-NC-4.0"),
        ("Our licence", "GPL-3.0-only"),
        ("Our licence", "CC BY"),
        ("Our licence", "Zlib"),
        ("Our licence", "nonsense"),
        ("Our licence", "MIT OR"),
        ("Our licence", "MIT AND CC-BY-NC-4.0"),
    ],
)
def test_what_no_person_can_allow_neither_gate_nor_audit_lets_in(tag: str, expression: str) -> None:
    reviews = Reviews([review(tag, expression)] if tag.strip() else [])
    found = ruled(claim(tag), reviews=reviews)
    assert found.decision is not Decision.ALLOW
    named = believed(found, identify(expression).expression or expression, tag)
    assert audited(named, (claim(tag),), reviews, PLAIN) is not None


def believed(ruling: Ruling, expression: str, evidence: str) -> Ruling:
    """The ruling as a gate would give it that believed everything."""
    return Ruling(
        decision=Decision.ALLOW,
        reason=Reason.ALLOWED,
        rule="review:r1",
        policy_version=ruling.policy_version,
        expression=expression,
        evidence=evidence,
    )


def test_the_policy_of_the_day_must_allow_what_was_named() -> None:
    reviews = Reviews([review("Our licence", "CC-BY-SA-4.0")])
    assert ruled(claim("Our licence"), reviews=reviews).decision is Decision.ALLOW
    found = ruled(claim("Our licence"), reviews=reviews, policy=policy(share_alike=False))
    assert (found.decision, found.reason) == (Decision.DENY, Reason.SA_NOT_ACCEPTED)


def test_a_tag_that_the_register_reads_needs_no_person_and_gets_no_other_meaning() -> None:
    found = ruled(claim("CC BY-SA 4.0"), reviews=Reviews([review("CC BY-SA 4.0", "CC0-1.0")]))
    assert (found.expression, found.rule) == ("CC-BY-SA-4.0", "allow:cc-by-sa")


def test_a_denial_denies_also_what_would_load_by_itself() -> None:
    for tag in ("Our licence", "CC BY", "CC BY 4.0"):
        reviews = Reviews([review(tag, None)])
        found = ruled(claim(tag), reviews=reviews)
        assert (found.decision, found.reason, found.rule) == (Decision.DENY, Reason.NOT_ALLOWED, "review:r1")
        loaded = rule(claim("CC BY 4.0"))
        assert "jo ruled" in str(audited(believed(loaded, "CC-BY-4.0", tag), (claim(tag),), reviews, PLAIN))
    assert ruled(claim("CC BY-NC 4.0"), reviews=Reviews([review("CC BY-NC 4.0", None)])).reason is Reason.NC


def test_reservations_contradictions_weak_evidence_trust_and_tombstones_stay() -> None:
    reviews, ours = Reviews([review("Our licence")]), claim("Our licence")
    reserved = (OptOut(signal="tdm-reservation", value="1", place="header"),)
    assert ruled(ours, reviews=reviews, optouts=reserved).reason is Reason.TDM_RESERVED
    assert ruled(ours, claim("MIT"), reviews=reviews).reason is Reason.CONFLICT
    assert ruled(claim("Our licence", strength=Strength.ICON), reviews=reviews).reason is Reason.WEAK_EVIDENCE
    assert ruled(ours, reviews=reviews, of=source(trust="unreviewed")).reason is Reason.UNREVIEWED_SOURCE
    assert ruled(ours, reviews=reviews, tombstones=["stone"]).reason is Reason.WITHDRAWN
    assert ruled(ours, claim("CC BY-NC 4.0"), reviews=reviews).reason is Reason.NC
    by_contract = source(scope="contract", contract="demo_paper")
    denied = Reviews([review("Our licence", None)])
    found = decide((ours,), (), by_contract, POLICY, {"demo_paper": contract()}, {}, (), TODAY, TODAY, denied)
    assert found.rule == "contract:demo_paper"  # which alone speaks for its source


def test_parts_of_a_composite_record_must_all_hold() -> None:
    reviews = Reviews([review("Our licence")])
    parts = claim("Our licence", "a"), claim("CC BY-SA 4.0", "b")
    found = ruled(*parts, reviews=reviews)
    assert (found.expression, found.rule) == ("CC-BY-4.0 AND CC-BY-SA-4.0", "allow:cc-by-sa+review:r1")
    found = ruled(*parts, claim("Their licence", "c"), reviews=reviews)
    assert (found.decision, found.reason) == (Decision.QUARANTINE, Reason.COMPOSITE_UNKNOWN)


def test_a_dated_name_of_the_source_goes_before_a_ruling() -> None:
    dated = source(aliases={"flag": [{"expression": "CC-BY-3.0", "valid_until": "2020-01-01"}]})
    reviews = Reviews([review("flag", "CC-BY-4.0")])
    assert ruled(claim("flag"), reviews=reviews, of=dated, published=date(2019, 1, 1)).expression == "CC-BY-3.0"
    assert ruled(claim("flag"), reviews=reviews, of=dated, published=TODAY).expression == "CC-BY-4.0"


def test_rulings_are_remembered_for_the_reviews_they_were_made_under() -> None:
    claims = (claim("Our licence"),)
    for _ in range(2):
        assert ruled(*claims, reviews=NO_REVIEWS).decision is Decision.QUARANTINE
        assert ruled(*claims, reviews=Reviews([review("Our licence")])).decision is Decision.ALLOW
        assert ruled(*claims, reviews=Reviews([review("Our licence", None)])).decision is Decision.DENY


def test_without_knowing_what_people_ruled_nothing_loads() -> None:
    nobody_looked: Any = None
    found = decide((claim("MIT"),), (), PLAIN, POLICY, {}, {}, (), TODAY, TODAY, nobody_looked)
    assert (found.decision, found.rule) == (Decision.DENY, "builtin:no_reviews")


TAGS = st.sampled_from([
    "Our licence", "Their licence", "CC BY", "CC BY-SA", "CC BY 4.0", "CC BY-NC 4.0", "MIT", "MIT OR", "GPL or MIT",
    "GFDL-1.3-or-later", "CC-PDM-1.0", "All rights reserved", "non-commercial", "[]", "LicenseRef-CC-BY-NC-unversioned",
    "CC-BY-NC-4.0 OR", "GPL-3.0-only OR CC BY", "CC0",
])  # fmt: skip
NAMED = st.sampled_from([
    "CC-BY-4.0", "CC0-1.0", "MIT", "CC-BY-NC-4.0", "CC-BY-ND-2.0", "GPL-3.0-only", "CC-BY-SA-4.0", "GFDL-1.3-or-later",
    "LicenseRef-CC-BY-unversioned", "nonsense", "MIT OR CC-BY-NC-4.0", "MIT AND CC-BY-NC-4.0", "LicenseRef-PD-US", None,
])  # fmt: skip
CLAIMS = st.lists(st.builds(claim, TAGS, st.sampled_from(["", "a"])), min_size=1, max_size=3)
OPTOUTS = st.lists(
    st.builds(
        OptOut, signal=st.sampled_from(["tdm-reservation", "robots"]), value=st.just("1"), place=st.just("header")
    ),
    max_size=1,
)


@settings(max_examples=600, deadline=None)
@given(CLAIMS, TAGS, NAMED, OPTOUTS, st.sampled_from([PLAIN, source(trust="unreviewed")]))
def test_a_ruling_lets_through_nothing_that_policy_or_reservation_forbid(
    claims: list[LicenseClaim], tag: str, named: str | None, optouts: list[OptOut], of: Source
) -> None:
    """Gate and audit agree on what loads (see ``ruled``), and it holds no NC, ND, denied term or reservation."""
    found = ruled(*claims, reviews=Reviews([review(tag, named)]), optouts=tuple(optouts), of=of)
    if found.decision is not Decision.ALLOW:
        return
    assert not optouts
    assert of is PLAIN
    for term in identify(found.elected).terms:
        assert restriction_of(term) is None
        assert POLICY.denies(term, TODAY) is None
        assert POLICY.allows(term)
    # Where no OR offers a way round it, no tag of the record names a restriction or a denied licence.
    for tag in (stated.raw or "" for stated in claims):
        read = identify(tag)
        if " OR " not in (read.expression or ""):
            assert lift.restriction_in(tag) is None
            assert not [t for t in read.terms or lift.terms_in(tag) if restriction_of(t) or POLICY.denies(t, TODAY)]


@settings(max_examples=300, deadline=None)
@given(CLAIMS, TAGS, NAMED, st.booleans())
def test_a_ruling_touches_no_other_source_and_no_other_tag(
    claims: list[LicenseClaim], tag: str, named: str | None, elsewhere: bool
) -> None:
    before = rule(*claims)
    if elsewhere:
        reviews = Reviews([review(tag, named, source="other")])
    else:
        reviews = Reviews([review(other, named) for other in (tag.upper() + " ", f" {tag}", tag.swapcase() + ".")])
        if any(reviews.of("demo", stated.raw) for stated in claims):
            return
    assert ruled(*claims, reviews=reviews) == before


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | TAGS, NAMED)
def test_any_tag_may_be_ruled_on_and_gate_and_audit_agree(tag: str, named: str | None) -> None:
    if not tag.strip():
        return
    found = ruled(claim(tag), reviews=Reviews([review(tag, named)]))
    if found.decision is Decision.ALLOW and rule(claim(tag)).decision is not Decision.ALLOW:
        assert lift.obstacle(tag, identify(tag), POLICY, TODAY) is None
    proposed, candidates = propose(tag, identify(tag), POLICY)
    for spdx in (*([proposed] if proposed else ()), *candidates):
        assert rule(claim(spdx)).decision is Decision.ALLOW


def test_the_newest_answer_counts_and_later_takes_nothing_back() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    allow, deny = review("x", reviewed_at=early), review("x", None, id="r2", reviewed_at=late)
    later = review("x", None, id="r3", decision="later", reviewed_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert Reviews([deny, allow, later]).of("demo", "x") == deny
    assert Reviews([later]).of("demo", "x") is None
    undated = review("x", id="r4", reviewed_at=None)
    assert Reviews([undated, allow]).of("demo", "x") == allow
    together = review("x", None, id="r0", reviewed_at=early)
    assert Reviews([together, allow]).of("demo", "x") == Reviews([allow, together]).of("demo", "x") == together


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "maybe"},
        {"decision": None},
        {"license_expression": None},
        {"license_raw": None},
        {"license_raw": "  "},
        {"review_id": None},
        {"decision": "deny"},
    ],
)
def test_a_row_that_makes_no_sense_stops_everything(changes: dict[str, Any]) -> None:
    row = {
        "review_id": "r1",
        "source": "demo",
        "license_raw": "x",
        "decision": "allow",
        "license_expression": "MIT",
        "reviewed_by": "jo",
        "reviewed_at": NOON,
    }
    assert len(Reviews.from_rows([row])) == 1
    assert len(Reviews.from_rows([{**row, "source": "other"}], "demo")) == 0
    with pytest.raises(StoreError, match="makes no sense"):
        Reviews.from_rows([{**row, **changes}])


def test_only_what_lets_less_load_counts_as_narrowed() -> None:
    def answers(*reviews: Review) -> dict[str, str]:
        return Reviews(reviews).answers("demo")

    allow, other, deny = review("x"), review("x", "MIT"), review("x", None)
    assert not narrowed(answers(), answers(allow))
    assert not narrowed(answers(deny), answers(allow))
    assert not narrowed(answers(deny), answers())
    assert not narrowed(answers(allow), answers(allow, review("y", "MIT")))
    for before, now in ((allow, other), (allow, deny)):
        assert narrowed(answers(before), answers(now))
    assert narrowed(answers(allow), answers())
    assert narrowed(answers(), answers(deny))
    assert answers(review("x", source="other")) == {}


@pytest.mark.parametrize(
    ("tag", "proposed", "first"),
    [
        ("Creative Commons Attribution 4.0 Int'l", "CC-BY-4.0", None),
        ("Licensed under CC BY-SA 4.0", "CC-BY-SA-4.0", None),
        ('["https://creativecommons.org/licenses/by/4.0/"]', "CC-BY-4.0", None),
        ("CC BY", None, "CC-BY-4.0"),
        ("CC BY 4.0 except images", None, "CC-BY-4.0"),
        ("CC BY 4.0 / MIT", None, "CC-BY-4.0"),
        ("https://creativecommons.org.evil.com/licenses/by/4.0/", None, None),
        ("https://example.org/standby/4.0/", None, None),
        ("Newsroom Open Licence", None, None),
        ("MPL-2.0", None, None),
        ("GPL-3.0-only!", None, None),
        ("x" * (MAX_TAG + 1), None, None),
    ],
)
def test_what_a_tag_may_mean_is_suggested_and_never_applied(tag: str, proposed: str | None, first: str | None) -> None:
    found = propose(tag, identify(tag), POLICY)
    assert (found[0], next(iter(found[1]), None)) == (proposed, first)
    assert rule(claim(tag)).decision is not Decision.ALLOW
