"""The odd archives beside the project: exact counts, whole and cut, flipped and doubled."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.unit.archive.made import FOLDER, MISSING, Read, read

from rightful.archive import ArchiveRecord

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)

COUNTS = {
    "cdxj-indexer__cc.warc.gz": "1 request, 1 response, 1 metadata",
    # One record, whose gzip member is cut off; other readers count it, with half its page.
    "chatnoir-resiliparse__clipped.warc.gz": "",
    "chatnoir-resiliparse__clueweb-quirk.warc.gz": "1 warcinfo, 29 response",
    "chatnoir-resiliparse__warcfile.warc": "1 warcinfo, 17 request, 16 response, 16 metadata",
    "chatnoir-resiliparse__warcfile.warc.gz": "1 warcinfo, 17 request, 16 response, 16 metadata",
    "chatnoir-resiliparse__warcfile.warc.lz4": "1 warcinfo, 17 request, 16 response, 16 metadata",
    "dolma__sample-0000.warc.gz": "1 warcinfo, 22 request, 22 response, 1 metadata, 2 resource",
    # One reader stops at its seventh record, at a body in brotli; `grep -ac '^WARC/1'` says 38.
    "py-wacz__example-collection-with-lists.warc": "2 warcinfo, 18 response, 18 request",
    "pywb__dupes.warc.gz": "1 warcinfo, 3 response, 12 request, 9 revisit",
    # The same reader stops at record 41, at brotli again; `grep -ac '^WARC/1'` says 108.
    "warc2zim__single-page-test.warc": "2 warcinfo, 52 response, 53 request, 1 revisit",
    # Six records in one member. The first response's block digest is not that of its block, so five are whole.
    "warcio__example-bad-non-chunked.warc.gz": "2 warcinfo, 1 response, 2 request",
    "webarchive-test-suite__main-page.warc.gz": "1 warcinfo, 77 request, 70 response, 3 resource",
    "whirlwind-python__whirlwind.warc": "1 warcinfo, 1 request, 1 response, 1 metadata",
    "whirlwind-python__whirlwind.warc.gz": "1 warcinfo, 1 request, 1 response, 1 metadata",
    "whirlwind-python__whirlwind.warc.wat": "1 warcinfo, 1 metadata",
    "whirlwind-python__whirlwind.warc.wat.gz": "1 warcinfo, 1 metadata",
    "whirlwind-python__whirlwind.warc.wet": "1 warcinfo, 1 conversion",
    "whirlwind-python__whirlwind.warc.wet.gz": "1 warcinfo, 1 conversion",
}
FAULTS = {
    "chatnoir-resiliparse__clipped.warc.gz": [(0, "truncated")],
    "warcio__example-bad-non-chunked.warc.gz": [(0, "digest")],
}
SMALL = [name for name in COUNTS if name.endswith((".gz", ".lz4")) and "clipped" not in name]


def sample(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def kinds(text: str) -> Counter[str]:
    return Counter({kind: int(number) for number, kind in (part.split() for part in text.split(", ") if part)})


def content(record: ArchiveRecord) -> tuple[Any, ...]:
    return (record.kind, record.url, record.date, record.status, record.headers, record.body, record.truncated)


def contents(found: Read) -> Counter[Any]:
    return Counter(map(content, found.records))


def test_every_sample_is_known() -> None:
    with (FOLDER / "table.csv").open() as file:
        assert {row["file"] for row in csv.DictReader(file)} == set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str) -> None:
    data = sample(name)
    found = read(data)
    assert found.counts.kinds == kinds(COUNTS[name])
    assert found.counts.records == len(found.records) == sum(kinds(COUNTS[name]).values())
    assert found.reasons == FAULTS.get(name, [])
    assert found.counts.complete is (name not in FAULTS)
    assert found.counts.bytes == len(data)
    for record in found.records:
        assert record.digest_ok is not False
        if record.length is not None and name != "chatnoir-resiliparse__clueweb-quirk.warc.gz":
            alone = read(data[record.offset : record.offset + record.length])
            assert [content(one) for one in alone.records] == [content(record)], "a range request gets it whole"
            assert alone.counts.complete


@pytest.mark.parametrize("name", COUNTS)
def test_the_readers_that_agree_agree_with_us(name: str) -> None:
    """Where the table's two readers counted the same, and nothing is wrong with the file."""
    with (FOLDER / "table.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["file"] == name)
    theirs = {row["warcio_records"], row["fastwarc_records_error"].strip()}
    if name not in FAULTS and len(theirs) == 1 and theirs != {""}:
        assert sum(kinds(COUNTS[name]).values()) == int(theirs.pop())


@pytest.mark.parametrize("name", COUNTS)
def test_doubled(name: str) -> None:
    once, twice = read(sample(name)), read(sample(name) * 2)
    if name in FAULTS:
        assert not twice.counts.complete
        assert twice.counts.kinds.total() >= once.counts.kinds.total()
    else:
        assert twice.counts.kinds == once.counts.kinds + once.counts.kinds
        assert twice.counts.complete


@pytest.mark.parametrize("name", COUNTS)
def test_cut(name: str) -> None:
    """Anywhere but between two records, which nobody can see."""
    data, whole = sample(name), read(sample(name))
    ends = {record.offset + record.length for record in whole.records if record.length is not None}
    chance = random.Random(name)
    for at in [1, 2, 9, len(data) - 1, len(data) - 4, len(data) - 9, *chance.choices(range(len(data)), k=12)]:
        found = read(data[:at])
        if at not in ends:
            assert not found.counts.complete, at
            assert found.faults[-1].offset <= at
            assert any(fault.reason in ("truncated", "not_an_archive") for fault in found.faults)
        assert not contents(found) - contents(whole), "nothing is handed over that was not there"


@pytest.mark.parametrize("name", SMALL)
def test_flipped(name: str) -> None:
    """In a compressed file every flipped bit is told, or changed nothing."""
    data, whole = sample(name), read(sample(name))
    chance = random.Random(name)
    single = "non-chunked" in name
    for at in [3, 4, 8, 9, *chance.choices(range(len(data)), k=25)]:
        flipped = bytearray(data)
        flipped[at] ^= 1 << chance.randrange(8)
        found = read(bytes(flipped))
        lost, false = contents(whole) - contents(found), contents(found) - contents(whole)
        if name.endswith(".lz4"):  # without a check sum: only what has a digest is safe
            lost = Counter({one: number for one, number in lost.items() if not _same_body(one, found)})
            assert found.faults or not lost
            continue
        assert not false, at
        assert found.faults if lost else found.counts.complete or name in FAULTS, at
        assert single or lost.total() <= 1, "all the others are found"
        if found.faults and not single:
            assert found.faults[0].offset <= at


def _same_body(one: tuple[Any, ...], found: Read) -> bool:
    return any(record.body == one[5] for record in found.records)


def test_a_sample_is_read_from_disk_as_from_a_stream() -> None:
    name = "pywb__dupes.warc.gz"
    with Path(FOLDER / name).open("rb") as file:
        assert contents(read(file)) == contents(read(sample(name)))
