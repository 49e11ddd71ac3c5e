"""Rule again on the transcripts of a slice: what was said stands in the corpus, so that no recording is heard again.

A recording that was refused was never downloaded. When it may load now there is nothing to make a document of: it stays
as it is, and is counted, so that a person learns that the slice has to be acquired again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rightful.catalogue.models import Source
from rightful.model import Decision, Outcome, Record, Segment, Slice, Stored
from rightful.pipeline.gate import Gate
from rightful.pipeline.observed import claims_of, optouts_of
from rightful.store.s3 import store_errors
from rightful.store.tables import CORPUS, Tables

Row = Mapping[str, Any]

AT_ONCE = 100
"""Transcripts that are read at once: an hour of speech is some 60 kB of text, and its segments are as much again."""

_COLUMNS = (
    "id", "source_native_id", "source_version", "source_url", "text", "title", "creators", "rights_holder", "publisher",
    "attribution_text", "license_elected", "license_expression", "record_kind", "created", "published_at", "fetched_at",
    "region", "language", "media_seconds", "asr_model", "asr_params", "asr_flags", "segments",
)  # fmt: skip


def landed(tables: Tables, source: Source, slice: Slice, rows: Sequence[Row]) -> Iterator[tuple[Row, Record | None]]:
    """Rows of the ledger, each with its document as a record; None for one that is not in the corpus.

    Raises:
        StoreError: When the corpus can't be read.
    """
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        found = {row["id"]: row for row in _documents(tables, source, slice, [row["id"] for row in part])}
        for row in part:
            document = found.get(row["id"])
            yield row, None if document is None else _record(row, document)


def _documents(tables: Tables, source: Source, slice: Slice, ids: list[str]) -> list[dict[str, Any]]:
    from pyiceberg.expressions import And, EqualTo, In

    table = tables.existing(CORPUS, source.id)
    if table is None or table.current_snapshot() is None:
        return []
    is_in: Any = In  # their types are those of pydantic models, which take no positional arguments
    equal: Any = EqualTo
    wanted = And(equal("slice", slice.start.isoformat()), is_in("id", set(ids)))
    known = tuple(name for name in _COLUMNS if name in table.schema().column_names)
    with store_errors("reading the corpus", source=source.id, slice=slice):
        rows: list[dict[str, Any]] = table.scan(row_filter=wanted, selected_fields=known).to_arrow().to_pylist()
    return rows


def _record(row: Row, document: Row) -> Record:
    """The record that made this document; its licence as the ledger has it."""
    return Record(
        native_id=document["source_native_id"],
        version=document["source_version"],
        url=document["source_url"],
        raw=b"",
        body=document["text"],
        media_type="text/plain",
        claims=claims_of(row),
        optouts=optouts_of(row),
        title=document["title"],
        creators=tuple(document["creators"] or ()),
        rights_holder=document["rights_holder"],
        publisher=document["publisher"],
        attribution=_own_attribution(document),
        record_kind=document["record_kind"],
        created=document["created"],
        published=document["published_at"],
        fetched_at=document["fetched_at"],
        region=document["region"],
        evidence=row["evidence_ref"],
        media_seconds=document["media_seconds"],
        segments=tuple(Segment(**segment) for segment in document["segments"] or ()),
        asr_model=document["asr_model"],
        asr_params=document["asr_params"],
        asr_flags=tuple(document.get("asr_flags") or ()),
        stored=Stored(uri=row["raw_uri"], sha256=row["raw_sha256"] or "", bytes=row["raw_length"] or 0),
        language=document["language"],
    )


def _own_attribution(document: Row) -> str | None:
    """What the publisher asks to be called; None for a line of our own, which names the licence and is made anew."""
    text, licence = document["attribution_text"], document["license_elected"] or document["license_expression"]
    return None if text is None or text.endswith(f"{document['source_url']}, {licence}") else text


def may_load_now(gate: Gate, row: Row) -> bool:
    """Whether a record that was put aside, or that a person denied, would be downloaded today.

    The ledger doesn't tell its date: rules bound to dates are taken as for the day of its slice.
    """
    if row["outcome"] != Outcome.QUARANTINE.value and "review:" not in (row["rule"] or ""):
        return False
    native, _, version = row["id"].removeprefix(f"{gate.source.id}:").rpartition("@")
    record = Record(
        native_id=native,
        version=version,
        url=row["source_url"],
        raw=b"",
        body=None,
        media_type="",
        claims=claims_of(row),
        optouts=optouts_of(row),
        published=row["slice"],
        fetched_at=row["fetched_at"] or row["decided_at"],
    )
    return gate.rule(record, row["id"]).decision is Decision.ALLOW


def how_to_fetch(source: Source, slice: Slice) -> str:
    """The command that acquires a slice again."""
    return f"rightful acquire {source.id} --from {slice.start:%Y-%m-%dT%H:%M} --to {slice.start:%Y-%m-%dT%H:%M}"


__all__ = ["how_to_fetch", "landed", "may_load_now"]
