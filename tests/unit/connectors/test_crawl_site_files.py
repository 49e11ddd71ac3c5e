"""robots.txt files that a snapshot keeps apart from its pages: found by the index, read once a shard, never guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.connectors.crawls import BY, CAPTURED, DAY, POLICY, Capture, archive, connector_of, crawl, page, robots

from rightful.catalogue.models import Source
from rightful.connectors.crawl import site_files
from rightful.connectors.files.objects import Objects
from rightful.errors import Forbidden, Malformed
from rightful.licensing.decide import decide
from rightful.licensing.optouts import timeless
from rightful.model import Record, Ruling, Shard

SNAPSHOT = "LITTLE-2026-09"
OPEN, CLOSED, GONE, SILENT = (f"https://{name}.example" for name in ("open", "closed", "gone", "silent"))
SITES = (OPEN, CLOSED, GONE, SILENT)
PAGES, ROBOTS = "crawl-data/pages.warc.gz", "crawl-data/robots.warc.gz"
KEPT = [
    robots("User-agent: *\nDisallow: /\n", "https://unasked.example"),
    robots("User-agent: *\nAllow: /\n", OPEN),
    robots("User-agent: *\nDisallow: /\n", CLOSED),
    robots("not here", GONE, "404 Not Found"),
]


def laid(folder: Path, name: str, captures: list[Capture]) -> list[dict[str, Any]]:
    """Writes an archive; its rows of the index."""
    rows, at = [], 0
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    blobs = [archive([one]) for one in captures]
    place.write_bytes(b"".join(blobs))
    for one, blob in zip(captures, blobs, strict=True):
        rows.append(
            {
                "url": one.url,
                "url_host_registered_domain": one.url.split("/")[2],
                "content_languages": "eng",
                "content_mime_detected": "text/html" if name == PAGES else "text/plain",
                "fetch_status": int(one.status[:3]),
                "warc_filename": name,
                "warc_record_offset": at,
                "warc_record_length": len(blob),
            }
        )
        at += len(blob)
    return rows


def index(folder: Path, subset: str, rows: list[dict[str, Any]]) -> None:
    place = folder / f"cc-index/table/cc-main/warc/crawl={SNAPSHOT}/subset={subset}/part-00000.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), place)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    end = DAY.start.isoformat()
    (tmp_path / "collinfo.json").write_text(json.dumps([{"id": SNAPSHOT, "from": end, "to": end}]))
    index(tmp_path, "warc", laid(tmp_path, PAGES, [Capture(f"{site}/wind", page(BY)) for site in SITES]))
    return tmp_path


def source_of(folder: Path, **more: Any) -> Source:
    domains = [site.split("/")[2] for site in SITES]
    asked = {"domains": domains, "file_bytes": 2**20, **more}
    return crawl(folder, fetch={"collections": "collinfo.json", "mode": "index", "index": asked})


def read(source: Source) -> tuple[Shard, dict[str, Record]]:
    with connector_of(source) as connector:
        (shard,) = connector.plan(DAY)
        found = [record for step in connector.fetch(shard) for record in step.records]
    assert all(isinstance(record, Record) for record in found)
    return shard, {record.url: record for record in found if isinstance(record, Record)}


def ruled(source: Source, record: Record) -> Ruling:
    return decide(record.claims, timeless(record.optouts), source, POLICY, {}, {}, (), None, CAPTURED.date())


def said(record: Record) -> set[str]:
    return {optout.value for optout in record.optouts if optout.signal == "robots"}


def test_each_site_is_asked_by_its_own_robots_txt(folder: Path) -> None:
    index(folder, "robotstxt", laid(folder, ROBOTS, KEPT))
    source = source_of(folder)
    shard, found = read(source)
    assert [url for _, _, _, url in shard.params["robots"]] == [f"{site}/robots.txt" for site in (OPEN, CLOSED, GONE)]
    reasons = {url: ruled(source, record).reason for url, record in found.items()}
    assert reasons == {
        f"{OPEN}/wind": "allowed",
        f"{CLOSED}/wind": "robots",
        f"{GONE}/wind": "allowed",
        f"{SILENT}/wind": "allowed",
    }
    assert said(found[f"{SILENT}/wind"]) == {"not checked"}
    assert said(found[f"{OPEN}/wind"]) == {"allow"}


@pytest.mark.parametrize("damage", ["cut", "gone", "error page", "other record"])
def test_what_can_t_be_read_is_no_consent(folder: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rightful.connectors.files.objects._LEAST_PAUSE", 0.0)
    rows = laid(folder, ROBOTS, KEPT)
    index(folder, "robotstxt", rows)
    place = folder / ROBOTS
    if damage == "cut":
        place.write_bytes(place.read_bytes()[: rows[0]["warc_record_length"] + 20])
    elif damage == "gone":
        place.unlink()
    elif damage == "error page":
        place.write_bytes(b"<html>503 Slow Down</html>" * 99)
    else:
        place.write_bytes(archive([Capture("https://other.example/", page())]) * 3)
    source = source_of(folder)
    _, found = read(source)
    assert said(found[f"{CLOSED}/wind"]) == {"unreachable"}
    assert ruled(source, found[f"{CLOSED}/wind"]).decision != "allow"
    assert said(found[f"{SILENT}/wind"]) == {"not checked"}
    assert said(found[f"{OPEN}/wind"]) == {"unreachable"}


def test_without_such_an_index_nothing_is_checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shard, found = read(source_of(folder))
    assert "robots" not in shard.params
    assert {value for record in found.values() for value in said(record)} == {"not checked"}
    index(folder, "robotstxt", laid(folder, ROBOTS, KEPT))
    assert "robots" not in read(source_of(folder, robots=None))[0].params
    assert "robots" not in read(source_of(folder, domains=[], languages=["eng"]))[0].params
    monkeypatch.setattr(site_files, "MOST_PAIRS", 3)
    assert "robots" not in read(source_of(folder))[0].params


def test_of_too_many_captures_some_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the others nobody looked is no consent: the index says that there is a robots.txt."""
    index(folder, "robotstxt", laid(folder, ROBOTS, KEPT))
    monkeypatch.setattr(site_files, "MOST_OF_A_SHARD", 2)
    shard, found = read(source_of(folder))
    assert [bool(file) for file, *_ in shard.params["robots"]] == [False, True, True]
    assert said(found[f"{CLOSED}/wind"]) == {"disallow"}
    assert said(found[f"{GONE}/wind"]) == {"unreachable"}
    assert ruled(source_of(folder), found[f"{GONE}/wind"]).decision != "allow"
    assert said(found[f"{SILENT}/wind"]) == {"not checked"}


def test_all_captures_of_a_site_are_read_or_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The capture that is left out may be the one that forbids."""
    allowing, forbidding = ("User-agent: *\nAllow: /\n", "User-agent: *\nDisallow: /\n")
    both = [robots(text, OPEN) for text in (allowing, forbidding)]
    index(folder, "robotstxt", laid(folder, ROBOTS, [*both, robots(forbidding, CLOSED)]))
    urls = {n: [url for *_, url in _limited(folder, monkeypatch, "MOST_OF_A_SHARD", n)[0]] for n in (1, 2, 3)}
    opened, closed = f"{OPEN}/robots.txt", f"{CLOSED}/robots.txt"
    # One that is named without a file comes first: it is not read.
    assert urls == {1: [opened, closed], 2: [closed, opened, opened], 3: [opened, opened, closed]}
    _, found = _limited(folder, monkeypatch, "MOST_OF_A_SHARD", 2)
    assert said(found[f"{OPEN}/wind"]) == {"allow", "disallow"}
    assert said(found[f"{CLOSED}/wind"]) == {"unreachable"}
    _, found = _limited(folder, monkeypatch, "MOST_OF_A_SHARD", 1)
    assert said(found[f"{OPEN}/wind"]) == {"unreachable"}


def test_all_captures_of_a_site_beside_are_kept_or_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = [OPEN.replace("open", f"{name}.open") for name in ("first", "second")]
    rows = laid(folder, ROBOTS, [robots("User-agent: *\nAllow: /\n", site) for site in sites for _ in range(2)])
    index(folder, "robotstxt", [row | {"url_host_registered_domain": "open.example"} for row in rows])
    kept = {n: [url for *_, url in _limited(folder, monkeypatch, "MOST_BESIDE", n)[0]] for n in (1, 2, 3, 4)}
    first, second = ([f"{site}/robots.txt"] * 2 for site in sites)
    assert kept == {1: [], 2: first, 3: first, 4: first + second}


def _limited(folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, number: int) -> tuple[Any, dict[str, Record]]:
    """The shard's captures under this limit, and what it read."""
    monkeypatch.setattr(site_files, limit, number)
    shard, found = read(source_of(folder))
    return shard.params.get("robots", []), found


def test_one_of_two_captures_that_can_t_be_read_is_no_consent(folder: Path) -> None:
    """Nobody knows under which of them a page was fetched."""
    captures = [robots("User-agent: *\nAllow: /\n", OPEN), robots("User-agent: *\nDisallow: /\n", OPEN)]
    rows = laid(folder, ROBOTS, captures)
    index(folder, "robotstxt", rows)
    place = folder / ROBOTS
    place.write_bytes(place.read_bytes()[:-30])
    _, found = read(source_of(folder))
    assert said(found[f"{OPEN}/wind"]) == {"unreachable"}


def test_a_page_between_two_wanted_ones_may_be_of_another_site(folder: Path) -> None:
    beside = OPEN.replace("open", "beside.open")
    rows = laid(folder, PAGES, [Capture(f"{site}/{n}", page(BY)) for n, site in enumerate((OPEN, beside, OPEN))])
    rows[1] |= {"url_host_registered_domain": "open.example", "content_languages": "deu"}
    index(folder, "warc", rows)
    kept = laid(folder, ROBOTS, [robots("User-agent: *\nDisallow: /\n", beside)])
    kept[0]["url_host_registered_domain"] = "open.example"
    index(folder, "robotstxt", kept)
    source = source_of(folder, languages=["eng"])
    _, found = read(source)
    assert ruled(source, found[f"{beside}/1"]).reason == "robots"


@pytest.mark.parametrize("asked", ["list_objects", "open_archive"])
def test_a_host_that_wants_no_visit_is_left(folder: Path, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    index(folder, "robotstxt", laid(folder, ROBOTS, KEPT))
    answered = getattr(Objects, asked)

    def refusing(self: Objects, place: str, *how: Any) -> Any:
        if "robots" in place:
            error = Forbidden(f"{place}: status 403")
            error.status = 403
            raise error
        return answered(self, place, *how)

    monkeypatch.setattr(Objects, asked, refusing)
    with pytest.raises(Forbidden, match="403"):
        read(source_of(folder))


def test_an_index_of_robots_txt_that_is_broken_is_told(folder: Path) -> None:
    index(folder, "robotstxt", [{"url": "x"}])
    with pytest.raises(Malformed, match=r"lacks the columns.*fetch\.index\.robots"):
        read(source_of(folder))
    (path,) = folder.glob("cc-index/**/subset=robotstxt/*.parquet")
    path.write_bytes(b"<html>503 Slow Down</html>")
    with pytest.raises(Malformed, match="subset=robotstxt"):
        read(source_of(folder))


def test_another_attempt_reads_them_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index(folder, "robotstxt", laid(folder, ROBOTS, KEPT))
    monkeypatch.setattr("rightful.connectors.crawl.connector.PAGE_RECORDS", 1)
    source = source_of(folder)
    with connector_of(source) as connector:
        (shard,) = connector.plan(DAY)
        steps = list(connector.fetch(shard))
        again = list(connector.fetch(shard, steps[0].cursor))
    assert [step.records for step in again] == [step.records for step in steps[1:]]
    (second,) = steps[1].records
    assert isinstance(second, Record)
    assert ruled(source, second).reason == "robots"
