"""The one shape of every speech engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from rightful.errors import ConfigurationError
from rightful.model import Segment
from rightful.speech.clips import Clip

if TYPE_CHECKING:
    from rightful.speech.options import SpeechOptions

Samples = npt.NDArray[np.float32]
"""Mono sound, shape (n,), 16 kHz, in -1 … 1."""


class Engine(Protocol):
    """A loaded model. Times are seconds from the first sample that it is given."""

    name: str
    version: str
    model: str
    model_sha256: str
    multilingual: bool
    clip_seconds: float
    """The longest clip that it hears well at once."""

    def hear(self, pcm: Samples, clips: Sequence[Clip], language: str | None) -> list[Segment]:
        """What is said in each clip: one segment a clip, in order, with the clip's times; its text may be empty.

        The fast way: clips are heard in batches, and none is tried again.
        """
        ...

    def hear_again(self, pcm: Samples, clip: Clip, language: str | None) -> list[Segment]:
        """What is said in one clip, heard slowly: by a sliding window, and warmer where Whisper's own checks fail."""
        ...

    def languages(self, pcm: Samples, clip: Clip) -> dict[str, float]:
        """The probability of each language in the first 30 s of a clip. An English-only model knows no other."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


def load_engine(options: SpeechOptions) -> Engine:
    """The engine that ``options`` name, with its model in memory.

    Raises :class:`~rightful.errors.ConfigurationError` when the engine is not installed or the model can't be had.
    """
    if options.engine == "faster-whisper":
        from rightful.speech.engines.faster_whisper import FasterWhisper

        return FasterWhisper(options)
    if options.engine == "openai-whisper":
        from rightful.speech.engines.openai_whisper import OpenAIWhisper

        return OpenAIWhisper(options)
    raise ConfigurationError(f"no speech engine {options.engine!r}", remedy="faster-whisper or openai-whisper")
