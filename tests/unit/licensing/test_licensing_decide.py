"""The gate: each reason, each precedence, and the bugs that let others' gates stand open."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tests.unit.licensing.cases import LONG_AGO, PLAIN, POLICY, TODAY, claim, contract, policy, rule, source

from rightful.catalogue.models import DatedAlias
from rightful.licensing.decide import decide
from rightful.licensing.policy import DENY_REASONS
from rightful.model import Decision, LicenseClaim, OptOut, Reason, Strength

ALLOW, QUARANTINE, DENY = Decision.ALLOW, Decision.QUARANTINE, Decision.DENY
CC = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("tag", "duties"),
    [
        ("CC0-1.0", ()),
        ("CC-PDDC", ()),
        (f"{CC}/licenses/by/4.0/", ("attribution",)),
        (f"{CC}/licenses/by/2.1/jp/", ("attribution",)),
        ("CC-BY-3.0-IGO", ("attribution",)),
        (f"{CC}/licenses/by-sa/2.5/se/", ("attribution", "share_alike")),
        (f"{CC}/licenses/by-sa/2.5/scotland/", ("attribution", "share_alike")),
        *[(spdx, ("notice",)) for spdx in ("MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC")],
        *[(spdx, ()) for spdx in ("MIT-0", "0BSD", "Unlicense")],
        *[(f"OGL-UK-{version}.0", ("attribution",)) for version in (1, 2, 3)],
        ("OGL-Canada-2.0", ("attribution",)),
        ("LicenseRef-OPL-UK-3.0", ("attribution",)),
        ("CDLA-Permissive-1.0", ("notice",)),
        ("CDLA-Permissive-2.0", ("notice",)),
        ("ODC-By-1.0", ("attribution",)),
        ("LicenseRef-PD-US", ()),
        ("LicenseRef-US-Gov-Work", ()),
    ],
)
def test_the_shipped_policy_allows(tag: str, duties: tuple[str, ...]) -> None:
    ruling = rule(claim(tag))
    assert (ruling.decision, ruling.reason, ruling.duties) == (ALLOW, Reason.ALLOWED, duties)
    assert ruling.rule.startswith("allow:")
    assert ruling.evidence == tag
    assert ruling.policy_version == f"2026.3+{POLICY.sha256}"


@pytest.mark.parametrize(
    ("tag", "decision", "reason"),
    [
        ("", DENY, Reason.NO_TAG),
        (None, DENY, Reason.NO_TAG),
        ("NOASSERTION", DENY, Reason.NO_TAG),
        ("[]", DENY, Reason.NO_TAG),
        ("CC-BY-NC-4.0", DENY, Reason.NC),
        ("CC BY-NC", DENY, Reason.NC),
        ("CC-BY-NC-ND-4.0", DENY, Reason.NC),
        (f"{CC}/licenses/nc-sampling+/1.0/", DENY, Reason.NC),
        ("http://rightsstatements.org/vocab/InC-NC/1.0/", DENY, Reason.NC),
        ("PolyForm-Noncommercial-1.0.0", DENY, Reason.NC),
        ("CC-BY-ND-3.0", DENY, Reason.ND),
        (f"{CC}/licenses/by-nd/2.5/se/", DENY, Reason.ND),
        ("GPL-3.0-only", DENY, Reason.NOT_ALLOWED),
        ("AGPL-3.0-or-later", DENY, Reason.NOT_ALLOWED),
        ("gpl", DENY, Reason.NOT_ALLOWED),
        ("All rights reserved", DENY, Reason.NOT_ALLOWED),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", DENY, Reason.NOT_ALLOWED),
        ("http://rightsstatements.org/vocab/InC/1.0/", DENY, Reason.NOT_ALLOWED),
        ("http://rightsstatements.org/vocab/NKC/1.0/", DENY, Reason.NOT_ALLOWED),
        (f"{CC}/licenses/sampling/1.0/", DENY, Reason.NOT_ALLOWED),
        ("CC-SA-1.0", DENY, Reason.NOT_ALLOWED),
        ("Zlib", DENY, Reason.NOT_ALLOWED),  # known, but no rule names it
        ("Apache-2.0 WITH LLVM-exception", DENY, Reason.NOT_ALLOWED),  # the exact term is not Apache-2.0
        ("Apache-2.0+", DENY, Reason.NOT_ALLOWED),
        ("LicenseRef-generator-terms", DENY, Reason.GENERATOR_TERMS),
        ("CC BY", QUARANTINE, Reason.UNVERSIONED),
        (f"{CC}/licenses/by-sa/", QUARANTINE, Reason.UNVERSIONED),
        ("CC0", QUARANTINE, Reason.UNVERSIONED),
        ("MIT OR", QUARANTINE, Reason.UNPARSABLE),
        ("Creative Commons", QUARANTINE, Reason.UNKNOWN_ID),
        ("other", QUARANTINE, Reason.UNKNOWN_ID),
        ("LicenseRef-contract-demo-paper", QUARANTINE, Reason.UNKNOWN_ID),  # a tag is no contract
        ("CC-PDM-1.0", QUARANTINE, Reason.WEAK_EVIDENCE),
        ("No known copyright restrictions", QUARANTINE, Reason.WEAK_EVIDENCE),
        ("GFDL-1.3-or-later", QUARANTINE, Reason.WEAK_EVIDENCE),
        ("GFDL", QUARANTINE, Reason.UNVERSIONED),
        ("MPL-2.0", QUARANTINE, Reason.WEAK_EVIDENCE),
        ("LGPL-2.1-only", QUARANTINE, Reason.WEAK_EVIDENCE),
        ("ODbL-1.0", QUARANTINE, Reason.WEAK_EVIDENCE),
    ],
)
def test_the_shipped_policy_refuses(tag: str | None, decision: Decision, reason: Reason) -> None:
    ruling = rule(claim(tag))
    assert (ruling.decision, ruling.reason) == (decision, reason)
    assert ruling.elected is None


@pytest.mark.parametrize(
    "tags",
    [
        [f"{CC}/licenses/by-nc-sa/2.0/"],  # part of a family read as the family
        ["https://example.org/standby/4.0/"],
        [f"{CC}/publicdomain/anything"],
        [f"{CC}/licenses/GPL/2.0/"],
        [],  # all([]) is true
        ["All"],
        ["MIT", "GPL-3.0"],  # one licence of the list is fine, the other is not
        ["GPL-3.0", "MIT"],
        ["cc_by_nc"],
        ["cc-by-nc"],
        ["by_nc_4.0"],
        ["All rights reserved"],
        ["Creative Commons"],
        ["CC BY"],
        ["https://creativecommons.org.evil.com/licenses/by/4.0/"],
        ["CC-BY-NC-4.0", "CC-BY-NC-ND-4.0"],  # a filter that kept only the denied ones
    ],
)
def test_bugs_that_let_others_gates_stand_open(tags: list[str]) -> None:
    assert rule(*map(claim, tags)).decision is not ALLOW


def test_by_sa_is_never_read_as_by() -> None:
    ruling = rule(claim(f"{CC}/licenses/by-sa/2.0/"))
    assert (ruling.expression, ruling.duties) == ("CC-BY-SA-2.0", ("attribution", "share_alike"))


def test_what_a_claim_says_of_its_own_meaning_does_not_help() -> None:
    assert rule(claim("CC BY-NC 4.0", expression="CC0-1.0")).reason is Reason.NC
    assert rule(claim(None, expression="CC0-1.0")).reason is Reason.NO_TAG


# --- several claims ---------------------------------------------------------------------------------------------------


def test_deny_outweighs_quarantine_outweighs_allow() -> None:
    fine, unclear, bad = claim("CC-BY-4.0"), claim("CC BY"), claim("CC-BY-ND-4.0")
    assert rule(fine, unclear).reason is Reason.UNVERSIONED
    for order in ((fine, unclear, bad), (bad, unclear, fine), (unclear, bad, fine)):
        assert rule(*order).reason is Reason.ND


def test_one_missing_tag_denies_even_beside_a_good_one() -> None:
    assert rule(claim("CC-BY-4.0"), claim(None)).reason is Reason.NO_TAG


def test_different_families_on_one_part_conflict() -> None:
    ruling = rule(claim("CC-BY-4.0"), claim("CC-BY-SA-4.0"))
    assert (ruling.decision, ruling.reason) == (QUARANTINE, Reason.CONFLICT)


def test_of_one_family_the_lowest_version_is_listed() -> None:
    for order in (("CC-BY-4.0", "CC-BY-2.5"), ("CC-BY-2.5", "CC-BY-4.0")):
        ruling = rule(*map(claim, order))
        assert (ruling.decision, ruling.expression, ruling.elected) == (ALLOW, "CC-BY-2.5", "CC-BY-2.5")
    assert rule(claim("CC-BY-3.0-DE"), claim("CC-BY-4.0")).expression == "CC-BY-3.0-DE"


def test_a_composite_is_the_and_of_its_parts() -> None:
    ruling = rule(claim("CC BY-SA 4.0", "question"), claim("CC BY-SA 3.0", "answers[0]"), claim("MIT", "answers[1]"))
    assert ruling.expression == ruling.elected == "CC-BY-SA-3.0 AND CC-BY-SA-4.0 AND MIT"
    assert (ruling.decision, ruling.category) == (ALLOW, "share_alike")
    assert ruling.duties == ("attribution", "notice", "share_alike")
    assert ruling.rule == "allow:cc-by-sa+allow:permissive-notice"


@pytest.mark.parametrize(
    ("tag", "decision", "reason"),
    [
        ("whatever", QUARANTINE, Reason.COMPOSITE_UNKNOWN),
        ("MIT OR", QUARANTINE, Reason.COMPOSITE_UNKNOWN),
        (None, DENY, Reason.NO_TAG),
        ("CC BY-NC 3.0", DENY, Reason.NC),
        ("CC BY-SA", QUARANTINE, Reason.UNVERSIONED),
    ],
)
def test_one_bad_part_stops_the_whole_composite(tag: str | None, decision: Decision, reason: Reason) -> None:
    ruling = rule(claim("CC BY-SA 4.0", "question"), claim(tag, "answers[0]"))
    assert (ruling.decision, ruling.reason) == (decision, reason)


@pytest.mark.parametrize(
    ("tag", "expression", "elected"),
    [
        ("GPL-3.0-only OR MIT", "GPL-3.0-only OR MIT", "MIT"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0", "MIT"),
        ("CC-BY-NC-4.0 OR CC-BY-4.0", "CC-BY-NC-4.0 OR CC-BY-4.0", "CC-BY-4.0"),
        ("ISC AND (GPL-3.0-only OR MIT)", "ISC AND (GPL-3.0-only OR MIT)", "ISC AND MIT"),
    ],
)
def test_or_elects_a_branch_and_records_it(tag: str, expression: str, elected: str) -> None:
    ruling = rule(claim(tag))
    assert (ruling.decision, ruling.expression, ruling.elected) == (ALLOW, expression, elected)


def test_an_or_beside_another_part_keeps_its_parentheses() -> None:
    ruling = rule(claim("GPL-3.0-only OR MIT", "a"), claim("ISC", "b"))
    assert (ruling.expression, ruling.elected) == ("(GPL-3.0-only OR MIT) AND ISC", "ISC AND MIT")


@pytest.mark.parametrize(
    "tag", ["MIT AND GPL-3.0-only", "MIT AND CC-BY", "GPL-3.0-only OR AGPL-3.0-only", "MIT AND nonsense"]
)
def test_and_needs_all_and_or_needs_one(tag: str) -> None:
    assert rule(claim(tag)).decision is not ALLOW


# --- strength, trust, opt-outs, tombstones ----------------------------------------------------------------------------


def test_evidence_weaker_than_the_source_accepts_quarantines() -> None:
    assert rule(claim("CC-BY-4.0", strength=Strength.PAGE_METADATA)).decision is ALLOW
    assert rule(claim("CC-BY-4.0", strength=Strength.FOOTER_LINK)).reason is Reason.WEAK_EVIDENCE
    lenient = source(weakest_strength="footer_link")
    assert rule(claim("CC-BY-4.0", strength=Strength.FOOTER_LINK), source=lenient).decision is ALLOW
    assert rule(claim("CC-BY-NC-4.0", strength=Strength.ICON)).reason is Reason.NC


def test_the_ruling_tells_the_weakest_strength_it_rests_on() -> None:
    ruling = rule(claim("CC-BY-4.0"), claim("CC-BY-4.0", strength=Strength.PAGE_METADATA))
    assert (ruling.strength, ruling.evidence_place) == (Strength.PAGE_METADATA, "record.license")


def test_a_source_under_review_can_only_quarantine() -> None:
    young = source(trust="unreviewed")
    assert rule(claim("CC0-1.0"), source=young).reason is Reason.UNREVIEWED_SOURCE
    assert rule(claim("CC-BY-NC-4.0"), source=young).decision is DENY
    signed = source(trust="unreviewed", scope="contract", contract="demo_paper")
    assert rule(source=signed, contracts={"demo_paper": contract()}).reason is Reason.UNREVIEWED_SOURCE


@pytest.mark.parametrize(
    ("signal", "value", "decision", "reason"),
    [
        ("robots", "disallow", DENY, Reason.ROBOTS),
        ("robots", "anything", DENY, Reason.ROBOTS),
        ("robots", "allow", ALLOW, Reason.ALLOWED),
        ("robots-training", "disallow", QUARANTINE, Reason.TDM_RESERVED),
        ("tdm-reservation", "1", QUARANTINE, Reason.TDM_RESERVED),
        ("TDM_Reservation", " 1 ", QUARANTINE, Reason.TDM_RESERVED),
        ("tdm-reservation", "0", ALLOW, Reason.ALLOWED),
        ("tdm-reservation", "not checked", ALLOW, Reason.ALLOWED),
        ("tdm-reservation", "", QUARANTINE, Reason.TDM_RESERVED),
        ("content-signal", "ai-train=no", QUARANTINE, Reason.TDM_RESERVED),
        ("noai", "", QUARANTINE, Reason.TDM_RESERVED),
        ("noimageai", "1", ALLOW, Reason.ALLOWED),
        ("never heard of", "x", QUARANTINE, Reason.TDM_RESERVED),
    ],
)
def test_opt_outs(signal: str, value: str, decision: Decision, reason: Reason) -> None:
    ruling = rule(claim("CC0-1.0"), optouts=(OptOut(signal=signal, value=value, place="header"),))
    assert (ruling.decision, ruling.reason) == (decision, reason)


def test_any_denying_opt_out_wins_and_a_denied_licence_keeps_its_reason() -> None:
    both = (
        OptOut(signal="noai", value="1", place="meta"),
        OptOut(signal="robots", value="disallow", place="robots.txt"),
    )
    assert rule(claim("CC0-1.0"), optouts=both).reason is Reason.ROBOTS
    assert rule(claim("CC-BY-NC-4.0"), optouts=both).reason is Reason.NC


def test_a_tombstone_denies_before_everything_else() -> None:
    signed = source(scope="contract", contract="demo_paper")
    assert rule(claim("CC0-1.0"), tombstones=("t",)).reason is Reason.WITHDRAWN
    assert rule(tombstones=["t"], source=signed, contracts={"demo_paper": contract()}).reason is Reason.WITHDRAWN
    assert rule(claim("CC0-1.0"), tombstones=None).reason is Reason.WITHDRAWN


# --- dates, jurisdiction, duties --------------------------------------------------------------------------------------


def test_what_is_free_in_the_usa_only_needs_an_operator_there_alone() -> None:
    for tag in ("LicenseRef-PD-US", "http://rightsstatements.org/vocab/NoC-US/1.0/"):
        assert rule(claim(tag)).jurisdiction == ("US",)
        for places in (["DE"], ["US", "DE"]):
            assert rule(claim(tag), policy=policy(jurisdiction=places)).reason is Reason.JURISDICTION


def test_share_alike_can_be_refused() -> None:
    strict = policy(share_alike=False)
    assert rule(claim("CC-BY-SA-4.0"), policy=strict).reason is Reason.SA_NOT_ACCEPTED
    assert rule(claim("CC-BY-4.0"), policy=strict).decision is ALLOW


DATED = policy(allow=[
    {"id": "old", "ids": ["MIT"], "valid_from": "2016-01-01", "valid_until": "2020-12-31"},
    {"id": "by", "ids": ["CC-BY-4.0"]},
])  # fmt: skip


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        (date(2015, 12, 31), Reason.NOT_YET_VALID),
        (date(2016, 1, 1), Reason.ALLOWED),
        (datetime.fromisoformat("2020-12-31T23:59:59+00:00"), Reason.ALLOWED),
        (datetime.fromisoformat("2020-12-31T23:59:59-05:00"), Reason.EXPIRED),
        (date(2021, 1, 1), Reason.EXPIRED),
        (None, Reason.WEAK_EVIDENCE),
    ],
)
def test_dated_rules_apply_to_the_publication_date(published: date | None, reason: Reason) -> None:
    assert rule(claim("MIT"), policy=DATED, published=published, on=TODAY).reason is reason


def test_dated_aliases_apply_to_the_publication_date() -> None:
    flags = source(aliases={"cc": (DatedAlias(expression="CC-BY-3.0", valid_until=LONG_AGO),)})
    assert rule(claim("cc"), source=flags, published=LONG_AGO).expression == "CC-BY-3.0"
    assert rule(claim("cc"), source=flags, published=TODAY).reason is Reason.UNKNOWN_ID
    assert rule(claim("cc"), source=flags, published=None).reason is Reason.UNKNOWN_ID


# --- the function itself ----------------------------------------------------------------------------------------------


def test_the_same_question_gets_the_same_answer_from_list_and_tuple_and_memory() -> None:
    claims = (claim("CC-BY-4.0"), claim("CC-BY-3.0"))
    first = rule(*claims)
    assert rule(*claims) == first
    assert decide(list(claims), [], PLAIN, POLICY, {}, {}, [], TODAY, TODAY) == first


def test_remembered_rulings_belong_to_one_source_and_policy() -> None:
    tag = claim("CC-BY-SA-4.0")
    assert rule(tag).decision is ALLOW
    assert rule(tag, policy=policy(share_alike=False)).decision is DENY
    assert rule(tag, source=source(trust="unreviewed")).decision is QUARANTINE
    assert rule(tag).decision is ALLOW


@pytest.mark.parametrize(
    "given",
    [
        {"policy": None}, {"policy": {}}, {"source": None}, {"source": "demo"}, {"tombstones": 3}, {"tombstones": None},
        {"optouts": None}, {"optouts": "x"}, {"optouts": [None]}, {"optouts": [{"signal": "robots"}]},
    ],
)  # fmt: skip
def test_garbage_beside_a_good_claim_never_helps(given: dict[str, Any]) -> None:
    assert rule(claim("CC0-1.0"), **given).decision is not ALLOW


@pytest.mark.parametrize(
    "claims",
    [
        None, (), [], "CC0-1.0", 7, {}, (None,), ("CC0-1.0",), [{"raw": "CC0-1.0"}],
        (LicenseClaim(raw=3, place="p", strength=Strength.PUBLISHER),),  # type: ignore[arg-type]
        (LicenseClaim(raw=[], place="p", strength=Strength.PUBLISHER),),  # type: ignore[arg-type]
        (LicenseClaim(raw="CC0-1.0", place="p", strength="strong"),),  # type: ignore[arg-type]
        (LicenseClaim(raw="CC0-1.0", place="p", strength=None),),  # type: ignore[arg-type]
        (LicenseClaim(raw="CC0-1.0", place="p", strength=Strength.PUBLISHER, part=[]),),  # type: ignore[arg-type]
        (LicenseClaim(raw="CC0-1.0", place=None, strength=Strength.PUBLISHER),),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_garbage_for_claims_is_ruled_on_and_never_allowed(claims: Any) -> None:
    assert decide(claims, (), PLAIN, POLICY, {}, {}, (), TODAY, TODAY).decision is not ALLOW


def test_each_reason_belongs_to_one_decision() -> None:
    assert Reason.ALLOWED not in DENY_REASONS
    quarantined = {Reason.UNPARSABLE, Reason.UNKNOWN_ID, Reason.UNVERSIONED, Reason.CONFLICT, Reason.WEAK_EVIDENCE,
                   Reason.TDM_RESERVED, Reason.COMPOSITE_UNKNOWN, Reason.UNREVIEWED_SOURCE}  # fmt: skip
    assert set(Reason) - DENY_REASONS - {Reason.ALLOWED} == quarantined
