"""Source `wikinews`: articles begun in the slice, under what the site states that night. No network is used."""

from __future__ import annotations

import json

import pytest
from tests.unit.sources import replay
from tests.unit.sources.replay import Saved, first_page, requests_of, rulings

from rightful.model import Record


def test_records_are_read() -> None:
    first, second, hidden = first_page("wikinews").records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(hidden, Record)
    assert (first.native_id, first.version, first.creators) == ("3001", "4801001", ("Reporter One",))
    assert first.url == "https://en.wikinews.org/wiki/Lighthouse_keeper_retires_after_forty_years"
    assert (second.title, second.creators) == ("東京で灯台の祭り", ())
    assert not hidden.body  # the wiki suppressed this text


def test_the_sites_statement_is_the_licence() -> None:
    assert rulings("wikinews")[0] == ("3001", "allow", "allowed", "CC-BY-2.5")


@pytest.mark.parametrize(
    ("url", "text", "ruling"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "Creative Commons Attribution 4.0", ("allow", "CC-BY-4.0")),
        ("", "Creative Commons Attribution", ("quarantine", "LicenseRef-CC-BY-unversioned")),
        ("", "", ("deny", None)),
        ("https://creativecommons.org/licenses/by/2.5/", "CC BY-SA 4.0", ("quarantine", None)),
    ],
)
def test_a_version_is_read_and_never_assumed(
    url: str, text: str, ruling: tuple[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"batchcomplete": True, "query": {"rightsinfo": {"url": url, "text": text}}}
    monkeypatch.setattr(replay, "SAVED", Saved.with_answer("wikinews.site.json", json.dumps(said)))
    _, decision, _, expression = rulings("wikinews")[0]
    assert (decision, expression) == ruling


def test_old_articles_that_are_edited_are_not_asked_for() -> None:
    # Their text is under the terms of the day on which it was written, which the statement of tonight doesn't tell.
    _, pages = requests_of("wikinews")
    assert pages.url.params["grctype"] == "new"
    assert "grcgeneraterevisions" not in pages.url.params
    assert (pages.url.params["grcstart"], pages.url.params["grcend"]) == (
        "2026-01-01T00:00:00Z",
        "2026-01-01T23:59:59Z",
    )
