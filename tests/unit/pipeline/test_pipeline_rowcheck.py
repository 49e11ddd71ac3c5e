"""The audit of single rows: a good row passes, and however it is broken, it is named."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from tests.unit.licensing.cases import POLICY, policy
from tests.unit.pipeline.support import NIGHT, SLICE, SOURCE, Batch, claim, contract, licensed_source, record

from rightful.model import DataFile, OptOut
from rightful.pipeline import rowcheck
from rightful.pipeline.gate import Gate
from rightful.pipeline.rowcheck import COLUMNS, DocumentCheck, fetch_date
from rightful.settings import Settings
from rightful.store.ledger import NO_TOMBSTONES, Tombstone, Tombstones
from rightful.store.schemas import CORPUS
from rightful.store.tables import Tables

Row = dict[str, Any]

SIGNED = licensed_source(scope="contract", contract="demo_paper", claims=[])
CONTRACTS = {"demo_paper": contract()}


def good(**more: Any) -> Row:
    (row,) = Batch([record("a", **more)]).documents
    return {name: row[name] for name in COLUMNS}


def by_contract() -> Row:
    (row,) = Batch([record("a", claims=())], source=SIGNED, gate=Gate(SIGNED, POLICY, CONTRACTS)).documents
    return {name: row[name] for name in COLUMNS}


def checker(**given: Any) -> DocumentCheck:
    return DocumentCheck(
        given.get("source", SOURCE),
        given.get("slice", SLICE),
        given.get("policy", POLICY),
        given.get("contracts", {}),
        given.get("tombstones", NO_TOMBSTONES),
    )


def tagged(raw: str | None, **more: Any) -> Row:
    """A claim as it stands in a row."""
    return {"raw": raw, "expression": None, "place": "p", "strength": "publisher", "part": "", **more}


def test_a_good_row_passes() -> None:
    assert checker().row(good()) is None
    assert checker(source=SIGNED, contracts=CONTRACTS).row(by_contract()) is None
    assert checker().row(good(optouts=(OptOut(signal="noimageai", value="1", place="header"),))) is None


@pytest.mark.parametrize(
    "column",
    [
        "id", "source_url", "content_sha256", "license_expression", "license_evidence_ref", "policy_version", "run_id",
        "raw_uri", "raw_sha256",
    ],
)  # fmt: skip
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_row_that_lacks_what_it_must_tell(column: str, nothing: str | None) -> None:
    assert checker().row(good() | {column: nothing}) == f"column {column} is empty"


PODCAST = SOURCE.model_copy(update={"kind": "podcast"})


def let_go(row: Row, **audio: Any) -> Row:
    params = {"model": "base", "audio": {"sha256": row["raw_sha256"], "bytes": 9, "kept": False} | audio}
    return row | {"raw_uri": None, "asr_params": json.dumps(params)}


def test_a_transcript_may_have_let_its_recording_go() -> None:
    assert checker(source=PODCAST).row(let_go(good())) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"asr_params": None},
        {"asr_params": ""},
        {"asr_params": "{"},
        {"asr_params": "[]"},
        {"asr_params": '{"audio": null}'},
        let_go(good(), kept=True),
        let_go(good(), kept=None),
        let_go(good(), kept=0),
        let_go(good(), sha256="0" * 64),
        let_go(good(), sha256=None),
    ],
)
def test_bytes_are_missing_for_no_other_reason(changes: Row) -> None:
    assert checker(source=PODCAST).row(let_go(good()) | changes) == "column raw_uri is empty"
    assert checker().row(let_go(good())) == "column raw_uri is empty"  # no source of sound


BROKEN: dict[str, tuple[Callable[[Row], Row], str]] = {
    "another source": (lambda row: {"source": "other"}, "belongs to source other"),
    "no source": (lambda row: {"source": None}, "belongs to source None"),
    "an id of another source": (lambda row: {"id": "other:a@1"}, "belongs to source"),
    "an id that only begins like this source's": (lambda row: {"id": "demo2:a@1"}, "belongs to source"),
    "another slice": (lambda row: {"slice": SLICE.end}, "belongs to slice 2026-03-02"),
    "no slice": (lambda row: {"slice": None}, "belongs to slice None"),
    "another policy": (lambda row: {"policy_version": "2025.9+00"}, "was ruled by policy 2025.9\\+00, now it is 2026"),
    "an NC claim smuggled in": (
        lambda row: {"claims": [*row["claims"], tagged("CC BY-NC 4.0", expression="CC-BY-4.0")]},
        "does not allow|restricts use",
    ),
    "an NC claim of another part": (
        lambda row: {"claims": [*row["claims"], tagged("CC BY-NC 4.0", part="answers[1]")]},
        "does not allow|restricts use",
    ),
    "the NC tag under an allowed expression": (
        lambda row: {"claims": [tagged("CC BY-NC 4.0")], "license_raw": "CC BY-NC 4.0"},
        "does not allow|restricts use",
    ),
    "an unknown tag": (lambda row: {"claims": [tagged("by us")], "license_raw": "by us"}, "no known licence"),
    "a tag that says nothing": (lambda row: {"claims": [tagged(None)], "license_raw": None}, "no known licence"),
    "a tag that none of the claims says": (lambda row: {"license_raw": "MIT"}, "is none of its claims"),
    "no tag": (lambda row: {"license_raw": None}, "is none of its claims"),
    "no claims": (lambda row: {"claims": []}, "no claim supports"),
    "claims that are not there": (lambda row: {"claims": None}, "no claim supports"),
    "an expression that does not follow from the tag": (
        lambda row: {"license_expression": "CC0-1.0"},
        "licence CC0-1.0 is not what its claims say: CC-BY-4.0",
    ),
    "an expression that holds more than the tag": (
        lambda row: {"license_expression": "CC-BY-4.0 OR MIT"},
        "is not what its claims say",
    ),
    "an expression that the policy does not allow": (
        lambda row: {"license_expression": "CC-BY-NC-4.0"},
        "CC-BY-NC-4.0",
    ),
    "a claim that contradicts": (lambda row: {"claims": [*row["claims"], tagged("MIT")]}, "contradict each other"),
    "a claim too weak": (
        lambda row: {"claims": [tagged("CC-BY-4.0", strength="uploader")]},
        "evidence of strength uploader is too weak",
    ),
    "a claim of a strength that is not": (
        lambda row: {"claims": [tagged("CC-BY-4.0", strength="divine")]},
        "strength 'divine', which there is not",
    ),
    "a claim without strength": (
        lambda row: {"claims": [tagged("CC-BY-4.0", strength=None)]},
        "strength 'None', which there is not",
    ),
    "a reservation": (
        lambda row: {"optouts": [{"signal": "tdm-reservation", "value": "1", "place": "header"}]},
        "tdm-reservation=1 stands against it",
    ),
    "a reservation that nobody knows": (
        lambda row: {"optouts": [{"signal": "keep-off", "value": "please", "place": "header"}]},
        "keep-off=please stands against it",
    ),
    "a contract that this source has not": (lambda row: {"contract_id": "demo_paper"}, "not the one of source demo"),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_row_is_named(change: Callable[[Row], Row], said: str) -> None:
    row = good()
    problem = checker().row(row | change(row))
    assert problem is not None
    assert re.search(said, problem), problem


CONTRACT_BROKEN: dict[str, tuple[Row, dict[str, Any], str]] = {
    "no contract named": ({"contract_id": None}, {}, "contract None is not the one"),
    "another contract": ({"contract_id": "other"}, {}, "contract other is not the one"),
    "a licence that is not the contract's": ({"license_expression": "MIT"}, {}, "is not that of contract"),
    "fetched after its end": ({"fetched_at": datetime(2027, 1, 1, tzinfo=UTC)}, {}, "not in force on 2027-01-01"),
    "fetched nobody knows when": ({"fetched_at": None}, {}, "not in force on None"),
    "the contract is gone": ({}, {"contracts": {}}, "there is no contract demo_paper"),
    "the contract covers others": ({}, {"contracts": {"demo_paper": contract(sources=["other"])}}, "no contract"),
    "the contract permits other uses": (
        {},
        {"contracts": {"demo_paper": contract(permitted_uses=["search"])}},
        "does not permit training",
    ),
    "the contract holds elsewhere": (
        {},
        {"contracts": {"demo_paper": contract(territory=["DE"])}},
        "does not reach US",
    ),
}


@pytest.mark.parametrize(("change", "given", "said"), CONTRACT_BROKEN.values(), ids=CONTRACT_BROKEN)
def test_a_broken_row_by_contract_is_named(change: Row, given: dict[str, Any], said: str) -> None:
    problem = checker(**{"source": SIGNED, "contracts": CONTRACTS, **given}).row(by_contract() | change)
    assert problem is not None
    assert said in problem


def test_a_row_of_a_source_under_review_does_not_pass() -> None:
    assert "under review" in str(checker(source=licensed_source(trust="unreviewed")).row(good()))


def test_the_policy_as_it_is_now_counts() -> None:
    stricter = policy(share_alike=False)
    row = good(claims=(claim("CC-BY-SA-4.0"),)) | {"policy_version": stricter.version}
    assert "does not allow CC-BY-SA-4.0" in str(checker(policy=stricter).row(row))


@pytest.mark.parametrize("together", [True, False])
def test_the_same_id_twice(together: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [good(), good(version="2"), good()]
    schema = pa.schema([CORPUS.field(name) for name in COLUMNS])
    batches = [pa.RecordBatch.from_pylist(some, schema) for some in ([rows] if together else [[row] for row in rows])]
    monkeypatch.setattr(rowcheck, "columns_of", lambda *_: batches)
    check = checker()
    check.file(
        Tables(Settings(s3_access_key_id="k", s3_secret_access_key="s")),
        DataFile(path="s3://lake/one.parquet", rows=3, bytes=1),
    )
    assert check.problems == ["demo:a@1: is in the slice twice"]


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("id", "demo:a@1"),
        ("native_id", "a"),
        ("url", "https://example.org/a"),
        ("creator", "ada"),
        ("source", "demo"),
        ("content_sha256", hashlib.sha256(b"one text").hexdigest()),
    ],
)
def test_what_was_withdrawn_after_the_gate_is_named(target: str, value: str) -> None:
    tombstones = Tombstones([Tombstone(withdrawal_id="w", target=target, value=value)])
    row = good(body="one text", creators=("Ada",))
    assert checker().row(row) is None
    assert checker(tombstones=tombstones).row(row) == "was withdrawn"


def test_dated_rules_look_at_the_records_own_date() -> None:
    rules = POLICY.model_dump(by_alias=True)["allow"]
    dated = [rule | {"valid_until": date(2026, 3, 1)} if rule["id"] == "cc-by" else rule for rule in rules]
    now = policy(allow=dated)
    row = good() | {"policy_version": now.version}
    late = NIGHT + timedelta(days=1)
    assert checker(policy=now).row(row) is None
    assert checker(policy=now).row(row | {"published_at": late}) is not None
    assert checker(policy=now).row(row | {"published_at": None, "created": late}) is not None
    assert checker(policy=now).row(row | {"published_at": None, "created": None}) is not None


def test_an_answer_is_not_carried_over_to_a_row_that_differs() -> None:
    check = checker()
    assert check.row(good()) is None
    assert check.row(good(version="2") | {"license_expression": "MIT"}) is not None
    assert check.row(good(version="3")) is None


def test_an_answer_is_not_carried_over_to_a_row_of_another_date() -> None:
    rules = POLICY.model_dump(by_alias=True)["allow"]
    dated = policy(
        allow=[rule | {"valid_until": date(2026, 3, 1)} if rule["id"] == "cc-by" else rule for rule in rules]
    )
    check = checker(policy=dated)
    assert check.row(good() | {"policy_version": dated.version}) is None
    late = {"policy_version": dated.version, "published_at": NIGHT + timedelta(days=1)}
    assert check.row(good(version="2") | late) is not None


def test_days_are_utc() -> None:
    assert fetch_date(datetime.fromisoformat("2026-03-01T01:00:00+02:00")) == date(2026, 2, 28)
    assert fetch_date(None) is None
