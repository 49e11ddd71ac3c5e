"""What a person's ruling can lift, for the gate: which tags may count as a licence that they do not name themselves.

A person explains what a machine can't read. What can be read and says no stays no: NC, ND, what a deny rule names, and
licences that are known but not allowed.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date
from functools import lru_cache
from urllib.parse import unquote

from rightful.licensing import register
from rightful.licensing.identify import MAX_TAG, Identified, identify
from rightful.licensing.policy import Policy, restriction_of
from rightful.licensing.reviews import Review
from rightful.licensing.tables import (
    GNU_PHRASES,
    LOOKALIKES,
    NAMES,
    RESERVED_PHRASES,
    RESERVED_WORDS,
    RESTRICTIVE_PHRASES,
    RESTRICTIVE_WORDS,
    STATEMENTS,
    UNREAD_PAGES,
)
from rightful.model import Reason

_UNSEEN = frozenset({"Cf", "Mn", "Me"})
"""Categories of characters that are taken away: format characters and accents."""


def counts_as(raw: str, found: Identified, review: Review, policy: Policy, published: date | None) -> str | None:
    """The expression that a tag counts as by an allowing review; None when the review can't say so."""
    named = identify(review.expression)
    if review.decision != "allow" or named.expression is None or obstacle(raw, found, policy, published) is not None:
        return None
    if found.unversioned and found.families != named.families and not set(found.terms) <= STATEMENTS:
        return None
    return named.expression


def obstacle(raw: object, found: Identified, policy: Policy, published: date | None) -> str | None:
    """Why no person can make this tag load; None when one may say what it means. ``found`` is what it reads as."""
    if not isinstance(raw, str) or found.reason is Reason.NO_TAG:
        return "it says nothing"
    if len(raw) > MAX_TAG:
        return f"it is longer than {MAX_TAG} characters: prose, not a tag"
    if raw in UNREAD_PAGES:
        return "the page was not read to its end: nobody knows what it says"
    if word := restriction_in(raw) or _reserved_in(raw):
        return f"it speaks of a restriction itself ({word})"
    for term in found.terms or terms_in(raw):
        if restriction := restriction_of(term):
            return f"{term} restricts use ({restriction})"
        if denied := policy.denies(term, published):
            return f"rule deny:{denied.id} denies {term}"
    if found.expression is None or found.unversioned or set(found.terms) <= STATEMENTS:
        return None
    return f"it reads as {found.expression}, which is a licence of its own: only the policy can admit it"


@lru_cache(maxsize=4_096)
def restriction_in(raw: str) -> str | None:
    """A word or phrase of the tag that restricts use, in any of the languages known; None when there is none."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", raw).casefold() if not unicodedata.combining(c))
    words = re.findall(r"\w+", plain.replace("_", " "))
    squeezed = "".join(words)
    words += re.findall(r"[a-z]+", unquote(raw).lower())  # `4.0NC` and `%4EC` say it too
    # Normalised in the same way, because taking characters apart changes Japanese ones, too.
    phrases = ((phrase, unicodedata.normalize("NFKD", phrase)) for phrase in RESTRICTIVE_PHRASES)
    found = next((word for word in words if word in RESTRICTIVE_WORDS), None)
    return found or next((phrase for phrase, spelt in phrases if spelt in squeezed), None)


@lru_cache(maxsize=4_096)
def terms_in(raw: str) -> tuple[str, ...]:
    """Ids of all licences that an unreadable tag mentions, by id, name or URL, also as ``GPLv3`` or ``G.P.L.``"""
    text = _unmasked(raw)
    found = _mentioned(raw) | _mentioned(text)
    names = (NAMES.get(word.removeprefix("gnu").removesuffix("v")) for word in _words(text))
    together = re.sub("(?:lesser|library)generalpubliclicen", "", _together(text))
    return tuple(
        sorted(found.union(filter(None, names), (spdx for phrase, spdx in GNU_PHRASES.items() if phrase in together)))
    )


def _mentioned(raw: str) -> set[str]:
    words = [word.strip("()[]{}<>,;:\"'.") for word in re.split(r"[\s|]+", raw)]
    pieces = {piece for word in words for piece in (word, *word.split("/"), *word.split("+")) if piece}
    found = {spdx for piece in pieces if (spdx := register.id_of(piece) or register.id_of_url(piece))}
    text = register.normal_name(raw)
    return found | {spdx for name, spdx in NAMES.items() if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)}


@lru_cache(maxsize=4_096)
def _reserved_in(raw: str) -> str | None:
    """The same as :func:`restriction_in`, for what only a tag says so, and for tags that hide it."""
    text = _unmasked(raw)
    if found := restriction_in(text):
        return found
    words = {word.removesuffix("v") for word in _words(text)}
    if stated := words & (RESTRICTIVE_WORDS | RESERVED_WORDS):
        return min(stated)
    together = _together(text)
    return next((phrase for phrase in RESERVED_PHRASES if phrase in together), None)


def _unmasked(raw: str) -> str:
    """The tag as a person sees it, in lower case: no escapes, nothing invisible, one form of each letter and dash."""
    text = html.unescape(unquote(raw)).casefold().translate(LOOKALIKES)
    kept = (letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) not in _UNSEEN)
    dashed = "".join("-" if unicodedata.category(letter) == "Pd" or letter == "\u2212" else letter for letter in kept)
    return dashed.casefold().translate(LOOKALIKES)


def _together(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _words(text: str) -> list[str]:
    """Runs of letters without digits (``gplv3`` → ``gplv``); letters that stand one by one are a word (``n.c.``)."""
    apart = re.sub(r"(?<![^\W\d_])([^\W\d_])[\W_]+(?=[^\W\d_](?![^\W\d_]))", r"\1", text)
    return re.findall(r"[^\W\d_]+", text) + re.findall(r"[^\W\d_]+", apart)


__all__ = ["counts_as", "obstacle", "restriction_in", "terms_in"]
