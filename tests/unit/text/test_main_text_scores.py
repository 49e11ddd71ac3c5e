"""How well main texts are found, on pages whose main text people wrote down: a drop fails.

Two measures of the word F1, both over multisets of lower-case words: the mean of the pages' own (every page counts the
same), and the one of all pages' words together (every word counts the same). ``docs/crawl.md`` has them in a table.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rightful.licensing.page.decode import to_utf8
from rightful.settings import PROJECT_ROOT
from rightful.text.plain import MAIN, MAIN_FAST, MAIN_THOROUGH, to_text

FOLDER = Path(os.environ.get("RIGHTFUL_TEST_DATA") or PROJECT_ROOT.parent / "shared/data") / "extraction"
SHINGLE = 4

Page = tuple[Path, str]


class Scores(NamedTuple):
    """Mean of the pages' word F1; F1 of all words together; the articles' own measure, ``evaluate.py``."""

    pages: float
    words: float
    shingles: float


def _articles() -> Iterator[Page]:
    truth = json.loads((FOLDER / "articles/ground-truth.json").read_text("utf-8"))
    for key, page in sorted(truth.items()):
        yield FOLDER / "articles/html" / f"{key}.html.gz", page.get("articleBody", "")


def _mixed() -> Iterator[Page]:
    for file in sorted((FOLDER / "mixed/ground-truth").glob("*.json")):
        gold = json.loads(file.read_text("utf-8"))["ground_truth"]["main_content"]
        if gold:  # of one page nobody could say what its main text is
            yield FOLDER / "mixed/html" / f"{file.stem}.html.gz", gold


def _score(pages: Iterator[Page], media_type: str) -> Scores:
    count = common = words = 0
    means = precision = recall = 0.0
    for file, gold in pages:
        page = to_utf8(gzip.decompress(file.read_bytes()))
        assert page is not None
        found = to_text(page.decode(), media_type)
        mine, true = (re.findall(r"\w+", text.lower()) for text in (found, gold))
        both = (Counter(mine) & Counter(true)).total()
        count, common, words = count + 1, common + both, words + len(mine) + len(true)
        means += 2 * both / (len(mine) + len(true))
        mine, true = (_shingles(text) for text in (found, gold))
        both = (mine & true).total()
        precision += both / max(mine.total(), 1)
        recall += both / max(true.total(), 1)
    assert count
    return Scores(means / count, 2 * common / words, 2 * precision * recall / (precision + recall) / count)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + SHINGLE]) for i in range(max(len(words) - SHINGLE + 1, 1 if words else 0)))


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there are no judged pages at {FOLDER} (set RIGHTFUL_TEST_DATA)")
@pytest.mark.parametrize(
    ("pages", "media_type", "floor"),
    [
        (_articles, MAIN, Scores(0.953, 0.965, 0.95)),
        (_mixed, MAIN, Scores(0.836, 0.877, 0.813)),
        (_articles, MAIN_FAST, Scores(0.955, 0.966, 0.952)),
        (_mixed, MAIN_FAST, Scores(0.823, 0.873, 0.80)),
        (_articles, MAIN_THOROUGH, Scores(0.963, 0.977, 0.962)),
        (_mixed, MAIN_THOROUGH, Scores(0.831, 0.881, 0.803)),
    ],
)
def test_no_worse_than_measured(pages: Callable[[], Iterator[Page]], media_type: str, floor: Scores) -> None:
    found = _score(pages(), media_type)
    print(pages.__name__, media_type, [round(score, 4) for score in found])
    assert all(score >= least for score, least in zip(found, floor, strict=True)), found
