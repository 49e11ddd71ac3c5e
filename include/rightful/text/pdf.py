"""PDF files (ISO 32000) to plain text, by PDFium in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from rightful.errors import Malformed, TooLarge
from rightful.text.clean import clean

CPU_SECONDS = 60
"""Processor time of one file; a book of 500 pages takes about one second."""
MEMORY_BYTES = 1_500 * 2**20
"""Address space: PDFium reserves far more than it uses."""
STALLED_SECONDS = 900.0
MAX_BYTES = 256 * 2**20

_REMEDY = "leave the record out, or ask its publisher for a whole, open file"
_EDGE = 2
"""Lines at the head and foot of a page among which running titles and page numbers are looked for."""
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|seite|p\.)?\s*(?:\d{1,5}|[ivxlcdm]{1,8})(?:\s*(?:of|/|von)\s*\d{1,5})?[\W_]*", re.I
)
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])(?:(?:\ufffe|\x02|\xad)[ \t]*\n?|-[ \t]*\n)[ \t]*(?=([^\W\d_]))")
"""A word parted at the end of a line: PDFium marks what it knows to be such a hyphen."""


def pdf_to_text(data: bytes) -> str:
    """The text of all pages in their order, as the file gives it: lines as they are set, parted words put together,
    running titles and page numbers left out. ``""`` for a file of pictures alone.

    Raises:
        Malformed: No PDF, one that asks for a password, or one that PDFium does not survive within its limits.
        TooLarge: More than :data:`MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"a PDF of {len(data):,} bytes, more than {MAX_BYTES:,}", remedy="leave the record out")
    if not data.lstrip()[:1024].startswith(b"%PDF-"):
        raise Malformed(f"no PDF: it begins with {data[:16]!r}", remedy=_REMEDY)
    pages = _pages(data)
    running = _running(pages)
    texts = ["\n".join(_body(page, running)) for page in pages]
    return clean(_BROKEN_WORD.sub(_mended, "\n\n".join(text for text in texts if text.strip())))


def _mended(hyphen: re.Match[str]) -> str:
    """Before a capital the hyphen is the word's own ("X-Ray")."""
    return "" if hyphen[1].islower() else "-"


def _pages(data: bytes) -> list[list[str]]:
    include = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (include, os.environ.get("PYTHONPATH", ""))))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rightful.text.pdf_child", str(CPU_SECONDS), str(MEMORY_BYTES)],
            input=data,
            capture_output=True,
            timeout=STALLED_SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        raise Malformed(f"its text was not found within {STALLED_SECONDS:.0f} s", remedy=_REMEDY) from None
    if done.returncode == 3:
        raise Malformed(f"no PDF that can be read: {_last(done.stderr)}", remedy=_REMEDY)
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Malformed(f"its text can't be found within {CPU_SECONDS} s of processor time", remedy=_REMEDY)
    if done.returncode:
        raise Malformed(f"PDFium did not survive it ({done.returncode}): {_last(done.stderr)}", remedy=_REMEDY)
    return [text.replace("\r\n", "\n").replace("\r", "\n").split("\n") for text in json.loads(done.stdout)]


def _last(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else "without a word"


def _running(pages: list[list[str]]) -> frozenset[str]:
    """Lines that stand at the edge of a quarter of the pages, and of four at least, apart from their numbers."""
    counts = Counter(line for page in pages for line in {_shape(one) for one in _edges(page)} if line)
    return frozenset(line for line, number in counts.items() if number >= max(4, len(pages) / 4))


def _edges(page: list[str]) -> list[str]:
    lines = [line for line in page if line.strip()]
    return lines[:_EDGE] + lines[max(_EDGE, len(lines) - _EDGE) :]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split())).casefold()


def _body(page: list[str], running: frozenset[str]) -> list[str]:
    """A page without its running titles and its number."""
    lines = list(page)
    for end in (0, -1):
        for _ in range(_EDGE):
            while lines and not lines[end].strip():
                lines.pop(end)
            if lines and (_shape(lines[end]) in running or _PAGE_NUMBER.fullmatch(lines[end].strip())):
                lines.pop(end)
    return lines


__all__ = ["CPU_SECONDS", "MAX_BYTES", "MEMORY_BYTES", "pdf_to_text"]
