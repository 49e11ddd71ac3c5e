"""The judged real pages beside the project, and how a detector's answers on them are scored."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rightful.licensing import register

ROOT = Path(__file__).resolve().parents[4]
FOLDER = Path(os.environ.get("RIGHTFUL_TEST_DATA") or ROOT.parent / "shared/data") / "license_cases"
MISSING = f"there are no judged pages at {FOLDER} (set RIGHTFUL_TEST_DATA)"

PERMISSIVE = ("CC-BY", "CC-BY-SA", "CC0", "OGL-UK")


class Case(NamedTuple):
    """A page, its truth (``none``, ``conflict``, an id, or an id with ``*`` for any version) and its address."""

    file: str
    truth: str
    url: str

    @property
    def html(self) -> bytes:
        return gzip.decompress((FOLDER / "html" / self.file).read_bytes())

    @property
    def family(self) -> str:
        """The family of the truth: ``CC-BY-SA-*`` and ``CC-BY-SA-3.0-DE`` are both CC-BY-SA."""
        return self.truth.removesuffix("-*") if self.truth.endswith("*") else register.family_of(self.truth)

    @property
    def permissive(self) -> bool:
        return self.family in PERMISSIVE

    def right(self, expression: str | None) -> bool:
        """Whether this is the truth: the family always, the version as far as the truth gives one."""
        if expression is None:
            return False
        if self.truth.endswith("*"):
            return register.family_of(expression) == self.family
        return expression.removeprefix("LicenseRef-") == self.truth.removeprefix("LicenseRef-")


def cases() -> Iterator[Case]:
    """All judged pages; none where the data are absent."""
    table = FOLDER / "truth.csv"
    if not table.is_file():
        return
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            name = row["file"].removesuffix(".html.gz")
            # A page's file is named by its host and a word of its path, where its host is known.
            host = name.split("_", 2)[2].rsplit(".", 1)[0] if name.startswith("traf") else "example.org"
            yield Case(row["file"], row["truth_main_text"], f"https://{host}/page")


class Score(NamedTuple):
    """What a detector accepted as permissive: rightly, unsafely (truth is something else), and what it missed."""

    right: list[str]
    unsafe: list[str]
    missed: list[str]

    @property
    def recall(self) -> float:
        permissive = len(self.right) + len(self.missed)
        return len(self.right) / permissive if permissive else 0.0


def score(judged: list[Case], accepted: Callable[[Case], str | None]) -> Score:
    """Score a detector that gives the licence it would load a page under, or None."""
    found = Score([], [], [])
    for case in judged:
        expression = accepted(case)
        family = register.family_of(expression) if expression else None
        if family is not None and not (case.permissive and family == case.family):
            found.unsafe.append(case.file)
        elif case.permissive:
            (found.right if family else found.missed).append(case.file)
    return found
