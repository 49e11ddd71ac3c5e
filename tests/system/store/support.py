"""Slices made of numbered documents, and how to publish and read them; used by the tests and by their processes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyarrow as pa

from rightful.model import DataFile, Slice
from rightful.store import schemas
from rightful.store.publish import PublishResult, publish_slice
from rightful.store.tables import Tables
from rightful.store.write import DataFileWriter


def night(number: int) -> Slice:
    """The slice of the ``number``-th day of 2026."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return Slice(start=start, end=start + timedelta(days=1))


def batch(schema: pa.Schema, rows: int, **columns: object) -> pa.RecordBatch:
    """Rows of a schema; columns not given are null, a value that is no list stands in every row."""
    arrays = []
    for field in schema:
        value = columns.get(field.name)
        arrays.append(pa.array(value if isinstance(value, list) else [value] * rows, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def document_rows(source_id: str, slice: Slice, words: list[str], run: str) -> pa.RecordBatch:
    return batch(
        schemas.CORPUS,
        len(words),
        id=[f"{source_id}:{word}@1" for word in words],
        text=[f"text of {word} {run}" for word in words],
        content_sha256=[hashlib.sha256(f"{word} {run}".encode()).hexdigest() for word in words],
        source=source_id,
        slice=slice.start,
        license_expression="CC-BY-4.0",
        language="en",
        n_tokens=7,
        creators=[["Ada", "Bob"]] * len(words),
        claims=[[{"raw": "cc", "expression": "CC-BY-4.0", "place": "p", "strength": "publisher", "part": ""}]]
        * len(words),
        run_id=run,
    )


def ledger_rows(source_id: str, slice: Slice, words: list[str], run: str) -> pa.RecordBatch:
    return batch(
        schemas.LEDGER,
        len(words),
        id=[f"{source_id}:{word}@1" for word in words],
        outcome="allow",
        reason="allowed",
        slice=slice.start,
        run_id=run,
    )


def written(
    tables: Tables, source_id: str, slice: Slice, words: list[str], run: str, files: int = 2
) -> tuple[list[DataFile], list[DataFile]]:
    """The words as documents and rulings, spread over some data files."""
    documents = DataFileWriter.for_corpus(tables, source_id, slice)
    ledger = DataFileWriter.for_ledger(tables, source_id, slice)
    finished: tuple[list[DataFile], list[DataFile]] = ([], [])
    for part in range(files):
        share = words[part::files]
        documents.add(document_rows(source_id, slice, share, run))
        ledger.add(ledger_rows(source_id, slice, share, run))
        finished[0].extend(documents.finish())
        finished[1].extend(ledger.finish())
    return finished


def slice_row(source_id: str, slice: Slice, run: str, records: int) -> dict[str, object]:
    return {
        "source": source_id,
        "slice": slice.start,
        "slice_end": slice.end,
        "run_id": run,
        "fetched": records,
        "documents": records,
        "tokens": 7 * records,
        "limited": False,
        "outcomes": {"allow": records},
        "reasons": {"allow:allowed": records},
        "licenses": {"CC-BY-4.0": records},
        "languages": {"en": records},
        "seconds": {"fetch": 0.5},
    }


def publish_files(
    tables: Tables,
    source_id: str,
    slice: Slice,
    documents: list[DataFile],
    ledger: list[DataFile],
    run: str,
    key: str | None = None,
    **more: object,
) -> PublishResult:
    row = slice_row(source_id, slice, run, sum(file.rows for file in documents)) | more
    properties = {"rightful.run-id": run, "rightful.policy-version": "p1", "rightful.code-version": "c1"}
    return publish_slice(tables, source_id, slice, documents, ledger, row, properties, key or uuid4().hex)


def publish_words(
    tables: Tables, source_id: str, slice: Slice, words: list[str], run: str, key: str | None = None
) -> PublishResult:
    documents, ledger = written(tables, source_id, slice, words, run) if words else ([], [])
    return publish_files(tables, source_id, slice, documents, ledger, run, key)


def corpus_words(tables: Tables, source_id: str, slice: Slice | None = None, snapshot: int | None = None) -> list[str]:
    """Words of the published documents, sorted; a word that is there twice appears twice."""
    found = tables.corpus(source_id).scan(selected_fields=("id", "slice"), snapshot_id=snapshot).to_arrow()
    pairs = zip(found["id"].to_pylist(), found["slice"].to_pylist(), strict=True)
    ids = [id for id, start in pairs if slice is None or start == slice.start]
    return sorted(id.removeprefix(f"{source_id}:").removesuffix("@1") for id in ids)
