"""Where somebody speaks: pieces of sound that are short enough to be heard at once, on the recording's own timeline.

Silero's detector (in the faster-whisper package) finds speech; neighbours are joined as long as a clip stays short
enough. Cutting at silences is what keeps Whisper from losing words at the edges of its 30 s window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rightful.model import Struct
from rightful.speech.options import RATE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SILENCE_MS = 300
"""A pause of this length ends a piece of speech."""
PADDING_MS = 200
"""Kept before and after each piece."""
LEAST_SECONDS = 0.25
"""Shorter sounds are clicks."""
GAP_SECONDS = 2.0
"""Over a longer pause two pieces are not joined: Whisper fills long silences with words of its own."""


class Clip(Struct, frozen=True, kw_only=True):
    """``[start, end)`` in seconds; ``speech`` is how much of it is speech."""

    start: float
    end: float
    speech: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


def speech_in(pcm: npt.NDArray[np.float32], most_seconds: float) -> list[Clip]:
    """Pieces of speech, none longer than ``most_seconds``, in order and apart."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        max_speech_duration_s=most_seconds - 2 * PADDING_MS / 1000,
        min_silence_duration_ms=SILENCE_MS,
        speech_pad_ms=PADDING_MS,
        min_speech_duration_ms=int(LEAST_SECONDS * 1000),
    )
    found = get_speech_timestamps(pcm, options)
    return [
        Clip(start=piece["start"] / RATE, end=piece["end"] / RATE, speech=(piece["end"] - piece["start"]) / RATE)
        for piece in found
    ]


def joined(pieces: Iterable[Clip], most_seconds: float) -> Iterator[Clip]:
    """Neighbouring pieces joined into clips of at most ``most_seconds``, pauses included."""
    current: Clip | None = None
    for piece in pieces:
        if current is None:
            current = piece
        elif piece.end - current.start <= most_seconds and piece.start - current.end <= GAP_SECONDS:
            current = Clip(start=current.start, end=piece.end, speech=current.speech + piece.speech)
        else:
            yield current
            current = piece
    if current is not None:
        yield current
