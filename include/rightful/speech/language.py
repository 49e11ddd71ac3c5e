"""Which language is spoken: asked on several windows, because one window of music or a quotation decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rightful.model import Struct
from rightful.speech.clips import Clip

if TYPE_CHECKING:
    from rightful.speech.engines.base import Engine, Samples

WINDOWS = 3
LEAST_SECONDS = 2.0
"""Shorter clips say too little of a language."""
SURE = 0.5


class Spoken(Struct, frozen=True, kw_only=True):
    """The language, how probable it is over all windows, and whether the windows agree."""

    language: str
    probability: float
    agreed: bool

    @property
    def sure(self) -> bool:
        """Whether it is more than a guess."""
        return self.probability >= SURE


def identify(engine: Engine, pcm: Samples, clips: Sequence[Clip]) -> Spoken | None:
    """The language of the clips, by the mean over windows at the beginning, the middle and the end."""
    long = [clip for clip in clips if clip.seconds >= LEAST_SECONDS] or list(clips)
    if not long:
        return None
    places = sorted({round(part * (len(long) - 1) / (WINDOWS - 1)) for part in range(WINDOWS)})
    total: defaultdict[str, float] = defaultdict(float)
    best = set()
    for place in places:
        found = engine.languages(pcm, long[place])
        best.add(max(found, key=lambda code: found[code]))
        for code, probability in found.items():
            total[code] += probability / len(places)
    language = max(total, key=lambda code: total[code])
    return Spoken(language=language, probability=total[language], agreed=len(best) == 1)
