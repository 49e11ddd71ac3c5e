"""The loop over the pages of a shard: limit, checkpoints, and how a shard that died goes on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.unit.licensing.cases import POLICY
from tests.unit.pipeline.support import (
    BY,
    NC,
    RUN,
    SHARD,
    SOURCE,
    Fetched,
    MemorySink,
    Pages,
    Store,
    failed,
    record,
    settings,
)

from rightful.errors import FetchError, Malformed
from rightful.model import JSON, Progress, Shard, ShardResult
from rightful.pipeline import acquire
from rightful.pipeline.plan import LIMIT, PARTIAL

MODULE = sys.modules["rightful.pipeline.acquire"]


def pages(number: int, size: int = 3) -> list[list[Fetched]]:
    """Pages of records, every third of them denied."""
    return [
        [record(f"{page}-{place}", NC if place % 3 == 2 else BY) for place in range(size)] for page in range(number)
    ]


class Attempts:
    """Attempts at one shard: what they saved, reported and left in the store."""

    def __init__(self, connector: Pages, monkeypatch: pytest.MonkeyPatch, *, batch: int = 1, wait: float = 0.0) -> None:
        self.connector, self.store = connector, Store()
        self.saved: list[Progress] = []
        self.reports: list[Mapping[str, JSON]] = []
        self.now = 0.0
        """A clock that only moves when a page is asked for: by ten seconds."""
        monkeypatch.setattr(MODULE, "connector_for", lambda *args, **more: connector)
        monkeypatch.setattr(MODULE, "StoreSink", lambda *args: MemorySink(self.store))
        monkeypatch.setattr(MODULE, "BATCH_RECORDS", batch)
        monkeypatch.setattr(MODULE, "FIRST_CHECKPOINT_SECONDS", wait)
        monkeypatch.setattr(MODULE.time, "monotonic", self._clock)
        monkeypatch.setattr("rightful.pipeline.gate.load_policy", lambda path: POLICY)  # read once, not per attempt

    def _clock(self) -> float:
        return 10.0 * len(self.connector.asked)

    def __call__(self, shard: Shard = SHARD, **more: Any) -> ShardResult:
        return acquire(
            SOURCE,
            shard,
            **{
                "run": RUN,
                "generation": "g1",
                "settings": settings(),
                "credentials": None,
                "save": lambda progress: self.saved.append(_through_json(progress)),
                "report": self.reports.append,
                **more,
            },
        )

    def documents(self, result: ShardResult) -> list[str]:
        return sorted(row["id"] for row in self.store.rows(result.documents))

    def ledger(self, result: ShardResult) -> list[str]:
        return sorted(row["id"] for row in self.store.rows(result.ledger))


def _through_json(progress: Progress) -> Progress:
    """As Airflow's task state keeps it."""
    return msgspec.json.decode(msgspec.json.encode(progress), type=Progress)


def ids(*which: str) -> list[str]:
    return sorted(f"demo:{name}@1" for name in which)


# ---------------------------------------------------------------- to the end


def test_every_page_is_read_and_every_record_has_a_ruling(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(3)), monkeypatch)
    result = attempt()
    assert attempt.documents(result) == ids("0-0", "0-1", "1-0", "1-1", "2-0", "2-1")
    assert len(attempt.ledger(result)) == 9
    assert (result.counts, result.limited) == ({"allow": 6, "deny": 3}, False)
    assert attempt.connector.closed
    last = attempt.saved[-1]
    assert (last.complete, last.cursor, last.generation, last.shard_id) == (True, None, "g1", "all")
    assert last.result == result


def test_no_page_at_all_is_an_empty_result(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages([]), monkeypatch)
    result = attempt()
    assert (result.fetched, result.documents, result.ledger, result.limited) == (0, (), (), False)
    assert attempt.saved[-1].complete


def test_small_pages_are_put_together_into_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(5)), monkeypatch, batch=100)
    result = attempt()
    assert [len(blobs) for _, blobs in attempt.store.packs] == [10]
    assert len(result.documents) == len(result.ledger) == 1


def test_a_batch_ends_at_its_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "BATCH_BYTES", 100)
    big = [[record(f"{page}", raw=b"x" * 60)] for page in range(4)]
    attempt = Attempts(Pages(big), monkeypatch, batch=10**6)
    attempt()
    assert [len(blobs) for _, blobs in attempt.store.packs] == [2, 2]


def test_progress_is_told_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(2)), monkeypatch)
    attempt()
    told = [
        (said["stage"], said["records"], said["documents"], said["pages"], said["bytes"]) for said in attempt.reports
    ]
    assert told == [("running", 3, 2, 1, 100), ("running", 6, 4, 2, 200), ("done", 6, 4, 2, 200)]


def test_nobody_needs_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Attempts(Pages(pages(1)), monkeypatch)(report=None).fetched == 3


def test_a_dry_run_rules_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages([[record("a"), record("a"), record("b", NC)]]), monkeypatch)
    result = attempt(dry_run=True)
    assert result.counts == {"allow": 1, "duplicate": 1, "deny": 1}
    assert (result.documents, result.ledger, attempt.store.files, attempt.store.packs) == ((), (), {}, [])


# ---------------------------------------------------------------- limit


@pytest.mark.parametrize(
    ("limit", "fetched", "limited", "asked"),
    [
        (1, 1, True, [0]),
        (3, 3, True, [0, 1]),  # the page is full: only the next one tells whether anything is left out
        (4, 4, True, [0, 1]),
        (8, 8, True, [0, 1, 2]),
        (9, 9, False, [0, 1, 2]),
        (10, 9, False, [0, 1, 2]),
    ],
)
@pytest.mark.parametrize("batch", [1, 4, 100])
def test_a_limit_holds_exactly_and_is_told_only_when_it_left_something_out(
    monkeypatch: pytest.MonkeyPatch, limit: int, fetched: int, limited: bool, asked: list[int], batch: int
) -> None:
    attempt = Attempts(Pages(pages(3)), monkeypatch, batch=batch)
    result = attempt(limit=limit)
    assert (result.fetched, result.limited, attempt.connector.asked) == (fetched, limited, asked)
    assert attempt.saved[-1].complete


def test_an_empty_page_at_the_limit_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages([*pages(1), [], []]), monkeypatch)
    result = attempt(limit=3)
    assert (result.fetched, result.limited) == (3, False)


def test_the_shards_part_of_a_limit_counts_before_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    shard = msgspec.structs.replace(SHARD, params={LIMIT: 2})
    assert Attempts(Pages(pages(3)), monkeypatch)(shard, limit=100).fetched == 2


def test_a_shard_of_a_run_that_left_shards_out_is_limited_whatever_it_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    shard = msgspec.structs.replace(SHARD, params={LIMIT: 100, PARTIAL: True})
    result = Attempts(Pages(pages(1)), monkeypatch)(shard)
    assert (result.fetched, result.limited) == (3, True)


def test_a_limit_counts_what_earlier_attempts_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(3), fails={1: FetchError("down")}), monkeypatch)
    with pytest.raises(FetchError):
        attempt(limit=5)
    result = attempt(limit=5, resume=attempt.saved[-1])
    assert (result.fetched, result.limited) == (5, True)


# ---------------------------------------------------------------- checkpoints


def test_checkpoints_come_at_the_end_of_batches_with_the_cursor_after_them(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(5)), monkeypatch, batch=6)
    attempt()
    assert [(p.cursor, p.result.fetched, p.complete) for p in attempt.saved] == [
        ({"page": 2}, 6, False),
        ({"page": 4}, 12, False),
        (None, 15, True),
    ]


def test_checkpoints_wait_for_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(6)), monkeypatch, wait=25.0)  # the clock moves by 10 s a page
    attempt()
    assert [p.cursor for p in attempt.saved] == [{"page": 3}, None]


def test_the_pause_between_checkpoints_grows_with_the_age_of_the_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(200, 1)), monkeypatch)
    attempt()
    at = [p.cursor["page"] for p in attempt.saved if p.cursor]
    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1, 10)


def test_files_named_in_a_checkpoint_are_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempts(Pages(pages(3)), monkeypatch)
    there: list[bool] = []

    def save(progress: Progress) -> None:
        files = (*progress.result.documents, *progress.result.ledger)
        there.append(all(file.path in attempt.store.files for file in files))
        assert sum(file.rows for file in progress.result.ledger) == progress.result.fetched

    attempt(save=save)
    assert there == [True] * 3


# ---------------------------------------------------------------- failure and resume


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


def test_a_document_seen_before_the_interruption_is_a_duplicate_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    again = [record("a"), record("n", NC), record("b")]
    attempt = Attempts(Pages([again, again], fails={1: FetchError("502")}), monkeypatch)
    with pytest.raises(FetchError):
        attempt()
    result = attempt(resume=attempt.saved[-1])
    assert attempt.documents(result) == ids("a", "b")
    assert result.counts["duplicate"] == 3


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


# ---------------------------------------------------------------- evidence


def test_site_wide_evidence_is_kept_once_a_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [[record(f"{page}", evidence="site")] for page in range(4)]
    connector = Pages(found)
    connector.evidence = {"site": b'{"rights": "CC BY"}'}
    attempt = Attempts(connector, monkeypatch)
    result = attempt()
    assert attempt.store.evidence == [b'{"rights": "CC BY"}']
    refs = {row["license_evidence_ref"] for row in attempt.store.rows(result.documents)}
    assert len(refs) == 1
    assert refs.pop().startswith("s3://raw/evidence/")


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
