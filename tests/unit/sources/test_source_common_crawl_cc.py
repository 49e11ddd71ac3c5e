"""Source ``common_crawl_cc``: a snapshot by its list, its columnar index and ranges of its archive. No network."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastwarc.warc import ArchiveIterator
from tests.unit.connectors.crawls import BY, NC, Capture, archive, page
from tests.unit.sources.crawl_replay import in_folder, records, rulings
from tests.unit.sources.replay import SAVED, source_of

from rightful.catalogue.models import Source
from rightful.model import Record, Slice

SNAPSHOT = "CC-MAIN-2026-08"
MARCH = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 4, 1, tzinfo=UTC))
FILE = f"crawl-data/{SNAPSHOT}/segments/1770000000000.1/warc/CC-MAIN-20260205101112-20260205131112-00000.warc.gz"
HOST = "https://creativecommons.org"
PAGES = [
    Capture(f"{HOST}/a", page(BY, text="潮は一日に二度満ちる。 " * 30)),
    Capture(f"{HOST}/b", page(NC)),
    Capture(f"{HOST}/c", page(None)),
    Capture("https://other.example/d", page(BY)),
]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    data = archive(PAGES)
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_bytes(data)
    places = [record.stream_pos for record in ArchiveIterator(io.BytesIO(data))]
    rows = [
        {
            "url": one.url,
            "url_host_registered_domain": one.url.split("/")[2],
            "content_languages": "eng",
            "content_mime_detected": "text/html",
            "fetch_status": 200,
            "warc_filename": FILE,
            "warc_record_offset": start,
            "warc_record_length": end - start,
        }
        for one, start, end in zip(PAGES, places, [*places[1:], len(data)], strict=True)
    ]
    index = tmp_path / f"cc-index/table/cc-main/warc/crawl={SNAPSHOT}/subset=warc/part-00000.c000.gz.parquet"
    index.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), index)
    (tmp_path / "collinfo.json").write_bytes((SAVED / "common_crawl_cc.json").read_bytes())
    return in_folder("common_crawl_cc", tmp_path, collections="collinfo.json")


def test_pages_of_the_domains_are_ruled_by_what_they_say(source: Source) -> None:
    assert not source_of("common_crawl_cc").enabled
    assert rulings(source, MARCH) == [
        (f"{HOST}/a", "allow", "allowed", "CC-BY-4.0"),
        (f"{HOST}/b", "deny", "nc", "CC-BY-NC-4.0"),
    ]  # a page that speaks of no licence has no row; another domain is not read
    first = records(source, MARCH)[0]
    assert isinstance(first, Record)
    assert first.archived is not None
    assert first.archived.file == FILE
    assert "潮は一日に二度満ちる" in (first.body or "")


def test_a_snapshot_belongs_to_the_slice_in_which_it_was_listed(source: Source) -> None:
    told = json.loads((SAVED / "common_crawl_cc.json").read_text())
    assert told[0]["id"] == SNAPSHOT  # ended on 18 February, listed three weeks later
    february = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 8, tzinfo=UTC))
    assert records(source, february) == []
