"""One way from a body to plain text, chosen by its media type."""

from __future__ import annotations

from collections.abc import Callable

from rightful.errors import Malformed
from rightful.text.clean import clean, clean_source
from rightful.text.gutenberg import gutenberg_to_text
from rightful.text.html import html_to_text
from rightful.text.jats import jats_to_text
from rightful.text.main_text import main_text, main_text_fast, main_text_thorough
from rightful.text.pgn import pgn_to_text
from rightful.text.wikitext import wikitext_to_text

MAIN = "text/html; extract=main"
"""A whole page, of which only the main text is wanted."""
MAIN_FAST = "text/html; extract=main-fast"
"""The same with the fastest way."""
MAIN_THOROUGH = "text/html; extract=main-thorough"
"""The same with the most exact, slow way."""

_READERS: dict[str, Callable[[str], str]] = {
    "text/plain": clean,
    "text/html": html_to_text,
    "application/xhtml+xml": html_to_text,
    "text/x-wiki": wikitext_to_text,
    "application/jats+xml": jats_to_text,
    "application/vnd.chess-pgn": pgn_to_text,
    "text/x-gutenberg": gutenberg_to_text,
    "text/x-source": clean_source,
}
_OF_PAGES = {"main": main_text, "main-fast": main_text_fast, "main-thorough": main_text_thorough}

MEDIA_TYPES = tuple(_READERS)
"""What :func:`to_text` reads; beside them :data:`MAIN`, :data:`MAIN_FAST` and :data:`MAIN_THOROUGH`."""


def to_text(body: str, media_type: str) -> str:
    """The plain text of ``body`` (NFC but for source code, ``\\n`` line ends, no control characters); ``""`` when it
    holds none.

    ``media_type`` may carry parameters. ``extract`` of HTML says that only the main text is wanted; others
    (``text/html; charset=utf-8``) are ignored: the body is decoded already. Raises :class:`Malformed` for an unknown
    media type or ``extract``, and for markup that can't be read within bounds.
    """
    essence, _, parameters = media_type.partition(";")
    reader = _READERS.get(essence.strip().lower())
    wanted = _extract(parameters) if reader is html_to_text else None
    if wanted is not None:
        reader = _OF_PAGES.get(wanted)
    if reader is None:
        known = ", ".join((*MEDIA_TYPES, MAIN, MAIN_FAST, MAIN_THOROUGH))
        raise Malformed(
            f"no way to turn media type {media_type!r} into text",
            remedy=f"set `fetch.fields.media_type` of the source to one of {known}",
        )
    return reader(body) if body else ""


def _extract(parameters: str) -> str | None:
    """The parameter ``extract``, None without one."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "extract":
            return value.strip().strip('"').lower()
    return None
