"""Ruling again from the ledger's rows and kept bytes: nothing gets lost, nothing unread gets in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pytest
from tests.unit.pipeline.support import RUN, SHARD, SLICE, SOURCE, MemorySink, licensed_source, settings

from rightful.connectors.reread import Observed, rereader_for
from rightful.errors import AuditError, ConfigurationError, StoreError
from rightful.licensing.reviews import Review, Reviews
from rightful.model import FailedRecord, Record
from rightful.pipeline.gate import Gate
from rightful.pipeline.rerule import _IN_TURN, reread
from rightful.pipeline.rerule_pass import Pass, Work
from rightful.pipeline.tally import Tally
from rightful.store.schemas import LEDGER

FETCHED, DECIDED = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)
ALLOWED, HELD = "s3://raw/raw/aa/1", "s3://raw/quarantine/bb/2"
OURS = "Our licence"
ALLOWING = Review(id="r1", source="demo", tag=OURS, decision="allow", expression="CC-BY-4.0")
DENYING = Review(id="r2", source="demo", tag=OURS, decision="deny")


def raw_of(name: str) -> bytes:
    """What comes with a name that begins with another's has the other's text."""
    return json.dumps({"id": name, "url": f"https://example.org/{name}", "text": f"The text of {name[0]}."}).encode()


def row(name: str, outcome: str, tag: str | None, uri: str | None, **changes: Any) -> dict[str, Any]:
    """A row of the ledger, as an acquired record of that name left it."""
    raw = raw_of(name)
    values: dict[str, Any] = dict.fromkeys(LEDGER.names)
    values |= {
        "id": f"demo:{name}@{sha256(raw).hexdigest()[:16]}",
        "source_url": f"https://mirror.example/{name}",
        "outcome": outcome,
        "reason": {"allow": "allowed", "quarantine": "unknown_id", "deny": "nc"}.get(outcome, outcome),
        "rule": {"allow": "allow:cc-by", "quarantine": "builtin:unknown_id"}.get(outcome),
        "claims": [{"raw": tag, "place": "record.license", "strength": "publisher", "expression": None, "part": ""}],
        "optouts": [],
        "policy_version": "2019.1+old",
        "raw_sha256": sha256(raw).hexdigest(),
        "raw_uri": uri and f"{uri}#{name}",
        "raw_offset": 0 if uri else None,
        "raw_length": len(raw) if uri else None,
        "slice": SLICE.start,
        "run_id": "run-0",
        "decided_at": DECIDED,
        "fetched_at": FETCHED,
    }
    return values | changes


class Packs:
    """Bytes by record, which the addresses here end in; None: gone."""

    bytes = 0

    def __init__(self, changed: Mapping[str, bytes | None]) -> None:
        self.changed = changed

    def read(self, uri: str, offset: int | None, length: int | None) -> bytes | None:
        del offset, length
        name = uri.rpartition("#")[2]
        return self.changed.get(name, raw_of(name))


class Again:
    """A pass over these rows, under an allow of ``OURS``."""

    def __init__(
        self, *rows: dict[str, Any], held: Mapping[str, bytes | None] | None = None, review: Review = ALLOWING
    ) -> None:
        sink = MemorySink()
        gate = Gate.open(SOURCE, settings(), reviews=Reviews([review]))
        self.work = Work(SOURCE, SHARD, gate, sink, Tally(SHARD), RUN)
        packs: Any = Packs(held or {})
        tables: Any = None  # only what was said in a recording is read from the corpus
        self.pass_ = Pass(SOURCE, SLICE, RUN, self.work, packs, tables, None)
        for part in _IN_TURN:
            here = [row for row in rows if row["outcome"] in part]
            self.pass_.go(iter([pa.RecordBatch.from_pylist(here, LEDGER)]))
        documents, ledger = sink.flush()
        self.documents, self.store = sink.store.rows(documents), sink.store
        self.ledger = {one["id"].partition(":")[2].partition("@")[0]: one for one in sink.store.rows(ledger)}
        self.counts = self.work.tally.result().counts


def test_what_has_bytes_is_ruled_again_and_the_rest_is_carried_over() -> None:
    again = Again(
        row("a", "allow", "CC BY 4.0", ALLOWED),
        row("b", "quarantine", OURS, HELD, evidence_ref="s3://raw/raw/cc/3"),
        row("c", "quarantine", "Their licence", HELD),
        row("d", "deny", "CC BY-NC 4.0", None),
        row("e", "empty", "CC BY 4.0", None),
        row("f", "unchanged", "CC BY 4.0", None),
    )
    assert again.counts == {"allow": 2, "quarantine": 1, "deny": 1, "empty": 1, "unchanged": 1}
    assert again.work.changed == {"quarantine → allow": 1}
    assert {one["run_id"] for one in again.ledger.values()} == {"run-1"}
    for name in "def":
        carried = again.ledger[name]
        assert (carried["decided_at"], carried["policy_version"]) == (DECIDED, "2019.1+old")
    assert again.ledger["b"]["policy_version"] != "2019.1+old"
    kept, released = again.documents
    assert (kept["raw_uri"], kept["license_expression"]) == (f"{ALLOWED}#a", "CC-BY-4.0")
    # What was observed stays as it was, whatever the bytes would say today.
    assert released["claims"][0]["raw"] == OURS
    assert (released["source_url"], released["fetched_at"]) == ("https://mirror.example/b", FETCHED)
    assert released["license_evidence_ref"] == again.ledger["b"]["evidence_ref"] == "s3://raw/raw/cc/3"
    assert (released["text"], released["ruling_rule"]) == ("The text of b.", "review:r1")
    # Only what was released had to move.
    assert [(uri.split("/")[3], blobs) for uri, blobs in again.store.packs] == [("raw", [raw_of("b")])]
    assert again.ledger["c"]["raw_uri"].startswith(HELD)


def test_expired_bytes_leave_a_record_quarantined_and_are_counted() -> None:
    again = Again(row("a", "allow", "CC BY 4.0", ALLOWED), row("b", "quarantine", OURS, HELD), held={"b": None})
    assert (again.pass_.expired, again.counts) == (1, {"allow": 1, "quarantine": 1})
    assert again.ledger["b"]["raw_uri"] is None
    assert again.ledger["b"]["raw_sha256"]
    assert not again.work.changed


def test_bytes_that_read_otherwise_today_stay_quarantined() -> None:
    unreadable = b'{"id": "b"}'
    held = row("b", "quarantine", OURS, HELD, raw_sha256=sha256(unreadable).hexdigest())
    again = Again(held, held={"b": unreadable})
    assert (again.pass_.unreadable, again.counts) == (1, {"quarantine": 1})
    assert again.ledger["b"]["raw_uri"].startswith(HELD)


@pytest.mark.parametrize(
    ("held", "error", "told"),
    [
        ({"a": None}, AuditError, "bytes are gone.*record demo:a@.*acquire the slice again"),
        ({"a": b"other"}, StoreError, "does not hold the bytes that were received.*record demo:a@"),
    ],
)
def test_a_document_never_gets_lost_in_silence(held: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        Again(row("a", "allow", "MIT", ALLOWED), held=held)


def test_what_a_person_denied_keeps_its_bytes_for_a_time_and_what_the_policy_denies_only_its_hash() -> None:
    sink = MemorySink()
    work = Work(SOURCE, SHARD, Gate.open(SOURCE, settings(), reviews=Reviews([DENYING])), sink, Tally(SHARD), RUN)
    packs: Any = Packs({})
    rows = [row("a", "allow", OURS, ALLOWED), row("b", "quarantine", OURS, HELD), row("c", "allow", "NC", ALLOWED)]
    rows[2]["claims"][0]["raw"] = "CC BY-NC 4.0"
    tables: Any = None
    Pass(SOURCE, SLICE, RUN, work, packs, tables, None).go(iter([pa.RecordBatch.from_pylist(rows, LEDGER)]))
    _, ledger = sink.flush()
    places = [one["raw_uri"] for one in sink.store.rows(ledger)]
    assert places == ["s3://raw/quarantine/0", f"{HELD}#b", None]
    assert work.changed == {"allow → deny": 2, "quarantine → deny": 1}


def test_what_stood_back_for_a_denied_text_loads_once() -> None:
    # In the order of their ids, as a table may have them; `a` is denied now, the others have a licence of their own.
    rows = [
        row("aa", "duplicate", "MIT", ALLOWED, rule="allow:permissive-notice"),
        row("a", "allow", OURS, ALLOWED, rule="review:r1"),
        row("ab", "duplicate", "MIT", ALLOWED, rule="allow:permissive-notice"),
        row("ac", "duplicate", OURS, ALLOWED, rule="review:r1"),
        row("ad", "duplicate", "MIT", None),
    ]
    again = Again(*rows, review=DENYING)
    outcomes = {name: one["outcome"] for name, one in again.ledger.items()}
    assert outcomes == {"a": "deny", "aa": "allow", "ab": "duplicate", "ac": "deny", "ad": "duplicate"}
    assert again.work.changed == {"allow → deny": 1, "duplicate → allow": 1, "duplicate → deny": 1}
    (document,) = again.documents
    assert (document["raw_uri"], document["license_expression"]) == (f"{ALLOWED}#aa", "MIT")
    assert again.ledger["ab"]["raw_uri"] == f"{ALLOWED}#ab"  # and may yet be needed


def test_what_stands_back_goes_on_doing_so_while_the_document_stays() -> None:
    twice = row("a", "allow", "CC BY 4.0", ALLOWED)
    again = Again({**twice, "outcome": "duplicate", "reason": "duplicate"}, twice, row("aa", "duplicate", OURS, HELD))
    assert again.counts == {"allow": 1, "duplicate": 2}
    assert again.work.changed == {"duplicate → duplicate": 1}  # the rule is another one now
    assert [one["id"] for one in again.documents] == [twice["id"]]
    assert again.ledger["aa"]["raw_uri"].startswith("s3://raw/raw/")  # no longer where the store empties itself


def test_a_slice_under_a_contract_is_not_ruled_again() -> None:
    under = licensed_source(scope="contract", contract="demo_paper")
    with pytest.raises(ConfigurationError, match="contract"):
        reread(under, SLICE, run=RUN, settings=settings())


def test_the_bytes_alone_make_the_record_but_for_what_was_observed() -> None:
    observed = Observed(url="https://mirror.example/a", claims=(), optouts=(), fetched_at=FETCHED, evidence="s3://e")
    read = rereader_for(SOURCE).reread(raw_of("a"), observed)
    assert isinstance(read, Record)
    assert (read.native_id, read.body, read.url, read.claims) == ("a", "The text of a.", observed.url, ())
    assert (read.fetched_at, read.evidence) == (FETCHED, "s3://e")
    assert isinstance(rereader_for(SOURCE).reread(b"no JSON", observed), FailedRecord)
