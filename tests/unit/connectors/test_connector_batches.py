"""MediaWiki's batches: records that arrive in parts."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.unit.connectors.reading import fetch
from tests.unit.http.site import json_response

from rightful.errors import (
    Malformed,
    TooLarge,
)
from rightful.model import Record

WIKI = {
    "base_url": "https://wiki.example.org/w/api.php",
    "path": "",
    "paginate": {"style": "continue"},
    "records": "query.pages",
    "complete": "batchcomplete",
    "fields": {
        "id": "pageid",
        "version": "rev.0.id",
        "text": "rev.0.text",
        "url_template": "https://wiki.example.org/?curid={id}",
    },
}


def wiki_page(number: int, text: str | None = None, revision: int = 1) -> dict[str, Any]:
    return {"pageid": number, **({} if text is None else {"rev": [{"id": revision, "text": text}]})}


def wiki(*pages: dict[str, Any], more: str | None = None, complete: object = None) -> httpx.Response:
    value: dict[str, Any] = {"query": {"pages": list(pages)}} if pages else {}
    if more is not None:
        value["continue"] = {"c": more}
    if complete is not None:
        value["batchcomplete"] = complete
    return json_response(value)


BATCHES = [
    wiki(wiki_page(1, "one"), wiki_page(2), wiki_page(3), more="a"),
    wiki(wiki_page(1), wiki_page(2, "two"), wiki_page(3), more="b"),
    wiki(
        wiki_page(1),
        wiki_page(2),
        wiki_page(3),
        wiki_page(3, "three"),
        {"title": "gone", "missing": True},
        more="c",
        complete=True,
    ),
    wiki(more="d", complete=""),
    wiki(wiki_page(4), wiki_page(5, "five"), more="e"),
    wiki(wiki_page(4), wiki_page(5), complete=True),
]


def test_records_are_gathered_until_the_batch_is_complete() -> None:
    pages = fetch(BATCHES, WIKI)
    read = [[(r.native_id, r.body if isinstance(r, Record) else r.reason) for r in page.records] for page in pages]
    assert read == [
        [("1", "one"), ("2", "two"), ("3", "three"), ("", "malformed")],
        [],
        [("4", None), ("5", "five")],
    ]
    assert [page.requests for page in pages] == [3, 1, 2]
    assert [record.version for record in pages[0].records if isinstance(record, Record)] == ["1", "1", "1"]


LICENSED = {"license": {"scope": "record", "claims": [{"from": "record.license"}]}}
BY, NC = "CC BY 4.0", "CC BY-NC 4.0"


@pytest.mark.parametrize(
    "parts",
    [
        [wiki_page(1, "one") | {"license": BY}, wiki_page(1, "one") | {"license": NC}],
        [wiki_page(1) | {"license": NC}, wiki_page(1, "one") | {"license": BY}],
        [wiki_page(1, "one") | {"license": BY}, wiki_page(1) | {"license": NC}],
        [wiki_page(1) | {"license": NC}, wiki_page(1, "one"), wiki_page(1) | {"license": BY}],
    ],
)
def test_what_one_part_says_of_the_licence_no_other_part_hides(parts: list[dict[str, Any]]) -> None:
    answers = [wiki(part, more=f"a{number}") for number, part in enumerate(parts[:-1])] + [
        wiki(parts[-1], complete=True)
    ]
    (record,) = [record for page in fetch(answers, WIKI, **LICENSED) for record in page.records]
    assert isinstance(record, Record)
    assert record.body == "one"
    assert {claim.raw for claim in record.claims} == {BY, NC}


def test_a_part_without_the_field_says_nothing_unless_all_lack_it() -> None:
    answers = [
        wiki(wiki_page(1) | {"license": BY}, wiki_page(2), more="a"),
        wiki(wiki_page(1, "one"), wiki_page(2, "two"), complete=True),
    ]
    one, two = [record for page in fetch(answers, WIKI, **LICENSED) for record in page.records]
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    assert [claim.raw for claim in one.claims] == [BY]
    assert [claim.raw for claim in two.claims] == [None]


def test_a_resume_goes_on_after_a_whole_batch() -> None:
    pages = fetch(BATCHES, WIKI)
    for position in (0, 1):
        cursor = json.loads(json.dumps(pages[position].cursor))
        rest = fetch(BATCHES[3 + position :], WIKI, cursor)
        assert [page.records and page.records[0].native_id for page in rest] == [
            page.records and page.records[0].native_id for page in pages[position + 1 :]
        ]


def test_a_source_that_ends_within_a_batch_leaves_failures_not_empty_records() -> None:
    (page,) = fetch(
        [wiki(wiki_page(1, "one"), wiki_page(2), more="a"), json_response({"query": {"pages": [wiki_page(3)]}})], WIKI
    )
    assert [(r.native_id, getattr(r, "reason", "fine")) for r in page.records] == [
        ("1", "fine"),
        ("2", "truncated"),
        ("3", "truncated"),
    ]


def test_without_pages_a_wiki_is_empty_only_when_it_says_so() -> None:
    assert fetch([wiki(complete=True)], WIKI)[0].records == ()
    for answer in ({}, {"batchcomplete": False}, {"warnings": {}}):
        with pytest.raises(Malformed, match="no records"):
            fetch([json_response(answer)], WIKI)


def test_a_batch_without_end_does_not_fill_the_memory() -> None:
    count = iter(range(10_000))

    def answer(request: httpx.Request) -> httpx.Response:
        number = next(count)
        return wiki(wiki_page(number, "x" * 900), more=str(number))

    with pytest.raises(TooLarge, match="batch"):
        fetch(answer, WIKI, limits={"response_bytes": 1024, "retries": 0})


def test_two_revisions_of_a_page_are_two_records() -> None:
    (page,) = fetch(
        [wiki(wiki_page(1, "old", 1), more="a"), wiki(wiki_page(1, "new", 2), wiki_page(1, "new", 2), complete=True)],
        WIKI,
    )
    assert [(record.native_id, record.body) for record in page.records if isinstance(record, Record)] == [
        ("1", "old"),
        ("1", "new"),
    ]
