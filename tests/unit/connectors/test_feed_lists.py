"""Feeds of the source file have to be there; those that a list names are strangers', and stop no other."""

from __future__ import annotations

import httpx
import pytest
from tests.unit.connectors.articles import (
    DAY,
    FEED,
    OLD,
    FailedRecord,
    article,
    articles,
    connector_of,
    records,
    rss,
    site_of,
)  # fmt: skip

from rightful.errors import FetchError, RateLimited, Refused
from rightful.model import Record

NEXT = {"paginate": {"style": "next"}}


@pytest.mark.parametrize(("status", "error"), [(503, FetchError), (404, Refused), (429, RateLimited)])
def test_a_feed_of_the_file_that_can_not_be_had_stops_the_slice(status: int, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        records({FEED: httpx.Response(status, headers={"retry-after": "7200"} if status == 429 else {})})
    assert caught.value.slice == DAY  # type: ignore[attr-defined]


def test_one_feed_of_a_list_does_not_stop_the_others() -> None:
    names = ("good", "short", "undated", "gone", "broken")
    outlines = "".join(f'<outline xmlUrl="https://news.example.org/{name}"/>' for name in names)
    base = "https://news.example.org/"
    found = records(
        {
            base + "list.opml": f"<opml version='2.0'><body>{outlines}</body></opml>".encode(),
            base + "good": rss(article("a"), OLD),
            base + "short": rss(article("b")),
            base + "undated": rss(article("c", date="")),
            base + "broken": b"<rss",
        },
        {"feeds": (), "opml": [base + "list.opml"]},
    )
    assert [one.native_id for one in found if isinstance(one, Record)] == ["news.example.org-a", "news.example.org-b"]
    assert {one.native_id.removeprefix(base): one.reason for one in found if isinstance(one, FailedRecord)} == {
        "short": "truncated",
        "undated": "malformed",
        "undated#undated": "malformed",
        "gone": "fetch_failed",
        "broken": "malformed",
    }


def test_a_feed_of_a_list_that_leads_nowhere_is_a_row() -> None:
    base = "https://news.example.org/"
    names = ("circle", "outside", "good")
    outlines = "".join(f'<outline xmlUrl="{base}{name}"/>' for name in names)
    found = records(
        {
            base + "list.opml": f"<opml version='2.0'><body>{outlines}</body></opml>".encode(),
            base + "circle": rss('<atom:link rel="next" href="/circle"/>', article("a")),
            base + "outside": rss('<atom:link rel="next" href="http://10.0.0.1/"/>', article("b")),
            base + "good": rss(article("c"), OLD),
        },
        {"feeds": (), "opml": [base + "list.opml"], **NEXT},
    )
    failed = {one.native_id.removeprefix(base): one.reason for one in found if isinstance(one, FailedRecord)}
    assert failed == {"circle": "malformed", "outside": "fetch_failed"}
    assert {"news.example.org-c"} <= {one.native_id for one in found if isinstance(one, Record)}


def test_shards_hold_whole_feeds_and_have_stable_ids() -> None:
    answers = {f"https://news.example.org/{n}": rss(*(article(f"{n}-{i}") for i in range(40)), OLD) for n in range(6)}
    linked = {"url": "url"}
    source = articles(
        {"feeds": [str(n) for n in range(6)], "linked": linked},
        pace={"requests_per_second": 1},
        shard={"target_minutes": 1},
    )
    with connector_of(source, site_of(answers)) as connector:
        shards = connector.plan(DAY)
        assert [shard.id for shard in shards] == ["part-0001", "part-0002", "part-0003"]
        assert connector.plan(DAY) == shards
        found = [r.native_id for shard in shards for page in connector.fetch(shard) for r in page.records]
    assert len(found) == len(set(found)) == 240
