"""Records and files of sites on the disk: in their order, gone when they are done with; a full disk is told plainly."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from tests.unit.connectors.crawls import BY, CAPTURED, Capture, archive, connector_of, crawl, page, shard_of

from rightful import disk
from rightful.connectors.crawl import held as held_module
from rightful.connectors.crawl.held import Held, Spool
from rightful.errors import NoRoom, StoreError
from rightful.model import FailedRecord, LicenseClaim, Record, Strength

CLAIM = LicenseClaim(raw=BY, place="page", strength=Strength.PAGE_METADATA)


def record(number: int, size: int = 10) -> Record:
    raw = bytes([number % 251]) * size
    return Record(
        native_id=str(number),
        version="1",
        url=f"https://a.example/{number}",
        raw=raw,
        body=raw.decode("latin-1"),
        media_type="text/html",
        claims=(CLAIM,),
    )


def test_records_come_as_they_went_and_leave_nothing_behind(tmp_path: Path) -> None:
    failed = FailedRecord(native_id="x", url="u", reason="malformed", detail="d", fetched_at=CAPTURED)
    given = [record(1, 0), failed, record(2, 3_000_000), failed, record(3)]
    with Held("a_crawl", tmp_path) as held:
        for one in given:
            held.add(one)
        assert list(held) == given == list(held)
        held.add(record(4))
        assert len(list(held)) == held.count == 6
        assert list(tmp_path.iterdir()) == []
    with Held("a_crawl", tmp_path) as nothing:
        assert list(nothing) == []


def full(*args: Any, **more: Any) -> Any:
    """A file on a disk without room: the kernel's own (``/dev/full``)."""
    return open("/dev/full", "wb", buffering=0)


def test_a_full_disk_is_told_with_folder_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_module.tempfile, "TemporaryFile", full)
    told = rf"no room in {tmp_path}: [\d,]+ bytes are free, [\d,]+ are needed.*a_crawl"
    with pytest.raises(NoRoom, match=told), Spool("a_crawl", tmp_path) as spool:
        spool.add(b"x" * 1000)
    monkeypatch.setattr(held_module.tempfile, "TemporaryFile", lambda **how: (tmp_path / "none/x").open("wb"))
    with pytest.raises(StoreError, match="nothing can be written"), Spool("a_crawl", tmp_path) as spool:
        spool.add(b"x")


def test_room_is_looked_for_before_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_module, "LOOK_EVERY", 1000)
    monkeypatch.setattr(disk, "SPARE_BYTES", 2**60)
    with Spool("a_crawl", tmp_path) as spool:
        spool.add(b"x" * 999)
        with pytest.raises(NoRoom, match="to spare"):
            spool.add(b"x")


def test_a_crawl_on_a_full_disk_stops_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.warc.gz").write_bytes(archive([Capture("https://a.example/x", page(BY))]))
    monkeypatch.setattr(held_module.tempfile, "TemporaryFile", full)
    with connector_of(crawl(tmp_path)) as connector, pytest.raises(NoRoom) as told:
        list(connector.fetch(shard_of("a.warc.gz")))
    assert tempfile.gettempdir() in str(told.value)
    assert "source islands, slice 2026-03-01" in str(told.value)
    assert "set TMPDIR" in str(told.value)
