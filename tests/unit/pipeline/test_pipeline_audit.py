"""The audit of a slice as a whole: balance, failures, and what it hands on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from tests.unit.pipeline.slices import published, result
from tests.unit.pipeline.support import RUN, SHARD, SLICE, SOURCE, settings

from rightful.errors import AuditError, ShrinkGuard
from rightful.licensing.policy import load_policy
from rightful.model import DataFile, ShardResult, Slice
from rightful.pipeline import audit, publish
from rightful.pipeline.audit import _balance, _failures, _manifest
from rightful.pipeline.manifest import Manifest, terms_of
from rightful.pipeline.plan import SHARDS
from rightful.pipeline.publish import slice_row
from rightful.pipeline.tally import add_up
from rightful.pipeline.uniqueness import without_derived_version
from rightful.store.ledger import Ledgers
from rightful.store.schemas import SLICES
from rightful.store.tables import Tables

MODULE = sys.modules["rightful.pipeline.audit"]
PUBLISH = sys.modules["rightful.pipeline.publish"]

# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("counts", "stops"),
    [
        ({}, False),
        ({"failed": 1}, True),
        ({"failed": 5, "allow": 5}, False),
        ({"failed": 6, "allow": 5}, True),
        ({"failed": 5, "deny": 3, "empty": 2}, False),
    ],
)
def test_a_source_that_mostly_fails_stops(counts: dict[str, float], stops: bool) -> None:
    if not stops:
        _failures(SOURCE, SLICE, counts)
        return
    with pytest.raises(AuditError, match=r"could not be read.*50%.*source demo, slice 2026-03-01.*failure_threshold"):
        _failures(SOURCE, SLICE, counts)


def test_the_threshold_is_the_sources_own() -> None:
    with pytest.raises(AuditError):
        _failures(SOURCE.model_copy(update={"failure_threshold": 0.0}), SLICE, {"failed": 1, "allow": 99})
    _failures(SOURCE.model_copy(update={"failure_threshold": 1.0}), SLICE, {"failed": 1})


# ---------------------------------------------------------------- balance


def balance(
    monkeypatch: pytest.MonkeyPatch,
    ledger: Sequence[Sequence[str]],
    counts: dict[str, float],
    documents: Sequence[int] | None = None,
) -> None:
    """``ledger``: the outcomes in each ledger file; ``documents``: rows of each document file."""
    files = {f"s3://l/{number}": outcomes for number, outcomes in enumerate(ledger)}

    def columns_of(tables: object, file: DataFile, columns: list[str]) -> Iterator[pa.RecordBatch]:
        assert columns == ["outcome"]
        for outcome in files[file.path]:  # several batches a file
            yield pa.RecordBatch.from_pydict({"outcome": [outcome]})

    monkeypatch.setattr(MODULE, "columns_of", columns_of)
    rows = [sum(outcomes.count("allow") for outcomes in ledger)] if documents is None else documents
    _balance(
        SOURCE,
        SLICE,
        counts,
        [DataFile(path=f"s3://d/{number}", rows=each, bytes=1) for number, each in enumerate(rows)],
        [DataFile(path=path, rows=len(outcomes), bytes=1) for path, outcomes in files.items()],
        None,  # type: ignore[arg-type]
    )


def test_counts_that_agree_with_the_rows_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    balance(monkeypatch, [["allow", "deny"], ["allow"]], {"allow": 2, "deny": 1, "failed": 0}, [1, 1])
    balance(monkeypatch, [], {})


@pytest.mark.parametrize(
    ("ledger", "counts"),
    [
        ([["allow"]], {"allow": 2}),
        ([["allow", "allow"]], {"allow": 1}),
        ([["deny"]], {"quarantine": 1}),
        ([], {"deny": 1}),
        ([["deny"]], {}),
        ([["perhaps"]], {"deny": 1}),
    ],
)
def test_a_ledger_that_does_not_balance_stops(
    monkeypatch: pytest.MonkeyPatch, ledger: list[list[str]], counts: dict[str, float]
) -> None:
    with pytest.raises(AuditError, match=r"the ledger files hold .*, the shards counted .*source demo, slice 2026"):
        balance(monkeypatch, ledger, counts)


@pytest.mark.parametrize("documents", [[], [1], [2, 1]])
def test_documents_without_a_ruling_or_rulings_without_a_document_stop(
    monkeypatch: pytest.MonkeyPatch, documents: list[int]
) -> None:
    with pytest.raises(AuditError, match=rf"{sum(documents)} document rows for 2 allowed records"):
        balance(monkeypatch, [["allow", "allow"]], {"allow": 2}, documents)


# ---------------------------------------------------------------- the whole


def test_no_result_is_no_empty_slice() -> None:
    with pytest.raises(AuditError, match=r"no shard handed in a result.*source demo"):
        audit(SOURCE, SLICE, [], run=RUN, settings=settings())


def test_a_shard_that_handed_in_nothing_or_twice_stops_the_slice() -> None:
    one = msgspec.structs.replace(result(allow=1), shard=msgspec.structs.replace(SHARD, params={SHARDS: 2}))
    for results in ([one], [one, one]):
        with pytest.raises(AuditError, match=r"1 of 2 shards handed in a result.*clear the run"):
            audit(SOURCE, SLICE, results, run=RUN, settings=settings(), dry_run=True)


def test_a_dry_run_is_reported_and_needs_no_store() -> None:
    other = msgspec.structs.replace(SHARD, id="another")
    more = msgspec.structs.replace(result(allow=2), shard=other, tokens=7, reasons={"deny:nc": 1})
    shards = [result(allow=3, deny=1), more]
    report = audit(SOURCE, SLICE, shards, run=RUN, settings=settings(), dry_run=True)
    assert (report.manifest, report.publish, report.fetched, report.documents, report.tokens) == (None, False, 6, 5, 7)
    assert (report.counts, report.reasons) == ({"allow": 5, "deny": 1}, {"deny:nc": 1})
    assert "dry run" in report.note


def manifest(*results: ShardResult) -> Manifest:
    return _manifest(SOURCE, SLICE, results, add_up(results), RUN, "p1")


def full(number: int, **more: Any) -> ShardResult:
    values: dict[str, Any] = {
        "shard": SHARD,
        "documents": (
            DataFile(path=f"s3://d/{number}", rows=2, bytes=9),
            DataFile(path="s3://d/none", rows=0, bytes=1),
        ),
        "ledger": (DataFile(path=f"s3://l/{number}", rows=3, bytes=9),),
        "counts": {"allow": 2, "deny": 1},
        "reasons": {"allow:allowed": 2, "deny:nc": 1},
        "licenses": {"MIT": 2},
        "languages": {"en": 2},
        "tokens": 10,
        "characters": 40,
        "media_seconds": 1.5,
        "seconds": {"fetch": 0.5},
    }
    return ShardResult(**(values | more))


def test_the_manifest_adds_up_the_shards_and_leaves_out_empty_files() -> None:
    made = manifest(full(1), full(2, limited=True))
    assert [file.path for file in made.documents] == ["s3://d/1", "s3://d/2"]
    assert [file.path for file in made.ledger] == ["s3://l/1", "s3://l/2"]
    assert (made.fetched, made.counts, made.licenses) == (6, {"allow": 4, "deny": 2}, {"MIT": 4})
    assert (made.tokens, made.characters, made.media_seconds, made.limited) == (20, 80, 3.0, True)
    assert (made.source, made.slice, made.policy_version, made.run) == ("demo", SLICE, "p1", RUN)
    assert made.publish_key != manifest(full(1)).publish_key
    assert msgspec.json.decode(msgspec.json.encode(made), type=Manifest) == made


def test_the_slices_row_has_only_the_tables_columns_and_says_what_was_published() -> None:
    row = slice_row(manifest(full(1), full(2)), RUN)
    assert set(SLICES.names) - set(row) == {"published_at", "publish_key", "publish_order", "snapshot_id"}
    assert set(row) <= set(SLICES.names)
    assert (row["fetched"], row["documents"], row["tokens"], row["limited"]) == (6, 4, 20, False)
    assert (row["slice"], row["slice_end"]) == (SLICE.start, SLICE.end)


@pytest.mark.parametrize(
    "other",
    [
        {"source": "other"},
        {"slice": Slice(start=SLICE.start, end=datetime(2026, 3, 3, tzinfo=UTC))},
    ],
)
def test_a_manifest_of_something_else_is_not_published(monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]) -> None:
    made = msgspec.structs.replace(manifest(full(1)), **other)
    monkeypatch.setattr(PUBLISH, "load_manifest", lambda settings, uri: made)
    with pytest.raises(AuditError, match=r"the manifest is of .*source demo, slice 2026-03-01.*clear the run"):
        publish(SOURCE, SLICE, "s3://raw/manifests/x", run=RUN, settings=settings())


@pytest.mark.parametrize(
    ("changed", "source", "told"),
    [
        ({"policy_version": "2019.1+old"}, {}, "the policy"),
        ({"withdrawals": 7}, {}, "the list of withdrawals"),
        ({"reviews": {"tag": "allow:MIT"}}, {}, "what people ruled on its tags"),
        ({}, {"trust": "unreviewed"}, "the trust in the source"),
        ({"contract_id": "gone"}, {}, "contract gone"),
        ({"terms": "others"}, {}, "what the source file or the contract says of the licence"),
        ({}, {"enabled": False}, "what the source file or the contract says of the licence"),
    ],
)
def test_what_changed_since_the_audit_stops_publishing(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], source: dict[str, Any], told: str
) -> None:
    """A failed publish can be tried again days later."""
    now = {
        "policy_version": load_policy(settings().policy_file, settings().jurisdiction).version,
        "terms": terms_of(SOURCE, settings()),
    }
    made = msgspec.structs.replace(manifest(full(1)), **(now | changed))
    monkeypatch.setattr(PUBLISH, "load_manifest", lambda settings, uri: made)
    monkeypatch.setattr(Ledgers, "withdrawals_version", lambda self, source_id: None)
    monkeypatch.setattr(Ledgers, "reviews", lambda self, source_id: [])
    written: list[object] = []
    monkeypatch.setattr(PUBLISH, "publish_slice", lambda *args, **more: written.append(args))
    with pytest.raises(AuditError, match=f"since the audit {told} changed.*source demo, slice 2026-03-01"):
        publish(SOURCE.model_copy(update=source), SLICE, "s3://raw/x", run=RUN, settings=settings())
    assert not written


@pytest.mark.parametrize(
    ("counts", "published", "told"),
    [
        ({"allow": 5}, {"publish_order": 7, "fetched": 5}, None),
        ({"allow": 3, "failed": 2}, {"publish_order": 5, "fetched": 5}, None),
        ({"allow": 5}, {"publish_order": 8, "fetched": 5}, "published anew"),
        ({"allow": 4}, {"publish_order": 7, "fetched": 5}, "has 4 records; published are 5"),
        ({"allow": 6}, {"publish_order": 7, "fetched": 5}, "has 6 records; published are 5"),
        ({"allow": 1, "failed": 4}, {"publish_order": 7, "fetched": 5, "outcomes": {"failed": 1}}, "could not be read"),
        ({"allow": 5}, None, "published anew"),
    ],
)
def test_a_slice_that_is_ruled_again_keeps_its_records_and_replaces_what_it_was_made_from(
    counts: dict[str, int], published: dict[str, Any] | None, told: str | None
) -> None:
    row = {"outcomes": {}, **published} if published is not None else None
    if told is None:
        MODULE._same_records(SOURCE, SLICE, counts, row, 7)
    else:
        with pytest.raises(AuditError, match=told):
            MODULE._same_records(SOURCE, SLICE, counts, row, 7)


@pytest.mark.parametrize(
    ("now", "limited", "key", "told"),
    [
        ({"allow": 100}, False, "another", ""),
        ({"allow": 3}, True, "another", "limit"),
        ({"allow": 3}, True, "key", ""),  # its own publication, tried again
    ],
)
def test_publish_asks_the_guard_again(
    monkeypatch: pytest.MonkeyPatch, now: dict[str, int], limited: bool, key: str, told: str
) -> None:
    """Another run may have published the slice since the audit."""
    made = msgspec.structs.replace(manifest(full(1)), counts=now, limited=limited, publish_key="key")
    row = {**published(allow=100), "publish_key": key, "slice_end": SLICE.end}
    monkeypatch.setattr(Ledgers, "published_slice", lambda self, source_id, slice: row)
    assert told in PUBLISH._overtaken(SOURCE, SLICE, made, Tables(settings()))
    assert bool(PUBLISH._overtaken(SOURCE, SLICE, made, Tables(settings()))) == bool(told)


def test_publish_replaces_no_fuller_slice_and_no_other_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    made = msgspec.structs.replace(manifest(full(1)), counts={"allow": 3}, publish_key="key")
    row = {**published(allow=100), "publish_key": "another", "slice_end": SLICE.end}
    monkeypatch.setattr(Ledgers, "published_slice", lambda self, source_id, slice: row)
    with pytest.raises(ShrinkGuard):
        PUBLISH._overtaken(SOURCE, SLICE, made, Tables(settings()))
    row["slice_end"] = datetime(2026, 3, 1, 1, tzinfo=UTC)
    with pytest.raises(AuditError, match="published is the interval"):
        PUBLISH._overtaken(SOURCE, SLICE, made, Tables(settings()))


@pytest.mark.parametrize(
    ("id", "known_by"),
    [
        ("demo:a@0123456789abcdef", "demo:a"),
        ("demo:a@1", "demo:a@1"),
        ("demo:a@0123456789abcdef0", "demo:a@0123456789abcdef0"),
        ("demo:a@0123456789abcdef@2", "demo:a@0123456789abcdef@2"),
        ("demo:a", "demo:a"),
    ],
)
def test_a_version_that_is_the_hash_of_the_bytes_parts_no_contradiction(id: str, known_by: str) -> None:
    assert without_derived_version(id) == known_by
