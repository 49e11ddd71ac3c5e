"""The columns are those that the architecture promises, and survive Iceberg's types."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyiceberg.io.pyarrow import pyarrow_to_schema

from rightful.store import schemas
from rightful.store.tables import with_field_ids

CORPUS_COLUMNS = [
    "id",
    "text",
    "content_sha256",
    "source",
    "source_native_id",
    "source_url",
    "source_version",
    "slice",
    "record_kind",
    "channel",
    "title",
    "creators",
    "rights_holder",
    "publisher",
    "attribution_text",
    "license_raw",
    "license_url",
    "license_expression",
    "license_elected",
    "license_category",
    "license_scope",
    "license_evidence",
    "license_evidence_ref",
    "license_strength",
    "claims",
    "optouts",
    "license_checked_at",
    "license_valid_from",
    "license_valid_until",
    "contract_id",
    "jurisdiction",
    "duties",
    "ruling_rule",
    "policy_version",
    "created",
    "published_at",
    "fetched_at",
    "added",
    "language",
    "language_score",
    "region",
    "domain",
    "n_chars",
    "n_tokens",
    "tokenizer",
    "is_synthetic",
    "generator_model",
    "generation_depth",
    "seed_ids",
    "asr_model",
    "asr_params",
    "segments",
    "media_seconds",
    "raw_uri",
    "raw_sha256",
    "raw_offset",
    "raw_length",
    "run_id",
    "task_id",
    "map_index",
    "try_number",
    "code_version",
    "asr_flags",
    "archive_file",
    "archive_offset",
    "archive_length",
    "archive_digest",
    "generator_version",
    "generator_terms_date",
    "generator_prompt",
    "generator_options",
]
LEDGER_COLUMNS = [
    "id",
    "source_url",
    "outcome",
    "reason",
    "claims",
    "optouts",
    "rule",
    "evidence",
    "policy_version",
    "raw_sha256",
    "raw_uri",
    "raw_offset",
    "raw_length",
    "slice",
    "run_id",
    "decided_at",
    "fetched_at",
    "evidence_ref",
    "archive_file",
    "archive_offset",
    "archive_length",
    "archive_digest",
]


def test_columns() -> None:
    assert schemas.CORPUS.names == CORPUS_COLUMNS
    assert schemas.LEDGER.names == LEDGER_COLUMNS


@pytest.mark.parametrize("name", ["CORPUS", "LEDGER", "SLICES", "WITHDRAWALS", "REVIEWS"])
def test_every_column_is_nullable_and_known_to_iceberg(name: str) -> None:
    schema: pa.Schema = getattr(schemas, name)
    iceberg = pyarrow_to_schema(with_field_ids(schema))
    assert [field.name for field in iceberg.fields] == schema.names
    assert not any(field.required for field in iceberg.fields)
    assert len(set(schema.names)) == len(schema.names)


def test_field_ids_are_given_by_path() -> None:
    seen: list[str] = []

    def number(path: str) -> int:
        seen.append(path)
        return 100 + len(seen)

    schema = pa.schema(
        [
            ("a", pa.list_(pa.field("element", pa.struct([("b", pa.string())])))),
            ("m", pa.map_(pa.string(), pa.int64())),
        ]
    )
    numbered = with_field_ids(schema, number)
    assert set(seen) == {"a", "a.element", "a.element.b", "m", "m.key", "m.value"}
    assert numbered.equals(schema)  # types are the same, only metadata differ
    assert all(field.metadata[b"PARQUET:field_id"].startswith(b"10") for field in numbered)


def test_times_are_utc_microseconds() -> None:
    for schema in (schemas.CORPUS, schemas.LEDGER, schemas.SLICES):
        assert schema.field("slice").type == pa.timestamp("us", tz="UTC")
