"""One question per (source, tag), whatever the number of records; nothing is asked that no answer would change."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from tests.unit.licensing.cases import POLICY, source

from rightful.catalogue.models import Source
from rightful.pipeline import questions as module
from rightful.pipeline.questions import Question, questions_of
from rightful.store.schemas import LEDGER

DAY = datetime(2026, 3, 1, tzinfo=UTC)


class Quarantine:
    """Ledgers with these quarantined rows and reviews."""

    def __init__(self, rows: Sequence[dict[str, Any]], reviews: Sequence[dict[str, Any]] = ()) -> None:
        self.rows, self.answers = rows, list(reviews)

    def reviews(self, source_id: str) -> list[dict[str, Any]]:
        del source_id
        return self.answers

    def current_rulings(self, source_id: str, columns: list[str], *rest: Any) -> Iterator[pa.RecordBatch]:
        del source_id, rest
        schema = pa.schema([LEDGER.field(name) for name in columns])
        for row in self.rows:
            yield pa.RecordBatch.from_pylist([row], schema)


def row(*tags: str | None, reason: str = "unknown_id", number: int = 1, **more: Any) -> dict[str, Any]:
    claims = [{"raw": tag, "place": f"record.p{place}", "strength": "publisher"} for place, tag in enumerate(tags)]
    url = f"https://example.org/{number}"
    return {"slice": DAY, "source_url": url, "reason": reason, "claims": claims, "optouts": [], **more}


def review(tag: str, decision: str, at: datetime = DAY) -> dict[str, Any]:
    named = "CC-BY-4.0" if decision == "allow" else None
    values = {"review_id": "r1", "source": "demo", "license_raw": tag, "decision": decision}
    return {**values, "license_expression": named, "reviewed_by": "jo", "reviewed_at": at}


def asked(*rows: dict[str, Any], reviews: Sequence[dict[str, Any]] = (), of: Source | None = None) -> list[Question]:
    ledgers: Any = Quarantine(rows, reviews)
    return questions_of(of or source(), POLICY, ledgers)


def test_many_records_with_a_tag_are_one_question_with_five_of_their_urls() -> None:
    later = datetime(2026, 3, 9, tzinfo=UTC)
    rows = [row("Our licence", number=n, slice=later if n == 99 else DAY) for n in range(100)]
    (found,) = asked(*rows, row("CC BY", reason="unversioned", number=5))[:1]
    assert (found.tag, found.records, found.reasons) == ("Our licence", 100, {"unknown_id": 100})
    assert found.urls == tuple(f"https://example.org/{n}" for n in range(5))
    assert (found.slices, found.first_slice, found.last_slice) == (2, DAY, later)
    assert (found.places, found.answers) == (("record.p0",), ("allow", "deny", "later"))


def test_what_is_answered_is_not_asked_again_and_what_is_put_off_is() -> None:
    for decision in ("allow", "deny"):
        assert asked(row("Our licence"), reviews=[review("Our licence", decision)]) == []
    (found,) = asked(row("Our licence"), reviews=[review("Our licence", "later")])
    assert found.postponed == DAY
    (found,) = asked(row("Our licence"), reviews=[{**review("Our licence", "deny"), "source": "other"}])
    assert found.answerable


def test_of_a_composite_record_each_tag_that_nobody_could_read_is_asked() -> None:
    parts = row("Our licence", "CC BY 4.0", "Their licence", None, reason="composite_unknown")
    assert [found.tag for found in asked(parts)] == ["Our licence", "Their licence"]
    assert [found.tag for found in asked(parts, reviews=[review("Our licence", "allow")])] == ["Their licence"]


@pytest.mark.parametrize(
    ("given", "of", "why"),
    [
        (row("CC BY 4.0", "CC BY-SA 4.0", reason="conflict"), source(), "contradict"),
        (row("CC BY 4.0", reason="tdm_reserved"), source(), "reservation"),
        (row("Our licence", optouts=[{"signal": "noai", "value": "1", "place": "header"}]), source(), "reservation"),
        (row("CC BY 4.0", reason="unreviewed_source"), source(trust="unreviewed"), "under review"),
        (row("Our licence"), source(trust="unreviewed"), "under review"),
        (row("GFDL-1.3-or-later", reason="weak_evidence"), source(), "only the policy can admit it"),
        (row("CC BY 4.0", reason="weak_evidence"), source(), "weaker than the source file accepts"),
        (row("Our licence"), source(aliases={"Our licence": "CC-BY-4.0"}), "acquire the slice again"),
        (row("prose " * 300, reason="unparsable"), source(), "prose, not a tag"),
    ],
)
def test_what_no_answer_would_change_is_shown_without_answers(given: dict[str, Any], of: Source, why: str) -> None:
    (found,) = asked(given, of=of)
    assert found.answers == ()
    assert why in found.why_not
    assert len(found.tag) <= 1_001


def test_a_tag_that_restricts_use_can_only_be_denied() -> None:
    (found,) = asked(row("Free, but non-commercial"))
    assert (found.answers, found.proposed, found.candidates) == (("deny", "later"), None, ())
    assert "restriction" in found.why_not


def test_records_without_claims_or_with_surprising_ones_ask_nothing() -> None:
    assert asked(row(), row(None)) == []
    (found,) = asked(row("", None, reason="no_tag"))
    assert found.answers == ()
    strange = row("Our licence")
    strange["claims"][0]["strength"] = "unheard of"
    (found,) = asked(strange)
    assert found.answers == ()


def test_memory_is_bounded_by_the_number_of_tags(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(module, "MOST_TAGS", 3)
    with caplog.at_level(logging.WARNING):
        found = asked(*(row(f"Licence {number}", number=number) for number in range(10)))
    assert [one.tag for one in found] == ["Licence 0", "Licence 1", "Licence 2"]
    assert "7 records are not asked about" in caplog.text
