"""Which wikitext can be read in bounded time.

The tokenizer reads to the end of the page for every opening mark that is never closed, and then starts over behind it:
its time grows with the sum of these distances. This sum is worked out beforehand in one linear pass.
"""

from __future__ import annotations

import re

from rightful.errors import Malformed

MAX_CHARACTERS = 4_194_304
"""Twice what MediaWiki lets a page have."""

MAX_WORK = 4_000_000
"""Characters read in vain. Measured: at most 1 µs each, so 4 s; 200,000 characters may leave 20 marks open."""

_MARK = re.compile(
    r"\{\{|\}\}|\[\[|\]\]|^[ \t:]*\{\||\|\}|<!--|-->|</?[a-zA-Z][a-zA-Z0-9]*|/>|\[(?=[a-zA-Z]*:?//)|\]", re.MULTILINE
)
_PAIRS = {"}}": "{{", "]]": "[[", "|}": "{|", "-->": "<!--", "]": "["}
_NEVER_CLOSED = frozenset(["br", "hr", "wbr", "img", "meta", "link", "li", "dd", "dt", "td", "th", "tr"])


def check_bounds(source: str) -> None:
    """Raise :class:`Malformed` when reading ``source`` could take longer than a few seconds."""
    length = len(source)
    if length > MAX_CHARACTERS:
        raise Malformed(f"wikitext of {length:,} characters, more than {MAX_CHARACTERS:,}")
    work = wasted_work(source)
    if work > MAX_WORK:
        raise Malformed(
            f"wikitext with so many unclosed marks that reading it would not end (work {work:,}, bound {MAX_WORK:,})"
        )


def wasted_work(source: str) -> int:
    """Sum over all marks that are never closed of the characters behind them, an upper estimate."""
    length = len(source)
    opened: list[tuple[str, int]] = []  # innermost last
    waiting: dict[str, int] = {}
    work = 0
    for found in _MARK.finditer(source):
        mark, position = found[0], found.start()
        if mark == "/>":
            # closes the tag just opened, if one is open
            if opened and opened[-1][0].startswith("<") and opened[-1][0] != "<!--":
                waiting[opened.pop()[0]] -= 1
            continue
        if mark.endswith("{|"):
            mark = "{|"
        elif mark.startswith("</"):
            mark = "<" + mark[2:].lower()
            work += _close(mark, opened, waiting, length)
            continue
        elif mark in _PAIRS:
            work += _close(_PAIRS[mark], opened, waiting, length)
            continue
        elif mark.startswith("<") and mark != "<!--":
            mark = mark.lower()
            if mark[1:] in _NEVER_CLOSED:
                continue
        opened.append((mark, position))
        waiting[mark] = waiting.get(mark, 0) + 1
    return work + sum(length - position for _, position in opened)


def _close(mark: str, opened: list[tuple[str, int]], waiting: dict[str, int], length: int) -> int:
    """Close the innermost ``mark``; whatever was opened inside it and not closed is read in vain."""
    if not waiting.get(mark):
        return 0
    work = 0
    while True:
        inner, position = opened.pop()
        waiting[inner] -= 1
        if inner == mark:
            return work
        work += length - position
