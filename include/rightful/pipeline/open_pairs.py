"""Which quarantined tags of one slice wait for a person: cheap enough to be told with every publication."""

from __future__ import annotations

from collections import Counter

import pyarrow.compute as pc

from rightful.catalogue.models import Source
from rightful.licensing import lift
from rightful.licensing.evaluate import rule_expression
from rightful.licensing.identify import identify
from rightful.licensing.policy import Policy, load_policy
from rightful.licensing.reviews import Reviews
from rightful.model import Decision, Outcome, Slice
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.tables import Tables


def open_pairs(settings: Settings, source: Source, slice: Slice) -> dict[str, int]:
    """Verbatim tag → number of quarantined claims with it, of those that a person may rule on and none has.

    A hint for those who ask (:func:`rightful.pipeline.review.open_questions` says what is really open): {} when nobody
    needs to be asked because of this slice.

    Raises:
        StoreError: When the ledger can't be read.
    """
    if source.trust != "reviewed" or source.license.scope == "contract":
        return {}  # it is the source that waits for somebody, not a tag
    ledgers = Ledgers(Tables(settings))
    found: Counter[str] = Counter()
    for batch in ledgers.current_rulings(source.id, ["claims"], [Outcome.QUARANTINE.value], slice):
        tags = pc.struct_field(pc.list_flatten(batch.column("claims")), "raw")
        found.update({entry["values"]: entry["counts"] for entry in pc.value_counts(tags).to_pylist()})
    if not found:
        return {}
    policy, reviews = load_policy(settings.policy_file), Reviews.from_rows(ledgers.reviews(source.id))
    return {
        tag: number
        for tag, number in found.items()
        if isinstance(tag, str) and reviews.of(source.id, tag) is None and _may_be_ruled(tag, source, policy)
    }


def _may_be_ruled(tag: str, source: Source, policy: Policy) -> bool:
    """Whether the tag by itself quarantines, and a person's word would change that."""
    read = identify(tag, aliases=source.license.aliases)
    if (
        read.expression is not None
        and rule_expression(read.expression, policy, None).decision is not Decision.QUARANTINE
    ):
        return False
    return lift.obstacle(tag, read, policy, None) is None


__all__ = ["open_pairs"]
