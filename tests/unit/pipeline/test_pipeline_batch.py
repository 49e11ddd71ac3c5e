"""What becomes of each record of a batch: rule → text → duplicates → bytes kept → rows."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.unit.licensing.cases import POLICY
from tests.unit.pipeline.support import (
    BY,
    NC,
    SLICE,
    SOURCE,
    VAGUE,
    Batch,
    Fetched,
    MemorySink,
    Store,
    claim,
    contract,
    failed,
    licensed_source,
    record,
    settings,
)

from rightful.model import OptOut, Outcome, Record, Strength
from rightful.pipeline.gate import Gate
from rightful.pipeline.rowcheck import DocumentCheck
from rightful.store.ledger import NO_TOMBSTONES, Tombstone, Tombstones


def content(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def stones(target: str, value: str) -> MemorySink:
    return MemorySink(tombstones=Tombstones([Tombstone(withdrawal_id="w1", target=target, value=value)]))


# ---------------------------------------------------------------- quotas and second opinions


@pytest.mark.parametrize(
    ("quota", "before", "allowed"),
    [
        ({"quota_documents": 3}, {}, 3),
        ({"quota_documents": 3}, {"documents": 2, "tokens": 0}, 1),
        ({"quota_documents": 0}, {}, 0),
        ({"quota_tokens": 1}, {}, 0),
        ({"quota_documents": 100, "quota_tokens": 10_000}, {}, 8),
    ],
)
def test_a_quota_ends_in_the_middle_of_a_batch(quota: dict[str, int], before: dict[str, int], allowed: int) -> None:
    paper = contract(**quota)
    source = licensed_source(scope="contract", contract=paper.id)
    gate = Gate(source, POLICY, {paper.id: paper}, usage={paper.id: before} if before else {})
    batches = [[record(f"{batch}{number}", BY) for number in range(4)] for batch in "ab"]
    done = Batch(*batches, source=source, gate=gate)
    assert done.result.counts.get("allow", 0) == len(done.documents) == allowed
    assert done.result.reasons.get("deny:contract_quota", 0) == 8 - allowed


def test_what_the_audit_would_refuse_is_quarantined_by_the_gate() -> None:
    """Or one odd tag would stop its slice for ever."""
    source = licensed_source(aliases={"Foo NC licence": "CC-BY-4.0"})
    done = Batch([record("a", "Foo NC licence"), record("b", BY)], source=source)
    assert done.outcomes()["demo:a@1"] == ("quarantine", "conflict")
    assert [row["id"] for row in done.documents] == ["demo:b@1"]


# ---------------------------------------------------------------- one outcome each


def test_allowed_denied_and_quarantined() -> None:
    done = Batch([record("a", BY), record("b", NC), record("c", VAGUE), record("d", None)])
    assert done.outcomes() == {
        "demo:a@1": ("allow", "allowed"),
        "demo:b@1": ("deny", "nc"),
        "demo:c@1": ("quarantine", "unversioned"),
        "demo:d@1": ("deny", "no_tag"),
    }
    assert [row["id"] for row in done.documents] == ["demo:a@1"]
    assert done.result.counts == {"allow": 1, "deny": 2, "quarantine": 1}
    assert done.result.reasons == {
        "allow:allowed": 1,
        "deny:nc": 1,
        "deny:no_tag": 1,
        "quarantine:unversioned": 1,
    }


def test_what_could_not_be_read_is_failed_and_says_why() -> None:
    done = Batch([failed("f1", "items[3]: no JSON object"), failed()])
    assert done.outcomes() == {"demo:f1": ("failed", "malformed"), "demo:?": ("failed", "malformed")}
    assert [row["evidence"] for row in done.ledger] == ["items[3]: no JSON object", "items[0]: no text"]
    assert all(row["rule"] is None and row["raw_sha256"] is None for row in done.ledger)


def test_a_text_that_can_not_be_read_fails_this_record_alone() -> None:
    done = Batch([record("a", media_type="image/png"), record("b")])
    assert done.outcomes() == {"demo:a@1": ("failed", "malformed"), "demo:b@1": ("allow", "allowed")}
    (row,) = [row for row in done.ledger if row["outcome"] == "failed"]
    assert "image/png" in row["evidence"]
    assert [claim["raw"] for claim in row["claims"]] == [BY]
    assert (row["raw_sha256"], row["raw_uri"]) == (content("<a@1>"), None)


@pytest.mark.parametrize("body", [None, " \n\t ", "\x00\x01"])
def test_no_text_is_empty(body: str | None) -> None:
    done = Batch([record("a", body=body)])
    assert done.result.counts == {"empty": 1}
    assert done.documents == []


def test_a_denied_record_is_denied_whether_it_has_a_text_or_not() -> None:
    assert Batch([record("a", NC, body=None)]).outcomes() == {"demo:a@1": ("deny", "nc")}


def test_an_empty_batch_writes_nothing() -> None:
    done = Batch([])
    assert (done.result.documents, done.result.ledger, done.result.counts) == ((), (), {})


# ---------------------------------------------------------------- duplicates


@pytest.mark.parametrize("together", [True, False])
def test_the_same_id_again_is_a_duplicate(together: bool) -> None:
    first, again = record("a"), record("a", body="another text")
    done = Batch([first, again]) if together else Batch([first], [again])
    assert [row["outcome"] for row in done.ledger] == ["allow", "duplicate"]
    assert [row["text"] for row in done.documents] == [first.body]


@pytest.mark.parametrize("together", [True, False])
def test_the_same_content_under_another_id_is_a_duplicate(together: bool) -> None:
    first, again = record("a", body="one text"), record("b", body="one text")
    done = Batch([first, again]) if together else Batch([first], [again])
    assert done.outcomes() == {"demo:a@1": ("allow", "allowed"), "demo:b@1": ("duplicate", "duplicate")}
    # The bytes of both: `a` may have to leave for its licence, `b` then stands for itself.
    assert [blob for _, blobs in done.sink.store.packs for blob in blobs] == [first.raw, again.raw]


def test_another_version_is_no_duplicate() -> None:
    assert Batch([record("a", version="1"), record("a", version="2")]).result.counts == {"allow": 2}


@pytest.mark.parametrize("first", [NC, BY])
def test_an_id_with_two_rulings_keeps_both_rows_for_the_audit(first: str) -> None:
    second = NC if first is BY else BY
    done = Batch([record("a", first, body="1"), record("a", second, body="1")], [record("a", NC), record("a", BY)])
    outcomes = {NC: "deny", BY: "allow"}
    assert [row["outcome"] for row in done.ledger] == [outcomes[first], outcomes[second], "duplicate", "duplicate"]


def test_refused_records_with_equal_content_are_no_duplicates_of_each_other() -> None:
    assert Batch([record("a", NC, body="x"), record("b", NC, body="x")]).result.counts == {"deny": 2}


def test_a_refused_text_does_not_keep_an_allowed_one_out() -> None:
    done = Batch([record("a", NC, body="one text"), record("b", BY, body="one text")])
    assert done.outcomes()["demo:b@1"] == ("allow", "allowed")


def test_what_another_slice_has_is_unchanged_only_with_the_same_content() -> None:
    sink = MemorySink(Store([("demo:a@1", content("one text")), ("demo:b@1", content("before"))]))
    done = Batch([record("a", body="one text"), record("b", body="after"), record("c", body="one text")], sink=sink)
    assert done.outcomes() == {
        "demo:a@1": ("unchanged", "unchanged"),
        "demo:b@1": ("allow", "allowed"),
        "demo:c@1": ("allow", "allowed"),
    }


def test_a_document_that_may_no_longer_load_is_denied_even_if_another_slice_has_it() -> None:
    sink = MemorySink(Store([("demo:a@1", content("one text"))]))
    assert Batch([record("a", NC, body="one text")], sink=sink).outcomes() == {"demo:a@1": ("deny", "nc")}


# ---------------------------------------------------------------- withdrawn


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("id", "demo:a@1"),
        ("id", "demo:a@0"),
        ("native_id", "a"),
        ("url", "http://example.org/a/"),
        ("creator", "ada lovelace"),
        ("source", "demo"),
        ("content_sha256", content("The text of a in version 1, like no other.")),
    ],
)
def test_what_was_withdrawn_is_denied_by_whatever_the_withdrawal_names(target: str, value: str) -> None:
    done = Batch([record("a", creators=("Ada Lovelace",))], sink=stones(target, value))
    assert done.outcomes() == {"demo:a@1": ("deny", "withdrawn")}
    assert done.ledger[0]["rule"] == "builtin:tombstone"
    assert (done.documents, done.sink.store.packs) == ([], [])


def test_a_withdrawal_of_another_text_bothers_nobody() -> None:
    assert Batch([record("a")], sink=stones("content_sha256", content("other"))).result.counts == {"allow": 1}


# ---------------------------------------------------------------- bytes


def test_bytes_of_allowed_and_quarantined_records_are_kept_apart_and_those_of_denied_ones_not_at_all() -> None:
    done = Batch([record("a"), record("b", NC), record("c", VAGUE), record("d"), record("e", body=None)])
    places = {row["id"]: (row["raw_uri"], row["raw_offset"], row["raw_length"]) for row in done.ledger}
    assert {id: done.sink.bytes_at(place) for id, place in places.items() if place[0]} == {
        "demo:a@1": b"<a@1>",
        "demo:c@1": b"<c@1>",
        "demo:d@1": b"<d@1>",
    }
    assert [uri.split("/")[3] for uri in (places["demo:a@1"][0], places["demo:c@1"][0])] == ["raw", "quarantine"]
    assert places["demo:b@1"] == places["demo:e@1"] == (None, None, None)
    assert all(row["raw_sha256"] == content(f"<{row['id'].removeprefix('demo:')}>") for row in done.ledger)
    (row,) = [row for row in done.documents if row["id"] == "demo:d@1"]
    assert done.sink.bytes_at((row["raw_uri"], row["raw_offset"], row["raw_length"])) == b"<d@1>"


def test_bytes_are_kept_of_what_stands_back_for_a_text_that_another_record_has_and_of_no_other_repetition() -> None:
    same = [record("a", body="one text"), record("b", body="one text"), record("c", NC), record("c", NC)]
    done = Batch([*same, record("d", body=None), record("d", body=None)])
    assert [row["outcome"] for row in done.ledger] == ["allow", "duplicate", "deny", "duplicate", "empty", "duplicate"]
    places = [(row["raw_uri"], row["raw_offset"], row["raw_length"]) for row in done.ledger]
    assert [place[0] and done.sink.bytes_at(place) for place in places] == [b"<a@1>", b"<b@1>", *[None] * 4]
    assert places[1][0].split("/")[3] == "raw"


def test_a_decision_that_this_code_does_not_know_can_only_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    ruling = Gate(SOURCE, POLICY, {}).rule(record("a"), "demo:a@1")
    strange = msgspec.structs.replace(ruling, decision="perhaps")
    monkeypatch.setattr(Gate, "rule", lambda *args, **more: strange)
    assert Batch([record("a")]).result.counts == {"deny": 1}


# ---------------------------------------------------------------- by contract


def test_a_contract_alone_speaks_for_its_source() -> None:
    source = licensed_source(scope="contract", contract="demo_paper", claims=[])
    gate = Gate(source, POLICY, {"demo_paper": contract()})
    done = Batch([record("a", claims=())], source=source, gate=gate)
    (row,) = done.documents
    assert row["contract_id"] == "demo_paper"
    assert row["license_expression"] == "LicenseRef-contract-demo-paper"
    assert Batch([record("a", claims=())], source=source, gate=Gate(source, POLICY, {})).result.counts == {"deny": 1}


def test_a_quota_that_is_used_up_denies() -> None:
    source = licensed_source(scope="contract", contract="demo_paper", claims=[])
    signed = {"demo_paper": contract(quota_documents=10)}
    for used, outcome in ((9, "allow"), (10, "deny")):
        gate = Gate(source, POLICY, signed, NO_TOMBSTONES, {"demo_paper": {"documents": used, "tokens": 0}})
        assert Batch([record("a", claims=())], source=source, gate=gate).result.counts == {outcome: 1}


# ---------------------------------------------------------------- for any mix

RECORDS = st.builds(
    lambda id, version, tag, body, strength, reserved, media: record(
        id,
        version=version,
        body=body,
        media_type=media,
        claims=() if tag == "none" else (claim(tag, strength=strength),),
        optouts=(OptOut(signal="tdm-reservation", value="1", place="header"),) if reserved else (),
    ),
    st.sampled_from("abcdefgh"),
    st.sampled_from(["1", "2"]),
    st.sampled_from([BY, "MIT", "CC0-1.0", NC, VAGUE, None, "none", "gibberish", "CC-BY-ND-4.0"]),
    st.sampled_from([None, "", " ", "the same text", "another text", "\x00\x01"]),
    st.sampled_from([Strength.PUBLISHER, Strength.PUBLISHER, Strength.UPLOADER]),
    st.sampled_from([False, False, False, True]),
    st.sampled_from(["text/plain", "text/plain", "text/html", "text/x-wiki", "image/png"]),
)
FAILED = st.builds(failed, st.sampled_from(["", "a", "f"]))


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(RECORDS | RECORDS | RECORDS | FAILED, max_size=12), max_size=3),
    st.sampled_from([None, "demo:a@1", "demo:b"]),
    st.lists(st.tuples(st.sampled_from(["demo:c@1", "demo:d@2"]), st.just(content("the same text"))), max_size=2),
)
def test_whatever_comes_every_record_has_one_outcome_and_only_good_rows_load(
    batches: list[list[Fetched]], withdrawn: str | None, elsewhere: list[tuple[str, str]]
) -> None:
    tombstones = Tombstones([Tombstone(withdrawal_id="w", target="id", value=withdrawn)] if withdrawn else [])
    sink = MemorySink(Store(elsewhere), tombstones=tombstones)
    done = Batch(*batches, sink=sink, gate=Gate(SOURCE, POLICY, {}, tombstones))
    fetched = [item for batch in batches for item in batch]

    # As many ledger rows as records, in their order, and every count is that of the rows.
    assert [row["id"].partition("@")[0] for row in done.ledger] == [f"demo:{item.native_id or '?'}" for item in fetched]
    assert Counter(row["outcome"] for row in done.ledger) == done.result.counts
    assert Counter(f"{row['outcome']}:{row['reason']}" for row in done.ledger) == done.result.reasons
    assert {row["outcome"] for row in done.ledger} <= {outcome.value for outcome in Outcome}
    assert done.result.fetched == len(fetched)

    # Documents are exactly the allowed records, none twice, all as good as the audit wants them.
    allowed = [row["id"] for row in done.ledger if row["outcome"] == "allow"]
    assert [row["id"] for row in done.documents] == allowed
    assert len(set(allowed)) == len({row["content_sha256"] for row in done.documents}) == len(allowed)
    check = DocumentCheck(SOURCE, SLICE, POLICY, {}, tombstones)
    assert [check.row(row) for row in done.documents] == [None] * len(allowed)
    assert sum(done.result.licenses.values()) == sum(done.result.languages.values()) == len(allowed)
    assert done.result.tokens == sum(row["n_tokens"] for row in done.documents)
    assert done.result.characters == sum(len(row["text"]) for row in done.documents)

    # Bytes: allowed ones in packs (also repeated ones), quarantined ones in packs of their own, no others anywhere.
    kept: Counter[str] = Counter()
    for row, item in zip(done.ledger, fetched, strict=True):
        place = (row["raw_uri"], row["raw_offset"], row["raw_length"])
        assert row["raw_sha256"] == (hashlib.sha256(item.raw).hexdigest() if item.raw else None)
        if row["outcome"] in ("allow", "quarantine"):
            assert sink.bytes_at(place) == item.raw
            assert (row["outcome"] == "quarantine") == ("/quarantine/" in row["raw_uri"])
            kept[row["raw_uri"]] += 1
        elif row["outcome"] == "duplicate" and row["raw_uri"]:
            assert isinstance(item, Record)
            assert {c.raw for c in item.claims} < {BY, "MIT", "CC0-1.0"}
            assert sink.bytes_at(place) == item.raw
            assert "/raw/" in row["raw_uri"]
            kept[row["raw_uri"]] += 1
        else:
            assert place == (None, None, None)
        if isinstance(item, Record):
            assert [c["raw"] for c in row["claims"]] == [c.raw for c in item.claims]
    assert kept == {uri: len(blobs) for uri, blobs in sink.store.packs}


def test_the_gate_reads_policy_and_contracts_from_the_settings() -> None:
    gate = Gate.open(SOURCE, settings())
    assert gate.policy.version == POLICY.version
    assert gate.tombstones is NO_TOMBSTONES
