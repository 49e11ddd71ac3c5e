"""Source `internet_archive_audio`: items of a day, one record a recording. No network is used."""

from __future__ import annotations

from tests.unit.sources.video_replay import records, rulings

from rightful.model import FailedRecord, Record


def test_an_item_gives_a_record_for_each_recording() -> None:
    found, requests = records("internet_archive_audio")
    one, two = found[:2]
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    assert (one.native_id, two.native_id) == ("book_2601/part 1.mp3", "book_2601/part 2.mp3")
    assert one.version != two.version
    assert (one.creators, one.media_seconds, one.media[0].bytes) == (("Leo Tolstoy",), 754.31, 12068963)
    assert one.published is not None
    assert one.published.isoformat() == "2026-01-01T08:00:00+00:00"
    gone = found[-1]
    assert isinstance(gone, FailedRecord)
    assert gone.native_id == "gone_2601"
    query = requests[0].url.params["q"]
    assert query.endswith("publicdate:[2026-01-01T00:00:00Z TO 2026-01-01T23:59:59Z]")
    assert not [request for request in requests if request.url.path.startswith("/download")]


def test_each_is_ruled_by_its_licence_and_its_collection() -> None:
    found = rulings("internet_archive_audio")
    assert found["book_2601/part 1.mp3"] == ("allow", "allowed", "CC0-1.0")
    assert {key: value[:2] for key, value in found.items() if not key.startswith("book")} == {
        "talk_2601": ("quarantine", "weak_evidence"),
        "nc_2601": ("deny", "nc"),
        "bare_2601": ("deny", "no_tag"),
        "mark_2601": ("quarantine", "weak_evidence"),
    }
