"""``rightful archive`` on whole and damaged files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.unit.archive.made import answer, packed, page, record
from tests.unit.cli.conftest import Run, rows


def test_whole_and_damaged(run: Run, tmp_path: Path) -> None:
    whole, damaged = tmp_path / "whole.warc.gz", tmp_path / "damaged.warc.gz"
    revisit = record(answer(b""), "revisit")
    whole.write_bytes(packed(page(1), page(2), revisit))
    damaged.write_bytes(packed(page(1), page(2))[:-5])
    assert run("archive", str(whole)).exit_code == 0
    result = run("archive", "--json", str(whole), str(damaged), str(tmp_path / "none"))
    assert result.exit_code == 1
    first, second, third = rows(result)
    wanted = ("records", "responses", "revisits", "bytes", "complete", "errors")
    assert [first[name] for name in wanted] == [3, 2, 1, whole.stat().st_size, True, []]
    at = len(packed(page(1)))
    assert (second["records"], second["complete"]) == (1, False)
    assert [(error["offset"], error["reason"]) for error in second["errors"]] == [(at, "truncated")]
    assert third == {"file": str(tmp_path / "none"), "error": "No such file or directory"}


def test_for_people(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["rightful.cli.archive"], "_BIG", 0)  # with a progress bar
    file = tmp_path / "page.warc.gz"
    file.write_bytes(b"<html>503</html>")
    result = run("archive", str(file))
    assert result.exit_code == 1
    assert "not_an_archive" in result.stdout
    assert "at byte 0" in result.stdout
    assert run("archive").exit_code == 2
