"""Kind ``video`` against a real PeerTube-like server and an archive on this machine, by the catalogue's own files."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.system.pipeline.support import new_run
from tests.system.video_site import Video, VideoSite, recording

from rightful.catalogue.load import load_source
from rightful.catalogue.models import Source, SpeechBlock
from rightful.connectors.base import Completed, Known, MediaConnector, connector_for
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Record, Slice
from rightful.pipeline import fetch, plan
from rightful.pipeline.fetch_state import Waiting
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store.raw import RawStore

pytestmark = pytest.mark.system

DAY = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
CC_BY, NOON = "CC BY 4.0", "2026-03-01T12:00:00.000Z"


@pytest.fixture
def site() -> Iterator[VideoSite]:
    found = VideoSite()
    yield found
    found.shutdown()
    found.server_close()


def source_of(name: str, site: VideoSite, monkeypatch: pytest.MonkeyPatch, **fetch: Any) -> Source:
    """A source of the catalogue that asks ``site``, and is in a hurry."""
    monkeypatch.setenv(f"RIGHTFUL_BASE_URL_{name.upper()}", site.url)
    source = load_source(PROJECT_ROOT / f"include/sources/{name}.yaml")
    return source.model_copy(
        update={
            "pace": source.pace.model_copy(update={"requests_per_second": 1000}),
            "limits": source.limits.model_copy(update={"retries": 0}),
            "fetch": source.video.model_copy(update=fetch),
            "speech": SpeechBlock(max_bytes=2_000_000),
        }
    )


def uid(number: int) -> str:
    return str(uuid.UUID(int=number))


def video(number: int, license: str | None = CC_BY, published: str = NOON, **more: Any) -> Video:
    return Video(uid(number), f"Видео {number} 動画", license, published, **more)


def records_of(connector: MediaConnector, slice: Slice = DAY) -> list[Record | FailedRecord]:
    return [record for shard in connector.plan(slice) for page in connector.fetch(shard) for record in page.records]


def decision(source: Source, record: Record) -> tuple[str, str]:
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    published = record.published.date() if record.published else None
    ruling = decide(record.claims, record.optouts, source, policy, {}, {}, (), published, DAY.end.date())
    return ruling.decision.value, ruling.reason.value


def test_metadata_comes_first_and_only_what_may_load_is_downloaded(
    site: VideoSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sound = recording(3, 440)
    site.add(video(1, media=sound))
    site.add(video(2, None, media=sound))
    site.add(video(3, "CC BY-NC 4.0", media=sound))
    site.add(video(4, account="stranger", media=sound))
    site.add(video(5, "Attribution", media=sound))
    site.add(video(6, published="2026-02-28T23:59:59.000Z", media=sound))
    site.add(video(7, published="2026-03-02T00:00:00.000Z", media=sound))
    site.add(video(8, trouble="deleted"))
    source = source_of("peertube", site, monkeypatch)
    with connector_for(source, contact="tests@example.org") as connector:
        assert isinstance(connector, MediaConnector)
        found = records_of(connector)
        assert not site.paths("/static/")
        assert {record.native_id for record in found} == {uid(number) for number in (1, 2, 3, 4, 5, 8)}
        by_id = {record.native_id: record for record in found}
        failed = by_id.pop(uid(8))
        assert isinstance(failed, FailedRecord)
        assert failed.reason == "fetch_failed"
        rulings = {key: decision(source, record) for key, record in by_id.items() if isinstance(record, Record)}
        assert rulings == {
            uid(1): ("allow", "allowed"),
            uid(2): ("deny", "no_tag"),
            uid(3): ("deny", "nc"),
            uid(4): ("quarantine", "weak_evidence"),
            uid(5): ("quarantine", "unversioned"),
        }
        record = by_id[uid(1)]
        assert isinstance(record, Record)
        assert (record.title, record.creators, record.language) == ("Видео 1 動画", ("Framasoft",), "en")
        assert (record.media_seconds, record.body) == (3, None)
        assert [claim.place for claim in record.claims] == ["peertube:license"]
        assert b"static" not in record.raw
        told: list[tuple[int, int | None]] = []
        done = connector.complete(record, tmp_path, lambda *args: told.append(args))
    assert isinstance(done, Completed)
    assert done.file is not None
    assert done.file.read_bytes() == sound
    assert (done.bytes, done.sha256, done.media_type) == (len(sound), sha256(sound).hexdigest(), "audio/ogg")
    assert told[-1][1] == len(sound)
    assert site.paths("/static/") == [f"/static/{uid(1)}.ogg"]
    assert all(agent.startswith("Rightful/") for agent in site.agents)


def test_a_download_that_breaks_off_goes_on_where_it_was(
    site: VideoSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sound = recording(20, 330)
    site.add(video(1, media=sound, trouble="cuts"))
    with connector_for(source_of("peertube", site, monkeypatch)) as connector:
        assert isinstance(connector, MediaConnector)
        (record,) = records_of(connector)
        assert isinstance(record, Record)
        done = connector.complete(record, tmp_path)
    assert isinstance(done, Completed)
    assert done.sha256 == sha256(sound).hexdigest()
    assert len(site.ranges) == 2
    assert all(not wanted.startswith("bytes=0-") for wanted in site.ranges)


@pytest.mark.parametrize(
    ("trouble", "reason", "said"),
    [
        ("inward", "fetch_failed", "169.254.169.254"),
        ("huge", "too_large", "larger than"),
        ("endless", "too_large", "larger than"),
        ("drips", "timeout", "not done after 1 s"),
        ("private", "fetch_failed", ""),
    ],
)
def test_one_bad_video_is_a_failed_record(
    site: VideoSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trouble: str, reason: str, said: str
) -> None:
    site.add(video(1, media=recording(3, 440)))
    with connector_for(source_of("peertube", site, monkeypatch, download_seconds=1)) as connector:
        assert isinstance(connector, MediaConnector)
        (record,) = records_of(connector)
        assert isinstance(record, Record)
        site.videos[uid(1)].trouble = trouble
        failed = connector.complete(record, tmp_path)
    assert isinstance(failed, FailedRecord)
    assert failed.reason == reason
    assert said in failed.detail


def test_a_licence_that_changes_before_the_download_stops_it(
    site: VideoSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site.add(video(1, media=recording(3, 440)))
    source = source_of("peertube", site, monkeypatch)
    with connector_for(source) as connector:
        assert isinstance(connector, MediaConnector)
        (record,) = records_of(connector)
        assert isinstance(record, Record)
        site.videos[uid(1)].license = "CC BY-NC 4.0"
        again = connector.complete(record, tmp_path)
        assert isinstance(again, Record)
        assert decision(source, again) == ("deny", "nc")
        known = Known(id="x", native_id=record.native_id, version=record.version, url=record.url)
        ((sighting,),) = connector.look_up([known])
        assert (sighting.status, sighting.claims[0].raw) == ("found", "CC BY-NC 4.0")
        site.videos[uid(1)].trouble = "deleted"
        ((sighting,),) = connector.look_up([known])
        assert sighting.status == "gone"
    assert not site.paths("/static/")


def test_captions_of_the_publisher_take_the_place_of_sound_but_not_those_of_a_machine(
    site: VideoSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cues = ("1\n00:00:01.000 --> 00:00:02.500\nGood evening &amp; welcome.", "00:02.500 --> 00:03.000\nWell spoken.")
    vtt = "\n\n".join(("WEBVTT", *cues))
    site.files["en.vtt"] = vtt.encode()
    for number, automatic in ((1, False), (2, True)):
        caption = {"language": {"id": "en"}, "captionPath": "/captions/en.vtt", "automaticallyGenerated": automatic}
        site.add(video(number, media=recording(3, 440 + number), captions=[caption]))
    with connector_for(source_of("peertube", site, monkeypatch)) as connector:
        assert isinstance(connector, MediaConnector)
        done = {}
        for shard in connector.plan(DAY):
            for page in connector.fetch(shard):
                (record,) = page.records
                assert isinstance(record, Record)
                assert page.evidence == {record.evidence: record.raw}
                folder = tmp_path / record.native_id
                folder.mkdir()
                done[record.native_id] = connector.complete(record, folder)
    by_hand, by_machine = done[uid(1)], done[uid(2)]
    assert isinstance(by_hand, Completed)
    assert isinstance(by_machine, Completed)
    assert (by_hand.file, by_hand.record.body, by_hand.record.raw) == (
        None,
        "Good evening & welcome.\nWell spoken.",
        vtt.encode(),
    )
    assert [(one.start, one.end) for one in by_hand.record.segments] == [(1.0, 2.5), (2.5, 3.0)]
    assert by_machine.file is not None


def test_the_pipeline_keeps_what_each_licence_was_read_from(
    settings: Settings, site: VideoSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files["en.vtt"] = b"WEBVTT\n\n00:00.000 --> 00:03.000\nGood evening and welcome to all."
    caption = {"language": {"id": "en"}, "captionPath": "/captions/en.vtt", "automaticallyGenerated": False}
    sound = recording(3, 440)
    site.add(video(1, media=sound))
    site.add(video(2, None))
    site.add(video(3, captions=[caption]))
    site.add(video(4, media=sound))
    site.add(video(5, trouble="private"))
    source = source_of("peertube", site, monkeypatch)
    (shard,) = plan(source, DAY, settings=settings, credentials=None)
    fetched = fetch(
        source, shard, run=new_run(), generation="g", settings=settings, credentials=None, save=lambda progress: None
    )
    assert fetched.result.reasons == {
        "allow:allowed": 1,
        "deny:no_tag": 1,
        "duplicate:duplicate": 1,
        "failed:fetch_failed": 1,
    }
    raw = RawStore(settings)
    listed = raw.get_whole(str(fetched.waiting)) or b""
    (waiting,) = msgspec.json.Decoder(Waiting).decode_lines(listed)
    assert waiting.record.native_id == uid(1)
    assert waiting.record.stored is not None
    read_from = msgspec.json.decode(raw.get_whole(str(waiting.record.evidence)) or b"")
    assert (read_from["id"], read_from["license"]) == (uid(1), CC_BY)


def test_items_of_the_archive_are_a_record_for_each_recording(
    site: VideoSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ("chapter 1.mp3", "chapter 2.mp3")
    sounds = {name: recording(3, 300 + 50 * number) for number, name in enumerate(names)}
    site.files = {f"a_book/{name}": sound for name, sound in sounds.items()}
    site.items["a_book"] = {
        "listed": {"identifier": "a_book", "publicdate": "2026-03-01T10:00:00Z", "collection": ["librivoxaudio", "x"]},
        "playlist": [{"title": name, "orig": name, "tracks": []} for name in names],
        "metadata": {
            "metadata": {
                "identifier": "a_book",
                "title": "一冊の本",
                "creator": "A. Writer",
                "licenseurl": "https://creativecommons.org/publicdomain/zero/1.0/",
                "publicdate": "2026-03-01 10:00:00",
                "uploader": "somebody@example.org",
            },
            "files": [
                {"name": name, "source": "original", "format": "VBR MP3", "length": "3.0", "size": str(len(sound))}
                for name, sound in sounds.items()
            ],
        },
    }
    source = source_of("internet_archive_audio", site, monkeypatch)
    with connector_for(source) as connector:
        assert isinstance(connector, MediaConnector)
        found = [record for record in records_of(connector) if isinstance(record, Record)]
        assert not site.paths("/download/")
        assert [record.native_id for record in found] == [f"a_book/{name}" for name in names]
        assert [decision(source, record) for record in found] == [("allow", "allowed")] * 2
        assert found[0].url == "https://archive.org/details/a_book/chapter%201.mp3"
        assert found[0].creators == ("A. Writer",)
        done = connector.complete(found[1], tmp_path)
    assert isinstance(done, Completed)
    assert done.sha256 == sha256(sounds["chapter 2.mp3"]).hexdigest()
    assert done.media_type == "audio/mpeg"
    assert site.paths("/download/") == ["/download/a_book/chapter%202.mp3"]
