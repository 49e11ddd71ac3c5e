"""Source `youtube_cc_by`: switched off; the flag means what it meant on the day, and in reviewed channels only.

The saved metadata is as yt-dlp gives it; nothing of the platform is asked.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tests.unit.sources.replay import SAVED, source_of
from tests.unit.sources.video_replay import ruled

from rightful.catalogue.models import Source
from rightful.connectors.video.entry import Entry
from rightful.connectors.video.record import VideoReader
from rightful.model import FailedRecord, Record


def reviewed() -> Source:
    source = source_of("youtube_cc_by")
    channels = ("UCreviewed0000000000000",)
    return source.model_copy(update={"fetch": source.video.model_copy(update={"reviewed_channels": channels})})


def read(source: Source) -> dict[str, Record | FailedRecord]:
    reader, now = VideoReader(source), datetime(2026, 1, 2, tzinfo=UTC)
    infos = json.loads((SAVED / "youtube_cc_by.json").read_text("utf-8"))
    return {
        info["id"]: reader.read(info, Entry(url=info["webpage_url"]), several=False, fetched_at=now, optouts=())
        for info in infos
    }


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("youtube_cc_by")
    assert not source.enabled
    assert "terms" in (source.refusal or "")


def test_the_flag_means_what_it_meant_on_the_day() -> None:
    source = reviewed()
    found = read(source)
    rulings = {key: ruled(source, record) for key, record in found.items() if isinstance(record, Record)}
    assert rulings == {
        "before00001": ("allow", "allowed", "CC-BY-3.0"),
        "after000001": ("allow", "allowed", "CC-BY-4.0"),
        "noflag00001": ("deny", "no_tag", None),
        "reupload001": ("quarantine", "weak_evidence", "CC-BY-4.0"),
        "undated0001": ("quarantine", "unparsable", None),
    }
    assert isinstance(found["streaming01"], FailedRecord)
    unreviewed = read(source_of("youtube_cc_by"))["after000001"]
    assert isinstance(unreviewed, Record)
    assert ruled(source_of("youtube_cc_by"), unreviewed)[:2] == ("quarantine", "weak_evidence")


def test_only_the_publishers_captions_in_the_spoken_language_count() -> None:
    record = read(reviewed())["after000001"]
    assert isinstance(record, Record)
    assert [media.url for media in record.transcripts] == ["https://www.youtube.com/api/timedtext?fmt=vtt"]
    assert record.title == "מבוא לאלגברה לינארית"
    assert b"googlevideo" not in record.raw
    assert b"secret" not in record.raw
