"""One atomic commit makes an audited slice visible."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

from rightful.catalogue.models import Contract, Source
from rightful.errors import AuditError
from rightful.licensing.contracts import (
    DOCUMENTS,
    MEDIA_SECONDS,
    NOTHING_GIVEN,
    TOKENS,
    exceeded,
    load_contracts,
    quotas,
    refusal,
)
from rightful.licensing.policy import load_policy
from rightful.licensing.reviews import Reviews, narrowed
from rightful.model import Outcome, Reason, Run, Slice, Struct
from rightful.pipeline.deletions import carry_out_deletions
from rightful.pipeline.guard import replacement_problem
from rightful.pipeline.manifest import Manifest, load_manifest, terms_of
from rightful.pipeline.synthetic_share import check_share
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.publish import publish_slice
from rightful.store.tables import Tables

log = logging.getLogger(__name__)


class PublishResult(Struct, frozen=True, kw_only=True):
    """What became visible."""

    snapshot_id: int | None
    published: bool
    note: str
    counts: dict[str, int]
    documents: int
    tokens: int
    policy_version: str


def publish(source: Source, slice: Slice, manifest: str, *, run: Run, settings: Settings) -> PublishResult:
    """Commit the files of ``manifest``: ledger first, then the corpus, then ``ledger.slices``. Safe to repeat.

    Args:
        source: The catalogue entry.
        slice: The slice that the manifest is of.
        manifest: URI from the audit.
        run: Who publishes.
        settings: Where the tables are.

    Raises:
        AuditError: When the manifest is of another source or slice.
        StoreError: When the commit fails in a way that may pass.
    """
    audited = load_manifest(settings, manifest)
    if (audited.source, audited.slice) != (source.id, slice):
        raise AuditError(
            f"the manifest is of {audited.source} {audited.slice}",
            source=source.id,
            slice=slice,
            remedy="clear the run",
        )
    tables = Tables(settings)
    _still_holds(source, slice, audited, settings, tables)
    if note := _overtaken(source, slice, audited, tables):
        return PublishResult(
            snapshot_id=None,
            published=False,
            note=note,
            counts=audited.counts,
            documents=0,
            tokens=0,
            policy_version=audited.policy_version,
        )
    begin = time.perf_counter()
    done = publish_slice(
        tables,
        source.id,
        slice,
        documents=list(audited.documents),
        ledger=list(audited.ledger),
        slice_row=slice_row(audited, run),
        properties={
            "rightful.run-id": run.run_id,
            "rightful.slice": str(slice),
            "rightful.policy-version": audited.policy_version,
            "rightful.code-version": run.code_version,
        },
        publish_key=audited.publish_key,
        replaces=audited.replaces,
    )
    if audited.reasons.get(f"{Outcome.DENY.value}:{Reason.WITHDRAWN.value}"):
        carry_out_deletions(tables, source.id, slice, audited.ledger, run)
    documents = audited.counts.get(Outcome.ALLOW.value, 0)
    log.info(
        "published %s %s: %d documents, snapshot %s, %.2f s",
        source.id,
        slice,
        documents,
        done.snapshot_id,
        time.perf_counter() - begin,
    )
    return PublishResult(
        snapshot_id=done.snapshot_id,
        published=done.published,
        note=done.note,
        counts=audited.counts,
        documents=documents,
        tokens=audited.tokens,
        policy_version=audited.policy_version,
    )


def _still_holds(source: Source, slice: Slice, audited: Manifest, settings: Settings, tables: Tables) -> None:
    """What the audit vouched for must hold now: a manifest may have waited for days in a failed run."""
    policy = load_policy(settings.policy_file, settings.jurisdiction)
    changed = []
    if audited.policy_version != policy.version:
        changed.append("the policy")
    if narrowed(audited.reviews, Reviews.from_rows(Ledgers(tables).reviews(source.id)).answers(source.id)):
        changed.append("what people ruled on its tags")
    if audited.withdrawals != Ledgers(tables).withdrawals_version(source.id):
        changed.append("the list of withdrawals")
    if audited.counts.get(Outcome.ALLOW.value) and source.trust != "reviewed":
        changed.append("the trust in the source")
    if audited.terms != terms_of(source, settings):
        changed.append("what the source file or the contract says of the licence")
    if audited.contract_id is not None:
        contract = load_contracts(settings.contracts_dir).get(audited.contract_id)
        today = datetime.now(UTC).date()
        # The slice itself may use it up, which is not to exceed it; one of another source may have come before.
        if contract is None or refusal(contract, policy, NOTHING_GIVEN, today) not in (None, Reason.CONTRACT_QUOTA):
            changed.append(f"contract {audited.contract_id}")
        elif exceeded(contract, _given(contract, source, slice, audited, tables)):
            changed.append(f"what contract {audited.contract_id} has given")
    if audited.synthetic:
        check_share(source, slice, audited.tokens, settings, Ledgers(tables))
    first = "fetch" if source.speaks else "acquire"
    if changed and audited.counts.get(Outcome.ALLOW.value):
        raise AuditError(
            f"since the audit {' and '.join(changed)} changed",
            source=source.id,
            slice=slice,
            remedy=f"clear the run from `{first}` on, so that it is ruled and audited again",
        )


def _overtaken(source: Source, slice: Slice, audited: Manifest, tables: Tables) -> str:
    """Why this run must not replace what was published since its audit (``""`` = it may, or nothing was)."""
    published = Ledgers(tables).published_slice(source.id, slice)
    if published is None or audited.replaces is not None or published["publish_key"] == audited.publish_key:
        return ""
    return replacement_problem(
        source,
        slice,
        audited.counts,
        limited=audited.limited,
        published=published,
        force_shrink=audited.force_shrink,
    )


def _given(contract: Contract, source: Source, slice: Slice, audited: Manifest, tables: Tables) -> dict[str, float]:
    """What the contract has given with this slice."""
    before = Ledgers(tables).usage(contract.id, but=(source.id, slice)) if quotas(contract) else NOTHING_GIVEN
    adds = (audited.counts.get(Outcome.ALLOW.value, 0), audited.tokens, audited.media_seconds)
    return {what: before[what] + more for what, more in zip((DOCUMENTS, TOKENS, MEDIA_SECONDS), adds, strict=True)}


def slice_row(audited: Manifest, run: Run) -> dict[str, object]:
    """The slice's row in ``ledger.slices``; the store adds snapshot and time."""
    return {
        "source": audited.source,
        "slice": audited.slice.start,
        "slice_end": audited.slice.end,
        "run_id": run.run_id,
        "policy_version": audited.policy_version,
        "code_version": run.code_version,
        "fetched": audited.fetched,
        "documents": audited.counts.get(Outcome.ALLOW.value, 0),
        "tokens": audited.tokens,
        "characters": audited.characters,
        "media_seconds": audited.media_seconds,
        "limited": audited.limited,
        "contract_id": audited.contract_id,
        "outcomes": audited.counts,
        "reasons": audited.reasons,
        "licenses": audited.licenses,
        "languages": audited.languages,
        "seconds": audited.seconds,
        "synthetic_tokens": audited.tokens if audited.synthetic else 0,
    }
