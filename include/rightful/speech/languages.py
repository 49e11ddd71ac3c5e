"""Which languages a recording may be said to be in, and the model that is asked where the one that transcribes knows
English only; loaded once a process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from rightful.errors import ConfigurationError, RightfulError

if TYPE_CHECKING:
    from rightful.speech.engines.base import Engine
    from rightful.speech.options import SpeechOptions

log = logging.getLogger(__name__)

_CODES = """
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is
    it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl
    sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh
"""

LANGUAGES = frozenset(_CODES.split())
"""What Whisper's tokeniser knows: ISO 639-1, and three that have no such code."""


def check_language(language: str | None, engine: Engine) -> None:
    """Raises :class:`~rightful.errors.ConfigurationError` for a language that ``engine`` can't write: an English-only
    model makes fluent nonsense of any other. None is a language that is identified later."""
    if language is None:
        return
    if language not in LANGUAGES:
        raise ConfigurationError(
            f"Whisper knows no language {language[:20]!r}",
            remedy="give an ISO 639-1 code, such as en or de, or leave it out",
        )
    if language != "en" and not engine.multilingual:
        raise ConfigurationError(
            f"the language is {language}, and the model {engine.model} knows English only",
            remedy="take a multilingual model (`speech.model`, --model), such as base",
        )


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
