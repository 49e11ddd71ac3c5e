"""Files as strangers publish them: all containers, cut, mislabelled, empty, endless, made to break decoders."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from tests.speech import sounds

from demo.podcast import SCRIPTS
from demo.voice import mp3, spoken
from rightful.speech import Engine, MediaError, SpeechOptions, load_engine, transcribe_file
from rightful.speech.decode import Sound, decode

WORDS = sounds.words(SCRIPTS[2])


@pytest.fixture(scope="module")
def tiny() -> Iterator[Engine]:
    loaded = load_engine(SpeechOptions(model="tiny.en"))
    yield loaded
    loaded.close()


def encoded(kind: str, codec: str, *, rate: int, layout: str = "mono", picture: bool = False) -> bytes:
    """A talk in a container; with ``picture``, a video track beside it."""
    samples, own = spoken(SCRIPTS[2])
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        if picture:
            video = container.add_stream("mpeg4", rate=5)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            for number in range(20):
                image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 10, np.uint8), format="rgb24")
                container.mux(video.encode(image))
            container.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = own
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=size)
        for part in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


def put(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def samples_of(file: Path, folder: Path) -> Sound:
    return decode(file, folder / "pcm", max_seconds=3600)


@pytest.mark.parametrize(
    ("kind", "codec", "rate", "layout", "picture"),
    [
        ("mp4", "aac", 48_000, "5.1", True),
        ("matroska", "ac3", 48_000, "5.1", False),
        ("webm", "libopus", 48_000, "stereo", False),
        ("ogg", "libopus", 48_000, "mono", False),
        ("wav", "pcm_s16le", 8_000, "mono", False),
        ("mpegts", "mp2", 44_100, "stereo", True),
        ("flac", "flac", 96_000, "mono", False),
    ],
)
def test_containers_and_codecs(
    tiny: Engine, kind: str, codec: str, rate: int, layout: str, picture: bool, tmp_path: Path
) -> None:
    file = put(tmp_path, "talk.bin", encoded(kind, codec, rate=rate, layout=layout, picture=picture))
    heard = transcribe_file(file, SpeechOptions(model="tiny.en", language="en"), tiny)
    assert heard.seconds == pytest.approx(mp3(SCRIPTS[2])[1], abs=0.3)
    # A telephone's 8,000 samples a second leave out half of what tells a machine's consonants apart.
    assert sounds.errors(WORDS, sounds.words(heard.text)) / len(WORDS) < (0.6 if rate < 16_000 else 0.4)


def test_a_mislabelled_recording_is_what_its_bytes_say(tmp_path: Path) -> None:
    file = put(tmp_path, "talk.mp3", encoded("ogg", "libopus", rate=48_000))
    assert samples_of(file, tmp_path).seconds == pytest.approx(mp3(SCRIPTS[2])[1], abs=0.3)


HTML = b"<!DOCTYPE html><html><head><title>404</title></head><body>" + b"<p>gone</p>" * 500 + b"</body></html>"
LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://169.254.169.254/latest/meta-data\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile '/etc/passwd'\n"


@pytest.mark.parametrize(
    ("name", "data", "reason", "says"),
    [
        ("page.mp3", HTML, "malformed", "text that begins with '<!DOCTYPE"),
        ("page.mp3", b"\xef\xbb\xbf\n " + HTML, "malformed", "text that begins"),
        ("empty.mp3", b"", "empty", "no bytes"),
        ("list.mp3", LIST, "malformed", ""),
        ("concat.mp3", CONCAT, "malformed", ""),
        ("random.mp3", bytes(np.random.default_rng(1).integers(0, 256, 50_000, np.uint8)), "malformed", ""),
        ("zeros.wav", b"\0" * 100_000, "malformed", ""),
    ],
)
def test_what_is_no_recording_says_so(name: str, data: bytes, reason: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        samples_of(put(tmp_path, name, data), tmp_path)
    assert caught.value.reason == reason
    assert says in str(caught.value)
    assert str(tmp_path) not in str(caught.value)  # it goes into the ledger


def test_a_picture_without_sound(tmp_path: Path) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        video = container.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        image = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        container.mux(video.encode(image))
        container.mux(video.encode(None))
    with pytest.raises(MediaError, match="no sound track"):
        samples_of(put(tmp_path, "mute.mp4", file.getvalue()), tmp_path)


@pytest.mark.parametrize(
    "kind",
    [("wav", "pcm_s16le"), ("mp4", "aac"), ("flac", "flac"), ("matroska", "ac3"), ("mp3", "mp3"), ("ogg", "libopus")],
)
def test_a_recording_that_was_cut_short(kind: tuple[str, str], tmp_path: Path) -> None:
    data = encoded(*kind, rate=48_000 if kind[0] == "ogg" else 44_100)
    with pytest.raises(MediaError) as caught:
        samples_of(put(tmp_path, "cut", data[: len(data) // 2]), tmp_path)
    assert caught.value.reason == "truncated"


def test_an_estimated_length_accuses_nobody(tmp_path: Path) -> None:
    """Raw AAC states no length: what FFmpeg estimates from the first frames is a quarter too long here."""
    sound = samples_of(put(tmp_path, "talk.aac", encoded("adts", "aac", rate=44_100)), tmp_path)
    assert sound.seconds == pytest.approx(mp3(SCRIPTS[2])[1], abs=0.3)


def test_what_is_appended_to_a_recording_does_not_make_it_a_cut_one(tmp_path: Path) -> None:
    whole = encoded("mp3", "mp3", rate=44_100)
    alone = samples_of(put(tmp_path, "talk.mp3", whole), tmp_path)
    noise = np.random.default_rng(4).integers(0, 256, 8 * len(whole), np.uint8).tobytes()
    sound = samples_of(put(tmp_path, "more.mp3", whole + noise), tmp_path)
    assert sound.seconds == pytest.approx(alone.seconds, abs=0.5)


def test_a_recording_with_a_hole_keeps_its_rest(tmp_path: Path) -> None:
    data = bytearray(mp3(SCRIPTS[0])[0])
    data[30_000:33_000] = bytes(np.random.default_rng(2).integers(0, 256, 3000, np.uint8))
    sound = samples_of(put(tmp_path, "hole.mp3", bytes(data)), tmp_path)
    assert sound.seconds == pytest.approx(mp3(SCRIPTS[0])[1], abs=1.0)


def test_an_endless_recording_stops_at_the_cap(tmp_path: Path) -> None:
    part = mp3(SCRIPTS[0])[0]
    file = put(tmp_path, "endless.mp3", part * 20)
    with pytest.raises(MediaError, match="longer than 60 s") as caught:
        decode(file, tmp_path / "pcm", max_seconds=60)
    assert caught.value.reason == "too_large"
    assert (tmp_path / "pcm").stat().st_size < 120 * 32_000


def test_a_full_disk_is_not_the_recordings_fault(tmp_path: Path) -> None:
    file = tmp_path / "sound.wav"
    file.write_bytes(sounds.wav(sounds.music(3)))
    with pytest.raises(OSError, match="No space left") as full:
        decode(file, Path("/dev/full"), max_seconds=60)
    assert full.value.errno == errno.ENOSPC
    assert decode(file, tmp_path / "pcm", max_seconds=60).seconds == pytest.approx(3, abs=0.1)


def test_a_decoder_that_dies_costs_one_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightful.speech import decode as module

    good = put(tmp_path, "good.mp3", mp3(SCRIPTS[0])[0])
    assert samples_of(good, tmp_path).samples
    process = module._child._process
    assert process is not None
    fifo = tmp_path / "waits.mp3"
    os.mkfifo(fifo)  # opening it blocks: the decoder hangs
    monkeypatch.setattr(module, "SILENT_SECONDS", 1.0)
    with pytest.raises(MediaError) as caught:
        samples_of(fifo, tmp_path)
    assert caught.value.reason == "timeout"
    assert process.poll() is not None
    monkeypatch.undo()  # the next decoder has to start, which takes as long as the machine is busy
    assert samples_of(good, tmp_path).samples
    killed = module._child._process
    assert killed is not None
    assert killed is not process
    killed.kill()
    killed.wait()
    assert samples_of(good, tmp_path).samples


SIX_HOURS = """
import resource, sys
from pathlib import Path
from rightful.speech import SpeechOptions, load_engine, transcribe_file
options = SpeechOptions(model="tiny.en", language="en")
heard = transcribe_file(Path(sys.argv[1]), options, load_engine(options))
print(round(heard.seconds), len(heard.segments), heard.segments[-1].end, len(heard.text.split()))
from rightful.speech.decode import _child
_child.stop()
print(sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024)
"""


def test_six_hours_within_a_gigabyte_and_a_half(tmp_path: Path) -> None:
    """An island of speech every half hour; memory is that of a process of its own, decoder included."""
    talk, length = mp3(SCRIPTS[0])
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=22_050, layout="mono")
        stream.bit_rate = 32_000
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 22_050 * 60), np.int16), format="s16", layout="mono")
        frame.sample_rate = 22_050
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=22_050, frame_size=1152)
        for part in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    pause = file.getvalue()
    long = put(tmp_path, "long.mp3", (talk + pause * 30) * 12)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SIX_HOURS, str(long)], env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    seconds, segments, end, spoken_words = map(float, done.stdout.split()[:4])
    assert seconds == pytest.approx(12 * (1800 + length), abs=60)
    assert segments >= 12
    assert end > 11 * (1800 + length)
    assert spoken_words > 12 * 0.8 * len(SCRIPTS[0].split())
    assert int(done.stdout.split()[4]) < 1500
