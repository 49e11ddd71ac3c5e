"""How a recording is to be heard, what came of it, and what may be wrong with it."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from rightful.errors import RightfulError
from rightful.model import Segment, Struct

RATE = 16_000
"""Samples a second of all sound in here: mono, what Whisper hears."""

EngineName = Literal["faster-whisper", "openai-whisper"]


class SpeechOptions(Struct, frozen=True, kw_only=True):
    """How a recording becomes text.

    ``model`` is a name or a local folder or file; ``language`` an ISO 639-1 code, identified from the sound when None.
    ``max_seconds`` is the longest recording that is heard. ``beam_size`` 1 is greedy, None the engine's default: 2
    with faster-whisper, greedy with openai-whisper. ``language_model`` is asked for the language before an English-only
    model hears anything.
    """

    engine: EngineName = "faster-whisper"
    model: str = "base"
    language: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str | None = None
    beam_size: int | None = None
    batch_size: int = 4
    threads: int = 1
    max_seconds: float = 8 * 3600.0
    clip_seconds: float | None = None
    language_model: str = "base"

    @property
    def options_sha256(self) -> str:
        """Hash of what may change the text. Weights have a hash of their own; devices, threads and caps don't count."""
        told = {
            "revision": REVISION,
            "engine": self.engine,
            "language": self.language,
            "beam_size": self.beam_size,
            "compute_type": self.compute_type,
            "clip_seconds": self.clip_seconds,
            "language_model": self.language_model,
        }
        return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


REVISION = 1
"""Of the rules in here that make text of sound (clips, guards, what is dropped). Raise it when they change."""


class SpeechProgress(Struct, frozen=True, kw_only=True):
    """How far the hearing of one recording is, in seconds of sound; ``resumed`` of them an earlier attempt heard."""

    done_seconds: float
    total_seconds: float
    resumed_seconds: float = 0.0


class Transcript(Struct, frozen=True, kw_only=True):
    """What was heard. ``flags`` name what a reader should know, with a count where there is one: ``repetition:2``."""

    text: str
    segments: tuple[Segment, ...]
    language: str | None
    language_probability: float | None
    seconds: float
    speech_seconds: float
    pcm_sha256: str
    engine: str
    engine_version: str
    model: str
    model_sha256: str
    options_sha256: str
    flags: tuple[str, ...] = ()


class MediaError(RightfulError):
    """A recording can't be transcribed, and trying again would not help.

    ``reason`` is what its ledger row says: malformed, truncated, too_large, empty, timeout, or language.
    """

    reason: str = "malformed"


def media_error(what: str, reason: str, **where: str) -> MediaError:
    """A :class:`MediaError` with its reason."""
    error = MediaError(what, **where)
    error.reason = reason
    return error
