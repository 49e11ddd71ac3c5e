"""An independent look at what the workers wrote, before anyone can see it.

Reads columns, never texts. It does not trust the gate: licences are read again from the verbatim tags by
:mod:`rightful.licensing.recheck`, which shares no code with :func:`rightful.licensing.decide.decide`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from rightful.catalogue.models import Source
from rightful.errors import AuditError
from rightful.licensing.contracts import exceeded, load_contracts
from rightful.model import DataFile, Outcome, Run, ShardResult, Slice, Struct
from rightful.pipeline.guard import replacement_problem
from rightful.pipeline.manifest import Manifest, store_manifest, terms_of
from rightful.pipeline.plan import SHARDS
from rightful.pipeline.quota import within_quota
from rightful.pipeline.rowcheck import DocumentCheck
from rightful.pipeline.synthetic_share import check_share, is_synthetic
from rightful.pipeline.tally import add_up, reasons_of
from rightful.pipeline.uniqueness import settle
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.read import columns_of
from rightful.store.tables import Tables

log = logging.getLogger(__name__)

SHOWN = 5
"""How many offending rows an error names; the rest is counted."""


class AuditReport(Struct, frozen=True, kw_only=True):
    """What the audit found. ``manifest`` is the key that ``publish`` works from; None when nothing may be published."""

    manifest: str | None
    publish: bool
    note: str
    counts: dict[str, int]
    reasons: dict[str, int]
    fetched: int
    documents: int
    tokens: int


def audit(
    source: Source,
    slice: Slice,
    results: Sequence[ShardResult],
    *,
    run: Run,
    settings: Settings,
    force_shrink: bool = False,
    dry_run: bool = False,
    replaces: int | None = None,
) -> AuditReport:
    """Check a slice and write its manifest.

    ``replaces`` is given by a run that was made from the published slice (:mod:`rightful.pipeline.rerule`): the newest
    order when it was read. Such a run must hold just the records of that publication.

    Raises:
        AuditError: When a row breaks a promise; nothing is published, and the message names rows and remedy.
        ShrinkGuard: When a re-run fetched much less than the published slice had.
    """
    if not results:
        raise AuditError("no shard handed in a result", source=source.id, slice=slice, remedy="clear the run")
    _all_there(source, slice, results)
    totals = add_up(results)
    if dry_run:
        return _report(None, "dry run: nothing was written", totals, results)
    tables = Tables(settings)
    ledgers = Ledgers(tables)
    results = settle(tables, source, slice, results)
    results = within_quota(tables, source, slice, results, settings, ledgers)
    totals = add_up(results)
    documents = [file for result in results for file in result.documents]
    ledger = [file for result in results for file in result.ledger]

    _balance(source, slice, totals["counts"], documents, ledger, tables)
    withdrawals = ledgers.withdrawals_version(source.id)
    check = DocumentCheck.open(source, slice, settings, ledgers)
    for file in documents:
        check.file(tables, file)
    if check.problems:
        shown = "; ".join(check.problems[:SHOWN])
        raise AuditError(
            f"{len(check.problems)} rows may not load: {shown}",
            source=source.id,
            slice=slice,
            remedy="nothing was published; clear the run to rule anew; if it stays, it is a bug in the gate",
        )
    published = ledgers.published_slice(source.id, slice)
    if replaces is None:
        _failures(source, slice, totals["counts"])
    else:
        _same_records(source, slice, totals["counts"], published, replaces)
    _within_quota(source, slice, results, settings, ledgers)
    check_share(source, slice, sum(result.tokens for result in results), settings, ledgers)
    limited = any(result.limited for result in results)
    counts = totals["counts"]
    note = ""
    if replaces is None:
        note = replacement_problem(
            source, slice, counts, limited=limited, published=published, force_shrink=force_shrink
        )
    if note:
        return _report(None, note, totals, results)
    manifest = _manifest(source, slice, results, totals, run, check.policy_version)
    manifest = msgspec.structs.replace(
        manifest,
        withdrawals=withdrawals,
        reviews=check.reviews.answers(source.id),
        replaces=replaces,
        force_shrink=force_shrink,
        terms=terms_of(source, settings),
    )
    return _report(store_manifest(settings, manifest), "", totals, results)


def _all_there(source: Source, slice: Slice, results: Sequence[ShardResult]) -> None:
    """Every shard of the plan has handed in one result; one that was marked as done by hand has not."""
    planned = max(int(result.shard.params.get(SHARDS, 0)) for result in results)
    ids = [result.shard.id for result in results]
    if len(set(ids)) != len(ids) or (planned and planned != len(ids)):
        raise AuditError(
            f"{len(set(ids))} of {planned} shards handed in a result: {', '.join(sorted(ids)[:SHOWN])}",
            source=source.id,
            slice=slice,
            remedy="clear the run, so that every shard is acquired",
        )


def _within_quota(
    source: Source, slice: Slice, results: Sequence[ShardResult], settings: Settings, ledgers: Ledgers
) -> None:
    """What this slice adds still fits the contract, all shards and all other slices together."""
    contract = load_contracts(settings.contracts_dir).get(source.license.contract or "")
    if contract is None:
        return
    given = ledgers.usage(contract.id, but=(source.id, slice))
    adds = {
        "documents": sum(result.counts.get(Outcome.ALLOW.value, 0) for result in results),
        "tokens": sum(result.tokens for result in results),
        "media_seconds": sum(result.media_seconds for result in results),
    }
    if not any(adds.values()):  # a quota that was lowered below what is given keeps no empty slice from being published
        return
    if too_much := exceeded(contract, {what: given[what] + adds[what] for what in given}):
        raise AuditError(
            f"with what was given before, {too_much}",
            source=source.id,
            slice=slice,
            remedy="clear the run from `audit` on, which denies what no longer fits; if it stays, renew the contract",
        )


def _report(
    manifest: str | None, note: str, totals: Mapping[str, Mapping[str, float]], results: Sequence[ShardResult]
) -> AuditReport:
    counts = {outcome: int(number) for outcome, number in totals["counts"].items()}
    return AuditReport(
        manifest=manifest,
        publish=manifest is not None,
        note=note,
        counts=counts,
        reasons=reasons_of(totals),
        fetched=sum(counts.values()),
        documents=counts.get(Outcome.ALLOW.value, 0),
        tokens=sum(result.tokens for result in results),
    )


def _balance(
    source: Source,
    slice: Slice,
    counts: Mapping[str, float],
    documents: Iterable[DataFile],
    ledger: Iterable[DataFile],
    tables: Tables,
) -> None:
    """Every record has one outcome in the ledger files, as many as were counted; allowed ones have a document row."""
    written: Counter[str] = Counter()
    for file in ledger:
        for batch in columns_of(tables, file, ["outcome"]):
            for entry in batch.column("outcome").value_counts().to_pylist():
                written[str(entry["values"])] += int(entry["counts"])
    expected = {outcome: int(number) for outcome, number in counts.items() if number}
    if dict(written) != expected:
        raise AuditError(
            f"the ledger files hold {dict(written)}, the shards counted {expected}",
            source=source.id,
            slice=slice,
            remedy="clear the run",
        )
    rows = sum(file.rows for file in documents)
    if rows != expected.get(Outcome.ALLOW.value, 0):
        raise AuditError(
            f"{rows} document rows for {expected.get(Outcome.ALLOW.value, 0)} allowed records",
            source=source.id,
            slice=slice,
            remedy="clear the run",
        )


def _failures(source: Source, slice: Slice, counts: Mapping[str, float]) -> None:
    """A source that mostly fails has changed or is down: publishing the rest would look like a thin night."""
    fetched, failed = sum(counts.values()), counts.get(Outcome.FAILED.value, 0)
    if fetched and failed / fetched > source.failure_threshold:
        raise AuditError(
            f"{int(failed)} of {int(fetched)} records could not be read "
            f"(failure_threshold {source.failure_threshold:.0%})",
            source=source.id,
            slice=slice,
            remedy="look at the failed records' details in the task log; raise failure_threshold if this is normal",
        )


def _same_records(
    source: Source,
    slice: Slice,
    counts: Mapping[str, float],
    published: Mapping[str, object] | None,
    replaces: int,
) -> None:
    """A slice that was ruled again holds each record of the publication it was made from, and that one still stands."""
    if published is None or int(str(published["publish_order"])) > replaces:
        raise AuditError(
            "the slice was published anew while it was ruled again", source=source.id, slice=slice, remedy="do it again"
        )
    if sum(counts.values()) != published["fetched"]:
        raise AuditError(
            f"ruled again, the slice has {int(sum(counts.values()))} records; published are {published['fetched']}",
            source=source.id,
            slice=slice,
            remedy="acquire the slice again; if it stays, it is a bug",
        )
    outcomes, failed = published["outcomes"], Outcome.FAILED.value
    before = outcomes.get(failed, 0) if isinstance(outcomes, Mapping) else 0
    if counts.get(failed, 0) > before:
        _failures(source, slice, counts)


def _manifest(
    source: Source,
    slice: Slice,
    results: Sequence[ShardResult],
    totals: Mapping[str, Mapping[str, float]],
    run: Run,
    policy_version: str,
) -> Manifest:
    counts = {outcome: int(number) for outcome, number in totals["counts"].items()}
    return Manifest(
        publish_key=uuid4().hex,
        source=source.id,
        slice=slice,
        documents=tuple(file for result in results for file in result.documents if file.rows),
        ledger=tuple(file for result in results for file in result.ledger if file.rows),
        run=run,
        policy_version=policy_version,
        counts=counts,
        reasons=reasons_of(totals),
        licenses={name: int(number) for name, number in totals["licenses"].items()},
        languages={name: int(number) for name, number in totals["languages"].items()},
        seconds={stage: round(seconds, 3) for stage, seconds in totals["seconds"].items()},
        tokens=sum(result.tokens for result in results),
        characters=sum(result.characters for result in results),
        media_seconds=sum(result.media_seconds for result in results),
        limited=any(result.limited for result in results),
        contract_id=source.license.contract,
        synthetic=is_synthetic(source),
        audited_at=datetime.now(UTC),
    )
