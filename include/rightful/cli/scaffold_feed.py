"""What ``rightful new-source feed`` writes: a source file, a saved feed and a test, all valid from the start."""

from __future__ import annotations

FEED_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: whose articles these are, and how the licence of one is determined.
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md ("Feeds") goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: feed
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: other # or public_dataset, licensed_api
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01
language: en # FILL IN
tags: [news]

license:
  scope: record # record: feed or page say it; source: one statement of the site for all; contract: a signed file
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: record.license, strength: publisher}} # every place where a feed states a licence
    # - {{from: page, strength: page_metadata}} # and what the linked page says

# Be gentle: what the host allows, or less. One pool per host.
pace: {{requests_per_second: 0.5, max_connections: 1, pool: news.example.org}}

fetch:
  base_url: https://news.example.org # FILL IN
  feeds: [/feed/] # FILL IN
  paginate: {{style: page, param: paged}} # WordPress; `next` for links to older documents; `none` for one document
  # linked: {{url: full_text_at, optional: true}} # FILL IN where the feed holds teasers: their pages
"""

ARTICLES = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- FILL IN: put a feed of the real site here, cut to a few entries; keep one that must not load. -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule">
  <channel>
    <title>The News</title>
    <link>https://news.example.org</link>
    <language>en</language>
    <item>
      <title>An article that may be used</title>
      <link>https://news.example.org/2026/01/one/</link>
      <dc:creator>A. Writer</dc:creator>
      <pubDate>Thu, 01 Jan 2026 10:00:00 +0000</pubDate>
      <guid isPermaLink="false">https://news.example.org/?p=1</guid>
      <description>It may be [&#8230;]</description>
      <content:encoded><![CDATA[<p>An article that may be used, since its licence says so.</p>]]></content:encoded>
      <creativeCommons:license>https://creativecommons.org/licenses/by/4.0/</creativeCommons:license>
    </item>
    <item>
      <title>An article without a licence</title>
      <link>https://news.example.org/2026/01/two/</link>
      <dc:creator>B. Writer</dc:creator>
      <pubDate>Thu, 01 Jan 2026 09:00:00 +0000</pubDate>
      <guid isPermaLink="false">https://news.example.org/?p=2</guid>
      <description>Nobody says [&#8230;]</description>
      <content:encoded><![CDATA[<p>Nobody says who may use this.</p>]]></content:encoded>
    </item>
    <item>
      <title>An article of the day before, by which the feed is known to reach back</title>
      <link>https://news.example.org/2025/12/zero/</link>
      <pubDate>Wed, 31 Dec 2025 10:00:00 +0000</pubDate>
      <guid isPermaLink="false">https://news.example.org/?p=0</guid>
    </item>
  </channel>
</rss>
"""

FEED_TEST = '''\
"""Source `{id}`: its saved feed is read as its file says. No network is used."""

from __future__ import annotations

from tests.unit.sources.feed_replay import Replay

from rightful.model import Record


def test_the_day_s_articles_are_read() -> None:
    first, second = Replay("{id}").records()
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    # FILL IN what the first article of the saved feed holds.
    assert (first.native_id, first.url) == ("https://news.example.org/?p=1", "https://news.example.org/2026/01/one/")
    assert (first.title, first.creators) == ("An article that may be used", ("A. Writer",))
    assert (first.body or "").startswith("<p>An article")


def test_each_article_is_ruled_by_its_licence() -> None:
    # FILL IN: one article that may load, and one that may not.
    assert Replay("{id}").rulings() == {{
        "https://news.example.org/?p=1": ("allow", "allowed", "CC-BY-4.0"),
        "https://news.example.org/?p=2": ("deny", "no_tag", None),
    }}
'''
