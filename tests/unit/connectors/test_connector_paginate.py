"""Every style of paging over one small list: walked, resumed at each page, and led in circles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.unit.http.site import Site, connector_of, json_response, source_of

from rightful.errors import BlockedAddress, ConfigurationError, EndlessCursor, Malformed
from rightful.model import Credentials, FailedRecord, Page, Record, Shard, Slice

SHARD = Shard(
    source="example",
    slice=Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC)),
    id="all",
)
ITEMS = [{"id": number, "text": f"text {number}"} for number in range(25)]
SIZE = 10


def by_page(request: httpx.Request) -> httpx.Response:
    page = int(request.url.params["page"])
    found = ITEMS[(page - 1) * SIZE : page * SIZE]
    return json_response({"items": found, "has_more": page * SIZE < len(ITEMS), "pages": 3})


def by_offset(request: httpx.Request) -> httpx.Response:
    start, size = int(request.url.params["offset"]), int(request.url.params["limit"])
    return json_response({"items": ITEMS[start : start + size], "total": len(ITEMS)})


def _token(request: httpx.Request, name: str) -> int:
    token = request.url.params.get(name, "")
    return int(token.removeprefix("t")) if token.startswith("t") else 0


def by_cursor(request: httpx.Request) -> httpx.Response:
    start = _token(request, "cursor")
    after = f"t{start + SIZE}" if start + SIZE < len(ITEMS) else None
    return json_response({"items": ITEMS[start : start + SIZE], "next_cursor": after})


def by_after(request: httpx.Request) -> httpx.Response:
    start = _token(request, "after")
    after = f"t{start + SIZE}" if start + SIZE < len(ITEMS) else None
    return json_response({"items": ITEMS[start : start + SIZE], "data": {"after": after}})


def by_continue(request: httpx.Request) -> httpx.Response:
    start = _token(request, "gcm")
    more = {"continue": {"gcm": f"t{start + SIZE}", "continue": "gcm||"}} if start + SIZE < len(ITEMS) else {}
    return json_response({"items": ITEMS[start : start + SIZE], **more})


def by_url(request: httpx.Request) -> httpx.Response:
    start = _token(request, "p")
    after = f"/v1/items?p=t{start + SIZE}" if start + SIZE < len(ITEMS) else None
    return json_response({"items": ITEMS[start : start + SIZE], "next": after})


def by_link(request: httpx.Request) -> httpx.Response:
    start = _token(request, "p")
    link = {"link": f'<?p=t{start + SIZE}>; rel="next"'} if start + SIZE < len(ITEMS) else {}
    return json_response({"items": ITEMS[start : start + SIZE]}, **link)


def by_last(request: httpx.Request) -> httpx.Response:
    start = _token(request, "cursor")
    found = [dict(item) for item in ITEMS[start : start + SIZE]]
    if start + SIZE < len(ITEMS):
        found[-1]["next"] = f"t{start + SIZE}"
    return json_response({"items": found})


def single(request: httpx.Request) -> httpx.Response:
    return json_response({"items": ITEMS})


STYLES: dict[str, tuple[dict[str, Any], Callable[[httpx.Request], httpx.Response], int]] = {
    "page, has_more": ({"style": "page", "more": "has_more"}, by_page, 3),
    "page, total": ({"style": "page", "total_pages": "pages"}, by_page, 3),
    "page, until empty": ({"style": "page"}, by_page, 4),
    "offset, total": ({"style": "offset", "size": SIZE, "total": "total"}, by_offset, 3),
    "offset, until empty": ({"style": "offset", "size": SIZE}, by_offset, 4),
    "cursor": ({"style": "cursor"}, by_cursor, 3),
    "cursor from *": ({"style": "cursor", "first": "*"}, by_cursor, 3),
    "after": ({"style": "after"}, by_after, 3),
    "after the last id": ({"style": "cursor", "path": "items.-1.next"}, by_last, 3),
    "continue": ({"style": "continue"}, by_continue, 3),
    "next_url": ({"style": "next_url"}, by_url, 3),
    "link_header": ({"style": "link_header"}, by_link, 3),
    "none": ({"style": "none"}, single, 1),
}


def walk(paginate: dict[str, Any], site: Site, cursor: dict[str, Any] | None = None, **blocks: Any) -> list[Page]:
    source = source_of({"paginate": paginate, **blocks.pop("fetch", {})}, **blocks)
    return list(connector_of(source, site).fetch(SHARD, cursor))


def collect(walked: Iterator[Page], pages: list[Page]) -> None:
    """Keep the pages that come before an error."""
    pages.extend(page for page in walked)


def ids(pages: list[Page]) -> list[str]:
    return [record.native_id for page in pages for record in page.records]


@pytest.mark.parametrize("style", STYLES)
def test_every_record_comes_once_and_in_order(style: str) -> None:
    paginate, answer, requests = STYLES[style]
    site = Site(answer)
    pages = walk(paginate, site)
    assert ids(pages) == [str(item["id"]) for item in ITEMS]
    assert len(site.requests) == requests == sum(page.requests for page in pages)
    assert pages[-1].cursor is None
    assert all(page.cursor is not None for page in pages[:-1])


@pytest.mark.parametrize("style", STYLES)
def test_each_page_can_be_resumed(style: str) -> None:
    paginate, answer, _ = STYLES[style]
    pages = walk(paginate, Site(answer))
    for position, page in enumerate(pages[:-1]):
        cursor = json.loads(json.dumps(page.cursor))
        rest = walk(paginate, Site(answer), cursor)
        assert ids(rest) == ids(pages[position + 1 :])
        assert [other.cursor for other in rest] == [other.cursor for other in pages[position + 1 :]]
        assert len(json.dumps(cursor)) < 300


@pytest.mark.parametrize("style", [style for style in STYLES if style != "none"])
def test_the_number_of_pages_is_capped_also_over_a_resume(style: str) -> None:
    paginate, answer, _ = STYLES[style]
    with pytest.raises(EndlessCursor, match="more than 2 pages"):
        walk(paginate, Site(answer), limits={"pages": 2})
    cursor = walk(paginate, Site(answer))[0].cursor
    with pytest.raises(EndlessCursor, match="more than 2 pages"):
        walk(paginate, Site(answer), cursor, limits={"pages": 2})


def counted(link: str | None = None, **more: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A site that never ends; each page differs."""
    count = iter(range(10_000))

    def answer(request: httpx.Request) -> httpx.Response:
        number = next(count)
        return json_response({"items": [{"id": number, "text": "x"}], **more}, **({"link": link} if link else {}))

    return answer


@pytest.mark.parametrize(
    ("paginate", "answer"),
    [
        ({"style": "cursor"}, counted(next_cursor="same")),
        ({"style": "after"}, counted(data={"after": "same"})),
        ({"style": "continue"}, counted(**{"continue": {"a": "same"}})),
        ({"style": "next_url"}, counted(next="https://api.example.org/v1/items?p=same")),
        ({"style": "link_header"}, counted(link='<https://api.example.org/v1/items?p=same>; rel="next"')),
    ],
)
def test_a_cursor_that_comes_back_is_endless(paginate: dict[str, Any], answer: Any) -> None:
    site = Site(answer)
    with pytest.raises(EndlessCursor) as caught:
        walk(paginate, site)
    assert len(site.requests) == 2
    assert caught.value.source == "example"
    assert caught.value.remedy


def test_a_circle_of_several_cursors_is_endless() -> None:
    after = {"": "a", "a": "b", "b": "c", "c": "a"}
    site = Site(
        lambda request: json_response(
            {"items": [{"id": 1}], "next_cursor": after[request.url.params.get("cursor", "")]}
        )
    )
    with pytest.raises(EndlessCursor):
        walk({"style": "cursor"}, site)
    assert len(site.requests) == 4


@pytest.mark.parametrize(
    "paginate", [{"style": "page"}, {"style": "page", "more": "more"}, {"style": "offset", "size": 1}]
)
def test_a_page_that_repeats_is_endless_also_after_a_resume(paginate: dict[str, Any]) -> None:
    answer = [json_response({"items": [{"id": 1, "text": "x"}], "more": True})]
    pages: list[Page] = []
    source = source_of({"paginate": paginate})
    with pytest.raises(EndlessCursor, match="same page"):
        collect(connector_of(source, Site(answer)).fetch(SHARD), pages)
    assert len(pages) == 1
    first = next(iter(connector_of(source, Site(answer)).fetch(SHARD)))
    with pytest.raises(EndlessCursor, match="same page"):
        walk(paginate, Site(answer), first.cursor)


def test_an_empty_page_is_not_the_end_when_the_source_says_more() -> None:
    pages = {1: [1], 2: [], 3: [], 4: [4]}

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        return json_response({"items": [{"id": id} for id in pages[page]], "has_more": page < 4})

    assert ids(walk({"style": "page", "more": "has_more"}, Site(answer))) == ["1", "4"]


def test_an_empty_page_with_a_cursor_is_not_the_end_but_a_thousand_are() -> None:
    count = iter(range(5_000))
    site = Site(lambda request: json_response({"items": [], "next_cursor": f"c{next(count)}"}))
    with pytest.raises(EndlessCursor, match="without records"):
        walk({"style": "cursor"}, site)
    assert len(site.requests) == 1001


def test_solr_says_the_end_by_repeating_the_cursor() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        first = request.url.params["offsetMark"] == "*"
        return json_response({"items": [{"id": 1}] if first else [], "nextOffsetMark": "AoE"})

    paginate = {"style": "cursor", "param": "offsetMark", "first": "*", "path": "nextOffsetMark"}
    assert ids(walk(paginate, Site(answer))) == ["1"]


def test_a_server_with_smaller_pages_than_asked_for_loses_nothing() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params["offset"])
        return json_response({"items": ITEMS[start : start + 4]})

    assert len(ids(walk({"style": "offset", "size": 100}, Site(answer)))) == len(ITEMS)


@pytest.mark.parametrize(
    ("paginate", "body"),
    [
        ({"style": "cursor"}, {"next_cursor": {"a": 1}}),
        ({"style": "cursor"}, {"next_cursor": True}),
        ({"style": "cursor"}, {"next_cursor": ["x"]}),
        ({"style": "continue"}, {"continue": "x"}),
        ({"style": "continue"}, {"continue": {}}),
        ({"style": "continue"}, {"continue": {"a": {"b": 1}}}),
        ({"style": "next_url"}, {"next": 7}),
    ],
)
def test_a_cursor_of_another_type_is_malformed(paginate: dict[str, Any], body: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        walk(paginate, Site([json_response({"items": [], **body})]), limits={"retries": 0})


@pytest.mark.parametrize("more", [None, "yes", 1, "", [], "absent"])
def test_a_more_flag_that_is_none_is_not_taken_for_the_end(more: object) -> None:
    body: dict[str, Any] = {"items": [{"id": 1}]}
    if more != "absent":
        body["has_more"] = more
    with pytest.raises(Malformed):
        walk({"style": "page", "more": "has_more"}, Site([json_response(body)]), limits={"retries": 0})


def test_a_next_url_must_stay_with_the_source() -> None:
    for target in ("https://evil.example/", "http://169.254.169.254/", "file:///etc/passwd", "http://["):
        site = Site([json_response({"items": [{"id": 1, "text": "x"}], "next": target})])
        pages: list[Page] = []
        with pytest.raises(BlockedAddress):
            collect(connector_of(source_of({"paginate": {"style": "next_url"}}), site).fetch(SHARD), pages)
        assert ids(pages) == ["1"]
        assert len(site.requests) == 1


def test_the_key_that_a_next_url_echoes_is_not_saved_and_sent_once() -> None:
    source = source_of(
        {"paginate": {"style": "next_url"}, "auth": {"type": "query", "name": "key"}}, connection="example"
    )
    answers = [
        json_response({"items": [{"id": 1}], "next": "https://api.example.org/v1/items?key=s3cret&p=2"}),
        json_response({"items": [{"id": 2}]}),
    ]
    site = Site(answers)
    pages = list(connector_of(source, site, credentials=Credentials(password="s3cret")).fetch(SHARD))
    assert "s3cret" not in json.dumps([page.cursor for page in pages])
    assert site.queries == [{"key": "s3cret"}, {"key": "s3cret", "p": "2"}]


@pytest.mark.parametrize("style", [style for style in STYLES if style != "none"])
def test_a_cursor_of_another_style_is_told(style: str) -> None:
    paginate, answer, _ = STYLES[style]
    for cursor in (
        {},
        {"style": "none", "pages": 1, "state": None},
        {"style": paginate["style"], "pages": 1},
        {"style": paginate["style"], "pages": "x", "state": 7},
    ):
        with pytest.raises(ConfigurationError, match="cursor"):
            walk(paginate, Site(answer), cursor)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [({2}, ["1", "", "3", "4", "5"]), ({1, 2, 3}, ["", "", "", "4", "5"]), ({5}, ["1", "2", "3", "4", ""])],
)
def test_an_unreadable_page_is_stepped_over_where_pages_have_numbers(bad: set[int], expected: list[str]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        if page in bad:
            return httpx.Response(200, headers={"content-type": "text/html"}, content=b"<h1>Error</h1>")
        return json_response({"items": [{"id": page, "text": "x"}], "pages": 5})

    pages = walk({"style": "page", "total_pages": "pages"}, Site(answer), limits={"retries": 0})
    assert ids(pages) == expected
    failed = [record for page in pages for record in page.records if isinstance(record, FailedRecord)]
    assert len(failed) == len(bad)
    assert all(
        record.reason == "malformed" and "page=" in record.url and "text/html" in record.detail for record in failed
    )
    assert pages[-1].cursor is None


def test_four_unreadable_pages_in_a_row_are_a_broken_source_and_the_cursor_stays_before_them() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params["offset"])
        if 2 <= start < 6:
            return httpx.Response(200, content=b"{broken")
        return json_response({"items": [{"id": start, "text": "x"}], "total": 9})

    source = source_of({"paginate": {"style": "offset", "size": 1, "total": "total"}}, limits={"retries": 0})
    pages: list[Page] = []
    with pytest.raises(Malformed, match="broken JSON"):
        collect(connector_of(source, Site(answer)).fetch(SHARD), pages)
    assert ids(pages) == ["0", "1"]
    healed = Site(
        lambda request: json_response({"items": [{"id": int(request.url.params["offset"]), "text": "x"}], "total": 9})
    )
    assert ids(list(connector_of(source, healed).fetch(SHARD, pages[-1].cursor))) == ["2", "3", "4", "5", "6", "7", "8"]


def test_a_page_that_is_too_large_is_stepped_over() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        return json_response({"items": [{"id": page, "text": "x" * (5000 if page == 2 else 1)}], "more": page < 3})

    pages = walk({"style": "page", "more": "more"}, Site(answer), limits={"response_bytes": 2000})
    assert ids(pages) == ["1", "", "3"]
    assert [r.reason for page in pages for r in page.records if isinstance(r, FailedRecord)] == ["too_large"]


@pytest.mark.parametrize("style", ["cursor", "continue", "next_url", "link_header", "after"])
def test_an_unreadable_page_ends_the_shard_where_a_page_names_the_next(style: str) -> None:
    paginate, answer, _ = STYLES[style]
    calls = iter(range(100))
    broken = Site(lambda request: answer(request) if next(calls) != 1 else httpx.Response(200, content=b"<html>"))
    source = source_of({"paginate": paginate}, limits={"retries": 0})
    pages: list[Page] = []
    with pytest.raises(Malformed):
        collect(connector_of(source, broken).fetch(SHARD), pages)
    rest = list(connector_of(source, Site(answer)).fetch(SHARD, pages[-1].cursor))
    assert ids(pages) + ids(rest) == [str(item["id"]) for item in ITEMS]


def test_a_broken_page_is_tried_again_first() -> None:
    site = Site(
        [httpx.Response(200, content=b'{"items": [{"id": 1'), json_response({"items": [{"id": 1, "text": "x"}]})]
    )
    pages = walk({"style": "none"}, site)
    assert [type(record) for record in pages[0].records] == [Record]
    assert pages[0].requests == 2
