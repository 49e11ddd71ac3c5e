"""Real Whisper on real weights: what people say is written down, what nobody says is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.speech import sounds

from demo.podcast import SCRIPTS
from demo.voice import mp3, spoken
from rightful.speech import Engine, FolderClips, MediaError, SpeechOptions, SpeechProgress, load_engine, transcribe_file
from rightful.speech.clips import Clip
from rightful.speech.transcribe import WINDOW_SECONDS

GERMAN = "Guten Abend, meine Damen und Herren. Heute sprechen wir über das Wetter in den Bergen und über den Hafen."

needs_recordings = pytest.mark.skipif(not sounds.manifest(), reason=f"no recordings in {sounds.RECORDINGS}")


@pytest.fixture(scope="module", params=["tiny.en", "base"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    loaded = load_engine(SpeechOptions(model=request.param))
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def tiny() -> Iterator[Engine]:
    loaded = load_engine(SpeechOptions(model="tiny.en"))
    yield loaded
    loaded.close()


def options(engine: Engine, language: str | None = None) -> SpeechOptions:
    return SpeechOptions(model=engine.model, language=language)


@needs_recordings
def test_real_recordings_are_understood(engine: Engine) -> None:
    wrong = total = 0
    for recording in sounds.manifest():
        if recording["language"] != "en":
            continue
        heard = transcribe_file(sounds.RECORDINGS / recording["file"], options(engine), engine)
        expected = sounds.words(recording["text"])
        wrong += sounds.errors(expected, sounds.words(heard.text))
        total += len(expected)
        assert heard.language == "en"
        assert heard.seconds == pytest.approx(recording["seconds"], abs=0.2)
        assert 0 < heard.speech_seconds <= heard.seconds + 0.5
        for segment in heard.segments:
            assert 0 <= segment.start < segment.end <= heard.seconds + 0.5
            assert segment.avg_logprob is not None
    assert wrong / total < {"tiny.en": 0.16, "base": 0.16}[engine.model]  # half of it is Shakespeare's spelling


@needs_recordings
def test_german_is_heard_as_german_or_not_at_all(engine: Engine) -> None:
    (recording,) = [recording for recording in sounds.manifest() if recording["language"] == "de"]
    file = sounds.RECORDINGS / recording["file"]
    if not engine.multilingual:
        with pytest.raises(MediaError, match=r"speaks de .* knows English only") as caught:
            transcribe_file(file, options(engine), engine)
        assert caught.value.reason == "language"
        return
    heard = transcribe_file(file, options(engine), engine)
    assert heard.language == "de"
    expected = sounds.words(recording["text"])
    assert sounds.errors(expected, sounds.words(heard.text)) / len(expected) < 0.5


@pytest.mark.parametrize("what", ["silence", "hiss", "noise", "music", "laughter", "hum"])
def test_where_nobody_speaks_there_is_no_text(engine: Engine, what: str, tmp_path: Path) -> None:
    samples = {
        "silence": lambda: np.zeros(30 * sounds.RATE),
        "hiss": lambda: sounds.noise(30, 0.01),
        "noise": lambda: sounds.noise(30, 0.3),
        "music": lambda: sounds.music(30),
        "laughter": lambda: sounds.laughter(30),
        "hum": lambda: 0.5 * np.sin(2 * np.pi * 50 * sounds.seconds(30)),
    }[what]()
    file = tmp_path / "sound.wav"
    file.write_bytes(sounds.wav(samples))
    heard = transcribe_file(file, options(engine), engine)
    assert (heard.text, heard.segments, heard.language) == ("", (), None)
    assert heard.seconds == pytest.approx(30, abs=0.01)


def test_known_words_come_out_with_their_times(tiny: Engine, tmp_path: Path) -> None:
    """Two talks with a long pause between: text and times on the recording's own timeline."""
    first, rate = spoken(SCRIPTS[0])
    second, _ = spoken(SCRIPTS[4])
    pause = np.zeros(12 * rate, np.int16)
    file = tmp_path / "talk.wav"
    file.write_bytes(sounds.wav(np.concatenate([first, pause, second]) / 32768, rate))
    heard = transcribe_file(file, options(tiny, "en"), tiny)
    expected = sounds.words(SCRIPTS[0] + " " + SCRIPTS[4])
    assert sounds.errors(expected, sounds.words(heard.text)) / len(expected) < 0.35
    begin = len(first) / rate
    assert not [one for one in heard.segments if one.start < begin + 1 and one.end > begin + 11]
    assert max(one.end for one in heard.segments) > begin + 12


def test_clips_of_any_length_together_each_with_its_own_words(engine: Engine) -> None:
    """Those of like length share a batch; what comes back is in the order of the recording, as of each by itself."""
    talks = [sounds.heard(*spoken(SCRIPTS[number])) for number in (4, 0, 3)]
    cut = [talks[0][: 4 * sounds.RATE], talks[1][: 16 * sounds.RATE], talks[2][: 8 * sounds.RATE]] * 2
    pcm = np.concatenate(cut)
    ends = np.cumsum([len(part) for part in cut]) / sounds.RATE
    clips = [
        Clip(start=end - len(part) / sounds.RATE, end=end, speech=len(part) / sounds.RATE)
        for part, end in zip(cut, ends, strict=True)
    ]
    together = engine.hear(pcm, clips, "en")
    assert [(one.start, one.end) for one in together] == [(clip.start, clip.end) for clip in clips]
    for clip, heard in zip(clips, together, strict=True):
        (alone,) = engine.hear(pcm, [clip], "en")
        expected = sounds.words(alone.text)
        assert len(expected) > clip.seconds
        assert sounds.errors(expected, sounds.words(heard.text)) <= 0.2 * len(expected), (alone.text, heard.text)
    assert engine.hear(pcm, [], "en") == []
    with pytest.raises(ValueError, match="hears 30 s at once"):
        engine.hear(pcm, [Clip(start=0, end=31, speech=31)], "en")


def test_a_language_that_nobody_told_is_found_out(engine: Engine) -> None:
    pcm = sounds.heard(*spoken(GERMAN, "de"))
    (heard,) = engine.hear(pcm, [Clip(start=0, end=len(pcm) / sounds.RATE, speech=5)], None)
    assert ("Damen und Herren" in heard.text, heard.language == "de") == (engine.multilingual, engine.multilingual)


def test_speech_across_windows_is_not_cut(tiny: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words, whether the recording fits into one window or has to be read in several."""
    talk = np.concatenate([np.concatenate([spoken(script)[0], np.zeros(8000, np.int16)]) for script in SCRIPTS[:4]])
    file = tmp_path / "talk.wav"
    file.write_bytes(sounds.wav(talk / 32768, spoken(SCRIPTS[0])[1]))
    whole = transcribe_file(file, options(tiny, "en"), tiny)
    assert whole.seconds < WINDOW_SECONDS
    monkeypatch.setattr("rightful.speech.transcribe.WINDOW_SECONDS", 25)
    parts = transcribe_file(file, options(tiny, "en"), tiny)
    expected = sounds.words(" ".join(SCRIPTS[:4]))
    errors = [sounds.errors(expected, sounds.words(one.text)) for one in (whole, parts)]
    assert errors[1] <= errors[0] + 5
    starts = [one.start for one in parts.segments]
    assert starts == sorted(set(starts))
    assert parts.segments[-1].end == pytest.approx(whole.segments[-1].end, abs=1.0)
    assert parts.pcm_sha256 == whole.pcm_sha256


def test_what_was_heard_is_not_heard_again(tiny: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A break after some clips: the next attempt hears the others only, and comes to the same transcript."""
    monkeypatch.setattr("rightful.speech.transcribe.SAVE_SECONDS", 0.0)
    file = tmp_path / "talk.mp3"
    file.write_bytes(b"".join(mp3(script)[0] for script in SCRIPTS))
    chosen = SpeechOptions(model="tiny.en", language="en", batch_size=1)
    whole = transcribe_file(file, chosen, tiny)
    store, heard = FolderClips(tmp_path / "clips"), []

    def broken(progress: SpeechProgress) -> None:
        heard.append(progress.done_seconds)
        if len(heard) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transcribe_file(file, chosen, tiny, resume=store, report=broken)
    told: list[SpeechProgress] = []
    hear, clips = tiny.hear, 0

    def counted(pcm: object, some: list[object], language: str | None) -> object:
        nonlocal clips
        clips += len(some)
        return hear(pcm, some, language)  # type: ignore[arg-type]

    monkeypatch.setattr(tiny, "hear", counted)
    resumed = transcribe_file(file, chosen, tiny, resume=store, report=told.append)
    assert resumed == whole
    assert told[-1].resumed_seconds > 10
    assert told[-1].done_seconds == pytest.approx(whole.seconds)
    assert 0 < clips < len(whole.segments) + 3
    clips = 0
    assert transcribe_file(file, chosen, tiny, resume=store) == whole
    assert clips == 0


def test_lost_speech_is_noticed_and_heard_again(tiny: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batched decoding can pass over a clip's speech with good confidence; too few words give that away."""
    import msgspec

    file = tmp_path / "talk.mp3"
    file.write_bytes(mp3(SCRIPTS[0])[0])
    hear = tiny.hear

    def lossy(pcm: object, clips: list[object], language: str | None) -> object:
        return [
            msgspec.structs.replace(one, text="Good evening.")
            for one in hear(pcm, clips, language)  # type: ignore[arg-type]
        ]

    monkeypatch.setattr(tiny, "hear", lossy)
    heard = transcribe_file(file, options(tiny, "en"), tiny)
    assert any(flag.startswith("heard_again") for flag in heard.flags)
    expected = sounds.words(SCRIPTS[0])
    assert sounds.errors(expected, sounds.words(heard.text)) / len(expected) < 0.35


def test_text_that_goes_in_circles_is_left_out_and_counted(
    tiny: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import msgspec

    file = tmp_path / "talk.mp3"
    file.write_bytes(mp3(SCRIPTS[0])[0])
    hear = tiny.hear
    loop = "we, " * 40
    monkeypatch.setattr(tiny, "hear", lambda *given: [msgspec.structs.replace(one, text=loop) for one in hear(*given)])
    monkeypatch.setattr(
        tiny, "hear_again", lambda pcm, clip, language: [msgspec.structs.replace(tiny_segment(clip), text=loop)]
    )
    heard = transcribe_file(file, options(tiny, "en"), tiny)
    assert heard.text == ""
    assert any(flag.startswith("repetition_left_out") for flag in heard.flags)


def tiny_segment(clip: object) -> object:
    from rightful.model import Segment

    return Segment(start=clip.start, end=clip.end, text="", avg_logprob=-0.07, no_speech_prob=0.0)  # type: ignore[attr-defined]
