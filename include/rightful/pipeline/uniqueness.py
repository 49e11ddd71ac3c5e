"""Documents that two shards of a slice both brought: the first shard's stays, the other's becomes a ``duplicate``.

A shard sees only itself, so this is done once all of them are in. Files without such documents stay as they are.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rightful.catalogue.models import Source
from rightful.model import DataFile, Outcome, ShardResult, Slice
from rightful.store.read import columns_of, table_of
from rightful.store.seen import SeenIndex
from rightful.store.tables import Tables
from rightful.store.write import DataFileWriter

log = logging.getLogger(__name__)


def without_duplicates(
    tables: Tables, source: Source, slice: Slice, results: Sequence[ShardResult]
) -> list[ShardResult]:
    """The results with every document at most once in the slice (same id, or same content)."""
    if sum(1 for result in results if result.documents) < 2:
        return list(results)
    seen = SeenIndex()
    return [_keep_new(tables, source, slice, result, seen) for result in results]


def _keep_new(tables: Tables, source: Source, slice: Slice, result: ShardResult, seen: SeenIndex) -> ShardResult:
    repeated: dict[DataFile, list[bool]] = {}
    for file in result.documents:
        keep: list[bool] = []
        for batch in columns_of(tables, file, ["id", "content_sha256"]):
            ids, hashes = batch.column("id").to_pylist(), batch.column("content_sha256").to_pylist()
            keep.extend(status == "new" for status in seen.check(ids, hashes))
        if not all(keep):
            repeated[file] = keep
    if not repeated:
        return result
    return _rewrite(tables, source, slice, result, repeated)


def _rewrite(
    tables: Tables, source: Source, slice: Slice, result: ShardResult, repeated: dict[DataFile, list[bool]]
) -> ShardResult:
    writer = DataFileWriter.for_corpus(tables, source.id, slice)
    dropped: set[str] = set()
    licenses, languages = Counter(result.licenses), Counter(result.languages)
    tokens, characters = result.tokens, result.characters
    for file, keep in repeated.items():
        rows = table_of(tables, file)
        out = rows.filter(pa.array([not kept for kept in keep]))
        dropped.update(out.column("id").to_pylist())
        licenses.subtract(name or "?" for name in out.column("license_expression").to_pylist())
        languages.subtract(name or "und" for name in out.column("language").to_pylist())
        tokens -= pc.sum(out.column("n_tokens")).as_py() or 0
        characters -= pc.sum(out.column("n_chars")).as_py() or 0
        for batch in rows.filter(pa.array(keep)).to_batches():
            writer.add(batch)
    log.info("shard %s: %d documents are already in another shard of the slice", result.shard.id, len(dropped))
    documents = [file for file in result.documents if file not in repeated] + writer.finish()
    counts, reasons = Counter(result.counts), Counter(result.reasons)
    allowed = Outcome.ALLOW.value
    counts.subtract({allowed: len(dropped)})
    counts.update({Outcome.DUPLICATE.value: len(dropped)})
    reasons.subtract({f"{allowed}:allowed": len(dropped)})
    reasons.update({"duplicate:duplicate": len(dropped)})
    return msgspec.structs.replace(
        result,
        documents=tuple(documents),
        ledger=tuple(_as_duplicates(tables, source, slice, result.ledger, dropped)),
        counts=dict(+counts),
        reasons=dict(+reasons),
        licenses=dict(+licenses),
        languages=dict(+languages),
        tokens=tokens,
        characters=characters,
    )


def _as_duplicates(
    tables: Tables, source: Source, slice: Slice, files: Sequence[DataFile], dropped: set[str]
) -> list[DataFile]:
    """The ledger files, the allowed rows of ``dropped`` now saying ``duplicate``."""
    writer = DataFileWriter.for_ledger(tables, source.id, slice)
    names = pa.array(sorted(dropped), pa.string())
    for file in files:
        rows = table_of(tables, file)
        hit = pc.and_(
            pc.is_in(rows.column("id"), value_set=names), pc.equal(rows.column("outcome"), Outcome.ALLOW.value)
        )
        for column in ("outcome", "reason"):
            position = rows.schema.get_field_index(column)
            rows = rows.set_column(
                position, rows.schema.field(column), pc.if_else(hit, Outcome.DUPLICATE.value, rows.column(column))
            )
        for batch in rows.to_batches():
            writer.add(batch)
    return writer.finish()
