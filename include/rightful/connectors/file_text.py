"""A file as received becomes what :func:`rightful.text.plain.to_text` reads: decoded, or its text taken out."""

from __future__ import annotations

from collections.abc import Sequence

from rightful.errors import Malformed
from rightful.text.epub import read_book
from rightful.text.pdf import pdf_to_text
from rightful.text.plain import MAIN, MEDIA_TYPES

HTML = frozenset({"text/html", "application/xhtml+xml"})
PDF, EPUB = "application/pdf", "application/epub+zip"
FILE_TYPES = (PDF, EPUB, *MEDIA_TYPES)
"""Media types of files that :func:`body_of` reads."""


def essence_of(media_type: str) -> str:
    """``text/html; charset=x`` → ``text/html``."""
    return media_type.partition(";")[0].strip().lower()


def body_of(
    data: bytes, media_type: str, headers: Sequence[tuple[str, str]] = (), *, whole: bool = False
) -> tuple[str, str]:
    """The body of a file and the media type as which it becomes text.

    Args:
        data: The file, decompressed.
        media_type: As its publisher or the source file says; must be one of :data:`FILE_TYPES`.
        headers: It came with; they may name a charset.
        whole: Of a page, all of its text and not the main text alone.

    Raises :class:`~rightful.errors.Malformed` for another media type, a file that is not what it says, and text in no
    charset that can be told; :class:`~rightful.errors.TooLarge` for one that swells.
    """
    essence = essence_of(media_type)
    if essence == PDF:
        return pdf_to_text(data), "text/plain"
    if essence == EPUB:
        return read_book(data).text, "text/plain"
    if essence not in MEDIA_TYPES:
        raise Malformed(
            f"no way to read a file of media type {media_type!r}",
            remedy=f"set `fetch.linked.media_type` to one of {', '.join(FILE_TYPES)}, if it is one",
        )
    for name, magic in ((PDF, b"%PDF-"), (EPUB, b"PK\x03\x04")):
        if data.startswith(magic):
            raise Malformed(f"it should be {essence}, but is {name}", remedy="correct `fetch.linked.media_type`")
    from rightful.licensing.page.decode import to_utf8  # its package is slow to import

    text = to_utf8(data, headers)
    if text is None:
        raise Malformed("its charset can't be told", remedy="leave the record out")
    return text.decode("utf-8", "replace"), MAIN if essence in HTML and not whole else essence


__all__ = ["EPUB", "FILE_TYPES", "HTML", "PDF", "body_of", "essence_of"]
