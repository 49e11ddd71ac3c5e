"""One asset per source: what other DAGs schedule on, and where the lineage of a slice starts."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset

from rightful.model import Slice

GROUP = "corpus"


def corpus_asset(source_id: str) -> Asset:
    """The asset that stands for the table ``corpus.<source>``.

    The scheme begins with ``x-``: Airflow leaves such addresses alone instead of looking for a provider that can
    normalise them, which would load all providers at parse time.
    """
    return Asset(name=f"corpus.{source_id}", uri=f"x-iceberg://corpus/{source_id}", group=GROUP)


def event_extra(
    *,
    source_id: str,
    slice: Slice,
    run_id: str,
    snapshot_id: int | None,
    policy_version: str,
    counts: dict[str, Any],
) -> dict[str, Any]:
    """What an asset event says of the published slice; all of it JSON.

    The snapshot id is text: it has 63 bits and JavaScript, the UI's language, keeps 53 of them.
    """
    return {
        "source": source_id,
        "slice_start": slice.start.isoformat(),
        "slice_end": slice.end.isoformat(),
        "run_id": run_id,
        "snapshot_id": None if snapshot_id is None else str(snapshot_id),
        "policy_version": policy_version,
        "counts": dict(counts),
    }
