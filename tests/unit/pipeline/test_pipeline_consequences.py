"""What follows from a look: never anything looser, and in doubt a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightful.model import Decision, Reason, Ruling
from rightful.pipeline.consequences import compare, consequence_of

ROW: dict[str, Any] = {"license_expression": "CC-BY-4.0", "duties": ["attribution"], "contract_id": None}
DEAL: dict[str, Any] = {**ROW, "license_expression": "LicenseRef-contract-deal", "contract_id": "deal", "duties": []}


def ruling(
    decision: str = "allow", reason: str = "allowed", expression: str | None = "CC-BY-4.0", **more: Any
) -> Ruling:
    return Ruling(
        decision=Decision(decision),
        reason=Reason(reason),
        expression=expression,
        policy_version="1",
        **{"rule": "r", "duties": ("attribution",), **more},
    )


def refusal(reason: str = "not_allowed", **more: Any) -> Ruling:
    return ruling(
        "deny", reason, DEAL["license_expression"], **{"contract_id": "deal", "rule": "contract:deal", **more}
    )


@pytest.mark.parametrize(
    ("now", "result"),
    [
        (ruling(), "same"),
        (ruling(expression="CC-BY-3.0"), "same"),
        (ruling(expression="CC0-1.0", duties=()), "looser"),
        (ruling(expression="CC-BY-SA-4.0", duties=("attribution", "share_alike")), "stricter"),
        (ruling(expression="X", duties=("share_alike",)), "stricter"),
        (ruling("deny", "nc", "CC-BY-NC-4.0"), "stricter"),
        (ruling("deny", "no_tag", None), "stricter"),
        (ruling("quarantine", "tdm_reserved"), "stricter"),
        (ruling(expression=None), "stricter"),
        (ruling(expression=""), "stricter"),
        (refusal("contract_quota"), "same"),  # says nothing about what was given before
    ],
)
def test_compared_with_what_was_accepted(now: Ruling, result: str) -> None:
    assert compare(ROW, now) == result


@pytest.mark.parametrize("row", [{}, {"license_expression": None, "duties": None}, {"duties": []}])
def test_a_row_that_says_nothing_is_compared_as_if_it_had_no_duty(row: dict[str, Any]) -> None:
    assert compare(row, ruling()) == "stricter"
    assert compare(row, ruling(duties=())) == "same"


@pytest.mark.parametrize(
    ("row", "now", "result", "strikes", "consequence"),
    [
        (ROW, ruling(), "same", 0, "none"),
        (ROW, ruling(), "looser", 0, "none"),
        (ROW, ruling("deny", "nc"), "stricter", 0, "marked"),
        ({}, ruling("deny", "nc"), "stricter", 0, "marked"),
        (ROW, ruling("deny", "no_tag"), "gone", 1, "none"),
        (ROW, ruling("deny", "no_tag"), "gone", 2, "none"),
        (ROW, ruling("deny", "no_tag"), "gone", 3, "flagged"),
        (ROW, ruling("deny", "no_tag"), "error", 7, "flagged"),
        (DEAL, refusal(), "gone", 9, "flagged"),  # never leaves for that
        (DEAL, refusal(), "stricter", 0, "leaves"),
        (DEAL, refusal("jurisdiction"), "stricter", 0, "leaves"),
        (DEAL, refusal("expired"), "stricter", 0, "none"),  # the contract itself says what then becomes of them
        (DEAL, refusal(rule="builtin:no_contract"), "stricter", 0, "flagged"),
        (DEAL, refusal(contract_id="other"), "stricter", 0, "flagged"),
        (DEAL, refusal(contract_id=None), "stricter", 0, "flagged"),
        (DEAL, ruling("quarantine", "unreviewed_source", contract_id="deal"), "stricter", 0, "flagged"),
        (DEAL, ruling(duties=("attribution",), contract_id="deal"), "stricter", 0, "flagged"),
    ],
)
def test_what_follows(row: dict[str, Any], now: Ruling, result: str, strikes: int, consequence: str) -> None:
    assert consequence_of(row, now, result, strikes) == consequence


@given(
    st.sampled_from(Decision), st.sampled_from(Reason), st.sampled_from(["", "a", "surprise", "gone", "error"]),
    st.integers(-2, 9), st.sampled_from([None, "", "deal"]),
)  # fmt: skip
def test_nothing_leaves_for_anything_but_a_refusal_by_its_own_contract(
    decision: Decision, reason: Reason, result: str, strikes: int, contract: str | None
) -> None:
    now = ruling(decision.value, reason.value, contract_id=contract)
    assert consequence_of({"contract_id": contract}, now, result, strikes) in ("none", "flagged")
