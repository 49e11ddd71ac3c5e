"""What every text goes through, whatever markup it came from: Unicode and line ends made uniform."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control characters other than tab and newline, lone surrogates (they can't be encoded), byte order marks,
# noncharacters. Joiners (U+200C, U+200D) stay: Persian, Hindi and others are misspelt without them.
_UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_source(text: str) -> str:
    """``text`` with ``\\n`` for every line end, without control characters and lone surrogates. All else is kept:
    blanks, blank lines and the composition of letters mean something in source code."""
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    return text if text.strip() else ""


def clean(text: str) -> str:
    """``text`` in NFC, with ``\\n`` for every line end and without control characters and lone surrogates.

    Spaces inside a line are left alone (they carry meaning in code and verse); blank lines never come in a row.
    """
    # Most texts are printable but for their line ends; asking that costs a tenth of looking for each character.
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if "\n" in text:
        # Line by line: a pattern for blanks before a line end takes quadratic time on a long run of blanks.
        text = _BLANK_LINES.sub("\n\n", "\n".join([line.rstrip(" \t") for line in text.split("\n")]))
    return text.strip()
