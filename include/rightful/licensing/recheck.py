"""A second opinion for the audit: may this row load, judged from its written columns alone?

Written without a look at how the gate decides: it knows only what is needed to say yes, and refuses everything else. It
shares the register (what a tag means) and the policy's tables with the gate, but none of its reasoning.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from rightful.catalogue.models import Contract, Source
from rightful.licensing.identify import identify
from rightful.licensing.policy import AllowRule, Policy, Rule
from rightful.licensing.recheck_reviews import reading_by
from rightful.licensing.reviews import NO_REVIEWS, Reviews
from rightful.model import LicenseClaim, OptOut, Strength

_BANNED = re.compile(r"(?<![A-Z0-9])(?:NC|ND|UNVERSIONED)(?![A-Z0-9])")
_RAW_BANNED = re.compile(r"(?<![a-z])n[cd](?![a-z])|non[- ]?commercial|no[- ]?deriv")
_WORD = re.compile(r"\(|\)|[^\s()]+")
_NUMBER = re.compile(r"-(\d+(?:\.\d+)+)(?=-|$)")

Branch = tuple[str, ...]
"""Terms that hold together: one way to satisfy an expression."""


def may_load(
    license_expression: str | None,
    license_raw: str | None,
    claims: Iterable[LicenseClaim],
    optouts: Iterable[OptOut],
    contract_id: str | None,
    on: date | None,
    published: date | None,
    policy: Policy,
    contracts: Mapping[str, Contract],
    source: Source,
    reviews: Reviews = NO_REVIEWS,
) -> str | None:
    """None when the row may load, else one sentence that says why not.

    ``on`` is the day of the fetch (contract terms), ``published`` the record's date (dated rules and aliases);
    ``reviews`` are what people ruled on tags.
    """
    if not license_expression:
        return "the row names no licence"
    if source.trust != "reviewed":
        return f"source {source.id} is still under review"
    if source.license.scope == "contract" or contract_id is not None:
        return _contract_problem(license_expression, contract_id, on, policy, contracts, source)
    for optout in optouts:
        if policy.optouts.decision(optout.signal, optout.value) != "record":
            return f"opt-out {optout.signal}={optout.value} stands against it"
    stated = list(claims)
    if not stated:
        return "no claim supports the licence"
    if license_raw not in {claim.raw for claim in stated}:
        return f"license_raw {license_raw!r} is none of its claims"
    return _claims_problem(license_expression, stated, published, policy, source, reviews)


def _contract_problem(
    expression: str,
    contract_id: str | None,
    on: date | None,
    policy: Policy,
    contracts: Mapping[str, Contract],
    source: Source,
) -> str | None:
    if source.license.scope != "contract" or contract_id != source.license.contract:
        return f"contract {contract_id} is not the one of source {source.id}"
    contract = contracts.get(contract_id or "")
    if contract is None or source.id not in contract.sources:
        return f"there is no contract {contract_id} that covers source {source.id}"
    if expression != contract.expression:
        return f"licence {expression} is not that of contract {contract_id}"
    if on is None or not contract.valid_from <= on <= (contract.valid_until or date.max):
        return f"contract {contract_id} was not in force on {on}"
    if policy.use not in contract.permitted_uses:
        return f"contract {contract_id} does not permit {policy.use}"
    places = {place.upper() for place in contract.territory}
    if places and not places & {"WORLD", "WORLDWIDE"} and set(policy.jurisdiction) - places:
        return f"contract {contract_id} does not reach {', '.join(policy.jurisdiction)}"
    return None


def _claims_problem(
    expression: str,
    claims: list[LicenseClaim],
    published: date | None,
    policy: Policy,
    source: Source,
    reviews: Reviews,
) -> str | None:
    def is_clean(term: str) -> bool:
        return _is_clean(term, published, policy)

    by_part: dict[str, list[tuple[str, Branch]]] = {}
    for claim in claims:
        if Strength(claim.strength).rank > source.license.weakest_strength.rank:
            return f"{claim.place}: evidence of strength {claim.strength} is too weak for source {source.id}"
        read = identify(claim.raw, aliases=source.license.aliases, on=published).expression
        answer = reviews.of(source.id, claim.raw)
        if answer is not None and answer.decision != "allow":
            return f"{claim.place}: {answer.reviewed_by} ruled that {claim.raw!r} may not load (review {answer.id})"
        if answer is not None and (read is None or _branch(read, is_clean) is None):
            read = reading_by(answer, claim.raw or "", read, published, policy) or read
        if read is None:
            return f"{claim.place}: {claim.raw!r} is no known licence"
        if " OR " not in read and _speaks_of_restrictions(claim.raw or ""):
            return f"{claim.place}: {claim.raw!r} restricts use"
        branch = _branch(read, is_clean)
        if branch is None:
            return f"{claim.place}: the policy does not allow {read}"
        by_part.setdefault(claim.part, []).append((read, branch))
    needed: set[str] = set()
    for part, readings in by_part.items():
        if any({_family(t) for t in branch} != {_family(t) for t in readings[0][1]} for _, branch in readings):
            return f"the claims on part {part!r} contradict each other"
        if len({read for read, _ in readings}) == 1:
            needed |= _atoms(readings[0][0])
        else:
            needed |= _lowest(term for _, branch in readings for term in branch)
    if _atoms(expression) != needed:
        return f"licence {expression} is not what its claims say: {', '.join(sorted(needed))}"
    if " OR " in expression and not any(" OR " in read for readings in by_part.values() for read, _ in readings):
        return f"licence {expression} offers a choice that no claim offers"
    if _branch(expression, is_clean) is None:
        return f"the policy does not allow {expression}"
    return None


def _speaks_of_restrictions(raw: str) -> bool:
    """Whether the verbatim tag itself names NC or ND; its query and the language of a deed never bear on that."""
    said = re.sub(
        r"/(?:deed|legalcode)\.[^/]*$", "", re.split(r"[?#]", urllib.parse.unquote(raw).lower())[0].rstrip("/")
    )
    return _RAW_BANNED.search(said) is not None


def _is_clean(term: str, published: date | None, policy: Policy) -> bool:
    """Whether an allow rule names the term, here and for that date, and nothing at all stands against it."""
    if _BANNED.search(term.upper()):
        return False
    if any(
        _names(rule, term) and (published is None or _in_term(rule, published))
        for rule in (*policy.deny, *policy.quarantine)
    ):
        return False
    rules = [
        rule for rule in policy.allow if _names(rule, term) and _in_term(rule, published) and _holds_here(rule, policy)
    ]
    return bool(rules) and all(policy.share_alike or "share_alike" not in rule.duties for rule in rules)


def _names(rule: Rule, term: str) -> bool:
    return term in rule.ids or bool(rule.pattern and re.fullmatch(rule.pattern, term, re.ASCII))


def _in_term(rule: Rule, published: date | None) -> bool:
    if published is None:
        return rule.valid_from is None and rule.valid_until is None
    return (rule.valid_from or date.min) <= published <= (rule.valid_until or date.max)


def _holds_here(rule: AllowRule, policy: Policy) -> bool:
    return not rule.jurisdiction or not set(policy.jurisdiction) - set(rule.jurisdiction)


def _branch(expression: str, is_clean: Callable[[str], bool]) -> Branch | None:
    """The first way to satisfy the expression with clean terms only, in the order written; None when there is none."""
    words = _WORD.findall(expression)
    position = 0

    def choice() -> Branch | None:
        nonlocal position
        found = union()
        while words[position : position + 1] == ["OR"]:
            position += 1
            other = union()
            found = other if found is None else found
        return found

    def union() -> Branch | None:
        nonlocal position
        found = single()
        while words[position : position + 1] == ["AND"]:
            position += 1
            other = single()
            found = None if found is None or other is None else found + other
        return found

    def single() -> Branch | None:
        nonlocal position
        word = words[position] if position < len(words) else ")"
        position += 1
        if word == "(":
            inner = choice()
            position += 1
            return inner
        if words[position : position + 1] == ["WITH"]:
            word = " ".join((word, *words[position : position + 2]))
            position += 2
        return (word,) if is_clean(word) else None

    found = choice()
    return found if position == len(words) else None


def _atoms(expression: str) -> set[str]:
    return {term for term in re.split(r"\s+(?:AND|OR)\s+", re.sub(r"[()]", " ", expression).strip()) if term}


def _family(term: str) -> str:
    name, *after = _NUMBER.split(term.removeprefix("LicenseRef-"), maxsplit=1)
    if name.startswith("CC-") and " " not in term:
        return name
    return re.sub(r"-only$|-or-later$|\+$", "", name + "".join(after[1:]))


def _lowest(terms: Iterable[str]) -> set[str]:
    lowest: dict[str, str] = {}
    for term in terms:
        family = _family(term)
        lowest[family] = min(lowest.get(family, term), term, key=_number)
    return set(lowest.values())


def _number(term: str) -> tuple[list[int], str]:
    found = _NUMBER.search(term)
    return [int(digits) for digits in found[1].split(".")] if found else [], term
