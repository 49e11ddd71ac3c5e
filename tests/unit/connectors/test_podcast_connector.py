"""Feeds become shards, shards become records, and only what was allowed is asked for beyond the feed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import httpx
import pytest
from tests.unit.connectors.feeds import BY, DAY, FEED, connector_of, item, license_of, podcasts, rss, site_of

from rightful.connectors.base import Completed, Known, MediaConnector
from rightful.connectors.podcast.connector import FEEDS
from rightful.errors import HostBusy, RateLimited, Refused
from rightful.http.download import DownloadClient
from rightful.model import Credentials, FailedRecord, Page, Record, Shard, Slice

AUDIO = "https://audio.example.net/1.mp3"
SOUND = b"ID3" + bytes(range(256)) * 40
VTT = "WEBVTT\n\n00:00.000 --> 00:09.000\n<v Ada>Good evening and welcome to the harbour.\n"


def take(connector: MediaConnector, slice: Slice = DAY) -> list[Record | FailedRecord]:
    return [record for shard in connector.plan(slice) for page in connector.fetch(shard) for record in page.records]


def ids(found: list[Record | FailedRecord]) -> list[tuple[str, str]]:
    return [(one.native_id, one.reason if isinstance(one, FailedRecord) else "record") for one in found]


def test_a_slice_holds_what_was_published_in_it_and_nothing_but_the_feed_is_asked_for() -> None:
    site = site_of({
        FEED: rss(
            item("published-on-the-day"),
            item("published-the-day-before", date="Wed, 31 Dec 2025 23:59:59 GMT"),
            item("published-the-day-after", date="Fri, 02 Jan 2026 00:00:00 GMT"),
        )
    })  # fmt: skip
    with connector_of(podcasts(), site) as connector:
        assert isinstance(connector, MediaConnector)
        assert ids(take(connector)) == [("published-on-the-day", "record")]
    assert set(site.asked) == {FEED}


def test_a_slice_without_episodes_is_one_empty_shard() -> None:
    with connector_of(podcasts(), site_of({FEED: rss()})) as connector:
        (shard,) = connector.plan(DAY)
        (page,) = connector.fetch(shard)
    assert (shard.id, page.records, page.cursor) == ("all", (), None)


def test_shards_hold_half_an_hour_and_go_on_at_their_cursor() -> None:
    minutes = "<itunes:duration>600</itunes:duration>"
    one, two = "https://feeds.example.org/one", "https://other.example/two"
    site = site_of({
        one: rss(*(item(f"episode-number-{n:04d}", minutes) for n in range(4))),
        two: rss(*(item(f"another-number-{n:04d}", minutes) for n in range(4))),
    })  # fmt: skip
    with connector_of(podcasts({"feeds": [one, two]}), site) as connector:
        shards = connector.plan(DAY)
        assert shards == connector.plan(DAY)
        assert [shard.id for shard in shards] == ["part-0001", "part-0002", "part-0003"]
        pages = list(connector.fetch(shards[1]))
        assert [page.cursor for page in pages] == [{"next": 1}, None]
        assert [ids(list(page.records)) for page in pages] == [
            [("episode-number-0003", "record")],
            [("another-number-0000", "record"), ("another-number-0001", "record")],
        ]
        (rest,) = connector.fetch(shards[1], pages[0].cursor)
        assert ids(list(rest.records)) == ids(list(pages[1].records))
        assert rest.evidence == pages[1].evidence
        assert isinstance(pages[0].records[0], Record)
        assert pages[0].records[0].evidence in pages[0].evidence


def test_one_bad_feed_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    hosts = {f"https://host{n}.example/feed": n for n in range(6)}
    answers = [
        httpx.Response(404), httpx.Response(403), httpx.Response(500), httpx.Response(200, content=b"<html></html>"),
        httpx.Response(302, headers={"location": "http://127.0.0.1/"}), rss(item("the-good-one-of-all")),
    ]  # fmt: skip
    site = site_of(dict(zip(hosts, answers, strict=True)))
    with connector_of(podcasts({"feeds": list(hosts)}), site) as connector:
        found = ids(take(connector))
    feeds = list(hosts)
    assert sorted(found) == sorted(
        [(feeds[n], "fetch_failed") for n in (0, 1, 2, 4)]
        + [(feeds[3], "malformed"), ("the-good-one-of-all", "record")]
    )


def test_a_feed_that_recovers_between_plan_and_fetch_brings_its_slice() -> None:
    answers = [httpx.Response(503), httpx.Response(200, content=rss(item("an-episode-after-all")))]
    site = site_of({FEED: lambda request: answers.pop(0)})
    with connector_of(podcasts(), site) as connector:
        assert ids(take(connector)) == [("an-episode-after-all", "record")]


def test_an_episode_that_is_gone_by_the_fetch_has_a_row() -> None:
    short = "<itunes:duration>60</itunes:duration>"
    answers = [
        rss(item("it-was-there-before", short), item("it-is-there-still", short)),
        rss(item("it-is-there-still")),
    ]
    site = site_of({FEED: lambda request: httpx.Response(200, content=answers.pop(0))})
    with connector_of(podcasts(), site) as connector:
        assert ids(take(connector)) == [("it-is-there-still", "record"), ("it-was-there-before", "fetch_failed")]


def test_the_same_guid_twice_comes_twice() -> None:
    site = site_of({FEED: rss(item("twice-in-one-feed", license_of(BY)), item("twice-in-one-feed"))})
    with connector_of(podcasts(), site) as connector:
        (shard,) = connector.plan(DAY)
        assert shard.params[FEEDS][0]["ids"] == ["twice-in-one-feed"]
        # Both: which of two contradicting licences counts is not for the connector to say.
        assert len([one for page in connector.fetch(shard) for one in page.records]) == 2


def test_undated_episodes_are_one_row_a_feed_and_slice() -> None:
    site = site_of({FEED: rss(item("with-a-date-of-its-own"), *(item(f"without-a-date-{n}x", date="") for n in "abc"))})
    with connector_of(podcasts(), site) as connector:
        found = take(connector)
    assert ids(found) == [("with-a-date-of-its-own", "record"), (f"{FEED}#undated", "malformed")]
    assert isinstance(found[1], FailedRecord)
    assert "3 episodes" in found[1].detail


def test_a_host_that_asks_for_patience_stops_the_shard_but_not_the_plan() -> None:
    site = site_of({FEED: httpx.Response(429, headers={"retry-after": "900"})})
    with connector_of(podcasts(), site) as connector:
        (shard,) = connector.plan(DAY)
        with pytest.raises(RateLimited):
            list(connector.fetch(shard))


def test_of_several_hosts_one_that_asks_for_patience_is_left_alone_and_the_others_are_asked(tmp_path: Path) -> None:
    busy = ["https://busy.example/one", "https://busy.example/two"]
    wait = httpx.Response(429, headers={"retry-after": "900"})
    site = site_of({
        **dict.fromkeys(busy, wait),
        FEED: rss(item("lies-on-a-busy-host"), item("lies-beside-it", file="2.mp3")),
        AUDIO: httpx.Response(429),
        "https://audio.example.net/2.mp3": SOUND,
    })  # fmt: skip
    with connector_of(podcasts({"feeds": [*busy, FEED]}), site) as connector:
        shards = connector.plan(DAY)
        assert sorted(site.asked) == [busy[0], FEED]  # not the second feed of the host that asked to wait
        found = [record for shard in shards for page in connector.fetch(shard) for record in page.records]
        assert ids(found)[:2] == [(address, "fetch_failed") for address in busy]
        assert isinstance(found[0], FailedRecord)
        assert "asks to wait" in found[0].detail
        for record in found[2:]:
            assert isinstance(record, Record)
            with pytest.raises(HostBusy) as told:
                connector.complete(record, tmp_path)
            assert told.value.host == "audio.example.net"
    assert (site.asked.count(busy[1]), site.asked[-1]) == (0, AUDIO)


def test_a_host_whose_robots_txt_keeps_us_out_is_the_gate_s_affair(tmp_path: Path) -> None:
    keep_out = httpx.Response(200, content=b"User-agent: *\nDisallow: /")
    site = site_of({FEED: rss(item()), AUDIO: SOUND, "https://audio.example.net/robots.txt": keep_out})
    with connector_of(podcasts({"robots": "obey"}), site) as connector:
        (record,) = take(connector)
        assert isinstance(record, Record)
        again = connector.complete(record, tmp_path)
    assert isinstance(again, Record)
    assert {(optout.signal, optout.value) for optout in again.optouts} >= {("robots", "disallow")}
    assert AUDIO not in site.asked


def test_feeds_come_from_lists_and_opml_with_the_key_shown_to_the_list_alone() -> None:
    index = {"feeds": [{"url": "http://a.example/feed"}, {"url": None}, {"url": "http://a.example/feed"}]}
    site = site_of({
        "https://feeds.example.org/api/recent": httpx.Response(200, content=json.dumps(index).encode()),
        "https://feeds.example.org/all.opml": b'<opml><body><outline xmlUrl="http://b.example/feed"/></body></opml>',
        "http://a.example/feed": rss(item("an-episode-of-a-list")),
        "http://b.example/feed": rss(item("an-episode-of-opml")),
    })  # fmt: skip
    fetch = {
        "feeds": [],
        "opml": ["https://feeds.example.org/all.opml"],
        "lists": [{"path": "api/recent", "since": "since", "records": "feeds", "feed": "url"}],
        "auth": {"type": "podcast_index"},
    }
    key = Credentials(login="KEY", password="SECRET")
    with connector_of(podcasts(fetch, connection="index"), site, key) as connector:
        assert sorted(ids(take(connector))) == [("an-episode-of-a-list", "record"), ("an-episode-of-opml", "record")]
    (listing,) = [request for request in site.requests if request.url.path == "/api/recent"]
    assert listing.url.params["since"] == "1767225600"
    signed = f"KEYSECRET{listing.headers['x-auth-date']}"
    assert listing.headers["x-auth-key"] == "KEY"
    assert listing.headers["authorization"] == hashlib.sha1(signed.encode()).hexdigest()
    assert not any(
        "authorization" in request.headers for request in site.requests if request.url.host != listing.url.host
    )


def test_a_list_that_can_t_be_read_is_no_empty_one() -> None:
    lists = [{"path": "api", "records": "books", "feed": "rss", "empty_status": [404]}]
    with connector_of(podcasts({"feeds": [], "lists": lists}), site_of({})) as connector:
        assert len(connector.plan(DAY)) == 1
    lists[0].pop("empty_status")
    with connector_of(podcasts({"feeds": [], "lists": lists}), site_of({})) as connector, pytest.raises(Refused):
        connector.plan(DAY)


# ---------------------------------------------------------------------- what an allowed episode consists of


def completed(
    pages: dict[str, bytes | httpx.Response], folder: Path, *more: str, **blocks: object
) -> Completed | FailedRecord:
    site = site_of({FEED: rss(item("an-episode-of-the-show", *more)), **pages})
    with connector_of(podcasts(**blocks), site) as connector:
        (record,) = take(connector)
        assert isinstance(record, Record)
        return connector.complete(record, folder)


VTT_AT = '<podcast:transcript url="https://x.example/1.vtt" type="text/vtt" language="de-AT"/>'


def test_the_publisher_s_transcript_comes_before_the_sound(tmp_path: Path) -> None:
    headers = {"tdm-reservation": "1"}
    found = completed({"https://x.example/1.vtt": httpx.Response(200, text=VTT, headers=headers)}, tmp_path, VTT_AT)
    assert isinstance(found, Completed)
    assert (found.file, found.record.body) == (None, "Good evening and welcome to the harbour.")
    assert (found.record.raw, found.record.media_type, found.record.language) == (VTT.encode(), "text/plain", "de")
    assert [(s.start, s.end) for s in found.record.segments] == [(0, 9)]
    assert [optout.signal for optout in found.record.optouts] == ["tdm-reservation"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "transcript",
    [httpx.Response(404), b"", b"<html><form>Log in</form></html>", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n"],
)
def test_without_a_usable_transcript_the_sound_is_fetched(transcript: bytes | httpx.Response, tmp_path: Path) -> None:
    found = completed({"https://x.example/1.vtt": transcript, AUDIO: SOUND}, tmp_path, VTT_AT)
    assert isinstance(found, Completed)
    assert found.file is not None
    assert found.file.read_bytes() == SOUND
    assert (found.bytes, found.sha256) == (len(SOUND), hashlib.sha256(SOUND).hexdigest())
    assert found.media_type == "audio/mpeg"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(404), "fetch_failed"),
        (httpx.Response(200, content=b""), "malformed"),
        (httpx.Response(200, content=b"<!DOCTYPE html><html>", headers={"content-type": "audio/mpeg"}), "malformed"),
        (httpx.Response(200, content=b"please pay", headers={"content-type": "text/plain"}), "malformed"),
        (httpx.Response(302, headers={"location": "http://169.254.169.254/x"}), "fetch_failed"),
        (httpx.Response(200, content=b"ID3" + b"x" * 5000), "too_large"),
    ],
)
def test_what_is_no_recording_is_a_row(answer: httpx.Response, reason: str, tmp_path: Path) -> None:
    found = completed({AUDIO: answer}, tmp_path, speech={"max_bytes": 4000})
    assert isinstance(found, FailedRecord), found
    assert found.reason == reason
    assert list(tmp_path.iterdir()) == []


def test_a_recording_announced_as_too_long_is_not_asked_for(tmp_path: Path) -> None:
    found = completed({}, tmp_path, "<itunes:duration>99:00:00</itunes:duration>")
    assert isinstance(found, FailedRecord)
    assert found.reason == "too_large"


def test_the_next_form_of_the_same_sound_is_tried(tmp_path: Path) -> None:
    second = '<enclosure url="https://audio.example.net/1.ogg" type="audio/ogg"/>'
    found = completed({"https://audio.example.net/1.ogg": b"OggS" + bytes(1000)}, tmp_path, second)
    assert isinstance(found, Completed)
    assert found.media_type == "audio/ogg"


def test_a_feed_whose_files_are_forbidden_is_left_alone(tmp_path: Path) -> None:
    site = site_of({
        FEED: rss(item("the-first-of-the-two"), item("the-second-of-the-two")), AUDIO: httpx.Response(403)
    })  # fmt: skip
    with connector_of(podcasts(), site) as connector:
        results = [connector.complete(one, tmp_path) for one in take(connector) if isinstance(one, Record)]
    assert [type(result) for result in results] == [FailedRecord, FailedRecord]
    assert site.asked.count(AUDIO) == 1


# ---------------------------------------------------------------------- looking again


def known(native_id: str, place: str = f"{FEED} item x podcast:license", day: str = "2026-01-01") -> Known:
    from datetime import datetime

    published = datetime.fromisoformat(f"{day}T10:00:00+00:00")
    return Known(id=f"shows:{native_id}@1", native_id=native_id, version="1", url="u", published=published, place=place)


def test_licences_are_looked_at_again_with_one_request_a_feed() -> None:
    site = site_of({FEED: rss(item("still-listed-today", license_of(BY)), item("another-episode-now"))})
    asked = [
        known("still-listed-today"), known("taken-out-since-then"), known("older-than-the-feed", day="2025-01-01"),
        known("of-a-feed-that-died", "https://dead.example/feed channel podcast:license"),
        known("another-episode-now", "source.license.statement"),
    ]  # fmt: skip
    with connector_of(podcasts(), site) as connector:
        found = {s.id.split(":")[1].split("@")[0]: s for batch in connector.look_up(asked) for s in batch}
    assert {name: sighting.status for name, sighting in found.items()} == {
        "still-listed-today": "found",
        "taken-out-since-then": "gone",
        "older-than-the-feed": "error",
        "of-a-feed-that-died": "error",
        "another-episode-now": "found",
    }
    assert [claim.raw for claim in found["still-listed-today"].claims] == [BY]
    assert site.asked == [FEED, "https://dead.example/feed", FEED]


def test_pages_of_an_unplanned_shard_are_empty() -> None:
    with connector_of(podcasts(), site_of({})) as connector:
        shard = Shard(source="shows", slice=DAY, id="all")
        assert list(connector.fetch(shard)) == [Page(records=(), cursor=None, requests=0)]


def test_a_thousand_feeds_are_asked_side_by_side_but_no_host_faster() -> None:
    feeds = [f"https://host{n % 25}.example/feed/{n}" for n in range(1000)]
    site = site_of({feed: rss(item(f"an-episode-of-feed-{n}")) for n, feed in enumerate(feeds)})
    # The hosts' threads share one clock, so an answer read by one of them takes as long as the others sleep meanwhile.
    source = podcasts({"feeds": feeds}, pace={"requests_per_second": 1}, limits={"answer_seconds": 1e6})
    with connector_of(source, site) as connector:
        shards = connector.plan(DAY)
        clock = connector.client._pacer._clock
    assert sum(len(feed["ids"]) for shard in shards for feed in shard.params[FEEDS]) == 1000
    assert len(site.requests) == 1000
    # 40 feeds on each of 25 hosts, a second apart: a clock that only sleeping moves has gone on by 39 s at least.
    assert clock() - 1000 >= 39
    assert isinstance(connector.client, DownloadClient)
