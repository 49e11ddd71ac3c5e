"""Every signal as the shipped policy weighs it: by the gate, by the audit's second opinion, and as the docs say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.licensing.cases import PLAIN, POLICY, TODAY, claim, contract, policy, rule, source

from rightful.licensing.optouts import from_headers, from_meta, names
from rightful.licensing.optouts.preferences import USAGES
from rightful.licensing.policy import Policy
from rightful.licensing.recheck import may_load
from rightful.model import Decision, OptOut, Reason

DOCS = Path(__file__).parents[3] / "docs/opt-outs.md"
SIGNALS = {
    value for name, value in vars(names).items() if name.isupper() and value in POLICY.optouts.signals
}  # the constants that are signals


def second_opinion(optout: OptOut, under: Policy = POLICY) -> str | None:
    return may_load("CC0-1.0", "CC0-1.0", [claim("CC0-1.0")], [optout], None, TODAY, TODAY, under, {}, PLAIN)


def cases() -> list[tuple[str, str, Decision, Reason]]:
    reserved = {
        "deny": (Decision.DENY, Reason.ROBOTS),
        "quarantine": (Decision.QUARANTINE, Reason.TDM_RESERVED),
        "record": (Decision.ALLOW, Reason.ALLOWED),
    }
    strange = ("", "?", names.UNREADABLE, names.UNREACHABLE, names.DISALLOW, names.RSL_DECLARED, "1", "ai-train=no")
    free = [
        (signal, value, Decision.ALLOW, Reason.ALLOWED)
        for signal, weighed in POLICY.optouts.signals.items()
        for value in (*weighed.neutral, *POLICY.optouts.neutral)
    ]
    return free + [
        (signal, value, *reserved[weighed.decision])
        for signal, weighed in POLICY.optouts.signals.items()
        for value in strange
    ]


@pytest.mark.parametrize(("signal", "value", "decision", "reason"), cases())
def test_gate_and_audit_agree_on_every_signal(signal: str, value: str, decision: Decision, reason: Reason) -> None:
    optout = OptOut(signal=signal, value=value, place="x")
    ruling = rule(claim("CC0-1.0"), optouts=(optout,))
    assert (ruling.decision, ruling.reason) == (decision, reason)
    assert (second_opinion(optout) is None) is (decision is Decision.ALLOW)
    if decision is not Decision.ALLOW:
        assert ruling.rule == f"optout:{signal}"


def test_the_policy_knows_every_signal_that_is_ever_recorded() -> None:
    assert set(POLICY.optouts.signals) == SIGNALS
    assert {f"{usage}=y" for usage in USAGES} == set(POLICY.optouts.signals[names.CONTENT_USAGE].neutral)
    assert {names.NOT_CHECKED, names.UNKNOWN} == set(POLICY.optouts.neutral)
    assert not {names.UNREADABLE, names.UNREACHABLE, names.RSL_DECLARED} & {
        value for signal in POLICY.optouts.signals.values() for value in signal.neutral
    }


def test_the_policy_decides_whether_an_open_licence_outweighs_a_robots_rule_on_training() -> None:
    optout = OptOut(signal=names.ROBOTS_TRAINING, value=names.DISALLOW, place="robots.txt GPTBot")
    assert rule(claim("CC0-1.0"), optouts=(optout,)).reason is Reason.TDM_RESERVED
    weighed = POLICY.optouts.model_dump() | {
        "signals": POLICY.optouts.model_dump()["signals"] | {names.ROBOTS_TRAINING: {"decision": "record"}}
    }
    lenient = policy(optouts=weighed)
    assert rule(claim("CC0-1.0"), optouts=(optout,), policy=lenient).decision is Decision.ALLOW
    assert second_opinion(optout, lenient) is None
    # It lifts nothing else, and no licence that is not open.
    assert rule(claim("CC-BY-NC-4.0"), optouts=(optout,), policy=lenient).reason is Reason.NC
    robots = OptOut(signal=names.ROBOTS, value=names.DISALLOW, place="robots.txt *")
    assert rule(claim("CC0-1.0"), optouts=(optout, robots), policy=lenient).reason is Reason.ROBOTS


def test_a_page_that_was_never_fetched_is_denied_by_robots_and_not_for_lack_of_a_tag() -> None:
    kept_out = (OptOut(signal=names.ROBOTS, value=names.DISALLOW, place="robots.txt *"),)
    assert rule(optouts=kept_out).reason is Reason.ROBOTS
    assert rule(optouts=kept_out).decision is Decision.DENY
    assert rule(optouts=(OptOut(signal=names.NOAI, value="noai", place="meta"),)).reason is Reason.NO_TAG
    assert rule().reason is Reason.NO_TAG


def test_a_contract_is_not_weighed_against_opt_outs() -> None:
    signed = source(scope="contract", contract="demo_paper", claims=[])
    optouts = from_headers([("tdm-reservation", "1")])
    ruling = rule(optouts=optouts, source=signed, contracts={"demo_paper": contract()})
    assert ruling.decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("headers", "metas", "allowed"),
    [
        ([("tdm-reservation", "0")], [], True),
        ([("content-usage", "train-ai=y, search=n"), ("content-signal", "ai-train=yes")], [], True),
        ([("x-robots-tag", "noimageai")], [("robots", "noimageai")], True),
        ([("tdm-reservation", "")], [], False),
        ([("content-usage", "train-ai")], [], False),
        ([("content-signal", "ai-train=perhaps")], [], False),
        ([], [("robots", "noai")], False),
        ([("link", '<x>; type="application/rsl+xml"')], [], False),
    ],
)
def test_what_is_read_is_what_is_weighed(
    headers: list[tuple[str, str]], metas: list[tuple[str, str]], allowed: bool
) -> None:
    optouts = from_headers(headers) + from_meta(metas)
    assert optouts
    assert (rule(claim("CC0-1.0"), optouts=optouts).decision is Decision.ALLOW) is allowed


def test_the_table_in_the_docs_is_the_policy() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|([^|]*)\|([^|]*)\| (\w+) \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    told = {signal: (decision, tuple(re.findall(r"`([^`]+)`", neutral))) for signal, _, neutral, decision in rows}
    assert told == {name: (signal.decision, signal.neutral) for name, signal in POLICY.optouts.signals.items()}
