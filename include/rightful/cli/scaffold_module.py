"""What ``rightful new-source module`` writes: a source file, its module, saved answers and a test, all valid."""

from __future__ import annotations

import json

MODULE_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: what this is, how the licence of a record is determined, why no other kind can read it.
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md says when a module is right.
id: {id}
title: FILL IN what people call it
kind: module
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: public_dataset
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01

license:
  scope: record
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: record.license, strength: publisher}} # FILL IN where the tag stands in what the module lists

pace: {{requests_per_second: 1, max_connections: 1}}

fetch:
  base_url: https://example.org # FILL IN
  module: include/sources/{id}.py
  fields: # FILL IN paths inside what the module lists
    id: id
    url: url
    title: title
    text: text
    creators: author
"""

MODULE_CODE = '''\
"""Lists the records of `{id}`: FILL IN what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def pages(ask: Any, slice: Any, shard: dict[str, Any], cursor: Any) -> Iterator[tuple[list[Any], Any]]:
    """Yields (records as JSON objects, where to go on after them) until there are no more."""
    page = cursor or 1
    while True:
        answer = ask.json("/list", {{"day": f"{{slice.start:%Y-%m-%d}}", "page": page}})  # FILL IN
        page += 1
        yield answer["items"], page
        if not answer["more"]:
            return
'''

MODULE_ANSWERS = (
    json.dumps(
        {
            "/list?day=2026-01-01&page=1": {
                "items": [
                    {
                        "id": 1,
                        "url": "https://example.org/1",
                        "title": "FILL IN a real record",
                        "author": "A. Writer",
                        "text": "A text that may be used.",
                        "license": "https://creativecommons.org/licenses/by/4.0/",
                    }
                ],
                "more": True,
            },
            "/list?day=2026-01-01&page=2": {
                "items": [{"id": 2, "url": "https://example.org/2", "text": "One that must not load."}],
                "more": False,
            },
        },
        indent=1,
    )
    + "\n"
)

MODULE_TEST = '''\
"""Source `{id}`: saved answers are read as its files say. No network is used."""

from __future__ import annotations

from tests.unit.sources.module_replay import records, rulings

from rightful.model import Record


def test_records_are_read() -> None:
    first = records("{id}")[0]
    assert isinstance(first, Record)
    # FILL IN what the first record of the saved answers holds.
    assert (first.native_id, first.creators) == ("1", ("A. Writer",))


def test_each_record_is_ruled_by_its_licence() -> None:
    # FILL IN: one record that may load, and one that may not.
    assert rulings("{id}") == [("1", "allow", "allowed", "CC-BY-4.0"), ("2", "deny", "no_tag", None)]
'''
