"""What only the whole slice can tell: a document that two shards brought, and an id with contradictory rulings.

The first shard's document stays, the other's becomes a ``duplicate``. An id that was allowed at one place and refused
at another (a list that names a record twice, under two licences) loads from neither: ``quarantine``, ``conflict``.
A shard sees only itself, so this is done once all of them are in. Files without such documents stay as they are.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rightful.catalogue.models import Source
from rightful.model import DataFile, Outcome, Reason, ShardResult, Slice
from rightful.pipeline.sink import CONTRADICTING
from rightful.store.read import columns_of, rows_of
from rightful.store.seen import SeenIndex, hashes_of
from rightful.store.tables import Tables
from rightful.store.write import DataFileWriter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fate:
    """What becomes of an allowed record that does not load after all."""

    outcome: Outcome
    reason: str
    told: str
    rule: str | None = None
    """What decided so; None leaves the rule that stands in the ledger."""


DUPLICATE = Fate(Outcome.DUPLICATE, "duplicate", "are already in another shard of the slice")
CONFLICT = Fate(
    Outcome.QUARANTINE, Reason.CONFLICT.value, "were refused elsewhere in the slice", "builtin:contradicted"
)

_REFUSED = pa.array([outcome.value for outcome in CONTRADICTING])
_Hashes = npt.NDArray[np.int64]
_Fates = list[Fate | None]


def settle(tables: Tables, source: Source, slice: Slice, results: Sequence[ShardResult]) -> list[ShardResult]:
    """The results with every document at most once in the slice (same id, or same content), and none whose id was
    also refused."""
    refused = _refused_ids(tables, results)
    with_documents = sum(1 for result in results if result.documents)
    if not with_documents or (with_documents == 1 and not len(refused)):
        return list(results)
    seen = SeenIndex()
    return [_settle_shard(tables, source, slice, result, seen, refused) for result in results]


def _refused_ids(tables: Tables, results: Sequence[ShardResult]) -> _Hashes:
    """Sorted hashes of the ids that the gate denied or quarantined anywhere in the slice. That a quota was used up says
    nothing about the record, so it contradicts nothing."""
    found: list[_Hashes] = []
    for result in results:
        if not any(result.counts.get(outcome) for outcome in _REFUSED.to_pylist()):
            continue
        for file in result.ledger:
            for batch in columns_of(tables, file, ["id", "outcome", "reason"]):
                quota = pc.fill_null(pc.equal(batch.column("reason"), Reason.CONTRACT_QUOTA.value), False)
                refused = pc.and_(pc.is_in(batch.column("outcome"), value_set=_REFUSED), pc.invert(quota))
                ids = batch.column("id").filter(refused).to_pylist()
                found.append(hashes_of([without_derived_version(id) for id in ids]))
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def without_derived_version(id: str) -> str:
    """The id without a version that is a hash of the record's bytes: these hold the licence too, so that two records
    which contradict each other would never have the same. A source's own version of that very form goes as well, which
    can only put more aside."""
    return _DERIVED_VERSION.sub("", id)


_DERIVED_VERSION = re.compile(r"@[0-9a-f]{16}$")


def _settle_shard(
    tables: Tables, source: Source, slice: Slice, result: ShardResult, seen: SeenIndex, refused: _Hashes
) -> ShardResult:
    changed: dict[DataFile, _Fates] = {}
    for file in result.documents:
        fates: _Fates = []
        for batch in columns_of(tables, file, ["id", "content_sha256"]):
            fates.extend(_fates(batch, seen, refused))
        if any(fates):
            changed[file] = fates
    return rewrite(tables, source, slice, result, changed) if changed else result


def _fates(batch: pa.RecordBatch, seen: SeenIndex, refused: _Hashes) -> _Fates:
    ids, contents = batch.column("id").to_pylist(), batch.column("content_sha256").to_pylist()
    contradicted = np.isin(hashes_of([without_derived_version(id) for id in ids]), refused).tolist()
    # What does not load must not keep out another record with the same text.
    asked = [place for place, hit in enumerate(contradicted) if not hit]
    fates: _Fates = [CONFLICT if hit else None for hit in contradicted]
    for place, status in zip(
        asked, seen.check([ids[place] for place in asked], [contents[place] for place in asked]), strict=True
    ):
        fates[place] = None if status == "new" else DUPLICATE
    return fates


def rewrite(
    tables: Tables, source: Source, slice: Slice, result: ShardResult, changed: Mapping[DataFile, Sequence[Fate | None]]
) -> ShardResult:
    """The shard's result without the documents that have a fate: files, ledger and counts."""
    writer = DataFileWriter.for_corpus(tables, source.id, slice)
    dropped: dict[str, Fate] = {}
    licenses, languages = Counter(result.licenses), Counter(result.languages)
    tokens, characters, media_seconds = result.tokens, result.characters, result.media_seconds
    for file, fates in changed.items():
        position = 0
        for rows in rows_of(tables, file):
            here = fates[position : position + rows.num_rows]
            position += rows.num_rows
            out = rows.filter(pa.array([fate is not None for fate in here]))
            dropped.update(zip(out.column("id").to_pylist(), filter(None, here), strict=True))
            licenses.subtract(name or "?" for name in out.column("license_expression").to_pylist())
            languages.subtract(name or "und" for name in out.column("language").to_pylist())
            tokens -= pc.sum(out.column("n_tokens")).as_py() or 0
            characters -= pc.sum(out.column("n_chars")).as_py() or 0
            media_seconds -= pc.sum(out.column("media_seconds")).as_py() or 0.0
            writer.add(rows.filter(pa.array([fate is None for fate in here])))
    documents = [file for file in result.documents if file not in changed] + writer.finish()
    counts, reasons = Counter(result.counts), Counter(result.reasons)
    allowed = Outcome.ALLOW.value
    for fate, number in Counter(dropped.values()).items():
        log.info("shard %s: %d documents %s", result.shard.id, number, fate.told)
        counts.subtract({allowed: number})
        counts.update({fate.outcome.value: number})
        reasons.subtract({f"{allowed}:allowed": number})
        reasons.update({f"{fate.outcome.value}:{fate.reason}": number})
    return msgspec.structs.replace(
        result,
        documents=tuple(documents),
        ledger=tuple(_in_ledger(tables, source, slice, result.ledger, dropped)),
        counts=dict(+counts),
        reasons=dict(+reasons),
        licenses=dict(+licenses),
        languages=dict(+languages),
        tokens=tokens,
        characters=characters,
        media_seconds=max(media_seconds, 0.0),
    )


def _in_ledger(
    tables: Tables, source: Source, slice: Slice, files: Sequence[DataFile], dropped: dict[str, Fate]
) -> list[DataFile]:
    """The ledger files, the allowed rows of ``dropped`` now telling their fate. Files without such rows stay."""
    writer = DataFileWriter.for_ledger(tables, source.id, slice)
    names = {
        fate: pa.array(sorted(name for name, its in dropped.items() if its is fate), pa.string())
        for fate in set(dropped.values())
    }
    everything = pa.array(sorted(dropped), pa.string())
    unchanged: list[DataFile] = []
    for file in files:
        ids = columns_of(tables, file, ["id"])
        if not any(pc.any(pc.is_in(batch.column("id"), value_set=everything)).as_py() for batch in ids):
            unchanged.append(file)
            continue
        for rows in rows_of(tables, file):
            writer.add(_told(rows, names))
    return unchanged + writer.finish()


def _told(rows: pa.RecordBatch, names: dict[Fate, pa.Array]) -> pa.RecordBatch:
    allowed = pc.equal(rows.column("outcome"), Outcome.ALLOW.value)
    for fate, ids in names.items():
        hit = pc.and_(pc.is_in(rows.column("id"), value_set=ids), allowed)
        told = {"outcome": fate.outcome.value, "reason": fate.reason, **({"rule": fate.rule} if fate.rule else {})}
        for column, value in told.items():
            position = rows.schema.get_field_index(column)
            rows = rows.set_column(position, rows.schema.field(column), pc.if_else(hit, value, rows.column(column)))
    return rows
