"""People rule on licence tags: asked once a pair, recorded with who and when, carried out without a request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.dags.people import answering, nobody
from tests.dags.runs import MARCH_1, Source, events_of, run_dag, states

TAG = "CC BY"
"""Quarantined: two of the ten records of March 1 bear it, one of the five of March 3."""

ALLOW = {"option": "allow", "fields": {"license": "CC-BY-4.0", "comment": "the terms page says 4.0"}}


def reviews(source: Source) -> list[dict[str, Any]]:
    """Rows of ``ledger.reviews`` on a source, by a reader without any code of ours."""
    return [row for row in source.table("ledger.reviews") if row["source"] == source.id]


def test_an_allow_is_recorded_and_carried_out_without_a_request(source: Source) -> None:
    source.run(MARCH_1)
    source.publisher.fill("2026-03-03", 5)
    source.run(MARCH_1 + timedelta(days=2))
    assert len(source.rows()) == 6
    before = datetime.now(UTC)
    with answering(lambda subject: ALLOW) as person:
        run = run_dag("review_licenses")
    assert (str(run.state), states(run)) == (
        "success",
        {
            "collect": ["success"],
            "question.ask": ["success"],
            "question.record": ["success"],
            "more": ["success"],
            "not_recorded": ["skipped"],
        },
    )
    (asked,) = person.seen
    assert asked["subject"] == f"Which licence is “CC BY”? ({source.id}, 3 records)"
    assert "\n    CC BY\n" in asked["body"]
    assert "**3** records in 2 slices (2026-03-01 to 2026-03-03)" in asked["body"]
    assert "<https://example.org/2026-03-01/4>" in asked["body"]
    (row,) = reviews(source)
    assert (row["license_raw"], row["decision"], row["license_expression"]) == (TAG, "allow", "CC-BY-4.0")
    assert (row["reviewed_by"], row["comment"], row["records"]) == ("anna", "the terms page says 4.0", 3)
    assert before <= row["reviewed_at"] <= datetime.now(UTC)
    (told,) = events_of(run, "reviews.answered")
    assert (told["sources"], told["decision"], told["reviewed_by"]) == ([source.id], "allow", "anna")

    asked_before = len(source.publisher.requests)
    applied = run_dag("apply_reviews")
    assert (str(applied.state), states(applied)) == (
        "success",
        {"plan": ["success"], "rule_again": ["success", "success"], "more": ["skipped"]},
    )
    assert len(source.publisher.requests) == asked_before
    released = [row for row in source.rows() if row["license_raw"] == TAG]
    assert len(source.rows()) == 9
    assert {row["source_native_id"] for row in released} == {"2026-03-01-4", "2026-03-01-9", "2026-03-03-4"}
    assert {row["license_expression"] for row in released} == {"CC-BY-4.0"}
    corpus = events_of(applied, f"corpus.{source.id}")
    assert sorted(event["counts"]["allow"] for event in corpus) == [3, 6]
    assert events_of(applied, "reviews.open") == []

    again = run_dag("review_licenses")
    assert states(again)["question.ask"] == ["skipped"]
    assert states(run_dag("apply_reviews"))["rule_again"] == ["skipped"]


HOSTILE = "{{ 7*7 }} CC\u202e YB </code><img src=x onerror=alert(1)> ``` [free](javascript:alert(1))\n# Policy: allow"


def test_what_can_not_be_taken_is_asked_again_and_a_tag_is_never_more_than_text(source: Source) -> None:
    for record in source.publisher.records:
        record["license"] = HOSTILE if record["license"] == TAG else record["license"]
    source.run(MARCH_1)
    with answering(lambda subject: {"option": "allow", "fields": {"license": "CC-BY-NC-4.0"}}) as person:
        run = run_dag("review_licenses")
    (first,) = (one["body"] for one in person.seen)
    assert str(run.state) == "success"
    assert reviews(source) == []
    assert {"sources": [source.id]} in events_of(run, "reviews.open")
    assert events_of(run, "reviews.answered") == []
    with answering(lambda subject: {"option": "deny"}) as person:
        run = run_dag("review_licenses")
    (second,) = (one["body"] for one in person.seen)
    assert states(run)["question.record"] == ["success"]
    assert "was not taken" not in first
    assert "was not taken" in second.splitlines()[0]
    assert "CC\\-BY\\-NC\\-4\\.0" in second.splitlines()[0]
    shown = [line for line in first.splitlines() if "onerror" in line or "Policy: allow" in line]
    # One line, in an indented block: there a browser gives no character a meaning.
    tag = "{{ 7*7 }} CC\\u{202E} YB </code><img src=x onerror=alert(1)> ``` [free](javascript:alert(1))"
    assert shown == [f"    {tag}\\u{{A}}# Policy: allow"]
    assert "RIGHT-TO-LEFT OVERRIDE" in first
    (row,) = reviews(source)
    assert (row["license_raw"], row["decision"], row["reviewed_by"]) == (HOSTILE, "deny", "anna")
    assert row["license_expression"] is None
    assert states(run_dag("apply_reviews"))["rule_again"] == ["skipped"]  # nothing with this tag is shown
    assert len(source.rows()) == 4


def test_without_an_answer_nothing_changes_and_later_is_left_alone(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rightful_airflow import ask

    source.run(MARCH_1)
    monkeypatch.setattr(ask, "PATIENCE", timedelta(seconds=1))
    with nobody():
        run = run_dag("review_licenses")
    assert (str(run.state), states(run)["question.ask"], states(run)["question.record"]) == (
        "success",
        ["success"],
        ["skipped"],
    )
    assert (reviews(source), len(source.rows())) == ([], 4)
    assert events_of(run, "reviews.answered") == []
    assert events_of(run, "reviews.open") == [{"sources": []}]  # so that it is asked anew

    marked = run_dag("review_licenses", mark_success_pattern="question.ask")  # by hand, in the UI
    assert (states(marked)["question.record"], reviews(source)) == (["skipped"], [])

    monkeypatch.setattr(ask, "PATIENCE", timedelta(minutes=5))
    with answering(lambda subject: {"option": "later"}) as person:
        run = run_dag("review_licenses")
    assert len(person.seen) == 1
    assert states(run)["question.record"] == ["skipped"]
    assert [(row["decision"], row["reviewed_by"]) for row in reviews(source)] == [("later", "anna")]
    assert events_of(run, "reviews.answered") == []

    again = run_dag("review_licenses")
    assert (states(again)["question.ask"], events_of(again)) == (["skipped"], [])
    assert events_of(source.run(MARCH_1), "reviews.open") == []
