"""Sound for tests: made of numbers, spoken by a machine, or recorded; and word error rates."""

from __future__ import annotations

import io
import json
import re
import wave
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

RATE = 16_000
RECORDINGS = Path(__file__).resolve().parents[3] / "shared/data/audio"
Float = npt.NDArray[np.float64]


def wav(samples: npt.NDArray[Any], rate: int = RATE, channels: int = 1) -> bytes:
    """16-bit WAV of samples in -1 … 1 (shape (n,) or (n, channels))."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def seconds(length: float) -> Float:
    """The times of ``length`` seconds of samples."""
    return np.arange(int(length * RATE)) / RATE


def music(length: float) -> Float:
    """Plucked tones, four a second."""
    out, generator = np.zeros(int(length * RATE)), np.random.default_rng(5)
    tone = seconds(0.25)
    for start in range(0, len(out) - len(tone), len(tone)):
        pitch = 220 * 2 ** (generator.integers(0, 24) / 12)
        out[start : start + len(tone)] = sum(
            np.exp(-6 * tone) * np.sin(2 * np.pi * pitch * part * tone) / part for part in range(1, 7)
        )
    return 0.3 * out


def laughter(length: float) -> Float:
    """Ha-ha-ha: short voiced bursts that fall in pitch, with breath in them."""
    out, generator = np.zeros(int(length * RATE)), np.random.default_rng(6)
    burst = seconds(0.12)
    for begin in np.arange(0.0, length - 3, 4.0):
        for number in range(8):
            start, pitch = int((begin + 0.22 * number) * RATE), 290 - 12 * number
            voice = sum(np.sin(2 * np.pi * pitch * part * burst) / part for part in range(1, 8))
            breath = 0.4 * generator.standard_normal(len(burst))
            out[start : start + len(burst)] += 0.25 * np.sin(np.pi * burst / 0.12) ** 2 * (voice + breath)
    return out


def noise(length: float, loud: float) -> Float:
    """White noise."""
    generator = np.random.default_rng(7)
    return loud * generator.standard_normal(int(length * RATE))


def heard(samples: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.float32]:
    """Spoken samples as Whisper takes them: 16 kHz, mono, -1 … 1."""
    from faster_whisper.audio import decode_audio

    return np.asarray(decode_audio(io.BytesIO(wav(samples / 32768, rate))), dtype=np.float32)


def words(text: str) -> list[str]:
    """Words as they are compared: lower case, without punctuation."""
    return re.findall(r"[\w']+", text.lower())


def errors(expected: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of words to change, add or leave out (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for place, word in enumerate(expected, 1):
        new = [place]
        for other, guess in enumerate(heard, 1):
            new.append(min(row[other] + 1, new[-1] + 1, row[other - 1] + (word != guess)))
        row = new
    return row[-1]


@cache
def manifest() -> list[dict[str, Any]]:
    """What is known of the real recordings; empty where they are absent."""
    file = RECORDINGS / "manifest.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else []
