"""Decide: the gate. One pure function that rules on a record's claims; total, offline, deterministic.

Whatever is missing, broken or surprising never helps a record: it denies or quarantines.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from rightful.catalogue.models import Contract, Source
from rightful.licensing import expression as expressions
from rightful.licensing import lift, register
from rightful.licensing.contracts import rule_by_contract
from rightful.licensing.evaluate import SEVERITY, Verdict, deny, quarantine, rule_expression, rules_of
from rightful.licensing.identify import Aliases, Identified, day_of, identify
from rightful.licensing.policy import AllowRule, Policy
from rightful.licensing.reviews import NO_REVIEWS, Reviews
from rightful.model import Decision, LicenseClaim, OptOut, Reason, Ruling, Strength

_MEMO_SIZE = 8_192
_CONTEXTS = 64


class _Context:
    """What the rulings on claims depend on besides the claims, with the rulings already made under it."""

    def __init__(
        self,
        policy: Policy,
        aliases: Aliases,
        weakest: Strength,
        reviewed: bool,
        source_id: str = "",
        reviews: Reviews = NO_REVIEWS,
    ) -> None:
        self.policy, self.aliases, self.weakest, self.reviewed = policy, aliases, weakest, reviewed
        self.source_id, self.reviews = source_id, reviews
        self.dated = policy.dated or any(not isinstance(alias, str) for alias in aliases.values())
        self.rulings: dict[Any, Ruling] = {}
        self.verdicts: dict[tuple[str, date | None], Verdict] = {}

    def verdict(self, expression: str, published: date | None) -> Verdict:
        """How the policy rules on an expression."""
        known = self.verdicts.get((expression, published))
        if known is None:
            if len(self.verdicts) >= _MEMO_SIZE:
                self.verdicts.clear()
            known = self.verdicts[expression, published] = rule_expression(expression, self.policy, published)
        return known


# Found by identity, because hashing a source costs more than ruling. Source, policy and reviews are kept alive beside
# the context, so that no other object can get their ids while it can be found by them.
_contexts: dict[tuple[int, int, int], tuple[Source, Policy, Reviews, _Context]] = {}


def _context_of(source: Source, policy: Policy, reviews: Reviews) -> _Context:
    key = (id(source), id(policy), id(reviews))
    known = _contexts.get(key)
    if known is not None:
        return known[3]
    if len(_contexts) >= _CONTEXTS:
        _contexts.clear()
    terms = source.license
    context = _Context(policy, terms.aliases, terms.weakest_strength, source.trust == "reviewed", source.id, reviews)
    _contexts[key] = (source, policy, reviews, context)
    return context


def decide(
    claims: Sequence[LicenseClaim],
    optouts: Sequence[OptOut],
    source: Source,
    policy: Policy,
    contracts: Mapping[str, Contract],
    usage: Mapping[str, Mapping[str, float]],
    tombstones: Collection[object],
    published: date | None,
    on: date,
    reviews: Reviews = NO_REVIEWS,
) -> Ruling:
    """Rule on one record. Every input gives a ruling; nothing raises and nothing is looked up anywhere.

    ``tombstones`` are those that match this record: any denies. A source of scope ``contract`` is ruled by its contract
    alone, as of ``on`` (the day of the fetch) and with ``usage`` (contract id → ``documents``, ``tokens`` and
    ``media_seconds`` that were already given). Any other source is ruled claim by claim from the verbatim tags;
    ``published`` is the record's own date, to which dated rules and aliases apply. ``reviews`` are what people ruled on
    tags. Sources, policies and reviews are taken to be immutable: rulings on equal claims are remembered.
    """
    # May be anything, whatever the types promise.
    given: tuple[object, object, object, object] = (source, policy, tombstones, reviews)
    if not isinstance(given[1], Policy):
        return Ruling(
            decision=Decision.DENY, reason=Reason.NOT_ALLOWED, rule="builtin:no_policy", policy_version="none"
        )
    # None means that nobody looked: that is no proof that the record was not withdrawn.
    if not isinstance(given[2], Collection) or len(tombstones) > 0:
        return _ruling(deny(Reason.WITHDRAWN, "builtin:tombstone"), policy)
    if not isinstance(given[0], Source):
        return _ruling(deny(Reason.NOT_ALLOWED, "builtin:no_source"), policy)
    if source.license.scope == "contract":
        ruling = rule_by_contract(source.license.contract, source.id, policy, contracts, usage, day_of(on))
        return ruling if source.trust == "reviewed" else _unreviewed(ruling)
    if not isinstance(given[3], Reviews):  # nobody looked: there may be a denial
        return _ruling(deny(Reason.NOT_ALLOWED, "builtin:no_reviews"), policy)
    context = _context_of(source, policy, reviews)
    day = day_of(published) if context.dated else None
    try:
        key = (claims, optouts, day)
        known = context.rulings.get(key)
    except TypeError:  # lists, or values that can't be hashed: rule, but don't remember
        return _by_claims(claims, optouts, context, day)
    if known is None:
        if len(context.rulings) >= _MEMO_SIZE:
            context.rulings.clear()
        known = context.rulings[key] = _by_claims(claims, optouts, context, day)
    return known


def _by_claims(claims: object, optouts: object, context: _Context, published: date | None) -> Ruling:
    if not isinstance(claims, (tuple, list)) or not claims:
        ruling = _ruling(deny(Reason.NO_TAG, "builtin:no_claims"), context.policy)
    else:
        judged = [(claim, _by_claim(claim, context, published)) for claim in claims]
        ruling = _combined(judged, context.policy)
    reserved = _by_optouts(optouts, context.policy)
    # A page that robots.txt keeps us out of was never fetched: that is why it has no tag.
    unseen = ruling.reason is Reason.NO_TAG and reserved is not None and reserved.decision is Decision.DENY
    if reserved is not None and (unseen or SEVERITY[reserved.decision] > SEVERITY[ruling.decision]):
        ruling = msgspec.structs.replace(
            ruling, decision=reserved.decision, reason=reserved.reason, rule=reserved.rule, elected=None
        )
    return ruling if context.reviewed else _unreviewed(ruling)


def _by_claim(claim: object, context: _Context, published: date | None) -> Verdict:
    """One claim by itself, from its verbatim tag: what it says of its own meaning does not count."""
    if not isinstance(claim, LicenseClaim) or not _is_text(claim.part, claim.place, claim.raw or ""):
        return quarantine(Reason.UNPARSABLE, "builtin:no_claim")
    found = identify(claim.raw, aliases=context.aliases, on=published)
    if found.expression is None:
        reason = found.reason or Reason.UNKNOWN_ID
        refuse = deny if reason is Reason.NO_TAG else quarantine
        verdict = refuse(reason, f"builtin:{reason}")
    else:
        verdict = context.verdict(found.expression, published)
    verdict = _by_review(claim.raw, found, verdict, context, published)
    if verdict.decision is Decision.ALLOW and not _strong_enough(claim.strength, context.weakest):
        return quarantine(Reason.WEAK_EVIDENCE, "source:weakest_strength", verdict.expression)
    return verdict


def _by_review(raw: object, found: Identified, verdict: Verdict, context: _Context, published: date | None) -> Verdict:
    """The verdict on a tag that a person ruled on: a denial denies; an allow helps what was quarantined only, and only
    as far as the policy allows what it names."""
    review = context.reviews.of(context.source_id, raw)
    if review is None or not isinstance(raw, str):
        return verdict
    if review.decision == "deny":
        denied = deny(Reason.NOT_ALLOWED, review.rule, verdict.expression)
        return verdict if verdict.decision is Decision.DENY else denied
    if verdict.decision is not Decision.QUARANTINE:
        return verdict
    named = lift.counts_as(raw, found, review, context.policy, published)
    if named is None:
        return verdict
    counted = context.verdict(named, published)
    return counted._replace(rule=review.rule) if counted.decision is Decision.ALLOW else counted


def _is_text(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def _strong_enough(strength: object, weakest: Strength) -> bool:
    try:
        return Strength(strength).rank <= weakest.rank  # type: ignore[arg-type]
    except ValueError:
        return False


def _combined(judged: list[tuple[LicenseClaim, Verdict]], policy: Policy) -> Ruling:
    claim, worst = max(judged, key=lambda pair: pair[1].weight)
    if worst.decision is not Decision.ALLOW:
        if worst.reason in (Reason.UNKNOWN_ID, Reason.UNPARSABLE) and _is_composite(judged):
            worst = worst._replace(reason=Reason.COMPOSITE_UNKNOWN, rule="builtin:composite_unknown")
        return _ruling(worst, policy, claim)
    relied: dict[tuple[str, AllowRule], None] = {}
    trees: list[expressions.Tree] = []
    for part in sorted({claim.part for claim, _ in judged}):
        verdicts = [verdict for claim, verdict in judged if claim.part == part]
        if len({frozenset(register.family_of(term) for term, _ in v.elected) for v in verdicts}) > 1:
            return _ruling(quarantine(Reason.CONFLICT, "builtin:conflict"), policy, claim)
        said = sorted({verdict.expression or "" for verdict in verdicts})
        lowest = verdicts[0].elected if len(said) == 1 else _lowest(verdicts)
        trees.append(
            expressions.parse(said[0]) if len(said) == 1 else expressions.conjunction(term for term, _ in lowest)
        )
        relied.update(dict.fromkeys(lowest))
    elected = tuple(relied)
    strongest = min((claim for claim, _ in judged), key=lambda claim: Strength(claim.strength).rank)
    weakest = max((Strength(claim.strength) for claim, _ in judged), key=lambda strength: strength.rank)
    return Ruling(
        decision=Decision.ALLOW,
        reason=Reason.ALLOWED,
        rule=_rules(judged, elected),
        policy_version=policy.version,
        expression=expressions.render(expressions.join("AND", sorted(trees, key=expressions.render))),
        elected=expressions.render(expressions.conjunction(term for term, _ in elected)),
        category=max((register.category_of(term) for term, _ in elected), key=register.CATEGORIES.index),
        duties=tuple(sorted({duty for _, rule in elected for duty in rule.duties})),
        jurisdiction=tuple(sorted({place for _, rule in elected for place in rule.jurisdiction})),
        evidence=strongest.raw,
        evidence_place=strongest.place,
        strength=weakest,
        valid_from=max((rule.valid_from for _, rule in elected if rule.valid_from), default=None),
        valid_until=min((rule.valid_until for _, rule in elected if rule.valid_until), default=None),
    )


def _rules(judged: list[tuple[LicenseClaim, Verdict]], elected: tuple[tuple[str, AllowRule], ...]) -> str:
    """The allow rules relied on; where a person said what a tag means, the reviews, and the rules of the other tags."""
    rules = {rule for _, verdict in judged for rule in verdict.rule.split("+")}
    return "+".join(sorted(rules)) if any(rule.startswith("review:") for rule in rules) else rules_of(elected)


def _is_composite(judged: list[tuple[LicenseClaim, Verdict]]) -> bool:
    parts = {claim.part for claim, _ in judged if isinstance(claim, LicenseClaim) and _is_text(claim.part)}
    return len(parts) > 1


def _lowest(verdicts: list[Verdict]) -> tuple[tuple[str, AllowRule], ...]:
    """Of each family the lowest version that was listed: every claim grants at least that one."""
    found: dict[str, tuple[str, AllowRule]] = {}
    for term, rule in sorted((pair for v in verdicts for pair in v.elected), key=lambda pair: _version_key(pair[0])):
        found.setdefault(register.family_of(term), (term, rule))
    return tuple(found.values())


def _version_key(term: str) -> tuple[tuple[int, ...], str]:
    version = register.version_of(term)
    return tuple(int(number) for number in version.split(".")) if version else (), term


def _by_optouts(optouts: object, policy: Policy) -> Verdict | None:
    if not isinstance(optouts, (tuple, list)):
        return quarantine(Reason.TDM_RESERVED, "optout:unreadable")
    verdicts: list[Verdict] = []
    for optout in optouts:
        if not isinstance(optout, OptOut) or not _is_text(optout.signal, optout.value):
            verdicts.append(quarantine(Reason.TDM_RESERVED, "optout:unreadable"))
            continue
        decision = policy.optouts.decision(optout.signal, optout.value)
        if decision == "deny":
            verdicts.append(deny(Reason.ROBOTS, f"optout:{optout.signal}"))
        elif decision == "quarantine":
            verdicts.append(quarantine(Reason.TDM_RESERVED, f"optout:{optout.signal}"))
    return max(verdicts, key=lambda verdict: verdict.weight, default=None)


def _unreviewed(ruling: Ruling) -> Ruling:
    """A source under review can only quarantine (or deny)."""
    if ruling.decision is not Decision.ALLOW:
        return ruling
    return msgspec.structs.replace(
        ruling, decision=Decision.QUARANTINE, reason=Reason.UNREVIEWED_SOURCE, rule="source:trust", elected=None
    )


def _ruling(verdict: Verdict, policy: Policy, claim: object = None) -> Ruling:
    read = claim if isinstance(claim, LicenseClaim) else None
    raw = read.raw if read is not None and isinstance(read.raw, str) else None
    return Ruling(
        decision=verdict.decision,
        reason=verdict.reason,
        rule=verdict.rule,
        policy_version=policy.version,
        expression=verdict.expression,
        category=identify(verdict.expression).category if verdict.expression else None,
        evidence=raw,
        evidence_place=read.place if read is not None and isinstance(read.place, str) else None,
        strength=read.strength if read is not None and isinstance(read.strength, Strength) else None,
    )


def identify_row(
    tag: object, source: Source | None, policy: Policy, contracts: Mapping[str, Contract], on: date
) -> dict[str, Any]:
    """What a tag means and how the gate would rule on a record that has only this tag, published and fetched ``on``.

    Without a source the tag is taken to stand in a reviewed publisher's record, and a contract's own id is ruled by
    that contract. Keys: tag, expression, category, duties, decision, reason, rule.
    """
    aliases = source.license.aliases if source is not None else {}
    found = identify(tag, aliases=aliases, on=on)
    claims = (LicenseClaim(raw=found.tag, place="tag", strength=Strength.PUBLISHER),)
    named = [c for c in contracts.values() if isinstance(tag, str) and c.expression.lower() == tag.strip().lower()]
    if source is not None:
        ruling = decide(claims, (), source, policy, contracts, {}, (), on, on)
    elif named:
        ruling = rule_by_contract(named[0].id, named[0].sources[0], policy, contracts, {}, on)
    else:
        ruling = _by_claims(claims, (), _Context(policy, {}, Strength.UPLOADER, True), on)
    return {
        "tag": tag,
        "expression": ruling.expression or found.expression,
        "category": ruling.category or found.category,
        "duties": list(ruling.duties),
        "decision": ruling.decision.value,
        "reason": ruling.reason.value,
        "rule": ruling.rule,
    }
