"""``rightful review`` lists what waits for a person, rules only when told `--yes`, and carries rulings out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.cli.conftest import Run, rows

from rightful.errors import ConfigurationError
from rightful.licensing.reviews import Review
from rightful.model import Slice
from rightful.pipeline import rerule as ruling
from rightful.pipeline import review as module
from rightful.pipeline.rerule import Reruled
from rightful.pipeline.review import Question

DAY = datetime(2026, 3, 1, tzinfo=UTC)
SLICE = Slice(start=DAY, end=datetime(2026, 3, 2, tzinfo=UTC))
VAGUE = Question(
    source="good",
    tag="CC BY\x1b[31m",
    records=7,
    reasons={"unversioned": 7},
    urls=("https://example.org/1",),
    slices=2,
    candidates=("CC-BY-4.0",),
    answers=("allow", "deny", "later"),
)
FIXED = Question(source="good", tag="GFDL", records=1, reasons={"weak_evidence": 1}, why_not="only the policy")
TAG = VAGUE.tag


class World:
    """What the library would do; remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.recorded: list[tuple[Any, ...]] = []
        self.ruled: list[Slice] = []
        monkeypatch.setattr(module, "open_questions", self.open_questions)
        monkeypatch.setattr(module, "answered_tags", lambda settings, source: ["old"])
        monkeypatch.setattr(module, "affected_slices", lambda settings, source, tags: [SLICE] if tags else [])
        monkeypatch.setattr(module, "record_review", self.record)
        monkeypatch.setattr(ruling, "rerule", self.rerule)

    def open_questions(self, settings: Any, sources: Any, *, unanswerable: bool = False) -> list[Question]:
        del settings, sources
        return [VAGUE, FIXED] if unanswerable else [VAGUE]

    def record(self, settings: Any, source: Any, tag: str, decision: Any, **more: Any) -> Review:
        del settings
        self.recorded.append((source.id, tag, decision, more["expression"], more["by"], more["comment"]))
        return Review(id="r1", source=source.id, tag=tag, decision=decision, expression=more["expression"])

    def rerule(self, source: Any, slice: Slice, **more: Any) -> Reruled:
        del source, more
        self.ruled.append(slice)
        return Reruled(published=None, note="", changed={"quarantine → allow": 7}, expired=2)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.usefixtures("world")
def test_it_lists_what_waits_and_shows_no_control_characters(run: Run) -> None:
    for arguments in ((), ("list",), ("good",)):
        result = run("review", *arguments)
        assert result.exit_code == 0
        assert r"good 'CC BY\x1b[31m' — 7 records in 2 slices" in result.stdout
        assert "CC-BY-4.0" in result.stdout
        assert "GFDL" not in result.stdout
        assert "\x1b[31m" not in result.output
    assert "only the policy" in run("review", "--all").stdout
    (row,) = rows(run("review", "good", "--json"))
    assert (row["tag"], row["records"], row["candidates"]) == (TAG, 7, ["CC-BY-4.0"])


def test_without_yes_nothing_is_done(run: Run, world: World) -> None:
    result = run("review", "good", TAG, "--allow", "CC-BY-4.0", "--by", "jo")
    assert result.exit_code == 0
    assert "nothing was done" in result.stderr
    assert (world.recorded, world.ruled) == ([], [])


def test_a_ruling_is_recorded_and_carried_out(run: Run, world: World) -> None:
    arguments = ("review", "good", TAG, "--allow", "CC-BY-4.0", "--by", "jo", "--comment", "asked them", "--yes")
    recorded, carried_out = rows(run(*arguments, "--json"))
    assert world.recorded == [("good", TAG, "allow", "CC-BY-4.0", "jo", "asked them")]
    assert (recorded["review"], recorded["decision"]) == ("r1", "allow")
    assert world.ruled == [SLICE]
    assert (carried_out["changed"], carried_out["expired"]) == ({"quarantine → allow": 7}, 2)
    run(*arguments, "--record-only")
    assert len(world.ruled) == 1
    assert len(world.recorded) == 2
    run("review", "good", TAG, "--later", "--by", "jo", "--yes")
    assert len(world.ruled) == 1
    assert run("review", "--apply").exit_code == 0
    assert len(world.ruled) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("good", TAG),
        ("good", TAG, "--deny", "--later"),
        ("good", TAG, "--allow", "CC-BY-4.0", "--deny"),
        ("good", "--deny"),
        ("list", TAG, "--deny", "--by", "jo"),
        ("good", TAG, "--deny", "--yes"),
        ("good", TAG, "--deny", "--yes", "--by", " "),
        ("good", "CC BY", "--allow", "CC-BY-4.0", "--by", "jo", "--yes"),
        ("unknown", TAG, "--deny", "--by", "jo", "--yes"),
    ],
)
def test_wrong_use_does_nothing(run: Run, world: World, arguments: tuple[str, ...]) -> None:
    assert run("review", *arguments).exit_code == 2
    assert (world.recorded, world.ruled) == ([], [])


def test_what_a_person_cannot_rule_is_told_before_anything_is_recorded(run: Run, world: World) -> None:
    result = run("review", "good", "old", "--allow", "CC-BY-NC-4.0", "--by", "jo", "--yes")
    assert result.exit_code == 1
    assert ConfigurationError.__name__ in result.stderr
    assert "nc" in result.stderr
    assert (world.recorded, world.ruled) == ([], [])
