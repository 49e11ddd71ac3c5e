"""Arrow rows for the corpus and the ledger, a batch at a time.

A source repeats few rulings, so what follows from a ruling is built once per distinct ruling and spread by index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pyarrow as pa

from rightful.catalogue.models import Source
from rightful.licensing.register import url_of
from rightful.model import FailedRecord, LicenseClaim, OptOut, Outcome, Record, Ruling, Run, Shard
from rightful.store.schemas import CORPUS, LEDGER
from rightful.text.tokens import TOKENIZER

if TYPE_CHECKING:
    from rightful.pipeline.batch import Item

Columns = dict[str, pa.Array]


class Rows:
    """Builds record batches for one shard."""

    def __init__(self, source: Source, shard: Shard, run: Run) -> None:
        self.source, self.shard, self.run = source, shard, run

    def documents(self, items: Sequence[Item], evidence: Mapping[str, str | None]) -> pa.RecordBatch:
        """Rows of schema ``CORPUS``. Every item has a ruling and a description."""
        records = [item.record for item in items if isinstance(item.record, Record)]
        rulings = [item.ruling for item in items if item.ruling is not None]
        texts = [item.described for item in items if item.described is not None]
        if not len(records) == len(rulings) == len(texts) == len(items):
            raise AssertionError("a document row without record, ruling or text")
        now = [record.fetched_at for record in records]
        text: Columns = {
            "id": pa.array([item.id for item in items]),
            "text": pa.array([described.text for described in texts], CORPUS.field("text").type),
            "content_sha256": pa.array([described.content_sha256 for described in texts]),
            "language": pa.array([language_of(item, self.source) for item in items], pa.string()),
            "language_score": pa.array([described.language_score for described in texts]),
            "n_chars": pa.array([described.n_chars for described in texts]),
            "n_tokens": pa.array([described.n_tokens for described in texts]),
        }
        origin: Columns = {
            "source_native_id": pa.array([record.native_id for record in records]),
            "source_url": pa.array([record.url for record in records]),
            "source_version": pa.array([record.version for record in records]),
            "record_kind": pa.array([kind_of(record, self.source) for record in records]),
            "title": pa.array([record.title for record in records], pa.string()),
            "creators": pa.array([record.creators for record in records], pa.list_(pa.string())),
            "rights_holder": pa.array(
                [record.rights_holder or self.source.license.rights_holder for record in records], pa.string()
            ),
            "publisher": pa.array([record.publisher for record in records], pa.string()),
            "attribution_text": pa.array(
                [
                    record.attribution or attribution(record, ruling)
                    for record, ruling in zip(records, rulings, strict=True)
                ]
            ),
            "created": moments([record.created or record.published for record in records]),
            "published_at": moments([record.published for record in records]),
            "fetched_at": moments(now),
            "license_checked_at": moments(now),
            "region": pa.array([record.region or self.source.region for record in records], pa.string()),
            "media_seconds": pa.array([record.media_seconds for record in records], pa.float64()),
            "asr_model": pa.array([record.asr_model for record in records], pa.string()),
            "asr_params": pa.array([record.asr_params for record in records], pa.string()),
            "asr_flags": pa.array([flags_of(record) for record in records], CORPUS.field("asr_flags").type),
            "segments": pa.array([segment_structs(record) for record in records], CORPUS.field("segments").type),
            "domain": pa.array([domain(record.url) for record in records], pa.string()),
            "license_evidence_ref": pa.array(
                [evidence_ref(item, record, evidence) for item, record in zip(items, records, strict=True)], pa.string()
            ),
        }
        return assemble(
            CORPUS,
            len(items),
            {
                **text,
                **origin,
                **self._ruled(rulings, records),
                **located(items),
                **archived(records),
                **synthesised(records),
                **self._constants(len(items)),
            },
        )

    def _ruled(self, rulings: Sequence[Ruling], records: Sequence[Record]) -> Columns:
        def column(get: Callable[[Ruling], Any], name: str) -> pa.Array:
            return spread(rulings, get, CORPUS.field(name).type)

        return {
            "license_raw": column(lambda ruling: ruling.evidence, "license_raw"),
            "license_url": column(license_url, "license_url"),
            "license_expression": column(lambda ruling: ruling.expression, "license_expression"),
            "license_elected": column(lambda ruling: ruling.elected, "license_elected"),
            "license_category": column(lambda ruling: ruling.category, "license_category"),
            "license_evidence": column(lambda ruling: ruling.evidence_place, "license_evidence"),
            "license_strength": column(
                lambda ruling: ruling.strength.value if ruling.strength else None, "license_strength"
            ),
            "license_valid_from": column(lambda ruling: ruling.valid_from, "license_valid_from"),
            "license_valid_until": column(lambda ruling: ruling.valid_until, "license_valid_until"),
            "contract_id": column(lambda ruling: ruling.contract_id, "contract_id"),
            "jurisdiction": column(lambda ruling: ruling.jurisdiction, "jurisdiction"),
            "duties": column(lambda ruling: ruling.duties, "duties"),
            "ruling_rule": column(lambda ruling: ruling.rule, "ruling_rule"),
            "policy_version": column(lambda ruling: ruling.policy_version, "policy_version"),
            "claims": spread([record.claims for record in records], claim_structs, CORPUS.field("claims").type),
            "optouts": spread([record.optouts for record in records], optout_structs, CORPUS.field("optouts").type),
        }

    def _constants(self, rows: int) -> Columns:
        values = {
            "source": self.source.id,
            "slice": self.shard.slice.start,
            "channel": self.source.channel,
            "license_scope": self.source.license.scope,
            "added": datetime.now(UTC),
            "tokenizer": TOKENIZER,
            "run_id": self.run.run_id,
            "task_id": self.run.task_id,
            "map_index": self.run.map_index,
            "try_number": self.run.try_number,
            "code_version": self.run.code_version,
        }
        return {name: pa.repeat(pa.scalar(value, CORPUS.field(name).type), rows) for name, value in values.items()}

    def ledger(
        self,
        items: Sequence[Item],
        decided_at: datetime,
        policy_version: str,
        evidence: Mapping[str, str | None] | None = None,
    ) -> pa.RecordBatch:
        """Rows of schema ``LEDGER``: one for every record, whatever became of it, without its text."""
        claims = [item.record.claims if isinstance(item.record, Record) else () for item in items]
        optouts = [item.record.optouts if isinstance(item.record, Record) else () for item in items]
        constants = {
            "slice": self.shard.slice.start,
            "run_id": self.run.run_id,
            "decided_at": decided_at,
            "policy_version": policy_version,
        }
        columns: Columns = {
            "id": pa.array([item.id for item in items]),
            "source_url": pa.array([item.record.url for item in items]),
            "outcome": pa.array([item.outcome.value for item in items]),
            "reason": pa.array([item.reason for item in items]),
            "claims": spread(claims, claim_structs, LEDGER.field("claims").type),
            "optouts": spread(optouts, optout_structs, LEDGER.field("optouts").type),
            "rule": pa.array([item.ruling.rule if item.ruling else None for item in items], pa.string()),
            "evidence": pa.array([ledger_evidence(item) for item in items], pa.string()),
            "evidence_ref": pa.array([site_evidence(item, evidence or {}) for item in items], pa.string()),
            "fetched_at": moments([item.record.fetched_at for item in items]),
            **located(items),
            **archived([item.record for item in items]),
            **{
                name: pa.repeat(pa.scalar(value, LEDGER.field(name).type), len(items))
                for name, value in constants.items()
            },
        }
        return assemble(LEDGER, len(items), columns)


def assemble(schema: pa.Schema, rows: int, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """The columns in the schema's order and types; those not given are null."""
    unknown = set(columns) - set(schema.names)
    if unknown:
        raise KeyError(f"not in the schema: {sorted(unknown)}")
    arrays = [
        columns[field.name].cast(field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def spread(values: Sequence[Any], get: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    """``get(value)`` for every value, computed once per distinct value."""
    index: dict[Any, int] = {}
    indices = [index.setdefault(value, len(index)) for value in values]
    return pa.array([get(value) for value in index], kind).take(pa.array(indices, pa.int32()))


def moments(values: Sequence[datetime | None]) -> pa.Array:
    """UTC timestamps in microseconds."""
    return pa.array(values, pa.timestamp("us", tz="UTC"))


def located(items: Sequence[Item]) -> Columns:
    """Where each record's bytes lie; for those that were not kept, their hash only."""
    return {
        "raw_uri": pa.array([item.location[0] for item in items], pa.string()),
        "raw_offset": pa.array([item.location[1] for item in items], pa.int64()),
        "raw_length": pa.array([item.location[2] for item in items], pa.int64()),
        "raw_sha256": pa.array([item.raw_sha256 for item in items], pa.string()),
    }


def archived(records: Sequence[Record | FailedRecord]) -> Columns:
    """Where a crawl's archive holds each record; null for all others."""
    places = [record.archived for record in records]
    return {
        "archive_file": pa.array([place.file if place else None for place in places], pa.string()),
        "archive_offset": pa.array([place.offset if place else None for place in places], pa.int64()),
        "archive_length": pa.array([place.length if place else None for place in places], pa.int64()),
        "archive_digest": pa.array([place.digest if place else None for place in places], pa.string()),
    }


def synthesised(records: Sequence[Record]) -> Columns:
    """How a model made each record; null for what people wrote."""
    made = [record.synthesis for record in records]
    return {
        "is_synthetic": pa.array([record.record_kind == "synthetic" for record in records]),
        "generator_model": pa.array([one.model if one else None for one in made], pa.string()),
        "generator_version": pa.array([one.version if one else None for one in made], pa.string()),
        "generator_terms_date": pa.array([one.terms_date if one else None for one in made], pa.date32()),
        "generator_prompt": pa.array([one.prompt if one else None for one in made], pa.string()),
        "generator_options": pa.array([one.options if one else None for one in made], pa.string()),
        "generation_depth": pa.array([one.depth if one else None for one in made], pa.int32()),
        "seed_ids": pa.array([one.seeds if one else None for one in made], pa.list_(pa.string())),
    }


def claim_structs(claims: tuple[LicenseClaim, ...]) -> list[dict[str, str | None]]:
    """Claims as the structs of the tables."""
    return [
        {
            "raw": claim.raw,
            "expression": claim.expression,
            "place": claim.place,
            "strength": claim.strength.value,
            "part": claim.part,
        }
        for claim in claims
    ]


def optout_structs(optouts: tuple[OptOut, ...]) -> list[dict[str, str | datetime | None]]:
    """Opt-outs as the structs of the tables."""
    return [
        {"signal": optout.signal, "value": optout.value, "place": optout.place, "seen": optout.seen}
        for optout in optouts
    ]


def segment_structs(record: Record) -> list[dict[str, Any]] | None:
    """A transcript's segments as the structs of the table; null where nothing was timed."""
    return [msgspec.structs.asdict(segment) for segment in record.segments] or None


def flags_of(record: Record) -> list[str] | None:
    """What is odd about a transcript; null in a text that no engine heard."""
    return list(record.asr_flags) if record.asr_model else None


def kind_of(record: Record, source: Source) -> str:
    """The kind of its text: a transcript where nothing else is said of a source of sound."""
    return "transcript" if source.speaks and record.record_kind == "text" else record.record_kind


def language_of(item: Item, source: Source) -> str | None:
    """As the text reads; where it is too short to tell, as publisher, engine or source file say."""
    found = item.described.language if item.described else None
    told = item.record.language if isinstance(item.record, Record) else None
    return found or told or source.language


def license_url(ruling: Ruling) -> str | None:
    """The tag itself where it is a URL, else the licence's own address where the register knows one."""
    tag = ruling.evidence or ""
    # A tag that a person had to explain is no licence's address by itself.
    if tag.startswith(("http://", "https://")) and "review:" not in ruling.rule:
        return tag
    return url_of(ruling.elected or ruling.expression or "")


def ledger_evidence(item: Item) -> str | None:
    """What decided: the verbatim tag and its place, or what went wrong."""
    if isinstance(item.record, FailedRecord):
        return item.record.detail
    if item.outcome is Outcome.FAILED:
        return item.detail
    if item.ruling is None or item.ruling.evidence is None:
        return None
    return f"{item.ruling.evidence} @ {item.ruling.evidence_place}"


def evidence_ref(item: Item, record: Record, evidence: Mapping[str, str | None]) -> str | None:
    """The object the licence was read from: a site-wide answer, or the record's own bytes."""
    return evidence.get(record.evidence) if record.evidence else item.location[0]


def site_evidence(item: Item, evidence: Mapping[str, str | None]) -> str | None:
    """The object that claims were read from which do not stand in the record's own bytes."""
    name = item.record.evidence if isinstance(item.record, Record) else None
    return evidence.get(name) if name else None


def attribution(record: Record, ruling: Ruling) -> str:
    """Title, author, source, licence: what Creative Commons' attribution clause (section 3(a) of 4.0) asks for."""
    title = f"“{record.title}”" if record.title else "Untitled"
    author = f" by {', '.join(record.creators)}" if record.creators else ""
    return f"{title}{author}, {record.url}, {ruling.elected or ruling.expression}"


def domain(url: str) -> str | None:
    """The host of a URL, lower case, without port."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
