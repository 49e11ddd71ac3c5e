"""The loop over the pages of a shard: batches, limit, checkpoints, evidence."""

from __future__ import annotations

import sys
from itertools import pairwise

import msgspec
import pytest
from tests.unit.pipeline.attempts import Attempts, ids, pages
from tests.unit.pipeline.support import NC, SHARD, Pages, record

from rightful.errors import FetchError
from rightful.model import Progress
from rightful.pipeline.plan import LIMIT, PARTIAL

MODULE = sys.modules["rightful.pipeline.acquire"]


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
