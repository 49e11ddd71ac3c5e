"""One way from a body to plain text, chosen by its media type."""

from __future__ import annotations

from collections.abc import Callable

from rightful.errors import Malformed
from rightful.text.clean import clean
from rightful.text.html import html_to_text
from rightful.text.wikitext import wikitext_to_text

_READERS: dict[str, Callable[[str], str]] = {
    "text/plain": clean,
    "text/html": html_to_text,
    "application/xhtml+xml": html_to_text,
    "text/x-wiki": wikitext_to_text,
}

MEDIA_TYPES = tuple(_READERS)
"""What :func:`to_text` reads."""


def to_text(body: str, media_type: str) -> str:
    """The plain text of ``body`` (NFC, ``\\n`` line ends, no control characters); ``""`` when it holds none.

    ``media_type`` may carry parameters (``text/html; charset=utf-8``), which are ignored: the body is decoded already.
    Raises :class:`Malformed` for an unknown media type, and for markup that can't be read within bounds.
    """
    essence = media_type.partition(";")[0].strip().lower()
    reader = _READERS.get(essence)
    if reader is None:
        raise Malformed(
            f"no way to turn media type {media_type!r} into text",
            remedy=f"set `fetch.fields.media_type` of the source to one of {', '.join(MEDIA_TYPES)}",
        )
    return reader(body) if body else ""
