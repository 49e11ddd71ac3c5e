"""The reference engine: OpenAI's own Whisper on torch. Slower than faster-whisper; it brings torch, about 1 GB.

It gets sound as samples, so no ffmpeg is needed. It hears a batch of clips at a time, each padded to Whisper's 30 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from rightful.errors import ConfigurationError
from rightful.model import Segment
from rightful.speech.clips import Clip
from rightful.speech.engines.base import Samples
from rightful.speech.options import RATE, SpeechOptions
from rightful.speech.weights import find, model_sha256

WINDOW_SECONDS: Final = 30
"""What Whisper hears at once; a longer clip would be cut."""
CLIP_SECONDS: Final = 28.0
"""Its cost is by clip, whatever the length, for each is padded to the window: long clips are cheap ones."""
WARMER: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Temperatures that are tried while the text repeats itself or is improbable, Whisper's own."""


class OpenAIWhisper:
    """openai-whisper with a loaded model: a folder in CTranslate2's form, or a checkpoint file of its own."""

    name = "openai-whisper"

    def __init__(self, options: SpeechOptions) -> None:
        """Raises :class:`ConfigurationError` when torch or openai-whisper is missing, or the weights are none."""
        try:
            import torch
            import whisper
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"openai-whisper is not installed here ({error})", remedy="docs/speech.md, Installing, says how"
            ) from error
        self._options = options
        self._device = _device(options.device, cuda=torch.cuda.is_available())
        self._half = _half(options.compute_type, self._device)
        weights = find(options.model, self.name)
        self.version: str = whisper.__version__
        self.model, self.model_sha256 = options.model, model_sha256(weights)
        torch.set_num_threads(options.threads)
        dims, state = _checkpoint(weights) if weights.is_file() else _converted(weights / "model.bin")
        try:
            net = whisper.Whisper(whisper.ModelDimensions(**dims))
            net.load_state_dict(state)
        except (RuntimeError, TypeError, ValueError, ZeroDivisionError) as error:  # its words for what doesn't fit
            raise ConfigurationError(
                f"{weights} holds no Whisper model: {str(error)[:300]}", remedy="name another model"
            ) from error
        self._net: Any = net.to(self._device).eval()
        self.multilingual: bool = self._net.is_multilingual
        self.clip_seconds = min(options.clip_seconds or CLIP_SECONDS, CLIP_SECONDS)

    def hear(self, pcm: Samples, clips: Sequence[Clip], language: str | None) -> list[Segment]:
        """What is said in each clip, in batches. A clip longer than 30 s is a :class:`ValueError`: it would be cut."""
        import whisper

        beams = self._options.beam_size or 1  # greedy
        chosen = whisper.DecodingOptions(
            language=self._language(language),
            beam_size=beams if beams > 1 else None,
            without_timestamps=True,
            fp16=self._half,
        )
        found: list[Segment] = []
        step = self._options.batch_size if beams == 1 else 1  # Whisper's beam search takes one clip at a time
        for first in range(0, len(clips), step):
            batch = clips[first : first + step]
            found += map(_segment, batch, whisper.decode(self._net, self._mels(pcm, batch), chosen))
        return found

    def hear_again(self, pcm: Samples, clip: Clip, language: str | None) -> list[Segment]:
        """What is said in one clip, by Whisper's own sliding window and its ladder of temperatures."""
        import torch

        devices = [torch.cuda.current_device()] if self._device == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(0)  # the same sound has the same transcript
            heard = self._net.transcribe(
                np.array(_cut(pcm, clip)),
                language=self._language(language),
                temperature=WARMER,
                condition_on_previous_text=False,
                fp16=self._half,
            )
        return [
            Segment(
                start=min(clip.start + float(piece["start"]), clip.end),
                end=min(clip.start + float(piece["end"]), clip.end),
                text=piece["text"].strip(),
                avg_logprob=_number(piece["avg_logprob"]),
                no_speech_prob=_number(piece["no_speech_prob"]),
                compression_ratio=_number(piece["compression_ratio"]),
                language=heard["language"],
            )
            for piece in heard["segments"]
            if piece["text"].strip()
        ]

    def languages(self, pcm: Samples, clip: Clip) -> dict[str, float]:
        """The probability of each language in the first 30 s of a clip."""
        if not self.multilingual:
            return {"en": 1.0}
        start = Clip(start=clip.start, end=min(clip.end, clip.start + WINDOW_SECONDS), speech=clip.speech)
        _, [found] = self._net.detect_language(self._mels(pcm, [start]))
        return {language: float(probability) for language, probability in found.items()}

    def close(self) -> None:
        """Free the model's memory."""
        import torch

        self._net = None
        if self._device == "cuda":
            torch.cuda.empty_cache()

    def _language(self, wanted: str | None) -> str | None:
        return wanted if self.multilingual else "en"

    def _mels(self, pcm: Samples, clips: Sequence[Clip]) -> Any:
        """Spectrograms of clips, each padded to 30 s: ``[clips, mels, 3000]``."""
        import torch
        import whisper

        window, found = WINDOW_SECONDS * RATE, []
        for clip in clips:
            sound = _cut(pcm, clip)
            if len(sound) > window:
                raise ValueError(f"a clip of {len(sound) / RATE:.1f} s, Whisper hears {WINDOW_SECONDS} s at once")
            samples = torch.from_numpy(np.array(sound)).to(self._device)  # a copy: the sound may be a read-only map
            # One by one: the loudest point of all that goes in sets the floor, and a clip must not depend on others.
            found.append(whisper.log_mel_spectrogram(samples, self._net.dims.n_mels, padding=window - len(sound)))
        return torch.stack(found)


def _cut(pcm: Samples, clip: Clip) -> Samples:
    return pcm[round(clip.start * RATE) : round(clip.end * RATE)]


def _segment(clip: Clip, heard: Any) -> Segment:
    return Segment(
        start=clip.start,
        end=clip.end,
        text=heard.text.strip(),
        avg_logprob=_number(heard.avg_logprob),
        no_speech_prob=_number(heard.no_speech_prob),
        compression_ratio=_number(heard.compression_ratio),
        language=heard.language,
    )


def _number(value: float) -> float | None:
    """None for what is not a number, such as the probability of silence of a model without a token for it."""
    return float(value) if math.isfinite(value) else None


def _device(wish: str, *, cuda: bool) -> str:
    if wish == "cuda" and not cuda:
        raise ConfigurationError("no CUDA device can be used by torch here", remedy="device: cpu, or torch with CUDA")
    return "cuda" if cuda and wish != "cpu" else "cpu"


def _half(compute_type: str | None, device: str) -> bool:
    """Whether to compute in float16. torch computes the rest in float32; int8 is faster-whisper's."""
    known = {"cpu": ("float32",), "cuda": ("float16", "float32")}[device]
    if compute_type in (None, "auto", "default"):
        return device == "cuda"
    if compute_type not in known:
        raise ConfigurationError(
            f"openai-whisper can't compute in {compute_type} on {device}", remedy=f"compute_type: {' or '.join(known)}"
        )
    return compute_type == "float16"


def _checkpoint(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    """A checkpoint file. Only tensors are read: a file of strangers may hold code, which is refused."""
    import pickle

    import torch

    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        return dict(held["dims"]), dict(held["model_state_dict"])
    except (pickle.UnpicklingError, RuntimeError, KeyError, TypeError, ValueError, EOFError) as error:
        raise ConfigurationError(
            f"{path} is no checkpoint of openai-whisper: {str(error)[:200]}", remedy="name another file or model"
        ) from error


def _converted(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    import torch

    from rightful.speech import ct2

    dims, state = ct2.to_openai(ct2.read(path))
    return dims, {name: torch.from_numpy(tensor) for name, tensor in state.items()}


__all__ = ["OpenAIWhisper"]
