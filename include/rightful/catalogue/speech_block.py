"""``speech:`` of a source of kind ``podcast`` or ``video``: which engine and model, and how much sound at most."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rightful.catalogue.block import Block


class SpeechBlock(Block):
    """How sound becomes text."""

    engine: Literal["faster-whisper", "openai-whisper"] = "faster-whisper"
    model: str | None = Field(
        None, min_length=1, description="name or local folder of the weights; default: RIGHTFUL_SPEECH_MODEL"
    )
    language: str | None = Field(None, pattern="^[a-z]{2,3}$", description="ISO 639-1; default: identified")
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str | None = Field(None, description="e.g. int8, float16; default: int8 on a CPU, float16 on CUDA")
    batch_size: int = Field(4, ge=1, le=256, description="clips that the model hears at once")
    keep_audio: bool = Field(True, description="false: the recording is deleted once its transcript is written")
    target_audio_minutes: float = Field(
        30, gt=0, le=6000, allow_inf_nan=False, description="a shard holds about so much sound; 300 for a GPU"
    )
    assumed_minutes: float = Field(
        30, gt=0, le=600, allow_inf_nan=False, description="length of a recording whose publisher does not tell it"
    )
    max_seconds: float = Field(
        8 * 3600, gt=0, le=7 * 86_400, allow_inf_nan=False, description="longest recording that is transcribed"
    )
    max_bytes: int = Field(4 * 2**30, ge=1024, description="largest file that is downloaded")


__all__ = ["SpeechBlock"]
