"""The model that is asked for the language where the one that transcribes knows English only; loaded once a process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from rightful.errors import RightfulError

if TYPE_CHECKING:
    from rightful.speech.engines.base import Engine
    from rightful.speech.options import SpeechOptions

log = logging.getLogger(__name__)

_loaded: dict[str, Engine | None] = {}


def listener(options: SpeechOptions) -> Engine | None:
    """A multilingual model that hears which language is spoken; None where it can't be had (it is told once)."""
    name = options.language_model
    if name not in _loaded:
        _loaded[name] = _load(options)
    return _loaded[name]


def _load(options: SpeechOptions) -> Engine | None:
    from rightful.speech.engines.faster_whisper import FasterWhisper

    try:
        engine = FasterWhisper(msgspec.structs.replace(options, engine="faster-whisper", model=options.language_model))
    except RightfulError as error:
        log.warning("no model to identify the language with (%s); transcripts are flagged language_unverified", error)
        return None
    if engine.multilingual:
        return engine
    engine.close()
    log.warning("the language model %s knows English only; transcripts are flagged", options.language_model)
    return None
