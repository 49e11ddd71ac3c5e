"""Kind ``video``: what yt-dlp may do here, what its errors mean, and how a list becomes shards and pages."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import ValidationError
from tests.unit.http.site import Clock, json_response
from tests.unit.sources.replay import source_of

from rightful.catalogue.models import Source, VideoFetch
from rightful.connectors.base import MediaConnector
from rightful.connectors.video.connector import VideoConnector
from rightful.connectors.video.entry import Entry
from rightful.connectors.video.handler import Errand
from rightful.connectors.video.listing import OLDER_IN_A_ROW, listed
from rightful.connectors.video.trouble import Unavailable, meaning
from rightful.errors import BlockedAddress, ConfigurationError, FetchError, Forbidden, Malformed, RateLimited
from rightful.http.stream import StreamClient
from rightful.model import FailedRecord, Page, Record, Shard, Slice

DAY = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
FETCH = {"base_url": "https://tube.example", "extractors": ["PeerTube"], "pages": ["peertube:tube.example:x"]}

Handler = Callable[[httpx.Request], httpx.Response]


def uid(number: int) -> str:
    return f"9c9de5e8-0a1e-484a-b099-{number:012d}"


def details(number: int, **more: Any) -> dict[str, Any]:
    return {
        "name": f"Video {number}",
        "publishedAt": "2026-01-01T12:00:00.000Z",
        "duration": 600,
        "licence": {"id": 1, "label": "CC BY 4.0"},
        "account": {"displayName": "Ann", "url": "https://framatube.org/accounts/framasoft"},
        "files": [{"resolution": {"id": 0, "label": "0p"}, "fileUrl": f"https://framatube.org/{number}.mp4"}],
        **more,
    }


def site(count: int = 3, **answers: httpx.Response) -> Handler:
    """A PeerTube instance with ``count`` videos; ``answers`` by the last digits of a video's id replace its own."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.rstrip("/")
        if path == "/api/v1/videos":
            data = [
                {"uuid": uid(number), "publishedAt": "2026-01-01T12:00:00.000Z", "duration": 600}
                for number in range(count)
            ]
            start = int(request.url.params["start"])
            return json_response({"total": count, "data": data[start:]})
        number = int(path.split("/")[4][-12:])
        if path.endswith("captions"):
            return json_response({"data": []})
        return answers.get(f"v{number}") or json_response(details(number))

    return answer


@contextmanager
def connector(handler: Handler, clock: Clock | None = None, **fetch: Any) -> Iterator[VideoConnector]:
    source = source_of("peertube")
    source = source.model_copy(
        update={
            "fetch": source.video.model_copy(update=fetch),
            "limits": source.limits.model_copy(update={"retries": 1}),
        }
    )
    clock = clock or Clock()

    def answer(request: httpx.Request) -> httpx.Response:
        found = handler(request)
        return httpx.Response(found.status_code, headers=found.headers, stream=found.stream, request=request)

    client = StreamClient(
        source,
        transport=httpx.MockTransport(answer),
        resolver=lambda host, port: ["203.0.113.7"],
        sleep=clock.sleep,
        clock=clock,
    )
    with VideoConnector(source, client=client) as found:
        yield found


def pages(found: VideoConnector) -> list[Page]:
    return [page for shard in found.plan(DAY) for page in found.fetch(shard)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"extractors": []}, "at least 1"),
        ({"extractors": ["generic"]}, "any page"),
        ({"extractors": [".*"]}, "no name"),
        ({"extractors": ["-youtube"]}, "no name"),
        ({"format": "bv+ba"}, "one file"),
        ({"format": "all"}, "one file"),
        ({"pages": []}, "nothing to read"),
        ({"exec": "rm -rf /"}, "exec"),
        ({"postprocessors": []}, "postprocessors"),
        ({"cookiefile": "x"}, "cookiefile"),
        ({"site": "file:///etc"}, "site"),
        (
            {"list": {"id": "id", "records": "data", "paginate": {"style": "none"}, "url": "x", "published": "p"}},
            "{id}",
        ),
    ],
)
def test_a_source_file_can_ask_yt_dlp_for_nothing_else(change: dict[str, Any], said: str) -> None:
    VideoFetch.model_validate(FETCH)
    with pytest.raises(ValidationError, match=re.escape(said)):
        VideoFetch.model_validate({**FETCH, **change})


def test_yt_dlp_has_our_handler_alone_and_reads_nobodys_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "yt-dlp/plugins/x/yt_dlp_plugins/extractor"
    folder.mkdir(parents=True)
    (folder / "evil.py").write_text("raise SystemExit('a plugin was loaded')")
    (tmp_path / "yt-dlp/config").write_text("--exec 'touch pwned'\n")
    with connector(site()) as found:
        reader = found.session._reader
        assert list(reader._request_director.handlers) == ["Checked"]
        assert list(reader._ies) == ["PeerTube"]
        assert reader.params["postprocessors"] == []
        with pytest.raises(Unavailable, match="No suitable extractor"):
            found.session.info("https://www.youtube.com/watch?v=BaW_jenozKc")
    assert isinstance(found, MediaConnector)


@pytest.mark.parametrize(
    "place", ["http://169.254.169.254/latest", "https://other.example/", "file:///etc/passwd", "http://framatube.org/"]
)
def test_a_redirect_leads_nowhere_else(place: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": place})

    with connector(answer) as found, pytest.raises(BlockedAddress):
        found.session.info(f"peertube:framatube.org:{uid(1)}")
    assert {httpx.URL(url).host for url in asked} == {"framatube.org"}
    assert not [url for url in asked if not url.startswith("https://framatube.org/")]


def test_pages_go_on_behind_a_cursor_and_shards_hold_enough_sound() -> None:
    with connector(site(7)) as found:
        shards = found.plan(DAY)
        assert [len(shard.params["entries"]) for shard in shards] == [3, 3, 1]
        assert [shard.id for shard in shards] == ["part-0001", "part-0002", "part-0003"]
        read = list(found.fetch(shards[0]))
        again = list(found.fetch(shards[0], read[0].cursor))
        ids = [[record.native_id for record in page.records] for page in read]
        assert ids == [[uid(0)], [uid(1)], [uid(2)]]
        assert [[record.native_id for record in page.records] for page in again] == ids[1:]
        assert [page.cursor for page in read] == [{"entry": 1}, {"entry": 2}, None]
        assert all(page.requests == 2 and page.bytes_received > 0 for page in read)
        for broken in ({}, {"entry": -1}, {"entry": "1"}, {"entry": 99}, {"entry": True}):
            with pytest.raises(ConfigurationError, match="cursor"):
                list(found.fetch(shards[0], broken))


def test_every_request_keeps_the_pace() -> None:
    clock = Clock()
    with connector(site(3), clock) as found:
        pages(found)
        assert found.client.requests == 7
    assert clock.now - 1000 >= 6


def test_robots_txt_is_obeyed_by_what_yt_dlp_asks() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, content=b"User-agent: *\nDisallow: /api/")

    entry = Entry(url=f"peertube:framatube.org:{uid(1)}", id=uid(1))
    shard = Shard(source="peertube", slice=DAY, id="all", params={"entries": [msgspec.to_builtins(entry)]})
    with connector(answer, robots="obey") as found:
        ((record,),) = (page.records for page in found.fetch(shard))
    assert isinstance(record, Record)
    assert record.claims == ()
    assert {(optout.signal, optout.value) for optout in record.optouts} >= {("robots", "disallow")}
    assert asked == ["/robots.txt"]


def test_what_is_said_otherwise_by_the_download_comes_back_for_the_gate(tmp_path: Path) -> None:
    licence = {"id": 1, "label": "CC BY 4.0"}
    barred = "https://framatube.org/9.mp4"

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(200, content=b"User-agent: *\nDisallow: /9.mp4")
        files = [{"resolution": {"id": 0, "label": "0p"}, "fileUrl": barred}]
        return json_response(details(1, licence=licence, files=files))

    entry = Entry(url=f"peertube:framatube.org:{uid(1)}", id=uid(1))
    shard = Shard(source="peertube", slice=DAY, id="all", params={"entries": [msgspec.to_builtins(entry)]})
    with connector(answer, robots="obey") as found:
        ((record,),) = (page.records for page in found.fetch(shard))
        assert isinstance(record, Record)
        kept_out = found.complete(record, tmp_path)
        licence["label"] = "CC BY-NC 4.0"
        changed = found.complete(record, tmp_path)
    assert isinstance(kept_out, Record)
    assert {(optout.signal, optout.value) for optout in kept_out.optouts} >= {("robots", "disallow")}
    assert isinstance(changed, Record)
    assert [claim.raw for claim in changed.claims] == ["CC BY-NC 4.0"]
    assert b"CC BY-NC" in changed.raw


def test_a_channel_of_the_platform_is_read_page_by_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.rstrip("/")
        if path == "/api/v1/video-channels/talks":
            return json_response({"displayName": "Talks"})
        if path == "/api/v1/video-channels/talks/videos":
            start = int(request.url.params["start"])
            numbers = range(start, min(start + 30, 70))
            return json_response({"data": [{"shortUUID": f"{number:022d}", "name": "x"} for number in numbers]})
        number = int(path.split("/")[4])
        day = "2026-01-01" if number < 34 else "2025-12-31"
        return json_response(details(number, publishedAt=f"{day}T12:00:00Z"))

    pages = ("https://framatube.org/c/talks/videos",)
    with connector(answer, list_=None, pages=pages, extractors=("PeerTube", "PeerTube:Playlist")) as found:
        entries = [entry for shard in found.plan(DAY) for entry in shard.params["entries"]]
    assert sorted(int(entry["url"][-22:]) for entry in entries) == list(range(34))


def test_a_day_without_videos_is_a_day_all_the_same() -> None:
    with connector(site(0)) as found:
        assert [(shard.id, next(iter(found.fetch(shard))).records) for shard in found.plan(DAY)] == [("all", ())]


def test_what_can_not_be_placed_stops_the_plan() -> None:
    for element in (
        {"uuid": uid(1)},
        {"publishedAt": "2026-01-01T12:00:00Z"},
        [],
        {"uuid": uid(1), "publishedAt": "x"},
    ):
        listing = json_response({"total": 1, "data": [element]})
        with connector(lambda request, found=listing: found) as found, pytest.raises(Malformed, match="placed"):
            found.plan(DAY)


def test_metadata_that_lies_is_a_failed_record() -> None:
    live = json_response(details(0, streamingPlaylists=[], isLive=True, publishedAt="2226-01-01T00:00:00Z"))
    surrogate = httpx.Response(
        200, headers={"content-type": "application/json"}, content=b'{"name": "\\ud800", "publishedAt": "2026-01-01"}'
    )
    page = httpx.Response(200, headers={"content-type": "text/html"}, content=b"<html>Sorry</html>")
    listing = json_response(details(3))
    with connector(site(4, v0=live, v1=surrogate, v2=page, v3=listing)) as found:
        records = [record for one in pages(found) for record in one.records]
    assert [type(record) for record in records] == [FailedRecord, FailedRecord, FailedRecord, Record]
    assert [record.native_id for record in records[:3]] == [uid(0), uid(1), uid(2)]


def test_one_private_video_is_its_own_and_three_in_a_row_are_the_platforms_no() -> None:
    private = {f"v{number}": json_response({"title": "Forbidden"}, 403) for number in (0, 2, 3, 4)}
    with connector(site(6, **private)) as found:
        (shard, *_) = found.plan(DAY)
        walk = found.fetch(shard)
        first, second = next(walk).records[0], next(walk).records[0]
        assert isinstance(first, FailedRecord)
        assert isinstance(second, Record)
        with pytest.raises(Forbidden, match="3 videos in a row"):
            pages(found)


def test_patience_and_trouble_of_the_platform_are_no_records() -> None:
    wait = json_response({}, 429, retry_after="900")
    with connector(site(1, v0=wait)) as found, pytest.raises(RateLimited) as limited:
        pages(found)
    assert limited.value.retry_after == 900


def test_one_video_that_fails_is_a_record_and_three_in_a_row_are_asked_for_again() -> None:
    away = {f"v{number}": json_response({}, 503) for number in (0, 2, 3, 4)}
    with connector(site(3, **away)) as found:
        records = [record for page in pages(found) for record in page.records]
        assert [type(record) for record in records] == [FailedRecord, Record, FailedRecord]
    with connector(site(6, **away)) as found:
        entries = [entry for shard in found.plan(DAY) for entry in shard.params["entries"]]
        walk = found.fetch(Shard(source="peertube", slice=DAY, id="all", params={"entries": entries}))
        read = [next(walk), next(walk)]
        with pytest.raises(FetchError):
            next(walk)
    assert read[-1].cursor == {"entry": 2}


@pytest.mark.parametrize(
    ("text", "kind", "gone"),
    [
        ("[youtube] x: Sign in to confirm you’re not a bot. Use --cookies", Forbidden, False),
        ("[youtube] x: The current session has been rate-limited by YouTube", RateLimited, False),
        ("[youtube] x: Private video. Sign in if you've been granted access", Unavailable, False),
        ("[youtube] x: Join this channel to get access to members-only content", Unavailable, False),
        ("[youtube] x: The uploader has not made this video available in your country", Unavailable, False),
        ("[youtube] x: Video unavailable. This video has been removed by the uploader", Unavailable, True),
    ],
)
def test_what_yt_dlp_says_is_understood(text: str, kind: type[Exception], gone: bool) -> None:
    import yt_dlp

    error = yt_dlp.utils.DownloadError(f"ERROR: {text}; please report this issue on https://example.org")
    found = meaning(source_of("youtube_cc_by"), "https://www.youtube.com/watch?v=x", error, [])
    assert type(found) is kind
    assert getattr(found, "gone", False) == gone
    assert "please report" not in str(found)


def test_a_full_disk_is_no_videos_fault() -> None:
    """What yt-dlp makes of it looks like any video that can't be had."""
    import yt_dlp

    full = OSError(errno.ENOSPC, "No space left on device")
    told = yt_dlp.utils.DownloadError("ERROR: unable to write data", (OSError, full, None))
    with (
        connector(site(1)) as found,
        pytest.raises(OSError, match="No space left") as raised,
        found.session._doing("https://peer.example/w/0", Errand(60)),
    ):
        raise told
    assert raised.value is full


class Channel:
    """A channel whose flat list has dates for some videos only, the newest first, with one that is pinned."""

    def __init__(self, days: list[int]) -> None:
        self.days, self.read, self.asked = days, 0, 0

    def entries(self, url: str) -> Iterator[dict[str, Any]]:
        for number, day in enumerate(self.days):
            self.read += 1
            flat = {"_type": "url", "url": f"https://tube.example/{number}", "id": str(number), "duration": 60}
            yield {**flat, "upload_date": _day(day)} if number % 2 else flat

    def info(self, url: str) -> tuple[list[dict[str, Any]], tuple[()]]:
        self.asked += 1
        return [{"upload_date": _day(self.days[int(url.rpartition("/")[2])]), "duration": 60}], ()


def _day(day: int) -> str:
    return f"2026-01-{day:02d}".replace("-", "") if day > 0 else "20251201"


def test_a_channel_is_read_until_the_slice_is_behind() -> None:
    source = Source.model_validate(
        {**source_of("peertube").model_dump(by_alias=True, exclude={"fetch"}), "fetch": FETCH}
    )
    channel = Channel([0, 3, 2, 1, 1, *[0] * 100])
    with StreamClient(source) as client:
        found = listed(source, DAY, client, lambda: channel)  # type: ignore[arg-type,return-value]
        assert [entry.id for entry in found] == ["3", "4"]
        assert channel.read == 5 + OLDER_IN_A_ROW
        unordered = source.model_copy(update={"fetch": source.video.model_copy(update={"newest_first": False})})
        everything = Channel([1, *[0] * 20, 1])
        assert len(listed(unordered, DAY, client, lambda: everything)) == 2  # type: ignore[arg-type,return-value]
        few = source.model_copy(update={"fetch": source.video.model_copy(update={"most_entries": 2})})
        with pytest.raises(ConfigurationError, match="more than 2"):
            listed(few, DAY, client, lambda: Channel([1] * 9))  # type: ignore[arg-type,return-value]
