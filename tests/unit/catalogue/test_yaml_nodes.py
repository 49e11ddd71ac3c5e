"""YAML is read strictly: what could surprise is refused, with its line."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from rightful.catalogue.yaml_nodes import MAX_BYTES, YamlError, parse, read_text


def test_plain_data_comes_with_lines() -> None:
    value, lines = parse("a: 1\nb:\n  - x\n  - {c: '2', d: 2026-01-31}\ne: |\n  two\n  lines\n")
    assert value == {"a": 1, "b": ["x", {"c": "2", "d": datetime.date(2026, 1, 31)}], "e": "two\nlines\n"}
    assert lines[("a",)] == 1
    assert lines[("b", 1)] == 4
    assert lines[("b", 1, "d")] == 4
    assert lines[("e",)] == 5


def test_keys_are_always_text() -> None:
    assert parse("4.0: x\nyes: y")[0] == {"4.0": "x", "yes": "y"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("a: 1\nb: &x [1]\n", 2, "anchor"),
        ("a: 1\nb: *x\n", 2, "x"),
        ("&x a: 1\n", 1, "anchor"),
        ("a: 1\nb: 2\na: 3\n", 3, "line 1"),
        ("a: {b: 1, b: 2}\n", 1, "`b` stands twice"),
        ("a: 1\nb: !!python/object/apply:os.system [x]\n", 2, "tag"),
        ("a: !!str 1\n", 1, "tag"),
        ("a: !!set {x}\n", 1, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "more than one"),
        ("a: [1,\n", 2, "not valid YAML"),
        ("a: \x00", None, "not valid YAML"),
        ("a: 2026-13-45\n", 1, "month"),
        ("a: " + "9" * 6000, 1, "digits"),
        ("a:\n ? {x: 1}\n : 2\n", 2, "plain text"),
        ("- " + "[" * 40 + "]" * 40, 1, "nested"),
        ("[" * 100_000, 1, "nested"),
    ],
)
def test_surprises_are_refused(text: str, line: int | None, says: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert caught.value.line == line
    assert says in f"{caught.value.message} {caught.value.remedy}"


def test_a_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
    )
    with pytest.raises(YamlError) as caught:
        parse(bomb)
    assert (caught.value.line, caught.value.message) == (1, "anchor `&a`")


def test_files_must_be_utf8_small_and_regular(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: é\n".encode("latin-1"))
    with pytest.raises(YamlError) as caught:
        read_text(latin)
    assert (caught.value.line, caught.value.message) == (2, "is not UTF-8")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"# " + b"x" * MAX_BYTES)
    with pytest.raises(YamlError, match="larger than 256 KB"):
        read_text(large)
    with pytest.raises(YamlError, match="can't be read"):
        read_text(tmp_path / "absent.yaml")
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    with pytest.raises(YamlError, match="regular"):
        read_text(pipe)


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: x\n")
    assert parse(read_text(path))[0] == {"id": "x"}
