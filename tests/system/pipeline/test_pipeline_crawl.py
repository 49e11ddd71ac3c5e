"""A folder that an own crawl fills, from archives to rows in the real store."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from tests.system.pipeline.support import Nights, new_run, night, written
from tests.unit.connectors.crawls import BY, NC, WORDS, Capture, archive, footer, page, robots

from rightful.model import Progress
from rightful.pipeline.rerule import rerule
from rightful.settings import Settings
from rightful.store.raw import RawStore

pytestmark = pytest.mark.system

SLICE = night()
SITE = "https://islands.example"
SOURCE = """
id: {id}
title: A crawl of our own
kind: crawl
channel: crawl
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
license:
  scope: record
  claims: [{{from: page, strength: page_metadata}}]
  weakest_strength: statement
fetch: {{base_url: "file://{folder}/", start_within: 0, extract: {extract}}}
failure_threshold: 0.9
"""


def put(folder: Path, name: str, data: bytes, moment: datetime = SLICE.start) -> None:
    """An archive that was finished within the slice."""
    (folder / name).write_bytes(data)
    os.utime(folder / name, (moment.timestamp() + 3600,) * 2)


@pytest.fixture
def nights(settings: Settings, source_id: str, tmp_path: Path) -> Nights:
    folder = tmp_path / "archives"
    folder.mkdir()
    text = SOURCE.format(id=source_id, folder=folder, extract="default")
    return Nights(written(tmp_path, source_id, text), settings)


def article(number: int, license_url: str | None = BY) -> Capture:
    return Capture(f"{SITE}/{number}", page(license_url, text=f"Note {number}. {WORDS}"))


def test_a_night_of_archives(nights: Nights, tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    whole = archive([article(1), article(2, NC), article(3, None), Capture("https://b.example/x", footer(BY))])
    put(folder, "a.warc.gz", whole)
    put(folder, "b.warc.gz", archive([article(4), article(5), article(6)])[:-150])
    put(folder, "c.warc.gz", archive([article(7), robots("User-agent: *\nDisallow: /7\n", SITE)]))
    put(folder, "late.warc.gz", archive([article(8)]), SLICE.end)
    done = nights.run(SLICE)
    nights.assert_balanced(SLICE)
    nights.assert_lawful()
    row = nights.published(SLICE)
    reasons = dict(row["reasons"])
    assert reasons.pop("passed_over:no_licence") == 1
    assert reasons == {
        "allow:allowed": 3,
        "deny:nc": 1,
        "quarantine:weak_evidence": 1,
        "failed:truncated": 1,
        "deny:robots": 1,
    }
    documents = {row["source_native_id"]: row for row in nights.corpus(SLICE).iter_rows(named=True)}
    assert set(documents) == {f"{SITE}/{number}" for number in (1, 4, 5)}
    first = documents[f"{SITE}/1"]
    assert "Note 1." in first["text"]
    assert "licensed under" not in first["title"]
    assert (first["title"], first["license_elected"], first["language"]) == ("The wind book", "CC-BY-4.0", "en")
    assert (first["archive_file"], first["archive_offset"]) == ("a.warc.gz", 0)
    assert whole[: first["archive_length"]].startswith(b"\x1f\x8b")
    kept = RawStore(nights.settings).get(first["raw_uri"], first["raw_offset"], first["raw_length"])
    assert kept.startswith(b"HTTP/1.1 200\r\nContent-Type: text/html")
    [broken] = [row for row in nights.ledger(SLICE) if row["outcome"] == "failed"]
    assert broken["archive_file"] == "b.warc.gz"
    assert "b.warc.gz, byte " in broken["evidence"]
    assert done.published is not None

    # The same archives once more give the same rows.
    before = nights.ids()
    nights.run(SLICE)
    assert nights.ids() == before

    # And so do the pages in the raw store, ruled on again without the archives.
    for file in folder.iterdir():
        file.unlink()
    again = rerule(nights.source, SLICE, run=new_run(), settings=nights.settings)
    assert again is not None
    assert nights.ids() == before
    same = {row["source_native_id"]: row for row in nights.corpus(SLICE).iter_rows(named=True)}
    for name in ("text", "archive_file", "archive_offset", "archive_digest", "license_elected", "content_sha256"):
        assert {key: row[name] for key, row in same.items()} == {key: row[name] for key, row in documents.items()}
    nights.assert_balanced(SLICE)


def test_a_shard_that_died_goes_on_at_its_archive(nights: Nights, tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    for name in ("a", "b", "c"):
        put(folder, f"{name}.warc.gz", archive([article(ord(name) * 10 + number) for number in range(3)]))
    [shard] = nights.plan(SLICE)
    (folder / "b.warc.gz").rename(tmp_path / "b")
    saved: list[Progress] = []
    run = new_run()
    with pytest.raises(Exception, match=r"b\.warc\.gz"):
        nights.acquire(shard, run, saved=saved)
    assert saved[-1].cursor == {"file": 1, "taken": 0}
    (tmp_path / "b").rename(folder / "b.warc.gz")
    (folder / "a.warc.gz").unlink()  # it is done, and must not be needed again
    result = nights.acquire(shard, run, resume=saved[-1])
    assert result.counts == {"allow": 9}
    nights.finish(SLICE, [result], run)
    nights.assert_balanced(SLICE)
    assert len(nights.ids()) == 9
