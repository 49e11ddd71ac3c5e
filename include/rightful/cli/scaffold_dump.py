"""What ``rightful new-source dump`` writes: a source file, a file of two records and a test, valid from the start."""

from __future__ import annotations

import json

DUMP_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: what these files hold, and how the licence of a record is determined.
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: dump
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: public_dataset # or licensed_file, other
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 5 * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01

license:
  scope: record # record: each record says it; source: one statement for all; contract: a signed file
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: record.license, strength: publisher}} # FILL IN where the tag stands in a record
  aliases: {{}} # the publisher's own names for licences, e.g. "CC BY 4.0": CC-BY-4.0

# Be gentle: what the site's documentation allows, or less. One pool per host.
pace: {{requests_per_second: 1, max_connections: 1, pool: dumps.example.org}}

fetch:
  base_url: https://dumps.example.org/ # FILL IN; s3://bucket/prefix/ or file:///folder/ as well
  files: # FILL IN which files belong to a slice: by date, changed or fixed
    by: date
    path: articles-{{%Y-%m}}.jsonl # FILL IN, with the date in strftime's letters
    every: month
    lag_days: 2 # FILL IN how long after the month's end the file is there
  # checksums: {{path: sha256sums.txt, algorithm: sha256}}
  format: jsonl # FILL IN; packing (gzip, bzip2, xz, Zstandard) is told by the first bytes
  fields: # FILL IN paths inside a record
    id: id
    url: url
    title: title
    text: text
    media_type: text/plain # or text/html, text/x-wiki …
    creators: author
    published: published
"""

_ROWS = (
    {
        "id": "a1",
        "url": "https://example.org/a1",
        "title": "FILL IN: put some lines of a real file here",
        "text": "An article that may be used, since its licence says so.",
        "author": "A. Writer",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "published": "2026-01-01T10:00:00Z",
    },
    {
        "id": "a2",
        "url": "https://example.org/a2",
        "title": "FILL IN: keep one record that must not load",
        "text": "An article without a licence.",
        "author": "B. Writer",
        "license": None,
        "published": "2026-01-02T10:00:00Z",
    },
)
DUMP_FILE = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _ROWS)

DUMP_TEST = '''\
"""Source `{id}`: its saved file is read as its file says. No network is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.dump_replay import Site, saved

from rightful.model import Record

SLICE = ("2026-01-05", "2026-02-05")  # FILL IN a slice that takes the file


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site("{id}", tmp_path)
    site.put("articles-2026-01.jsonl", saved("{id}.jsonl"))  # FILL IN the file's path on the site
    return site


def test_records_are_read(site: Site) -> None:
    first, second = site.records(*SLICE)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    # FILL IN what the first record of the saved file holds.
    assert (first.native_id, first.url, first.creators) == ("a1", "https://example.org/a1", ("A. Writer",))
    assert (first.body or "").startswith("An article")


def test_each_record_is_ruled_by_its_licence(site: Site) -> None:
    # FILL IN: one record that may load, and one that may not.
    assert site.rulings(*SLICE) == [("a1", "allow", "allowed", "CC-BY-4.0"), ("a2", "deny", "no_tag", None)]
'''
