"""Source `peertube`: the day's videos, by the licence and the account of each. No network is used."""

from __future__ import annotations

from tests.unit.sources.video_replay import records, rulings

from rightful.model import FailedRecord, Record

ID = "9c9de5e8-0a1e-484a-b099-e8076618{:04d}".format


def test_the_days_videos_are_read_and_nobody_elses() -> None:
    found, requests = records("peertube")
    assert [record.native_id for record in found] == [ID(number) for number in (6, 5, 4, 3, 2)]
    deleted, *_, first = found
    assert isinstance(deleted, FailedRecord)
    assert deleted.reason == "fetch_failed"
    assert isinstance(first, Record)
    assert first.title == "Éducation populaire — 民衆教育"
    assert first.url == f"https://framatube.org/videos/watch/{ID(2)}"
    assert (first.creators, first.publisher, first.language) == (("Framasoft",), "Les vidéos", "fr")
    assert (first.media_seconds, first.media[0].bytes, first.body) == (61, 934567, None)
    assert b".mp4" not in first.raw
    assert {request.url.host for request in requests} == {"framatube.org"}
    assert all(request.headers["User-Agent"].startswith("Rightful/") for request in requests)


def test_each_is_ruled_by_its_licence_and_its_channel() -> None:
    assert rulings("peertube") == {
        ID(2): ("allow", "allowed", "CC-BY-SA-4.0"),
        ID(3): ("deny", "no_tag", None),
        ID(4): ("deny", "nc", "LicenseRef-CC-BY-NC-unversioned"),
        ID(5): ("quarantine", "weak_evidence", "CC-BY-4.0"),
    }
