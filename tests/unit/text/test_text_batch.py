"""Many records at once."""

from __future__ import annotations

from hashlib import sha256

import pytest

from rightful.text.batch import describe


def test_columns_of_each_record() -> None:
    english, wiki, nothing, unknown, html = describe(
        ["The river flows through the old town.", "'''Elbe''' ist ein Fluss in Deutschland.", None, "x", "<p>Ünï</p>"],
        ["text/plain", "text/x-wiki", "text/plain", "application/pdf", "text/html"],
    )
    assert english.text == "The river flows through the old town."
    assert english.content_sha256 == sha256(english.text.encode()).hexdigest()
    assert (english.language, english.n_chars, english.n_tokens) == ("en", 37, 8)
    assert wiki.text == "Elbe ist ein Fluss in Deutschland."
    assert wiki.language == "de"
    assert wiki.error is None
    assert (nothing.text, nothing.error, nothing.n_tokens, nothing.language) == ("", None, 0, None)
    assert "application/pdf" in (unknown.error or "")
    assert (unknown.text, unknown.n_chars) == ("", 0)
    assert (html.text, html.n_chars) == ("Ünï", 3)


def test_a_record_that_cannot_be_read_leaves_the_others_alone() -> None:
    bad, good = describe(["{{a|" * 100_000, "Fine text here."], ["text/x-wiki", "text/plain"])
    assert "unclosed" in (bad.error or "")
    assert (good.text, good.error) == ("Fine text here.", None)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="zip"):
        describe(["a"], [])


def test_nothing() -> None:
    assert describe([], []) == []
