"""A crawl of one's own over several archives: what a site says in one of them holds for its pages in all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.connectors.crawls import BY, CAPTURED, DAY, POLICY, Capture, archive, connector_of, crawl, page, robots

from rightful.connectors.crawl import site_files
from rightful.licensing.decide import decide
from rightful.licensing.optouts import timeless
from rightful.model import Record

CLOSED, OPEN = "https://closed.example", "https://open.example"
FORBIDS = "User-agent: *\nDisallow: /\n"
RESERVES = b'[{"location": "/", "tdm-reservation": 1}]'
CAPTURES = {
    "a": [Capture(f"{CLOSED}/wind", page(BY)), Capture(f"{OPEN}/wind", page(BY))],
    "b": [robots(FORBIDS, CLOSED), Capture(f"{OPEN}/sea", page(BY))],
}


def laid(folder: Path, captures: dict[str, list[Capture]], ending: str = ".warc.gz", **how: Any) -> None:
    for name, kept in captures.items():
        put(folder / f"{name}{ending}", archive(kept, **how))


def put(place: Path, blob: bytes) -> None:
    place.write_bytes(blob)
    os.utime(place, (DAY.start.timestamp() + 60,) * 2)


def read(folder: Path, **fetch: Any) -> dict[str, str]:
    """Reasons of the gate, by page."""
    source = crawl(folder, fetch={"shard_files": 1, **fetch})
    with connector_of(source) as connector:
        found = [one for shard in connector.plan(DAY) for step in connector.fetch(shard) for one in step.records]
    return {
        one.url: decide(one.claims, timeless(one.optouts), source, POLICY, {}, {}, (), None, CAPTURED.date()).reason
        for one in found
        if isinstance(one, Record)
    }


@pytest.mark.parametrize("gzip", [True, False])
def test_robots_txt_in_a_later_archive_of_another_shard_holds(tmp_path: Path, gzip: bool) -> None:
    laid(tmp_path, CAPTURES, ".warc.gz" if gzip else ".warc", gzip=gzip)
    assert read(tmp_path) == {f"{CLOSED}/wind": "robots", f"{OPEN}/wind": "allowed", f"{OPEN}/sea": "allowed"}


def test_so_does_tdmrep_json(tmp_path: Path) -> None:
    reserve = Capture(f"{CLOSED}/.well-known/tdmrep.json", RESERVES, headers=(("Content-Type", "application/json"),))
    laid(tmp_path, {**CAPTURES, "b": [reserve]})
    assert read(tmp_path) == {f"{CLOSED}/wind": "tdm_reserved", f"{OPEN}/wind": "allowed"}


def test_in_a_wacz_as_well(tmp_path: Path) -> None:
    for name, kept in CAPTURES.items():
        with zipfile.ZipFile(tmp_path / f"{name}.wacz", "w") as book:
            book.writestr("archive/data.warc.gz", archive(kept))
        put(tmp_path / f"{name}.wacz", (tmp_path / f"{name}.wacz").read_bytes())
    assert read(tmp_path) == {f"{CLOSED}/wind": "robots", f"{OPEN}/wind": "allowed", f"{OPEN}/sea": "allowed"}


def test_one_that_is_damaged_is_no_consent(tmp_path: Path) -> None:
    laid(tmp_path, CAPTURES, gzip=False, ending=".warc")
    blob = (tmp_path / "b.warc").read_bytes()
    put(tmp_path / "b.warc", blob.replace(b"Disallow", b"Disallox"))
    assert read(tmp_path)[f"{CLOSED}/wind"] == "robots"  # as it stands there now, it forbids nothing


def test_each_archive_may_hold_its_own(tmp_path: Path) -> None:
    laid(tmp_path, CAPTURES)
    assert set(read(tmp_path, site_files="archive").values()) == {"allowed"}


def test_a_single_archive_is_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(objects: object, files: Iterable[str]) -> None:
        raise AssertionError(files)

    monkeypatch.setattr("rightful.connectors.crawl.planning.gathered", never)
    laid(tmp_path, {"a": [*CAPTURES["a"], robots(FORBIDS, CLOSED)]})
    assert read(tmp_path) == {f"{CLOSED}/wind": "robots", f"{OPEN}/wind": "allowed"}


def test_what_there_is_no_room_for_is_no_consent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid(tmp_path, {**CAPTURES, "b": [robots("User-agent: *\nAllow: /\n", site) for site in (CLOSED, OPEN)]})
    monkeypatch.setattr(site_files, "MOST_OF_A_SHARD", 1)
    assert sorted(read(tmp_path).values()) == ["allowed", "robots"]
