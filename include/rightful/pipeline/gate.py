"""The gate of one shard: what the pure :func:`rightful.licensing.decide.decide` needs, gathered once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime

import msgspec

from rightful.catalogue.models import Contract, Source
from rightful.licensing.contracts import (
    DOCUMENTS,
    MEDIA_SECONDS,
    NOTHING_GIVEN,
    TOKENS,
    exceeded,
    load_contracts,
    quotas,
)
from rightful.licensing.decide import decide
from rightful.licensing.optouts import timeless
from rightful.licensing.policy import Policy, load_policy
from rightful.licensing.recheck import may_load
from rightful.licensing.reviews import NO_REVIEWS, Reviews
from rightful.model import JSON, Decision, OptOut, Reason, Record, Ruling
from rightful.settings import Settings
from rightful.store.ledger import NO_TOMBSTONES, Tombstones

OPINIONS_KEPT = 4_096

DELETED_BY_SOURCE = "builtin:deleted_by_source"
"""Rule of a record that its source took back."""


class Gate:
    """Rules on records of one source. Policy, contracts and people's reviews are read once: one shard, one measure."""

    def __init__(
        self,
        source: Source,
        policy: Policy,
        contracts: Mapping[str, Contract],
        tombstones: Tombstones = NO_TOMBSTONES,
        usage: Mapping[str, Mapping[str, float]] | None = None,
        reviews: Reviews = NO_REVIEWS,
    ) -> None:
        self.source, self.policy, self.contracts, self.tombstones = source, policy, contracts, tombstones
        self.reviews = reviews
        self.usage = {contract: dict(given) for contract, given in (usage or {}).items()}
        self._opinions: dict[tuple[object, ...], str | None] = {}

    @classmethod
    def open(cls, source: Source, settings: Settings, **known: JSON) -> Gate:
        """The gate with the policy and the contracts that the settings name."""
        return cls(
            source,
            load_policy(settings.policy_file, settings.jurisdiction),
            load_contracts(settings.contracts_dir),
            **known,
        )

    def rule(self, record: Record, document_id: str, content_sha256: str | None = None) -> Ruling:
        """Whether this record may load. ``on`` is the day of the fetch, ``published`` the record's own date.

        ``content_sha256`` is the hash of its text, once that is known: a withdrawal may name it.
        """
        published, on = published_day(record.published or record.created), fetch_day(record.fetched_at)
        # Rulings are remembered by what they depend on; the times of observation would make every page a new case.
        optouts = timeless(record.optouts)
        withdrawn = self.tombstones.match(
            id=document_id,
            native_id=record.native_id,
            url=record.url,
            content_sha256=content_sha256,
            creators=record.creators,
            source=self.source.id,
        )
        ruling = decide(
            record.claims,
            optouts,
            self.source,
            self.policy,
            self.contracts,
            self.usage,
            (*withdrawn, record.native_id) if record.deleted else withdrawn,
            published,
            on,
            self.reviews,
        )
        if record.deleted:
            return msgspec.structs.replace(ruling, rule=DELETED_BY_SOURCE)
        return self._confirmed(ruling, record, optouts, published, on) if ruling.decision is Decision.ALLOW else ruling

    def given(self, documents: int, tokens: int, media_seconds: float = 0.0) -> None:
        """Count what an interrupted attempt of this shard has already written against the contract's quota."""
        contract = self.source.license.contract
        if contract is not None and documents:
            self.usage[contract] = self._with(contract, documents, tokens, media_seconds)

    def take(self, tokens: int, media_seconds: float | None = None) -> bool:
        """Count one document against the contract's quota; False when it no longer fits.

        ``media_seconds`` is the length of its sound or video. One that nobody told can't be counted, so that nothing
        without it fits a quota in hours.
        """
        contract = self.contracts.get(self.source.license.contract or "")
        if contract is None or not (stated := quotas(contract)):
            return True
        if MEDIA_SECONDS in stated and not (media_seconds is not None and 0 <= media_seconds < math.inf):
            return False
        after = self._with(contract.id, 1, tokens, media_seconds or 0.0)
        if exceeded(contract, after):
            return False
        self.usage[contract.id] = after
        return True

    def _with(self, contract_id: str, documents: int, tokens: int, media_seconds: float) -> dict[str, float]:
        before = {**NOTHING_GIVEN, **self.usage.get(contract_id, {})}
        return {
            DOCUMENTS: before[DOCUMENTS] + documents,
            TOKENS: before[TOKENS] + tokens,
            MEDIA_SECONDS: before[MEDIA_SECONDS] + media_seconds,
        }

    def _confirmed(
        self, ruling: Ruling, record: Record, optouts: tuple[OptOut, ...], published: date | None, on: date
    ) -> Ruling:
        """What the audit would refuse is put aside here, so that one odd tag can't stop its whole slice for ever."""
        key = (record.claims, optouts, ruling.expression, ruling.contract_id, published, on)
        if key not in self._opinions:
            if len(self._opinions) >= OPINIONS_KEPT:
                self._opinions.clear()
            self._opinions[key] = may_load(
                license_expression=ruling.expression,
                license_raw=ruling.evidence,
                claims=record.claims,
                optouts=optouts,
                contract_id=ruling.contract_id,
                on=on,
                published=published,
                policy=self.policy,
                contracts=self.contracts,
                source=self.source,
                reviews=self.reviews,
            )
        if self._opinions[key] is None:
            return ruling
        return msgspec.structs.replace(
            ruling,
            decision=Decision.QUARANTINE,
            reason=Reason.CONFLICT,
            rule="builtin:second_opinion",
            elected=None,
        )


def published_day(moment: datetime | None) -> date | None:
    """The UTC day of a publication date."""
    return moment.astimezone(UTC).date() if moment else None


def fetch_day(moment: datetime | None) -> date:
    """The UTC day on which contract terms are looked at: that of the fetch, today when it isn't known."""
    return (moment or datetime.now(UTC)).astimezone(UTC).date()
