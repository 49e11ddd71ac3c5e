"""What is worth a look: links that may lead to a licence, blocks of text that may name one, icons that show one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import re2

from rightful.licensing.page.pieces import Block

DENIES = re.compile(
    r"\A\W*(?:non?|nicht|kein\w*|pas|ohne|außer|sans|sauf|niet|geen|nie|bez|não|sem|sin|senza)\b"
    r"|\b(?:not|other than|but)\b",
    re.IGNORECASE,
)
"""Words of a link by which it is not under what it leads to; elsewhere some belong to a name (``non transposé``)."""

MAX_KEPT = 500
"""Blocks, and links, that are looked at; a page with more licence links is a list of works."""
MAX_CONDITION = 20_000
"""Characters of a block in a footer that are searched for conditions."""
NEAR = 4
"""So many blocks before and behind a licence may set a condition, if they are short."""
MAX_SHORT = 100
"""Characters of such a block: a sentence, and no prose."""
_SPEAKS = re2.compile(
    r"(?i)\bcc[\s_.\x{2010}-\x{2015}\x{a0}(-]{0,3}(?:by|0|zero|attribution)\b|creative[\s_-]{0,3}commons|コモンズ"
    r"|知识共享"
    r"|知識共享|創用|创作共用|共享创意"
    r"|open government licen|open parliament licen|free documentation|\bgfdl\b|all rights reserved|rechte"
    r" vorbehalten|droits réservés|derechos reservados"
    r"|diritti riservati|direitos reservados|rechten voorbehouden|prawa zastrze|版权所有|版權所有|無断転載"
)
# Roots of words, in all languages known, that a condition on commerce needs: a quick look before the slow one.
_COMMERCE = re2.compile(
    r"(?i)com+er[cz][iy]?|kommer[sz]i|kom+er[cč]|коммерч|комерц|комерч|kaupalli|ticari|thương mại"
    r"|非営利|非商|비영리|상업"
    r"|commercieel|εμπορικ|تجاري|מסחרי|no[- ]?deriv|no modif|bearbei|改変禁止|禁止演|禁止改作|личн|train|mining"
    r"|(?:personal|private|educational|research) |\bAI\b|\bA\.I\.|\bKI\b|\bIA\b|\bTDM\b|artifi[ck]i|künstlich"
    r"|sztuczn|llm"
    r"|chatbot|scrap|machine|entra[îi]n|entrena|マイニング|機械学習|人工|机器学习|機器學習|大模型|数据挖掘"
    r"|искусствен|нейросет|인공|기계"
    r"|AI[^\x00-\x7f]"
)
_ICON = re.compile(
    r"creativecommons|licensebuttons|88x31|80x15|/cc[-_./]|cc[-_]?(?:by|zero)|by-(?:sa|nc|nd)|lizenzvertrag"
    r"|creative[ _-]?commons|licen[cs]e|lizenz|open government",
    re.IGNORECASE,
)

# The elements of a licence that an icon shows: "/l/by-nc-sa/4.0/88x31.png", "cc-by-nc.svg", "icons/nc.svg".
_WHOLE = re.compile(r"(?<![a-z])(?:cc)?[-_.]?(by(?:[-_.]?(?:nc|nd|sa))*)(?![a-z])")
_SINGLE = re.compile(r"(?<![a-z])(nc|nd|sa|zero)(?![a-z])")
_OURS = re.compile(
    r"creative-?_?commons|licensebuttons|88x31|80x15|presskit|(?<![a-z])cc|licen[cs]e|by[-_.]?(?:nc|nd|sa)"
)


def is_icon(about: str) -> bool:
    """Whether an image's address or words are those of a licence's icon. Asked of every image: most are told from one
    by plain searches, many times faster than a pattern without case."""
    plain = about.lower()
    return (
        "cc" in plain
        or "licen" in plain
        or "by-" in plain
        or "creative" in plain
        or "lizen" in plain
        or "88x31" in plain
        or "80x15" in plain
        or "open gov" in plain
    ) and _ICON.search(plain) is not None


def shown_by(icon: str) -> frozenset[str]:
    """The elements (``by``, ``nc``, ``nd``, ``sa``, ``zero``) that an image's address or a class of an icon font
    names; none where it is no icon of a licence."""
    plain = icon[:2_000].lower()
    if not _OURS.search(plain):
        return frozenset()
    told = {element for whole in _WHOLE.finditer(plain) for element in re.findall("by|nc|nd|sa", whole[1])}
    return frozenset(told | {single[1] for single in _SINGLE.finditer(plain)})


def may_be_licence(href: str) -> bool:
    """Whether a link may lead to a licence. Asked of every link of the page; spelt out because that is three times as
    fast as a loop or a pattern."""
    return (
        "licen" in href
        or "creativecommons" in href
        or "legalcode" in href
        or "gnu.org" in href
        or "copyleft" in href
        or "publicdomain" in href
        or "opendatacommons" in href
        or "rightsstatements" in href
        or "cdla.dev" in href
    )


def speaking(blocks: list[Block]) -> Iterator[Block]:
    """The blocks that hold a licence link or name."""
    kept = {place for place, block in enumerate(blocks) if block.links}
    kept.update(_hits(blocks, _SPEAKS))
    for place in sorted(kept)[:MAX_KEPT]:
        blocks[place].after = blocks[place + 1].text if place + 1 < len(blocks) else ""
        around = (*blocks[max(place - NEAR, 0) : max(place - 1, 0)], *blocks[place + 2 : place + 1 + NEAR])
        blocks[place].around = tuple(block.text for block in around if len(block.text) <= MAX_SHORT)
        yield blocks[place]


def conditions_of(blocks: list[Block]) -> list[str]:
    """Texts of footers that may set conditions: they hold for all of the page, whatever block the licence is in."""
    told = (blocks[place] for place in sorted(_hits(blocks, _COMMERCE)))
    # Where a block stands costs more to find than what it says.
    return [
        block.text[:MAX_CONDITION] for block in told if block.place.region == "footer" and not block.place.exclusion
    ][:MAX_KEPT]


def _hits(blocks: list[Block], pattern: Any) -> set[int]:
    """Numbers of the blocks that hold the pattern. One search over all text: a call for each block costs more."""
    starts: list[int] = []
    length = 0
    for block in blocks:
        starts.append(length)
        length += len(block.text) + 1
    return {
        bisect_right(starts, hit.start()) - 1 for hit in pattern.finditer("\0".join(block.text for block in blocks))
    }


def is_free_work(href: str) -> bool:
    """Whether a link leads to a single work of those that are handed out for reuse (somebody's photo, icon, song): a
    licence beside it is the work's. Spelt out as :func:`may_be_licence` is."""
    return (
        "flickr.com/p" in href
        or "wikimedia.org/wiki/file" in href
        or "unsplash.com" in href
        or "pixabay.com" in href
        or "pexels.com" in href
        or "deviantart.com" in href
        or "flaticon.com" in href
        or "freepik.com" in href
        or "thenounproject.com" in href
        or "incompetech.com" in href
        or "freemusicarchive.org" in href
        or "freesound.org" in href
        or "sketchfab.com" in href
    )


def is_small(attributes: dict[str, str]) -> bool:
    """An image of a few pixels is layout (icons, counters), not something that a credit would speak of."""
    for key in ("width", "height"):
        value = attributes.get(key, "").removesuffix("px")
        if value.isdigit() and int(value[:6]) <= 48:
            return True
    return False
