"""What happens to documents after their contract's last day: found, told, and taken out where the contract says so.

New ones need no step of their own: the gate denies them (``expired``) from the day after the last on, so a re-run of a
slice brings nothing back either.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime

from rightful.catalogue.models import Contract
from rightful.errors import ConfigurationError
from rightful.model import Run, Struct
from rightful.settings import Settings
from rightful.store.removal import Matching, matching, note_withdrawals, remove
from rightful.store.tables import Tables
from rightful.store.tombstones import CONTRACT_END

log = logging.getLogger(__name__)

Report = Callable[[str, int, int], None]
"""Called with (source, how many sources are done, how many there are)."""


class EndReport(Struct, frozen=True, kw_only=True):
    """What leaves, or has left, with a contract. ``note`` says why nothing was moved, when nothing was."""

    contract: str
    valid_until: date | None
    on_end: str
    dry_run: bool
    sources: tuple[Matching, ...]
    note: str = ""

    @property
    def documents(self) -> int:
        """All sources together."""
        return sum(source.documents for source in self.sources)

    @property
    def tokens(self) -> int:
        """All sources together."""
        return sum(source.tokens for source in self.sources)


def documents_of(settings: Settings, contract: Contract, *, report: Report | None = None) -> tuple[Matching, ...]:
    """The documents that are in the corpus under a contract, by source: counts, slices and a few ids, no text.

    All sources are looked at, not only those that the contract covers today: what was taken under it stays its own.

    Raises:
        StoreError: When the tables can't be read.
    """
    tables = Tables(settings)
    names = tables.sources()
    found: list[Matching] = []
    for number, name in enumerate(names, 1):
        here = matching(tables, name, "contract_id", contract.id)
        if here.documents:
            found.append(here)
        if report is not None:
            report(name, number, len(names))
    return tuple(found)


def move_out(
    settings: Settings,
    contract: Contract,
    run: Run,
    *,
    dry_run: bool = True,
    on: date | None = None,
    report: Report | None = None,
) -> EndReport:
    """Take the documents of an ended contract out of the corpus, one commit a source. Safe to repeat.

    First a row a source goes into ``ledger.withdrawals`` (kind ``contract_end``), so that a look-up tells why a
    document left. It is no tombstone: a contract that is signed anew may bring the same documents again.

    Args:
        settings: Where the tables are.
        contract: As its file says now.
        run: Who does it.
        dry_run: Only tell what would leave.
        on: The day that counts (UTC); default: today.
        report: Called after each source.

    Returns:
        What left (or would leave); nothing, with a note, when the contract says ``on_end: keep``.

    Raises:
        ConfigurationError: When the contract has not ended on that day.
        StoreError: When a commit did not get through; sources that are done stay done.
    """
    day = on or datetime.now(UTC).date()
    if contract.valid_until is None or day <= contract.valid_until:
        until = f"runs until {contract.valid_until}" if contract.valid_until else "has no end"
        raise ConfigurationError(
            f"contract {contract.id} {until}: its documents stay",
            remedy="correct valid_until in its file, if it ended earlier; a takedown is a withdrawal, not this",
        )
    found = documents_of(settings, contract, report=report if dry_run else None)

    def told(sources: tuple[Matching, ...], note: str = "") -> EndReport:
        return EndReport(
            contract=contract.id,
            valid_until=contract.valid_until,
            on_end=contract.on_end,
            dry_run=dry_run,
            sources=sources,
            note=note,
        )

    if contract.on_end != "withdraw":
        return told((), f"the contract lets its {sum(m.documents for m in found)} documents stay (on_end: keep)")
    if not found:
        return told((), "no document of it is in the corpus")
    if dry_run:
        return told(found, "dry run: nothing was changed")
    tables = Tables(settings)
    properties = {
        "rightful.run-id": run.run_id,
        "rightful.contract-end": contract.id,
        "rightful.code-version": run.code_version,
    }
    note_withdrawals(tables, [_row(contract, source, run) for source in found], properties)
    left: list[Matching] = []
    for number, source in enumerate(found, 1):
        gone = remove(tables, source.source, "contract_id", contract.id, properties)
        log.info("contract %s ended: %d documents left corpus.%s", contract.id, gone.documents, gone.source)
        left.append(gone)
        if report is not None:
            report(source.source, number, len(found))
    return told(tuple(left))


def _row(contract: Contract, source: Matching, run: Run) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "withdrawal_id": f"contract-end:{contract.id}:{contract.valid_until}:{source.source}",
        "kind": CONTRACT_END,
        "target": "contract",
        "value": contract.id,
        "source": source.source,
        "reason": f"contract {contract.id} ended on {contract.valid_until}",
        "requested_by": f"contracts/{contract.id}.yaml",
        "requested_at": now,
        "decided_by": run.task_id,
        "decided_at": now,
        "evidence": contract.evidence,
        "run_id": run.run_id,
    }


__all__ = ["EndReport", "Report", "documents_of", "move_out"]
