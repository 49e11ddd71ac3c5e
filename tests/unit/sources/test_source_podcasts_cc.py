"""Source `podcasts_cc`: the day's episodes of a feed, by the licence of each. No network is used."""

from __future__ import annotations

from tests.unit.sources.podcast_replay import records, rulings
from tests.unit.sources.replay import source_of

from rightful.model import Record

FEED = ("https://tides.example/feed.xml",)
EBB, MUSIC, BOTH = "tides-2026-01-01-ebb-and-flood", "https://tides.example/13", "tides-2026-01-01-contradiction"


def test_the_day_s_episodes_are_read() -> None:
    found, requests = records("podcasts_cc", FEED)
    assert [record.native_id for record in found] == [EBB, MUSIC, BOTH]
    first = found[0]
    assert isinstance(first, Record)
    assert (first.title, first.url) == ("Ebb & flood", "https://tides.example/12")
    assert (first.creators, first.publisher, first.language) == (("Ada Moore",), "Tide Tables", "en")
    assert (first.media_seconds, first.media[0].bytes) == (1511.0, 12345678)
    assert first.media[0].url == "https://op3.dev/e/audio.tides.example/12.mp3?x=1&y=2"
    assert [transcript.media_type for transcript in first.transcripts] == ["text/vtt", "application/srt"]
    assert {str(request.url) for request in requests} == set(FEED)


def test_each_is_ruled_by_its_licence() -> None:
    assert rulings("podcasts_cc", FEED) == {
        EBB: ("allow", "allowed", "CC-BY-SA-4.0"),
        MUSIC: ("deny", "nc", "CC-BY-NC-ND-4.0"),
        BOTH: ("quarantine", "conflict", None),
    }


def test_without_reviewed_feeds_it_is_off() -> None:
    source = source_of("podcasts_cc")
    assert not source.enabled
    assert records("podcasts_cc") == ([], [])
