"""Everything a row says about its text, worked out for many records at once."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from rightful.errors import Malformed
from rightful.text.language import detect
from rightful.text.plain import to_text
from rightful.text.tokens import count_tokens


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One record's text and what is known of it. With ``error`` set, the text could not be read and is ``""``.

    ``content_sha256`` is the hex digest of the text in UTF-8; ``language_score`` lies in 0–1; ``n_tokens`` is by
    :data:`rightful.text.tokens.TOKENIZER`.
    """

    text: str
    content_sha256: str
    language: str | None
    language_score: float
    n_chars: int
    n_tokens: int
    error: str | None = None


def _read(body: str | None, media_type: str) -> tuple[str, str | None]:
    if body is None:
        return "", None
    try:
        return to_text(body, media_type), None
    except Malformed as error:  # this record's fault; the others of the batch go on
        return "", str(error)


def describe(bodies: Sequence[str | None], media_types: Sequence[str]) -> list[Described]:
    """Text, hash, language and token count of each body, in order. A body of None has the text ``""``.

    A record that can't be read gives a :class:`Described` with ``error`` in its place.
    """
    read = [_read(body, media_type) for body, media_type in zip(bodies, media_types, strict=True)]
    texts = [text for text, _ in read]
    return [
        Described(
            text=text,
            content_sha256=sha256(text.encode()).hexdigest(),
            language=language,
            language_score=score,
            n_chars=len(text),
            n_tokens=tokens,
            error=error,
        )
        for (text, error), (language, score), tokens in zip(read, detect(texts), count_tokens(texts), strict=True)
    ]
