"""Rows of the corpus and the ledger: every column that is known is filled, and each row gets its own values."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from tests.unit.licensing.cases import POLICY
from tests.unit.pipeline.support import (
    BY,
    NC,
    NIGHT,
    RUN,
    SLICE,
    SOURCE,
    VAGUE,
    Batch,
    claim,
    contract,
    failed,
    licensed_source,
    record,
)

from rightful.model import Archived, FailedRecord, OptOut, Record
from rightful.pipeline.gate import Gate
from rightful.pipeline.rows import assemble, attribution, domain, moments, spread
from rightful.store.schemas import CORPUS, LEDGER
from rightful.text.tokens import TOKENIZER

TEXT = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all."
BY_URL = "https://creativecommons.org/licenses/by/4.0/"

LATER = {
    "license_valid_from", "license_valid_until", "contract_id", "generator_model", "generation_depth", "seed_ids",
    "asr_model", "asr_params", "asr_flags", "segments", "media_seconds",
    "archive_file", "archive_offset", "archive_length", "archive_digest",
    "generator_version", "generator_terms_date", "generator_prompt", "generator_options",
}  # fmt: skip
"""Columns that a text under an open licence has no value for."""


def full(**more: Any) -> Record:
    """A record that tells all there is to tell."""
    return record(
        "a",
        body=TEXT,
        **{
            "claims": (claim(BY_URL), claim("CC BY 4.0", expression="CC-BY-4.0")),
            "optouts": (OptOut(signal="noimageai", value="1", place="header", seen=NIGHT),),
            "title": "On foxes",
            "creators": ("Ada", "Bob"),
            "rights_holder": "The Fox Society",
            "publisher": "Fox Press",
            "created": datetime(2026, 2, 27, tzinfo=UTC),
            "published": datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
            "region": "DE",
            "evidence": "site",
            **more,
        },
    )


def row_of(item: Record, **more: Any) -> dict[str, Any]:
    (row,) = Batch([item], evidence={"site": b"rights"}, **more).documents
    return row


def test_a_row_tells_where_a_crawl_holds_its_record() -> None:
    place = Archived(file="crawl-data/a.warc.gz", offset=2**40, length=812, digest="sha1:ABC")
    columns = {"archive_file": place.file, "archive_offset": 2**40, "archive_length": 812, "archive_digest": "sha1:ABC"}
    row = row_of(full(archived=place))
    assert {name: row[name] for name in columns} == columns
    broken = FailedRecord(native_id="", url="", reason="truncated", detail="cut", archived=place)
    [refused] = Batch([broken]).ledger
    assert {name: refused[name] for name in columns} == columns


def test_every_column_that_is_known_is_filled() -> None:
    row = row_of(full())
    assert {name for name, value in row.items() if value is None} == LATER
    assert {name: value for name, value in row.items() if name not in LATER and name != "added"} == {
        "id": "demo:a@1",
        "text": TEXT,
        "content_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "source": "demo",
        "source_native_id": "a",
        "source_url": "https://example.org/a",
        "source_version": "1",
        "slice": SLICE.start,
        "record_kind": "text",
        "channel": "public_dataset",
        "title": "On foxes",
        "creators": ["Ada", "Bob"],
        "rights_holder": "The Fox Society",
        "publisher": "Fox Press",
        "attribution_text": "“On foxes” by Ada, Bob, https://example.org/a, CC-BY-4.0",
        "license_raw": BY_URL,
        "license_url": BY_URL,
        "license_expression": "CC-BY-4.0",
        "license_elected": "CC-BY-4.0",
        "license_category": row["license_category"],
        "license_scope": "record",
        "license_evidence": "record.license",
        "license_evidence_ref": f"s3://raw/evidence/{hashlib.sha256(b'rights').hexdigest()}",
        "license_strength": "publisher",
        "claims": [
            {"raw": BY_URL, "expression": None, "place": "record.license", "strength": "publisher", "part": ""},
            {
                "raw": "CC BY 4.0",
                "expression": "CC-BY-4.0",
                "place": "record.license",
                "strength": "publisher",
                "part": "",
            },
        ],
        "optouts": [{"signal": "noimageai", "value": "1", "place": "header", "seen": NIGHT}],
        "license_checked_at": NIGHT,
        "jurisdiction": [],
        "duties": ["attribution"],
        "ruling_rule": row["ruling_rule"],
        "policy_version": POLICY.version,
        "created": datetime(2026, 2, 27, tzinfo=UTC),
        "published_at": datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
        "fetched_at": NIGHT,
        "language": "en",
        "language_score": row["language_score"],
        "region": "DE",
        "domain": "example.org",
        "n_chars": len(TEXT),
        "n_tokens": row["n_tokens"],
        "tokenizer": TOKENIZER,
        "is_synthetic": False,
        "raw_uri": "s3://raw/raw/0",
        "raw_sha256": hashlib.sha256(b"<a@1>").hexdigest(),
        "raw_offset": 0,
        "raw_length": 5,
        "run_id": RUN.run_id,
        "task_id": RUN.task_id,
        "map_index": RUN.map_index,
        "try_number": RUN.try_number,
        "code_version": RUN.code_version,
    }
    assert row["license_category"]
    assert "cc-by" in row["ruling_rule"]
    assert 0.5 < row["language_score"] <= 1
    assert 10 < row["n_tokens"] < 40
    assert (datetime.now(UTC) - row["added"]).total_seconds() < 60


def test_a_row_by_contract_names_it_with_its_term() -> None:
    source = licensed_source(scope="contract", contract="demo_paper", claims=[])
    gate = Gate(source, POLICY, {"demo_paper": contract(valid_from="2020-01-01", territory=["US"])})
    row = row_of(full(claims=(), evidence=None), source=source, gate=gate)
    assert (row["contract_id"], row["license_scope"], row["claims"]) == ("demo_paper", "contract", [])
    assert (row["license_valid_from"], row["license_valid_until"]) == (date(2020, 1, 1), date(2026, 12, 31))
    assert row["license_expression"] == row["license_elected"] == "LicenseRef-contract-demo-paper"
    assert (row["license_evidence"], row["license_strength"]) == ("contracts/demo_paper.yaml", "contract")
    assert row["license_evidence_ref"] == row["raw_uri"]
    assert row["jurisdiction"] == ["US"]


def test_what_the_record_does_not_tell_comes_from_the_source_or_stays_unknown() -> None:
    source = licensed_source(rights_holder="All authors").model_copy(update={"language": "de", "region": "AT"})
    item = record("a", body="...", title=None, published=None, fetched_at=None)
    row = row_of(item, source=source)
    assert (row["rights_holder"], row["language"], row["region"]) == ("All authors", "de", "AT")
    for name in ("title", "publisher", "created", "published_at", "fetched_at", "license_checked_at"):
        assert row[name] is None, name
    assert row["creators"] == []
    assert row["attribution_text"] == "Untitled, https://example.org/a, CC-BY-4.0"
    assert row["license_evidence_ref"] == row["raw_uri"]  # the claims stand in the record's own bytes


def test_publication_stands_in_for_creation() -> None:
    assert row_of(record("a", body=TEXT))["created"] == NIGHT


def test_evidence_that_nobody_kept_is_not_replaced_by_something_else() -> None:
    (row,) = Batch([full(evidence="elsewhere")], evidence={"site": b"rights"}).documents
    assert row["license_evidence_ref"] is None


def test_a_tag_that_is_no_url_gets_the_licences_own_address() -> None:
    row = row_of(record("a", "CC BY-SA 3.0"))
    assert row["license_raw"] == "CC BY-SA 3.0"
    assert row["license_url"].startswith("https://creativecommons.org/licenses/by-sa/3.0")


def test_claims_and_opt_outs_go_to_their_own_rows() -> None:
    tags = [BY, "MIT", NC, BY, "CC BY-SA 3.0", VAGUE, "MIT", BY]
    records = [
        record(f"{n}", tag, optouts=(OptOut(signal="noimageai", value=f"{n % 2}", place="header"),) if n % 3 else ())
        for n, tag in enumerate(tags)
    ]
    done = Batch([*records, failed()])
    by_id = {f"demo:{n}@1": tag for n, tag in enumerate(tags)}
    assert {row["id"]: row["claims"][0]["raw"] for row in done.ledger[:-1]} == by_id
    for rows in (done.ledger[:-1], done.documents):
        for row in rows:
            number = int(row["id"].removeprefix("demo:").removesuffix("@1"))
            wanted = (
                [{"signal": "noimageai", "value": f"{number % 2}", "place": "header", "seen": None}]
                if number % 3
                else []
            )
            assert row["optouts"] == wanted
    assert {row["id"]: row["license_raw"] for row in done.documents} == {
        id: tag for id, tag in by_id.items() if tag not in (NC, VAGUE)
    }
    assert {row["id"]: row["license_expression"] for row in done.documents}["demo:4@1"] == "CC-BY-SA-3.0"
    assert done.ledger[-1]["claims"] == done.ledger[-1]["optouts"] == []


def test_a_ledger_row_says_what_decided() -> None:
    done = Batch([record("a", BY), record("b", NC), record("c", None)])
    allowed, refused, silent = done.ledger
    assert allowed["evidence"] == f"{BY} @ record.license"
    assert refused["evidence"] == f"{NC} @ record.license"
    assert refused["rule"]
    assert (silent["evidence"], silent["rule"]) == (None, "builtin:no_tag")
    assert {row["run_id"] for row in done.ledger} == {RUN.run_id}
    assert {row["slice"] for row in done.ledger} == {SLICE.start}
    assert {row["policy_version"] for row in done.ledger} == {POLICY.version}
    assert all((datetime.now(UTC) - row["decided_at"]).total_seconds() < 60 for row in done.ledger)


def test_rows_have_the_tables_columns_in_their_order() -> None:
    (documents,), (ledger,) = Batch([record("a")]).sink.store.files.values()
    assert documents.schema == CORPUS
    assert ledger.schema == LEDGER


# ---------------------------------------------------------------- small parts


def test_a_column_that_the_table_has_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="licence"):
        assemble(LEDGER, 1, {"licence": pa.array(["MIT"])})


def test_columns_that_are_not_given_are_null() -> None:
    batch = assemble(LEDGER, 2, {"id": pa.array(["a", "b"])})
    assert batch.schema == LEDGER
    assert batch.to_pylist()[1] == dict.fromkeys(LEDGER.names) | {"id": "b"}


def test_spreading_computes_each_distinct_value_once() -> None:
    asked: list[str] = []

    def shout(value: str) -> str:
        asked.append(value)
        return value.upper()

    assert spread(["a", "b", "a", "a"], shout, pa.string()).to_pylist() == ["A", "B", "A", "A"]
    assert asked == ["a", "b"]
    assert spread([], shout, pa.string()).to_pylist() == []


def test_moments_are_utc_in_microseconds() -> None:
    here = datetime(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert moments([here, None]).to_pylist() == [datetime(2026, 3, 1, tzinfo=UTC), None]


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://Example.ORG:8443/x", "example.org"), ("urn:isbn:1", None), ("http://[::1", None), ("", None)],
)
def test_domain(url: str, host: str | None) -> None:
    assert domain(url) == host


def test_attribution_by_the_source_itself_counts() -> None:
    assert row_of(full(attribution="Please say: foxes!"))["attribution_text"] == "Please say: foxes!"
    ruling = Gate(SOURCE, POLICY, {}).rule(full(), "demo:a@1")
    assert attribution(record("b", creators=("Ada",)), ruling) == "Untitled by Ada, https://example.org/b, CC-BY-4.0"
