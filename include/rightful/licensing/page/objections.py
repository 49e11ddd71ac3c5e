"""What speaks against relying on a licence, in the words beside it: rights reserved, conditions on commerce."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rightful.licensing.page.marks import shown_by
from rightful.licensing.page.names import MAX_TEXT, Name, find_names
from rightful.licensing.page.pieces import Block
from rightful.licensing.page.restraints import ALLOWED, bars_commerce, kept_for, narrowed, withheld
from rightful.licensing.page.statements import NONCOMMERCIAL, RESERVED, UNKNOWN_SCRIPT, is_reserved, plain

MAX_BESIDE = 300
"""Characters of a block beside the licence's that may hold a condition; longer ones are prose."""
MAX_ICONS = 100
MAX_PROSE = 4_000
"""Characters of a longer one in which commercial use may be refused in so many words."""
NEAR = 500
"""Characters before and after a licence in which words may narrow it."""
# "Republished from The Conversation under a Creative Commons license": under which one, is not told.
_TAKEN = re.compile(
    r"\b(?:re-?published|re-?posted|reprinted|syndicated)\b[^.]{0,80}\b(?:under|with|through)\b[^.]{0,24}"
    r"(?:Creative Commons|CC) licen[cs]e",
    re.IGNORECASE,
)


def objections_in(block: Block, names: list[Name]) -> Iterator[tuple[str, str]]:
    """What a block that gives a licence says against it, and its neighbours: each with its text. ``names`` are the
    licences named in the block."""
    labels = "\n".join(words for link in block.links for words in (link.title, link.alt) if words)
    text = f"{block.text[:MAX_TEXT]}\n{labels}"
    if RESERVED.search(plain(text)):
        yield "all rights reserved beside the licence", " ".join(text[:300].split())
    for beside in (block.before, block.after):
        if len(beside) <= MAX_BESIDE:
            yield from conditions_in(beside, "beside the licence")
            if (words := kept_for(plain(_nameless(beside, find_names(beside))))) is not None:
                yield "a condition beside the licence", words[:300]
        elif (words := bars_commerce(plain(beside[:MAX_PROSE]))) is not None:
            yield "commercial use refused beside the licence", words[:300]
    for near in block.around:
        yield from conditions_in(near, "near the licence")
    if UNKNOWN_SCRIPT.search(text) and is_reserved(text):
        yield "a copyright line in a language that is not read here", " ".join(text[:300].split())
    text = f"{_nameless(block.text[:MAX_TEXT], names)}\n{_nameless(labels, find_names(labels))}"
    if NONCOMMERCIAL.search(ALLOWED.sub(" ", plain(text))):
        yield "a non-commercial or no-derivatives condition beside the licence", " ".join(block.text[:300].split())
    near = plain(_nameless(around := _near(block, names), find_names(around)))
    if (words := narrowed(near)) is not None:
        yield "a condition beside the licence", words[:300]
    if (words := withheld(plain(text))) is not None:
        yield "a reservation against mining or training beside the licence", words[:300]


def _near(block: Block, names: list[Name]) -> str:
    """The text around the licences of a block."""
    starts = [*(link.start for link in block.links), *(name.start for name in names)]
    return block.text[max(0, min(starts, default=0) - NEAR) : max(starts, default=0) + NEAR]


def conditions_in(text: str, where: str) -> Iterator[tuple[str, str]]:
    """A condition on commerce: in a footer it speaks of all of the page, in a neighbour of the licence probably so."""
    if NONCOMMERCIAL.search(ALLOWED.sub(" ", plain(_nameless(text, find_names(text))))):
        yield f"a non-commercial or no-derivatives condition in the block {where}", " ".join(text[:300].split())
    if (words := withheld(plain(text))) is not None:
        yield f"a reservation against mining or training in the block {where}", words[:300]


def _nameless(text: str, names: list[Name]) -> str:
    """The text without the licences named in it: their names speak of commerce, too."""
    for name in reversed(names):
        end = name.end
        while name.start < end < len(text) and text[end - 1].isalpha() and text[end].isalpha():
            end -= 1  # a name does not end within a word: the "V" of the next one is no version
        text = text[: name.start] + " " + text[end:]
    return text


def icons_against(icons: list[str]) -> Iterator[tuple[str, str]]:
    """Icons that lead nowhere and show a licence that restricts."""
    for icon in icons[:MAX_ICONS]:
        if shown_by(icon) & {"nc", "nd"}:
            yield "an icon of a licence that restricts use", icon[:300]


def terms_of_origin(block: Block) -> Iterator[tuple[str, str]]:
    """That the text was taken over under terms which are not told."""
    if taken := _TAKEN.search(block.text):
        yield "terms of the text's origin", block.text[max(0, taken.start() - 100) : taken.end()]
