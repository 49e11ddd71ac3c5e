"""Entries of RSS and Atom feeds as records: texts, teasers, titles, addresses, ids, and what feeds get wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from tests.unit.connectors.articles import (
    BY,
    FEED,
    NC,
    OLD,
    ON_DAY,
    SPACES,
    FailedRecord,
    article,
    atom,
    licensed,
    one_of,
    records,
    rss,
)  # fmt: skip

from rightful.connectors.feed.entries import is_cut
from rightful.errors import Malformed
from rightful.model import Strength
from rightful.text.plain import to_text

XHTML = "http://www.w3.org/1999/xhtml"
ATOM_OLD = "<entry><id>urn:old</id><title>o</title><link href='/o'/><updated>2025-12-30T00:00:00Z</updated></entry>"


def entry(*parts: str, id: str = "urn:uuid:entry-of-this-test") -> str:
    dates = "<published>2026-01-01T10:00:00+02:00</published><updated>2026-01-03T00:00:00Z</updated>"
    return f"<entry><id>{id}</id>{dates}{''.join(parts)}</entry>"


def test_an_item_of_wordpress() -> None:
    more = "<dc:creator>Ana Souza</dc:creator><category>Saúde</category><category>Saúde</category>"
    record = one_of(rss(licensed(), article("a", more), OLD))
    assert record.native_id == "news.example.org-a"
    assert (record.url, record.title) == ("https://news.example.org/a", "Title of a")
    assert (record.body, record.media_type) == ("<p>All of the article a.</p>", "text/html")
    assert (record.creators, record.publisher, record.language) == (("Ana Souza",), "The News", "pt")
    assert record.published == datetime(2026, 1, 1, 10, tzinfo=UTC)
    (claim,) = record.claims
    assert (claim.raw, claim.expression, claim.strength) == (BY, "CC-BY-4.0", Strength.PUBLISHER)
    assert claim.place == f"{FEED} channel creativeCommons:license"
    said = msgspec.json.decode(record.raw)
    assert said["categories"] == ["Saúde"]
    assert said["licenses"] == [{"raw": BY, "place": claim.place, "strength": "publisher"}]
    assert said["full_text_at"] is None
    assert "Teaser of a" in said["summary"]


def test_the_feed_itself_is_the_evidence() -> None:
    from tests.unit.connectors.articles import articles, pages, site_of

    body = rss(licensed(), article("a"), OLD)
    (page,) = pages(articles(), site_of({FEED: body}))
    assert page.evidence == {FEED: body}
    assert page.records[0].evidence == FEED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "<p>It began in the night […]</p>",
        "<p>It began in the night [&#8230;]</p>",
        "It began [...]",
        '<p>It began. <a href="/a">Read more</a></p>',
        '<p>It began.</p><p><a href="/a">Continue reading <span>The long night</span> &rarr;</a></p>',
        "<p>It began […]</p><p>The post <a>The night</a> appeared first on <a>The News</a>.</p>",
        "<p>Começou […]</p><p>O post A noite apareceu primeiro em Notícias.</p>",
        "それは夜に始まった 続きを読む",
    ],
)
def test_a_teaser_is_no_article(text: str | None) -> None:
    record = one_of(rss(licensed(), article("a", text=" " if text == "" else text), OLD))
    assert record.body is None
    said = msgspec.json.decode(record.raw)
    assert said["content"] is None
    assert said["full_text_at"] == "https://news.example.org/a"


@pytest.mark.parametrize("text", ["<p>He had read more.</p><p>Then he slept.</p>", "<p>[…] he said, and left.</p>"])
def test_an_article_with_such_words_is_one(text: str) -> None:
    assert not is_cut(text)
    assert one_of(rss(licensed(), article("a", text=text), OLD)).body == text


def test_a_feed_with_whole_articles_in_descriptions() -> None:
    whole = article("a", text=None).replace("Teaser of a […]", "All of it, &lt;em&gt;here&lt;/em&gt;.")
    assert one_of(rss(licensed(), whole, OLD)).body is None
    assert one_of(rss(licensed(), whole, OLD), {"full_text": "description"}).body == "All of it, <em>here</em>."
    teaser = article("a", text=None)
    assert one_of(rss(licensed(), teaser, OLD), {"full_text": "description"}).body is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<content type="html">&lt;p&gt;1 &amp;lt; 2&lt;/p&gt;</content>', "1 < 2"),
        ('<content type="text">1 &lt; 2 &amp;amp; so on</content>', "1 < 2 &amp; so on"),
        ("<content>one\n\n two </content>", "one\n\ntwo"),
        (
            f'<content type="xhtml"><div xmlns="{XHTML}"><p>1 &lt; 2</p><p>a<br/>b</p></div></content>',
            "1 < 2\n\na\nb",
        ),
        (
            f'<content type="xhtml"><x:p xmlns:x="{XHTML}"><x:em>b</x:em><x:b hidden="">x</x:b></x:p></content>',
            "b",
        ),
    ],
)
def test_text_of_atom(content: str, text: str) -> None:
    record = one_of(atom(entry("<title>t</title><link href='/a'/>", content), ATOM_OLD))
    assert to_text(record.body or "", record.media_type) == text


@pytest.mark.parametrize(
    "content",
    [
        '<content type="image/png">iVBORw0KGgo=</content>',
        '<content type="application/xml"><x xmlns="urn:x">no text</x></content>',
        "<summary>only a summary</summary>",
    ],
)
def test_what_is_no_text_of_atom(content: str) -> None:
    assert one_of(atom(entry("<title>t</title><link href='/a'/>", content), ATOM_OLD)).body is None


def test_content_that_lies_elsewhere() -> None:
    record = one_of(atom(entry("<title>t</title><link href='/a'/><content type='text/html' src='a.html'/>"), ATOM_OLD))
    assert record.body is None
    assert msgspec.json.decode(record.raw)["full_text_at"] == "https://news.example.org/a.html"


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("<title>A &amp;amp; B &amp;#8217; &lt;em&gt;C&lt;/em&gt;</title>", "A & B ’ C"),
        ("<title>if a &lt; b then c &gt; d</title>", "if a < b then c > d"),
        ("<title><![CDATA[ <b>Été</b>\n 2026 ]]></title>", "Été 2026"),
    ],
)
def test_titles_of_rss_are_plain(title: str, plain: str) -> None:
    item = article("a").replace("<title>Title of a</title>", title)
    assert one_of(rss(licensed(), item, OLD)).title == plain


def test_titles_of_atom_say_what_they_are() -> None:
    titles = {"html": "AT&amp;amp;T &lt;i&gt;wins&lt;/i&gt;", "text": "Use &amp;amp; and &lt;i&gt;"}
    for kind, told in titles.items():
        record = one_of(atom(entry(f"<title type='{kind}'>{told}</title><link href='/a'/>"), ATOM_OLD))
        assert record.title == {"html": "AT&T wins", "text": "Use &amp; and <i>"}[kind]


def test_relative_addresses() -> None:
    assert one_of(rss(licensed(), article("a", link="/2026/a?x=1"), OLD)).url == "https://news.example.org/2026/a?x=1"
    based = atom(
        entry("<title>t</title><link xml:base='2026/' href='a'/><link rel='related' href='b'/>"),
        ATOM_OLD,
        attributes='xml:base="https://cdn.example.org/x/" xml:lang="bn"',
    )
    record = one_of(based)
    assert record.url == "https://cdn.example.org/x/2026/a"
    assert record.language == "bn"
    assert msgspec.json.decode(record.raw)["related"] == {"related": "https://cdn.example.org/x/b"}


def test_old_links_of_the_same_host_are_asked_over_https() -> None:
    links = "<link href='http://news.example.org/a'/><link rel='related' href='http://other.example.org/b'/>"
    record = one_of(atom(entry("<title>t</title>", links), ATOM_OLD))
    assert record.url == "https://news.example.org/a"
    assert msgspec.json.decode(record.raw)["related"] == {"related": "http://other.example.org/b"}


def test_forms_of_an_article_by_their_media_type() -> None:
    links = (
        "<link rel='self' href='/id'/><link href='/a'/>"
        "<link rel='alternate' type='application/pdf' href='/a.pdf'/><link type='text/html; charset=x' href='/a.htm'/>"
    )
    said = msgspec.json.decode(one_of(atom(entry("<title>t</title>", links), ATOM_OLD)).raw)
    assert said["alternates"] == {
        "application/pdf": "https://news.example.org/a.pdf",
        "text/html": "https://news.example.org/a.htm",
    }
    assert said["related"] == {"self": "https://news.example.org/id"}
    assert said["url"] == "https://news.example.org/a"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", ""])
def test_an_entry_without_an_address_fails_alone(link: str) -> None:
    (failed, good) = records(rss(licensed(), article("a", link=link), article("b"), OLD))
    assert isinstance(failed, FailedRecord)
    assert (failed.native_id, failed.reason) == ("news.example.org-a", "malformed")
    assert good.native_id == "news.example.org-b"


def test_a_permalink_takes_the_link_s_place() -> None:
    item = f"<item><title>t</title><guid>https://news.example.org/p/1</guid><pubDate>{ON_DAY}</pubDate></item>"
    assert one_of(rss(licensed(), item, OLD)).url == "https://news.example.org/p/1"


def test_a_giant_entry_fails_alone() -> None:
    found = records(
        rss(licensed(), article("a", text="<p>" + "long " * 10_000 + "</p>"), article("b"), OLD),
        limits={"retries": 0, "record_bytes": 20_000},
    )
    assert [getattr(one, "reason", "read") for one in found] == ["too_large", "read"]


def test_a_guid_twice() -> None:
    """The same twice is the same version; another text is another version of one id."""
    same, again, other = article("a"), article("a"), article("a", text="<p>Rewritten.</p>")
    found = records(rss(licensed(), same, again, other, OLD))
    assert [one.native_id for one in found] == ["news.example.org-a"] * 3
    assert found[0].version == found[1].version != found[2].version


def test_a_guid_twice_with_two_licences_says_both() -> None:
    found = records(rss(article("a", licensed(BY)), article("a", licensed(NC)), OLD))
    assert [{claim.raw for claim in one.claims} for one in found] == [{BY, NC}] * 2


def test_an_item_s_licence_goes_before_the_channel_s() -> None:
    own, other = records(rss(licensed(NC), article("a", licensed(BY)), article("b"), OLD))
    assert [claim.raw for claim in own.claims] == [BY]
    assert [claim.raw for claim in other.claims] == [NC]


def test_another_element_of_the_channel_contradicts() -> None:
    rights = "<copyright>© The News. All rights reserved.</copyright>"
    record = one_of(rss(rights, article("a", licensed(BY)), OLD))
    assert [claim.raw for claim in record.claims] == [BY, "All rights reserved"]


def test_no_licence_is_no_claim() -> None:
    assert one_of(rss(article("a"), OLD)).claims == ()


def test_the_statement_of_the_source_and_the_feed_s_own_words_both_count() -> None:
    statement = {"scope": "source", "statement": BY}
    assert [c.place for c in one_of(rss(article("a"), OLD), license=statement).claims] == ["source.license.statement"]
    assert {c.raw for c in one_of(rss(licensed(NC), article("a"), OLD), license=statement).claims} == {BY, NC}


BOMB = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("feed", "why"),
    [
        (f'{BOMB}<rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>', "declares an entity"),
        (f'{OUTSIDE}<rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>', "declares an entity"),
        ("<html><body>Not a feed</body></html>", "an HTML page"),
        (f"<rss version='2.0' {SPACES}><channel><item><title>cut off", "the XML is broken"),
        ("<?xml version='1.0' encoding='utf-7'?><rss/>", "none of the web's"),
        ("", "empty"),
        ("<rss version='2.0'><channel>" + "<x>" * 5_000 + "</channel></rss>", "nested deeper"),
    ],
)
def test_hostile_and_broken_feeds_stop_the_slice(feed: str, why: str) -> None:
    with pytest.raises(Malformed, match=why) as caught:
        records(feed.encode())
    assert caught.value.source == "news"
    assert caught.value.slice is not None
    assert caught.value.remedy
    assert FEED in str(caught.value)
