"""``ledger.reviews``: nobody's answer is lost when several people answer at once, and a retry writes nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.reviews import append_review
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(source_id: str, number: int) -> dict[str, object]:
    return {
        "review_id": f"{source_id}-{number}",
        "source": source_id,
        "license_raw": f"tag {number}",
        "decision": "deny",
        "reviewed_by": "jo",
        "reviewed_at": NOON,
        "records": number,
        "reasons": {"unknown_id": number},
        "sample_urls": ["https://example.org/1"],
    }


def test_every_answer_is_kept_once(settings: Settings, source_id: str) -> None:
    assert Ledgers(Tables(settings)).reviews(source_id) == []

    def answer(number: int) -> list[bool]:
        tables = Tables(settings)
        return [append_review(tables, row(source_id, number)) for _ in range(2)]

    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(answer, range(12)))
    assert written == [[True, False]] * 12
    found = Ledgers(Tables(settings)).reviews(source_id)
    assert sorted(one["license_raw"] for one in found) == sorted(f"tag {number}" for number in range(12))
    assert {one["records"]: dict(one["reasons"]) for one in found}[3] == {"unknown_id": 3}
    assert Ledgers(Tables(settings)).reviews(f"{source_id}0") == []


def test_a_row_without_an_id_or_with_strange_columns_is_not_written(settings: Settings, source_id: str) -> None:
    for wrong in ({"review_id": ""}, {"reviewer": "jo"}):
        with pytest.raises(ValueError, match=r"ledger\.reviews"):
            append_review(Tables(settings), {**row(source_id, 1), **wrong})
