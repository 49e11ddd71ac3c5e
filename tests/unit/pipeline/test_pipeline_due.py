"""Looks come ever more seldom; what is unknown is due at once; nothing waits for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightful.pipeline.due import EPOCH, MOST_STRIKES, YEAR, accepted_at, after_strike, due_at, next_look

TAKEN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    return TAKEN + timedelta(days=number)


@pytest.mark.parametrize(
    ("looked", "due"),
    [
        (None, 7), (-1, 7), (0, 7), (6.9, 7), (7, 30), (8, 30), (29.9, 30), (30, 90), (45, 90), (100, 180), (200, 365),
        (365, 730), (366, 730), (729, 730), (731, 1095), (4000, 4015),
    ],
)  # fmt: skip
def test_milestones(looked: float | None, due: float) -> None:
    assert next_look(TAKEN, None if looked is None else day(looked)) == day(due)


@given(st.floats(-100, 20_000))
def test_the_next_look_always_comes_and_never_before_this_one(looked: float) -> None:
    following = next_look(TAKEN, day(looked))
    assert day(looked) < following or looked < 0
    assert following - day(max(looked, 0)) <= YEAR


@pytest.mark.parametrize("row", [{}, {"license_checked_at": None}, {"license_checked_at": None, "added": None}])
def test_what_nobody_knows_the_age_of_is_due(row: dict[str, object]) -> None:
    assert accepted_at(row) == EPOCH
    assert due_at(accepted_at(row), None, None) < day(0)


def test_the_day_of_the_check_counts_before_the_day_of_the_row() -> None:
    assert accepted_at({"license_checked_at": day(0), "added": day(3)}) == day(0)
    assert accepted_at({"license_checked_at": None, "added": day(3)}) == day(3)


def look(number: float, due: float, strikes: int = 0) -> tuple[datetime, datetime, int]:
    return day(number), day(due), strikes


@pytest.mark.parametrize(
    ("own", "shared", "due"),
    [
        (None, None, 7),
        (look(8, 30), None, 30),
        (look(-5, 30), None, 7),  # at an earlier copy
        (None, look(8, 0), 30),  # the site's statement covers it
        (None, look(-5, 0), 7),
        (look(8, 30), look(31, 0), 90),
        (look(31, 90), look(8, 0), 90),
        (look(8, 11, 1), look(9, 0), 11),  # what was gone is not covered by a statement
        (look(8, 30), look(31, 34, 1), 34),  # the statement could not be read: again with it
        (None, look(8, 11, 1), 11),
    ],
)
def test_when_a_document_is_due(
    own: tuple[datetime, datetime, int] | None, shared: tuple[datetime, datetime, int] | None, due: float
) -> None:
    assert due_at(TAKEN, own, shared) == day(due)


def test_strikes_are_looked_at_soon_until_a_person_is_asked() -> None:
    assert [after_strike(strikes, TAKEN, day(8)) for strikes in (1, 2)] == [day(11), day(11)]
    assert after_strike(MOST_STRIKES, TAKEN, day(14)) == day(30)
    assert after_strike(MOST_STRIKES, TAKEN, day(29)) == day(32)
