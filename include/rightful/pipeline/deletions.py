"""What sources take back: their documents leave the corpus, and stay out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rightful.model import DataFile, Outcome, Run, Slice
from rightful.pipeline.gate import DELETED_BY_SOURCE
from rightful.store.read import columns_of
from rightful.store.removal import note_withdrawals, remove
from rightful.store.tables import Tables

log = logging.getLogger(__name__)


def carry_out_deletions(tables: Tables, source_id: str, slice: Slice, ledger: Sequence[DataFile], run: Run) -> int:
    """Take out the documents of all slices that a published slice's ledger says were deleted by their source.

    A tombstone for each goes into ``ledger.withdrawals`` first, so that a backfill of an older slice can't bring it
    back. A source that restores a record finds it denied; a person releases it. Safe to repeat.

    Returns:
        How many documents left.

    Raises:
        StoreError: When a commit did not get through.
    """
    deleted = sorted(set(_deleted(tables, ledger)))
    if not deleted:
        return 0
    now = datetime.now(UTC)
    properties = {
        "rightful.run-id": run.run_id,
        "rightful.code-version": run.code_version,
        "rightful.step": "deleted by its source",
    }
    rows = [
        {
            "withdrawal_id": f"source-deletion:{document_id}",
            "kind": "tombstone",
            "target": "id",
            "value": document_id,
            "source": source_id,
            "reason": f"its source deleted it; told in the slice {slice}",
            "requested_by": source_id,
            "requested_at": now,
            "decided_by": run.task_id,
            "decided_at": now,
            "run_id": run.run_id,
        }
        for document_id in deleted
    ]
    note_withdrawals(tables, rows, properties)
    gone = remove(tables, source_id, "source_native_id", [_native(source_id, one) for one in deleted], properties)
    if gone.documents:
        log.warning(
            "source %s deleted %d documents, which left the corpus: %s", source_id, gone.documents, gone.samples
        )
    return gone.documents


def _deleted(tables: Tables, ledger: Sequence[DataFile]) -> Iterator[str]:
    for file in ledger:
        for rows in columns_of(tables, file, ["id", "outcome", "rule"]):
            ids, outcomes, rules = (rows.column(name).to_pylist() for name in ("id", "outcome", "rule"))
            for document_id, outcome, rule in zip(ids, outcomes, rules, strict=True):
                if outcome == Outcome.DENY.value and rule == DELETED_BY_SOURCE:
                    yield document_id


def _native(source_id: str, document_id: str) -> str:
    """``source:native@version`` → ``native``."""
    return document_id.removeprefix(f"{source_id}:").rpartition("@")[0]


__all__ = ["carry_out_deletions"]
