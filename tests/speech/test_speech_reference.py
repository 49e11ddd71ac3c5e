"""The reference engine, openai-whisper, really run: on faster-whisper's very weights, with the same text.

Skipped where torch or openai-whisper is not installed, unless SPEECH_OPENAI=1 says that they must be.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from demo.podcast import SCRIPTS
from demo.voice import mp3
from rightful.errors import ConfigurationError
from rightful.speech import Engine, SpeechOptions, load_engine, transcribe_file
from rightful.speech.clips import Clip
from rightful.speech.engines.base import Samples

RECORDINGS = Path(__file__).resolve().parents[3] / "shared/data/audio"
MISSING = [name for name in ("torch", "whisper") if importlib.util.find_spec(name) is None]
GERMAN = "Guten Abend, meine Damen und Herren. Heute sprechen wir über das Wetter in den Bergen und über den Hafen."

if MISSING and os.environ.get("SPEECH_OPENAI") != "1":
    pytest.skip(f"{' and '.join(MISSING)} not installed: SPEECH_OPENAI=1 make test", allow_module_level=True)


@cache
def sound(script: int | str) -> Samples:
    """A script of the demo, or some German, spoken by a machine: 16 kHz, mono."""
    return decoded(mp3(SCRIPTS[script])[0] if isinstance(script, int) else mp3(script, "de")[0])


def decoded(media: bytes | Path) -> Samples:
    from faster_whisper.audio import decode_audio

    return decode_audio(io.BytesIO(media) if isinstance(media, bytes) else str(media))


def whole(pcm: Samples) -> list[Clip]:
    """Clips of 14 s, one after the other: no detector of speech has a say here."""
    ends = [min(start + 14.0, len(pcm) / 16_000) for start in np.arange(0, len(pcm) / 16_000, 14.0)]
    return [Clip(start=14.0 * number, end=end, speech=end - 14.0 * number) for number, end in enumerate(ends)]


@pytest.fixture(scope="module", params=["tiny.en", "base"])
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def reference(model: str) -> Iterator[Engine]:
    engine = load_engine(SpeechOptions(engine="openai-whisper", model=model, device="cpu"))
    yield engine
    engine.close()


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def test_both_engines_write_the_same_text(model: str, reference: Engine) -> None:
    """In float32, greedy, each by its own sliding window: so the converted tensors are all in their places.

    (Their batched ways differ in a detail: faster-whisper pads a clip with the middle of the scale, not with silence.)
    """
    other = load_engine(SpeechOptions(model=model, device="cpu", compute_type="float32"))
    sounds = [(sound(0), "en"), (sound(2), "en")]
    if RECORDINGS.is_dir():
        told = json.loads((RECORDINGS / "manifest.json").read_text())
        short = [entry for entry in told if entry["language"] == "en" and entry["seconds"] < 12]
        sounds += [(decoded(RECORDINGS / entry["file"]), "en") for entry in short[::3]]
    for pcm, language in sounds:
        chosen = {"language": language, "temperature": 0.0, "condition_on_previous_text": False}
        one = reference._net.transcribe(pcm, fp16=False, **chosen)  # type: ignore[attr-defined]
        two, _ = other._model.transcribe(pcm, beam_size=1, **chosen)  # type: ignore[attr-defined]
        assert one["text"].strip()
        assert one["text"].strip() == "".join(segment.text for segment in two).strip()
    assert reference.model_sha256 == other.model_sha256
    assert reference.multilingual == other.multilingual == (not model.endswith(".en"))
    other.close()


def test_a_recording_becomes_its_words(tmp_path: Path, reference: Engine) -> None:
    file = tmp_path / "episode.mp3"
    file.write_bytes(mp3(SCRIPTS[2])[0])
    transcript = transcribe_file(file, SpeechOptions(engine="openai-whisper", model=reference.model), reference)
    wanted, heard = words(SCRIPTS[2]), words(transcript.text)
    assert sum(word in heard for word in wanted) > 0.85 * len(wanted), transcript.text
    assert (transcript.engine, transcript.language) == ("openai-whisper", "en")
    assert re.fullmatch("[0-9a-f]{64}", transcript.model_sha256)


def test_a_clip_does_not_depend_on_its_neighbours(reference: Engine) -> None:
    """A quiet clip beside a loud one, and by itself."""
    pcm = np.concatenate([sound(0)[: 8 * 16_000] * 0.02, sound(1)[: 8 * 16_000]])
    clips = [Clip(start=0, end=8, speech=8), Clip(start=8, end=16, speech=8)]
    together = reference.hear(pcm, clips, "en")
    assert [segment.text for segment in together] == [reference.hear(pcm, [clip], "en")[0].text for clip in clips]
    assert reference.hear(pcm, [], "en") == []


def test_heard_again_on_the_recordings_own_timeline(reference: Engine) -> None:
    pcm = np.concatenate([np.zeros(16_000 * 5, np.float32), sound(0)])
    clip = Clip(start=5, end=len(pcm) / 16_000, speech=15)
    found = reference.hear_again(pcm, clip, "en")
    assert reference.hear_again(pcm, clip, "en") == found
    assert all(clip.start <= segment.start < segment.end <= clip.end for segment in found)
    text = words(" ".join(segment.text for segment in found))
    assert sum(word in text for word in words(SCRIPTS[0])) > 0.85 * len(words(SCRIPTS[0]))


def test_languages(model: str, reference: Engine) -> None:
    pcm = sound(GERMAN)
    found = reference.languages(pcm, Clip(start=0, end=len(pcm) / 16_000, speech=5))
    if model.endswith(".en"):
        assert found == {"en": 1.0}
    else:
        assert max(found, key=lambda language: found[language]) == "de"
        assert sum(found.values()) == pytest.approx(1, abs=0.01)


def test_a_clip_that_would_be_cut_is_refused(reference: Engine) -> None:
    with pytest.raises(ValueError, match="hears 30 s at once"):
        reference.hear(np.zeros(40 * 16_000, np.float32), [Clip(start=0, end=31, speech=31)], "en")


def load(model: str, **options: str) -> Engine:
    return load_engine(SpeechOptions(engine="openai-whisper", model=model, device="cpu", **options))  # type: ignore[arg-type]


def test_a_checkpoint_file(tmp_path: Path) -> None:
    """openai-whisper's own form: the same text. One that isn't whole, or of another shape, is refused."""
    import torch

    from rightful.speech import ct2
    from rightful.speech.weights import find

    dims, state = ct2.to_openai(ct2.read(find("tiny.en", "openai-whisper") / "model.bin"))
    tensors = {name: torch.from_numpy(value) for name, value in state.items()}
    good = tmp_path / "good.pt"
    torch.save({"dims": dims, "model_state_dict": tensors}, good)
    pcm = sound(1)
    own, converted = load(str(good)), load("tiny.en")
    assert own.hear(pcm, whole(pcm), None) == converted.hear(pcm, whole(pcm), None)
    assert own.model_sha256 != converted.model_sha256

    for name, content in {
        "shape": {"dims": {**dims, "n_text_layer": 3}, "model_state_dict": tensors},
        "field": {"dims": {**dims, "colour": 3}, "model_state_dict": tensors},
        "none": {"state": tensors},
        "list": [1, 2],
    }.items():
        torch.save(content, tmp_path / f"{name}.pt")
        with pytest.raises(ConfigurationError, match=f"{name}.pt"):
            load(str(tmp_path / f"{name}.pt"))
    (tmp_path / "cut.pt").write_bytes(good.read_bytes()[:1_000_000])
    (tmp_path / "empty.pt").write_bytes(b"")
    for name in ("cut", "empty"):
        with pytest.raises(ConfigurationError, match=f"{name}.pt"):
            load(str(tmp_path / f"{name}.pt"))


class Bomb:
    """What a stranger might put into a checkpoint: code that runs when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.mark,))


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    import torch

    torch.save({"dims": Bomb(tmp_path / "ran"), "model_state_dict": {}}, tmp_path / "bomb.pt")
    with pytest.raises(ConfigurationError, match=r"bomb.pt"):
        load(str(tmp_path / "bomb.pt"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", ["int8", "float16", "no-such"])
def test_what_torch_can_not_compute_in_on_a_cpu(kind: str) -> None:
    with pytest.raises(ConfigurationError, match="can't compute in"):
        load("tiny.en", compute_type=kind)
