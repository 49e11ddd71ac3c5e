"""Unicode and line ends."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightful.text.clean import clean


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ""),
        (" \n\t ", ""),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("a\x00b\x07c\x1bd\x7fe", "abcde"),
        ("x\ud800y", "xy"),
        ("\ufeffHallo", "Hallo"),
        ("e\u0301", "\u00e9"),
        ("line \t\n\n\n\nnext", "line\n\nnext"),
        ("    indented\n        code", "indented\n        code"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("a  b", "a  b"),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_text_can_be_encoded_and_stays_clean(raw: str) -> None:
    text = clean(raw)
    text.encode("utf-8")
    assert clean(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text)


def test_a_long_run_of_blanks_is_read_once() -> None:
    assert clean("a" + " " * 3_000_000 + "b\n") == "a" + " " * 3_000_000 + "b"
