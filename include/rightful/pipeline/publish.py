"""One atomic commit makes an audited slice visible."""

from __future__ import annotations

import logging
import time

from rightful.catalogue.models import Source
from rightful.errors import AuditError
from rightful.model import Outcome, Run, Slice, Struct
from rightful.pipeline.manifest import Manifest, load_manifest
from rightful.settings import Settings
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
    begin = time.perf_counter()
    done = publish_slice(
        Tables(settings),
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
    )
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
    }
