"""Contracts: signed licences, one file each. A contract exists only while its file says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from rightful.catalogue.models import Contract
from rightful.errors import ConfigurationError
from rightful.licensing.policy import Policy
from rightful.licensing.strict_yaml import complaints, read_mapping
from rightful.model import Decision, Reason, Ruling, Strength

WORLDWIDE = frozenset({"worldwide", "world"})


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Load ``<folder>/*.yaml`` by id. Every bad file is named in one :class:`ConfigurationError`."""
    if not folder.is_dir():
        raise ConfigurationError(
            f"there is no folder of contracts at {folder}", remedy="make it (it may be empty), or correct the setting"
        )
    contracts: dict[str, Contract] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            contract = load_contract(path)
        except ConfigurationError as error:
            problems.append(str(error))
        else:
            contracts[contract.id] = contract
    if problems:
        raise ConfigurationError("; ".join(problems), remedy="correct the contract, or take the file away")
    return contracts


def load_contract(path: Path) -> Contract:
    """Load one contract. Its id must be the file's name, so that no two files can be one contract."""
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

    ``usage`` is what was already given under it: ``{"documents": n, "tokens": n}``. A quota that is used up denies, and
    so does one whose use nobody can tell.
    """
    if on is None or on < contract.valid_from:
        return Reason.NOT_YET_VALID
    if contract.valid_until is not None and contract.valid_until < on:
        return Reason.EXPIRED
    if policy.use not in contract.permitted_uses:
        return Reason.NOT_ALLOWED
    if not covers_territory(contract, policy.jurisdiction):
        return Reason.JURISDICTION
    quotas = (("documents", contract.quota_documents), ("tokens", contract.quota_tokens))
    if any(quota is not None and not _below(usage, what, quota) for what, quota in quotas):
        return Reason.CONTRACT_QUOTA
    return None


def _below(usage: object, what: str, quota: int) -> bool:
    if not isinstance(usage, Mapping):
        return False
    used = usage.get(what) if usage else 0
    return isinstance(used, int) and not isinstance(used, bool) and 0 <= used < quota


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
