"""What a sentence says of the licence named in it: of which thing, how firmly. Works on the words around the name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rightful.licensing.page import languages, phrases
from rightful.licensing.page.grammar import is_plain
from rightful.licensing.page.model import Subject

BEFORE, AFTER = 400, 160
"""How many characters before and after a licence's name belong to its statement, at most."""


def _any(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(getattr(language, kind) for language in languages.LANGUAGES.values()), re.IGNORECASE)


_VERB, _WORK, _CONTENT, _PLACE = _any("verb"), _any("work"), _any("content"), _any("place")
_HEDGE = _any("hedge")
# Words begin where they begin, also inside longer patterns ("stronie są"); Japanese and Chinese don't part words.
_DOUBT = re.compile(
    "|".join(
        language.doubt if name in ("ja", "zh") else rf"(?<!\w)(?:{language.doubt})"
        for name, language in languages.LANGUAGES.items()
    ),
    re.IGNORECASE,
)
RESERVED = re.compile(f"{_any('reserved').pattern}|{phrases.RESERVED}", re.IGNORECASE)
"""All rights reserved, in all languages."""
NONCOMMERCIAL = re.compile(f"{phrases.NONCOMMERCIAL}|{phrases.NONCOMMERCIAL_ELSEWHERE}", re.IGNORECASE)
_LABEL = re.compile(
    rf"(?:^|[\s|(•·–—-])(?:{'|'.join(w.label for w in languages.LANGUAGES.values())})\s*[:：]?\s*$", re.IGNORECASE
)
PARTS = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in phrases.PARTS.items()), re.IGNORECASE)
_EXCEPT = re.compile(phrases.EXCEPT, re.IGNORECASE)
_AND = re.compile(f"(?:{phrases.AND}){{1,2}}", re.IGNORECASE)
_PARTIAL, _OTHERS = re.compile(phrases.PARTIAL, re.IGNORECASE), re.compile(phrases.OTHERS, re.IGNORECASE)
_TOLD_OF = re.compile(phrases.TOLD_OF, re.IGNORECASE)
_LIMITED = re.compile(phrases.LIMITED, re.IGNORECASE)
_WHEN = re.compile(phrases.WHEN, re.IGNORECASE)
UNKNOWN_SCRIPT = re.compile(phrases.UNKNOWN_SCRIPT)
_COPYRIGHT = re.compile(r"©|\(c\)|&copy;|\bcopyright\b|\bcopyleft\b|\burheberrecht|🄯|ⓒ", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_HYPHEN = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_BY_WHOM = re.compile(r"^\s*(?:by|von|par|por|di|door)\s+[A-Z\u00c0-\u00de]")
# A new sentence: after its stop, before a capital or a quotation mark; bars and bullets part columns of a footer.
_STOP = re.compile(r"(?<=[.!?])[\s\u00a0]+(?=[\"'“„«¿¡(\[]?[A-ZÀ-ÝŁŚŻŹĆÓ])|[。！？]|[|•·¦]|\n\s*\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Inc|Ltd|Dr|Mr|Mrs|Ms|Prof|St|vs|etc|bzw|ca|Nr|No|Co|e\.g|i\.e|z\.\s?B|v|Vol|Hr|Fr|Sr|Jr|u\.\s?a)"
    r"|\b[A-Z])\.\s*$"
)
_OPEN_ACCESS = re.compile(
    r"open[- ]access (?:article|publication|paper|chapter)|article en acc[èe]s libre|open-access-(?:artikel"
    r"|publikation)",
    re.IGNORECASE,
)


_CLOSE = re.compile(r"[,;)，、；）]")
_NOT_AFTER = re.compile(
    r"[^.。]{0,40}?(?:(?:は|では)?(?:ありません|ない\b)|いません|いない|\bnicht (?:lizen|ver[öo]ff|frei)"
    r"|\b(?:is|are|was|were|do|does) not\b|\bno longer\b|\bnicht mehr\b)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\W*(?:licen[cs]es?\W+)?(?:may|can|must|should|will|is|are|have|has|do|does|were|was|allows?|permits?|means?)\b",
    re.IGNORECASE,
)
_FINITE = re.compile(r"\b(?:is|are|been|be|has|have)\b|['’](?:s|re)\b", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:in|on|within|throughout|of|from|im|auf|aus|von|dans|sur|de|du|d|en|del|nel|nella|sul|su|di|em|no|na|do|da"
    r"|op|van|w|z)['’\s]+$",
    re.IGNORECASE,
)


class Statement(NamedTuple):
    """How the words around a licence's name are to be taken.

    ``kind``: ``work`` (this very thing), ``site`` (all of the site), ``part`` (what :attr:`part` names), ``label``
    ("License:"), ``notice`` (a copyright line that gives the licence in place of reserving rights), ``other`` (a verb
    but no subject we know), ``none``. ``doubtful``: wishes, conditions and the like; ``told``: it tells of others, or
    of a day to come, which makes a permission none, but not a restriction. ``loose``: it speaks of the page or site,
    but in a sentence with words that are not known to be harmless.
    """

    kind: str
    subject: Subject = "unknown"
    part: str = ""
    hedged: bool = False
    doubtful: bool = False
    excludes: tuple[str, ...] = ()
    told: bool = False
    loose: bool = False


def plain(text: str) -> str:
    """A text as words are looked for in it: one form of each letter, one blank, one hyphen, nothing invisible."""
    if not text.isascii():
        text = _HYPHEN.sub("-", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
    return " ".join(text.split())


def is_reserved(text: str) -> bool:
    """Whether the text claims a copyright, with or without a year."""
    return _COPYRIGHT.search(text) is not None


def is_notice(text: str) -> bool:
    """Whether the text is a copyright line: its sign or word, and a year."""
    return _COPYRIGHT.search(text) is not None and _YEAR.search(text) is not None


def sentence_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around ``[start, end)`` begins and ends."""
    low, high = max(0, start - BEFORE), min(len(text), end + AFTER)
    first = low
    for stop in _STOP.finditer(text, low, start):
        if not _ABBREVIATION.search(text, max(low, stop.start() - 8), stop.start()):
            first = stop.end()
    last = next((stop.start() for stop in _STOP.finditer(text, end, high)), high)
    return first, last


def statement(before: str, after: str, sites: frozenset[str], *, mentions_before: bool = False) -> Statement:
    """Read the words ``before`` and ``after`` a licence's name, within its sentence.

    ``sites`` are the site's own names in lower case. ``mentions_before``: another licence was named earlier in the
    sentence, so that ``before`` begins after it.
    """
    said = _statement(before, after, sites, mentions_before)
    if said.kind in ("work", "site"):
        words = _without_exceptions(_HEDGE.sub(" ", before))
        said = said._replace(loose=not is_plain(words, sites) or _excepts_somebody(after))
    return said._replace(told=True) if _is_told(before, after) else said


def _excepts_somebody(after: str) -> bool:
    """Whether what is excepted behind the licence is no part that is known: "except for AI companies"."""
    after = _HEDGE.sub(" ", after)
    return any(
        PARTS.search(after, out.end(), min(len(after), out.end() + 80)) is None for out in _EXCEPT.finditer(after)
    )


def _statement(before: str, after: str, sites: frozenset[str], mentions_before: bool) -> Statement:
    excludes = tuple(sorted(set(_excluded_parts(before)) | set(_excluded_parts(after))))
    hedge = bool(_HEDGE.search(before) or _HEDGE.search(after))
    plain = _without_exceptions(_HEDGE.sub(" ", before))
    doubt = _DOUBT.search(plain) is not None or _doubt_after(_HEDGE.sub(" ", after))
    doubt = doubt or _PARTIAL.search(plain) is not None or _elsewhere(plain, sites) or _continues(plain, after)
    verb = _VERB.search(plain) or _VERB.search(after[:80])
    part = _part_in(plain, after)
    if part and part != "own":
        return Statement("part", "part", part, hedge, doubt, excludes)
    open_access = _OPEN_ACCESS.search(plain) is not None
    work = _WORK.search(plain)
    if work and (verb or open_access or "rights to this" in work[0].lower()):
        broad = _PLACE.search(work[0]) is not None
        return Statement("work", "site" if broad else "page", "", hedge, doubt, excludes)
    if open_access and verb:
        return Statement("work", "page", "", hedge, doubt, excludes)
    if verb:
        if _CONTENT.search(plain) and not mentions_before and _is_all(plain, sites):
            return Statement("site", "site", "", hedge, doubt, excludes)
        if _names(plain, sites):
            return Statement("site", "site", "", hedge, doubt, excludes)
    if _COPYRIGHT.search(before) and is_notice(f"{before} {after}"):
        return Statement("notice", "site", "", hedge, doubt, excludes)
    if _BY_WHOM.search(after) and _YEAR.search(after):
        return Statement("notice", "site", "", hedge, doubt, excludes)
    if verb:
        return Statement("other", "unknown", "", hedge, doubt, excludes)
    if _LABEL.search(plain):
        return Statement("label", "unknown", "", hedge, doubt, excludes)
    return Statement("none", "unknown", "", hedge, doubt, excludes)


_ALL = re.compile(
    r"\b(?:all|any|every|entire|alle[nrs]?|s[äa]mtliche[nr]?|die (?:inhalte|texte|artikel|beitr[äa]ge)|der inhalt"
    r"|tou[st]e?s?|l'ensemble|le contenu|les (?:contenus|textes|articles)|todos?|todas?|los contenidos"
    r"|el contenido|os? conte[úu]dos?|os textos|tutti|tutte|i contenuti|i testi|il contenuto|alle|de inhoud|de"
    r" tekst(?:en)?|wszystkie|wszelkie|tre[śs][ćc]|tre[śs]ci|teksty)\b|全て|すべて|全部|所有"
    r"|^\W*(?:the )?(?:\w+ )?(?:contents?|texts?|documentation|docs|articles|posts|materials?|writings?|entries"
    r"|wiki content|site content|community content|conte[úu]do|contenuti?|contenidos?|inhalte?|texte|contenu)\b"
    r"|^\W*(?:el texto|il testo|tekst|o texto|le texte|der text|de tekst|el contenido)\b"
    r"|コンテンツ|テキスト|文章|文字内容|文本",
    re.IGNORECASE,
)


def _is_all(text: str, sites: frozenset[str]) -> bool:
    """Whether the sentence's subject is all content here, not one thing of which somebody tells ("The brochure …")."""
    return _ALL.search(text) is not None or _PLACE.search(text) is not None or _names(text, sites)


def _names(text: str, sites: Iterable[str]) -> bool:
    lower = text.lower()
    return any(re.search(rf"(?<!\w){re.escape(site)}(?!\w)", lower) is not None for site in sites)


def _excluded_parts(text: str) -> list[str]:
    """Parts named after "except": "all content except photos"."""
    return [
        str(part.lastgroup)
        for out in _EXCEPT.finditer(text)
        for part in PARTS.finditer(text, out.end(), min(len(text), out.end() + 80))
    ]


def _without_exceptions(text: str) -> str:
    """The words without what follows "except": the parts named there are not what the sentence speaks of."""
    out = _EXCEPT.search(text)
    if out is None:
        return text
    end = out.end()
    for part in PARTS.finditer(text, end, min(len(text), end + 100)):
        if end == out.end() or _AND.fullmatch(text, end, part.start()):
            end = part.end()
    close = _CLOSE.search(text, end)
    if end == out.end():
        end = close.end() if close else len(text)
    return f"{text[: out.start()]} {text[end:]}"


def _doubt_after(after: str) -> bool:
    """A question, or a negation behind the licence's name."""
    return re.match(r"[^.]{0,60}\?", after) is not None or _NOT_AFTER.match(after) is not None


def _is_told(before: str, after: str) -> bool:
    """Whether the sentence tells of others, or of a day to come."""
    before, after = _HEDGE.sub(" ", before), _HEDGE.sub(" ", after)[:80]
    return _TOLD_OF.search(before) is not None or any(
        pattern.search(words) is not None for pattern in (_WHEN, _LIMITED) for words in (before, after)
    )


def _continues(plain: str, after: str) -> bool:
    """ "Articles licensed under CC BY may be reused": the sentence tells of them, it does not license."""
    return _TOLD.match(after) is not None and _FINITE.search(plain[-60:]) is None


def _elsewhere(text: str, sites: frozenset[str]) -> bool:
    named = {found[0].lower().replace(" ", "") for found in _OTHERS.finditer(text)}
    return any(not any(name in site.replace(" ", "") for site in sites) for name in named)


_APPLIES = re.compile(
    r"\W*(?:[\w-]+\W+){0,4}?(?:appl(?:y|ies)|gilt|gelten|s'appliquen?t?|se aplica|si applica|aplica-se"
    r"|is van toepassing"
    r"|dotyczy|covers?)\b(?P<of>[^.;]{1,120})",
    re.IGNORECASE,
)


def _applied_to(after: str) -> str:
    """The part that the words behind a licence give it to: "(CC0) applies to the data made available in this"."""
    applies = _APPLIES.match(after)
    part = PARTS.search(applies["of"]) if applies is not None else None
    if applies is None or part is None:
        return ""
    first = min(
        (m.start() for words in (_CONTENT, _WORK) for m in words.finditer(applies["of"])), default=len(applies["of"])
    )
    return str(part.lastgroup) if part.start() < first and not _AND.match(applies["of"], part.end()) else ""


def _part_in(before: str, after: str) -> str:
    """The part of a page that the sentence speaks of instead of its text; ``own`` when text is meant, too."""
    if applied := _applied_to(after):
        return applied
    part = PARTS.search(before)
    if part is None:
        return ""
    spans = [match.span() for match in _CONTENT.finditer(before)]
    # "Photos in this article", "in this article, photos": there the work is only where they are.
    spans += [match.span() for match in _WORK.finditer(before) if not _WITHIN.search(before, 0, match.start())]
    places = [match.span() for match in _PLACE.finditer(before)]
    within = [match.span() for match in _WORK.finditer(before) if _WITHIN.search(before, 0, match.start())]
    own = [span for span in spans if not any(low <= span[0] and span[1] <= high for low, high in (*places, *within))]
    name = str(part.lastgroup)
    for low, high in own:
        for other in PARTS.finditer(before):
            between = before[high : other.start()] if high <= other.start() else before[other.end() : low]
            if _AND.fullmatch(between):
                return "own"
            if low <= other.start() and other.end() <= high:
                return "own" if re.search(r"\b(?:article|post|page|text)", before[low:high], re.IGNORECASE) else name
    return name


@lru_cache(maxsize=4_096)
def site_names(host: str, title: str, site: str) -> frozenset[str]:
    """How a page may call its site: the parts of its host and title, its ``og:site_name``; four letters at least."""
    labels = host.lower().removeprefix("www.").split(".")[:-1]
    names = {label for label in labels if len(label) > 3 and label not in _COMMON}
    candidates = [site, *re.split(r"\s+[|–—·»:-]\s+", title)[1:], *re.split(r"\s+[|–—·»:-]\s+", title)[-1:]]
    for name in candidates:
        name = " ".join(name.lower().split())
        if 3 < len(name) <= 60 and name not in _COMMON:
            names.add(name)
    return frozenset(names)


_COMMON = frozenset({
    "blog", "blogs", "home", "wiki", "docs", "news", "wordpress", "blogspot", "github", "gitlab", "text", "page",
    "site", "article", "articles", "index", "license",
    "creative", "commons", "creative commons", "medium", "substack", "tumblr", "startseite", "welcome", "photos",
    "images", "under", "this", "available", "content",
})  # fmt: skip
