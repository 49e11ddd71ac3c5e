"""Feeds written by strangers: what is read of them, which licences they state, and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from tests.unit.connectors.feeds import BY, FEED, NC, item, license_of, podcasts, rss

from rightful.connectors.podcast.episodes import episodes_of, published_of, record_of, seconds_of
from rightful.connectors.syndication.document import Element, Unreadable, parse_feed
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import Record, Ruling, Strength
from rightful.settings import PROJECT_ROOT

NOW = datetime(2026, 1, 2, tzinfo=UTC)
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def record(feed: bytes) -> Record:
    parsed = parse_feed(feed)
    (episode,) = episodes_of(parsed, FEED)
    found = record_of(podcasts(), parsed, FEED, episode, NOW, ())
    assert isinstance(found, Record), found
    return found


def ruling(*parts: str, channel: str = "") -> Ruling:
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    claims = record(rss(channel, item("an-episode-of-the-show", *parts))).claims
    return decide(claims, (), podcasts(), policy, {}, {}, (), date(2026, 1, 1), date(2026, 1, 2))


def test_an_episode_with_all_that_feeds_tell() -> None:
    found = record(
        rss(
            license_of(BY, "cc-by-4.0"),
            item(
                "an-episode-of-the-show",
                "<link>https://example.org/1</link><itunes:duration>1:02:03</itunes:duration>",
                '<podcast:person role="guest">Grace &amp; Co</podcast:person>',
                '<podcast:person role="audio editor">Nobody</podcast:person>',
                '<podcast:transcript url="/1.txt" type="text/plain"/>',
                '<podcast:transcript url="https://x.example/1.vtt" type="text/vtt; charset=utf-8" language="en"/>',
                '<podcast:transcript url="file:///etc/passwd" type="text/vtt"/>',
                '<enclosure url="https://audio.example.net/1.mp4" length="x" type="video/mp4"/>',
                '<enclosure url="https://audio.example.net/1.pdf" type="application/pdf"/>',
            ),
        )
    )
    assert (found.native_id, found.url, found.title) == (
        "an-episode-of-the-show",
        "https://example.org/1",
        "an-episode-of-the-show",
    )
    assert (found.creators, found.publisher, found.language) == (("Grace & Co",), "The Show", "en")
    assert [media.url.rpartition("/")[2] for media in found.media] == ["1.mp3", "1.mp4"]
    assert (found.media[0].bytes, found.media[1].bytes, found.media_seconds) == (1000, None, 3723.0)
    assert [t.url for t in found.transcripts] == ["https://x.example/1.vtt", "https://feeds.example.org/1.txt"]
    assert found.published == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert found.raw.startswith(b"<item><title>")
    assert found.raw.endswith(b"</item>")
    assert (found.evidence, found.body) == (FEED, None)
    assert {claim.raw for claim in found.claims} == {BY, "cc-by-4.0"}
    assert found.claims[0].place == f"{FEED} channel podcast:license@url"


@pytest.mark.parametrize(
    "place",
    [
        license_of(BY),
        "<podcast:license>cc-by-4.0</podcast:license>",
        f"<creativeCommons:license>{BY}</creativeCommons:license>",
        f'<atom:link rel="license" href="{BY}"/>',
        f'<media:license type="text/html" href="{BY}">Some rights</media:license>',
        f'<media:content url="https://a.example/1.mp3" type="audio/mpeg"><media:license href="{BY}"/></media:content>',
        f"<dcterms:license>{BY}</dcterms:license>",
        f"<dcterms:rights>{BY}</dcterms:rights>",
        f'<x:license xmlns:x="urn:unheard-of">{BY}</x:license>',
    ],
)
def test_every_place_of_a_licence_counts_in_item_and_channel(place: str) -> None:
    for said in (ruling(place), ruling(channel=place)):
        assert (said.decision, said.expression, said.strength) == ("allow", "CC-BY-4.0", Strength.PUBLISHER)


@pytest.mark.parametrize(
    ("item_says", "channel_says", "decision"),
    [
        (license_of(NC), license_of(BY), "deny"),  # the item overrides
        (license_of(BY), license_of(NC), "allow"),
        (f"<creativeCommons:license>{BY}</creativeCommons:license>", license_of(NC), "deny"),  # another element
        (license_of(BY, "cc-by-nc-4.0"), "", "deny"),  # address and text contradict each other
        (license_of(BY) + license_of("https://creativecommons.org/publicdomain/zero/1.0/"), "", "quarantine"),
        (license_of(BY), "<copyright>(c) 2026 The Show. All rights reserved.</copyright>", "deny"),
        (license_of(BY), "<copyright>(c) 2026 The Show, CC BY-NC-ND 4.0</copyright>", "deny"),
        (license_of(BY), "<copyright>(c) 2026 The Show, for non-commercial use</copyright>", "quarantine"),
        (license_of(BY), "<copyright>(c) 2026 The Show</copyright>", "allow"),
        (license_of(BY), "<copyright>(c) 2026 Ada, CC BY 4.0</copyright>", "allow"),
        ("", "<copyright>(c) 2026 Ada, some of it CC BY 4.0</copyright>", "quarantine"),  # a mention is too weak
        ("", "<copyright>(c) 2026 The Show</copyright>", "deny"),
        ("<podcast:license/>", license_of(BY), "deny"),  # a licence that says nothing
        (license_of(BY, "our-own-terms"), "", "quarantine"),
        ("", "", "deny"),
    ],
)
def test_contradictions_reach_the_gate(item_says: str, channel_says: str, decision: str) -> None:
    assert ruling(item_says, channel=channel_says).decision == decision


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body><p>Not found<br></body></html>", "HTML page"),
        (b"<rss><channel><item>", "broken"),
        (b"<rss><itunes:x/></rss>", "broken"),
        (b"\xff\xff<rss/>", "charset"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "unknown"),
        (b"<catalogue/>", "not a feed"),
        (b"<rss>" + b"<a>" * 100 + b"</a>" * 100 + b"</rss>", "nested"),
        (b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', "entity"),
        (f'<!DOCTYPE rss [<!ENTITY l0 "ha">{BOMB}]><rss>&l9;</rss>'.encode(), "entity"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse_feed(body)


def test_the_charset_is_the_document_s_own_word_then_the_header_s() -> None:
    latin = rss(item("Grüße aus der Provinz"), head='<?xml version="1.0" encoding="iso-8859-1"?>')
    latin = latin.decode().encode("latin-1")
    assert parse_feed(latin, "text/xml; charset=utf-8").items[0].elements[0].text == "Grüße aus der Provinz"
    bare = rss(item("Grüße aus der Provinz"), head="").decode().encode("cp1252")
    assert parse_feed(bare, "text/xml; charset=windows-1252").items[0].elements[0].text == "Grüße aus der Provinz"
    with pytest.raises(Unreadable, match="charset"):
        parse_feed(bare, "text/xml")


def test_ids_stay_apart_between_feeds_and_are_made_where_they_lack() -> None:
    feed = parse_feed(rss(item("12"), item("", file="2.mp3"), item("", file="3.mp3"), item("https://x.example/1")))
    ids = [one.native_id for one in episodes_of(feed, FEED)]
    others = [one.native_id for one in episodes_of(feed, "https://other.example/feed")]
    assert len({*ids, *others}) == 7
    assert ids[0].endswith(":12")
    assert ids[3] == others[3] == "https://x.example/1"


def test_items_without_a_recording_are_no_episodes() -> None:
    feed = parse_feed(rss(item("a-text-of-the-show", file="")))
    assert episodes_of(feed, FEED) == []
    feed = parse_feed(rss('<item><guid>a-broken-enclosure</guid><enclosure url="javascript:1" type="audio/x"/></item>'))
    (broken,) = episodes_of(feed, FEED)
    found = record_of(podcasts(), feed, FEED, broken, NOW, ())
    assert not isinstance(found, Record)
    assert found.reason == "malformed"


def test_atom_feeds_are_read() -> None:
    found = record(
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>The Show</title><author><name>Ada</name></author>'
        b"<entry><id>tag:example.org,2026:1</id><title>One</title><published>2026-01-01T10:00:00+01:00</published>"
        b'<link href="https://example.org/1"/><link rel="license" href="https://creativecommons.org/licenses/by/4.0/"/>'
        b'<link rel="enclosure" type="audio/ogg" length="5" href="https://example.org/1.ogg"/></entry></feed>'
    )
    assert (found.native_id, found.url, found.creators) == ("tag:example.org,2026:1", "https://example.org/1", ("Ada",))
    assert found.published == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert [claim.raw for claim in found.claims] == [BY]


@pytest.mark.parametrize(
    ("text", "hour"),
    [("Thu, 01 Jan 2026 10:00:00 +0200", 8), ("1 Jan 2026 10:00", 10), ("2026-01-01T10:00:00", 10),
     ("Thu, 01 Jan 2026 10:00:00 EST", 15), ("yesterday", None), ("Thu, 99 Jan 2026 10:00:00 GMT", None),
     ("Thu, 01 Jan 1970 00:00:00 GMT", None), ("", None)],
)  # fmt: skip
def test_dates(text: str, hour: int | None) -> None:
    expected = None if hour is None else datetime(2026, 1, 1, hour, tzinfo=UTC)
    assert published_of([Element("pubDate", text, {})]) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:02:03", 3723), ("62:03", 3723), ("3723", 3723), ("59.5", 59.5), ("0", None), ("", None), (None, None),
     ("1h", None), ("-5", None), ("9999999:00:00", None), ("1:2:3:4", None)],
)  # fmt: skip
def test_durations(text: str | None, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


WRAPPED = '<x:part xmlns:x="urn:x"><x:of>{}</x:of></x:part>'


@pytest.mark.parametrize(
    ("channel_says", "item_says", "outcome"),
    [
        # What stands in an element that nobody knows may contradict, and is too weak to load on.
        ("", license_of(BY) + WRAPPED.format(license_of(NC)), "deny:nc"),
        ("", license_of(BY) + WRAPPED.format(license_of(BY)), "allow:allowed"),
        ("", WRAPPED.format(license_of(BY)), "quarantine:weak_evidence"),
        ("", license_of(BY) + "<atom:source><atom:rights>CC BY-NC 4.0</atom:rights></atom:source>", "deny:nc"),
        ("", license_of(BY) + WRAPPED.format("<atom:rights>All rights reserved</atom:rights>"), "deny:not_allowed"),
        (license_of(BY) + WRAPPED.format(license_of(NC)), "", "deny:nc"),
        (f"<image>{license_of(NC)}</image>", license_of(BY), "allow:allowed"),
        (f"<podcast:liveItem>{license_of(NC)}</podcast:liveItem>", license_of(BY), "allow:allowed"),
        # Words of a licence can't be hidden in elements within it.
        ("", license_of(BY, "<copyright>for my friends</copyright>"), "quarantine:unknown_id"),
        # Nor behind so much nothing that they are cut off.
        ("", f"<podcast:license>cc-by-4.0{' ' * 20_000}nc</podcast:license>", "quarantine:unknown_id"),
        ("", f'<podcast:license url="{BY}{" " * 20_000}nc"/>', "quarantine:unknown_id"),
        ("", f'<podcast:license url="{BY}{" " * 600}nc"/>', "quarantine:unknown_id"),
    ],
)  # fmt: skip
def test_a_licence_in_an_odd_place_or_of_an_odd_length(channel_says: str, item_says: str, outcome: str) -> None:
    found = ruling(item_says, channel=channel_says)
    assert f"{found.decision}:{found.reason}" == outcome


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (rss(f"<item>{item()}</item>"), "an item stands in another one"),
        (rss().replace(b"</channel>", b"</channel><channel/>"), "more than one channel"),
    ],
)
def test_what_leaves_open_to_what_a_licence_belongs_is_no_feed(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse_feed(body)


def test_a_date_that_never_comes_is_none_and_a_guid_that_forges_lines_is_hashed() -> None:
    far = item("an-episode-of-2126", date="Thu, 01 Jan 2126 10:00:00 GMT")
    feed = parse_feed(rss(far, item("an-episode-\u202ethat-turns")))
    first, second = episodes_of(feed, FEED)
    assert first.published is None
    assert re.fullmatch("[0-9a-f]{64}", second.native_id)
