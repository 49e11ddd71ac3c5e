"""From saved answers to records: bytes, fields, broken records."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from tests.unit.connectors.reading import DAY, body, fetch, records
from tests.unit.http.site import json_response

from rightful.errors import (
    Malformed,
)
from rightful.model import FailedRecord, OptOut, Record


def test_a_record_keeps_its_bytes_exactly() -> None:
    odd = '{"id" : 1,\n  "text": "caf\\u00e9 é", "n": 1.50e0, "id2":[ ]}'
    (record,) = records([body('{"x": 1, "items": [ ' + odd + " ]}")])
    assert isinstance(record, Record)
    assert record.raw == odd.encode()
    assert record.body == "café é"
    assert record.version == hashlib.sha256(record.raw).hexdigest()[:16]
    assert record.native_id == "1"
    assert record.url == "https://example.org/1"


def test_every_field() -> None:
    item = {
        "id": "a/../b",
        "rev": 7,
        "link": "https://example.org/a",
        "title": "T",
        "intro": "One.",
        "answers": [{"body": "Two."}, {"body": "Three."}],
        "by": [{"name": " Ann "}, {"name": "Bob"}, {"name": "Ann"}, {}],
        "user": 12,
        "made": 1767225600,
        "out": "2026-01-01T10:00:00Z",
        "from": "CH",
        "house": "P",
        "credit": "By Ann",
    }
    fields = {
        "version": "rev",
        "url": "link",
        "title": "title",
        "text": ["intro", "answers[].body", "missing"],
        "media_type": "text/html",
        "creators": ["by[].name", "user"],
        "created": "made",
        "published": "out",
        "region": "from",
        "publisher": "house",
        "attribution": "credit",
    }
    (record,) = records([json_response({"items": [item]}, tdm_reservation="1")], fields)
    assert isinstance(record, Record)
    assert (record.native_id, record.version, record.url) == ("a/../b", "7", "https://example.org/a")
    assert record.body == "One.\n\nTwo.\n\nThree."
    assert (record.media_type, record.title, record.region, record.publisher) == ("text/html", "T", "CH", "P")
    assert record.creators == ("Ann", "Bob", "12")
    assert record.created == datetime(2026, 1, 1, tzinfo=UTC)
    assert record.published == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert record.attribution == "By Ann"
    seen = record.fetched_at
    assert record.optouts == (OptOut(signal="tdm-reservation", value="1", place="header", seen=seen),)
    assert record.evidence is None
    assert record.fetched_at is not None


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ('{"items": [A, B]}', "items"),
        ("[A, B]", "."),
        ('{"1": A, "2": B}', "."),
        ('{"query": {"pages": {"1": A, "2": B}, "x": 1}, "y": 2}', "query.pages"),
        ('{"a": {"b": {"c": [A, B]}}}', "a.b.c"),
    ],
)
def test_records_in_lists_and_objects_at_any_depth(shape: str, path: str) -> None:
    text = shape.replace("A", '{"id": 1, "text": "x"}').replace("B", '{"id": 2, "text": "y"}')
    (page,) = fetch([body(text)], {"records": path})
    assert [record.native_id for record in page.records] == ["1", "2"]
    assert page.records[0].raw == b'{"id": 1, "text": "x"}'


@pytest.mark.parametrize(
    "text",
    [
        '{"other": []}',
        '{"items": null}',
        '{"items": "x"}',
        '{"items": 3}',
        "[]",
        "null",
        "3",
        '"items"',
        "{",
        "{}}",
        "[" * 100_000,
        '{"items": [}',
        '{"items": [1,]}',
    ],
)
def test_an_answer_without_the_list_is_malformed_not_empty(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        fetch([body(text)])
    assert caught.value.source == "example"
    assert caught.value.slice == DAY
    assert "https://api.example.org/v1/items" in str(caught.value)


BROKEN = {
    "no id": '{"text": "x"}',
    "null id": '{"id": null, "text": "x"}',
    "object id": '{"id": {"a": 1}, "text": "x"}',
    "boolean id": '{"id": true, "text": "x"}',
    "empty id": '{"id": "", "text": "x"}',
    "not an object": '"text"',
    "null": "null",
    "list": "[1]",
    "text is a number": '{"id": 9, "text": 3}',
    "text is a list of objects": '{"id": 9, "text": [{}]}',
    "future": '{"id": 9, "text": "x", "at": "2999-01-01"}',
    "milliseconds": '{"id": 9, "text": "x", "at": 1767225600000}',
    "no date": '{"id": 9, "text": "x", "at": "soon"}',
    "half a surrogate pair": '{"id": 9, "text": "x\\ud800y"}',
    "number out of range": '{"id": 9, "text": "x", "n": 1e999}',
    "title is an object": '{"id": 9, "text": "x", "title": {}}',
    "version is a list": '{"id": 9, "text": "x", "rev": []}',
    "deep": '{"id": 9, "text": ' + "[" * 900 + "]" * 900 + "}",
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_record_fails_alone(what: str) -> None:
    good = '{"id": %d, "text": "good \\ud83d\\ude00 \\\\ud800"}'
    text = '{"items": [' + ",".join([good % 1, BROKEN[what], good % 2]) + "]}"
    found = records([body(text)], {"published": "at", "title": "title", "version": "rev"})
    assert [type(record) for record in found] == [Record, FailedRecord, Record]
    assert [found[0].raw, found[2].raw] == [(good % 1).encode(), (good % 2).encode()]
    assert isinstance(found[0], Record)
    assert found[0].body == "good 😀 \\ud800"
    failed = found[1]
    assert isinstance(failed, FailedRecord)
    assert failed.reason == "malformed"
    assert failed.raw == BROKEN[what].encode()
    assert "items[1]" in failed.detail
    assert failed.native_id == (
        "9" if '"id": 9' in BROKEN[what] and what not in ("half a surrogate pair", "number out of range") else ""
    )
    assert failed.url == "https://api.example.org/v1/items"


def test_bytes_of_another_charset_fail_their_record_only() -> None:
    text = b'{"items": [{"id": 1, "text": "plain"}, {"id": 2, "text": "caf\xe9"}, {"id": 3, "text": "caf\xc3\xa9"}]}'
    found = records([body(text)])
    assert [type(record) for record in found] == [Record, FailedRecord, Record]
    assert found[1].reason == "malformed"  # type: ignore[union-attr]


def test_a_record_that_is_too_large_fails_alone() -> None:
    items = [{"id": 1, "text": "x"}, {"id": 2, "text": "x" * 2000}]
    found = records([json_response({"items": items})], limits={"record_bytes": 1024})
    assert [type(record) for record in found] == [Record, FailedRecord]
    assert found[1].reason == "too_large"  # type: ignore[union-attr]
    assert (found[1].native_id, found[1].raw) == ("2", b"")


@pytest.mark.parametrize("link", [None, "", "/relative", "javascript:alert(1)", 7])
def test_a_record_must_say_where_it_came_from(link: object) -> None:
    item = {"id": 1, "text": "x", "link": link}
    (failed,) = records([json_response({"items": [item]})], {"url": "link", "url_template": None})
    assert isinstance(failed, FailedRecord)


def test_texts_that_are_missing_and_texts_that_are_empty() -> None:
    items = [
        {"id": 1},
        {"id": 2, "text": None},
        {"id": 3, "text": ""},
        {"id": 4, "text": []},
        {"id": 5, "text": ["a", "b"]},
    ]
    found = records([json_response({"items": items})])
    assert [record.body for record in found if isinstance(record, Record)] == [None, None, "", None, "a\n\nb"]
