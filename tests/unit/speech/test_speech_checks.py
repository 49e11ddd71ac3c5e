"""Signs that a text is not what was said; clips; options: what needs no engine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from rightful.errors import ConfigurationError
from rightful.model import Segment
from rightful.speech import SpeechOptions, checks
from rightful.speech.clip_store import FolderClips
from rightful.speech.clips import Clip, joined
from rightful.speech.language import identify
from rightful.speech.languages import check_language

SENTENCE = "In the evening the boats come back to the harbour, and the gulls follow them for the fish they throw away."


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("we, " * 40, True),
        ("Thank you. Thank you. Thank you. Thank you.", True),
        ("no no no no", True),
        ("and so on and so on and so on and so on", True),
        ("we are on our way to the town and to the shops. " * 6, True),  # too long a phrase to count words in a row
        (SENTENCE, False),
        (f"{SENTENCE} {SENTENCE}", False),
        ("no no no", False),
        ("", False),
    ],
)
def test_circles(text: str, loops: bool) -> None:
    assert checks.circles(text) is loops


@pytest.mark.parametrize(
    ("text", "seconds", "language", "lost"),
    [
        ("Good evening.", 12.0, "en", True),
        ("", 5.1, "en", True),
        ("", 5.0, "en", False),  # a short clip may hold next to nothing
        (SENTENCE, 12.0, "en", False),
        (SENTENCE, 22.0, None, True),
        ("今天天气很好我们去公园散步吧", 9.0, "zh", False),  # one word by its spaces
        ("今天", 9.0, "zh", True),
    ],
)
def test_passed_over(text: str, seconds: float, language: str | None, lost: bool) -> None:
    assert checks.passed_over(text, seconds, language) is lost


@pytest.mark.parametrize(
    ("no_speech", "logprob", "silent"),
    [(0.7, -1.1, True), (0.7, -0.9, False), (0.5, -1.1, False), (None, -2.0, False), (0.9, None, False)],
)
def test_whispers_own_rule_for_silence(no_speech: float | None, logprob: float | None, silent: bool) -> None:
    segment = Segment(start=0, end=1, text="You", no_speech_prob=no_speech, avg_logprob=logprob)
    assert checks.silent(segment) is silent


def test_stock_phrases_are_whole_texts() -> None:
    assert checks.stock_phrase(" Thank you. ")
    assert checks.stock_phrase("You")
    assert not checks.stock_phrase("Thank you for the fish.")
    assert not checks.stock_phrase("")


def piece(start: float, end: float) -> Clip:
    return Clip(start=start, end=end, speech=end - start)


def test_neighbours_become_one_clip_until_it_is_long_or_the_pause_is() -> None:
    pieces = [piece(0, 5), piece(5.5, 12), piece(13, 20.5), piece(23, 24), piece(24.2, 25)]
    clips = list(joined(pieces, 20))
    assert [(clip.start, clip.end) for clip in clips] == [(0, 12), (13, 20.5), (23, 25)]
    assert clips[0].speech == pytest.approx(11.5)
    assert all(clip.seconds <= 20 for clip in clips)
    assert list(joined([], 20)) == []


def test_the_hash_of_options_follows_what_changes_the_text() -> None:
    options = SpeechOptions()
    same = {"threads": 8, "device": "cpu", "batch_size": 16, "max_seconds": 10.0, "model": "tiny.en"}
    for name, value in same.items():
        assert msgspec.structs.replace(options, **{name: value}).options_sha256 == options.options_sha256, name
    other = {"engine": "openai-whisper", "language": "de", "beam_size": 1, "compute_type": "float32"}
    hashes = {msgspec.structs.replace(options, **{name: value}).options_sha256 for name, value in other.items()}
    assert len(hashes | {options.options_sha256}) == 5


class Listener:
    """Tells the language that a table has for where a clip starts."""

    def __init__(self, table: dict[float, dict[str, float]]) -> None:
        self.table, self.asked = table, list[float]()

    def languages(self, pcm: object, clip: Clip) -> dict[str, float]:
        self.asked.append(clip.start)
        return self.table.get(clip.start, {"en": 0.9, "de": 0.1})


def test_the_language_is_asked_for_at_the_beginning_the_middle_and_the_end() -> None:
    clips = [piece(start, start + 4.0) for start in range(0, 50, 5)] + [piece(50, 50.5)]
    listener = Listener({0: {"de": 0.6, "en": 0.4}})  # a jingle or a quotation in another language
    spoken = identify(listener, np.zeros(0, np.float32), clips)  # type: ignore[arg-type]
    assert listener.asked == [0, 20, 45]
    assert spoken is not None
    assert (spoken.language, spoken.agreed, spoken.sure) == ("en", False, True)
    assert spoken.probability == pytest.approx((0.4 + 0.9 + 0.9) / 3)
    assert identify(listener, np.zeros(0, np.float32), []) is None  # type: ignore[arg-type]
    guess = Listener({0: {"en": 0.3, "fr": 0.2, "de": 0.2}})
    unsure = identify(guess, np.zeros(0, np.float32), [piece(0, 1)])  # type: ignore[arg-type]
    assert unsure is not None
    assert not unsure.sure


def test_a_folder_keeps_parts_by_key(tmp_path: object) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    store = FolderClips(tmp_path / "clips")
    assert list(store.load("a/b")) == []
    store.save("a/b", 8, b"second")
    store.save("a/b", 0, b"first")
    store.save("a/b", 8, b"again")
    store.save("a/c", 0, b"other")
    assert list(store.load("a/b")) == [b"first", b"again"]
    assert not list(tmp_path.rglob("*.half"))


@pytest.mark.parametrize(
    ("language", "multilingual", "says"),
    [
        (None, False, None),
        ("en", False, None),
        ("de", True, None),
        ("de", False, "knows English only"),
        ("xx", True, "no language 'xx'"),
        ("german", False, "no language 'german'"),
        ("EN", True, "no language 'EN'"),
    ],
)
def test_a_language_that_can_not_be_written(language: str | None, multilingual: bool, says: str | None) -> None:
    engine: Any = SimpleNamespace(multilingual=multilingual, model="tiny.en")
    if says is None:
        check_language(language, engine)
        return
    with pytest.raises(ConfigurationError, match=says):
        check_language(language, engine)
