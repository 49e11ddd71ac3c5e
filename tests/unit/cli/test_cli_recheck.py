"""`rightful recheck` looks at what is due, tells it, and names what a person must look at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from rightful.cli import main
from rightful.pipeline import consequences, look_again
from rightful.pipeline.consequences import Flag
from rightful.pipeline.look_again import LookedAgain


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the command asks the library for."""
    found: list[tuple[str, dict[str, Any]]] = []

    def look(source: Any, **how: Any) -> LookedAgain:
        found.append((source.id, how))
        how["report"]({"source": source.id, "asked": 1, "of": 1, "results": {}})
        return LookedAgain(
            source=source.id,
            how="records",
            due=3,
            asked=2,
            results={"stricter": 1},
            consequences={"marked": 1},
            note="so",
        )

    flag = Flag(source="x", result="gone", documents=2, since=datetime(2026, 3, 1, tzinfo=UTC), samples=(("x:1", ""),))
    monkeypatch.setattr(look_again, "look_again", look)
    monkeypatch.setattr(consequences, "open_flags", lambda settings, sources: [flag])
    return found


def test_all_enabled_sources(asked: list[tuple[str, dict[str, Any]]]) -> None:
    done = CliRunner().invoke(main, ["recheck", "--json"])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["source"] for row in rows] == [source for source, _ in asked] == ["good"]
    assert rows[0]["results"] == {"stricter": 1}
    assert "a person must look: 2 of x are gone since 2026-03-01, e.g. x:1" in done.stderr


def test_one_source_as_it_will_be_by_a_day(asked: list[tuple[str, dict[str, Any]]]) -> None:
    arguments = ["recheck", "good", "--limit", "7", "--due-by", "2026-04-01", "--dry-run"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    ((source, how),) = asked
    assert (source, how["limit"], how["dry_run"]) == ("good", 7, True)
    assert how["due_by"].isoformat() == "2026-04-01T23:59:59.999999+00:00"
    assert how["run"].run_id.startswith("cli__")


@pytest.mark.parametrize("arguments", [["none"], ["--due-by", "soon"], ["--limit", "0"]])
def test_wrong_use(asked: list[tuple[str, dict[str, Any]]], arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["recheck", *arguments]).exit_code == 2
    assert asked == []
