"""What ``rightful new-source crawl`` writes: a source file, a small archive and a test, all valid from the start."""

from __future__ import annotations

CRAWL_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: whose crawl this is, and of which sites.
#
# How the licence is determined: by what each page says of its own main text (docs/page-licenses.md).
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: crawl
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: crawl
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01
tags: [crawl, web]

license:
  scope: record
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: page, strength: page_metadata}} # every place where a page states a licence

# Be gentle: what the store allows, or less. One pool per bucket.
pace: {{requests_per_second: 1, max_connections: 1, pool: fill-in-bucket}}

fetch:
  base_url: s3://fill-in-bucket/ # FILL IN; file:///folder/ for a folder
"""


def _record(number: int, mark: str) -> str:
    page = f"<!doctype html><html><body><main><p>A page of the crawl.</p>{mark}</main></body></html>\r\n"
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n{page}"
    return (
        "WARC/1.0\r\n"
        "WARC-Type: response\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012d}>\r\n"
        "WARC-Date: 2026-01-01T10:00:00Z\r\n"
        f"WARC-Target-URI: https://example.org/{number}\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(answer)}\r\n\r\n{answer}\r\n\r\n"
    )


CRAWL_ARCHIVE = _record(
    1, '<p>Licensed under <a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.</p>'
) + _record(2, "")

CRAWL_TEST = '''\
"""Source `{id}`: its saved archive is read as its file says. No network is used."""

from __future__ import annotations

from pathlib import Path

from rightful.archive import ArchiveCounts, ArchiveRecord, read_archive
from rightful.catalogue.load import load_source
from rightful.settings import PROJECT_ROOT

SAVED = Path(__file__).with_name("saved") / "{id}.warc"


def test_the_archive_is_whole() -> None:
    counts = ArchiveCounts()
    with SAVED.open("rb") as stream:
        records = [one for one in read_archive(stream, SAVED.name, counts=counts) if isinstance(one, ArchiveRecord)]
    assert counts.complete
    # FILL IN what the saved archive holds: a page that may be used, and one that must not load.
    assert [record.url for record in records] == ["https://example.org/1", "https://example.org/2"]
    assert b"creativecommons.org/licenses/by/4.0/" in records[0].body


def test_its_file_is_valid() -> None:
    source = load_source(PROJECT_ROOT / "include/sources/{id}.yaml")
    assert source.crawl.scheme == "s3"  # FILL IN
'''
