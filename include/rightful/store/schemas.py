"""Columns of every table, as Arrow schemas. A column added here appears in existing tables when they are next opened.

Every column is nullable, so that old files stay readable when columns are added. Times are UTC in microseconds, lengths
in bytes, durations in seconds, hashes lower-case hexadecimal.
"""

from __future__ import annotations

import pyarrow as pa

_TEXT = pa.string()
_TIME = pa.timestamp("us", tz="UTC")
_LONG = pa.int64()
_INT = pa.int32()
_REAL = pa.float64()
_DATE = pa.date32()
_FLAG = pa.bool_()


def _many(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", kind))


def _counts(kind: pa.DataType) -> pa.DataType:
    return pa.map_(_TEXT, kind)


_CLAIMS = _many(
    pa.struct([("raw", _TEXT), ("expression", _TEXT), ("place", _TEXT), ("strength", _TEXT), ("part", _TEXT)])
)
_OPTOUTS = _many(pa.struct([("signal", _TEXT), ("value", _TEXT), ("place", _TEXT), ("seen", _TIME)]))
_SEGMENTS = _many(
    pa.struct(
        [
            ("start", _REAL),
            ("end", _REAL),
            ("text", _TEXT),
            ("avg_logprob", _REAL),
            ("no_speech_prob", _REAL),
            ("compression_ratio", _REAL),
            ("language", _TEXT),
        ]
    )
)
_ARCHIVED = (
    ("archive_file", _TEXT),  # where a crawl holds the record
    ("archive_offset", _LONG),
    ("archive_length", _LONG),  # as it lies there, compressed
    ("archive_digest", _TEXT),  # as the crawler stated it: sha1:…
)

CORPUS: pa.Schema = pa.schema(
    [
        ("id", _TEXT),  # {source}:{native id}@{version}
        ("text", _TEXT),
        ("content_sha256", _TEXT),  # of the text
        ("source", _TEXT),
        ("source_native_id", _TEXT),
        ("source_url", _TEXT),
        ("source_version", _TEXT),
        ("slice", _TIME),  # start of the slice; the partition
        ("record_kind", _TEXT),
        ("channel", _TEXT),
        ("title", _TEXT),
        ("creators", _many(_TEXT)),
        ("rights_holder", _TEXT),
        ("publisher", _TEXT),
        ("attribution_text", _TEXT),
        ("license_raw", _TEXT),
        ("license_url", _TEXT),
        ("license_expression", _TEXT),
        ("license_elected", _TEXT),
        ("license_category", _TEXT),
        ("license_scope", _TEXT),
        ("license_evidence", _TEXT),
        ("license_evidence_ref", _TEXT),
        ("license_strength", _TEXT),
        ("claims", _CLAIMS),
        ("optouts", _OPTOUTS),
        ("license_checked_at", _TIME),
        ("license_valid_from", _DATE),
        ("license_valid_until", _DATE),
        ("contract_id", _TEXT),
        ("jurisdiction", _many(_TEXT)),
        ("duties", _many(_TEXT)),
        ("ruling_rule", _TEXT),
        ("policy_version", _TEXT),
        ("created", _TIME),
        ("published_at", _TIME),
        ("fetched_at", _TIME),
        ("added", _TIME),
        ("language", _TEXT),
        ("language_score", _REAL),
        ("region", _TEXT),
        ("domain", _TEXT),
        ("n_chars", _LONG),
        ("n_tokens", _LONG),
        ("tokenizer", _TEXT),
        ("is_synthetic", _FLAG),
        ("generator_model", _TEXT),
        ("generation_depth", _INT),
        ("seed_ids", _many(_TEXT)),
        ("asr_model", _TEXT),
        ("asr_params", _TEXT),
        ("segments", _SEGMENTS),
        ("media_seconds", _REAL),
        ("raw_uri", _TEXT),
        ("raw_sha256", _TEXT),  # of the record's own bytes, raw_uri[raw_offset : raw_offset + raw_length]
        ("raw_offset", _LONG),
        ("raw_length", _LONG),
        ("run_id", _TEXT),
        ("task_id", _TEXT),
        ("map_index", _INT),
        ("try_number", _INT),
        ("code_version", _TEXT),
        ("asr_flags", _many(_TEXT)),  # what is odd about a transcript, by name
        *_ARCHIVED,
        ("generator_version", _TEXT),  # of the model, exactly
        ("generator_terms_date", _DATE),  # of its maker's terms that were read
        ("generator_prompt", _TEXT),  # template, as JSON
        ("generator_options", _TEXT),  # as JSON
    ]
)
"""``corpus.<source>``: one allowed document a row."""

LEDGER: pa.Schema = pa.schema(
    [
        ("id", _TEXT),
        ("source_url", _TEXT),
        ("outcome", _TEXT),
        ("reason", _TEXT),
        ("claims", _CLAIMS),
        ("optouts", _OPTOUTS),
        ("rule", _TEXT),
        ("evidence", _TEXT),
        ("policy_version", _TEXT),
        ("raw_sha256", _TEXT),
        ("raw_uri", _TEXT),
        ("raw_offset", _LONG),
        ("raw_length", _LONG),
        ("slice", _TIME),
        ("run_id", _TEXT),
        ("decided_at", _TIME),
        ("fetched_at", _TIME),
        ("evidence_ref", _TEXT),  # object that the claims were read from, when they don't stand in the record's bytes
        *_ARCHIVED,
    ]
)
"""``ledger.<source>``: one ruling a row, also refusals, without text."""

SLICES: pa.Schema = pa.schema(
    [
        ("source", _TEXT),
        ("slice", _TIME),
        ("slice_end", _TIME),
        ("published_at", _TIME),
        ("publish_key", _TEXT),  # one per audited manifest: tells a retry from another publication
        ("publish_order", _LONG),  # of the publications of one slice, the largest is the one readers see
        ("run_id", _TEXT),
        ("snapshot_id", _LONG),  # of corpus.<source> with this slice in it; null while that table has no snapshot
        ("policy_version", _TEXT),
        ("code_version", _TEXT),
        ("fetched", _LONG),
        ("documents", _LONG),
        ("tokens", _LONG),
        ("characters", _LONG),
        ("media_seconds", _REAL),
        ("limited", _FLAG),
        ("contract_id", _TEXT),
        ("outcomes", _counts(_LONG)),  # outcome → records
        ("reasons", _counts(_LONG)),  # outcome:reason → records
        ("licenses", _counts(_LONG)),  # expression → documents
        ("languages", _counts(_LONG)),  # language → documents
        ("seconds", _counts(_REAL)),  # stage → seconds, all shards together
        ("synthetic_tokens", _LONG),  # of ``tokens``: in texts that a model wrote; null in rows older than this column
    ]
)
"""``ledger.slices``: one row per publication of a slice. It outlives the snapshots."""

WITHDRAWALS: pa.Schema = pa.schema(
    [
        ("withdrawal_id", _TEXT),
        # request | tombstone | release (of the tombstones with the same withdrawal_id) | contract_end
        ("kind", _TEXT),
        ("target", _TEXT),  # id | native_id | url | content_sha256 | creator | source | license | contract
        ("value", _TEXT),
        ("source", _TEXT),  # only documents of this source; null: of every source
        ("reason", _TEXT),
        ("requested_by", _TEXT),
        ("requested_at", _TIME),
        ("decided_by", _TEXT),
        ("decided_at", _TIME),
        ("evidence", _TEXT),
        ("run_id", _TEXT),
    ]
)
"""``ledger.withdrawals``: requests, and the tombstones that keep what was withdrawn out."""

REVIEWS: pa.Schema = pa.schema(
    [
        ("review_id", _TEXT),
        ("source", _TEXT),
        ("license_raw", _TEXT),
        ("license_expression", _TEXT),
        ("decision", _TEXT),
        ("comment", _TEXT),
        ("evidence", _TEXT),
        ("reviewed_by", _TEXT),
        ("reviewed_at", _TIME),
        ("policy_version", _TEXT),
        ("run_id", _TEXT),
        ("records", _LONG),  # that were quarantined with this tag when the person was asked
        ("reasons", _counts(_LONG)),  # reason → records, of the same
        ("sample_urls", _many(_TEXT)),
    ]
)
"""``ledger.reviews``: what people ruled on (source, verbatim tag), who and when."""

OBSERVATIONS: pa.Schema = pa.schema(
    [
        ("id", _TEXT),  # a document's; {source}:* or {source}:*?{group} for what covers many
        ("source", _TEXT),
        ("slice", _TIME),  # of the document
        ("observed_at", _TIME),
        ("accepted_at", _TIME),  # when the licence was found good that is compared with
        ("license_before", _TEXT),  # the expression then
        ("url", _TEXT),  # what was asked
        ("claims", _CLAIMS),
        ("optouts", _OPTOUTS),
        ("decision", _TEXT),
        ("reason", _TEXT),
        ("rule", _TEXT),
        ("license_now", _TEXT),
        ("policy_version", _TEXT),
        ("contract_id", _TEXT),
        ("result", _TEXT),  # same | stricter | looser | gone | error | not_checkable
        ("consequence", _TEXT),  # none | marked | leaves | flagged
        ("strikes", _INT),  # times in a row that it was gone or could not be read
        ("detail", _TEXT),
        ("evidence", _TEXT),  # URI of the site's answer, where its statement became stricter
        ("next_due", _TIME),
        ("run_id", _TEXT),
    ]
)
"""``ledger.observations``: what a source said when an accepted licence was looked at again. Only ever appended."""
