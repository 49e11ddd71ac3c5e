"""How the policy rules on one licence expression: term by term, AND = all, OR = any (and which branch was elected)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from rightful.licensing import expression as expressions
from rightful.licensing.creative_commons import UNVERSIONED
from rightful.licensing.policy import AllowRule, Policy, restriction_of
from rightful.model import Decision, Reason

SEVERITY = {Decision.ALLOW: 0, Decision.QUARANTINE: 1, Decision.DENY: 2}
"""deny > quarantine > allow."""

PRECEDENCE = {
    reason: place
    for place, reason in enumerate((
        Reason.WITHDRAWN, Reason.NC, Reason.ND, Reason.SA_NOT_ACCEPTED, Reason.GENERATOR_TERMS, Reason.JURISDICTION,
        Reason.EXPIRED, Reason.NOT_YET_VALID, Reason.CONTRACT_QUOTA, Reason.NOT_ALLOWED, Reason.NO_TAG, Reason.ROBOTS,
        Reason.COMPOSITE_UNKNOWN, Reason.UNPARSABLE, Reason.UNKNOWN_ID, Reason.UNVERSIONED, Reason.CONFLICT,
        Reason.WEAK_EVIDENCE, Reason.TDM_RESERVED, Reason.UNREVIEWED_SOURCE, Reason.ALLOWED,
    ))
}  # fmt: skip
"""Of several reasons for one decision, which one is told. Fixed, so that the order of claims changes nothing."""


class Verdict(NamedTuple):
    """What one term, expression or claim comes to. ``elected`` holds the terms relied on; empty unless allowed."""

    decision: Decision
    reason: Reason
    rule: str
    expression: str | None = None
    elected: tuple[tuple[str, AllowRule], ...] = ()

    @property
    def weight(self) -> tuple[int, int, str, str]:
        """Sorts verdicts: the larger one prevails. Ends in the texts, so that the order of claims changes nothing."""
        return SEVERITY[self.decision], -PRECEDENCE[self.reason], self.rule, self.expression or ""


def deny(reason: Reason, rule: str, expression: str | None = None) -> Verdict:
    """A denial."""
    return Verdict(Decision.DENY, reason, rule, expression)


def quarantine(reason: Reason, rule: str, expression: str | None = None) -> Verdict:
    """A quarantine."""
    return Verdict(Decision.QUARANTINE, reason, rule, expression)


def rule_expression(expression: str, policy: Policy, published: date | None) -> Verdict:
    """Rule on an expression that :func:`~rightful.licensing.identify.identify` gave."""
    try:
        tree = expressions.parse(expression)
    except expressions.Unreadable:
        return quarantine(Reason.UNPARSABLE, "builtin:unparsable", expression)
    return _tree(tree, policy, published)._replace(expression=expression)


def _tree(tree: expressions.Tree, policy: Policy, published: date | None) -> Verdict:
    if isinstance(tree, str):
        return _term(tree, policy, published)
    branches = [_tree(child, policy, published) for child in tree.children]
    if tree.operator == "OR":
        # The first of equally good branches, so that the elected one does not depend on anything but the tag.
        return min(branches, key=lambda verdict: SEVERITY[verdict.decision])
    worst = max(branches, key=lambda verdict: verdict.weight)
    if worst.decision is not Decision.ALLOW:
        return worst
    elected = dict.fromkeys(pair for verdict in branches for pair in verdict.elected)
    return Verdict(Decision.ALLOW, Reason.ALLOWED, rules_of(tuple(elected)), elected=tuple(elected))


def rules_of(elected: tuple[tuple[str, AllowRule], ...]) -> str:
    """The ids of the allow rules relied on, e.g. ``allow:cc-by+allow:cc-by-sa``."""
    return "+".join(sorted({f"allow:{rule.id}" for _, rule in elected}))


def _term(term: str, policy: Policy, published: date | None) -> Verdict:
    if restriction := restriction_of(term):
        return deny(restriction, f"builtin:{restriction}", term)
    if denied := policy.denies(term, published):
        return deny(denied.reason, f"deny:{denied.id}", term)
    if term.endswith(f"-{UNVERSIONED}"):
        return quarantine(Reason.UNVERSIONED, "builtin:unversioned", term)
    if held := policy.quarantines(term, published):
        return quarantine(held.reason, f"quarantine:{held.id}", term)
    rules = policy.allows(term)
    if not rules:
        return deny(Reason.NOT_ALLOWED, "builtin:no_rule", term)
    here = [rule for rule in rules if not rule.jurisdiction or set(policy.jurisdiction) <= set(rule.jurisdiction)]
    if not here:
        return deny(Reason.JURISDICTION, f"allow:{rules[0].id}", term)
    now = next((rule for rule in here if rule.holds(published)), None)
    if now is None:
        return _out_of_term(here[0], published, term)
    if "share_alike" in now.duties and not policy.share_alike:
        return deny(Reason.SA_NOT_ACCEPTED, f"allow:{now.id}", term)
    return Verdict(Decision.ALLOW, Reason.ALLOWED, f"allow:{now.id}", term, ((term, now),))


def _out_of_term(rule: AllowRule, published: date | None, term: str) -> Verdict:
    if published is None:
        return quarantine(Reason.WEAK_EVIDENCE, f"allow:{rule.id}", term)
    if rule.valid_from is not None and published < rule.valid_from:
        return deny(Reason.NOT_YET_VALID, f"allow:{rule.id}", term)
    return deny(Reason.EXPIRED, f"allow:{rule.id}", term)
