"""Feeds over the wire: how far back they go, their documents one after the other, lists of them, and linked pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.unit.connectors.articles import (
    AFTER,
    BEFORE,
    BY,
    DAY,
    FEED,
    OLD,
    FailedRecord,
    article,
    articles,
    atom,
    connector_of,
    licensed,
    pages,
    records,
    rss,
    site_of,
)  # fmt: skip
from tests.unit.http.site import Site

from rightful.errors import EndlessCursor, Malformed, Refused, RetentionGap
from rightful.model import Page, Slice

PAGED = {"paginate": {"style": "page"}}
NEXT = {"paginate": {"style": "next"}}


def ids(found: list[Any]) -> list[str]:
    return [one.native_id.removeprefix("news.example.org-") for one in found]


def raws(read: list[Page]) -> list[list[bytes]]:
    return [[record.raw for record in page.records] for page in read]


def at(day: int, hour: int = 10) -> str:
    return f"{datetime(2026, 1, day, hour, tzinfo=UTC):%a, %d %b %Y %H:%M:%S} GMT"


def numbered(documents: dict[int, bytes]) -> Site:
    """A WordPress: documents by number, 404 for all others."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = documents.get(int(request.url.params.get("paged", 1)))
        return httpx.Response(404, content=b"<html>") if body is None else httpx.Response(200, content=body)

    return Site(answer)


def read(source: Any, site: Site, slice: Slice = DAY) -> list[Any]:
    return [record for page in pages(source, site, slice) for record in page.records]


# ------------------------------------------------------------------ which entries, and how far back


def test_entries_of_the_slice_alone() -> None:
    feed = rss(
        article("tomorrow", date=AFTER),
        article("midnight", date="Fri, 02 Jan 2026 00:00:00 GMT"),
        article("last", date="Thu, 01 Jan 2026 23:59:59 GMT"),
        article("first", date="Thu, 01 Jan 2026 02:00:00 +0200"),
        OLD,
    )
    assert ids(records(feed)) == ["last", "first"]


def test_a_feed_that_does_not_reach_back_stops_the_slice() -> None:
    with pytest.raises(RetentionGap) as caught:
        records(rss(article("b", date=AFTER), article("a")))
    assert "reaches back to 2026-01-01T10:00:00Z only" in str(caught.value)
    assert (caught.value.source, caught.value.slice) == ("news", DAY)
    assert FEED in caught.value.what


def test_the_plan_finds_it_already() -> None:
    with connector_of(articles(), site_of({FEED: rss(article("a"))})) as connector, pytest.raises(RetentionGap):
        connector.plan(DAY)


def test_an_empty_feed_stops_the_slice() -> None:
    with pytest.raises(RetentionGap, match="is empty"):
        records(rss())


def test_an_entry_at_the_slice_s_very_start_reaches_back() -> None:
    assert ids(records(rss(article("a", date="Thu, 01 Jan 2026 00:00:00 GMT")))) == ["a"]


def test_a_quiet_day_of_a_feed_that_reaches_back_is_an_empty_slice() -> None:
    (page,) = pages(articles(), site_of({FEED: rss(article("b", date=AFTER), OLD)}))
    assert (page.records, page.cursor) == ((), None)


@pytest.mark.parametrize("fetch", [{"paginate": {"style": "none", "keeps": "all"}}, {}])
def test_a_feed_of_all_there_ever_was(fetch: dict[str, Any]) -> None:
    complete = "" if fetch else "<fh:complete/>"
    assert ids(records(rss(complete, article("a")), fetch)) == ["a"]


def test_a_slice_that_has_not_begun_has_no_gap() -> None:
    now = datetime.now(UTC)
    ahead = Slice(start=now + timedelta(days=1), end=now + timedelta(days=2))
    (page,) = pages(articles(), site_of({FEED: rss(article("a"))}), ahead)
    assert page.records == ()


def test_a_feed_without_dates_is_not_skipped() -> None:
    with pytest.raises(Malformed, match="none of its entries tells a usable date"):
        records(rss(article("a", date=""), article("b", date="yesterday")))


def test_entries_without_a_date_are_told() -> None:
    failed, good = sorted(records(rss(article("a", date=""), article("b"), OLD)), key=lambda one: type(one).__name__)
    assert isinstance(failed, FailedRecord)
    assert (failed.native_id, failed.reason) == (f"{FEED}#undated", "malformed")
    assert "1 entries" in failed.detail
    assert "news.example.org-a" in failed.detail
    assert ids([good]) == ["b"]


def test_undated_entries_of_a_quiet_day_are_told() -> None:
    (failed,) = records(rss(article("a", date=""), OLD))
    assert failed.reason == "malformed"


def test_by_the_date_of_the_last_change() -> None:
    entry = (
        "<entry><id>urn:uuid:an-old-entry-changed</id><title>t</title><link href='/a'/>"
        "<published>2025-06-01T00:00:00Z</published><updated>2026-01-01T05:00:00Z</updated></entry>"
        "<entry><id>urn:uuid:another-old-entry</id><title>t</title><link href='/b'/>"
        "<published>2025-05-01T00:00:00Z</published></entry>"
    )
    assert records(atom(entry)) == []
    assert [one.native_id for one in records(atom(entry), {"date": "updated"})] == ["urn:uuid:an-old-entry-changed"]


# ------------------------------------------------------------------ archives


def test_wordpress_goes_back_by_numbers() -> None:
    site = numbered(
        {
            1: rss(article("f", date=AFTER), article("e", date=at(1, 20))),
            2: rss(article("d", date=at(1, 9)), article("c", date=at(1, 1))),
            3: rss(article("b", date=BEFORE), article("a", date=BEFORE)),
            4: rss(article("0", date=BEFORE)),
        }
    )
    assert ids(read(articles(PAGED), site)) == ["e", "d", "c"]
    numbers = [query.get("paged") for query in site.queries]
    assert numbers == [None, "2", "3"] * 2  # once for the plan; the fourth is not needed


def test_the_archive_s_end_is_the_beginning_of_all() -> None:
    site = numbered({1: rss(article("b", date=at(1))), 2: rss(article("a", date=at(1, 1)))})
    assert ids(read(articles(PAGED), site)) == ["b", "a"]
    recent = articles({"paginate": {"style": "page", "keeps": "recent"}})
    with pytest.raises(RetentionGap):
        read(recent, site)


def test_an_older_entry_in_any_document_shows_that_the_archive_reaches_back() -> None:
    recent = articles({"paginate": {"style": "page", "keeps": "recent"}})
    site = numbered({1: rss(article("b"), OLD, article("c", date=at(1, 8))), 2: rss(article("a", date=at(1, 1)))})
    assert ids(read(recent, site)) == ["b", "c", "a"]


def test_a_feed_that_is_not_there_is_not_an_archive_s_end() -> None:
    with pytest.raises(Refused):
        read(articles(PAGED), numbered({}))


def test_a_site_that_does_not_know_the_parameter() -> None:
    """It is one document: enough where that reaches back, and no complete archive where it does not."""
    site = Site(lambda request: httpx.Response(200, content=rss(article("b"), article("a"))))
    with pytest.raises(RetentionGap):
        read(articles(PAGED), site)
    site = Site(lambda request: httpx.Response(200, content=rss(article("b"), OLD)))
    assert ids(read(articles(PAGED), site)) == ["b"]


def test_words_of_somebody_else_become_a_claim() -> None:
    fetch = {"third_party": [r"republished .{0,40}with permission", r"\breuters\b"]}
    own = article("own", text="<p>We wrote it.</p>")
    theirs = article("theirs", text="<p>First at X, <em>republished</em> here\n with permission.</p>")
    wire = article("wire", "<dc:creator>REUTERS</dc:creator>")
    found = records(rss(licensed(), own, theirs, wire, OLD), fetch)
    assert [[claim.raw for claim in one.claims] for one in found] == [
        [BY],
        [BY, "republished here with permission"],
        [BY, "REUTERS"],
    ]
    assert found[1].claims[1].place == f"{FEED} item news.example.org-theirs text"


def test_an_archive_without_end_stops() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=rss(article(f"n{request.url.params.get('paged', 1)}", date=AFTER)))

    with pytest.raises(EndlessCursor, match="more than 5 documents"):
        read(articles(PAGED, limits={"pages": 5, "retries": 0}), Site(answer))


def test_an_archive_that_begins_with_the_oldest_is_refused() -> None:
    """Its first document lies before the slice, and all the others would be missed in silence."""
    site = numbered({1: rss(article("a", date="Mon, 29 Dec 2025 00:00:00 GMT"), OLD), 2: rss(article("b"))})
    with pytest.raises(Malformed, match="newest entries do not come first"):
        read(articles(PAGED), site)


@pytest.mark.parametrize("relation", ["next", "prev-archive"])
def test_documents_that_link_to_older_ones(relation: str) -> None:
    link = f'<atom:link rel="{relation}" href="/feed?before=9"/>'
    answers = {"": rss(link, article("b", date=AFTER), article("a")), "9": rss(article("c", date=at(1, 1)), OLD)}
    site = Site(lambda request: httpx.Response(200, content=answers[request.url.params.get("before", "")]))
    assert ids(read(articles(NEXT), site)) == ["a", "c"]


def test_a_link_to_another_host_is_not_followed() -> None:
    link = '<atom:link rel="next" href="http://169.254.169.254/latest"/>'
    site = site_of({FEED: rss(link, article("a"))})
    with pytest.raises(Exception, match=r"169\.254"):
        read(articles(NEXT), site)
    assert {request.url.host for request in site.requests} == {"news.example.org"}


def test_links_in_a_circle_end() -> None:
    link = '<atom:link rel="next" href="/feed"/>'
    with pytest.raises(EndlessCursor):
        records(rss(link, article("a")), NEXT)


def test_a_backfill_begins_where_its_slice_does() -> None:
    documents = {n: rss(*(article(f"{n}-{i}", date=at(20 - n, 20 - i)) for i in range(3))) for n in range(1, 20)}
    site = numbered(documents)
    day = Slice(start=datetime(2026, 1, 5, tzinfo=UTC), end=datetime(2026, 1, 6, tzinfo=UTC))
    with connector_of(articles(PAGED), site) as connector:
        (shard,) = connector.plan(day)
        planned = len(site.requests)
        found = [record for page in connector.fetch(shard) for record in page.records]
    assert ids(found) == ["15-0", "15-1", "15-2"]
    # One document before its first, that one, and the one that lies before the slice.
    assert [query["paged"] for query in site.queries[planned:]] == ["14", "15", "16"]


def test_fetching_goes_on_at_any_page() -> None:
    documents = {
        1: rss(article("f", date=AFTER), article("e", date=at(1, 20))),
        2: rss(article("d", date=at(1, 9)), article("c", date=at(1, 1))),
        3: rss(article("b", date=BEFORE)),
    }
    other = "https://news.example.org/other"

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/other":
            return numbered({1: rss(article("z", date=at(1, 3)), OLD)})(request)
        return numbered(documents)(request)

    source = articles({**PAGED, "feeds": ["feed", other]})
    with connector_of(source, Site(answer)) as connector:
        (shard,) = connector.plan(DAY)
        whole = list(connector.fetch(shard))
        assert [ids(list(page.records)) for page in whole] == [["e"], ["d", "c"], [], ["z"], []]
        for number, page in enumerate(whole[:-1]):
            assert page.cursor is not None
            again = list(connector.fetch(shard, page.cursor))
            assert raws(again) == raws(whole[number + 1 :])
        assert whole[-1].cursor is None


def test_a_feed_that_forgot_since_the_plan_stops_the_slice() -> None:
    bodies = iter([rss(article("a"), OLD), rss(article("b"), article("a"))])
    site = Site(lambda request: httpx.Response(200, content=next(bodies)))
    with pytest.raises(RetentionGap):
        read(articles(), site)
