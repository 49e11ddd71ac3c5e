"""HTML (a page or a fragment out of an API) to plain text, by resiliparse."""

from __future__ import annotations

from rightful.errors import Malformed
from rightful.text.clean import clean

MAX_CHARACTERS = 32_000_000
"""Longer pages are no prose; their tree would take gigabytes."""


def html_to_text(html: str) -> str:
    """The visible text of ``html``, blocks as lines, lists with bullets, without scripts, styles and hidden elements.

    All of it is taken as content: API fragments have no navigation to tell from the article, and a guess at the main
    content would lose short ones. Raises :class:`Malformed` for a page longer than :data:`MAX_CHARACTERS`.
    """
    from resiliparse.extract.html2text import extract_plain_text  # heavy, and not needed for plain text

    if len(html) > MAX_CHARACTERS:
        raise Malformed(
            f"HTML of {len(html):,} characters, more than {MAX_CHARACTERS:,}",
            remedy="lower `limits.record_bytes` of the source, or leave the record out",
        )
    text: str = extract_plain_text(
        clean(html), preserve_formatting=True, main_content=False, alt_texts=False, skip_elements=["[hidden]"]
    )
    # Character references can bring back what `clean` took out (&#0;), and &nbsp; is layout, not text.
    return clean(text.replace("\xa0", " "))
