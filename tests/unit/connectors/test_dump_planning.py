"""Kind ``dump``: which files belong to a slice, and by which check sums they are known. No network."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.connectors.dumps import MARCH, dump, files_of, planned

from rightful.catalogue.dump_block import Dated
from rightful.connectors.dump.planning import periods
from rightful.errors import FetchError, Malformed
from rightful.model import Slice


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dated(every: str, due: str, lag: float) -> Dated:
    return Dated.model_validate({"by": "date", "path": "{%Y-%m-%d}", "every": every, "due": due, "lag_days": lag})


@pytest.mark.parametrize(
    ("every", "due", "lag", "found"),
    [
        ("month", "end", 0, ["2026-03-01"]),  # March's games are there when its slice ends
        ("month", "end", 30, ["2026-01-01", "2026-02-01"]),
        ("month", "end", 32, ["2026-01-01"]),
        ("month", "start", 0, ["2026-04-01"]),
        ("month", "start", 20, ["2026-03-01"]),
        ("year", "end", 70, ["2025-01-01"]),
        ("year", "end", 0, []),
    ],
)
def test_a_file_belongs_to_the_slice_that_holds_its_due_day(every: str, due: str, lag: float, found: list[str]) -> None:
    assert [f"{one:%Y-%m-%d}" for one in periods(dated(every, due, lag), MARCH)] == found


@given(
    st.sampled_from(["day", "month", "year"]),
    st.sampled_from(["start", "end"]),
    st.floats(0, 366),
    st.lists(st.integers(1, 400), min_size=2, max_size=6),
)
def test_slices_that_follow_each_other_share_no_file_and_lose_none(
    every: str, due: str, lag: float, days: list[int]
) -> None:
    spec, start = dated(every, due, lag), day("2023-05-17")
    ends = [start]
    for length in days:
        ends.append(ends[-1] + timedelta(days=length))
    parts = [one for low, high in pairwise(ends) for one in periods(spec, Slice(start=low, end=high))]
    assert parts == list(periods(spec, Slice(start=ends[0], end=ends[-1])))
    assert len(set(parts)) == len(parts)


def test_a_shard_is_a_file_and_values_of_over_have_their_own(tmp_path: Path) -> None:
    source = dump(
        tmp_path,
        fetch={"files": {"by": "date", "path": "{%Y/%m/%d}/#{channel}.txt", "every": "day"}, "format": "text"},
        shard={"over": {"channel": ["ubuntu", "ubuntu-de"]}},
    )
    shards = planned(source, Slice(start=day("2026-03-01"), end=day("2026-03-03")))
    assert [(shard.id, *files_of([shard])) for shard in shards] == [
        ("ubuntu-0001", "2026/03/01/#ubuntu.txt"),
        ("ubuntu-0002", "2026/03/02/#ubuntu.txt"),
        ("ubuntu-de-0001", "2026/03/01/#ubuntu-de.txt"),
        ("ubuntu-de-0002", "2026/03/02/#ubuntu-de.txt"),
    ]
    assert planned(dump(tmp_path))[0].id == "all"


def test_files_of_a_folder_by_their_day_of_change(tmp_path: Path) -> None:
    for name, when in (
        ("a.jsonl", "2026-03-01"),
        ("b.jsonl", "2026-04-01"),
        ("c.txt", "2026-03-05"),
        ("d.jsonl", "2026-02-28"),
    ):
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (day(when).timestamp(),) * 2)
    source = dump(tmp_path, fetch={"files": {"by": "changed", "match": r".*\.jsonl"}})
    assert files_of(planned(source)) == ["a.jsonl"]
    assert planned(source, Slice(start=day("2020-01-01"), end=day("2020-01-02")))[0].params["files"] == []


STATUS: dict[str, Any] = {
    "jobs": {
        "articlesdump": {
            "status": "done",
            "files": {
                "wiki-pages-articles2.xml.bz2": {
                    "size": 20,
                    "url": "/wiki/20260301/b.xml.bz2",
                    "sha1": "b" * 40,
                },
                "wiki-pages-articles1.xml.bz2": {
                    "size": 10,
                    "url": "/wiki/20260301/a.xml.bz2",
                    "md5": "a" * 32,
                },
                "wiki-index.txt": {"size": 1},
            },
        }
    }
}
WIKI = {
    "files": {
        "by": "date",
        "path": "wiki/{%Y%m%d}/dumpstatus.json",
        "due": "start",
        "lag_days": 8,
        "files": "jobs.articlesdump.files",
        "match": r".*-pages-articles\d\.xml\.bz2",
        "done": {"jobs.articlesdump.status": "done"},
    },
    "format": "mediawiki_xml",
}


def put_status(folder: Path, status: Any) -> None:
    (folder / "wiki/20260301").mkdir(parents=True, exist_ok=True)
    (folder / "wiki/20260301/dumpstatus.json").write_text(status if isinstance(status, str) else json.dumps(status))


def test_files_of_a_list_with_their_sizes_and_check_sums(tmp_path: Path) -> None:
    put_status(tmp_path, STATUS)
    files = [file for shard in planned(dump(tmp_path, fetch=WIKI)) for file in shard.params["files"]]
    assert [(file["file"], file["size"], file["digest"]) for file in files] == [
        ("wiki/20260301/a.xml.bz2", 10, "md5:" + "a" * 32),
        ("wiki/20260301/b.xml.bz2", 20, "sha1:" + "b" * 40),
    ]


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        ({"jobs": {"articlesdump": {"status": "in-progress", "files": {}}}}, FetchError, "not finished"),
        ({"jobs": {}}, FetchError, "not finished"),
        ({"jobs": {"articlesdump": {"status": "done"}}}, Malformed, "no files at"),
        ({"jobs": {"articlesdump": {"status": "done", "files": {"x.txt": {}}}}}, Malformed, "none of its 1 files"),
        ("<html>", Malformed, "no JSON"),
    ],
)
def test_a_list_that_is_not_ready_or_odd_is_no_empty_slice(
    tmp_path: Path, status: Any, kind: type[Exception], said: str
) -> None:
    put_status(tmp_path, status)
    with pytest.raises(kind, match=said):
        planned(dump(tmp_path, fetch=WIKI))


def test_check_sums_from_a_list_beside(tmp_path: Path) -> None:
    (tmp_path / "sums.txt").write_text(f"{'1' * 64}  2026-01.jsonl\n{'A' * 64} *sub/2026-03.jsonl\n# no sum\n")
    source = dump(tmp_path, fetch={"checksums": {"path": "sums.txt"}})
    assert planned(source)[0].params["files"][0]["digest"] == "sha256:" + "a" * 64
    with pytest.raises(Malformed, match=r"no check sum of 2026-04\.jsonl"):
        planned(source, Slice(start=day("2026-04-01"), end=day("2026-05-01")))


@pytest.mark.parametrize(
    ("fetch", "said"),
    [
        ({"files": {"by": "date", "path": "all.jsonl"}}, "must hold a date"),
        ({"files": {"by": "date", "path": "{%H}.jsonl"}}, "must hold a date"),
        ({"files": {"by": "date", "path": "{%Y}", "match": "x"}}, "are for a list"),
        ({"files": {"by": "fixed", "paths": ["a"]}}, "needs `of_slice`"),
        ({"files": {"by": "changed", "match": "("}}, "no regular expression"),
        ({"members": "a"}, "is for an `archive`"),
        ({"format": "stack_exchange"}, "Posts.xml"),
        ({"format": "docx"}, "Input should be"),
        ({"base_url": "https://example.org/", "files": {"by": "changed", "match": "x"}}, "nothing can be listed"),
        ({"fields": {"id": "id", "url": "url"}}, "where the text stands"),
    ],
)
def test_what_can_never_work_is_refused(tmp_path: Path, fetch: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        dump(tmp_path, fetch=fetch)
