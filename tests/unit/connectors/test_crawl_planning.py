"""Kind ``crawl``: which snapshots and files belong to a slice, and how they are cut into shards. No network."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rightful.catalogue.models import Source
from rightful.connectors.crawl.planning import plan_shards
from rightful.connectors.crawl.ranges import GAP, Ranges, Wanted, merge, packed
from rightful.connectors.files.objects import Objects
from rightful.errors import ConfigurationError, FetchError, Malformed, Refused, TooLarge
from rightful.model import Shard, Slice

MARCH = Slice(start=datetime(2024, 3, 1, tzinfo=UTC), end=datetime(2024, 4, 1, tzinfo=UTC))
TEN, EIGHTEEN = "CC-MAIN-2024-10", "CC-MAIN-2024-18"
COLLECTIONS = [
    {"id": EIGHTEEN, "from": "2024-04-12T11:09:52", "to": "2024-04-25T17:51:06"},
    {"id": TEN, "name": "February/March 2024", "from": "2024-02-20T20:46:23", "to": "2024-03-05T17:06:13"},
]
FILE = "crawl-data/{}/segments/1/warc/{:05d}.warc.gz"


def source_of(folder: Path, **fetch: Any) -> Source:
    return Source.model_validate(
        {
            "id": "a_crawl",
            "title": "A crawl",
            "kind": "crawl",
            "channel": "crawl",
            "owner": "people@example.org",
            "homepage": "https://example.org",
            "start_date": "2024-01-01",
            "license": {
                "scope": "record",
                "basis": "Each page says it.",
                "evidence": "https://example.org",
                "claims": [{"from": "record.license", "strength": "page_metadata"}],
            },
            "fetch": {"base_url": f"file://{folder}/", "collections": "collinfo.json", "start_within": 0, **fetch},
        }
    )


def plan(source: Source, slice: Slice = MARCH, snapshot: str | None = None) -> list[Shard]:
    with Objects(source) as objects:
        shards = plan_shards(source, slice, objects, snapshot)
        assert shards == plan_shards(source, slice, objects, snapshot)
    return shards


def files_of(shards: list[Shard]) -> list[str]:
    return [entry["file"] for shard in shards for entry in shard.params["files"]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "collinfo.json").write_text(json.dumps(COLLECTIONS))
    for snapshot, count in ((TEN, 120), (EIGHTEEN, 3)):
        place = tmp_path / "crawl-data" / snapshot
        place.mkdir(parents=True)
        lines = "".join(FILE.format(snapshot, number) + "\n" for number in range(count))
        (place / "warc.paths.gz").write_bytes(gzip.compress(lines.encode()))
    return tmp_path


def test_a_slice_has_the_snapshots_that_end_in_it(folder: Path) -> None:
    shards = plan(source_of(folder))
    assert [shard.id for shard in shards] == [f"{TEN}-0001", f"{TEN}-0002", f"{TEN}-0003"]
    assert [len(shard.params["files"]) for shard in shards] == [50, 50, 20]
    assert files_of(shards) == [FILE.format(TEN, number) for number in range(120)]
    assert {entry["ranges"] for shard in shards for entry in shard.params["files"]} == {None}
    assert {shard.params["snapshot"] for shard in shards} == {TEN}


def test_the_end_itself_counts_not_the_beginning(folder: Path) -> None:
    end = datetime(2024, 3, 5, 17, 6, 13, tzinfo=UTC)
    before = Slice(start=datetime(2024, 2, 1, tzinfo=UTC), end=end)
    from_it = Slice(start=end, end=datetime(2024, 3, 6, tzinfo=UTC))
    assert files_of(plan(source_of(folder), before)) == []
    assert len(files_of(plan(source_of(folder), from_it))) == 120
    # Days that it takes until a snapshot is listed move it to a later slice.
    assert files_of(plan(source_of(folder, lag_days=30), MARCH)) == []


def test_a_slice_without_a_snapshot_is_one_empty_shard(folder: Path) -> None:
    may = Slice(start=datetime(2024, 5, 1, tzinfo=UTC), end=datetime(2024, 6, 1, tzinfo=UTC))
    (shard,) = plan(source_of(folder), may)
    assert (shard.id, shard.params["files"]) == ("all", [])


def test_a_snapshot_is_picked_by_its_id_whatever_the_slice(folder: Path) -> None:
    (shard,) = plan(source_of(folder), MARCH, EIGHTEEN)
    assert (shard.id, shard.params["snapshot"], len(shard.params["files"])) == ("all", EIGHTEEN, 3)
    with pytest.raises(ConfigurationError, match=r"no snapshot 'CC-MAIN-1999-01'.*newest are"):
        plan(source_of(folder), MARCH, "CC-MAIN-1999-01")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "<html>", '[{"name": "no id"}]', '[{"id": "../x"}]', '[{"id": "A", "to": 5}]', '[{"id": "A"}]'],
)
def test_a_list_of_snapshots_that_is_none_is_no_empty_slice(folder: Path, text: str) -> None:
    (folder / "collinfo.json").write_text(text)
    with pytest.raises(Malformed):
        plan(source_of(folder))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>503</html>",
        gzip.compress(b""),
        gzip.compress(b"/etc/passwd\n"),
        gzip.compress(b"../x\n"),
        gzip.compress(b"a.warc\n" * 99)[:-9],
    ],
)
def test_a_list_of_paths_that_is_none_is_told(folder: Path, body: bytes) -> None:
    (folder / "crawl-data" / TEN / "warc.paths.gz").write_bytes(body)
    with pytest.raises(Malformed, match=r"warc\.paths\.gz"):
        plan(source_of(folder))


def test_an_own_crawl_is_taken_by_the_day_its_files_came(tmp_path: Path) -> None:
    for name, day in (
        ("b/two.warc.gz", 2),
        ("a/one.warc", 1),
        ("late.wacz", 40),
        ("now.warc.gz.open", 2),
        ("x.txt", 2),
    ):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"WARC/1.0")
        moment = MARCH.start.timestamp() + (day - 1) * 86_400
        os.utime(place, (moment, moment))
    (shard,) = plan(source_of(tmp_path, collections=None))
    assert shard.params == {
        "snapshot": "a_crawl",
        "files": [{"file": "a/one.warc", "ranges": None}, {"file": "b/two.warc.gz", "ranges": None}],
    }
    with pytest.raises(ConfigurationError, match="no snapshots"):
        plan(source_of(tmp_path, collections=None), MARCH, TEN)
    with pytest.raises(Refused, match="no such folder"):
        plan(source_of(tmp_path / "gone", collections=None))


INDEX = {"mode": "index", "index": {"domains": ["example.org"], "languages": ["eng"], "file_bytes": 2**24}}


def write_index(folder: Path, rows: list[dict[str, Any]], part: int = 0, **how: Any) -> Path:
    place = folder / f"cc-index/table/cc-main/warc/crawl={TEN}/subset=warc"
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"part-{part:05d}.c000.gz.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, **how)
    return path


def row(domain: str, number: int, offset: int, **other: Any) -> dict[str, Any]:
    return {
        "url": f"https://{domain}/{offset}",
        "url_host_registered_domain": domain,
        "content_languages": "eng",
        "content_mime_detected": "text/html",
        "fetch_status": 200,
        "warc_filename": FILE.format(TEN, number),
        "warc_record_offset": offset,
        "warc_record_length": 1000,
        "beside": 1,
    } | other


def test_the_index_names_ranges_of_what_passes_the_filters(folder: Path) -> None:
    other = [
        row("example.com", 0, 9_000_000),
        row("example.org", 0, 9_100_000, fetch_status=404),
        row("example.org", 0, 9_200_000, content_languages="deu,eng"),
        row("example.org", 0, 9_300_000, content_languages=None),
        row("example.org", 0, 9_400_000, content_mime_detected="application/pdf"),
    ]
    write_index(folder, [row("example.org", 1, 5_000_000), *other, row("example.org", 0, 4000)], part=0)
    write_index(folder, [row("example.org", 0, 1000, content_languages="eng,deu")], part=1)
    (shard,) = plan(source_of(folder, **INDEX))
    assert shard.params["files"] == [
        {"file": FILE.format(TEN, 0), "ranges": [[1000, 4000]]},
        {"file": FILE.format(TEN, 1), "ranges": [[5_000_000, 1000]]},
    ]


def test_row_groups_that_can_t_hold_a_domain_are_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(f"d{number:04d}.org", 0, number * 1000) for number in range(4000)]
    rows[2000] = row("d2000.org", 7, 5)
    path = write_index(folder, rows, row_group_size=500)
    read: list[int] = []
    opened = Objects.connect

    def noted(self: Objects, place: Any, at: str, first: int, end: int | None, mark: str | None) -> Any:
        if at.endswith(".parquet"):
            read.append((end or 0) - first)
        return opened(self, place, at, first, end, mark)

    monkeypatch.setattr(Objects, "connect", noted)
    spec = {"mode": "index", "index": {"domains": ["d2000.org"]}}
    assert files_of(plan(source_of(folder, **spec))) == [FILE.format(TEN, 7)]
    # The plan is made twice; the footer, and one row group of eight.
    footer = int.from_bytes(path.read_bytes()[-8:-4], "little")
    assert sum(read) / 2 < 70_000 + footer + path.stat().st_size / 4


@pytest.mark.parametrize(
    "change", [{"warc_filename": "/etc/passwd"}, {"warc_filename": None}, {"warc_record_length": 0}]
)
def test_a_row_without_a_place_is_told(folder: Path, change: dict[str, Any]) -> None:
    write_index(folder, [row("example.org", 0, 1), row("example.org", 0, 2, **change)])
    with pytest.raises(Malformed, match=r"part-00000"):
        plan(source_of(folder, **INDEX))


def test_an_index_that_is_none_is_told(folder: Path) -> None:
    with pytest.raises(Refused, match="no such folder"):
        plan(source_of(folder, **INDEX))
    path = write_index(folder, [row("example.org", 0, 1)])
    path.write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(Malformed, match=r"part-00000"):
        plan(source_of(folder, **INDEX))
    rows = [row("example.org", 0, 1)]
    del rows[0]["content_languages"]
    write_index(folder, rows)
    with pytest.raises(ConfigurationError, match="older than the detection of languages"):
        plan(source_of(folder, **INDEX))
    del rows[0]["fetch_status"]
    write_index(folder, rows)
    with pytest.raises(Malformed, match="fetch_status"):
        plan(source_of(folder, **INDEX))


def test_ranges_are_merged_over_small_gaps() -> None:
    assert merge([(GAP + 100, 10), (0, 100), (50, 10)]) == [(0, 100), (GAP + 100, 10)]
    assert merge([(GAP + 99, 10), (0, 100)]) == [(0, GAP + 109)]


def test_a_file_is_read_whole_where_ranges_save_little() -> None:
    ranges, shuffled = Ranges("x", 100 * GAP), random.Random(1)
    parts = [(2 * number * GAP, 1000) for number in range(40)]
    much = [(2 * number * GAP, GAP // 4) for number in range(40)]
    shuffled.shuffle(parts)
    for offset, length in parts:
        ranges.add("little", offset, length)
    for offset, length in much:
        ranges.add("much", offset, length)
    assert ranges.files() == [Wanted("little", tuple(sorted(parts))), Wanted("much", None)]


def test_more_ranges_than_a_plan_may_have_are_told() -> None:
    ranges = Ranges("x", 10**12, most=1000)
    for number in range(1000):
        ranges.add(f"file-{number % 3}", number * 3 * GAP, 10)
    with pytest.raises(TooLarge, match="more than"):
        ranges.add("file-0", 3000 * GAP, 10)


@pytest.mark.parametrize("count", [1, 49, 50, 51, 49_950, 100_000])
def test_whole_files_are_packed_below_the_most_shards(count: int) -> None:
    files = [Wanted(f"{number:06d}", None) for number in range(count)]
    groups = packed(files, shard_files=50, shard_ranges=3000)
    assert [wanted for group in groups for wanted in group] == files
    assert all(groups)
    assert len(groups) == min(-(-count // 50), len(groups)) <= 999
    assert max(map(len, groups)) == (min(count, 50) if count <= 49_950 else 101)


def test_ranges_are_packed_by_their_number() -> None:
    files = [Wanted(f"{number:03d}", tuple((part, 1) for part in range(700))) for number in range(10)]
    groups = packed(files, shard_files=50, shard_ranges=3000)
    assert [sum(len(wanted.ranges or ()) for wanted in group) for group in groups] == [2800, 2800, 1400]


def test_parts_of_files_are_streams(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(b"WARC/1.0" + bytes(10_000))
    (tmp_path / "empty.warc").write_bytes(b"")
    (tmp_path / "page.warc").write_bytes(b"<html>503 Slow Down</html>")
    with Objects(source_of(tmp_path)) as objects:
        assert objects.open_object("a.warc").read() == b"WARC/1.0" + bytes(10_000)
        assert objects.open_object("a.warc", 5, 3, magic=None).read() == b"1.0"
        for name, offset, length in (("empty.warc", None, None), ("page.warc", None, None), ("a.warc", 9_000, 2_000)):
            with pytest.raises(Malformed, match=name):
                objects.open_object(name, offset, length, magic=None if offset else re.compile(b"WARC"))
        with pytest.raises(Malformed, match="no path below"):
            objects.open_object("../a.warc")
        with pytest.raises(Refused):
            objects.open_object("none.warc")
        seekable = objects.open_seekable("a.warc")
        (tmp_path / "a.warc").write_bytes(b"other")
        with pytest.raises(FetchError, match="changed"):
            seekable.read(10)
