"""What of a slice still fits its contract's quota, once all shards are in.

A shard stops at the quota by itself, but it sees neither the other shards nor what another run published meanwhile. So
here the documents are counted once more, in the order of the shards, and those that no longer fit are denied
(``contract_quota``), each with its row in the ledger. Nothing is read or written anew while all of them fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rightful.catalogue.models import Contract, Source
from rightful.licensing.contracts import DOCUMENTS, MEDIA_SECONDS, TOKENS, exceeded, load_contracts, quotas
from rightful.model import DataFile, Outcome, Reason, ShardResult, Slice
from rightful.pipeline.uniqueness import Fate, rewrite
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.read import columns_of
from rightful.store.tables import Tables

TOO_MUCH = Fate(Outcome.DENY, Reason.CONTRACT_QUOTA.value, "no longer fit the contract's quota")


def within_quota(
    tables: Tables,
    source: Source,
    slice: Slice,
    results: Sequence[ShardResult],
    settings: Settings,
    ledgers: Ledgers,
) -> list[ShardResult]:
    """The results without the documents that exceed the quota of the source's contract."""
    contract = load_contracts(settings.contracts_dir).get(source.license.contract or "")
    if contract is None or not quotas(contract):
        return list(results)
    given = ledgers.usage(contract.id, but=(source.id, slice))
    adds = {
        DOCUMENTS: sum(result.counts.get(Outcome.ALLOW.value, 0) for result in results),
        TOKENS: sum(result.tokens for result in results),
        MEDIA_SECONDS: sum(result.media_seconds for result in results),
    }
    if not exceeded(contract, {what: given[what] + adds[what] for what in adds}):
        return list(results)
    allowance = _Allowance(contract, given)
    return [_cut(tables, source, slice, result, allowance) for result in results]


class _Allowance:
    """What is left of a quota."""

    def __init__(self, contract: Contract, given: Mapping[str, float]) -> None:
        self.contract, self.given = contract, dict(given)

    def take(self, tokens: int, media_seconds: float) -> bool:
        """Count one document; False, and nothing counted, when it no longer fits. A shorter one may fit after it."""
        after = {
            DOCUMENTS: self.given[DOCUMENTS] + 1,
            TOKENS: self.given[TOKENS] + tokens,
            MEDIA_SECONDS: self.given[MEDIA_SECONDS] + media_seconds,
        }
        if exceeded(self.contract, after):
            return False
        self.given = after
        return True


def _cut(tables: Tables, source: Source, slice: Slice, result: ShardResult, allowance: _Allowance) -> ShardResult:
    changed: dict[DataFile, list[Fate | None]] = {}
    for file in result.documents:
        fates: list[Fate | None] = []
        for batch in columns_of(tables, file, ["n_tokens", "media_seconds"]):
            for tokens, length in zip(*(batch.column(place).to_pylist() for place in (0, 1)), strict=True):
                fates.append(None if allowance.take(tokens or 0, length or 0.0) else TOO_MUCH)
        if any(fates):
            changed[file] = fates
    return rewrite(tables, source, slice, result, changed) if changed else result


__all__ = ["within_quota"]
