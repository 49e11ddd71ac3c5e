"""Source ``github_permissive``: real repositories in miniature, by git's own protocol. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import source_of
from tests.unit.sources.repository_replay import pages, records, rulings

from rightful.connectors.repository.names import OptedOut, repositories_of
from rightful.model import Record
from rightful.settings import PROJECT_ROOT
from rightful.text.plain import to_text


def test_each_file_is_ruled_by_its_own_licence() -> None:
    assert rulings("github_permissive", "2026-01-05") == [
        ("ada/tides: README.md", "allow", "allowed", "MIT"),
        ("ada/tides: src/copy.py", "allow", "allowed", "MIT"),
        ("ada/tides: src/gpl.c", "deny", "not_allowed", "LicenseRef-GPL-unversioned"),
        ("ada/tides: src/odd.js", "quarantine", "unknown_id", None),
        ("ada/tides: src/spdx.rs", "allow", "allowed", "MIT OR Apache-2.0"),
        ("ada/tides: src/waves.py", "allow", "allowed", "Apache-2.0"),
        ("bob/nothing: main.go", "deny", "no_tag", None),
    ]


def test_a_file_is_read_with_its_licence_header() -> None:
    found = {
        record.title: record for record in records("github_permissive", "2026-01-05") if isinstance(record, Record)
    }
    waves = found["ada/tides: src/waves.py"]
    assert waves.creators == ("The Wave Authors",)
    assert waves.url.startswith("https://github.com/ada/tides/blob/")
    assert waves.url.endswith("/src/waves.py")
    assert waves.native_id.startswith("swh:1:cnt:")
    assert to_text(waves.body or "", waves.media_type).startswith(
        "# Copyright 2020 The Wave Authors\n#\n# Licensed under"
    )
    tides = found["ada/tides: src/copy.py"]
    assert tides.claims[0].place == "LICENSE, whole text"
    assert tides.body is not None
    assert tides.body.count("\n\n\n") == 1  # blank lines mean something in source code
    assert tides.attribution == "Copyright (c) 2021 Ada Byron"
    assert found["ada/tides: src/spdx.rs"].creators == ("Łukasz Żółć",)


def test_what_is_no_source_code_is_counted() -> None:
    counted: dict[str, int] = {}
    for page in pages("github_permissive", "2026-01-05"):
        for reason, number in page.passed_over.items():
            counted[reason] = counted.get(reason, 0) + number
    assert counted == {"not source code": 2, "excluded by path": 2, "generated": 1}


def test_a_slice_sees_what_the_branch_showed_when_it_ended() -> None:
    titles = {record.title for record in records("github_permissive", "2026-01-12") if isinstance(record, Record)}
    assert "ada/tides: src/late.py" in titles
    assert "ada/tides: src/odd.js" not in titles
    assert records("github_permissive", "2026-01-01") == []


def test_its_lists_can_be_read() -> None:
    source = source_of("github_permissive")
    names = repositories_of(source, PROJECT_ROOT)
    assert len(names) == len({name.casefold() for name in names}) > 20
    assert not any(OptedOut(source, PROJECT_ROOT).repository(name) for name in names)
