"""``rightful lookup`` tells the chain; not found is exit status 1. (What is found: tests/unit/lineage.)"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.cli.conftest import Run, rows

from rightful.lineage import lookup as module

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HIT: dict[str, Any] = {
    "source": "good",
    "id": "good:1@v1",
    "in_corpus": True,
    "usable": False,
    "why_not": "it was withdrawn",
    "document": {
        "title": "One",
        "source_url": "https://example.org/1",
        "text_excerpt": "Some\ntext",
        "license_expression": "CC-BY-4.0",
        "claims": [{"raw": "CC BY 4.0", "place": "record.license", "strength": "publisher"}],
        "slice": NOON,
    },
    "ruling": {
        "outcome": "allow",
        "reason": "allowed",
        "rule": "allow:cc-by",
        "policy_version": "1+a",
        "decided_at": NOON,
    },
    "history": [{"decided_at": NOON, "outcome": "quarantine"}],
    "published": {"published_at": NOON, "snapshot_id": 22, "code_version": "abc"},
    "contract": None,
    "raw": {"uri": "s3://raw/raw/ab/abc", "offset": 100, "length": 20, "sha256": "b" * 64},
    "policy_now": "2+b",
    "reviews": [
        {
            "license_raw": "CC BY",
            "license_expression": "CC-BY-4.0",
            "decision": "allow",
            "reviewed_by": "jo",
            "reviewed_at": NOON,
        }
    ],
    "mark": "was CC-BY-4.0 when taken on 2026-01-01; the source says CC-BY-NC-4.0 (deny: nc) since 2026-01-08",
    "observations": [{"observed_at": NOON, "result": "stricter", "next_due": NOON}],
}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the tables would give; empty at first."""
    hits: list[dict[str, Any]] = []
    monkeypatch.setattr(module, "lookup", lambda settings, what: hits)
    return hits


def test_nothing_found_is_a_failure_that_says_so(run: Run, found: list[dict[str, Any]]) -> None:
    result = run("lookup", "https://example.org/1", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing is known of https://example.org/1" in result.stderr


def test_the_chain_for_people(run: Run, found: list[dict[str, Any]]) -> None:
    found.append(HIT)
    result = run("lookup", "good:1@v1")
    assert result.exit_code == 0
    for part in (
        "good:1@v1 — in the corpus, may not be used: it was withdrawn",
        "'CC BY 4.0' at record.license (publisher)",
        "allow, allowed, rule allow:cc-by",
        "1+a, now 2+b",
        "snapshot 22",
        "bytes 100–119",
        "Some text",
        "2026-01-01 quarantine",
        "allow 'CC BY' as CC-BY-4.0, by jo, 2026-01-01 12:00:00 UTC",
    ):
        assert part in result.stdout


def test_json_is_one_object_a_line(run: Run, found: list[dict[str, Any]]) -> None:
    found.extend([HIT, HIT])
    result = run("lookup", "good:1@v1", "--json")
    assert len(rows(result)) == 2
    assert json.loads(result.stdout.splitlines()[0])["document"]["slice"] == "2026-01-01T12:00:00+00:00"


def test_an_empty_question_is_wrong_use(run: Run) -> None:
    assert run("lookup", " ").exit_code == 2
