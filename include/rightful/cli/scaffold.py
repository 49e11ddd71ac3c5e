"""What ``rightful new-source`` writes: a source file, a saved answer and a test, all of them valid from the start."""

from __future__ import annotations

import json

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


def files_of(kind: str, source_id: str) -> dict[str, str]:
    """Path below the project's folder → text, for a new source of ``kind``: the source file, a saved answer, a test,
    and what else the kind needs."""
    more: dict[str, str] = {}
    if kind == "podcast":
        from rightful.cli.scaffold_podcast import FEED, PODCAST_SOURCE, PODCAST_TEST

        source, saved, ending, test = PODCAST_SOURCE, FEED, "xml", PODCAST_TEST
    elif kind == "video":
        from rightful.cli.scaffold_video import VIDEO_ANSWERS, VIDEO_SOURCE, VIDEO_TEST

        source, saved, ending, test = VIDEO_SOURCE, VIDEO_ANSWERS, "json", VIDEO_TEST
    elif kind == "crawl":
        from rightful.cli.scaffold_crawl import CRAWL_ARCHIVE, CRAWL_SOURCE, CRAWL_TEST

        source, saved, ending, test = CRAWL_SOURCE, CRAWL_ARCHIVE, "warc", CRAWL_TEST
    elif kind == "dump":
        from rightful.cli.scaffold_dump import DUMP_FILE, DUMP_SOURCE, DUMP_TEST

        source, saved, ending, test = DUMP_SOURCE, DUMP_FILE, "jsonl", DUMP_TEST
    elif kind == "bucket":
        from rightful.cli.scaffold_bucket import BUCKET_METADATA, BUCKET_SOURCE, BUCKET_TEST

        source, saved, ending, test = BUCKET_SOURCE, BUCKET_METADATA, "jsonl", BUCKET_TEST
    elif kind == "oai_pmh":
        from rightful.cli.scaffold_oai import OAI_ANSWER, OAI_SOURCE, OAI_TEST

        source, saved, ending, test = OAI_SOURCE, OAI_ANSWER, "xml", OAI_TEST
    elif kind == "feed":
        from rightful.cli.scaffold_feed import ARTICLES, FEED_SOURCE, FEED_TEST

        source, saved, ending, test = FEED_SOURCE, ARTICLES, "xml", FEED_TEST
    elif kind == "repository":
        from rightful.cli.scaffold_repository import REPOSITORY_COMMITS, REPOSITORY_SOURCE, REPOSITORY_TEST

        source, saved, ending, test = REPOSITORY_SOURCE, REPOSITORY_COMMITS, "json", REPOSITORY_TEST
    elif kind == "synthetic":
        from rightful.cli.scaffold_synthetic import SYNTHETIC_ANSWERS, SYNTHETIC_SOURCE, SYNTHETIC_TEST

        source, saved, ending, test = SYNTHETIC_SOURCE, SYNTHETIC_ANSWERS, "json", SYNTHETIC_TEST
    elif kind == "module":
        from rightful.cli.scaffold_module import MODULE_ANSWERS, MODULE_CODE, MODULE_SOURCE, MODULE_TEST

        source, saved, ending, test = MODULE_SOURCE, MODULE_ANSWERS, "json", MODULE_TEST
        more = {f"include/sources/{source_id}.py": MODULE_CODE.format(id=source_id)}
    else:
        saved = json.dumps(ANSWER, indent=2, ensure_ascii=False) + "\n"
        source, ending, test = SOURCE, "json", TEST
    return {
        f"include/sources/{source_id}.yaml": source.format(id=source_id),
        f"tests/unit/sources/saved/{source_id}.{ending}": saved,
        f"tests/unit/sources/test_source_{source_id}.py": test.format(id=source_id),
        **more,
    }
