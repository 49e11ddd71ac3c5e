"""Source ``software_heritage``: answers of the archive's API. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import source_of
from tests.unit.sources.repository_replay import pages, records, rulings

from rightful.model import Record


def test_files_of_the_last_whole_visit_are_ruled_by_their_licence() -> None:
    assert not source_of("software_heritage").enabled
    assert rulings("software_heritage", "2026-01-08") == [
        ("https://github.com/ada/tides: attr.py", "allow", "allowed", "MIT"),
        ("https://github.com/ada/tides: src/no.py", "allow", "allowed", "MIT"),
    ]


def test_a_files_address_is_its_identifier_in_the_archive() -> None:
    first, second = records("software_heritage", "2026-01-08")
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.url == (
        f"https://archive.softwareheritage.org/{first.native_id};origin=https://github.com/ada/tides;path=/attr.py"
    )
    assert first.created is not None
    assert first.created.isoformat() == "2026-01-03T11:00:00+00:00"
    assert second.body == "X = 2  # 数\n"


def test_what_the_archive_does_not_show_is_counted() -> None:
    counts = [dict(page.passed_over) for page in pages("software_heritage", "2026-01-08")]
    assert counts == [{"not source code": 1, "links and submodules": 2, "not in the archive": 1}, {}]


def test_before_the_first_visit_there_is_nothing() -> None:
    assert records("software_heritage", "2026-01-02") == []
