"""Sources that only a contract opens, and the row that the command line shows for a tag."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.unit.licensing.cases import POLICY, TODAY, claim, contract, rule, source

from rightful.licensing.decide import identify_row
from rightful.licensing.policy import Policy
from rightful.model import Decision, Reason, Strength

ALLOW, DENY = Decision.ALLOW, Decision.DENY
SIGNED = source(scope="contract", contract="demo_paper")


def test_a_live_contract_decides_alone() -> None:
    ruling = rule(claim("CC-BY-NC-4.0"), source=SIGNED, contracts={"demo_paper": contract()})
    assert (ruling.decision, ruling.rule, ruling.contract_id) == (ALLOW, "contract:demo_paper", "demo_paper")
    assert ruling.expression == ruling.elected == "LicenseRef-contract-demo-paper"
    assert (ruling.category, ruling.strength, ruling.duties) == ("contract", Strength.CONTRACT, ("attribution",))
    assert (ruling.valid_from, ruling.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("changes", "given", "reason"),
    [
        ({}, {"contracts": {}}, Reason.NOT_ALLOWED),
        ({}, {"contracts": None}, Reason.NOT_ALLOWED),
        ({"sources": ["other"]}, {}, Reason.NOT_ALLOWED),
        ({"id": "another"}, {}, Reason.NOT_ALLOWED),
        ({"permitted_uses": ["display"]}, {}, Reason.NOT_ALLOWED),
        ({}, {"on": date(2027, 1, 1)}, Reason.EXPIRED),
        ({}, {"on": date(2025, 12, 31)}, Reason.NOT_YET_VALID),
        ({}, {"on": None}, Reason.NOT_YET_VALID),
        ({"territory": ["GB"]}, {}, Reason.JURISDICTION),
        ({"quota_documents": 10}, {"usage": {"demo_paper": {"documents": 10}}}, Reason.CONTRACT_QUOTA),
        ({"quota_documents": 0}, {}, Reason.CONTRACT_QUOTA),
        ({"quota_tokens": 10}, {"usage": {"demo_paper": {"tokens": 11}}}, Reason.CONTRACT_QUOTA),
        ({"quota_tokens": 10}, {"usage": None}, Reason.CONTRACT_QUOTA),
        ({"quota_tokens": 10}, {"usage": {"demo_paper": {"tokens": None}}}, Reason.CONTRACT_QUOTA),
        ({"quota_tokens": 10}, {"usage": {"demo_paper": {"tokens": -1}}}, Reason.CONTRACT_QUOTA),
    ],
)  # fmt: skip
def test_without_its_contract_a_source_gives_nothing_whatever_the_tags_say(
    changes: dict[str, Any], given: dict[str, Any], reason: Reason
) -> None:
    ruling = rule(claim("CC0-1.0"), **{"source": SIGNED, "contracts": {"demo_paper": contract(**changes)}, **given})
    assert (ruling.decision, ruling.reason) == (DENY, reason)


@pytest.mark.parametrize(
    ("changes", "given"),
    [
        ({}, {"on": date(2026, 1, 1)}),
        ({}, {"on": date(2026, 12, 31)}),
        ({"valid_until": None}, {"on": date(2099, 1, 1)}),
        ({"territory": ["US", "GB"]}, {}),
        ({"territory": ["worldwide"]}, {}),
        ({"quota_documents": 10, "quota_tokens": 5}, {"usage": {"demo_paper": {"documents": 9, "tokens": 4}}}),
        ({"quota_documents": 10}, {"usage": {}}),
    ],
)
def test_a_contract_holds_up_to_its_bounds(changes: dict[str, Any], given: dict[str, Any]) -> None:
    assert rule(**{"source": SIGNED, "contracts": {"demo_paper": contract(**changes)}, **given}).decision is ALLOW


def row(tag: object, of: Any = None, contracts: Any = None, under: Policy = POLICY) -> tuple[Any, ...]:
    found = identify_row(tag, of, under, contracts or {}, TODAY)
    assert list(found) == ["tag", "expression", "category", "duties", "decision", "reason", "rule"]
    assert found["tag"] == tag
    return found["expression"], found["category"], found["duties"], found["decision"], found["reason"]


def test_identify_row() -> None:
    assert row("CC BY 4.0") == ("CC-BY-4.0", "permissive", ["attribution"], "allow", "allowed")
    assert row("nonsense") == (None, "unknown", [], "quarantine", "unknown_id")
    assert row(None) == (None, "unknown", [], "deny", "no_tag")
    assert row("CC BY-NC 4.0") == ("CC-BY-NC-4.0", "noncommercial", [], "deny", "nc")
    assert row("flag", source(aliases={"flag": "CC-BY-4.0"}))[3] == "allow"
    assert row("flag")[3] == "quarantine"


def test_identify_row_of_a_contract_holds_while_its_file_says_so() -> None:
    tag = "LicenseRef-contract-demo-paper"
    assert row(tag, contracts={"demo_paper": contract()}) == (tag, "contract", ["attribution"], "allow", "allowed")
    assert row(tag, contracts={"demo_paper": contract(valid_until="2026-02-01")})[3:] == ("deny", "expired")
    assert row(tag)[3:] == ("quarantine", "unknown_id")
    assert row("CC0-1.0", SIGNED)[3:] == ("deny", "not_allowed")
