"""Contracts: signed licences, one file each. A contract exists only while its file says so.

It also needs its evidence: when the signed document is gone, or is another one than was signed, there is no contract.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from rightful.catalogue.contract import contract_files, misnamed
from rightful.catalogue.evidence import evidence_problem
from rightful.catalogue.models import Contract
from rightful.errors import ConfigurationError
from rightful.licensing.policy import Policy
from rightful.licensing.strict_yaml import complaints, read_mapping
from rightful.model import Decision, Reason, Ruling, Strength, Struct

log = logging.getLogger(__name__)

WARNING_DAYS = 30
"""How long before its last day a contract is told to end soon."""

DOCUMENTS, TOKENS, MEDIA_SECONDS = "documents", "tokens", "media_seconds"
"""What a contract's use is counted in."""

NOTHING_GIVEN: Mapping[str, float] = {DOCUMENTS: 0, TOKENS: 0, MEDIA_SECONDS: 0.0}

WORLDWIDE = frozenset({"worldwide", "world"})


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Load ``<folder>/*.yaml`` by id. Every bad file is named in one :class:`ConfigurationError`.

    A contract whose signed document is missing, or is another one, is left out: nobody can rely on it then, while other
    sources go on.
    """
    if not folder.is_dir():
        raise ConfigurationError(
            f"there is no folder of contracts at {folder}", remedy="make it (it may be empty), or correct the setting"
        )
    contracts: dict[str, Contract] = {}
    problems: list[str] = []
    for path in contract_files(folder):
        try:
            contract = load_contract(path)
        except ConfigurationError as error:
            problems.append(str(error))
        else:
            if problem := evidence_problem(contract, folder):
                log.error("contract %s counts as none: %s — %s", contract.id, problem.message, problem.remedy)
            else:
                contracts[contract.id] = contract
    if problems:
        raise ConfigurationError("; ".join(problems), remedy="correct the contract, or take the file away")
    return contracts


def load_contract(path: Path) -> Contract:
    """Load one contract. Its id must be the file's name, so that no two files can be one contract."""
    if problem := misnamed(path):
        raise ConfigurationError(f"contract {path}: {problem}", remedy=f"name the file {path.stem}.yaml")
    values, _ = read_mapping(path)
    try:
        contract = Contract.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(f"contract {path}: {complaints(error)}") from error
    if contract.id != path.stem:
        raise ConfigurationError(
            f"contract {path}: its id is {contract.id!r}", remedy=f"name the file {contract.id}.yaml"
        )
    if contract.valid_until is not None and contract.valid_until < contract.valid_from:
        raise ConfigurationError(
            f"contract {path}: it ends before it begins", remedy="correct valid_from or valid_until"
        )
    return contract


def covers_territory(contract: Contract, jurisdictions: tuple[str, ...]) -> bool:
    """Whether the contract holds wherever the operator works. A contract that names no territory holds everywhere."""
    named = {place.casefold() for place in contract.territory}
    if not named or named & WORLDWIDE:
        return True
    return bool(jurisdictions) and {place.casefold() for place in jurisdictions} <= named


def refusal(contract: Contract, policy: Policy, usage: object, on: date | None) -> Reason | None:
    """Why the contract does not let a further document load on that day; None when it does.

    ``usage`` is what was already given under it: ``{"documents": n, "tokens": n, "media_seconds": s}``. A quota that is
    used up denies, and so does one whose use nobody can tell.
    """
    if on is None or on < contract.valid_from:
        return Reason.NOT_YET_VALID
    if contract.valid_until is not None and contract.valid_until < on:
        return Reason.EXPIRED
    if policy.use not in contract.permitted_uses:
        return Reason.NOT_ALLOWED
    if not covers_territory(contract, policy.jurisdiction):
        return Reason.JURISDICTION
    if any(not _below(usage, what, quota) for what, quota in quotas(contract).items()):
        return Reason.CONTRACT_QUOTA
    return None


def quotas(contract: Contract) -> dict[str, float]:
    """The most that the contract gives, by what it is counted in (hours as ``media_seconds``); {} without a quota."""
    hours = contract.quota_hours
    stated = {
        DOCUMENTS: contract.quota_documents,
        TOKENS: contract.quota_tokens,
        MEDIA_SECONDS: None if hours is None else hours * 3600,
    }
    return {what: quota for what, quota in stated.items() if quota is not None}


def exceeded(contract: Contract, given: Mapping[str, float]) -> str | None:
    """The first quota that ``given`` goes beyond, in words; None when all of it fits.

    Hours are compared to the millisecond: sums of many lengths are never exact.
    """
    for what, quota in quotas(contract).items():
        if not round(given[what], 3) <= round(quota, 3):
            said = f"{given[what] / 3600:g} hours" if what == MEDIA_SECONDS else f"{given[what]:g} {what}"
            most = quota / 3600 if what == MEDIA_SECONDS else quota
            return f"{said} are more than the {most:g} of contract {contract.id}"
    return None


def _below(usage: object, what: str, quota: float) -> bool:
    if not isinstance(usage, Mapping):
        return False
    used = usage.get(what) if usage else 0
    return isinstance(used, (int, float)) and not isinstance(used, bool) and 0 <= used < quota


class Ending(Struct, frozen=True, kw_only=True):
    """A contract that ends soon, or has ended. ``days_left`` counts from the day asked for: 0 on the last day."""

    contract: str
    title: str
    sources: tuple[str, ...]
    valid_until: date
    days_left: int
    on_end: str


def ends_soon(contracts: Mapping[str, Contract], on: date, days: int = WARNING_DAYS) -> list[Ending]:
    """Contracts whose last day is at most ``days`` days away, that one included; the next one first."""
    return [ending for ending in _endings(contracts, on) if 0 <= ending.days_left <= days]


def ended(contracts: Mapping[str, Contract], on: date) -> list[Ending]:
    """Contracts whose last day lies before ``on``, the longest ended first."""
    return [ending for ending in _endings(contracts, on) if ending.days_left < 0]


def _endings(contracts: Mapping[str, Contract], on: date) -> list[Ending]:
    found = [
        Ending(
            contract=contract.id,
            title=contract.title,
            sources=contract.sources,
            valid_until=contract.valid_until,
            days_left=(contract.valid_until - on).days,
            on_end=contract.on_end,
        )
        for contract in contracts.values()
        if contract.valid_until is not None
    ]
    return sorted(found, key=lambda ending: (ending.valid_until, ending.contract))


def rule_by_contract(
    contract_id: str | None,
    source_id: str,
    policy: Policy,
    contracts: object,
    usage: object,
    on: date | None,
) -> Ruling:
    """Rule by a contract alone. A contract that is missing, or does not name the source, denies as ``not_allowed``."""
    contract = contracts.get(contract_id) if isinstance(contracts, Mapping) else None
    if not isinstance(contract, Contract) or contract.id != contract_id or source_id not in contract.sources:
        return Ruling(
            decision=Decision.DENY,
            reason=Reason.NOT_ALLOWED,
            rule="builtin:no_contract",
            policy_version=policy.version,
            contract_id=contract_id,
        )
    # Nothing given yet is no entry; no usage at all means that nobody counted.
    given = usage.get(contract.id, {}) if isinstance(usage, Mapping) else None
    reason = refusal(contract, policy, given, on)
    return Ruling(
        decision=Decision.ALLOW if reason is None else Decision.DENY,
        reason=reason or Reason.ALLOWED,
        rule=f"contract:{contract.id}",
        policy_version=policy.version,
        expression=contract.expression,
        elected=contract.expression if reason is None else None,
        category="contract",
        duties=tuple(sorted(contract.duties)),
        jurisdiction=contract.territory,
        evidence=contract.evidence,
        evidence_place=f"contracts/{contract.id}.yaml",
        strength=Strength.CONTRACT,
        contract_id=contract.id,
        valid_from=contract.valid_from,
        valid_until=contract.valid_until,
    )
