"""What a tag that nobody could read may mean: suggestions for the person who is asked. Nothing here ever rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

import msgspec

from rightful.licensing import register
from rightful.licensing.creative_commons import UNVERSIONED, VERSIONS
from rightful.licensing.evaluate import rule_expression
from rightful.licensing.identify import MAX_TAG, Identified, identify
from rightful.licensing.policy import Policy
from rightful.licensing.tables import STATEMENTS
from rightful.model import Decision, Reason

MOST_CANDIDATES = 8
_LONGEST_NAME = 9
"""Words of the longest licence name that is looked for inside a tag."""

_FILLERS = frozenset({
    "a", "all", "an", "and", "are", "article", "available", "content", "is", "it", "license", "of", "released", "see",
    "site", "terms", "text", "the", "this", "under", "used", "work", "works",
})  # fmt: skip
"""Words that change nothing about a licence that stands beside them."""

_PUBLIC_DOMAIN = ("CC-PDDC", "LicenseRef-US-Gov-Work", "LicenseRef-PD-US")

_SPELLINGS = (
    (r"\bint(?:'|’|erna)?t?l\.?(?!\w)|\bint\.(?!\w)", "international"),
    (r"\blicen[cs](?:e|ing|ed)\b|\blic\.", "license"),
    (r"\battrib\.?(?!\w)", "attribution"),
    (r"\bshare ?alike\b", "sharealike"),
    (r"\bcreative ?common(?:s|)\b|\bc\.c\.", "creative commons"),
    (r"\bver(?:sion|\.)?\s*(?=\d)|\bv\.?\s*(?=\d)", ""),
    (r"[“”\"()\[\]{},;|]+|\.(?!\d)|(?<!\w)['’]|['’](?!\w)", " "),
)
"""How people shorten what the register knows in full: (pattern, what it stands for)."""


def propose(tag: str, found: Identified, policy: Policy) -> tuple[str | None, tuple[str, ...]]:
    """``(proposed, candidates)``: an allowed id that the tag obviously means, else ids it may mean (best first).

    A URL that no table knows is never explained: what looks like a licence's address and is none may be a forgery.
    """
    if len(tag) > MAX_TAG:
        return None, ()
    if found.unversioned and len(found.families) == 1:
        return None, _allowed((_versioned(term) for term in found.terms), policy)
    if found.expression is not None:
        return None, _allowed([_PUBLIC_DOMAIN], policy) if set(found.terms) <= STATEMENTS else ()
    text = _only_element(tag)
    if register.looks_like_url(text):
        url = identify(text).expression
        return (url, ()) if url is not None and text != tag and _allowed([(url,)], policy) else (None, ())
    spelt = _spelt_out(text)
    whole = {spdx for name in (text, spelt) if (spdx := identify(name).expression)}
    inside, rest = _inside(spelt)
    known = [spdx for spdx in (whole or dict.fromkeys(inside)) if not spdx.endswith(UNVERSIONED)]
    clear = len(known) == 1 and found.reason is Reason.UNKNOWN_ID and (bool(whole) or rest <= _FILLERS)
    if clear and len(inside) <= 1 and _allowed([known], policy):
        return known[0], ()
    vague = [spdx for spdx in (*whole, *inside) if spdx.endswith(UNVERSIONED)]
    return None, _allowed([known, *(_versioned(spdx) for spdx in vague)], policy)


def _only_element(tag: str) -> str:
    """The text inside a JSON list of one text; any other tag as it is."""
    try:
        values = msgspec.json.decode(tag, type=list[str]) if tag.lstrip().startswith("[") else []
    except msgspec.MsgspecError:
        return tag
    return values[0] if len(values) == 1 else tag


def _spelt_out(tag: str) -> str:
    text = unicodedata.normalize("NFKC", tag).lower()
    for pattern, full in _SPELLINGS:
        text = re.sub(pattern, full, text)
    return " ".join(text.replace("attribution sharealike", "attribution-sharealike").split())


def _inside(text: str) -> tuple[list[str], set[str]]:
    """Licences that runs of words name, the longest runs first, and the words that are in none of them."""
    words = text.split()
    taken: set[int] = set()
    found: list[str] = []
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            place = set(range(start, start + length))
            if not place & taken and (spdx := identify(" ".join(words[start : start + length])).expression):
                taken |= place
                found.append(spdx)
    return found, {word for number, word in enumerate(words) if number not in taken}


def _versioned(spdx: str) -> Iterator[str]:
    """All versions of an id that lacks one, newest first."""
    family = spdx.removeprefix("LicenseRef-").removesuffix(f"-{UNVERSIONED}")
    return (f"{family}-{version}" for version in reversed(VERSIONS) if register.is_listed(f"{family}-{version}"))


def _allowed(groups: Iterable[Iterable[str]], policy: Policy) -> tuple[str, ...]:
    ids = dict.fromkeys(spdx for group in groups for spdx in group)
    allowed = (spdx for spdx in ids if rule_expression(spdx, policy, None).decision is Decision.ALLOW)
    return tuple(allowed)[:MOST_CANDIDATES]


__all__ = ["propose"]
