"""``rightful text`` gives what a row would have; a page without text is an answer, one that can't be read is none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Run, rows

from rightful.text.tokens import count_tokens

PROSE = "Der Fluss fließt durch die alte Stadt, vorbei an der Mühle, und dann ins Meer. " * 5
PAGE = f"<html><body><nav><a href=/>Startseite</a></nav><article><h1>Fluss</h1><p>{PROSE}</p></article></body></html>"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A saved page."""
    file = tmp_path / "page.html"
    file.write_text(PAGE, "utf-8")
    return file


def test_the_main_text_and_what_is_known_of_it(run: Run, page: Path) -> None:
    result = run("text", str(page), "--url", "https://example.org/a", "--json")
    assert result.exit_code == 0
    (row,) = rows(result)
    assert set(row) == {"file", "text", "language", "language_score", "tokens"}
    assert row["text"] == PROSE.strip()  # the title is none of the text
    assert (row["file"], row["language"], row["tokens"]) == (str(page), "de", count_tokens([row["text"]])[0])
    assert 0.5 < row["language_score"] <= 1


def test_for_people_the_text_is_on_standard_output(run: Run, page: Path) -> None:
    result = run("text", str(page))
    assert result.stdout == f"{PROSE.strip()}\n"
    assert "de" in result.stderr
    assert "tokens" in result.stderr


def test_the_type_is_told_or_goes_by_the_name(run: Run, page: Path, tmp_path: Path) -> None:
    (everything,) = rows(run("text", str(page), "--type", "text/html", "--json"))
    assert "Startseite" in everything["text"]
    wiki = tmp_path / "page.WIKI.gz"
    wiki.write_bytes(gzip.compress(b"'''Elbe''' ist ein [[Fluss]]."))
    plain = tmp_path / "note.txt"
    plain.write_text("<b>as it is</b>")
    found = rows(run("text", str(wiki), str(plain), "--json"))
    assert [row["text"] for row in found] == ["Elbe ist ein Fluss.", "<b>as it is</b>"]


def test_headers_and_the_page_say_how_it_is_encoded(run: Run, page: Path) -> None:
    page.write_bytes(PAGE.encode("cp1251", "replace").replace(b"Der Fluss", "Река течёт".encode("cp1251")))
    (row,) = rows(run("text", str(page), "--header", "Content-Type: text/html; charset=windows-1251", "--json"))
    assert "Река течёт" in row["text"]


def test_standard_input(run: Run) -> None:
    (row,) = rows(run("text", "-", "--json", stdin=PAGE))
    assert row["text"].startswith("Der Fluss")


def test_one_that_cannot_be_read_leaves_the_others_alone(run: Run, page: Path, tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.html", tmp_path / "picture.html"
    empty.write_text("")
    binary.write_bytes(b"\x89PNG\r\n" + bytes(5_000))
    result = run("text", str(tmp_path / "none.html"), str(binary), str(empty), str(page), "--json")
    assert result.exit_code == 1
    missing, picture, nothing, good = rows(result)
    assert "No such file" in missing["error"]
    assert "encoding" in picture["error"]
    assert (nothing["text"], nothing["language"], nothing["tokens"]) == ("", None, 0)
    assert good["language"] == "de"


def test_many_from_standard_input(run: Run, page: Path) -> None:
    lines = [
        {"file": str(page)},
        {"file": str(page), "url": "https://example.org/b"},
        {"file": str(page), "url": "nowhere"},
        {"url": "https://example.org/b"},
        {"file": str(page), "type": "x"},
    ]
    result = run("text", "--batch", "-", "--json", stdin="\n".join(map(json.dumps, lines)) + "\n{\n")
    assert result.exit_code == 1
    one, two, *wrong = rows(result)
    assert one == two
    for row, said in zip(wrong, ("no address", "`file`", "unknown members: type", "not JSON"), strict=True):
        assert said in row["error"]


@pytest.mark.parametrize("wrong", [(), ("a.html", "--type", "image/png"), ("a.html", "--url", "nowhere")])
def test_wrong_use(run: Run, wrong: tuple[str, ...]) -> None:
    assert run("text", *wrong).exit_code == 2
