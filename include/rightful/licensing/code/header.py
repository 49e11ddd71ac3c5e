"""What a source file says of its own licence: SPDX tags, a notice or a whole licence at its head, or terms within it.

Whatever speaks of rights and is not understood is a tag of its own that nothing identifies, so that a person sees it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from rightful.licensing.code import sayings
from rightful.licensing.code.comments import head_comments
from rightful.licensing.code.notices import NOTICES
from rightful.licensing.code.texts import blanks_are_names, patterns
from rightful.licensing.code.words import TAG, TALK, copyrights_in, plain, reserves
from rightful.licensing.identify import identify

RESERVED = "All rights reserved"
SAID = "header"
"""The place of a licence that a sentence or a field of the head names."""
BELOW = "below the header"
"""Begins the place of what stands further down in the file."""
_TAG_END = re.compile(r"[\s*|#/]+$|\s*(?:\*+/|-->|--\}|#\}|%>|\*\)|-\}|\"\"\"|'''|\]\]|[\"'<,;\\].*$).*$")
_COPYLEFT = ("GPL", "LGPL", "AGPL", "MPL")
"""Their notices are known by their names alone: nothing beside them can make them load by themselves."""
_AROUND = 200
_MOST_TAGS = 20
_LONGEST_HEAD = 80_000
"""Characters; the longest licence has 40,000."""
_MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself.

    Attributes:
        tags: Licences that all bind it, as they stand there or as the SPDX id of a text written out; ``(place, tag)``.
        refers: Its head says that the licence stands in the repository's file.
        copyrights: The copyright statements of its head, in their order.
    """

    tags: tuple[tuple[str, str], ...] = ()
    refers: bool = False
    copyrights: tuple[str, ...] = ()


def read_header(text: str) -> Header:
    """What ``text``, a whole source file, says of its licence. No tags: it says nothing of it."""
    head, rest = head_comments(text)
    if len(head) > _LONGEST_HEAD:
        return Header((("header, terms", f"terms: a header of {len(head):,} characters"),))
    tags = [("SPDX-License-Identifier", tag) for tag in spdx_tags(head)]
    below = [(BELOW, tag) for tag in spdx_tags(rest)]
    said, left, refers = _understood(TAG.sub(_after_tag, head))
    known = _expressions(tags)
    tags += [pair for pair in said if not known or identify(pair[1]).expression not in known]
    if TALK.search(left) and not any(tag.startswith(_COPYLEFT) for _, tag in said):
        tags.append(("header, terms", _unknown(left, TALK)))
    elif not refers and all(place == SAID for place, _ in tags) and any(reserves(line) for line in head.splitlines()):
        tags.append(("header, terms", RESERVED))
    every = tuple(dict.fromkeys([*tags, *below, *_inside(TAG.sub(_after_tag, rest))]))
    if len(every) > _MOST_TAGS:
        every = ((BELOW, f"terms: {len(every):,} statements about licences"),)
    return Header(every, refers, copyrights_in(head))


def spdx_tags(text: str) -> list[str]:
    """What stands behind each ``SPDX-License-Identifier:``, without what ends the comment; each once."""
    return list(dict.fromkeys(_TAG_END.sub("", found[1]).strip() for found in TAG.finditer(text)))


def _after_tag(found: re.Match[str]) -> str:
    """What stands behind a tag in its line may take something of it back."""
    value = _TAG_END.sub("", found[1])
    return " " + found[1][len(value) :]


def _expressions(tags: list[tuple[str, str]]) -> set[str]:
    """Of the tags their expressions, and the ids in them: a notice beside ``MIT OR Apache-2.0`` repeats one of both."""
    known = {identify(tag).expression for _, tag in tags}
    return {part for one in known if one for part in (one, *re.split(r"[\s()]+", one))}


def _understood(head: str) -> tuple[list[tuple[str, str]], str, bool]:
    """Licences that the head names, what is left of it, and whether it refers to the repository's own."""
    tags: list[tuple[str, str]] = []
    for field in list(sayings.FIELD.finditer(head)):
        if identify(field["tag"]).expression is not None:
            tags.append((SAID, field["tag"]))
            head = head.replace(field[0], " ")
    left = plain(head)
    for spdx, pattern in patterns().items():
        match = pattern.search(left)
        if match is not None and blanks_are_names(match):
            tags.append(("header, whole text", spdx))
            left = f"{left[: match.start()]} {left[match.end() :]}"
    for spdx, notice in NOTICES:
        left, count = notice.subn(" ", left)
        tags += [("header, notice", spdx)] if count else []
    left = _without_known_addresses(_named(left, tags), tags)
    left, refers = _referring(left, tags)
    return list(dict.fromkeys(tags)), sayings.HARMLESS.sub(" ", left), refers


def _named(left: str, tags: list[tuple[str, str]]) -> str:
    for match in list(sayings.UNDER.finditer(left)):
        onward = left[match.end() : match.end() + _AROUND]
        if sayings.BUT.search(onward.partition(". ")[0]) or not sayings.ENDS.match(onward):
            continue
        version = match["version"] or ""
        for named in (match["tag"], f"{match['tag']} license"):
            tag = f"{named} {version}".strip(' ,"')
            if identify(tag).expression is not None:
                tags.append((SAID, tag))
                left = left.replace(match[0], " ", 1)
                break
    tags += [("header", f"MPL-{match['version']}") for match in sayings.MPL.finditer(left)]
    family = sayings.family_of(left)
    tags += [("header", family)] if family else []
    return left


def _without_known_addresses(left: str, tags: list[tuple[str, str]]) -> str:
    """The address of a licence that is named already says nothing new."""
    known = _expressions(tags)
    for address in set(sayings.ADDRESS.findall(left)):
        if identify(re.sub(r"-license(?:\.php|\.html)?$", "", address)).expression in known:
            left = left.replace(address, " ")
    return left


def _referring(left: str, tags: list[tuple[str, str]]) -> tuple[str, bool]:
    refers = False
    for _ in range(_MOST_REFERENCES):
        match = sayings.REFERS.search(left)
        if match is None:
            break
        refers = True
        before, after = left[: match.start()], sayings.AFTER.sub(" ", left[match.end() :])
        if stated := sayings.STATED.search(before):
            before = before[: stated.start()]
            if identify(stated["tag"]).expression is not None:  # "BSD" alone names none
                tags.append((SAID, stated["tag"]))
        left = f"{before} {after}"
    return left, refers


def _inside(rest: str) -> list[tuple[str, str]]:
    """Licences named below the head: what somebody pasted keeps its terms."""
    if sayings.MAYBE.search(rest) is None:
        return []
    # Compared without the marks of comments, in whatever language.
    said = plain("\n".join(re.sub(r"^[\s*#/;%\"'-]+", "", line) for line in rest.splitlines()))
    if sayings.STRONG.search(said) is None:
        return [(BELOW, RESERVED)] if any(reserves(line) for line in rest.splitlines()) else []
    found: list[tuple[str, str]] = []
    for spdx, pattern in patterns().items():
        for one in pattern.finditer(said):
            if blanks_are_names(one):
                found.append((f"{BELOW}, whole text", spdx))
                said = said.replace(one[0], " ", 1)
    for spdx, notice in NOTICES:
        said, count = notice.subn(" ", said)
        found += [(f"{BELOW}, notice", spdx)] if count else []
    if left := sayings.STRONG.search(said):
        family = sayings.family_of(said) if "general public" in left.group(0) else None
        found.append((BELOW, family or _unknown(said, sayings.STRONG)))
    return found


def _unknown(said: str, talk: Any) -> str:
    """A tag for words that nothing here understands: the same for the same words, so that a person answers once."""
    sentences = [one for one in re.split(r"(?<=[.;])\s+", " ".join(said.split())) if talk.search(one)]
    words = " ".join(sentences) or said
    digest = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]
    match = talk.search(words)
    start = max(0, match.start() - 60) if match else 0
    return f"terms {digest}: {words[start : start + _AROUND]}"


__all__ = ["BELOW", "RESERVED", "SAID", "Header", "read_header", "spdx_tags"]
