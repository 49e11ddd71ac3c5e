"""The demo's texts: readable, told apart by language detection, and plain once their markup is gone."""

from __future__ import annotations

import msgspec
import pytest

from demo import wiki
from demo.languages import LANGUAGES
from demo.prose import body, mix, paragraphs
from rightful.text.language import detect
from rightful.text.wikitext import wikitext_to_text


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_each_language_is_recognised(code: str) -> None:
    text = msgspec.json.decode(b'"' + body(code, "plain", mix(7)) + b'"')
    ((found, score),) = detect([text])
    assert found == code
    assert score > 0.6


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_paragraphs_vary(code: str) -> None:
    ready = paragraphs(code, "plain")
    assert len(set(ready)) > 0.9 * len(ready)


@pytest.mark.parametrize("name", sorted(wiki.WIKIS))
def test_wikitext_becomes_plain_text(name: str) -> None:
    site = wiki.WIKIS[name]
    stream = wiki.stream_of(site, 1)
    page = msgspec.json.decode(b'"' + wiki.wikitext(site, stream, stream.at(6634, 2)) + b'"')
    assert "{{" in page
    text = wikitext_to_text(page)
    for mark in ("{{", "[[", "'''", "<ref", "==", "cite", "Infobox"):
        assert mark not in text
    assert "2026-03-01" in text
    redirect = msgspec.json.decode(b'"' + wiki.wikitext(site, stream, stream.at(6634, 1)) + b'"')
    assert wikitext_to_text(redirect) == ""
