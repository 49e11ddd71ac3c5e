"""The audit's second opinion agrees with the gate on what the gate allows, and catches rows that claim more."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.unit.licensing.cases import PLAIN, POLICY, TODAY, claim, contract, policy, rule, source

from rightful.licensing import recheck
from rightful.licensing.recheck import may_load
from rightful.model import Decision, LicenseClaim, OptOut, Ruling, Strength

BY = (claim("CC BY 4.0"),)
SIGNED = source(scope="contract", contract="demo_paper")
CONTRACTS = {"demo_paper": contract()}
PAPER = "LicenseRef-contract-demo-paper"


def check(expression: str | None, raw: str | None, claims: Any, **given: Any) -> str | None:
    return may_load(
        license_expression=expression,
        license_raw=raw,
        claims=claims,
        optouts=given.get("optouts", ()),
        contract_id=given.get("contract_id"),
        on=given.get("on", TODAY),
        published=given.get("published", TODAY),
        policy=given.get("policy", POLICY),
        contracts=given.get("contracts", {}),
        source=given.get("source", PLAIN),
    )


def as_written(ruling: Ruling, claims: Any, **given: Any) -> str | None:
    """The second opinion on the row that the gate's ruling would become."""
    return check(ruling.expression, ruling.evidence, claims, contract_id=ruling.contract_id, **given)


@pytest.mark.parametrize(
    "claims",
    [
        BY,
        (claim("https://creativecommons.org/licenses/by-sa/3.0/deed.nd"),),
        (claim("https://creativecommons.org/licenses/by/4.0/?from=nc"),),
        (claim("CC-BY-4.0"), claim("CC-BY-2.5")),
        (claim("CC-BY-3.0-DE"), claim("CC-BY-3.0")),
        (claim("CC BY-SA 4.0", "q"), claim("CC BY-SA 3.0", "a[0]"), claim("MIT", "a[1]")),
        (claim("GPL-3.0-only OR MIT", "a"), claim("ISC", "b")),
        (claim("ISC AND (CC-BY-NC-4.0 OR MIT)"),),
        (claim("(MIT OR ISC) AND (GPL-3.0-only OR 0BSD)"),),
        (claim("MIT AND CC-BY-4.0"), claim("CC-BY-3.0 AND MIT")),
        (claim("LicenseRef-PD-US"),),
    ],
)
def test_what_the_gate_allows_passes(claims: tuple[LicenseClaim, ...]) -> None:
    ruling = rule(*claims)
    assert ruling.decision is Decision.ALLOW
    assert as_written(ruling, claims) is None


@pytest.mark.parametrize(
    ("expression", "raw", "claims", "given", "says"),
    [
        (None, "CC BY 4.0", BY, {}, "names no licence"),
        ("", "CC BY 4.0", BY, {}, "names no licence"),
        ("CC-BY-4.0", "CC BY 4.0", (), {}, "no claim"),
        ("CC-BY-4.0", "CC0-1.0", BY, {}, "none of its claims"),
        ("CC-BY-4.0", None, BY, {}, "none of its claims"),
        ("CC0-1.0", "CC BY 4.0", BY, {}, "not what its claims say"),
        ("CC-BY-4.0 AND MIT", "CC BY 4.0", BY, {}, "not what its claims say"),
        ("CC-BY-4.0", "CC-BY-4.0", (claim("CC-BY-4.0", "a"), claim("MIT", "b")), {}, "not what its claims say"),
        ("CC-BY-4.0", "CC-BY-4.0", (claim("CC-BY-4.0"), claim("CC-BY-3.0")), {}, "not what its claims say"),
        ("MIT OR ISC", "MIT", (claim("MIT", "a"), claim("ISC", "b")), {}, "offers a choice"),
        ("CC-BY-NC-4.0", "x", (claim("x", expression="CC-BY-4.0"),), {}, "no known licence"),
        ("CC-BY-4.0", "CC-BY-NC-4.0", (claim("CC-BY-NC-4.0"),), {}, "restricts use"),
        ("GPL-3.0-only", "GPL-3.0", (claim("GPL-3.0"),), {}, "does not allow"),
        ("CC-BY-4.0", "CC BY", (claim("CC BY"),), {}, "does not allow"),
        ("CC-BY-4.0", "CC-BY-4.0", (claim("CC-BY-4.0"), claim(None)), {}, "no known licence"),
        ("CC-BY-4.0", "CC-BY-4.0", (claim("CC-BY-4.0"), claim("CC0-1.0")), {}, "contradict"),
        ("CC-BY-4.0", "CC-BY-4.0", (claim("CC-BY-4.0", strength=Strength.ICON),), {}, "too weak"),
        ("CC-BY-4.0", "CC BY 4.0", BY, {"source": source(trust="unreviewed")}, "under review"),
        ("CC-BY-4.0", "CC BY 4.0", BY, {"optouts": (OptOut(signal="noai", value="1", place="meta"),)}, "opt-out"),
        ("CC-BY-4.0", "CC BY 4.0", BY, {"contract_id": "demo_paper", "contracts": CONTRACTS}, "is not the one of"),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0", (claim("CC-BY-SA-4.0"),), {"policy": policy(share_alike=False)},
         "does not allow"),
        ("LicenseRef-PD-US", "LicenseRef-PD-US", (claim("LicenseRef-PD-US"),), {"policy": policy(jurisdiction=["DE"])},
         "does not allow"),
    ],
)  # fmt: skip
def test_a_row_that_claims_more_is_caught(
    expression: str | None, raw: str | None, claims: Any, given: dict[str, Any], says: str
) -> None:
    problem = check(expression, raw, claims, **given)
    assert problem is not None
    assert says in problem


def test_a_contracts_row_passes() -> None:
    ruling = rule(source=SIGNED, contracts=CONTRACTS)
    assert as_written(ruling, (), source=SIGNED, contracts=CONTRACTS) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"contracts": {}}, "no contract"),
        ({"contracts": {"demo_paper": contract(sources=["other"])}}, "no contract"),
        ({"contracts": {"demo_paper": contract(permitted_uses=["display"])}}, "does not permit training"),
        ({"contracts": {"demo_paper": contract(territory=["GB"])}}, "does not reach US"),
        ({"contract_id": None}, "is not the one of"),
        ({"contract_id": "other"}, "is not the one of"),
        ({"on": date(2027, 1, 1)}, "not in force"),
        ({"on": date(2025, 1, 1)}, "not in force"),
        ({"on": None}, "not in force"),
        ({"expression": "CC0-1.0"}, "not that of contract"),
    ],
)
def test_a_contracts_row_needs_the_contract(changes: dict[str, Any], says: str) -> None:
    given = {"source": SIGNED, "contracts": CONTRACTS, "contract_id": "demo_paper", "expression": PAPER, **changes}
    problem = check(given.pop("expression"), None, (claim("CC0-1.0"),), **given)
    assert problem is not None
    assert says in problem


def test_a_claims_own_expression_proves_nothing() -> None:
    liar = (claim("CC BY-NC 4.0", expression="CC-BY-4.0"),)
    assert check("CC-BY-4.0", "CC BY-NC 4.0", liar) is not None


def test_it_shares_no_reasoning_with_the_gate() -> None:
    borrowed = {name for name in vars(recheck) if name in {"decide", "rule_expression", "evaluate", "expression"}}
    assert borrowed == set()


def test_many_choices_take_one_look_each() -> None:
    # Spelt out, this would be 2**10 alternatives.
    pairs = " AND ".join(f"({a} OR {b})" for a, b in zip(WIDE[::2], WIDE[1::2], strict=True))
    assert as_written(rule(claim(pairs)), (claim(pairs),)) is None
    assert check(pairs, pairs.replace("ODC-By-1.0)", "ODC-By-1.0) AND GPL-3.0-only"), (claim(pairs),)) is not None


@pytest.mark.parametrize("broken", ["(", "CC-BY-4.0)", "CC-BY-4.0 AND", "OR CC-BY-4.0", "CC-BY-4.0 WITH", "AND", ")("])
def test_a_broken_expression_in_the_column_is_caught(broken: str) -> None:
    assert check(broken, "CC BY 4.0", BY) is not None


WIDE = [
    "MIT", "ISC", "0BSD", "Unlicense", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0",
    "CC-BY-3.0", "CC-BY-2.5", "CC-BY-2.0", "CC-BY-1.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0", "OGL-UK-1.0", "OGL-UK-2.0",
    "OGL-UK-3.0", "ODC-By-1.0",
]  # fmt: skip
