"""What other DAGs schedule on: one asset per source, where the lineage of a slice starts, and those that people answer.

The schemes begin with ``x-``: Airflow leaves such addresses alone instead of looking for a provider that can normalise
them, which would load all providers at parse time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.sdk import Asset, AssetAlias

from rightful.model import Slice

GROUP = "corpus"
PEOPLE = "people"

PUBLISHED = AssetAlias("rightful published", group=GROUP)
"""For a task that learns only when it runs which sources it publishes."""

QUESTIONS = Asset(name="reviews.open", uri="x-rightful://reviews", group=PEOPLE)
"""Told when a slice holds quarantined (source, tag) pairs that a person may rule on and none has."""

ASKING = AssetAlias("rightful questions", group=PEOPLE)
"""Through it a task tells :data:`QUESTIONS` only when there is something to ask: a plain outlet is told always."""

ANSWERS = Asset(name="reviews.answered", uri="x-rightful://reviews/answered", group=PEOPLE)
"""Told when a person has ruled on a pair."""

APPLYING = AssetAlias("rightful answers", group=PEOPLE)
"""Through it a task tells :data:`ANSWERS` only when there are some to be carried out."""

ENDING = AssetAlias("rightful contracts", group=PEOPLE)
"""Through it the daily look at the contracts tells those that end."""

PAIRS = 20
"""How many (source, tag) pairs an event names; the rest is counted."""

TAG_CHARACTERS = 200
"""An event shows so much of a tag."""


def corpus_asset(source_id: str) -> Asset:
    """The asset that stands for the table ``corpus.<source>``."""
    return Asset(name=f"corpus.{source_id}", uri=f"x-iceberg://corpus/{source_id}", group=GROUP)


def contract_asset(contract_id: str) -> Asset:
    """The asset that is told when a contract ends soon, and when it has ended."""
    return Asset(name=f"contract.{contract_id}", uri=f"x-rightful://contracts/{contract_id}", group=PEOPLE)


def event_extra(
    *,
    source_id: str,
    slice: Slice,
    run_id: str,
    snapshot_id: int | None,
    policy_version: str,
    counts: dict[str, Any],
    quarantined: dict[str, Any] | None = None,
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
        "quarantined": quarantined if quarantined is not None else pairs_extra([]),
    }


def pairs_extra(pairs: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """Quarantined tags of one source with their numbers of records, as an event carries them: the most frequent
    :data:`PAIRS`, each cut to :data:`TAG_CHARACTERS`, and how many there are in all."""
    ranked = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    shown = [{"tag": tag[:TAG_CHARACTERS], "records": records} for tag, records in ranked[:PAIRS]]
    return {"pairs": len(ranked), "records": sum(records for _, records in ranked), "most": shown}
