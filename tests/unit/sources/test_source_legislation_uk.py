"""Source `legislation_uk`: Atom pages, the text of each document linked. No network is used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.sources.feed_replay import Replay

from rightful.errors import RetentionGap
from rightful.model import FailedRecord, Record, Slice
from rightful.text.plain import to_text

IDS, SITE = "http://www.legislation.gov.uk/id", "https://www.legislation.gov.uk"
ANSWERS = {
    f"{SITE}/new/data.feed?page=2": "legislation_uk.2.xml",
    f"{SITE}/uksi/2026/1/made/data.xht": "legislation_uk.htm",
}


def test_the_text_is_the_whole_document() -> None:
    replay = Replay("legislation_uk", ANSWERS)
    record = replay.records()[0]
    assert isinstance(record, Record)
    assert record.native_id == f"{IDS}/uksi/2026/1"
    assert record.url == f"{SITE}/uksi/2026/1/made"
    assert (record.title, record.version) == (
        "The Tidal Works (Harbour Dues) Regulations 2026",
        "2026-01-01T16:21:44+00:00",
    )
    assert (record.rights_holder, record.language) == ("Crown copyright", "en")
    text = to_text(record.body or "", record.media_type)
    assert "may be cited as the Tidal Works" in text
    assert "Vessels of less than 12 metres: £4." in text  # the schedule, which is no main text
    assert f"{SITE}/robots.txt" in replay.asked


def test_what_is_scanned_or_says_something_else_does_not_load() -> None:
    assert Replay("legislation_uk", ANSWERS).rulings() == {
        f"{IDS}/uksi/2026/1": ("allow", "allowed", "OGL-UK-3.0"),
        f"{IDS}/wsi/2026/2": ("failed", "malformed", None),
        f"{IDS}/ukpga/2025/40": ("deny", "not_allowed", "LicenseRef-all-rights-reserved"),
    }


def test_a_document_that_is_a_picture_only_is_told() -> None:
    failed = next(r for r in Replay("legislation_uk", ANSWERS).records() if isinstance(r, FailedRecord))
    assert "alternates.application/xhtml+xml" in failed.detail


def test_the_list_of_what_is_new_forgets() -> None:
    past = Slice(start=datetime(2025, 12, 1, tzinfo=UTC), end=datetime(2025, 12, 2, tzinfo=UTC))
    with pytest.raises(RetentionGap, match="2025-12-30"):
        Replay("legislation_uk", ANSWERS, slice=past).records()
