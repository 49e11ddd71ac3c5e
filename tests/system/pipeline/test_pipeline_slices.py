"""Slices that run again, shrink, overlap or meet: what readers see is one whole run, and never less by accident."""

from __future__ import annotations

import hashlib
import json
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from tests.system.pipeline.support import Nights, OddNights, Site, listed, new_run, night, renamed, worker

from demo import truth
from rightful.errors import ShrinkGuard
from rightful.model import Progress, Slice
from rightful.pipeline.plan import SHARDS
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

WINDOW = """\
  window:
    start: {param: from, format: iso}
    end: {param: until, format: iso}
"""
LOOP = sys.modules["rightful.pipeline.acquire"]

# ---------------------------------------------------------------- the same document twice


def test_what_several_shards_bring_stays_once(odd_nights: OddNights) -> None:
    slice = night()
    nights = odd_nights("good", {"\nfetch:\n": "\nshard: {over: {copy: [one, two, three]}}\nfetch:\n"})
    done = nights.run(slice)
    assert [result.counts for result in done.results] == [{"allow": 15}] * 3
    assert nights.ids() == listed(nights, slice)
    assert done.report.counts == {"allow": 15, "duplicate": 30}
    assert done.report.reasons == {"allow:allowed": 15, "duplicate:duplicate": 30}
    nights.assert_balanced(slice)


def test_of_shards_that_overlap_in_part_each_keeps_what_only_it_has(odd_nights: OddNights) -> None:
    slice, run = night(), new_run()
    nights = odd_nights("good")
    (whole,), (part,) = nights.plan(slice), nights.plan(slice, limit=4)
    shards = [part, msgspec.structs.replace(whole, id="whole")]
    results = [
        nights.acquire(msgspec.structs.replace(shard, params={**shard.params, SHARDS: 2}), run) for shard in shards
    ]
    done = nights.finish(slice, results, run)
    assert done.report.counts == {"allow": 15, "duplicate": 4}
    assert nights.ids() == listed(nights, slice)
    nights.assert_balanced(slice)


@pytest.mark.parametrize(
    ("copies", "kept_out"), [("[one]", (0, 5)), ("[one, two]", (0, 5, 14)), ("[two, one]", (0, 5, 14))]
)
def test_an_id_with_contradictory_licences_loads_from_neither(
    odd_nights: OddNights, copies: str, kept_out: tuple[int, ...]
) -> None:
    """Whichever comes first, on one page, on two, or in two shards."""
    slice = night()
    nights = odd_nights("contradictory", {"\nfetch:\n": f"\nshard: {{over: {{copy: {copies}}}}}\nfetch:\n"})
    done = nights.run(slice)
    good = listed(nights, slice)
    assert nights.ids() == [id for number, id in enumerate(good) if number not in kept_out]
    untagged = {"deny:no_tag": 1} if "two" in copies else {}
    assert done.report.reasons == {
        "allow:allowed": 15 - len(kept_out), "quarantine:conflict": len(kept_out), "deny:nc": 2, **untagged
    }  # fmt: skip
    told = {(row["id"], row["outcome"], row["reason"]) for row in nights.ledger(slice)}
    assert {(good[number], "quarantine", "conflict") for number in kept_out} <= told
    assert done.report.tokens == nights.corpus(slice)["n_tokens"].sum()
    nights.assert_balanced(slice)


def test_a_document_that_another_slice_has_is_unchanged(odd_nights: OddNights) -> None:
    window = night()
    fixed = f"  params: {{from: '{window.start:%Y-%m-%d}', until: '{window.end:%Y-%m-%d}'}}\n"
    nights = odd_nights("good", {WINDOW: fixed})  # lists the same every night
    first, second = night(1), night(0)
    nights.run(first)
    done = nights.run(second)
    assert done.report.counts == {"unchanged": 15}
    assert (nights.ids(first), nights.ids(second)) == (listed(nights, window), [])
    # Its own slice may run again: that another slice called it unchanged does not make it go away.
    assert nights.run(first).report.counts == {"allow": 15}
    assert nights.ids() == listed(nights, window)
    nights.assert_balanced(first)
    nights.assert_balanced(second)


def test_a_page_that_comes_again_after_a_resume_brings_duplicates_only(
    site: Site, settings: Settings, source_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever became of its records: allowed, denied and quarantined ones are known again."""
    monkeypatch.setattr(LOOP, "BATCH_RECORDS", 1)
    monkeypatch.setattr(LOOP, "FIRST_CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(LOOP, "CHECKPOINT_SHARE", 0.0)
    slice, run, saved = night(), new_run(), list[Progress]()
    wanted = truth.expected("demo_open_news", slice)
    path = site.demo_source("demo_open_news", tmp_path, source_id, **{"{limit: 100}": "{limit: 30}"})
    nights = Nights(path, settings)
    (shard,) = nights.plan(slice)
    nights.acquire(shard, run, saved=saved)
    assert len(saved) == 3
    before = msgspec.structs.replace(saved[1], cursor=saved[0].cursor)  # two pages are done, and the second comes again
    done = nights.finish(slice, [nights.acquire(shard, run, resume=before)], run)
    assert done.report.counts["duplicate"] == 30
    assert done.report.fetched == wanted.total + 30
    assert nights.ids() == renamed(wanted.allowed, "demo_open_news", source_id)
    nights.assert_balanced(slice)


# ---------------------------------------------------------------- less than before


def show(site: Site, nights: Nights, share: float) -> None:
    instance = nights.source.id.removeprefix("odd_shrink_")
    with urllib.request.urlopen(f"{site.address}/odd/shrink.{instance}/set?share={share}") as answer:
        assert json.load(answer) == {"share": share}


def test_an_empty_or_shrunken_re_run_does_not_wipe_a_published_slice(odd_nights: OddNights, site: Site) -> None:
    slice, nights = night(), odd_nights("shrink")
    first = nights.run(slice)
    whole = listed(nights, slice)
    assert nights.ids() == whole
    for share, left in ((0.0, 0), (0.5, 8)):
        show(site, nights, share)
        with pytest.raises(ShrinkGuard, match=rf"fetched {left} records, .* had 15 .*20%.*source {nights.source.id}, "):
            nights.run(slice)
        assert nights.ids() == whole
        assert nights.published(slice)["run_id"] == first.run.run_id
        nights.assert_balanced(slice)

    show(site, nights, 0.9)  # 14 of 15: within the guard
    nights.run(slice)
    assert nights.ids() == whole[:14]
    show(site, nights, 0.0)
    nights.run(slice, force_shrink=True)
    assert nights.ids() == []
    assert nights.published(slice)["documents"] == 0
    nights.assert_balanced(slice)


def test_a_source_that_renamed_its_text_does_not_wipe_a_published_slice(odd_nights: OddNights) -> None:
    slice, nights = night(), odd_nights("good")
    nights.run(slice)
    renamed_text = odd_nights("good", {"text: text": "text: body"})
    with pytest.raises(ShrinkGuard, match=r"fetched 0 records \(15 more could not be read, hold no text"):
        renamed_text.run(slice)
    assert nights.ids() == listed(nights, slice)


def test_a_limited_run_never_replaces_a_fuller_one_and_a_full_run_replaces_a_limited_one(
    odd_nights: OddNights,
) -> None:
    slice, nights = night(), odd_nights("good")
    whole = listed(nights, slice)
    assert nights.run(slice, limit=4).published is not None
    assert nights.ids() == whole[:4]
    assert nights.published(slice)["limited"]
    smaller = nights.run(slice, limit=3)
    assert smaller.published is None
    assert "does not replace" in smaller.report.note
    nights.run(slice, limit=7)
    assert nights.ids() == whole[:7]
    nights.run(slice)
    assert nights.ids() == whole
    assert nights.run(slice, limit=14).published is None
    assert nights.ids() == whole
    assert nights.run(slice, limit=15).published is not None  # nothing was left out
    assert not nights.published(slice)["limited"]
    nights.assert_balanced(slice)


def test_a_stricter_policy_takes_rows_away_without_tripping_the_guard(
    site: Site, settings: Settings, source_id: str, tmp_path: Path
) -> None:
    slice = night(3)
    wanted = truth.expected("demo_open_news", slice)
    nights = Nights(site.demo_source("demo_open_news", tmp_path, source_id), settings)
    nights.run(slice)
    before = nights.corpus(slice)
    share_alike = [row["id"] for row in before.iter_rows(named=True) if "-SA-" in row["license_expression"]]
    assert len(share_alike) > 0.2 * len(before)
    text = (PROJECT_ROOT / "include/policy.yaml").read_text("utf-8")
    assert "\nshare_alike: true\n" in text
    (tmp_path / "policy.yaml").write_text(text.replace("\nshare_alike: true\n", "\nshare_alike: false\n"), "utf-8")
    nights.with_policy(tmp_path / "policy.yaml")
    nights.run(slice)
    assert nights.ids() == sorted(set(before["id"].to_list()) - set(share_alike))
    assert nights.ids() != renamed(wanted.allowed, "demo_open_news", source_id)
    reasons = {row["id"]: row["reason"] for row in nights.ledger(slice)}
    assert {reasons[id] for id in share_alike} == {"sa_not_accepted"}
    nights.assert_lawful()
    nights.assert_balanced(slice)


def test_a_withdrawn_text_goes_with_the_next_run_and_stays_away(odd_nights: OddNights) -> None:
    slice, nights = night(), odd_nights("good")
    nights.run(slice)
    whole = listed(nights, slice)
    by_id, by_text = whole[3], whole[7]
    (text,) = [row["text"] for row in nights.corpus().iter_rows(named=True) if row["id"] == by_text]
    stones = [("id", by_id), ("content_sha256", hashlib.sha256(text.encode()).hexdigest())]
    table = Tables(nights.settings).withdrawals()
    rows = [
        {
            "withdrawal_id": f"w-{target}",
            "kind": "tombstone",
            "target": target,
            "value": value,
            "source": nights.source.id,
            "decided_at": datetime.now(UTC),
        }
        for target, value in stones
    ]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    for _ in range(2):
        nights.run(slice)
        assert nights.ids() == [id for id in whole if id not in (by_id, by_text)]
        reasons = {row["id"]: row["reason"] for row in nights.ledger(slice) if row["outcome"] != "allow"}
        assert reasons == {by_id: "withdrawn", by_text: "withdrawn"}


# ---------------------------------------------------------------- at once


def run_at_once(
    settings: Settings, folder: Path, jobs: list[tuple[Path, str]], slice: Slice
) -> list[dict[str, object]]:
    """Each (source file, run) in a process of its own; they wait for each other before they publish."""
    processes = [
        worker(
            settings,
            do="slice",
            source=str(path),
            start=slice.start.isoformat(),
            end=slice.end.isoformat(),
            run=run,
            meet=str(folder),
            others=[other for _, other in jobs],
        )
        for path, run in jobs
    ]
    said = []
    for process in processes:
        out, errors = process.communicate(timeout=180)
        assert process.returncode == 0, errors
        said.append(json.loads(out))
    return said


def test_two_processes_that_publish_one_slice_leave_one_result(
    site: Site, settings: Settings, source_id: str, tmp_path: Path
) -> None:
    slice = night(4)
    wanted = truth.expected("demo_open_news", slice)
    path = site.demo_source("demo_open_news", tmp_path, source_id)
    said = run_at_once(settings, tmp_path, [(path, "run-a"), (path, "run-b")], slice)
    assert any(one["published"] for one in said)
    assert all(one["published"] or "later run" in str(one["note"]) for one in said)
    nights = Nights(path, settings)
    assert nights.ids() == renamed(wanted.allowed, "demo_open_news", source_id)
    winner = nights.published(slice)["run_id"]
    assert set(nights.corpus()["run_id"].to_list()) == {winner}
    assert {row["run_id"] for row in nights.ledger(slice)} == {winner}
    assert len(nights.ledger(slice)) == wanted.total
    nights.assert_balanced(slice)


def test_two_sources_that_publish_at_once_both_land(
    site: Site, settings: Settings, source_id: str, tmp_path: Path
) -> None:
    slice, names = night(5), ("demo_open_news", "demo_questions")
    paths = [site.demo_source(name, tmp_path, f"{source_id}_{name}") for name in names]
    said = run_at_once(settings, tmp_path, [(path, path.stem) for path in paths], slice)
    assert [one["published"] for one in said] == [True, True]
    for name, path in zip(names, paths, strict=True):
        nights = Nights(path, settings)
        assert nights.ids() == renamed(truth.expected(name, slice).allowed, name, nights.source.id)
        nights.assert_balanced(slice)
