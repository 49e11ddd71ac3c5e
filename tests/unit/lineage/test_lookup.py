"""A document's whole chain is found by id, URL or hash, whatever the case; what was refused or withdrawn says so.

The tables are real Iceberg tables in a temporary folder.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from rightful.errors import ConfigurationError
from rightful.lineage import lookup as module
from rightful.lineage.lookup import EXCERPT, lookup
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store import schemas
from rightful.store.tables import Tables

SLICE = datetime(2026, 1, 1, tzinfo=UTC)
CLAIM = {
    "raw": "https://creativecommons.org/licenses/by/4.0/",
    "expression": "CC-BY-4.0",
    "place": "record.license",
    "strength": "publisher",
    "part": "",
}
URL = "https://example.org/Articles/1"
TEXT_HASH, RAW_HASH, DENIED_HASH = "a" * 64, "b" * 64, "d" * 64

SOURCE = """\
id: demo
title: Demo
kind: rest
channel: public_dataset
owner: data@example.org
homepage: https://example.org
start_date: 2026-01-01
license: {scope: record, claims: [{from: record.license}]}
fetch:
  base_url: https://example.org
  paginate: {style: none}
  records: items
  fields: {id: id, url: url, text: body}
"""

DOCUMENT: dict[str, Any] = {
    "id": "demo:1@v1",
    "text": "word " * 200,
    "content_sha256": TEXT_HASH,
    "source": "demo",
    "source_native_id": "1",
    "source_url": URL,
    "slice": SLICE,
    "title": "One",
    "creators": ["A. Writer"],
    "license_raw": CLAIM["raw"],
    "license_expression": "CC-BY-4.0",
    "claims": [CLAIM],
    "optouts": [],
    "published_at": SLICE,
    "fetched_at": SLICE,
    "raw_uri": "s3://raw/raw/ab/abc",
    "raw_sha256": RAW_HASH,
    "raw_offset": 100,
    "raw_length": 20,
    "run_id": "run-2",
    "policy_version": "then",
}


def ruling(name: str, outcome: str, reason: str, run: str, hour: int, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "source_url": URL,
        "outcome": outcome,
        "reason": reason,
        "claims": [CLAIM],
        "rule": "allow:cc-by",
        "policy_version": "then",
        "slice": SLICE,
        "run_id": run,
        "decided_at": SLICE.replace(hour=hour),
        **more,
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "sources").mkdir()
    (tmp_path / "contracts").mkdir()
    (tmp_path / "sources/demo.yaml").write_text(SOURCE)
    return Settings(
        catalogue_dir=(tmp_path / "sources",),
        contracts_dir=tmp_path / "contracts",
        policy_file=PROJECT_ROOT / "include/policy.yaml",
    )


@pytest.fixture
def tables(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """The store's tables on local files, with one document, one refusal and their publication."""
    catalog = SqlCatalog("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/warehouse")

    class LocalTables(Tables):
        @property
        def catalog(self) -> SqlCatalog:  # type: ignore[override]
            return catalog

    monkeypatch.setattr(module, "Tables", LocalTables)
    made = LocalTables(settings)
    append(made.corpus("demo"), schemas.CORPUS, [DOCUMENT])
    append(
        made.ledger("demo"),
        schemas.LEDGER,
        [
            ruling("demo:1@v1", "quarantine", "unversioned", "run-1", 1),
            ruling("demo:1@v1", "allow", "allowed", "run-2", 2),
            ruling("demo:2@v1", "deny", "nc", "run-2", 2, source_url="https://example.org/2", raw_sha256=DENIED_HASH),
        ],
    )
    publication = {"source": "demo", "slice": SLICE, "published_at": SLICE, "code_version": "abc"}
    append(
        made.slices(),
        schemas.SLICES,
        [
            {**publication, "publish_order": 1, "run_id": "run-1", "snapshot_id": 11},
            {**publication, "publish_order": 2, "run_id": "run-2", "snapshot_id": 22},
        ],
    )
    return made


def append(table: Any, schema: pa.Schema, rows: list[dict[str, Any]]) -> None:
    table.append(pa.Table.from_pylist(rows, schema=schema))


@pytest.mark.parametrize(
    "what",
    [
        "demo:1@v1",
        "DEMO:1@V1",
        URL,
        URL.upper(),
        "http://example.org/articles/1/#part",
        f"  {URL} ",
        TEXT_HASH,
        TEXT_HASH.upper(),
        RAW_HASH,
    ],
)
def test_found_by_id_url_or_hash_whatever_the_case(settings: Settings, tables: Tables, what: str) -> None:
    (hit,) = lookup(settings, what)
    assert (hit["id"], hit["in_corpus"], hit["usable"], hit["why_not"]) == ("demo:1@v1", True, True, None)


def test_the_whole_chain_is_told(settings: Settings, tables: Tables) -> None:
    (hit,) = lookup(settings, URL)
    assert hit["document"]["title"] == "One"
    assert hit["document"]["text_excerpt"] == DOCUMENT["text"][:EXCERPT]
    assert "text" not in hit["document"]
    assert hit["document"]["claims"] == [CLAIM]
    assert (hit["ruling"]["outcome"], hit["ruling"]["run_id"]) == ("allow", "run-2")
    assert [(row["outcome"], row["run_id"]) for row in hit["history"]] == [("quarantine", "run-1")]
    assert (hit["published"]["snapshot_id"], hit["published"]["run_id"]) == (22, "run-2")
    assert hit["raw"] == {"uri": "s3://raw/raw/ab/abc", "offset": 100, "length": 20, "sha256": RAW_HASH}
    assert hit["policy_now"] != "then"


@pytest.mark.parametrize("what", ["demo:2@v1", "https://example.org/2", DENIED_HASH])
def test_a_refusal_is_found_in_the_ledger(settings: Settings, tables: Tables, what: str) -> None:
    (hit,) = lookup(settings, what)
    assert (hit["in_corpus"], hit["usable"], hit["why_not"]) == (False, False, "deny: nc")
    assert hit["document"] is None


def test_what_is_nowhere_gives_nothing(settings: Settings, tables: Tables) -> None:
    assert lookup(settings, "https://example.org/articles") == []
    assert lookup(settings, "c" * 64) == []


def test_an_empty_question_is_an_error(settings: Settings, tables: Tables) -> None:
    with pytest.raises(ConfigurationError, match="empty question"):
        lookup(settings, "  ")


def test_a_withdrawn_document_may_not_be_used(settings: Settings, tables: Tables) -> None:
    append(
        tables.withdrawals(),
        schemas.WITHDRAWALS,
        [{"withdrawal_id": "w1", "kind": "tombstone", "target": "url", "value": URL, "source": None}],
    )
    (hit,) = lookup(settings, "demo:1@v1")
    assert (hit["usable"], hit["why_not"]) == (False, "it was withdrawn")


def test_without_its_source_file_nobody_vouches_for_a_document(settings: Settings, tables: Tables) -> None:
    (settings.catalogue_dir[0] / "demo.yaml").unlink()
    (hit,) = lookup(settings, URL)
    assert hit["in_corpus"]
    assert hit["why_not"] == "its source is not in the catalogue (any more)"


@pytest.mark.parametrize(("until", "usable"), [(date(2999, 1, 1), True), (date(2026, 1, 2), False)])
def test_a_contract_counts_as_of_today(settings: Settings, tables: Tables, until: date, usable: bool) -> None:
    (settings.contracts_dir / "deal.yaml").write_text(
        "id: deal\ntitle: A deal\nsources: [demo]\nvalid_from: 2026-01-01\n"
        f"valid_until: {until}\npermitted_uses: [training]\nevidence: safe 3\n"
    )
    path = settings.catalogue_dir[0] / "demo.yaml"
    path.write_text(
        SOURCE.replace("{scope: record, claims: [{from: record.license}]}", "{scope: contract, contract: deal}")
    )
    append(
        tables.corpus("demo"),
        schemas.CORPUS,
        [{**DOCUMENT, "id": "demo:3@v1", "contract_id": "deal", "license_expression": "LicenseRef-contract-deal"}],
    )
    (hit,) = lookup(settings, "demo:3@v1")
    assert hit["usable"] is usable
    assert hit["contract"]["id"] == "deal"


def test_without_any_table_nothing_is_known(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = SqlCatalog("none", uri=f"sqlite:///{tmp_path}/none.db", warehouse=f"file://{tmp_path}/none")
    monkeypatch.setattr(Tables, "catalog", catalog)
    assert lookup(settings, URL) == []
