"""The policy: which licences may load, as a versioned file of explicit rules. What no rule names does not load."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, PrivateAttr, StringConstraints, ValidationError, field_validator, model_validator

from rightful.catalogue.models import Block
from rightful.errors import ConfigurationError
from rightful.licensing import register
from rightful.licensing.creative_commons import VERSIONS
from rightful.licensing.identify import identify, in_force
from rightful.licensing.strict_yaml import complaints, read_mapping
from rightful.model import Reason

DENY_REASONS = frozenset({
    Reason.NO_TAG, Reason.NC, Reason.ND, Reason.NOT_ALLOWED, Reason.SA_NOT_ACCEPTED, Reason.EXPIRED,
    Reason.NOT_YET_VALID, Reason.JURISDICTION, Reason.CONTRACT_QUOTA, Reason.GENERATOR_TERMS, Reason.ROBOTS,
    Reason.WITHDRAWN,
})  # fmt: skip
"""Reasons that deny. Every other reason but ``allowed`` quarantines."""
QUARANTINE_REASONS = frozenset(Reason) - DENY_REASONS - {Reason.ALLOWED}

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Duty = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]
Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

# What no allow pattern may ever match: everything with NC or ND, and everything that lacks its version.
_NEVER = (
    *(
        prefix + family + tail
        for prefix, family, tail in itertools.product(
            ("", "LicenseRef-"),
            ("CC-BY-NC", "CC-BY-ND", "CC-BY-NC-SA", "CC-BY-NC-ND", "CC-BY-ND-NC", "CC-BY-SA-NC", "CC-NC", "CC-ND"),
            ("", "-unversioned", *(f"-{v}{p}" for v in VERSIONS for p in ("", "-DE", "-IGO", "-SCOTLAND"))),
        )
    ),
    *("", "CC-BY", "CC-BY-SA", "LicenseRef-CC-BY-unversioned", "LicenseRef-CC-BY-SA-unversioned"),
    *("CC-BY-4.0-NC", "CC-BY-4.0-ND", "CC-BY-4.0-NC-ND", "LicenseRef-CC-BY-4.0-NC"),
    *("LicenseRef-CC0-unversioned", "LicenseRef-CC-nc-sampling-plus-1.0", "LicenseRef-all-rights-reserved"),
    *("LicenseRef-unknown", "GPL-3.0-only"),
)


class Rule(Block):
    """Names licences by exact ids, or by a pattern that must match a whole id."""

    id: RuleId
    ids: tuple[str, ...] = ()
    pattern: str | None = Field(None, description="regular expression that must match the whole term")
    note: str = Field("", description="one sentence for people: why")
    valid_from: date | None = Field(None, description="first publication date the rule holds for")
    valid_until: date | None = Field(None, description="last publication date the rule holds for, inclusive")

    _compiled: re.Pattern[str] | None = PrivateAttr(None)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value, re.ASCII)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _names_something(self) -> Rule:
        if not self.ids and not self.pattern:
            raise ValueError("a rule needs `ids` or `pattern`")
        for number, spdx in enumerate(self.ids):
            if identify(spdx).expression != spdx:
                raise ValueError(f"ids[{number}] is not a licence id in its canonical spelling")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until lies before valid_from")
        return self

    def model_post_init(self, _: object) -> None:
        if self.pattern is not None:
            self._compiled = re.compile(self.pattern, re.ASCII)

    def matches(self, term: str) -> bool:
        """Whether the rule names this very term (an id, or ``id WITH exception``)."""
        return term in self.ids or (self._compiled is not None and self._compiled.fullmatch(term) is not None)

    def holds(self, published: date | None) -> bool:
        """Whether the rule is in force for something published then. Without a date only an unbounded rule is."""
        return in_force(self.valid_from, self.valid_until, published)

    @property
    def dated(self) -> bool:
        """Whether the publication date matters to this rule."""
        return self.valid_from is not None or self.valid_until is not None


class AllowRule(Rule):
    """Licences that may load, and what they ask in return."""

    duties: tuple[Duty, ...] = ()
    jurisdiction: tuple[Place, ...] = Field((), description="holds only where the operator works in these places alone")

    @model_validator(mode="after")
    def _safe(self) -> AllowRule:
        refused = [term for term in _NEVER if self.matches(term)]
        refused += [term for term in self.ids if restriction_of(term) or term.endswith("-unversioned")]
        if refused:
            raise ValueError(f"an allow rule must never match {refused[0]!r}")
        return self


class QuarantineRule(Rule):
    """Licences that a person has to look at. ``weak_evidence``: the tag alone does not settle it."""

    reason: Reason = Reason.WEAK_EVIDENCE

    @field_validator("reason")
    @classmethod
    def _quarantines(cls, value: Reason) -> Reason:
        if value not in QUARANTINE_REASONS:
            raise ValueError(f"{value} is no reason for quarantine; use one of {', '.join(sorted(QUARANTINE_REASONS))}")
        return value


class DenyRule(Rule):
    """Licences that never load."""

    reason: Reason = Reason.NOT_ALLOWED

    @field_validator("reason")
    @classmethod
    def _denies(cls, value: Reason) -> Reason:
        if value not in DENY_REASONS:
            raise ValueError(f"{value} is no reason to deny; use one of {', '.join(sorted(DENY_REASONS))}")
        return value


class Signal(Block):
    """What one opt-out signal does. ``record``: it is kept as a column, but an open licence outweighs it."""

    decision: Literal["deny", "quarantine", "record"]
    neutral: tuple[str, ...] = Field((), description="values that reserve nothing; every other value counts")


class OptOutPolicy(Block):
    """How reservations found beside a record are weighed. A signal that is not listed quarantines."""

    neutral: tuple[str, ...] = Field((), description="values that say nothing for any signal, e.g. `not checked`")
    signals: dict[str, Signal] = Field(default_factory=dict)

    def decision(self, signal: str, value: str) -> Literal["deny", "quarantine", "record"]:
        """What this signal does with this value; ``record`` when it does nothing."""
        rule = self.signals.get(signal.strip().lower().replace("_", "-"))
        said = value.strip().lower()
        if said in self.neutral or (rule is not None and said in rule.neutral):
            return "record"
        return "quarantine" if rule is None else rule.decision


class SyntheticPolicy(Block):
    """How much of the corpus models may have written."""

    max_share: float = Field(
        0.0, ge=0, lt=1, allow_inf_nan=False, description="of the tokens of all published text; 0: none loads"
    )


_R = TypeVar("_R", bound=Rule)


class Policy(Block):
    """``include/policy.yaml``. :attr:`version` names it, with the hash of its bytes, in every ruling and row."""

    edition: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.\-]*$")] = Field(
        alias="version", description="changed by whoever changes the file"
    )
    jurisdiction: tuple[Place, ...] = Field(min_length=1, description="where the operator works")
    share_alike: bool = Field(description="whether the duty to share alike is accepted")
    use: str = Field("training", min_length=1, description="the use that a contract must permit")
    allow: tuple[AllowRule, ...]
    quarantine: tuple[QuarantineRule, ...] = ()
    deny: tuple[DenyRule, ...] = ()
    optouts: OptOutPolicy
    synthetic: SyntheticPolicy = SyntheticPolicy()
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="of the file's bytes; set on loading")
    moved: bool = Field(False, description="the installation works elsewhere than the file says; set on loading")

    @model_validator(mode="after")
    def _unique(self) -> Policy:
        ids = [rule.id for rule in (*self.allow, *self.quarantine, *self.deny)]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"rule id {twice[0]!r} stands twice")
        return self

    @property
    def version(self) -> str:
        """``<version in the file>+<SHA-256 of the file>``, as it stands in every ruling and row. Where the setting
        ``RIGHTFUL_JURISDICTION`` replaces the file's, ``@<places>`` follows: it is another policy then."""
        return f"{self.edition}+{self.sha256}" + (f"@{'-'.join(self.jurisdiction)}" if self.moved else "")

    @property
    def dated(self) -> bool:
        """Whether any rule depends on the publication date."""
        return any(rule.dated for rule in (*self.allow, *self.quarantine, *self.deny))

    def denies(self, term: str, published: date | None) -> DenyRule | None:
        """The deny rule for this term. Without a publication date a dated deny rule holds too."""
        return _first(self.deny, term, published)

    def quarantines(self, term: str, published: date | None) -> QuarantineRule | None:
        """The quarantine rule for this term. Without a publication date a dated rule holds too."""
        return _first(self.quarantine, term, published)

    def allows(self, term: str) -> tuple[AllowRule, ...]:
        """All allow rules that name this term, whatever the date."""
        return tuple(rule for rule in self.allow if rule.matches(term))


def _first(rules: tuple[_R, ...], term: str, published: date | None) -> _R | None:
    return next((r for r in rules if r.matches(term) and (published is None or r.holds(published))), None)


def restriction_of(term: str) -> Reason | None:
    """``nc`` or ``nd`` when the term's words hold one of them. No policy can lift this."""
    words = register.words(term)
    return Reason.NC if "NC" in words else Reason.ND if "ND" in words else None


def load_policy(path: Path, jurisdiction: Sequence[str] = ()) -> Policy:
    """Load and check a policy file. Raises :class:`ConfigurationError` that names the file and what is wrong.

    ``jurisdiction`` (the setting of that name), when given, stands in the place of the file's. Whoever rules, audits or
    asks must pass the same.
    """
    values, content = read_mapping(path)
    for computed in ("sha256", "moved"):
        if computed in values:
            raise ConfigurationError(f"policy {path}: {computed} is computed, never written", remedy="take the key out")
    places = tuple(sorted(set(jurisdiction)))
    try:
        policy = Policy.model_validate({**values, "sha256": hashlib.sha256(content).hexdigest()})
        if not places or set(places) == set(policy.jurisdiction):
            return policy
        # Validated anew: what the environment says is as little trusted as the file.
        return Policy.model_validate({**policy.model_dump(by_alias=True), "jurisdiction": places, "moved": True})
    except ValidationError as error:
        raise ConfigurationError(
            f"policy {path}: {complaints(error)}", remedy="docs/policy.md says what it may hold"
        ) from error
