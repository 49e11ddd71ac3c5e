"""The default engine: faster-whisper, Whisper on CTranslate2. Small, and three times cheaper than the reference.

Clips are heard in batches by CTranslate2 itself, with no more frames than they need, and nothing is checked in it;
faster-whisper's own sequential way is for the few clips that fail a check.
"""

from __future__ import annotations

import math
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
    import numpy.typing as npt
    from faster_whisper.tokenizer import Tokenizer

    from rightful.speech.engines.base import Samples

SMALL_CLIP, CLIP = 24.0, 28.0
"""Seconds: the tiny models lose words in longer clips, larger ones don't (their limit is Whisper's window, 30 s)."""
SMALL_BYTES = 100 * 2**20
"""The tiny models in half precision have 75 MB, the next larger ones 145 MB."""
BEAM, RETRY_BEAM = 2, 5
WINDOW_SECONDS, FRAMES_A_SECOND = 30.0, 100
"""What Whisper hears at once."""
TAIL_SECONDS, LEAST_SECONDS = 3.0, 10.0
"""Silence behind the longest clip of a batch, and the shortest window: with less, words at the end are lost."""


class FasterWhisper:
    """A model of CTranslate2's, loaded. See :class:`rightful.speech.engines.base.Engine`."""

    name = "faster-whisper"

    def __init__(self, options: SpeechOptions) -> None:
        try:
            import ctranslate2
            import onnxruntime  # noqa: F401  # finds speech, and is missed only once there is a file
            from faster_whisper import WhisperModel
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
        self._options = options
        self.version = version("faster-whisper")
        self.model = options.model
        self.model_sha256 = model_sha256(path)
        self.multilingual = bool(self._model.model.is_multilingual)
        self.clip_seconds = _longest_clip(options, path)

    def hear(self, pcm: Samples, clips: Sequence[Clip], language: str | None) -> list[Segment]:
        """See the protocol. A clip longer than 30 s is a :class:`ValueError`: it would be cut."""
        if any(clip.seconds > WINDOW_SECONDS for clip in clips):
            raise ValueError(f"Whisper hears 30 s at once: {max(clip.seconds for clip in clips):.1f} s in a clip")
        if language is None and clips and self.multilingual:
            shares = self.languages(pcm, max(clips, key=lambda clip: clip.seconds))
            language = max(shares, key=shares.__getitem__)
        heard: list[Segment | None] = [None] * len(clips)
        # Clips of like length share a batch: each is as dear as the longest one.
        by_length = sorted(range(len(clips)), key=lambda place: -clips[place].seconds)
        for first in range(0, len(clips), self._options.batch_size):
            places = by_length[first : first + self._options.batch_size]
            batch = [clips[place] for place in places]
            for place, segment in zip(places, self._heard_together(pcm, batch, language), strict=True):
                heard[place] = segment
        return [segment for segment in heard if segment is not None]

    def _heard_together(self, pcm: Samples, clips: Sequence[Clip], language: str | None) -> list[Segment]:
        """Clips in one call of the model, without timestamps: with them, words get lost."""
        from ctranslate2 import StorageView

        tokenizer = self._tokenizer(language)
        found = self._model.model.generate(
            StorageView.from_array(self._features(pcm, clips)),
            [self._model.get_prompt(tokenizer, previous_tokens=[], without_timestamps=True)] * len(clips),
            beam_size=self._options.beam_size or BEAM,
            max_length=self._model.max_length,
            suppress_tokens=[*tokenizer.non_speech_tokens, *_never(tokenizer)],
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [_segment(clip, one, tokenizer, language) for clip, one in zip(clips, found, strict=True)]

    def _tokenizer(self, language: str | None) -> Tokenizer:
        from faster_whisper.tokenizer import Tokenizer

        return Tokenizer(self._model.hf_tokenizer, self.multilingual, task="transcribe", language=language or "en")

    def _features(self, pcm: Samples, clips: Sequence[Clip]) -> npt.NDArray[np.float32]:
        """Log-mel features, ``[clips, bands, frames]``: as many frames as the longest clip needs, not Whisper's 30 s.

        The encoder is most of the cost, and its cost is that of the frames. Clips are filled up with real silence:
        zeros behind the logarithm are no silence but a hiss that the model was never trained on.
        """
        longest = max(clip.seconds for clip in clips) + TAIL_SECONDS
        seconds = math.ceil(min(WINDOW_SECONDS, max(LEAST_SECONDS, longest)))
        sound = np.zeros((len(clips), seconds * RATE), dtype=np.float32)
        for row, clip in zip(sound, clips, strict=True):
            part = pcm[int(clip.start * RATE) : int(clip.end * RATE)][: len(row)]  # rounding may give a sample too many
            row[: len(part)] = part
        extract = self._model.feature_extractor
        return np.stack([extract(row, padding=0)[:, : seconds * FRAMES_A_SECOND] for row in sound]).astype(np.float32)

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


def _never(tokenizer: Tokenizer) -> list[int]:
    """Tokens that are no text: Whisper's own marks."""
    t = tokenizer
    return [t.transcribe, t.translate, t.sot, t.sot_prev, t.sot_lm, t.no_speech]


def _segment(clip: Clip, heard: Any, tokenizer: Tokenizer, language: str | None) -> Segment:
    """What was heard in a clip (a ``WhisperGenerationResult``), as one segment."""
    tokens = heard.sequences_ids[0]
    text = tokenizer.decode(tokens).strip()
    return Segment(
        start=clip.start,
        end=clip.end,
        text=text,
        # The score is the mean over the tokens of the text; Whisper's own measure counts the end's token, too.
        avg_logprob=heard.scores[0] * len(tokens) / (len(tokens) + 1),
        no_speech_prob=heard.no_speech_prob,
        compression_ratio=compression_ratio(text) if text else None,
        language=language,
    )
