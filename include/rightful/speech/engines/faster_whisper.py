"""The default engine: faster-whisper, Whisper on CTranslate2. Small, and three times cheaper than the reference.

Of its two ways, the batched one is quick and checks nothing; the sequential one is for the few clips that fail a check.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rightful.errors import ConfigurationError
from rightful.model import Segment
from rightful.speech.checks import compression_ratio
from rightful.speech.clips import Clip
from rightful.speech.options import RATE, SpeechOptions
from rightful.speech.weights import find, model_sha256

if TYPE_CHECKING:
    from rightful.speech.engines.base import Samples

SMALL_CLIP, CLIP = 24.0, 28.0
"""Seconds: the tiny models lose words in longer clips, larger ones don't (their limit is Whisper's window, 30 s)."""
SMALL_BYTES = 100 * 2**20
"""The tiny models in half precision have 75 MB, the next larger ones 145 MB."""
BEAM, RETRY_BEAM = 2, 5
WINDOW_SECONDS = 30.0
"""What Whisper hears at once."""


class FasterWhisper:
    """A model of CTranslate2's, loaded. See :class:`rightful.speech.engines.base.Engine`."""

    name = "faster-whisper"

    def __init__(self, options: SpeechOptions) -> None:
        try:
            import ctranslate2
            from faster_whisper import BatchedInferencePipeline, WhisperModel
        except ImportError:
            raise ConfigurationError(
                "the speech engine faster-whisper is not installed", remedy="pip install 'rightful[speech]'"
            ) from None
        path = find(options.model, "faster-whisper")
        device = options.device
        if device == "auto":
            device = "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"
        kind = options.compute_type or ("float16" if device == "cuda" else "int8")
        try:
            self._model = WhisperModel(
                str(path), device=device, compute_type=kind, cpu_threads=options.threads, local_files_only=True
            )
        except (RuntimeError, ValueError) as error:
            raise ConfigurationError(
                f"the speech model {options.model} can't be loaded on {device} as {kind}: {error}",
                remedy="look at `speech:` in the source file (model, device, compute_type)",
            ) from None
        self._batched = BatchedInferencePipeline(self._model)
        self._options = options
        self.version = version("faster-whisper")
        self.model = options.model
        self.model_sha256 = model_sha256(path)
        self.multilingual = bool(self._model.model.is_multilingual)
        self.clip_seconds = _longest_clip(options, path)

    def hear(self, pcm: Samples, clips: Sequence[Clip], language: str | None) -> list[Segment]:
        """See the protocol."""
        if not clips:
            return []
        # Each clip is filled up to Whisper's window with silence: left to itself, the batched way fills up with zeros
        # behind the logarithm, which is no silence but a hiss that the model was never trained on.
        window = int(WINDOW_SECONDS * RATE)
        sound = np.zeros(len(clips) * window, dtype=np.float32)
        for place, clip in enumerate(clips):
            part = pcm[int(clip.start * RATE) : int(clip.end * RATE)][:window]
            sound[place * window : place * window + len(part)] = part
        found, _ = self._batched.transcribe(
            sound,
            language=language or ("en" if not self.multilingual else None),
            beam_size=self._options.beam_size or BEAM,
            temperature=[0.0],
            without_timestamps=True,
            vad_filter=False,
            clip_timestamps=[
                {"start": place * WINDOW_SECONDS, "end": (place + 1) * WINDOW_SECONDS} for place in range(len(clips))
            ],
            batch_size=self._options.batch_size,
        )
        heard: list[list[Any]] = [[] for _ in clips]
        for segment in found:  # a clip without any word gives none
            heard[min(int((segment.start + 0.01) // WINDOW_SECONDS), len(clips) - 1)].append(segment)
        return [_one(clip, parts, language) for clip, parts in zip(clips, heard, strict=True)]

    def hear_again(self, pcm: Samples, clip: Clip, language: str | None) -> list[Segment]:
        """See the protocol."""
        part = pcm[int(clip.start * RATE) : int(clip.end * RATE)]
        found, _ = self._model.transcribe(
            part,
            language=language or ("en" if not self.multilingual else None),
            beam_size=RETRY_BEAM,
            condition_on_previous_text=False,
            vad_filter=False,
        )
        return [
            Segment(
                start=clip.start + segment.start,
                end=min(clip.start + segment.end, clip.end),
                text=segment.text.strip(),
                avg_logprob=segment.avg_logprob,
                no_speech_prob=segment.no_speech_prob,
                compression_ratio=segment.compression_ratio,
                language=language,
            )
            for segment in found
            if segment.text.strip()
        ]

    def languages(self, pcm: Samples, clip: Clip) -> dict[str, float]:
        """See the protocol."""
        if not self.multilingual:
            return {"en": 1.0}
        part = pcm[int(clip.start * RATE) : int(clip.end * RATE)]
        _, _, every = self._model.detect_language(audio=part)
        return dict(every)

    def close(self) -> None:
        """See the protocol."""
        self._model.model.unload_model()


def _longest_clip(options: SpeechOptions, path: Path) -> float:
    if options.clip_seconds is not None:
        return min(options.clip_seconds, CLIP)
    small = "tiny" in options.model.lower() or (path / "model.bin").stat().st_size < SMALL_BYTES
    return SMALL_CLIP if small else CLIP


def _one(clip: Clip, heard: Sequence[Any], language: str | None) -> Segment:
    """What was heard in a clip, as one segment."""
    text = " ".join(part.text.strip() for part in heard if part.text.strip())
    return Segment(
        start=clip.start,
        end=clip.end,
        text=text,
        avg_logprob=min((part.avg_logprob for part in heard), default=None),
        no_speech_prob=max((part.no_speech_prob for part in heard), default=None),
        compression_ratio=compression_ratio(text) if text else None,
        language=language,
    )
