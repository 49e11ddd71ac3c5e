"""Pages that entries link to, and what is looked at again: articles in their feeds and on their pages; wrong files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from tests.unit.connectors.articles import (
    BY,
    DAY,
    FEED,
    NC,
    OLD,
    article,
    articles,
    connector_of,
    licensed,
    one_of,
    records,
    rss,
    site_of,
)  # fmt: skip

from rightful.connectors.base import Known, LinkingConnector
from rightful.connectors.linked import parts_of
from rightful.connectors.reread import Observed, rereader_for
from rightful.errors import ConfigurationError
from rightful.model import Record


def at(day: int, hour: int = 10) -> str:
    return f"{datetime(2026, 1, day, hour, tzinfo=UTC):%a, %d %b %Y %H:%M:%S} GMT"


OF_PAGE = {"from": "page", "strength": "page_metadata"}
PROSE = "".join(f"<p>The night was long, as sentence {n} of this article tells at some length.</p>" for n in range(9))


def page_of(license: str) -> bytes:
    foot = f'<footer><p>This work is licensed under a <a rel="license" href="{license}">licence</a>.</p></footer>'
    return f"<html><body><nav>Home</nav><article><h1>T</h1>{PROSE}</article>{foot}</body></html>".encode()


def observed_of(record: Record) -> Observed:
    """What the ledger would say of it."""
    assert record.fetched_at is not None
    return Observed(
        url=record.url, claims=record.claims, optouts=record.optouts, fetched_at=record.fetched_at, evidence="s3://x/y"
    )


def html(body: bytes) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "text/html; charset=utf-8"}, content=body)


def test_the_linked_page_is_asked_for_last_and_its_claims_are_added() -> None:
    source = articles(
        {"linked": {"url": "url"}},
        license={
            "scope": "record",
            "claims": [{"from": "record.license"}, OF_PAGE],
        },
    )
    site = site_of(
        {FEED: rss(licensed(), article("a", text=None), OLD), "https://news.example.org/a": html(page_of(NC))},
    )
    with connector_of(source, site) as connector:
        assert isinstance(connector, LinkingConnector)
        assert connector.asks_pages
        (page,) = connector.fetch(connector.plan(DAY)[0])
        (record,) = page.records
        assert isinstance(record, Record)
        assert {request.url.path for request in site.requests} == {"/feed"}
        done = connector.complete_text(record)
    assert isinstance(done, Record)
    assert "The night was long" in (done.body or "")
    assert {claim.raw for claim in done.claims} == {BY, NC}
    assert done.evidence == FEED
    kept = parts_of(done.raw)
    assert kept is not None
    assert kept.entry == record.raw
    assert kept.body == page_of(NC)
    # From the raw store alone, it is the same record.
    observed = observed_of(done)
    again = rereader_for(source).reread(done.raw, observed)
    assert isinstance(again, Record)
    same = ("native_id", "version", "body", "media_type", "title", "creators", "publisher", "published", "claims")
    assert [getattr(again, name) for name in same] == [getattr(done, name) for name in same]


def test_robots_are_obeyed_for_linked_files_as_well() -> None:
    base = "https://news.example.org/"
    site = site_of(
        {FEED: rss(licensed(), article("a.pdf"), OLD), base + "robots.txt": b"User-agent: *\nDisallow: /a.pdf"}
    )
    with connector_of(articles({"linked": {"url": "url", "media_type": "application/pdf"}}), site) as connector:
        (page,) = connector.fetch(connector.plan(DAY)[0])
        (record,) = page.records
        assert isinstance(record, Record)
        done = connector.complete_text(record)
    assert isinstance(done, Record)
    assert done.body is None
    assert ("robots", "disallow") in [(optout.signal, optout.value) for optout in done.optouts]
    assert [request.url.path for request in site.requests if request.url.path.endswith("pdf")] == []


def test_words_of_somebody_else_on_the_page_become_a_claim() -> None:
    fetch = {"linked": {"url": "url"}, "third_party": ["as sentence 7 of this <?article"]}
    site = site_of(
        {FEED: rss(licensed(), article("a", text=None), OLD), "https://news.example.org/a": html(page_of(BY))}
    )
    with connector_of(articles(fetch), site) as connector:
        (record,) = next(connector.fetch(connector.plan(DAY)[0])).records
        assert isinstance(record, Record)
        assert [claim.raw for claim in record.claims] == [BY]
        done = connector.complete_text(record)
    assert isinstance(done, Record)
    assert [(claim.raw, claim.place) for claim in done.claims][1:] == [("as sentence 7 of this article", "page text")]


def test_only_teasers_are_linked_where_the_file_says_so() -> None:
    fetch = {"linked": {"url": "full_text_at", "optional": True}}
    whole, teaser = records(rss(licensed(), article("a"), article("b", text=None), OLD), fetch)
    assert whole.linked is None
    assert whole.body
    assert teaser.linked is not None
    assert (teaser.linked.url, teaser.body) == ("https://news.example.org/b", None)


def test_an_article_is_read_again_from_its_raw_bytes() -> None:
    record = one_of(rss(licensed(), article("a"), OLD))
    observed = observed_of(record)
    again = rereader_for(articles()).reread(record.raw, observed)
    assert isinstance(again, Record)
    assert (again.body, again.title, again.claims) == (record.body, record.title, record.claims)


# ------------------------------------------------------------------ looked at again


def known(name: str, place: str, day: int = 1) -> Known:
    return Known(
        id=f"news:{name}@1",
        native_id=f"news.example.org-{name}",
        version="1",
        url=f"https://news.example.org/{name}",
        published=datetime(2026, 1, day, 10, tzinfo=UTC),
        place=place,
    )


def test_licences_are_looked_up_in_the_feed() -> None:
    feed = rss(article("a", licensed(NC)), article("c", date=at(1, 1)))
    place = f"{FEED} item x creativeCommons:license"
    site = site_of({FEED: feed})
    with connector_of(articles(), site) as connector:
        old = known("o", place).__class__(
            id="news:o@1", native_id="o", version="1", url="x", published=datetime(2025, 1, 1, tzinfo=UTC), place=place
        )
        (sightings,) = connector.look_up([known("a", place), known("b", place), old])
    assert [(s.id, s.status) for s in sightings] == [("news:a@1", "found"), ("news:b@1", "gone"), ("news:o@1", "error")]
    assert [claim.raw for claim in sightings[0].claims] == [NC]
    assert len(site.requests) == 1


def test_licences_that_stood_on_pages_are_looked_up_there() -> None:
    source = articles({"linked": {"url": "url"}}, license={"scope": "record", "claims": [OF_PAGE]})
    base = "https://news.example.org/"
    site = site_of({base + "a": html(page_of(BY)), base + "robots.txt": b"User-agent: *\nDisallow: /c"})
    with connector_of(source, site) as connector:
        found = [s for batch in connector.look_up([known(n, "T1 a[rel=license]") for n in "abc"]) for s in batch]
    assert [(s.id, s.status) for s in found] == [("news:a@1", "found"), ("news:b@1", "gone"), ("news:c@1", "error")]
    assert [claim.raw for claim in found[0].claims] == [BY]
    assert base + "c" not in [str(request.url) for request in site.requests]


# ------------------------------------------------------------------ source files


@pytest.mark.parametrize(
    ("fetch", "message"),
    [
        ({"feeds": []}, "names no feed"),
        ({"feeds": ["a", "a"]}, "one twice"),
        ({"site": {"path": "x"}}, "`site` is for"),
        ({"third_party": ["("]}, "no regular expression"),
        ({"third_party": ["x?"]}, "matches everything"),
        ({"paginate": {"style": "offset"}}, "paginate"),
        ({"fields": {"nonsense": "x"}}, "nonsense"),
    ],
)
def test_wrong_files(fetch: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        articles(fetch)


def test_fields_that_are_given_replace_their_defaults_alone() -> None:
    fields = articles({"fields": {"text": ["title", "content"], "region": "categories.0"}}).feed.fields
    assert (fields.text, fields.region, fields.id, fields.media_type) == (
        ("title", "content"),
        "categories.0",
        "id",
        "text/html",
    )


def test_a_list_that_can_not_be_read_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError):
        connector_of(articles({"lists": [{"records": "a[]", "feed": "url"}]}), site_of({}))
