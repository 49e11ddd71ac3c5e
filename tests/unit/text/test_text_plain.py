"""Media types to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightful.errors import Malformed
from rightful.text import html
from rightful.text.plain import MEDIA_TYPES, to_text

STRICT = ("application/jats+xml", "application/vnd.chess-pgn")
"""Types of which a body can be none."""


def test_html_fragment() -> None:
    body = (
        "<p>Erste&nbsp;Zeile &amp; mehr.</p><script>steal()</script><style>p{color:red}</style>"
        "<ul><li>eins</li><li>zwei</li></ul><p hidden>unsichtbar</p><!-- note --><pre>a\n  b</pre>"
    )
    text = to_text(body, "text/html; charset=utf-8")
    assert text.splitlines()[0] == "Erste Zeile & mehr."
    assert "eins" in text
    assert "a\n  b" in text
    for gone in ("steal", "color", "unsichtbar", "note", "<", "\xa0"):
        assert gone not in text


def test_a_short_fragment_is_content_although_it_looks_like_a_footer() -> None:
    assert to_text("<footer>Nur ein Satz.</footer>", "text/html") == "Nur ein Satz."


@pytest.mark.parametrize(
    "body", ["<div>" * 100_000, "<", "<p", "&#0;&#xd800;&#x1F;", "\x00<p>\ud800", "<a href='" * 1000]
)
def test_odd_html_gives_text(body: str) -> None:
    text = to_text(body, "text/html")
    text.encode()
    assert "\x00" not in text


@pytest.mark.parametrize("media_type", ["application/pdf", "", "text", "text/markdown", "html"])
def test_an_unknown_media_type_is_named(media_type: str) -> None:
    with pytest.raises(Malformed, match="media type") as caught:
        to_text("x", media_type)
    assert repr(media_type) in str(caught.value)
    assert "text/html" in str(caught.value)


def test_an_unknown_media_type_is_an_error_even_without_a_body() -> None:
    with pytest.raises(Malformed):
        to_text("", "application/pdf")


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_nothing_gives_nothing(media_type: str) -> None:
    assert to_text("", media_type) == ""
    assert to_text(" \n\x00 ", media_type.upper()) == ""


def test_html_beyond_the_bound_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_CHARACTERS", 10)
    with pytest.raises(Malformed, match="11 characters"):
        to_text("<p>01234567", "text/html")


@given(st.text(st.characters(exclude_categories=[]), max_size=100), st.sampled_from(MEDIA_TYPES))
def test_odd_input_gives_text_or_is_malformed(body: str, media_type: str) -> None:
    try:
        to_text(body, media_type).encode()
    except Malformed:
        assert media_type in STRICT, f"{media_type} gives something for every input"
