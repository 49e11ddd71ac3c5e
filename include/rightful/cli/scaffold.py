"""What ``rightful new-source`` writes: a source file, a saved answer and a test, all of them valid from the start."""

from __future__ import annotations

import json
from importlib import import_module

SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: what this is, and how the licence of a record is determined.
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: rest
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: public_dataset # or licensed_api, licensed_file, crawl, synthetic, other
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01

license:
  scope: record # record: each record says it; source: one statement for all; contract: a signed file
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: record.license, strength: publisher}} # FILL IN where the tag stands in a record
  aliases: {{}} # the site's own names for licences, e.g. "CC BY 4.0": CC-BY-4.0

# Be gentle: what the site's documentation allows, or less. One pool per host.
pace: {{requests_per_second: 1, max_connections: 1, pool: api.example.org}}

fetch:
  base_url: https://api.example.org # FILL IN
  path: /v1/articles # FILL IN
  params: {{per_page: 100}} # FILL IN parameters of every request
  window: # FILL IN how the site bounds the time; without it every night fetches everything
    start: {{param: since, format: iso}}
    end: {{param: until, format: iso, inclusive: true}} # inclusive: the site includes this moment itself
  paginate: {{style: page, param: page, first: 1, more: has_more}} # FILL IN
  records: items # FILL IN the path of the list of records in an answer
  fields: # FILL IN paths inside a record
    id: id
    version: updated_at
    url: url
    title: title
    text: body
    media_type: text/html # or text/plain, text/x-wiki
    creators: author.name
    published: published_at
"""

ANSWER = {
    "items": [
        {
            "id": 1,
            "url": "https://example.org/articles/1",
            "title": "FILL IN: put an answer of the real site here",
            "body": "<p>An article that may be used, since its licence says so.</p>",
            "author": {"name": "A. Writer"},
            "license": "https://creativecommons.org/licenses/by/4.0/",
            "published_at": "2026-01-01T10:00:00Z",
            "updated_at": "2026-01-01T12:00:00Z",
        },
        {
            "id": 2,
            "url": "https://example.org/articles/2",
            "title": "FILL IN: keep one record that must not load",
            "body": "<p>An article without a licence.</p>",
            "author": {"name": "B. Writer"},
            "license": None,
            "published_at": "2026-01-01T11:00:00Z",
            "updated_at": "2026-01-01T11:00:00Z",
        },
    ],
    "has_more": False,
}

TEST = '''\
"""Source `{id}`: its saved answer is read as its file says. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import first_page, rulings

from rightful.model import Record


def test_records_are_read() -> None:
    page = first_page("{id}")
    assert [type(record) for record in page.records] == [Record, Record]
    first = page.records[0]
    assert isinstance(first, Record)
    # FILL IN what the first record of the saved answer holds.
    assert first.native_id == "1"
    assert first.url == "https://example.org/articles/1"
    assert first.body is not None
    assert first.body.startswith("<p>An article")
    assert first.creators == ("A. Writer",)


def test_each_record_is_ruled_by_its_licence() -> None:
    # FILL IN: one record that may load, and one that may not.
    assert rulings("{id}") == [("1", "allow", "allowed", "CC-BY-4.0"), ("2", "deny", "no_tag", None)]
'''


_KINDS = {
    "podcast": ("PODCAST_SOURCE", "FEED", "xml", "PODCAST_TEST"),
    "video": ("VIDEO_SOURCE", "VIDEO_ANSWERS", "json", "VIDEO_TEST"),
    "crawl": ("CRAWL_SOURCE", "CRAWL_ARCHIVE", "warc", "CRAWL_TEST"),
    "dump": ("DUMP_SOURCE", "DUMP_FILE", "jsonl", "DUMP_TEST"),
    "bucket": ("BUCKET_SOURCE", "BUCKET_METADATA", "jsonl", "BUCKET_TEST"),
    "oai_pmh": ("OAI_SOURCE", "OAI_ANSWER", "xml", "OAI_TEST"),
    "feed": ("FEED_SOURCE", "ARTICLES", "xml", "FEED_TEST"),
    "repository": ("REPOSITORY_SOURCE", "REPOSITORY_COMMITS", "json", "REPOSITORY_TEST"),
    "synthetic": ("SYNTHETIC_SOURCE", "SYNTHETIC_ANSWERS", "json", "SYNTHETIC_TEST"),
    "module": ("MODULE_SOURCE", "MODULE_ANSWERS", "json", "MODULE_TEST"),
}
"""By kind: source file, what is saved, its ending, and test, as ``scaffold_<kind>.py`` names them."""


def files_of(kind: str, source_id: str) -> dict[str, str]:
    """Path below the project's folder → text, for a new source of ``kind``: the source file, a saved answer, a test,
    and what else the kind needs."""
    source, saved, ending, test = SOURCE, json.dumps(ANSWER, indent=2, ensure_ascii=False) + "\n", "json", TEST
    more: dict[str, str] = {}
    if kind in _KINDS:
        texts = import_module(f"rightful.cli.scaffold_{kind.partition('_')[0]}")
        of_source, of_saved, ending, of_test = _KINDS[kind]
        source, saved, test = getattr(texts, of_source), getattr(texts, of_saved), getattr(texts, of_test)
        if kind == "module":
            more = {f"include/sources/{source_id}.py": texts.MODULE_CODE.format(id=source_id)}
    return {
        f"include/sources/{source_id}.yaml": source.format(id=source_id),
        f"tests/unit/sources/saved/{source_id}.{ending}": saved,
        f"tests/unit/sources/test_source_{source_id}.py": test.format(id=source_id),
        **more,
    }
