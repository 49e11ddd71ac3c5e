"""The gate of one shard: what the pure :func:`rightful.licensing.decide.decide` needs, gathered once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from rightful.catalogue.models import Contract, Source
from rightful.licensing.contracts import load_contracts
from rightful.licensing.decide import decide
from rightful.licensing.policy import Policy, load_policy
from rightful.model import JSON, Record, Ruling
from rightful.settings import Settings
from rightful.store.ledger import NO_TOMBSTONES, Tombstones


class Gate:
    """Rules on records of one source. Policy and contracts are read once, so one shard is ruled by one policy."""

    def __init__(
        self,
        source: Source,
        policy: Policy,
        contracts: Mapping[str, Contract],
        tombstones: Tombstones = NO_TOMBSTONES,
        usage: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        self.source, self.policy, self.contracts, self.tombstones = source, policy, contracts, tombstones
        self.usage = usage or {}

    @classmethod
    def open(cls, source: Source, settings: Settings, **known: JSON) -> Gate:
        """The gate with the policy and the contracts that the settings name."""
        return cls(source, load_policy(settings.policy_file), load_contracts(settings.contracts_dir), **known)

    def rule(self, record: Record, document_id: str, content_sha256: str | None = None) -> Ruling:
        """Whether this record may load. ``on`` is the day of the fetch, ``published`` the record's own date.

        ``content_sha256`` is the hash of its text, once that is known: a withdrawal may name it.
        """
        return decide(
            record.claims,
            record.optouts,
            self.source,
            self.policy,
            self.contracts,
            self.usage,
            self.tombstones.match(
                id=document_id,
                native_id=record.native_id,
                url=record.url,
                content_sha256=content_sha256,
                creators=record.creators,
                source=self.source.id,
            ),
            published_day(record.published or record.created),
            fetch_day(record.fetched_at),
        )


def published_day(moment: datetime | None) -> date | None:
    """The UTC day of a publication date."""
    return moment.astimezone(UTC).date() if moment else None


def fetch_day(moment: datetime | None) -> date:
    """The UTC day on which contract terms are looked at: that of the fetch, today when it isn't known."""
    return (moment or datetime.now(UTC)).astimezone(UTC).date()
