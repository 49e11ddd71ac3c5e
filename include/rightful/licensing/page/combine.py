"""From evidence to the answer: tiers, conflicts,
doubts. Whatever speaks against a licence makes the answer stricter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from rightful.licensing import register
from rightful.licensing.creative_commons import UNVERSIONED
from rightful.licensing.evaluate import SEVERITY, Verdict, deny, quarantine, rule_expression
from rightful.licensing.identify import identify
from rightful.licensing.page.model import IN_COMMENT, RANK, Evidence
from rightful.licensing.policy import Policy
from rightful.licensing.tables import UNREAD_PAGES
from rightful.model import Decision, LicenseClaim, Reason, Strength

MANY_FAMILIES = 4
"""So many families without metadata are a page about licences, or a list of works."""
_UNNAMED = re.compile(r"creative[\s_-]*commons|\bcc[\s-]by\b", re.IGNORECASE)
_NOT_MENTIONED = frozenset({"figure", "map", "theme", "media", "comments"})


class Answer(NamedTuple):
    """The ruling, the evidence it rests on (None without any), and what contradicts it."""

    verdict: Verdict
    best: Evidence | None
    conflicts: tuple[str, ...]


def combine(
    evidence: Sequence[Evidence],
    objections: Sequence[tuple[str, str]],
    *,
    policy: Policy,
    weakest: Strength | None,
    agreed: str | None = None,
    published: date | None = None,
) -> Answer:
    """Rule on a page's evidence.

    ``objections`` are reservations found beside licences, each with its text. ``weakest`` is what a person accepts on
    this domain, None where nobody has looked; ``agreed`` a family that other pages of the domain agree on. Restrictive
    evidence counts from every tier; permissive evidence only where it is :attr:`Evidence.sure`, accepted or agreed.
    """
    counted = sorted((e for e in evidence if e.counts), key=lambda e: (RANK[e.tier], -e.confidence))
    if not counted:
        return _nothing(evidence)
    judged = [(e, rule_expression(e.expression or "", policy, published)) for e in counted]
    best, first = judged[0]
    conflicts = _conflicts(counted, evidence, objections)
    denied = [verdict for _, verdict in judged if verdict.decision is Decision.DENY]
    if len(denied) == len(judged) or all(v.decision is Decision.DENY for e, v in judged if e.tier == best.tier):
        return _denied(judged, conflicts)
    if denied or conflicts:
        return Answer(quarantine(Reason.CONFLICT, "page:conflict", first.expression), best, conflicts)
    if best.tier != "T1" and len(_families(evidence)) >= MANY_FAMILIES:
        return Answer(quarantine(Reason.WEAK_EVIDENCE, "page:about_licenses", first.expression), best, ())
    chosen, verdict = _lowest(judged)
    if SEVERITY[verdict.decision] == SEVERITY[Decision.ALLOW] and not accepted(chosen, weakest, agreed):
        verdict = quarantine(Reason.WEAK_EVIDENCE, "page:weak_evidence", verdict.expression)
    return Answer(verdict, chosen, ())


def _denied(judged: list[tuple[Evidence, Verdict]], conflicts: tuple[str, ...]) -> Answer:
    """The heaviest reason among the strongest evidence, told by a licence that names its version if one does."""
    top = [(one, verdict) for one, verdict in judged if one.tier == judged[0][0].tier]
    worst = max((verdict for _, verdict in top), key=lambda verdict: verdict.weight)
    family = register.family_of(worst.expression or "")
    same = [pair for pair in judged if register.family_of(pair[0].expression or "") == family]
    one, verdict = _lowest(same)
    return Answer(verdict, one, conflicts)


def accepted(evidence: Evidence, weakest: Strength | None, agreed: str | None) -> bool:
    """Whether evidence is enough: by itself, for the person who reviewed the domain, or because its pages agree."""
    if agreed is not None and register.family_of(evidence.expression or "") == agreed:
        return True
    return evidence.sure if weakest is None else evidence.strength.rank <= weakest.rank


def _nothing(evidence: Sequence[Evidence]) -> Answer:
    """No licence that counts: no tag, unless something was said that we can't read or aren't sure of. What gives a
    Creative Commons licence without saying which one is for a person to look up."""
    for found in evidence:
        if (
            found.tier == "T1"
            and not found.excluded
            and identify(found.raw).reason is Reason.UNKNOWN_ID
            and "//" in found.raw
        ):
            return Answer(quarantine(Reason.UNKNOWN_ID, "page:unknown_id"), found, ())
    for found in evidence:
        if found.excluded == "doubt":
            return Answer(quarantine(Reason.WEAK_EVIDENCE, "page:doubt"), found, ())
    for found in evidence:
        if found.tier != "none" and not found.excluded and _UNNAMED.search(f"{found.text} {found.raw}"):
            return Answer(quarantine(Reason.WEAK_EVIDENCE, "page:unnamed"), found, ())
    return Answer(deny(Reason.NO_TAG, "page:no_evidence"), None, ())


def _families(evidence: Sequence[Evidence]) -> set[str]:
    return {register.family_of(e.expression) for e in evidence if e.expression and e.excluded not in _NOT_MENTIONED}


def _conflicts(
    counted: list[Evidence], evidence: Sequence[Evidence], objections: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    found: list[str] = []
    families: dict[str, Evidence] = {}
    for one in counted:
        families.setdefault(register.family_of(one.expression or ""), one)
    if len(families) > 1:
        found += [f"{one.tier} {one.place}: {one.expression} ({one.raw[:200]})" for one in families.values()]
    found += [f"{what}: {text}" for what, text in objections]
    found += [
        f"{one.tier} {one.place}: unknown terms ({one.raw[:200]})"
        for one in evidence
        if one.subject == "unknown" and one.tier != "none" and one.expression is None
    ]
    if counted[0].place == IN_COMMENT:  # nobody sees it, and nobody corrects it
        found += [
            f"{one.place}: {one.expression} ({one.raw[:200]})"
            for one in evidence
            if one.excluded == "mention" and one.expression and register.family_of(one.expression) not in families
        ]
    noted = [one for one in evidence if one.excluded and one.expression and one.excluded in _OTHERWISE]
    hedged = counted[0]
    if hedged.tier == "T3" and hedged.hedged and noted and any(one.expression != hedged.expression for one in noted):
        found.append(
            f"a statement with exceptions, on a page that notes some: {noted[0].expression} ({noted[0].place})"
        )
    return tuple(found)


_OTHERWISE = frozenset({"figure", "images", "media", "quotation", "mention"})


def _lowest(judged: list[tuple[Evidence, Verdict]]) -> tuple[Evidence, Verdict]:
    """Of one family the lowest version among the strongest evidence; a versioned one before an unversioned one."""
    versioned = [pair for pair in judged if not (pair[0].expression or "").endswith(UNVERSIONED)]
    sure = [pair for pair in versioned if pair[0].sure] or versioned[:1] or judged[:1]
    return min(sure, key=lambda pair: (_version(pair[0].expression or ""), RANK[pair[0].tier], -pair[0].confidence))


def _version(expression: str) -> tuple[int, ...]:
    version = register.version_of(expression)
    return tuple(int(number) for number in version.split(".")) if version else (99,)


def _relied_on(one: Evidence, answer: Answer) -> bool:
    if answer.verdict.decision is not Decision.ALLOW or answer.best is None:
        return True
    unversioned = (one.expression or "").endswith(UNVERSIONED)
    return not unversioned and one.strength.rank <= answer.best.strength.rank


def claims_of(evidence: Sequence[Evidence], answer: Answer) -> tuple[LicenseClaim, ...]:
    """Claims for the gate, which reads the verbatim tags itself.

    Of an accepted page those that it was accepted on: a footer that repeats the licence in weaker words adds nothing.
    A name that only a sentence gives is handed on as the id it means, with the verbatim words in ``place``. A page
    under review gets a claim with the words that speak against it: no table knows those, so the gate quarantines.
    """
    claims: dict[LicenseClaim, None] = {}
    for one in evidence:
        if one.counts and _relied_on(one, answer):
            known = identify(one.raw).expression == one.expression
            claims[
                LicenseClaim(
                    raw=one.raw if known else one.expression,
                    place=f"{one.tier} {one.place}" if known else f"{one.tier} {one.place}: {one.raw[:200]}",
                    strength=one.strength,
                    expression=one.expression,
                )
            ] = None
    refused = answer.verdict.decision is Decision.QUARANTINE and answer.verdict.rule.startswith("page:")
    if refused and answer.verdict.rule != "page:weak_evidence":
        words = (
            "; ".join(answer.conflicts)[:900]
            or (answer.best.text or answer.best.raw if answer.best else "")
            or answer.verdict.rule
        )
        if answer.verdict.rule in UNREAD_PAGES:
            words = answer.verdict.rule
        if identify(words).expression is not None:
            words = f"{answer.verdict.rule}: {words}"
        claims[LicenseClaim(raw=words, place=answer.verdict.rule, strength=Strength.STATEMENT)] = None
    return tuple(claims)
