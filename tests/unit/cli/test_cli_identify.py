"""``rightful identify`` answers every tag; a refusal is an answer, a question that can't be read is a failure."""

from __future__ import annotations

import json

from tests.unit.cli.conftest import Run, rows

KEYS = {"tag", "expression", "category", "duties", "decision", "reason", "rule"}


def test_each_tag_gets_one_object(run: Run) -> None:
    result = run("identify", "--json", "https://creativecommons.org/licenses/by/4.0/", "CC-BY-NC-4.0", "")
    assert result.exit_code == 0
    found = rows(result)
    assert [set(row) for row in found] == [KEYS] * 3
    assert [(row["decision"], row["reason"]) for row in found] == [
        ("allow", "allowed"),
        ("deny", "nc"),
        ("deny", "no_tag"),
    ]


def test_for_people_the_answer_is_on_standard_output(run: Run) -> None:
    result = run("identify", "CC-BY-NC-4.0")
    assert result.exit_code == 0
    assert "deny (nc)" in result.stdout
    assert result.stderr == ""


def test_a_sources_own_names_count_for_it_only(run: Run) -> None:
    (own,) = rows(run("identify", "free for all", "--source", "good", "--json"))
    (other,) = rows(run("identify", "free for all", "--json"))
    assert (own["decision"], own["expression"]) == ("allow", "CC-BY-4.0")
    assert other["decision"] != "allow"


def test_batch_answers_line_by_line_and_names_bad_lines(run: Run) -> None:
    lines = [
        json.dumps({"tag": "free for all", "source": "good", "date": "2026-01-01"}),
        "",
        "{not json",
        json.dumps({"tag": "MIT", "dat": "2026-01-01"}),
        json.dumps({"tag": 5}),
        json.dumps({"tag": "MIT", "source": "nowhere"}),
        json.dumps({"tag": "MIT", "date": "yesterday"}),
        json.dumps(["MIT"]),
        json.dumps({"tag": None}),
    ]
    result = run("identify", "--batch", "-", "--json", stdin="\n".join(lines))
    assert result.exit_code == 1
    found = rows(result)
    assert (found[0]["decision"], found[-1]["reason"]) == ("allow", "no_tag")
    assert [row["input"] for row in found[1:-1]] == [f"line {number}" for number in (3, 4, 5, 6, 7, 8)]
    assert all("error" in row for row in found[1:-1])


def test_wrong_use(run: Run) -> None:
    assert run("identify").exit_code == 2
    assert run("identify", "MIT", "--source", "nowhere").exit_code == 2
    assert run("identify", "MIT", "--date", "yesterday").exit_code == 2
    assert run("identify", "MIT", "--batch", "/nowhere/at/all").exit_code == 2


def test_lines_that_are_no_questions_hide_no_other_line(run: Run) -> None:
    lines = [b"[" * 200_000, b'{"tag": "MIT", "source": ["a"]}', b'{"tag": "\xff"}', b'{"tag": "MIT"}']
    result = run("identify", "--batch", "-", "--json", stdin=b"\n".join(lines))
    assert result.exit_code == 1
    found = rows(result)
    assert [row.get("input") for row in found] == ["line 1", "line 2", "line 3", None]
    assert found[3]["decision"] == "allow"
    for said in ("line 1: is nested too deeply", "line 2: `source` must be text", "line 3: is not UTF-8"):
        assert said in result.stderr


def test_half_a_character_is_answered_and_escaped(run: Run) -> None:
    line = r'{"tag": "\ud800"}'
    result = run("identify", "--batch", "-", "--json", stdin=line)
    assert result.exit_code == 0
    assert rows(result)[0]["tag"] == "\ud800"
    assert r"\ud800" in result.stdout
    assert r"\ud800" in run("identify", "--batch", "-", stdin=line).stdout
    unknown = run("identify", "--batch", "-", "--json", stdin=r'{"tag": "MIT", "source": "\ud800"}')
    assert unknown.exit_code == 1
    assert r"there is no valid source `\ud800`" in unknown.stderr
