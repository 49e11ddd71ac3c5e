"""Members of a record that need more than a path: HTML, pairs, what was taken back, a version made of the text."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.connectors.reading import records
from tests.unit.http.site import json_response, source_of

from rightful.connectors.paths import one
from rightful.model import FailedRecord, Record


def read(items: list[dict[str, Any]], fields: dict[str, Any], **fetch: Any) -> list[Record | FailedRecord]:
    return records([json_response({"items": items}), json_response({"items": []})], fields, **fetch)


def test_of_members_that_hold_html_only_the_text_is_kept() -> None:
    item = {
        "id": 1,
        "text": "<b>x</b>",
        "by": ["<a href='/u'>Ada&nbsp;Ångström</a>", "<span></span>"],
        "name": "a <i>b</i>\n c &amp; d",
        "house": "<p>Press</p>",
    }
    fields = {"creators": "by", "title": "name", "publisher": "house"}
    (plain,) = read([item], {**fields, "html": ["creators", "title", "publisher"]})
    (as_is,) = read([item], fields)
    assert isinstance(plain, Record)
    assert isinstance(as_is, Record)
    assert (plain.creators, plain.title, plain.publisher) == (("Ada Ångström",), "a b c & d", "Press")
    assert plain.body == as_is.body == "<b>x</b>"  # the text has a media type of its own
    assert as_is.title == "a <i>b</i>\n c &amp; d"


@pytest.mark.parametrize("empty", [None, "", "<p></p>"])
def test_html_that_says_nothing_is_nothing(empty: str | None) -> None:
    (record,) = read([{"id": 1, "text": "x", "name": empty}], {"title": "name", "html": ["title"]})
    assert isinstance(record, Record)
    assert record.title is None


@pytest.mark.parametrize(
    ("why", "deleted"),
    [
        ("moderator", True),
        (True, True),
        (1, True),
        ({"by": "author"}, True),
        (None, False),
        (False, False),
        ("", False),
        (0, False),
    ],
)
def test_what_its_source_took_back_is_told_and_its_text_not_kept(why: object, deleted: bool) -> None:
    (record,) = read([{"id": 1, "text": "[removed]", "gone": why}], {"deleted": "gone"})
    assert isinstance(record, Record)
    assert (record.deleted, record.body) == (deleted, None if deleted else "[removed]")


def test_without_the_member_nothing_was_taken_back() -> None:
    (record,) = read([{"id": 1, "text": "x"}], {"deleted": "gone"})
    assert isinstance(record, Record)
    assert not record.deleted


def test_a_linked_text_of_what_was_taken_back_is_not_asked_for() -> None:
    fields = {"deleted": "gone", "id": "id", "url_template": "https://example.org/{id}"}
    linked = {"url": "at"}
    source = source_of({"fields": fields, "linked": linked})
    from datetime import UTC, datetime

    from rightful.connectors.record import RecordReader

    raw = b'{"id": 1, "at": "https://example.org/t", "gone": %s}'
    reader, now = RecordReader(source), datetime(2026, 1, 1, tzinfo=UTC)
    stands, gone = (reader.read(raw % value, asked="", place="", fetched_at=now) for value in (b"null", b"1"))
    assert isinstance(stands, Record)
    assert isinstance(gone, Record)
    assert (stands.linked is None, gone.linked is None) == (False, True)


def test_a_version_of_the_text_changes_with_the_text_alone() -> None:
    items = [{"id": 1, "text": "a", "votes": 1}, {"id": 1, "text": "a", "votes": 2}, {"id": 1, "text": "b", "votes": 2}]
    first, voted, edited = (found.version for found in read(items, {"version_of": "text"}) if isinstance(found, Record))
    assert first == voted != edited
    whole = [found.version for found in read(items, {}) if isinstance(found, Record)]
    assert len(set(whole)) == 3


def test_a_version_of_no_text_is_refused() -> None:
    fields = {"id": "id", "url": "url", "version_of": "text"}
    with pytest.raises(ValidationError, match="needs `text`"):
        source_of({"fields": fields, "linked": {"url": "at"}})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"terms": [{"t": "a", "d": "b", "id": 1}, {"t": "c"}, {"d": "e", "t": None}]}, ["a", "b", "c", "e"]),
        ({"terms": {"x": {"d": "2", "t": "1"}}}, ["1", "2"]),
        ({"terms": []}, []),
        ({"terms": None}, []),
        ({}, []),
        ({"terms": ["no object"]}, []),
    ],
)
def test_several_members_of_each_element_in_turn(value: dict[str, Any], found: list[str]) -> None:
    assert one("terms[].t|d")(value) == found


def test_pairs_stand_together_in_the_text() -> None:
    item = {"id": 1, "cards": [{"q": "ebb", "a": "out"}, {"q": "flood", "a": "in"}]}
    (record,) = read([item], {"text": ["cards[].q|a"]})
    assert isinstance(record, Record)
    assert record.body == "ebb\n\nout\n\nflood\n\nin"
