"""Of what a marked link is the licence, where the words beside it name no page: somebody's photo, a book, a report."""

from __future__ import annotations

import re

from rightful.licensing.page.names import find_names
from rightful.licensing.page.pieces import Block
from rightful.licensing.page.places import Place
from rightful.licensing.page.statements import Statement, is_notice, sentence_of

# Attribution as search engines for free works hand it out: "Title" by Somebody is licensed under CC BY.
REFERRED = re.compile(r"[?&]ref=(?:openverse|ccsearch)", re.IGNORECASE)
_TITLED = re.compile(r"[\"“„«”]([^\"“„«”»]{1,200})[\"“”»]\s*(?:by|von|par|por|di|door|de)\b[^.]{0,200}$", re.IGNORECASE)


_THIRD = re.compile(
    r"\W*(?:the|la|le|der|die|das|el|il|o|a|het|de)\s((?:[\w'’-]+\s){0,7}?(?:report|study|survey|paper|book|guide"
    r"|album|novel"
    r"|standard|specification|manual|handbook|course|game|project|map|magazine|journal|bericht|studie|buch|rapport"
    r"|[ée]tude"
    r"|livre|informe|estudio|libro|relat[óo]rio|estudo|livro|boek|raport|ksi[ąa][żz]ka)s?(?:\s[\w'’-]+){0,6}?)\s"
    r"(?:is|are|was|were|has|have|ist|sind|wird|steht|est|sont|est[áa]n?|[èe]|sono|[ée]|s[ãa]o|zijn|jest)\s",
    re.IGNORECASE,
)
_WAIVED = re.compile(r"to the extent possible under law", re.IGNORECASE)
# Words beside a marked link that name nobody and nothing: labels, copyright, dates.
_SAYING = re.compile(
    r"\b(?:licen[cs]ed?|lizenz|licencia|licenza|licen[çc]a|licentie|licencja|copyright|some rights reserved|rights"
    r"|under"
    r"|unter|sous|by|cc|the|an?|this|is|published|creative commons|attribution|international|reuse|share|permissions?"
    r"|open access|public domain)\b|[\W\d_]",
    re.IGNORECASE,
)


def is_foreign_title(before: str, title: str) -> bool:
    named = _TITLED.search(before[-500:])
    return named is not None and " ".join(named[1].lower().split()) not in " ".join(title.lower().split())


def is_third(text: str, start: int, title: str) -> bool:
    """Whether the sentence speaks of a thing by a name that is not the page's: "The UN report on climate is …"."""
    first, _ = sentence_of(text, start, start)
    named = _THIRD.match(text, first, start)
    return named is not None and " ".join(named[1].lower().split()) not in " ".join(title.lower().split())


def is_bare(said: Statement, block: Block, place: Place) -> bool:
    """Whether a marked link stands in running text that does not say what it is the licence of: "Jo / CC BY 2.0"."""
    if said.kind != "none" or place.region in ("footer", "aside"):
        return False
    rest = block.text
    for link in sorted(block.links, key=lambda link: link.start, reverse=True):
        rest = f"{rest[: link.start]} {rest[link.end :]}"
    for name in reversed(find_names(rest)):
        rest = f"{rest[: name.start]} {rest[name.end :]}"
    return _SAYING.sub("", rest) != "" and _WAIVED.search(rest) is None and not is_notice(rest)
