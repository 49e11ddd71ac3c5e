"""Texts about licences in the one form in which they are compared, and the words that speak of rights."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = str.maketrans(
    {
        **dict.fromkeys("“”„«»‘’‚`´'", '"'),
        **dict.fromkeys("‐‑‒–—―", "-"),
        "\u00a0": " ",
        "\ufeff": " ",
        "{": "[",
        "}": "]",
    }
)
_INVISIBLE = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]")
_PARTED = re.compile(r"(?<=[A-Za-z])-\n\s*(?=[A-Za-z])")
"""A word parted at a line's end."""
_DOUBLED = re.compile(r'"{2,}')
_BULLET = re.compile(r"^\s*(?:[*•+-]|\(?(?:\d{1,2}|[a-z]|i{1,3}|iv)[.)])\s+", re.IGNORECASE)
_RULE = re.compile(r"^\s*[=*_~#+/-]{3,}\s*$")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_COPYRIGHT = re.compile(
    r"^\W*(?:(?:portions|parts|modifications)\s+)?"
    r"(?:copyright\b(?!\s+(?:holder|owner|notice|law|licen|and\b|interest|statement|or\b|in\b|permission|terms))|\(c\)|©|&copy;)",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"SPDX-(?:File|Snippet)CopyrightText:\s*(.+)", re.IGNORECASE)
_RESERVED = re.compile(r"\ball\s+rights\s+reserved\b[.,]?", re.IGNORECASE)
_NO_NAME = re.compile(
    r"licen[sc]|permi|grant|\bmust\b|\bshall\b|subject|commercial|provided|redistribut|condition|restrict|confidential"
    r"|proprietary|prohibit|require|forbid|allow|except|exclu|\bno?\s+ai\b|\bai\b.{0,20}(?:train|exclu)|\(nc\)"
    r"|\bcc[ -]?by|by-n[cd]|\b[al]?gpl|\beula\b|evaluation|academic|\bonly\b|\bnur\b|private|personal|internal|which\b"
    r"|everything|folder|\bsee\b|train|mining|仅|僅|禁|不得|未经|個人|个人|\bwhere\b|\bpurpose",
    re.IGNORECASE,
)
_MOST_WORDS = 14
"""Of a name, with its years: more is a sentence."""
_NO_NAME_SMALL = re.compile(r"\b(?:may|use|used|not|only|copy|copied|for)\b")
"""In small letters only: May and Only are names as well."""

FOREIGN = (
    r"lizenz|licencia\b|licenza|лиценз|许可|許可|授权|授權|ライセンス|라이선스|版权|版權|著作权|著作權|商用|商业|商業|非商|转载"
    r"|転載|무단|仅供|僅供|未经|未經|不得|無断|禁じ|個人利用|个人使用|rechte vorbehalten|kommerziell|privaten gebrauch"
    r"|schriftlich|verboten|uso comercial|derechos reservados|prohibid|s[oó]lo uso|usage commercial|tous droits"
    r"|interdit|uso commerciale|tutti i diritti|vietat|todos os direitos|não comercial|proibid|commercieel|voorbehouden"
    r"|vedat|коммерческ|все права|запрещ|zastrze|niekomercyj|vyhrazen|förbjud|saklı|محفوظة"
)
"""The same in other languages, as people write it into headers."""

_NOBODY = r"(?:prohibit\w*|forbid\w*|exclud\w*|reserv\w*|opt|not|no)"
_MODELS = r"(?:machine[ -]learning|ai|llms?|training|data-?mining|tdm)"
TALK = re.compile(
    r"\blicen[sc]|\bpermission|\bredistribut|\bproprie ?tary|\bconfidential|non-?commercial"
    r"|\bcommercial (?:use|purpose)|\bcopyleft|\bpublic domain|\bwarranty of|\btrade secret|\bunauthori[sz]ed"
    r"|\bmay (?:not )?be (?:used|copied|modified)|\bdo not (?:copy|distribute|share|train)|\bno (?:part of|rights?) "
    r"|\bfor (?:personal|academic|research|internal|evaluation|educational) (?:use|purposes?)\b|\bspdx-"
    r"|\bterms (?:of|and)\b|\bcopying\b|\bfree software\b|\b(?:text and )?data mining"
    r"|\btraining (?:of )?(?:ai|machine|models?)|\b(?:used?|not) (?:to|for) train|\beula\b|prohibit|forbid"
    r"|\bcc[ -]?by|\bby-n[cd]\b|\bsspl\b|\bbusl\b|business source|commons clause|polyform|\belastic 2|\b[al]?gpl|\bepl-"
    r"|\bcddl\b|\beupl\b|rights (?:are )?reserved|reserves? (?:all )?rights|\binternal(?: use)? only|\binternal\. not\b"
    r"|\bnot to be\b|\boutside (?:of )?[a-z]+\.|\bonly (?:for|by|to) .{0,30}\b(?:staff|employees|customers|members)"
    r"|\b(?:can|must|shall|may|should|do|is|are|will)(?: ?not|n\"t)\b.{0,40}"
    r"\b(?:us(?:e|ed|ing)|cop(?:y|ied)|modif|shar|distribut|reproduc|publish|train|sell|sold|disclos)"
    r"|\bnot for\b|\bnot usable\b"
    rf"|\b{_NOBODY}\b.{{0,60}}\b{_MODELS}\b|\b{_MODELS}\b.{{0,60}}\b{_NOBODY}\b"
    r"|[a-z][\u0400-\u04ff]|[\u0400-\u04ff][a-z]|" + FOREIGN
)
"""Words of a header, in its plain form, by which it speaks of rights."""

TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]{0,300})", re.IGNORECASE)
"""SPDX 2.3, annex E."""
_LONGEST_LINE = 2_000


def copyright_of(line: str) -> str | None:
    """The copyright statement of a line that holds nothing else; None for any other line."""
    tagged = _TAGGED.search(line)
    text = " ".join((tagged[1] if tagged else line).split())
    if len(text) > 300 or (tagged is None and not _COPYRIGHT.match(text)):
        return None
    # Whatever a line says beyond year and name may be a condition: then it is no plain statement.
    name = _RESERVED.sub(" ", text)
    if _NO_NAME.search(name) or _NO_NAME_SMALL.search(name) or len(name.split()) > _MOST_WORDS:
        return None
    return text.removesuffix("-->").strip(" \t*/#;-!\"'") or None


def reserves(line: str) -> bool:
    """Whether a line says that all rights are reserved."""
    return bool(_RESERVED.search(line))


def copyrights_in(text: str) -> tuple[str, ...]:
    """Every plain copyright statement, in the order in which they stand, each once; templates are none."""
    found = (copyright_of(line) for line in text.splitlines() if len(line) <= _LONGEST_LINE)
    return tuple(dict.fromkeys(one for one in found if one and not re.search(r"[\[<{](?:y|name|year|full)", one)))


def holder_of(statement: str) -> str | None:
    """Whose copyright a statement tells: without the word, the sign and the years."""
    name = _RESERVED.sub(" ", statement)
    name = re.sub(
        r"(?i)^\W*(?:(?:portions|parts|modifications)\s+)?(?:copyright\b\s*|\(c\)\s*|©\s*|&copy;\s*|by\s+)+", "", name
    )
    name = re.sub(r"^(?:[\s,]*(?:\(c\)|©|\d{4}(?:\s*[-–]\s*(?:\d{2,4}|present|now))?)[\s,]*)+", "", name)
    name = re.sub(r"(?i)^\s*by\s+(?=\S)", "", name)
    return name.strip(" .,;-\t") or None


def plain(text: str) -> str:
    """``text`` as it is compared: small letters, one kind of quotes and dashes, single blanks; no list marks, rules,
    headings and plain copyright statements."""
    kept: list[str] = []
    for line in text.splitlines():
        if copyright_of(line) is not None or _RULE.match(line):
            continue
        if not _RESERVED.sub("", line).strip(" .\t*#/"):
            continue
        kept.append(_BULLET.sub("", _HEADING.sub("", line)))
    whole = _PARTED.sub("", "\n".join(kept)).replace("\n", " ")
    joined = unicodedata.normalize("NFKC", _INVISIBLE.sub("", whole))
    joined = " ".join(joined.translate(_QUOTES).lower().split())
    joined = joined.replace("licence", "license").replace("http://", "https://").replace("/>", ">")
    return _DOUBLED.sub('"', joined).strip()


def is_name(text: str) -> bool:
    """Whether what fills a blank of a licence can only be a name."""
    return len(text) <= 80 and not _NO_NAME.search(text) and not re.search(r"\b(?:may|not|only|unless|except)\b", text)


__all__ = ["TAG", "TALK", "copyright_of", "copyrights_in", "holder_of", "is_name", "plain", "reserves"]
