"""What ``rightful new-source bucket`` writes: a source file, a description of two works and a test, all valid."""

from __future__ import annotations

import json

BUCKET_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: who delivers what, and how the licence of a work is determined.
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: bucket
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: licensed_file
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01

license:
  scope: record # FILL IN contract, with `contract: <id of a file in include/contracts>`, where a paper is signed
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: record.license, strength: publisher}} # FILL IN where the tag stands in a description

pace: {{requests_per_second: 20, max_connections: 2, pool: fill-in-bucket}}

fetch:
  base_url: s3://fill-in-bucket/ # FILL IN; file:///folder/ for a folder
  # manifest: '(?:.*/)?manifest\\.sha256' # a delivery counts when its manifest is there; without, files by their date
  metadata: {{match: '.*\\.jsonl', format: jsonl}} # FILL IN: onix, jsonl or csv
  content: '(?:.*/)?(?P<id>[a-z0-9]+)\\.(?:epub|pdf|txt)' # FILL IN how works are called
  fields: # FILL IN paths inside a description
    id: id
    url_template: https://example.org/works/{{id}}
    title: title
    creators: author
    published: published
"""

_ROWS = (
    {
        "id": "a1",
        "title": "FILL IN: put some lines of a real description here",
        "author": "A. Writer",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "published": "2026-01-01",
    },
    {"id": "a2", "title": "FILL IN: keep one work that must not load", "author": "B. Writer", "license": None},
)
BUCKET_METADATA = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _ROWS)

BUCKET_TEST = '''\
"""Source `{id}`: a delivery is read as its file says. No network is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.sources.bucket_replay import Deliveries, saved

from rightful.model import Record

DAY = "2026-01-01"


@pytest.fixture
def deliveries(tmp_path: Path) -> Deliveries:
    deliveries = Deliveries("{id}", tmp_path)
    deliveries.put("books.jsonl", saved("{id}.jsonl"), DAY)
    # FILL IN works as they are delivered.
    deliveries.put("a1.txt", b"A book that may be used.", DAY)
    deliveries.put("a2.txt", b"A book without a licence.", DAY)
    return deliveries


def test_works_are_read(deliveries: Deliveries) -> None:
    first, second = deliveries.records(DAY)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    # FILL IN what the first description holds.
    assert (first.native_id, first.creators) == ("a1", ("A. Writer",))
    assert deliveries.text(first) == "A book that may be used."


def test_each_work_is_ruled_by_its_licence(deliveries: Deliveries) -> None:
    # FILL IN: one work that may load, and one that may not.
    assert deliveries.rulings(DAY) == [("a1", "allow", "allowed", "CC-BY-4.0"), ("a2", "deny", "no_tag", None)]
'''
