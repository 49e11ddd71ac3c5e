"""How a shard that died goes on: at its page, with nothing twice and nothing left out."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.unit.pipeline.attempts import Attempts, ids, pages
from tests.unit.pipeline.support import BY, NC, SHARD, Fetched, Pages, failed, record

from rightful.errors import FetchError, Malformed
from rightful.model import Progress, ShardResult
from rightful.pipeline.sink import refused_ids


@pytest.mark.parametrize("batch", [1, 4, 1000])
@pytest.mark.parametrize("broken", [1, 2, 3])
def test_what_came_before_a_failing_page_is_saved_and_the_next_attempt_begins_there(
    monkeypatch: pytest.MonkeyPatch, broken: int, batch: int
) -> None:
    attempt = Attempts(Pages(pages(4), fails={broken: FetchError("502")}), monkeypatch, batch=batch)
    with pytest.raises(FetchError, match="502"):
        attempt()
    saved = attempt.saved[-1]
    assert (saved.cursor, saved.complete, saved.result.fetched) == ({"page": broken}, False, 3 * broken)
    result = attempt(resume=saved)
    assert attempt.connector.asked == [*range(broken + 1), *range(broken, 4)]
    assert attempt.documents(result) == ids(*(f"{page}-{place}" for page in range(4) for place in range(2)))
    assert len(attempt.ledger(result)) == len(set(attempt.ledger(result))) == 12
    assert result.counts == {"allow": 8, "deny": 4}


def test_a_failure_before_the_first_page_saves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(2), fails={0: Malformed("HTML")}), monkeypatch)
    with pytest.raises(Malformed):
        attempt()
    assert attempt.saved == []
    assert attempt.store.files == {}


def test_failing_again_at_the_same_page_keeps_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(3), fails={1: FetchError("502")}), monkeypatch)
    with pytest.raises(FetchError):
        attempt()
    first = attempt.saved[-1]
    attempt.connector.fails[1] = FetchError("503")
    with pytest.raises(FetchError, match="503"):
        attempt(resume=first)
    again = attempt.saved[-1]
    assert (again.cursor, again.result.counts, again.result.ledger) == (
        first.cursor, first.result.counts, first.result.ledger,
    )  # fmt: skip
    assert attempt(resume=again).fetched == 9


def test_an_interrupt_saves_nothing_new_and_the_last_checkpoint_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(4), fails={2: KeyboardInterrupt()}), monkeypatch)  # type: ignore[dict-item]
    with pytest.raises(KeyboardInterrupt):
        attempt()
    assert [p.cursor for p in attempt.saved] == [{"page": 1}, {"page": 2}]
    assert len(attempt.documents(attempt(resume=attempt.saved[-1]))) == 8


def test_a_shard_in_which_little_is_found_is_saved_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds a page (an archive, say), most of them without a record, and a batch that is never full."""
    found = [[record(f"{page}")] if page % 10 == 0 else [] for page in range(60)]
    attempt = Attempts(Pages(found, fails={55: KeyboardInterrupt()}), monkeypatch, batch=1000, wait=5.0)  # type: ignore[dict-item]
    with pytest.raises(KeyboardInterrupt):
        attempt()
    cursors = [saved.cursor["page"] for saved in attempt.saved if saved.cursor]
    assert cursors[-1] > 48
    assert len(cursors) <= 9  # and not more often than once a minute
    before = len(attempt.connector.asked)
    assert len(attempt.documents(attempt(resume=attempt.saved[-1]))) == 6
    assert attempt.connector.asked[before:] == list(range(cursors[-1], 60))


def test_a_document_seen_before_the_interruption_is_a_duplicate_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    again = [record("a"), record("n", NC), record("b")]
    attempt = Attempts(Pages([again, again], fails={1: FetchError("502")}), monkeypatch)
    with pytest.raises(FetchError):
        attempt()
    result = attempt(resume=attempt.saved[-1])
    assert attempt.documents(result) == ids("a", "b")
    assert result.counts["duplicate"] == 3


def test_what_counts_as_seen_is_what_was_ruled_on_and_did_not_load() -> None:
    ledger = [
        ("a", "allow", "cc-by"),
        ("b", "deny", "builtin:nc"),
        ("c", "quarantine", "builtin:unversioned"),
        ("d", "empty", "cc-by"),
        ("e", "failed", "cc-by"),  # its text could not be read
        ("f", "failed", None),  # it was never a record
        ("g", "duplicate", "cc-by"),  # of another id, perhaps: its own may still come
        ("h", "unchanged", "cc-by"),
    ]
    assert refused_ids(*zip(*ledger, strict=True)) == ["deny:b", "quarantine:c", "empty:d", "failed:e"]


@pytest.mark.parametrize("change", [{"generation": "g0"}, {"shard_id": "other"}])
def test_progress_of_another_plan_is_ignored(monkeypatch: pytest.MonkeyPatch, change: dict[str, str]) -> None:
    attempt = Attempts(Pages(pages(3)), monkeypatch)
    old = Progress(
        shard_id="all", generation="g1", cursor={"page": 2}, result=ShardResult(shard=SHARD, counts={"allow": 7})
    )
    result = attempt(resume=msgspec.structs.replace(old, **change))
    assert (attempt.connector.asked, result.fetched) == ([0, 1, 2], 9)


def test_a_finished_shard_returns_its_result_without_asking_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(3)), monkeypatch)
    result = attempt()
    asked = list(attempt.connector.asked)
    assert attempt(resume=attempt.saved[-1]) == result
    assert attempt.connector.asked == asked


def test_an_error_in_the_store_leaves_and_closes_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(3)), monkeypatch)

    def save(progress: Progress) -> None:
        raise OSError("the state can't be written")

    with pytest.raises(OSError, match="can't be written"):
        attempt(save=save)
    assert attempt.connector.closed


# ---------------------------------------------------------------- wherever it dies


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.sets(st.integers(0, 5)),
    st.integers(1, 8),
)
def test_a_shard_that_dies_at_any_pages_writes_the_same_as_one_that_runs_through(
    sizes: list[int], breaks: set[int], batch: int
) -> None:
    listed: list[list[Fetched]] = [
        [
            failed() if (page + place) % 4 == 3 else record(f"{page}-{place}", NC if place % 3 == 2 else BY)
            for place in range(size)
        ]
        for page, size in enumerate(sizes)
    ]
    with pytest.MonkeyPatch.context() as monkeypatch:
        straight = Attempts(Pages(listed), monkeypatch, batch=batch)
        wanted = straight()
    with pytest.MonkeyPatch.context() as monkeypatch:
        connector = Pages(listed, fails={page: FetchError("502") for page in breaks})
        attempt = Attempts(connector, monkeypatch, batch=batch)
        result = None
        while result is None:
            try:
                result = attempt(resume=attempt.saved[-1] if attempt.saved else None)
            except FetchError:
                continue
        assert attempt.documents(result) == straight.documents(wanted)
        assert attempt.ledger(result) == straight.ledger(wanted)
        assert (result.counts, result.reasons) == (wanted.counts, wanted.reasons)
        again = [page for page in set(connector.asked) if connector.asked.count(page) > 1]
        assert set(again) <= breaks  # no page but a broken one is asked for twice
