"""A contract's terms, right to the day and to the document, each refusal with its reason, as the ledger then tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.unit.licensing.cases import POLICY, TODAY, contract, policy, rule, source
from tests.unit.pipeline.support import NIGHT, Batch, record

from rightful.licensing.contracts import ended, ends_soon, exceeded
from rightful.model import Decision, Reason
from rightful.pipeline.gate import Gate

SIGNED = source(scope="contract", contract="demo_paper")
BOUNDS: dict[str, Any] = {"valid_from": "2026-03-01", "valid_until": "2026-03-31"}
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


def gate(usage: Any = None, under: Any = POLICY, **terms: Any) -> Gate:
    return Gate(SIGNED, under, {"demo_paper": contract(**terms)}, usage=usage)


def ruled(at: datetime, **terms: Any) -> tuple[str, str]:
    given = gate(**terms).rule(record("a", fetched_at=at), "demo:a@1")
    return given.decision.value, given.reason.value


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), ("deny", "not_yet_valid")),
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), ("allow", "allowed")),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), ("allow", "allowed")),
        (datetime(2026, 4, 1, 0, 0, tzinfo=UTC), ("deny", "expired")),
        # The day is that of UTC, wherever the machine stands.
        (datetime.fromisoformat("2026-04-01T01:59:00+02:00"), ("allow", "allowed")),
        (datetime.fromisoformat("2026-03-31T20:00:00-04:00"), ("deny", "expired")),
    ],
)
def test_the_day_of_the_fetch_counts_first_and_last_day_included(at: datetime, told: tuple[str, str]) -> None:
    assert ruled(at, **BOUNDS) == told


def test_a_contract_that_ends_during_the_slice_denies_what_was_fetched_after_it() -> None:
    """A shard that runs over midnight: the records of the last day load, those of the day after do not."""
    midnight = datetime(2026, 4, 1, tzinfo=UTC)
    records = [
        record(str(hour), fetched_at=midnight + timedelta(hours=hour), published=midnight + timedelta(days=30))
        for hour in (-2, -1, 0, 1)
    ]
    done = Batch(records, source=SIGNED, gate=gate(**BOUNDS))
    assert done.outcomes() == {
        "demo:-2@1": ("allow", "allowed"),
        "demo:-1@1": ("allow", "allowed"),
        "demo:0@1": ("deny", "expired"),
        "demo:1@1": ("deny", "expired"),
    }
    assert {row["rule"] for row in done.ledger} == {"contract:demo_paper"}
    assert {(row["contract_id"], row["license_valid_until"]) for row in done.documents} == {("demo_paper", LAST)}


def outcomes(records: list[Any], **given: Any) -> list[str]:
    return [reason for _, reason in Batch(records, source=SIGNED, gate=gate(**given)).outcomes().values()]


YES, NO = "allowed", "contract_quota"
FOUR = [record(str(number)) for number in range(4)]
TOKENS = Batch(FOUR, source=SIGNED, gate=gate()).documents[0]["n_tokens"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"quota_documents": 2}, [YES, YES, NO, NO]),
        ({"quota_documents": 4}, [YES, YES, YES, YES]),
        ({"quota_tokens": 2 * TOKENS}, [YES, YES, NO, NO]),
        ({"quota_tokens": 2 * TOKENS - 1}, [YES, NO, NO, NO]),
        ({"quota_documents": 12, "usage": {"demo_paper": {"documents": 10, "tokens": 0}}}, [YES, YES, NO, NO]),
        ({"quota_documents": 10, "usage": {"demo_paper": {"documents": 10, "tokens": 0}}}, [NO, NO, NO, NO]),
        # Both quotas hold, whichever is used up first.
        ({"quota_documents": 3, "quota_tokens": TOKENS}, [YES, NO, NO, NO]),
        # Another contract's use is not this one's.
        ({"quota_documents": 4, "usage": {"another": {"documents": 10, "tokens": 0}}}, [YES, YES, YES, YES]),
        # A quota in hours, and nobody told how long a text is to be read aloud: nothing fits.
        ({"quota_hours": 1000}, [NO, NO, NO, NO]),
    ],
)
def test_a_quota_is_used_up_in_the_middle_of_a_shard(given: dict[str, Any], told: list[str]) -> None:
    assert outcomes(FOUR, **given) == told


def minutes(*lengths: float | None) -> list[Any]:
    return [
        record(str(number), media_seconds=None if length is None else length * 60)
        for number, length in enumerate(lengths)
    ]


def used(seconds: object) -> dict[str, Any]:
    return {"demo_paper": {"documents": 1, "tokens": 1, "media_seconds": seconds}}


@pytest.mark.parametrize(
    ("lengths", "given", "told"),
    [
        ((30, 30, 1), {"quota_hours": 1}, [YES, YES, NO]),
        ((30, 31, 30), {"quota_hours": 1}, [YES, NO, YES]),
        ((None, 30), {"quota_hours": 1}, [NO, YES]),
        ((-5, float("nan"), float("inf"), 5), {"quota_hours": 1}, [NO, NO, NO, YES]),
        ((30, 1), {"quota_hours": 1, "usage": used(1800.0)}, [YES, NO]),
        ((1,), {"quota_hours": 1, "usage": used(3600.0)}, [NO]),
        ((0,), {"quota_hours": 0}, [NO]),
        # Use that was counted before lengths were kept, or by code that keeps none, is unknown: no.
        ((1,), {"quota_hours": 1, "usage": {"demo_paper": {"documents": 1, "tokens": 1}}}, [NO]),
        ((1,), {"quota_hours": 1, "usage": used("3")}, [NO]),
        # Ten times six minutes are an hour, although floating point says a little more.
        ((6,) * 11, {"quota_hours": 1.0}, [YES] * 10 + [NO]),
    ],
)
def test_a_quota_in_hours(lengths: tuple[float, ...], given: dict[str, Any], told: list[str]) -> None:
    assert outcomes(minutes(*lengths), **given) == told


def test_the_length_of_media_stands_in_row_and_counts() -> None:
    done = Batch(minutes(10, None, 5), source=SIGNED, gate=gate())
    assert [row["media_seconds"] for row in done.documents] == [600.0, None, 300.0]
    assert done.result.media_seconds == 900.0


def test_a_resumed_shard_counts_what_it_had_already_written() -> None:
    resumed = gate(quota_documents=3, quota_hours=1)
    resumed.given(2, 10, 1800.0)
    assert [reason for _, reason in Batch(minutes(31, 30, 1), source=SIGNED, gate=resumed).outcomes().values()] == [
        NO, YES, NO,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "places", "reason"),
    [
        ({"territory": ["GB"]}, ["US"], Reason.JURISDICTION),
        ({"territory": ["GB", "IE"]}, ["GB", "US"], Reason.JURISDICTION),
        ({"territory": [""]}, ["US"], Reason.JURISDICTION),
        ({"territory": ["Worldwide except US"]}, ["US"], Reason.JURISDICTION),
        ({"territory": ["gb", "us"]}, ["GB", "US"], Reason.ALLOWED),
        ({"territory": ["World"]}, ["GB", "US"], Reason.ALLOWED),
        ({"permitted_uses": ["display", "Training for humans"]}, ["US"], Reason.NOT_ALLOWED),
        ({"permitted_uses": ["display", "training"]}, ["US"], Reason.ALLOWED),
    ],
)
def test_territory_and_use(terms: dict[str, Any], places: list[str], reason: Reason) -> None:
    ruling = rule(source=SIGNED, contracts={"demo_paper": contract(**terms)}, policy=policy(jurisdiction=places))
    assert (ruling.reason, ruling.decision is Decision.ALLOW) == (reason, reason is Reason.ALLOWED)


def test_a_use_that_only_the_policy_names_must_be_permitted() -> None:
    research = policy(use="research")
    assert gate(under=research).rule(record("a", fetched_at=NIGHT), "demo:a@1").reason is Reason.NOT_ALLOWED
    both = gate(under=research, permitted_uses=["research"])
    assert both.rule(record("a", fetched_at=NIGHT), "demo:a@1").reason is Reason.ALLOWED


def test_what_ends_soon_and_what_has_ended() -> None:
    all_of = {
        name: contract(id=name, valid_until=until, **more)
        for name, until, more in (
            ("today", TODAY, {}),
            ("yesterday", TODAY - timedelta(days=1), {"on_end": "keep"}),
            ("month", TODAY + timedelta(days=30), {}),
            ("later", TODAY + timedelta(days=31), {}),
            ("never", None, {}),
        )
    }
    soon = ends_soon(all_of, TODAY)
    assert [(ending.contract, ending.days_left) for ending in soon] == [("today", 0), ("month", 30)]
    assert [ending.contract for ending in ends_soon(all_of, TODAY, days=31)] == ["today", "month", "later"]
    (past,) = ended(all_of, TODAY)
    assert (past.contract, past.days_left, past.on_end, past.sources) == ("yesterday", -1, "keep", ("demo",))
    # A contract that does not say what happens after its end lets nothing stay.
    assert soon[0].on_end == "withdraw"


def test_a_quota_is_exceeded_only_beyond_it() -> None:
    paper = contract(quota_documents=2, quota_hours=1.5)
    assert exceeded(paper, {"documents": 2, "tokens": 10**9, "media_seconds": 5400.0004}) is None
    assert exceeded(paper, {"documents": 3, "tokens": 0, "media_seconds": 0}) == (
        "3 documents are more than the 2 of contract demo_paper"
    )
    told = exceeded(paper, {"documents": 1, "tokens": 0, "media_seconds": 7200})
    assert told == "2 hours are more than the 1.5 of contract demo_paper"
    assert exceeded(paper, {"documents": 1, "tokens": 0, "media_seconds": float("nan")}) is not None
