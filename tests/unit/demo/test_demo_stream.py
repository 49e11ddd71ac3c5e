"""When records came into being: windows are exact, whatever their bounds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.stream import FIRST_DAY, MOST_A_DAY, Stream, unix

DAY = 86_400
BEGIN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())


def moments(stream: Stream, start: int, end: int) -> list[int]:
    selection = stream.between(start, end)
    found = list(selection.part(0, len(selection)))
    assert len(found) == len(selection)
    return [moment.unix for moment in found]


def test_a_day_has_records_on_its_first_and_last_second() -> None:
    times = moments(Stream(12, 1), BEGIN, BEGIN + DAY)
    assert (times[0], times[-1]) == (BEGIN, BEGIN + DAY - 1)
    assert times == sorted(times)
    assert 12 <= len(times) <= 16


@given(
    st.integers(0, 3 * DAY),
    st.integers(0, 3 * DAY),
    st.sampled_from([(2, 1), (12, 1), (40, 7), (60, 2000)]),
)
def test_a_window_holds_what_lies_in_it_and_nothing_else(low: int, high: int, size: tuple[int, int]) -> None:
    stream = Stream(size[0], 5, size[1])
    start, end = BEGIN + low, BEGIN + high
    found = stream.between(start, end)
    before, after = stream.between(BEGIN, start), stream.between(end, BEGIN + 4 * DAY)
    if start <= end:
        assert len(before) + len(found) + len(after) == len(stream.between(BEGIN, BEGIN + 4 * DAY))
    else:
        assert len(found) == 0
    edges = [*found.part(0, 1), *found.part(len(found) - 1, len(found))] if len(found) else []
    assert all(start <= moment.unix < end for moment in edges)


def test_the_same_record_is_never_in_two_neighbouring_windows() -> None:
    stream = Stream(60, 3, 2000)  # more than one a second
    boundary = BEGIN + 4321
    left, right = moments(stream, boundary - 5, boundary), moments(stream, boundary, boundary + 5)
    assert left
    assert right
    assert max(left) < boundary <= min(right)


def test_parts_of_a_window_fit_together_over_several_days() -> None:
    selection = Stream(12, 9).between(BEGIN - DAY + 100, BEGIN + 2 * DAY - 100)
    whole = list(selection.part(0, len(selection)))
    pieces = [moment for start in range(0, len(selection), 7) for moment in selection.part(start, start + 7)]
    assert pieces == whole
    assert [selection.position(moment) for moment in whole] == list(range(len(whole)))
    assert list(selection.part(len(selection), len(selection) + 10)) == []


def test_a_record_outside_of_a_window_has_no_position_in_it() -> None:
    stream = Stream(12, 9)
    selection = stream.between(BEGIN, BEGIN + DAY // 2)
    day = (BEGIN - int(datetime(2008, 1, 1, tzinfo=UTC).timestamp())) // DAY
    assert selection.position(stream.at(day, stream.count(day) - 1)) is None
    assert selection.position(stream.at(day + 1, 0)) is None


def test_keys_lead_back_to_records() -> None:
    stream = Stream(12, 9)
    moment = stream.at(6634, 3)
    assert stream.find(moment.key) == moment
    assert stream.find(6634 * MOST_A_DAY + 999) is None
    assert stream.find(-1) is None


def test_there_is_nothing_before_the_first_day() -> None:
    start = int(datetime(2007, 12, 25, tzinfo=UTC).timestamp())
    times = moments(Stream(12, 9), start, start + 8 * DAY)
    assert times[0] == int(datetime.combine(FIRST_DAY, datetime.min.time(), UTC).timestamp())


def test_streams_and_days_differ() -> None:
    counts = {(seed, day): Stream(40, seed).count(day) for seed in range(3) for day in range(40)}
    assert len(set(counts.values())) == 5
    assert Stream(40, 1).chosen(Stream(40, 1).at(5, 5)) != Stream(40, 2).chosen(Stream(40, 2).at(5, 5))


def test_times_are_written_out() -> None:
    assert Stream(12, 1).at(0, 0).iso == "2008-01-01T00:00:00Z"
    last = Stream(12, 1, spread=0).at(6634, 11)
    assert last.iso == "2026-03-01T23:59:59Z"
    assert unix(last.iso) == last.unix


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "2026-03-01T00:00:00Z", "20260301000000", str(BEGIN), "2026-03-01T01:00:00+01:00"],
)
def test_every_notation_of_a_time_is_read(text: str) -> None:
    assert unix(text) == BEGIN


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01"])
def test_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unix(text)


def test_too_many_records_a_day_are_refused() -> None:
    with pytest.raises(ValueError, match="records a day"):
        Stream(100, 1, MOST_A_DAY)
