"""New, repeated in the slice, or known from another slice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightful.store.seen import SeenIndex


def test_first_wins_within_a_batch_and_across_batches() -> None:
    index = SeenIndex()
    assert index.check(["a", "b", "a", "c"], ["1", "2", "3", "1"]) == ["new", "new", "duplicate", "duplicate"]
    # What was a duplicate registered nothing: its other half is still free.
    assert index.check(["c", "d"], ["4", "3"]) == ["new", "new"]
    assert index.check(["a"], ["9"]) == ["duplicate"]
    assert index.check(["e"], ["2"]) == ["duplicate"]


def test_unchanged_needs_id_and_content() -> None:
    pairs = np.sort(np.array([hash(("a", "1")), hash(("b", "2"))], dtype=np.int64))
    index = SeenIndex(pairs)
    assert index.check(["a", "a", "b", "x"], ["1", "2", "2", "1"]) == ["unchanged", "new", "unchanged", "new"]


def test_empty_values_are_nothing_special() -> None:
    index = SeenIndex()
    assert index.check([], []) == []
    assert index.check(["", "x"], ["1", ""]) == ["new", "new"]
    assert index.check(["", "y"], ["2", ""]) == ["duplicate", "duplicate"]


def test_lists_must_match() -> None:
    with pytest.raises(ValueError, match="2 ids, 1"):
        SeenIndex().check(["a", "b"], ["1"])


def test_eight_bytes_a_key() -> None:
    index = SeenIndex()
    for part in range(50):
        ids = [f"{part}-{number}" for number in range(1_000)]
        assert set(index.check(ids, [f"c{name}" for name in ids])) == {"new"}
    assert index.nbytes == 50_000 * 16


@given(st.lists(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("12345678")), max_size=12), max_size=8))
def test_agrees_with_plain_sets(batches: list[list[tuple[str, str]]]) -> None:
    known = {("a", "1"), ("b", "2")}
    index = SeenIndex(np.sort(np.array([hash(pair) for pair in known], dtype=np.int64)))
    ids: set[str] = set()
    contents: set[str] = set()
    for batch in batches:
        expected = []
        for id, content in batch:
            if (id, content) in known:
                expected.append("unchanged")
            elif id in ids or content in contents:
                expected.append("duplicate")
            else:
                expected.append("new")
                ids.add(id)
                contents.add(content)
        assert index.check([id for id, _ in batch], [content for _, content in batch]) == expected
