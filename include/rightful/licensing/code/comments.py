"""The comments at the head of a source file, in any language: what stands before the first line of code."""

from __future__ import annotations

import re

MOST_LINES = 400
"""Lines of a head that are read; the longest licence that people write out has 340."""

_BLOCKS = {
    "/*": "*/",
    "<!--": "-->",
    "{-": "-}",
    "(*": "*)",
    '"""': '"""',
    "'''": "'''",
    'r"""': '"""',
    "=begin": "=end",
    "=pod": "=cut",
    "--[[": "]]",
    "--[=[": "]=]",
    "#|": "|#",
    "#[[": "]]",
    "#=": "=#",
    "{#": "#}",
    "<#": "#>",
    "%{": "%}",
    "<%#": "%>",
    "<%--": "--%>",
    "{{!--": "--}}",
    "@*": "*@",
    "/+": "+/",
    "{*": "*}",
}
"""What opens a comment of several lines, and what ends it."""
_OPENERS = sorted(_BLOCKS, key=len, reverse=True)
_LINE = re.compile(
    r"^\s*(?://+!?|#+!?|--+|;+|%+|'(?=\s|$)|\"(?=\s|$)|rem\b|dnl\b|!+|\*+|\.\\\"|c(?=\s))", re.IGNORECASE
)
_PROLOGUE = re.compile(
    r"^\s*(?:#!|<\?|\?>|<!doctype|@charset|package\s+[\w.]+\s*;?\s*$|namespace\s+[\w.\\]+\s*;\s*$|['\"]use strict['\"]|"
    r"@?echo off|\\documentclass|\\input texinfo|module\s+[\w.]+(?:\s+where)?\s*$|syntax\s*=|"
    r"#(?:pragma|ifndef|define|include|ifdef|if|undef|endif|else)\b)",
    re.IGNORECASE,
)
"""Lines that may stand before the comment about rights."""
_MARKS = re.compile(r"^\s*(?:(?://|#|--|;|%|\*)+!?|'(?=\s)|\.\\\"|rem\b|dnl\b|!+|c(?=\s))?\s?", re.IGNORECASE)


def head_comments(text: str) -> tuple[str, str]:
    """What the comments before the first code say, without their marks, and the rest of ``text``."""
    lines = text.split("\n", MOST_LINES)
    taken: list[str] = []
    end: str | None = None
    for number, line in enumerate(lines[:MOST_LINES]):
        said = line.strip()
        if end is not None:
            taken.append(_unmarked(line.replace(end, " ")))
            if end in said:
                end = None
            continue
        opener = next((mark for mark in _OPENERS if said.startswith(mark)), None)
        if opener is not None:
            inner = said[len(opener) :]
            closer = _BLOCKS[opener]
            if closer not in inner:
                end = closer
            taken.append(_unmarked(inner.replace(closer, " ")))
        elif not said or _PROLOGUE.match(line):
            taken.append("")
        elif _LINE.match(line):
            taken.append(_unmarked(line))
        else:
            return "\n".join(taken), "\n".join(lines[number:])
    return "\n".join(taken), "\n".join(lines[MOST_LINES:])


def _unmarked(line: str) -> str:
    return _MARKS.sub("", line, count=1).rstrip(" \t\r\f\v*#|/-")


__all__ = ["MOST_LINES", "head_comments"]
