"""Readable texts out of a number: cheap enough that a server making them is never what a benchmark measures.

Paragraphs are composed once and kept ready as bytes that can stand inside a JSON string; a record picks some of them.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Literal

import msgspec

from demo.languages import LANGUAGES, Language

Markup = Literal["plain", "html", "wiki"]

PARAGRAPHS = 256
"""Ready paragraphs per language and markup. A power of two: eight bits of a number choose one."""

SENTENCES = 3
_MASK = (1 << 64) - 1


def mix(number: int) -> int:
    """A 64-bit number that looks random, the same for the same ``number`` (SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


def escape(text: str) -> bytes:
    """``text`` as it stands inside a JSON string, in UTF-8, without the quotes."""
    return msgspec.json.encode(text)[1:-1]


@lru_cache(maxsize=64)
def paragraphs(code: str, markup: Markup) -> tuple[bytes, ...]:
    """The ready paragraphs of a language, escaped for JSON."""
    language = LANGUAGES[code]
    chance = Random(f"paragraphs of {code}")  # noqa: S311  # the same for every markup
    return tuple(escape(_paragraph(language, markup, chance)) for _ in range(PARAGRAPHS))


def _paragraph(language: Language, markup: Markup, chance: Random) -> str:
    sentences = []
    for _ in range(SENTENCES):
        subject, action, place, time = (
            chance.choice(part) for part in (language.subjects, language.actions, language.places, language.times)
        )
        if markup == "html":
            place = f"<em>{place}</em>"
        elif markup == "wiki":
            subject, place = f"'''{subject}'''", f"[[{place}]]"
        sentence = language.sentence.format(s=subject, v=action, p=place, t=time)
        if markup == "wiki":
            sentence += "<ref>{{cite|page=1}}</ref>"
        sentences.append(sentence)
    text = language.gap.join(sentences)
    return f"<p>{text}</p>" if markup == "html" else text


def body(code: str, markup: Markup, chosen: int, count: int = 4) -> bytes:
    """``count`` (at most 8) paragraphs chosen by the bits of ``chosen``, escaped for JSON."""
    ready = paragraphs(code, markup)
    between = b"" if markup == "html" else rb"\n\n"
    return between.join([ready[(chosen >> shift) & (PARAGRAPHS - 1)] for shift in range(0, 8 * count, 8)])
