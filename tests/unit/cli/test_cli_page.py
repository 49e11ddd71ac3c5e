"""``rightful page`` answers every page; one without a licence is an answer, a file that can't be read is a failure."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Run, rows

BY = "https://creativecommons.org/licenses/by/4.0/"
LICENSED = f'<p>This work is licensed under <a href="{BY}">CC BY 4.0</a>.</p>'
WEAK = f'<footer><a href="{BY}">CC BY 4.0</a></footer>'


def test_a_page_and_its_evidence(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(LICENSED, "utf-8")
    result = run("page", str(file), "--url", "https://example.org/a", "--json")
    assert result.exit_code == 0
    (row,) = rows(result)
    expected = {
        "expression",
        "decision",
        "reason",
        "tier",
        "confidence",
        "evidence",
        "conflicts",
        "optouts",
        "excludes",
    }
    assert expected <= set(row)
    assert (row["decision"], row["expression"], row["tier"]) == ("allow", "CC-BY-4.0", "T3")
    assert row["evidence"][0]["raw"] == BY


def test_for_people_the_answer_is_on_standard_output(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<p>Nothing</p>", "utf-8")
    result = run("page", str(file), "--url", "https://example.org/a")
    assert result.exit_code == 0
    assert "deny (no_tag)" in result.stdout
    assert result.stderr == ""


def test_headers_count_and_gzip_is_unpacked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html.gz"
    file.write_bytes(gzip.compress(LICENSED.encode()))
    result = run("page", str(file), "--url", "https://e.org/a", "--header", "tdm-reservation: 1", "--json")
    (row,) = rows(result)
    assert (row["decision"], row["reason"], row["expression"]) == ("quarantine", "tdm_reserved", "CC-BY-4.0")


def test_a_reviewed_domain_may_accept_less(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(WEAK, "utf-8")
    (row,) = rows(run("page", str(file), "--url", "https://e.org/a", "--json"))
    assert (row["decision"], row["reason"]) == ("quarantine", "weak_evidence")
    (row,) = rows(run("page", str(file), "--url", "https://e.org/a", "--weakest", "footer_link", "--json"))
    assert row["decision"] == "allow"


def test_batch_answers_line_by_line_and_names_bad_lines(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(LICENSED, "utf-8")
    good = {"file": str(file), "url": "https://e.org/a", "headers": {"X": "y"}}
    lines = [
        json.dumps(good),
        json.dumps({**good, "headers": [["tdm-reservation", "1"]]}),
        "{",
        json.dumps({"file": str(file)}),
        json.dumps({"file": str(tmp_path / "absent.html"), "url": "https://e.org/a"}),
        json.dumps({**good, "more": 1}),
        json.dumps({**good, "headers": "x"}),
        "[" * 100_000,
    ]
    result = run("page", "--batch", "-", "--json", stdin="\n".join(lines))
    assert result.exit_code == 1
    found = rows(result)
    assert [row.get("decision") for row in found] == ["allow", "quarantine", *[None] * 6]
    assert [row["input"] for row in found[2:]] == [f"line {number}" for number in range(3, 9)]
    assert "`url`" in found[3]["error"]


def test_wrong_use(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(LICENSED, "utf-8")
    assert run("page").exit_code == 2
    assert run("page", str(file)).exit_code == 2
    assert run("page", str(file), "--url", "https://e.org", "--header", "nonsense").exit_code == 2
    assert run("page", str(file), "--url", "https://e.org", "--weakest", "nonsense").exit_code == 2
    assert run("page", str(file), "--url", "https://e.org", "--source", "no-such-source").exit_code == 2
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(gzip.compress(LICENSED.encode())[:40])
    assert run("page", str(damaged), "--url", "https://e.org").exit_code == 1


@pytest.mark.parametrize(
    "url", ["notaurl", "", "example.org/a", "/a", "//example.org/a", "ftp://example.org/a", "http://", "https:///a",
            "http://[::1/a", "https://example.org:x/a", "https://exa mple.org/", "https://example.org/\x00"]
)  # fmt: skip
def test_an_address_must_be_whole(run: Run, tmp_path: Path, url: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(LICENSED, "utf-8")
    result = run("page", str(file), "--url", url)
    assert result.exit_code == 2
    assert "--url" in result.stderr
    assert "is no address of a page" in " ".join(result.stderr.split())
    batch = json.dumps({"file": str(file), "url": url})
    result = run("page", "--batch", "-", "--json", stdin=batch)
    assert result.exit_code == 1
    assert "is no address of a page" in rows(result)[0]["error"]


@pytest.mark.parametrize("url", ["http://example.org", "HTTPS://example.org:8443/a?b#c", "https://exämple.org/ü"])
def test_whole_addresses_are_taken(run: Run, tmp_path: Path, url: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(LICENSED, "utf-8")
    assert run("page", str(file), "--url", url).exit_code == 0
