"""Texts of Project Gutenberg without what its volunteers put around them: its licence, its trademark, its thanks."""

from __future__ import annotations

import re

from rightful.text.clean import clean

_START = re.compile(
    r"^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG.*?\*{3}$", re.MULTILINE | re.IGNORECASE | re.DOTALL
)
_END = re.compile(r"^\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG", re.MULTILINE | re.IGNORECASE)
_OLD_START = re.compile(r"^\*END[* ]*THE SMALL PRINT!.*$", re.MULTILINE | re.IGNORECASE)
_OLD_END = re.compile(r"^End of (?:(?:the|this) )?Project Gutenberg.*$", re.MULTILINE | re.IGNORECASE)
_PRODUCED = re.compile(
    r"\A\s*(?:Produced by|E-text prepared by|Transcribed by)\b[^\n]*(?:\n[^\n]+)*\n\n", re.IGNORECASE
)
_LONGEST_MARK = 600
"""Letters of a start mark: a title that runs over lines."""


def gutenberg_to_text(text: str) -> str:
    """The book alone. Without the marks between which it stands (files of the nineties have others) nothing is cut off
    on that side: a book with its wrapper is better than half a book."""
    text = clean(text)
    start = _START.search(text)
    if start is not None and len(start[0]) > _LONGEST_MARK:
        start = None
    start = start or _OLD_START.search(text)
    first = start.end() if start is not None else 0
    end = _END.search(text, first) or _OLD_END.search(text, first)
    book = text[first : end.start() if end is not None else len(text)]
    # "End of Project Gutenberg's …" stands before the mark as well.
    book = _OLD_END.sub("", book.rstrip()) if end is not None else book
    return clean(_PRODUCED.sub("", book.strip() + "\n\n"))


__all__ = ["gutenberg_to_text"]
