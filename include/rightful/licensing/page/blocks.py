"""Evidence in the page's text: marked links (T2), statements (T3), and what merely stands in a footer (T4 to T6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from rightful.licensing import register
from rightful.licensing.creative_commons import UNVERSIONED
from rightful.licensing.identify import identify
from rightful.licensing.page.foreign import REFERRED, is_bare, is_foreign_title, is_third
from rightful.licensing.page.marks import DENIES
from rightful.licensing.page.metadata import misplaced
from rightful.licensing.page.model import Evidence, Tier
from rightful.licensing.page.names import Name, find_names
from rightful.licensing.page.objections import objections_in, terms_of_origin
from rightful.licensing.page.pieces import Block, Link
from rightful.licensing.page.statements import (
    PARTS,
    Statement,
    is_notice,
    sentence_of,
    statement,
)
from rightful.licensing.policy import restriction_of

_MARKS = frozenset(
    {
        "license",
        "licence",
        "cc:license",
        "dc:license",
        "dct:license",
        "dcterms:license",
        "xhv:license",
        "schema:license",
    }
)
_CONFIDENCE = {"work": 0.9, "site": 0.87, "notice": 0.85, "label": 0.75, "other": 0.7}
_LETTER = re.compile(r"\w")
_LEADS = re.compile(
    r"[:：]\s*$|\b(?:under|unter|sous|bajo|sob|onder|licencji|licen[cs]ed?|lizenz|licencia|licenza"
    r"|licen[çc]a)\W*(?:an?|the|der|einer|la|una|uma|de|een|une)?\W*$",
    re.IGNORECASE,
)


_CREDIT = re.compile(
    r"\s*[-–|(:,]?\s*(?:photo|image|picture|foto|bild|illustration|imagen|cr[ée]dits?)s?\s*(?:credits?\b|by\b|von\b"
    r"|:|©|via\b|from\b)",
    re.IGNORECASE,
)


_ELLIPTIC = re.compile(
    r"\W*(?:(?:licensed|published|released|available|distributed|shared) under|lizen[sz]iert unter"
    r"|ver[öo]ffentlicht unter"
    r"|sous licence|bajo (?:una )?licencia|licenciad[oa] (?:bajo|sob)|(?:sotto|con) licenza|sob (?:a |uma )?licen[çc]a"
    r"|onder (?:een )?licentie|na licencji)\b",
    re.IGNORECASE,
)
_MAKER = re.compile(
    r"\b(?:powered|theme|template|design(?:ed)?|built|made (?:with|by)|generated|software|hosted|erstellt|icons?"
    r"|plugin)\b",
    re.IGNORECASE,
)
MAX_HEADING = 60
"""Characters of a block that may be a heading of the next one."""


class Mention(NamedTuple):
    """A licence named in a block, by link or in words; ``expression`` None where it can't be told which one."""

    start: int
    end: int
    raw: str
    expression: str | None
    link: Link | None


class Read(NamedTuple):
    """What a block gave: evidence, and what in it speaks against relying on it."""

    evidence: list[Evidence]
    objections: list[tuple[str, str]]
    excludes: set[str]
    alone: bool = False
    """A marked link of which no words say what it is the licence of."""
    stated: bool = False
    """A statement that the licence is that of this page or its site."""


def read_block(block: Block, url: str, sites: frozenset[str], *, title: str = "", community: bool = False) -> Read:
    """All licence evidence of a block. ``title`` is the page's; ``community``: users' contributions are its text."""
    names = find_names(block.text)
    mentions = _mentions(block, names)
    found = Read([], [], set())
    said: Statement | None = None
    previous: Mention | None = None
    alone = stated = False
    for mention in mentions:
        first, last = sentence_of(block.text, mention.start, mention.end)
        follows = previous is not None and previous.end > first
        before = block.text[max(first, previous.end) if follows and previous else first : mention.start]
        if not (follows and said is not None and _continues(before)):
            following = next((other.start for other in mentions if other.start >= mention.end), last)
            after = block.text[mention.end : min(last, following)]
            said = _said(before, after, block, mention, sites, follows)
        previous = mention
        found.excludes.update(said.excludes)
        holder = (
            None
            if mention.link is not None
            else next((one for one in block.links if one.rel & _MARKS and one.start <= mention.start < one.end), None)
        )
        given = list(_evidence(mention, said, block, url, sites, title, community, holder))
        found.evidence.extend(given)
        if any(evidence.counts for evidence in given):
            marked = mention.link is not None and bool(mention.link.rel & _MARKS)
            stated = stated or said.kind in ("work", "site", "notice")
            alone = alone or marked
    if any(evidence.counts for evidence in found.evidence):
        found.evidence[:] = _versioned(found.evidence, mentions)
        found.objections.extend(objections_in(block, names))
    else:
        found.evidence.extend(_unnamed(block, names, sites))
        found.objections.extend(terms_of_origin(block))
    return found._replace(alone=alone and not stated, stated=stated)


def _versioned(evidence: list[Evidence], mentions: list[Mention]) -> list[Evidence]:
    """The evidence, with the version of a licence named without one where the block's links lead to just one: an icon
    of CC BY 4.0 beside "the Creative Commons Attribution License"."""
    linked: dict[str, set[str]] = {}
    for mention in mentions:
        if mention.link is not None and mention.expression is not None:
            linked.setdefault(register.family_of(mention.expression), set()).add(mention.expression)
    read: list[Evidence] = []
    for one in evidence:
        targets = linked.get(register.family_of(one.expression or ""), set())
        alone = len(targets) == 1 and one.counts and (one.expression or "").endswith(UNVERSIONED)
        read.append(msgspec.structs.replace(one, expression=next(iter(targets))) if alone else one)
    return read


def _unnamed(block: Block, names: list[Name], sites: frozenset[str]) -> Iterator[Evidence]:
    """Statements that the page has a Creative Commons licence, and no word of which one."""
    for name in names:
        if name.expression is not None or block.place_at(name.start).exclusion:
            continue
        first, last = sentence_of(block.text, name.start, name.end)
        said = statement(block.text[first : name.start], block.text[name.end : last], sites)
        if said.kind in ("work", "site") and not (said.doubtful or said.told or said.loose):
            text = " ".join(block.text[max(0, name.start - 200) : name.end + 120].split())
            where = f"text in {block.place.region or 'body'}, statement of the {said.subject}"
            yield Evidence(tier="T3", confidence=0.7, place=where, raw=name.raw, text=text[:500], subject=said.subject)


def _mentions(block: Block, names: list[Name]) -> list[Mention]:
    mentions = [
        Mention(link.start, max(link.start, link.end), link.href, identify(link.href).expression, link)
        for link in block.links
    ]
    for name in names:
        # A bare "Creative Commons license" names none; inside a link, the link's target does.
        if name.expression is None:
            continue
        family = register.family_of(name.expression)
        # The words of a link are no evidence of their own, unless they contradict its target.
        if not any(m.start <= name.start < m.end and family == _family(m.expression) for m in mentions if m.link):
            mentions.append(Mention(name.start, name.end, name.raw, name.expression, None))
    # A name inside a link stands after it: the link's own words are what the name is part of.
    return sorted(mentions, key=lambda mention: (mention.start, mention.link is None, mention.end))


def _family(expression: str | None) -> str | None:
    return register.family_of(expression) if expression else None


def _continues(between: str) -> bool:
    """Whether two licences are named in one breath, so that what is said of the first is said of the second."""
    alone = re.fullmatch(r"\W*(?:licen[cs]e|lizenz|licencia|licenza|licen[çc]a|licentie)?\W*", between, re.IGNORECASE)
    return len(between) <= 40 and (alone is not None or statement(between, "", frozenset()).kind == "none")


def _said(before: str, after: str, block: Block, mention: Mention, sites: frozenset[str], follows: bool) -> Statement:
    said = statement(before, after, sites, mentions_before=follows)
    if said.kind == "none" and not follows and not _LETTER.search(block.text[: mention.start]) and block.before:
        start, _ = sentence_of(block.before, len(block.before), len(block.before))
        lead = block.before[start:]
        if _LEADS.search(lead):
            said = statement(lead, after, sites)
    if said.kind in ("none", "label") and mention.link is not None:
        for words in (mention.link.title, mention.link.alt, block.text[mention.start : mention.end]):
            own = statement(words, "", sites) if words else said
            if own.kind in ("work", "site", "part"):
                return own
    if said.kind in ("none", "other") and block.place.region == "footer" and not _MAKER.search(block.text):
        # "Licensed under CC BY 4.0", and nothing else: in a footer that is said of the page.
        link_words = block.text[mention.start : mention.end] if mention.link is not None else ""
        if _ELLIPTIC.match(before) or (not _LETTER.search(before) and _ELLIPTIC.match(link_words)):
            return said._replace(kind="notice", subject="site")
    # "© 2020 Somebody · CC BY 4.0 · Imprint": a footer's copyright line in columns.
    if said.kind == "none" and block.place.region == "footer" and is_notice(block.text[:600]):
        return said._replace(kind="notice", subject="site")
    return said


def _evidence(
    mention: Mention,
    said: Statement,
    block: Block,
    url: str,
    sites: frozenset[str],
    title: str,
    community: bool,
    within: Link | None = None,
) -> Iterator[Evidence]:
    link = mention.link
    place = link.place if link is not None else block.place_at(mention.start)
    marked = link is not None and bool(
        link.rel & _MARKS or ("copyright" in link.rel and mention.expression is not None)
    )
    why = misplaced(
        place, url, strict=marked and link is not None and "itemprop" in _kinds(link), expression=mention.expression
    )
    if not why:
        why = _unsaid(mention, said, block, title, place.region, marked, community)
    tier, confidence = _tier(mention, said, place.region, marked)
    restricts = mention.expression is not None and restriction_of(mention.expression) is not None
    denied = link is not None and DENIES.search(block.text[mention.start : mention.end].strip())
    if not restricts and tier in ("T2", "T3") and (said.loose or denied or (marked and is_bare(said, block, place))):
        tier, confidence = "T3", 0.7
    if within is not None:  # the words of a marked link that contradict its target weigh as much as it does
        tier, confidence = "T2", 0.85
    if (
        why == "menu"
        and place.region == "footer"
        and block.text.strip() == block.text[mention.start : mention.end].strip()
    ):
        why = ""  # an entry of a footer's menu that is nothing but the licence's name; a weak word, yet about this site
    if tier == "none" and not why:
        why = "mention"
    text = " ".join(block.text[max(0, mention.start - 200) : mention.end + 120].split())
    where = f"{'a' if link is not None else 'text'}{' rel=license' if marked else ''} in {place.region or 'body'}"
    if said.kind not in ("none", "label"):
        where += f", statement of the {said.subject}"

    def one(raw: str, expression: str | None) -> Evidence:
        return Evidence(
            tier="none" if why else tier,
            confidence=confidence,
            place=where,
            raw=raw,
            text=text[:500],
            expression=expression,
            subject="part"
            if why and why != "elsewhere"
            else "elsewhere"
            if why
            else said.subject
            if said.subject != "unknown"
            else "page",
            excluded=why,
            hedged=said.hedged,
        )

    yield one(mention.raw, mention.expression)
    if link is not None:
        # What a link is called and shows may contradict its target: "CC BY-NC" that leads to CC BY. Where the target
        # is not known, only restrictions are heard.
        family = _family(mention.expression)
        shown = [(name.raw, name.expression) for words in (link.title, link.alt) for name in find_names(words)]
        for raw, expression in (*shown, *_shown(link)):
            if expression is not None and _family(expression) != family and (family or restriction_of(expression)):
                yield one(raw, expression)


def _shown(link: Link) -> Iterator[tuple[str, str | None]]:
    """The licence that a link's icons show, by their addresses or classes."""
    if "zero" in link.shown:
        yield "icon: CC0", identify("cc0").expression
    elif link.shown:
        family = "-".join(element for element in ("by", "nc", "nd", "sa") if element in {*link.shown, "by"})
        yield f"icon: CC-{family.upper()}", identify(f"cc-{family}").expression


def _kinds(link: Link) -> frozenset[str]:
    return (
        frozenset({"itemprop"})
        if "license" in link.rel and link.place.item and not link.rel & {"cc:license", "dct:license"}
        else frozenset()
    )


def _unsaid(
    mention: Mention, said: Statement, block: Block, title: str, region: str, marked: bool, community: bool
) -> str:
    """Why the words around it take a licence away from the main text."""
    restricts = mention.expression is not None and restriction_of(mention.expression) is not None
    if said.kind == "part" and not (community and said.part == "comments"):
        return said.part
    # A heading above a licence that no words go with: "Image credits".
    if said.kind in ("none", "label") and marked and not restricts and len(block.before.strip()) <= MAX_HEADING:
        above = PARTS.search(block.before)
        if above is not None and above.lastgroup not in ("comments", "quotes", "namespace"):
            return str(above.lastgroup)
    # "Photo: somebody | License: CC BY": what comes before the bar says what the label is of.
    if said.kind in ("none", "label", "other", "notice") and not marked:
        beside = PARTS.search(block.text, max(0, mention.start - 200), mention.start)
        if beside is not None:
            return str(beside.lastgroup)
    if said.doubtful or (said.told and not restricts):
        return "doubt"
    if marked and mention.link is not None:
        if said.kind in ("none", "label") and mention.link.place.listed and region not in ("footer", "aside"):
            return "list"  # an entry among others: the licence of what it leads to
        if REFERRED.search(mention.link.href) or is_foreign_title(block.text[: mention.start], title):
            return "elsewhere"
        if said.kind == "other" and not restricts and is_third(block.text, mention.start, title):
            return "elsewhere"
    # An image beside it, or "photo credit" behind it, and no word of another subject: a credit.
    if said.kind in ("none", "label", "other", "notice") and (
        _CREDIT.match(block.text, mention.end) or (block.images and region not in ("footer", "aside"))
    ):
        return "images"
    return ""


def _tier(mention: Mention, said: Statement, region: str, marked: bool) -> tuple[Tier, float]:
    if marked:
        return "T2", 0.93 if said.kind in ("work", "site") else 0.9
    if said.kind == "notice" and region != "footer":
        said = said._replace(kind="none")
    if said.kind in _CONFIDENCE:
        return "T3", _CONFIDENCE[said.kind]
    icon = mention.link is not None and (mention.link.icon or mention.end - mention.start <= 1)
    if region not in ("footer", "aside") and not (icon and region == ""):
        return "none", 0.0
    if mention.link is None:
        return "T6", 0.4
    return ("T5", 0.5) if icon else ("T4", 0.6)
