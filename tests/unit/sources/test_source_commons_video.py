"""Source `commons_video`: sound and video of a day's uploads, with their authors. No network is used."""

from __future__ import annotations

from tests.unit.sources.video_replay import records, rulings

from rightful.model import FailedRecord, Record


def test_sound_and_video_are_read_and_photos_are_not() -> None:
    found, requests = records("commons_video")
    assert [record.native_id for record in found[:4]] == ["901", "902", "904", "905"]
    first = found[0]
    assert isinstance(first, Record)
    assert first.title == "Vulkan (ZDF, Terra X) 動画"
    assert (first.creators, first.media_seconds) == (("ZDF/ Terra X",), 45.327)
    assert first.url.startswith("https://commons.wikimedia.org/wiki/File:Vulkan")
    assert first.transcripts == ()
    assert isinstance(found[4], FailedRecord)
    query = requests[0].url.params
    assert (query["gaistart"], query["gaiend"]) == ("2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z")


def test_each_is_ruled_by_its_usage_terms() -> None:
    assert {key: value[:2] for key, value in rulings("commons_video").items()} == {
        "901": ("allow", "allowed"),
        "902": ("allow", "allowed"),
        "904": ("deny", "no_tag"),
        "905": ("quarantine", "unknown_id"),
    }
