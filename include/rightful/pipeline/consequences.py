"""What follows from looking again: a document stays, is marked, leaves, or waits for a person.

A Creative Commons licence can't be taken back for a copy that was taken under it: such a document stays and is marked.
A document under a contract leaves when the contract refuses it now. What is gone, or can't be read, three times in a
row is flagged for a person. Nothing else is deleted here, and nothing is ever loosened: a licence that became more open
is noted, no more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from rightful.catalogue.models import Source
from rightful.model import Decision, Reason, Record, Ruling, Run, Struct
from rightful.pipeline.due import MOST_STRIKES, Row
from rightful.pipeline.gate import Gate
from rightful.settings import Settings
from rightful.store.observations import moment, with_consequence
from rightful.store.removal import matching, note_withdrawals, remove
from rightful.store.tables import Tables
from rightful.store.tombstones import CONTRACT_END

log = logging.getLogger(__name__)

SAME, STRICTER, LOOSER, GONE, ERROR, NOT_CHECKABLE = "same", "stricter", "looser", "gone", "error", "not_checkable"
NONE, MARKED, LEAVES, FLAGGED = "none", "marked", "leaves", "flagged"

SAMPLES = 5
"""Documents that are shown of those that wait for a person."""


def compare(row: Row, ruling: Ruling) -> str:
    """Whether today's ruling is as good as the one by which the document was taken.

    Anything but a clear *allow* with the same or fewer duties is stricter. A contract whose quota is used up says
    nothing about what it has given already.
    """
    if ruling.reason is Reason.CONTRACT_QUOTA:
        return SAME
    if ruling.decision is not Decision.ALLOW or not ruling.expression:
        return STRICTER
    if ruling.expression == row.get("license_expression"):
        return SAME
    before, now = set(row.get("duties") or ()), set(ruling.duties)
    if now - before:
        return STRICTER
    return LOOSER if before - now else SAME


def consequence_of(row: Row, ruling: Ruling, result: str, strikes: int) -> str:
    """What follows for the document; in doubt a person is asked.

    Of a contract that has ended the DAG ``contract_terms`` takes care, for the contract says what then becomes of its
    documents. One that is not there at all may only be a file that was lost, so nothing leaves for that.
    """
    if result in (SAME, LOOSER):
        return NONE
    if result != STRICTER:
        return FLAGGED if strikes >= MOST_STRIKES else NONE
    contract = row.get("contract_id")
    if not contract:
        return MARKED
    if ruling.decision is not Decision.DENY or ruling.rule == "builtin:no_contract" or ruling.contract_id != contract:
        return FLAGGED
    return NONE if ruling.reason is Reason.EXPIRED else LEAVES


def move_out(tables: Tables, gate: Gate, run: Run, now: datetime) -> int:
    """Take out the documents of contracts that refuse them; also what an earlier run noted and did not come to do.

    The contract is asked once more: one that was corrected since keeps its documents. Gives how many left.
    """
    source = gate.source
    leaving = with_consequence(tables, source.id, LEAVES)
    left = 0
    for contract in sorted({str(row["contract_id"]) for row in leaving.values() if row["contract_id"]}):
        rows = [row for row in leaving.values() if row["contract_id"] == contract]
        newest = max(rows, key=lambda row: moment(row["observed_at"]))
        ruling = gate.rule(_any_record(source, now), newest["id"])
        if consequence_of({"contract_id": contract}, ruling, compare({}, ruling), 0) != LEAVES:
            continue
        if not matching(tables, source.id, "contract_id", contract).documents:
            continue
        reason = f"contract {contract} refuses its documents since {newest['observed_at']:%Y-%m-%d}: {newest['reason']}"
        note = {
            "withdrawal_id": f"look-again:{contract}:{source.id}:{newest['run_id']}",
            "kind": CONTRACT_END,
            "target": "contract",
            "value": contract,
            "source": source.id,
            "reason": reason,
            "requested_by": f"contracts/{contract}.yaml",
            "requested_at": newest["observed_at"],
            "decided_by": run.task_id,
            "decided_at": now,
            "run_id": run.run_id,
        }
        note_withdrawals(tables, [note], properties(run))
        gone = remove(tables, source.id, "contract_id", contract, properties(run))
        log.warning("source %s: %d documents left: %s", source.id, gone.documents, reason)
        left += gone.documents
    return left


class Flag(Struct, frozen=True, kw_only=True):
    """What waits for a person: documents of a source that came to the same end. ``samples`` are a few ids and URLs."""

    source: str
    result: str
    documents: int
    since: datetime
    samples: tuple[tuple[str, str], ...] = ()


def open_flags(settings: Settings, sources: Iterable[str]) -> list[Flag]:
    """What people should look at: gone or unreadable three times in a row, or refused by a contract nobody can find.

    One entry for each (source, result), never one for each document.

    Raises:
        StoreError: When the tables can't be read.
    """
    tables = Tables(settings)
    found: list[Flag] = []
    for source_id in sources:
        by_result: dict[str, list[Row]] = {}
        for row in with_consequence(tables, source_id, FLAGGED).values():
            by_result.setdefault(row["result"], []).append(row)
        for result, rows in sorted(by_result.items()):
            rows.sort(key=lambda row: (moment(row["observed_at"]), row["id"]))
            found.append(
                Flag(
                    source=source_id,
                    result=result,
                    documents=len(rows),
                    since=moment(rows[0]["observed_at"]),
                    samples=tuple((row["id"], row["url"] or "") for row in rows[:SAMPLES]),
                )
            )
    return found


def _any_record(source: Source, now: datetime) -> Record:
    """A contract rules on all records alike."""
    return Record(
        native_id="", version="", url=source.homepage, raw=b"", body=None, media_type="", claims=(), fetched_at=now
    )


def properties(run: Run) -> dict[str, str]:
    """Of the snapshots that a look leaves."""
    return {"rightful.run-id": run.run_id, "rightful.code-version": run.code_version, "rightful.step": "look again"}
