"""What was seen when a document's licence was looked at again, and the sentence that marks it after bad news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rightful.catalogue.models import Source
from rightful.connectors.lookup import Keys, group_name, is_site_wide
from rightful.pipeline.consequences import FLAGGED, LOOSER, SAME, STRICTER
from rightful.pipeline.due import accepted_at, shared_id
from rightful.store.observations import moment, observations_of
from rightful.store.tables import Tables

Row = dict[str, Any]

SHOWN = (
    "id", "observed_at", "result", "consequence", "strikes", "decision", "reason", "license_before", "license_now",
    "url", "claims", "policy_version", "detail", "evidence", "next_due", "run_id",
)  # fmt: skip
"""Columns of an observation that a look-up tells."""


def observed(tables: Tables, source_id: str, source: Source | None, document: Row | None, name: str) -> Row:
    """``observations`` of a document, newest first, with those of a statement that covers it; and its ``mark``.

    The mark is one sentence, None when nothing is to be said: the licence is as it was, or nobody has looked yet. Looks
    before the document's licence was accepted were at an earlier copy; they are told, and mark nothing.

    Raises:
        StoreError: When the tables can't be read.
    """
    rows = observations_of(tables, source_id, {name, *_shared(source_id, source, document)})
    told = [{column: row.get(column) for column in SHOWN} for row in reversed(rows)]
    return {"observations": told, "mark": mark(document, rows) if document is not None else None}


def mark(document: Mapping[str, Any], observations: Sequence[Row]) -> str | None:
    """What readers of the document must know of these observations, given oldest first."""
    accepted = accepted_at(dict(document))
    rows = [row for row in observations if moment(row["observed_at"]) >= accepted]
    said: list[str] = []
    seen = [row for row in rows if row["result"] in (SAME, STRICTER, LOOSER)]
    if seen and seen[-1]["result"] == STRICTER:
        first = seen[-1]
        for row in reversed(seen):
            if row["result"] != STRICTER:
                break
            first = row
        now = seen[-1]["license_now"] or "nothing that can be read as a licence"
        why = "" if seen[-1]["decision"] == "allow" else f" ({seen[-1]['decision']}: {seen[-1]['reason']})"
        said.append(
            f"was {document.get('license_expression')} when taken on {accepted:%Y-%m-%d}; "
            f"the source says {now}{why} since {_day(first['observed_at'])}"
        )
    if rows and rows[-1]["consequence"] == FLAGGED:
        waits = {"gone": "it is gone at its source", "error": "its source can't be read"}
        what = waits.get(rows[-1]["result"], "its contract can't be found")
        said.append(
            f"{what}, seen {rows[-1]['strikes'] or 1} times until {_day(rows[-1]['observed_at'])}: a person must look"
        )
    return "; ".join(said) or None


def _shared(source_id: str, source: Source | None, document: Row | None) -> set[str]:
    """Ids of statements that cover the document."""
    names = {shared_id(source_id)}
    if source is not None and document is not None and is_site_wide(source):
        columns = (document.get(name) for name in ("source_native_id", "source_version", "source_url"))
        key = Keys(source).of(*columns)
        if key is not None:
            names.add(shared_id(source_id, group_name(key[1])))
    return names


def _day(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else "?"
