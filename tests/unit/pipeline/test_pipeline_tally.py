"""Counts of a shard and of a slice."""

from __future__ import annotations

import pytest
from tests.unit.pipeline.support import SHARD

from rightful.model import DataFile, Outcome, ShardResult
from rightful.pipeline.tally import Tally, add_up, reasons_of


def test_every_outcome_is_counted_with_its_reason() -> None:
    tally = Tally(SHARD)
    for outcome in Outcome:
        tally.outcome(outcome, "why")
    tally.outcome(Outcome.DENY, "nc")
    result = tally.result()
    assert result.counts == {outcome.value: 1 for outcome in Outcome} | {"deny": 2}
    assert result.reasons["deny:nc"] == result.reasons["deny:why"] == 1
    assert tally.fetched == result.fetched == len(Outcome) + 1


def test_a_stage_is_timed_also_when_it_fails() -> None:
    tally = Tally(SHARD)
    with pytest.raises(ZeroDivisionError), tally.stage("fetch"):
        1 / 0  # noqa: B018
    first = tally.seconds["fetch"]
    with tally.stage("fetch"):
        pass
    assert first > 0
    assert tally.seconds["fetch"] > first


def test_a_tally_goes_on_from_an_earlier_result_and_leaves_it_alone() -> None:
    earlier = ShardResult(
        shard=SHARD,
        documents=(DataFile(path="s3://t/1", rows=2, bytes=3),),
        ledger=(DataFile(path="s3://t/2", rows=3, bytes=3),),
        counts={"allow": 2, "deny": 1},
        reasons={"allow:allowed": 2, "deny:nc": 1},
        licenses={"MIT": 2},
        languages={"en": 2},
        tokens=10,
        characters=50,
        media_seconds=1.5,
        seconds={"fetch": 1.25},
    )
    tally = Tally(SHARD, earlier)
    assert tally.result() == earlier
    tally.outcome(Outcome.ALLOW, "allowed")
    tally.licenses["MIT"] += 1
    tally.tokens += 1
    tally.documents.append(DataFile(path="s3://t/3", rows=1, bytes=1))
    later = tally.result(limited=True)
    assert (later.counts, later.licenses, later.tokens, later.limited) == (
        {"allow": 3, "deny": 1},
        {"MIT": 3},
        11,
        True,
    )
    assert [file.path for file in later.documents] == ["s3://t/1", "s3://t/3"]
    assert earlier.counts == {"allow": 2, "deny": 1}


def test_a_result_no_longer_changes() -> None:
    tally = Tally(SHARD)
    tally.outcome(Outcome.ALLOW, "allowed")
    result = tally.result()
    tally.outcome(Outcome.ALLOW, "allowed")
    assert result.counts == {"allow": 1}


def test_the_results_of_shards_add_up() -> None:
    one = ShardResult(
        shard=SHARD,
        counts={"allow": 2},
        licenses={"MIT": 2},
        seconds={"fetch": 0.5},
        tokens=5,
        passed_over={"no_licence": 7, "not_html": 1},
    )
    two = ShardResult(
        shard=SHARD,
        counts={"allow": 1, "deny": 4},
        reasons={"deny:nc": 4},
        seconds={"fetch": 0.25},
        passed_over={"no_licence": 3},
    )
    assert add_up([one, two]) == {
        "counts": {"allow": 3, "deny": 4},
        "reasons": {"deny:nc": 4},
        "licenses": {"MIT": 2},
        "languages": {},
        "seconds": {"fetch": 0.75},
        "passed_over": {"no_licence": 10, "not_html": 1},
    }
    assert reasons_of(add_up([one, two])) == {
        "deny:nc": 4,
        "passed_over:no_licence": 10,
        "passed_over:not_html": 1,
    }
    assert add_up([]) == {name: {} for name in ("counts", "reasons", "licenses", "languages", "seconds", "passed_over")}
    assert one.counts == {"allow": 2}
