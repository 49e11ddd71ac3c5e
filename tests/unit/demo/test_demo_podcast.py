"""The demo's podcast: a feed as real shows have it, sound that is speech, files in parts (no sockets)."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from demo import podcast, truth
from demo.web import Request
from rightful.model import Slice

NAMESPACE = "{https://podcastindex.org/namespace/1.0}"
NIGHT = Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
SITE = podcast.PodcastSite("/podcast/")


def ask(name: str, **headers: str) -> tuple[int, str, bytes]:
    answer = SITE.answer(Request(f"/podcast/{name}", {}, {"host": "127.0.0.1:8098", **headers}))
    assert isinstance(answer.body, bytes)
    return answer.status, answer.type, answer.body


def test_the_feed_states_the_licence_of_each_episode() -> None:
    status, kind, body = ask("feed.xml")
    assert (status, kind.partition(";")[0]) == (200, "application/rss+xml")
    items = ElementTree.fromstring(body).findall("channel/item")
    assert len(items) in (119, 120, 121)
    licenses = [
        element.get("url") if element is not None else None
        for item in items
        for element in [item.find(f"{NAMESPACE}license")]
    ]
    assert set(licenses) == {case.license for case in podcast.CASES}
    guids = [item.findtext("guid") for item in items]
    assert len(set(guids)) == len(guids)
    enclosure = items[0].find("enclosure")
    assert enclosure is not None
    assert str(enclosure.get("url")).startswith("http://127.0.0.1:8098/podcast/audio/")


def test_truth_knows_what_becomes_of_a_day() -> None:
    expected = truth.expected("demo_podcast", NIGHT)
    assert (len(expected.allowed), sorted(expected.denied.values())) == (2, ["nc", "no_tag"])


@pytest.fixture(scope="module")
def moment() -> podcast.Moment:
    (found, *_) = podcast.stream_of(1).between(int(NIGHT.start.timestamp()), int(NIGHT.end.timestamp())).part(0, 4)
    return found


def test_an_episode_is_sound_of_the_announced_length(moment: podcast.Moment) -> None:
    av, _ = pytest.importorskip("av"), pytest.importorskip("espeakng_loader")
    status, kind, body = ask(f"audio/{moment.key}.mp3")
    assert (status, kind) == (200, "audio/mpeg")
    with av.open(io.BytesIO(body)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    seconds = sum(frame.shape[-1] for frame in frames) / rate
    assert seconds == pytest.approx(podcast.sound(moment)[1], abs=0.2)
    assert 10 < seconds < 30
    assert max(float(abs(frame).max()) for frame in frames) > 0.1


def test_a_file_comes_in_parts(moment: podcast.Moment) -> None:
    pytest.importorskip("av"), pytest.importorskip("espeakng_loader")
    _, _, whole = ask(f"audio/{moment.key}.mp3")
    status, _, rest = ask(f"audio/{moment.key}.mp3", range="bytes=5000-")
    assert (status, rest) == (206, whole[5000:])
    assert ask(f"audio/{moment.key}.mp3", range="bytes=x-")[0] == 200


def test_the_transcript_holds_the_words() -> None:
    pytest.importorskip("espeakng_loader")
    moments = podcast.stream_of(1).between(int(NIGHT.start.timestamp()), int(NIGHT.end.timestamp())).part(0, 4)
    (own,) = [moment for moment in moments if podcast.case_of(moment).transcript]
    status, kind, body = ask(f"transcripts/{own.key}.vtt")
    assert (status, kind.partition(";")[0]) == (200, "text/vtt")
    text = body.decode()
    assert text.startswith("WEBVTT\n")
    words = " ".join(line.partition(">")[2] for line in text.splitlines() if line.startswith("<v "))
    assert words == podcast.script_of(own)


@pytest.mark.parametrize(
    "name",
    [
        "audio/x.mp3",
        "audio/69000000000.wav",
        "transcripts/69000000000.vtt",
        "",
        "audio/9" + "9" * 30 + ".mp3",
    ],
)
def test_what_is_not_there_is_404(name: str) -> None:
    assert ask(name)[0] == 404
