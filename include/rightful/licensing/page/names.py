"""Licence names in running text, in the languages of the deeds: found by a grammar, understood by ``identify``.

URLs are never searched here: a link's target is read whole, or not at all.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rightful.licensing.identify import identify

MAX_TEXT = 100_000
"""Characters of a block that are looked at."""


class Name(NamedTuple):
    """A name as it stands in a text, ``[start, end)``, and what it means; no ``expression`` for a bare
    "Creative Commons license", which says only that a licence is spoken of."""

    start: int
    end: int
    raw: str
    expression: str | None


_ELEMENTS = {
    "nc": r"non[-\s]?commercial(?:e)?|nicht[-\s]?kommerziell(?:e nutzung)?|keine kommerzielle nutzung|pas"
        r" d.utilisation commerciale"
    r"|no[-\s]?comercial|n[ãa]o[-\s]?comercial|niet[-\s]?commercieel|u[żz]ycie niekomercyjne"
    r"|非営利|非商业性使用|非商业性?|非商業性"
    r"|(?<![a-z])nc(?![a-z])",
    "nd": r"no[-\s]?deriv(?:ative)?s?(?:\s+works?)?|keine[-\s]bearbeitung(?:en)?|pas de modifications?"
        r"|sin[-\s]?(?:obras?[-\s]?)?derivadas?"
    r"|non opere derivate|sem[-\s]?deriva(?:ç[õo]es|dos)|geen[-\s]?afgeleide[-\s]?werken|bez utwor[óo]w"
    r" zale[żz]nych|改変禁止|禁止演[绎繹]|禁止改作|(?<![a-z])nd(?![a-z])",
    "sa": r"share[-\s]?alike|(?:weitergabe|verbreitung)(?: unter gleichen bedingungen)?|partage (?:dans les"
        r" m[êe]mes conditions|[àa] l.identique)(?: des conditions initiales)?"
    r"|compartir[-\s]?igual|condividi allo stesso modo|(?:compartilha|partilha)[-\s]?igual|gelijk[-\s]?delen|na"
    r" tych samych warunkach|継承|相同方式(?:共享|分享)|(?<![a-z])sa(?![a-z])",
    "by": r"attribution|namensnennung|paternit[ée]|atribuci[óo]n|reconocimiento|attribuzione|atribui[çc][ãa]o"
        r"|naamsvermelding|uznanie autorstwa|表示|署名|姓名(?:标示|標示)|(?<![a-z])by(?![a-z])",
}  # fmt: skip
_ELEMENT = "|".join(f"(?P<{key}>{words})" for key, words in _ELEMENTS.items())
_PLAIN = "|".join(_ELEMENTS.values())
_JOIN = r"(?:\s*[-–—‐‑/+&,・()\s]\s*|\s+(?:and|und|et|y|e|en|i)\s+|\s*)"
_VERSION = r"(?:[-–‐‑\s,(]*(?:v\.?|version|版本?)?\s*(?P<version>[1-4][.,][05])(?![.,]?\d)(?:\s*版)?)"
_QUALIFIERS = (
    r"(?:[-–\s,(]*(?P<qualifier>international|internazionale|internacional|internationaal|mi[ęe]dzynarodow\w+"
    r"|unported|generic|国际|國際|国際|[a-zé]{2}(?![a-z.])|germany|deutschland|austria|[öo]sterreich|france|espa[ñn]a"
    r"|spain|italia|italy|brasil|brazil|polska|poland|japan|日本|taiwan|台灣|台湾|australia|new zealand|nederland"
    r"|netherlands|switzerland|schweiz|united states|portugal))?"
)
_CC = (
    r"(?<![A-Za-z0-9_/.:-])(?:the\s+)?(?P<anchor>creative[\s_-]*commons|クリエイティブ・?コモンズ|知识共享|知識共享|創用\s?cc|创作共用|共享创意|cc)"
    r"(?:[\s:,・-]*(?:licen[cs]e|lizenz|licencia|licence|licenza|licen[çc]a|licentie|licencja|公共"
    r"|zero)?[\s:,(\"“„«'・-]*)?(?:cc[\s-]+)?(?:v\.?)?(?:(?P<early>[1-4]\.[05])[\s-]+)?"
)
_ANCHOR = re.compile(_CC, re.IGNORECASE)
_FAMILY = re.compile(rf"(?:{_PLAIN})(?![a-z])(?:{_JOIN}(?:{_PLAIN})(?![a-z]))*", re.IGNORECASE)
_TAIL = re.compile(rf"\s*[)\]]?{_VERSION}{_QUALIFIERS}", re.IGNORECASE)
_ZERO = re.compile(
    r"(?<![A-Za-z0-9_/.:-])(?:creative\s+commons\s+)?(?:cc[\s-]?(?:0|zero)|creative\s+commons\s+(?:0|zero))(?![\w.])"
    r"(?:[\s-]*(?:v\.?|version)?\s*(?P<version>1\.0)(?!\d))?",
    re.IGNORECASE,
)
_OGL = re.compile(
    r"\bopen government licen[cs]e(?:[\s-]+(?:v\.?|version)?\s*(?P<version>[123])(?:\.0)?(?![\d.]))?", re.IGNORECASE
)
_OPL = re.compile(
    r"\bopen parliament licen[cs]e(?:[\s-]+(?:v\.?|version)?\s*(?P<version>3)(?:\.0)?(?![\d.]))?", re.IGNORECASE
)
_FDL = re.compile(
    r"\bGNU free documentation licen[cs]e(?:[\s,]{0,3}(?:v\.?"
    r"|version)?\s{0,3}(?P<version>1\.[123]))?(?P<later>\s{0,3}or (?:any )?later)?|\bGFDL\b",
    re.IGNORECASE,
)
_PORTS = {
    "germany": "DE", "deutschland": "DE", "austria": "AT", "österreich": "AT", "osterreich": "AT", "france": "FR",
    "españa": "ES", "espana": "ES",
    "spain": "ES", "italia": "IT", "italy": "IT", "brasil": "BR", "brazil": "BR", "polska": "PL", "poland": "PL",
    "japan": "JP", "日本": "JP",
    "taiwan": "TW", "台灣": "TW", "台湾": "TW", "australia": "AU", "new zealand": "NZ", "nederland": "NL",
    "netherlands": "NL",
    "switzerland": "CH", "schweiz": "CH", "united states": "US", "portugal": "PT",
}  # fmt: skip
_MORE = re.compile(r"(?:[\s,/+&(–-]{1,4}(?:NC|ND|SA)(?![A-Za-z]))+")
_ELEMENT_AT = re.compile(_ELEMENT, re.IGNORECASE)
# Two letters after a version that are a port, and not the next word ("4.0 or", "3.0 de" with "de" the French word).
_PORT_CODES = frozenset(
    {"DE", "AT", "CH", "US", "AU", "NZ", "UK", "NL", "FR", "ES", "IT", "BR", "PL", "JP", "TW", "IGO"}
)


def find_names(text: str) -> list[Name]:
    """Every licence name in ``text`` (at most :data:`MAX_TEXT` characters), in order, without overlaps."""
    text = text[:MAX_TEXT]
    lower = text.lower()
    found: list[Name] = []
    if (
        "cc" in lower
        or "commons" in lower
        or any(word in text for word in ("コモンズ", "共享", "创作共用", "共享创意"))
    ):
        found += _zeros(text)
        found += _creative_commons(text)
    if "open " in lower:
        found += [_versioned(m, "OGL-UK", "LicenseRef-OGL-UK-unversioned") for m in _OGL.finditer(text)]
        found += [_versioned(m, "LicenseRef-OPL-UK", None) for m in _OPL.finditer(text)]
    if "gfdl" in lower or "free documentation" in lower:
        found += [_fdl(m) for m in _FDL.finditer(text)]
    found.sort(key=lambda name: (name.start, -name.end))
    kept: list[Name] = []
    for name in found:
        if not kept or name.start >= kept[-1].end:
            kept.append(name)
    return kept


def _zeros(text: str) -> list[Name]:
    return [
        Name(m.start(), m.end(), m[0], "CC0-1.0" if m["version"] else "LicenseRef-CC0-unversioned")
        for m in _ZERO.finditer(text)
    ]


def _creative_commons(text: str) -> list[Name]:
    found: list[Name] = []
    position = 0
    while (anchor := _ANCHOR.search(text, position)) is not None:
        family = _FAMILY.match(text, anchor.end())
        short = anchor["anchor"].lower() == "cc"
        if family is None or (short and _is_preposition(text, anchor, family)):
            position = anchor.end()
            if not short:
                # "licensed under Creative Commons 3.0" names no licence, only that there is one.
                found.append(Name(anchor.start(), anchor.end(), anchor[0].strip(), None))
            continue
        name = _licence(text, anchor, family)
        position = name.end
        found.append(name)
    return found


def _is_preposition(text: str, anchor: re.Match[str], family: re.Match[str]) -> bool:
    """``Flickr CC by somebody``: the licence's element is written in capitals, hyphenated, or followed by more."""
    if family[0].strip() != "by":
        return False
    glued = text[anchor.start() + 2 : family.start()].strip(" ") in {"-", "–", "‑", "_"}
    return not glued and _TAIL.match(text, family.end()) is None


def _licence(text: str, anchor: re.Match[str], family: re.Match[str]) -> Name:
    start, words = anchor.start(), family[0]
    # A deed's own name may be followed by its short form: "Attribution 4.0 International (CC BY 4.0)".
    elements = {str(m.lastgroup) for m in _ELEMENT_AT.finditer(words)}
    end = family.start() + len(words.rstrip())
    tail = _TAIL.match(text, end)
    version, port = anchor["early"], None
    if tail is not None:
        version, port = tail["version"].replace(",", "."), _port(tail["qualifier"])
        end = tail.end() if tail["qualifier"] is None or port or len(tail["qualifier"]) > 2 else tail.end("version")
    if short := _MORE.match(text, end):  # "CC BY 4.0 NC-ND"
        elements |= {m.lower() for m in re.findall(r"NC|ND|SA", short[0])}
        end = short.end()
    ordered = "-".join(element for element in ("by", "nc", "nd", "sa") if element in elements)
    tag = "cc-" + ordered + (f"-{version}" if version else "") + (f"-{port}" if version and port else "")
    return Name(start, end, " ".join(text[start:end].split()), identify(tag).expression)


def _port(qualifier: str | None) -> str | None:
    if qualifier is None:
        return None
    if len(qualifier) == 2 and qualifier.isascii():
        # "3.0 DE" is a port, "4.0 de" may be a word.
        return qualifier if qualifier in _PORT_CODES else None
    return _PORTS.get(qualifier.lower())


def _versioned(match: re.Match[str], prefix: str, without: str | None) -> Name:
    expression = f"{prefix}-{match['version']}.0" if match["version"] else without
    return Name(match.start(), match.end(), match[0], identify(expression).expression if match["version"] else None)


def _fdl(match: re.Match[str]) -> Name:
    version = match["version"]
    expression = (
        f"GFDL-{version}-{'or-later' if match['later'] else 'only'}" if version else "LicenseRef-GFDL-unversioned"
    )
    return Name(match.start(), match.end(), match[0], identify(expression).expression)
