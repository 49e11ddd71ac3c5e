"""A little Common Crawl behind real servers: from the list of snapshots over the index to rows, also after kill -9."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.system.pipeline.little_crawl import FORBIDDEN, NEW, LittleCrawl, Placed, Served
from tests.system.pipeline.support import Nights, new_run, night, worker, written

from rightful.connectors.files.objects import Objects
from rightful.errors import BlockedAddress, Malformed
from rightful.model import Progress
from rightful.settings import Settings
from rightful.store import s3

pytestmark = pytest.mark.system

SLICE = night()
SOURCE = """
id: {id}
title: A little Common Crawl
kind: crawl
channel: crawl
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
license:
  scope: record
  claims: [{{from: page, strength: page_metadata}}]
  weakest_strength: statement
pace: {{requests_per_second: 1000}}
failure_threshold: 0.9
fetch:
  base_url: {base_url}
  collections: collinfo.json
  start_within: 0
"""
INDEX = "  mode: index\n  index: {domains: [islands.example]}\n"
PRIVATE = "  allow_private: true\n"


@pytest.fixture
def crawl(tmp_path: Path) -> LittleCrawl:
    return LittleCrawl(tmp_path / "crawl", SLICE)


@pytest.fixture
def host(crawl: LittleCrawl) -> Iterator[Served]:
    with Served(crawl.folder) as served:
        yield served


def source_file(folder: Path, name: str, base_url: str, more: str) -> Path:
    return written(folder, name, SOURCE.format(id=name, base_url=base_url) + more)


def rows_of(nights: Nights) -> dict[str, dict[str, Any]]:
    rows = {row["source_native_id"]: row for row in nights.corpus(SLICE).iter_rows(named=True)}
    assert len(rows) == len(nights.ids(SLICE))
    return rows


def assert_rows(nights: Nights, wanted: list[Placed]) -> None:
    """The rows are those pages, whole, with the places where they lie."""
    rows = rows_of(nights)
    assert set(rows) == {one.capture.url for one in wanted}
    for one in wanted:
        row = rows[one.capture.url]
        number, host = one.capture.url.rpartition("/")[2], one.capture.url.split("/")[2].removeprefix("www.")
        assert f"Note {number} of {host}." in row["text"]
        assert (row["archive_file"], row["archive_offset"], row["archive_length"]) == (one.file, one.offset, one.length)
    nights.assert_balanced(SLICE)
    nights.assert_lawful()


def test_a_domain_by_the_index_over_http_and_over_s3(
    crawl: LittleCrawl,
    host: Served,
    settings: Settings,
    source_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rightful.connectors.files.objects._LEAST_PAUSE", 0.0)
    wanted = [one for one in crawl.wanted("islands.example") if one.capture.url != FORBIDDEN]
    assert len(wanted) == 17
    # What an index may also say: places behind an archive's end, and in the middle of a record that nobody asks for.
    last, noise = crawl.placed[-1], next(one for one in crawl.placed if "noise" in one.capture.url)
    end, middle = last.offset + last.length, noise.offset + noise.length // 2
    crawl.add_to_index((last.file, end + 5_000_000, 100), (noise.file, middle, 1000))
    with Served(crawl.folder, archives_at=f"http://{host.netloc}") as front:
        path = source_file(
            tmp_path, source_id, f"http://{front.netloc}/", f"{PRIVATE}  allow_hosts: ['{host.netloc}']\n{INDEX}"
        )
        nights = Nights(path, settings)
        done = nights.run(SLICE)
        assert done.report.reasons == {
            "allow:allowed": 17,
            "deny:nc": 3,
            "deny:robots": 1,
            "quarantine:weak_evidence": 3,
            "failed:malformed": 2,
            "passed_over:no_licence": 3,
            "passed_over:other_domain": 3,
        }
        assert_rows(nights, wanted)
        places = {
            (row["archive_file"], row["archive_offset"]) for row in nights.ledger(SLICE) if row["outcome"] == "failed"
        }
        assert places == {(last.file, end + 5_000_000), (noise.file, middle)}
        # Of the archives, and of the index, parts only; nothing at all of the other snapshot.
        assert {bool(ranged) for path, ranged in host.asked if path.endswith(".warc.gz")} == {True}
        assert {bool(ranged) for path, ranged in front.asked if path.endswith(".parquet")} == {True}
        assert all(NEW in path or path == "collinfo.json" for path, _ in front.asked)
        before = rows_of(nights)

        # Without leave to follow, a host that an archive's address leads to is not asked.
        seen = len(host.asked)
        strict = source_file(tmp_path, f"{source_id}_strict", f"http://{front.netloc}/", f"{PRIVATE}{INDEX}")
        with pytest.raises(BlockedAddress, match=f"add {host.netloc} to `fetch.allow_hosts`|is not allowed"):
            Nights(strict, settings).run(SLICE)
        assert len(host.asked) == seen

    client, prefix = s3.client(settings), f"little-{source_id}/"
    for file in sorted(place for place in crawl.folder.rglob("*") if place.is_file()):
        key = prefix + file.relative_to(crawl.folder).as_posix()
        client.put_object(Bucket=settings.raw_bucket, Key=key, Body=file.read_bytes())
    stored = source_file(tmp_path, f"{source_id}_s3", f"s3://{settings.raw_bucket}/{prefix}", INDEX)
    again = Nights(stored, settings)
    assert again.run(SLICE).report.reasons == done.report.reasons
    assert_rows(again, wanted)
    for name, row in rows_of(again).items():
        assert row["content_sha256"] == before[name]["content_sha256"]


def test_whole_archives_from_a_server_that_knows_no_ranges(
    crawl: LittleCrawl, settings: Settings, source_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rightful.connectors.files.objects._LEAST_PAUSE", 0.0)
    lost = crawl.file(1)
    (crawl.folder / lost).write_bytes(b"<!doctype html><title>503 Slow Down</title>")
    with Served(crawl.folder, ranges=False) as host:
        path = source_file(tmp_path, source_id, f"http://{host.netloc}/", PRIVATE)
        nights = Nights(path, settings)
        nights.run(SLICE)
        everywhere = [*crawl.wanted("islands.example"), *crawl.wanted("other.example")]
        assert_rows(nights, [one for one in everywhere if one.file != lost])
        [failed] = [row for row in nights.ledger(SLICE) if row["outcome"] == "failed"]
        assert (failed["reason"], failed["archive_file"], failed["archive_offset"]) == ("malformed", lost, 0)
        assert "page of markup" in failed["evidence"]
        assert host.archives() == [crawl.file(0), lost, lost, crawl.file(2)]

        # Parts of archives, and of the index, it can't give: that is told, and nothing wrong is read.
        indexed = source_file(tmp_path, f"{source_id}_index", f"http://{host.netloc}/", f"{PRIVATE}{INDEX}")
        with pytest.raises(Malformed, match=r"part-00000.*sends no parts of files.*use `mode: scan`"):
            Nights(indexed, settings).plan(SLICE)
        with Objects(nights.source) as objects, pytest.raises(Malformed, match="sends no parts of files"):
            objects.open_object(crawl.file(0), 0, 100)


@pytest.mark.parametrize("where", ["in the middle of an archive's body", "between two pages of an archive"])
def test_a_scan_that_is_killed_leaves_out_what_is_done(
    where: str, crawl: LittleCrawl, settings: Settings, source_id: str, tmp_path: Path
) -> None:
    file, run = tmp_path / "progress.json", new_run()
    hangs = crawl.file(1) if where.startswith("in the middle") else ""
    # An archive has more than six records that speak of a licence: two pages, and the fourth is the second archive's.
    die: dict[str, Any] = {"at": "never"} if hangs else {"at": "page", "number": 4}
    with Served(crawl.folder, hangs_in=hangs) as host:
        path = source_file(tmp_path, source_id, f"http://{host.netloc}/", PRIVATE)
        process = worker(
            settings,
            do="shard",
            source=str(path),
            start=SLICE.start.isoformat(),
            end=SLICE.end.isoformat(),
            progress=str(file),
            run=run.run_id,
            die=die,
            page_records=6,
            batch_seconds=0,
        )
        if hangs:
            assert host.hangs.wait(120)
            process.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, errors
        host.hangs_in = ""
        host.go_on.set()

        nights = Nights(path, settings)
        assert nights.ids() == []
        saved = msgspec.json.decode(file.read_bytes(), type=Progress)
        assert saved.cursor == {"file": 1, "taken": 0 if hangs else 6}
        host.asked.clear()
        [shard] = nights.plan(SLICE)
        result = nights.acquire(shard, run, resume=saved)
        assert host.archives() == [crawl.file(1), crawl.file(2)]
    nights.finish(SLICE, [result], run)
    assert_rows(nights, [*crawl.wanted("islands.example"), *crawl.wanted("other.example")])
