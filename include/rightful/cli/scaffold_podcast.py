"""What ``rightful new-source podcast`` writes: a source file, a saved feed and a test, all valid from the start."""

from __future__ import annotations

PODCAST_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: which show this is.
#
# How the licence is determined: by what the feed says of each episode (docs/speech.md, "Podcasts").
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: podcast
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: public_dataset
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01
record_kind: transcript
language: en # FILL IN: what is spoken
tags: [podcast, speech]

license:
  scope: record # record: the feed says it; source: one statement of the site for all; contract: a signed file
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: record.license, strength: publisher}} # every place where a feed states a licence

# Be gentle: what the host allows, or less. One pool per host.
pace: {{requests_per_second: 1, max_connections: 1, pool: feeds.example.org}}

speech:
  engine: faster-whisper

fetch:
  base_url: https://feeds.example.org # FILL IN
  feeds: [https://feeds.example.org/show.xml] # FILL IN; for many of them `opml` or `lists`
  allow_hosts: [audio.example.org] # FILL IN where recordings and transcripts lie; or `any_host: true`
"""

FEED = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- FILL IN: put a feed of the real show here, cut to a few episodes; keep one that must not load. -->
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
  xmlns:podcast="https://podcastindex.org/namespace/1.0">
  <channel>
    <title>The Show</title>
    <language>en</language>
    <itunes:author>A. Speaker</itunes:author>
    <item>
      <title>An episode that may be used</title>
      <guid isPermaLink="false">the-show-episode-0001</guid>
      <pubDate>Thu, 01 Jan 2026 10:00:00 GMT</pubDate>
      <itunes:duration>25:11</itunes:duration>
      <enclosure url="https://audio.example.org/1.mp3" length="12345678" type="audio/mpeg"/>
      <podcast:license url="https://creativecommons.org/licenses/by/4.0/">cc-by-4.0</podcast:license>
    </item>
    <item>
      <title>An episode without a licence</title>
      <guid isPermaLink="false">the-show-episode-0002</guid>
      <pubDate>Thu, 01 Jan 2026 11:00:00 GMT</pubDate>
      <enclosure url="https://audio.example.org/2.mp3" length="12345678" type="audio/mpeg"/>
    </item>
  </channel>
</rss>
"""

PODCAST_TEST = '''\
"""Source `{id}`: its saved feed is read as its file says. No network is used."""

from __future__ import annotations

from tests.unit.sources.podcast_replay import records, rulings

from rightful.model import Record


def test_the_day_s_episodes_are_read() -> None:
    found, requests = records("{id}")
    assert [type(record) for record in found] == [Record, Record]
    first = found[0]
    assert isinstance(first, Record)
    # FILL IN what the first episode of the saved feed holds.
    assert first.native_id == "the-show-episode-0001"
    assert first.media[0].url == "https://audio.example.org/1.mp3"
    assert first.media_seconds == 25 * 60 + 11
    assert first.creators == ("A. Speaker",)
    # Nothing but the feed is asked for before the gate has ruled.
    assert {{request.url.host for request in requests}} == {{"feeds.example.org"}}


def test_each_episode_is_ruled_by_its_licence() -> None:
    # FILL IN: one episode that may load, and one that may not.
    assert rulings("{id}") == {{
        "the-show-episode-0001": ("allow", "allowed", "CC-BY-4.0"),
        "the-show-episode-0002": ("deny", "no_tag", None),
    }}
'''
