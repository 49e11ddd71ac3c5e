"""Source `pressbooks`: chapters under their book's licence; one with its own waits for a person. No network is used."""

from __future__ import annotations

import json

import pytest
from tests.unit.sources import replay
from tests.unit.sources.replay import Saved, first_page, requests_of, rulings

from rightful.model import Record

CHAPTER = "https://opentextbc.ca/introductorychemistry/chapter/c{}/"


def test_chapters_are_read() -> None:
    first, _, third = first_page("pressbooks").records
    assert isinstance(first, Record)
    assert isinstance(third, Record)
    assert first.native_id == first.url == CHAPTER.format(7)
    assert first.title == "Atoms – small things"  # markup and entities are WordPress's
    assert (third.title, third.body) == ("מבוא", "<p>אטום</p>")


def test_the_books_licence_covers_what_has_none_of_its_own() -> None:
    assert rulings("pressbooks") == [
        (CHAPTER.format(7), "allow", "allowed", "CC-BY-4.0"),
        (CHAPTER.format(8), "quarantine", "composite_unknown", None),
        (CHAPTER.format(9), "allow", "allowed", "CC-BY-4.0"),
    ]


@pytest.mark.parametrize(
    ("license", "decision"),
    [
        ({"url": "https://creativecommons.org/licenses/by-nc/4.0/", "name": "CC BY-NC"}, "deny"),
        ({"url": "", "name": "CC BY (Attribution)"}, "quarantine"),
        ({"url": "https://choosealicense.com/no-permission/", "name": "All Rights Reserved"}, "deny"),
        (None, "deny"),
    ],
)
def test_a_book_without_a_free_licence_loads_nothing(
    license: dict[str, str] | None, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = {"@type": "Book", "name": "Introductory Chemistry", **({"license": license} if license else {})}
    monkeypatch.setattr(replay, "SAVED", Saved.with_answer("pressbooks.site.json", json.dumps(book)))
    assert {found[1] for found in rulings("pressbooks")[::2]} == {decision}


def test_each_book_has_its_own_address() -> None:
    site, chapters = requests_of("pressbooks")
    assert site.url.path == "/introductorychemistry/wp-json/pressbooks/v2/metadata"
    assert chapters.url.path == "/introductorychemistry/wp-json/pressbooks/v2/chapters"
    assert "book" not in {**site.url.params, **chapters.url.params}
    # WordPress leaves both moments out: a chapter of midnight sharp must not fall between two slices.
    assert chapters.url.params["modified_after"] == "2025-12-31T23:59:59Z"
    assert chapters.url.params["modified_before"] == "2026-01-02T00:00:00Z"
