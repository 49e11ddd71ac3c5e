"""The audit's own reading of people's rulings: what a tag counts as, told without a look at how the gate does it."""

from __future__ import annotations

import html
import re
import unicodedata
import urllib.parse
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from rightful.licensing.identify import MAX_TAG, identify
from rightful.licensing.policy import Policy, Rule
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

_BANNED = re.compile(r"(?<![A-Z0-9])N[CD](?![A-Z0-9])")
_LONGEST_NAME = 9
"""Words of the longest licence name that is looked for inside a tag."""


def reading_by(review: Review, raw: str, read: str | None, published: date | None, policy: Policy) -> str | None:
    """The expression that ``raw`` counts as by an allowing review; None when no person could say so.

    ``read`` is what the tag reads as by itself, which the policy does not allow.
    """
    named = review.expression
    if review.decision != "allow" or not named or identify(named).expression != named:
        return None
    if identify(raw).reason is Reason.NO_TAG or len(raw) > MAX_TAG or raw in UNREAD_PAGES:
        return None
    seen = _as_seen(raw)
    if _restricts(raw) or _restricts(seen) or _reserves(seen):
        return None
    mentioned = {term for text in (raw, *_pieces(raw), *_pieces(seen)) for term in identify(text).terms}
    mentioned.update(_of_gnu(seen))
    if read is not None:
        mentioned |= set(identify(read).terms)
    if any(_BANNED.search(term.upper()) or _is_denied(term, published, policy) for term in mentioned):
        return None
    if read is None or set(identify(read).terms) <= STATEMENTS:
        return named
    lacks_version = [term for term in identify(read).terms if term.endswith("-unversioned")]
    return named if lacks_version and identify(read).families == identify(named).families else None


def _restricts(raw: str) -> bool:
    """Whether the tag itself speaks of a restriction, in words."""
    letters = [c for c in unicodedata.normalize("NFKD", raw).casefold() if not unicodedata.combining(c)]
    spelt = "".join(c if c.isalnum() else " " for c in letters)
    if RESTRICTIVE_WORDS & set(spelt.split()):
        return True
    together = spelt.replace(" ", "")
    return any(unicodedata.normalize("NFKD", phrase) in together for phrase in RESTRICTIVE_PHRASES)


def _as_seen(raw: str) -> str:
    """What the tag looks like on a screen, in small Latin letters as far as it goes."""
    shown = html.unescape(urllib.parse.unquote(raw)).casefold().translate(LOOKALIKES)
    shown = unicodedata.normalize("NFKD", shown).casefold().translate(LOOKALIKES)
    shown = "".join(c for c in shown if unicodedata.category(c) not in ("Cf", "Mn", "Me"))
    return "".join("-" if unicodedata.category(c) == "Pd" or c == "\u2212" else c for c in shown)


def _spelt(seen: str) -> Iterator[str]:
    """Words without their digits, also those whose letters stand apart; a last ``v`` is of a version."""
    words = "".join(c if c.isalpha() else " " for c in seen).split()
    for is_single, run in groupby(words, lambda word: len(word) == 1):
        together = list(run)
        yield from (word.removesuffix("v") for word in together)
        if is_single:
            yield "".join(together).removesuffix("v")


def _reserves(seen: str) -> bool:
    """Whether a tag says what in prose might be about something else: a model's licence, research only."""
    together = "".join(c for c in seen if c.isalnum())
    words = set(_spelt(seen))
    return bool(words & (RESERVED_WORDS | RESTRICTIVE_WORDS)) or any(said in together for said in RESERVED_PHRASES)


def _of_gnu(seen: str) -> Iterator[str]:
    """Ids of GNU licences that a tag names in whatever spelling."""
    together = "".join(c for c in seen if c.isalnum())
    for lesser in ("lesser", "library"):
        together = together.replace(f"{lesser}generalpubliclicen", "")
    yield from (spdx for phrase, spdx in GNU_PHRASES.items() if phrase in together)
    yield from (NAMES[name] for word in _spelt(seen) if (name := word.removeprefix("gnu")) in NAMES)


def _pieces(raw: str) -> Iterator[str]:
    """Everything inside a tag that may name a licence: each word, its parts, and each run of few words."""
    words = re.split(r"[\s()\[\]{}<>,;:|\"']+", raw)
    for word in words:
        yield from (word, word.strip("."), *re.split(r"[/+.]", word))
    # A URL holds colons, so words are split at blanks only as well.
    yield from (word.strip("()[]{}<>,;.\"'") for word in raw.split())
    for length in range(2, _LONGEST_NAME + 1):
        yield from (" ".join(words[start : start + length]) for start in range(len(words) - length + 1))


def _is_denied(term: str, published: date | None, policy: Policy) -> bool:
    def names(rule: Rule) -> bool:
        return term in rule.ids or bool(rule.pattern and re.fullmatch(rule.pattern, term, re.ASCII))

    def holds(rule: Rule) -> bool:
        return published is None or (rule.valid_from or date.min) <= published <= (rule.valid_until or date.max)

    return any(names(rule) and holds(rule) for rule in policy.deny)


__all__ = ["reading_by"]
