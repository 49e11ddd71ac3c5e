"""May a document that was once allowed still be used today? Judged from its row, as the audit does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from rightful.catalogue.models import Contract, Source
from rightful.licensing.identify import day_of
from rightful.licensing.policy import Policy
from rightful.licensing.recheck import may_load
from rightful.licensing.reviews import NO_REVIEWS, Reviews
from rightful.model import LicenseClaim, OptOut, Outcome, Strength

if TYPE_CHECKING:
    from rightful.store.ledger import Tombstones

Row = Mapping[str, Any]

_BY_CONTRACT = "contract:"
"""How the rule of a ruling by contract begins."""


class Judge:
    """Policy, contracts and tombstones as they are ``today``, for the documents of one source.

    ``source`` is None when its file is no longer in the catalogue (or broken): nobody vouches for its documents then.
    """

    def __init__(
        self,
        source: Source | None,
        policy: Policy,
        contracts: Mapping[str, Contract],
        tombstones: Tombstones,
        today: date,
        left: Mapping[str, str] | None = None,
        reviews: Reviews = NO_REVIEWS,
    ) -> None:
        """``left``: contracts with which documents have left the corpus → why. ``reviews``: people's rulings."""
        self.reviews = reviews
        self.left = left or {}
        self.source, self.policy, self.contracts, self.tombstones, self.today = (
            source,
            policy,
            contracts,
            tombstones,
            today,
        )

    def document(self, row: Row) -> str | None:
        """None when the document may be used today, else one sentence that says why not."""
        if self._withdrawn(row):
            return "it was withdrawn"
        if self.source is None:
            return "its source is not in the catalogue (any more)"
        return may_load(
            license_expression=row["license_expression"],
            license_raw=row["license_raw"],
            claims=tuple(_claim(claim) for claim in row["claims"] or ()),
            optouts=tuple(
                OptOut(signal=optout["signal"], value=optout["value"], place=optout["place"])
                for optout in row["optouts"] or ()
            ),
            contract_id=row["contract_id"],
            on=self._contract_day(row),
            published=day_of(row["published_at"] or row["created"]),
            policy=self.policy,
            contracts=self.contracts,
            source=self.source,
            reviews=self.reviews,
        )

    def _contract_day(self, row: Row) -> date | None:
        """A contract counts as of today, not as of the day of the fetch: it can end. One that lets its documents stay
        after its end (``on_end: keep``) counts as of the fetch from then on."""
        contract = self.contracts.get(str(row["contract_id"] or ""))
        if contract is None or contract.on_end != "keep" or contract.valid_until is None:
            return self.today
        return self.today if self.today <= contract.valid_until else day_of(row["fetched_at"])

    def refused(self, ruling: Row | None) -> str:
        """Why what the ledger knows is not in the corpus."""
        if ruling is None:
            return "nothing is known of it"
        if self._withdrawn(ruling):
            return "it was withdrawn"
        outcome, reason = ruling["outcome"], ruling["reason"]
        if outcome == Outcome.ALLOW.value:
            rule = str(ruling.get("rule") or "")
            if rule.startswith(_BY_CONTRACT) and (why := self.left.get(rule.removeprefix(_BY_CONTRACT))):
                return f"it left the corpus: {why}"
            return "it was allowed once, but a later run of its slice no longer brought it"
        return f"{outcome}: {reason}" if reason else str(outcome)

    def _withdrawn(self, row: Row) -> bool:
        if not self.tombstones:
            return False
        return bool(
            self.tombstones.match(
                id=row["id"],
                native_id=row.get("source_native_id") or _native(row["id"]),
                url=row["source_url"],
                content_sha256=row.get("content_sha256"),
                creators=tuple(row.get("creators") or ()),
                source=row.get("source") or row["id"].partition(":")[0],
            )
        )


def _native(name: str) -> str:
    """``{source}:{native id}@{version}`` → the native id."""
    return name.partition(":")[2].rpartition("@")[0]


def _claim(row: Row) -> LicenseClaim:
    return LicenseClaim(
        raw=row["raw"],
        expression=row["expression"],
        place=row["place"],
        strength=Strength(row["strength"]),
        part=row["part"] or "",
    )
