"""Preferences written as ``name=answer`` lists: AIPREF's ``Content-Usage`` and ``Content-Signal``."""

from __future__ import annotations

import re
from collections.abc import Iterator

USAGES = frozenset(
    {"train-ai", "train-genai", "genai", "ai", "ai-train", "foundation-model-production", "tdm", "bots", "all"}
)
"""Categories of the AIPREF vocabulary (all drafts so far) that cover the training of language models. A name with
``train`` in it that stands in no draft counts, too."""

SIGNALS = frozenset({"ai-train"})
"""Content signals that are about training; ``search`` and ``ai-input`` are not."""


def usages_in(text: str) -> Iterator[str]:
    """The preferences on training in a ``Content-Usage`` value, a structured-field dictionary: ``train-ai=n``, …

    Read leniently, since the drafts' own parser drops the whole field at the first slip and a reservation with it.
    A category without an answer is true in that syntax, which is no ``y``: it is handed on as ``train-ai=?1``.
    """
    yield from _about(text, USAGES, missing="?1")


def signals_in(text: str) -> Iterator[str]:
    """The preferences on training in a ``Content-Signal`` value: ``ai-train=no``, …"""
    yield from _about(text, SIGNALS, missing="")


def _about(text: str, names: frozenset[str], missing: str) -> Iterator[str]:
    # Commas by the drafts; semicolons and blanks by people, whose reservation must not get lost for that.
    for item in re.split(r"[,;\s]+", re.sub(r"\s*=\s*", "=", text)):
        name, mark, answer = item.partition("=")
        name = name.strip().lower().replace("_", "-")
        if name in names or "train" in name:
            yield f"{name}={answer.strip().strip(chr(34)).strip().lower() if mark else missing}"
