"""What may load by the shipped policy, written down a second time as plain tables: nothing of the code under test here.

Lenient about spelling, strict about meaning: a tag that this oracle does not know must never be allowed; one that it
knows may still be refused.
"""

from __future__ import annotations

import html
import re
import urllib.parse

VERSION = r"(?:1\.0|2\.0|2\.1|2\.5|3\.0|4\.0)"
PORT = r"(?!(?:by|nc|nd|sa)\b)(?:[a-z]{2}|igo|scotland)"

IDS = frozenset({
    "cc0-1.0", "cc-pddc", "licenseref-pd-us", "licenseref-us-gov-work", "licenseref-rs-noc-us-1.0",
    "mit", "bsd-2-clause", "bsd-3-clause", "apache-2.0", "isc", "mit-0", "0bsd", "unlicense",
    "ogl-uk-1.0", "ogl-uk-2.0", "ogl-uk-3.0", "ogl-canada-2.0", "licenseref-opl-uk-3.0", "opl-uk-3.0",
    "cdla-permissive-1.0", "cdla-permissive-2.0", "odc-by-1.0",
    # An earlier name of BSD-2-Clause on SPDX's own list.
    "bsd-2-clause-netbsd",
})  # fmt: skip
CC_ID = re.compile(rf"(?:licenseref-)?cc-(?:by|by-sa|sa-by)-{VERSION}(?:-{PORT})?")

NAMES = frozenset({
    "mit license", "the mit license", "mit no attribution", "bsd 2-clause license",
    'bsd 2-clause "simplified" license', "bsd 3-clause license", 'bsd 3-clause "new" or "revised" license',
    "bsd zero clause license", "apache license 2.0", "apache license, version 2.0", "apache license version 2.0",
    "isc license", "the unlicense", "open government licence v1.0", "open government licence v2.0",
    "open government licence v3.0", "open parliament licence v3.0",
    "united kingdom open parliament licence v3.0", "open government licence - canada",
    "open government licence - canada 2.0", "open data commons attribution license v1.0",
    "community data license agreement permissive 1.0", "community data license agreement permissive 2.0",
    "cc0 1.0", "cc0 1.0 universal", "creative commons zero v1.0 universal", "creative commons zero 1.0 universal",
    "creative commons cc0 1.0 universal", "cc0 1.0 universal (cc0 1.0) public domain dedication",
    "creative commons cc0 1.0 universal public domain dedication",
    "creative commons public domain dedication and certification",
    "public domain in the usa", "public domain in the usa.",
})  # fmt: skip
CC_NAME = re.compile(
    rf"cc[ -](?:by|by-sa|sa-by)[ -]{VERSION}(?:[ -]{PORT})?(?: (?:generic|unported|international))?"
    r"|(?:the )?(?:creative commons )?attribution(?:[- ]share[- ]?alike)? (?:v|version )?" + VERSION + r"(?: [a-z ]+?)?"
    rf"(?: (?:public )?licen[cs]e)?(?: \(cc[ -](?:by|by-sa|sa-by)(?:[ -]{VERSION}(?:[ -]{PORT})?)?\))?"
)
NEVER_IN_A_NAME = re.compile(r"non|deriv|commercial|\bn[cd]\b")

CC_URL = re.compile(
    r"(?i)(?:https?:)?//(?:www\.)?creativecommons\.org/"
    rf"(?:licenses/(?:by|by-sa|sa-by)/{VERSION}(?:/{PORT})?|publicdomain/zero/1\.0|licenses/publicdomain)"
    r"(?:/(?:deed|legalcode)(?:\.[a-z]{2,3}(?:[-_][a-z]{2,4})?)?)?/*(?:[?#].*)?",
    re.DOTALL,
)
OTHER_URL = re.compile(
    r"(?i)(?:https?:)?//(?:www\.)?(?:"
    r"opensource\.org/licenses?/(?:mit|isc|bsd-2-clause|bsd-3-clause|apache-2\.0)"
    r"|apache\.org/licenses/license-2\.0(?:\.txt|\.html)?|unlicense\.org"
    r"|nationalarchives\.gov\.uk/doc/open-government-licence/version/[123]"
    r"|parliament\.uk/site-information/copyright-parliament/open-parliament-licence"
    r"|open\.canada\.ca/(?:en/open-government-licence-canada|fr/licence-du-gouvernement-ouvert-canada)"
    r"|opendatacommons\.org/licenses/by/1-0|cdla\.dev/permissive-[12]-0|usa\.gov/publicdomain/label/1\.0"
    r"|fandom\.com/licensing"
    r"|rightsstatements\.org/(?:vocab|page)/noc-us/1\.0"
    r"|spdx\.org/licenses/(?P<spdx>[a-z0-9.+-]+?)(?:\.html|\.json|\.txt)?"
    r")/*(?:[?#].*)?",
    re.DOTALL,
)
ARCHIVED = re.compile(r"(?i)(?:https?:)?//web\.archive\.org/web/[0-9]{1,14}(?:[a-z]{2}_)?/")
ASCII_SPACE = " \t\r\n"


def allowed_id(term: str) -> bool:
    """Whether this id, in any case, is one of those that load."""
    lower = term.lower()
    return term.isascii() and (lower in IDS or CC_ID.fullmatch(lower) is not None)


def may_load(tag: str | None) -> bool:
    """Whether the shipped policy could let a record with this tag in."""
    if tag is None:
        return False
    text = tag.strip()
    return _url(text) or _name(text) or (text.isascii() and _expression(text))


def _url(text: str) -> bool:
    for _ in range(8):
        text = urllib.parse.unquote(html.unescape(text).replace("\\/", "/")).strip()
        archived = ARCHIVED.match(text)
        if archived is None:
            break
        text = text[archived.end() :]
    text = urllib.parse.unquote(text)
    if not text.partition("?")[0].partition("#")[0].isascii():
        return False
    other = OTHER_URL.fullmatch(text)
    if other is not None:
        return other["spdx"] is None or allowed_id(other["spdx"])
    return CC_URL.fullmatch(text) is not None


def _name(text: str) -> bool:
    if not text.isascii():
        return False
    name = re.sub(rf"[{ASCII_SPACE}]+", " ", text).lower()
    return name in NAMES or (CC_NAME.fullmatch(name) is not None and not NEVER_IN_A_NAME.search(name))


def _expression(text: str) -> bool:
    """AND: all; OR: any; WITH: never. Anything that is no expression: no."""
    words = re.findall(r"[()]|[^\s()]+", text)
    place = 0

    def peek() -> str:
        return words[place] if place < len(words) else ""

    def take() -> str:
        nonlocal place
        place += 1
        return words[place - 1] if place <= len(words) else ""

    def term() -> bool:
        word = take()
        if word == "(":
            inner = either()
            take()
            return inner
        fine = allowed_id(word)
        while peek().lower() == "with":
            take()
            take()
            fine = False
        return fine

    def both() -> bool:
        fine = term()
        while peek().lower() == "and":
            take()
            fine = term() and fine
        return fine

    def either() -> bool:
        fine = both()
        while peek().lower() == "or":
            take()
            fine = both() or fine
        return fine

    found = either()
    return found and place >= len(words)
