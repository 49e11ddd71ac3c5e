"""Source `facebook`: denied while nobody signed. No network is used."""

from __future__ import annotations

import pytest
from tests.unit.sources.replay import DAY, KEY, connector, first_page, requests_of, rulings, shards, source_of

from rightful.errors import EndlessCursor
from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("facebook")
    assert not source.enabled
    assert "contract" in (source.refusal or "")


def test_posts_are_read() -> None:
    first, wordless = first_page("facebook").records
    assert isinstance(first, Record)
    assert isinstance(wordless, Record)
    assert (first.native_id, first.creators, first.body) == ("54971236771_1", ("NASA",), "The tide is back. 潮")
    assert first.created is not None
    assert first.created.isoformat() == "2026-01-01T08:00:00+00:00"
    assert wordless.body is None


def test_without_a_signed_contract_everything_is_denied() -> None:
    assert {tuple(rest[:2]) for _, *rest in rulings("facebook")} == {("deny", "expired")}


def test_a_page_is_asked_for_by_name_with_the_token() -> None:
    (request,) = requests_of("facebook")
    assert (request.url.path, request.headers["Authorization"]) == ("/v21.0/nasa/posts", f"Bearer {KEY}")
    # A second more on the left: whether the ends are included differs.
    assert (request.url.params["since"], request.url.params["until"]) == ("1767225599", "1767312000")


def test_the_cursor_is_sent_back() -> None:
    # The one saved answer comes again: a list in a circle.
    with connector(source_of("facebook")) as (found, saved), pytest.raises(EndlessCursor):
        list(found.fetch(shards(found, DAY)[0]))
    assert saved.requests[1].url.params["after"] == "QVFI2"
