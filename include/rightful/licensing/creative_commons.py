"""Creative Commons licences as ids, URLs and names: one grammar each, matched in full, never searched for.

A missing version stays missing (``LicenseRef-CC-BY-unversioned``); a port is never dropped; a language (``deed.de``) is
not a port.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from rightful.licensing.tables import CC_COUNTRIES

VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
HOSTS = frozenset({"creativecommons.org", "www.creativecommons.org"})
UNVERSIONED = "unversioned"
_ORDER = ("by", "nc", "nd", "sa")

_VERSION = "|".join(re.escape(version) for version in VERSIONS)
_FAMILY = r"(?:by|nc|nd|sa)(?:-(?:by|nc|nd|sa)){0,3}"
# No port was ever named like an element; "by/4.0/nc" is a misspelt NonCommercial, not New Caledonia.
_PORT = r"(?!(?:by|nc|nd|sa)\b)[a-z]{2}|igo|scotland"
_TAIL = r"(?:/(?:deed|legalcode)(?:\.[a-z]{2,3}(?:[-_][a-z]{2,4})?)?)?/*"

_URL_LICENSE = re.compile(rf"/licenses/({_FAMILY})(?:/({_VERSION})(?:/({_PORT}))?)?{_TAIL}")
_URL_RETIRED = re.compile(
    rf"/licenses/(sampling|sampling\+|nc-sampling\+|devnations)/({_VERSION})(?:/({_PORT}))?{_TAIL}"
)
_URL_FIXED = {
    re.compile(rf"/publicdomain/zero/1\.0{_TAIL}"): "CC0-1.0",
    re.compile(rf"/publicdomain/zero{_TAIL}"): "LicenseRef-CC0-unversioned",
    re.compile(rf"/publicdomain/mark/1\.0{_TAIL}"): "CC-PDM-1.0",
    re.compile(rf"/publicdomain/mark{_TAIL}"): "LicenseRef-CC-PDM-unversioned",
    re.compile(rf"/licenses/publicdomain{_TAIL}"): "CC-PDDC",
}
_RETIRED_ID = re.compile(
    rf"licenseref-cc-(sampling|sampling-plus|nc-sampling-plus|devnations)-({_VERSION})(?:-({_PORT}))?"
)
_ID = re.compile(rf"(licenseref-)?cc-({_FAMILY})(?:-(?:({_VERSION})(?:-({_PORT}))?|({UNVERSIONED})))?")
_SHORT_NAME = re.compile(
    rf"cc[ -]({_FAMILY})(?:[ -]({_VERSION})(?:[ -]({_PORT}))?(?: (generic|unported|international))?)?"
)

_WORDS = {
    "by": "attribution",
    "nc": "non-?commercial|non commercial",
    "nd": "no-?derivs|no derivs|no-?derivatives|no derivatives|no derivative works",
    "sa": "share-?alike|share alike",
}
_LONG_NAME = re.compile(
    rf"(?P<prefix>(?:the )?creative commons )?(?P<words>{_WORDS['by']}"
    rf"(?:[- ](?:{_WORDS['nc']}))?(?:[- ](?:{_WORDS['nd']}|{_WORDS['sa']}))?)"
    rf"(?: (?:v|version )?(?P<version>{_VERSION}))?"
    rf"(?: (?P<qualifier>generic|unported|international|{'|'.join(CC_COUNTRIES)}))?"
    r"(?: (?:public )?licen[cs]e)?(?: \((?P<short>cc[ -][^()]+)\))?"
)
_ELEMENT = {element: re.compile(spelt) for element, spelt in _WORDS.items()}
_QUALIFIERS = {"generic": ("1.0", "2.0", "2.5"), "unported": ("3.0",), "international": ("4.0",)}


class CreativeCommons(NamedTuple):
    """The parts of a Creative Commons licence: elements in SPDX's order, version (None = not given), port."""

    elements: tuple[str, ...]
    version: str | None
    port: str | None = None

    def id(self, is_listed: Callable[[str], bool]) -> str:
        """SPDX id when ``is_listed``, else a ``LicenseRef-`` that keeps version and port."""
        family = "CC-" + "-".join(self.elements).upper()
        if self.version is None:
            return f"LicenseRef-{family}-{UNVERSIONED}"
        plain = f"{family}-{self.version}" + (f"-{self.port.upper()}" if self.port else "")
        return plain if is_listed(plain) else f"LicenseRef-{plain}"


def _elements(family: str) -> tuple[str, ...] | None:
    given = family.split("-")
    return tuple(e for e in _ORDER if e in given) if len(set(given)) == len(given) else None


def _build(family: str, version: str | None, port: str | None) -> CreativeCommons | None:
    elements = _elements(family)
    return None if elements is None else CreativeCommons(elements, version, port)


def _retired(kind: str, version: str, port: str | None) -> str:
    return f"LicenseRef-CC-{kind.replace('+', '-plus')}-{version}" + (f"-{port.upper()}" if port else "")


def from_path(path: str) -> CreativeCommons | str | None:
    """Read the path of a URL whose host is one of :data:`HOSTS`. A string is an id that has no parts."""
    path = path.lower()
    if found := _URL_LICENSE.fullmatch(path):
        return _build(*found.groups())
    if found := _URL_RETIRED.fullmatch(path):
        return _retired(*found.groups())
    return next((spdx for pattern, spdx in _URL_FIXED.items() if pattern.fullmatch(path)), None)


def from_id(tag: str, is_listed: Callable[[str], bool]) -> str | None:
    """Canonical id for an id-like tag (``cc-by-sa-2.5-se``, ``CC-BY``, ``LicenseRef-CC-BY-unversioned``), or None."""
    lower = tag.lower()
    if found := _RETIRED_ID.fullmatch(lower):
        return _retired(*found.groups())
    found = _ID.fullmatch(lower)
    if not found:
        return None
    is_reference, family, version, port, unversioned = found.groups()
    if bool(unversioned) and not is_reference:
        return None
    parts = _build(family, version, port)
    if parts is None:
        return None
    spdx = parts.id(is_listed)
    # A LicenseRef that we would not have written ourselves is someone else's, and means what they say.
    return spdx if not is_reference or spdx.lower() == lower else None


def from_name(name: str) -> CreativeCommons | None:
    """Read a name in lower case with single spaces: ``cc by-sa 4.0``, ``creative commons attribution 3.0 germany``."""
    if found := _SHORT_NAME.fullmatch(name):
        family, version, port, qualifier = found.groups()
        if qualifier and (port or version not in _QUALIFIERS[qualifier]):
            return None
        return _build(family, version, port)
    found = _LONG_NAME.fullmatch(name)
    if not found:
        return None
    version, qualifier = found["version"], found["qualifier"]
    # Without "Creative Commons" only the full title of a deed is a name ("Attribution 4.0 International").
    if not found["prefix"] and not (version and qualifier):
        return None
    if qualifier and (version is None or version not in _QUALIFIERS.get(qualifier, VERSIONS)):
        return None
    elements = tuple(e for e in _ORDER if _ELEMENT[e].search(found["words"]))
    parts = CreativeCommons(elements, version, CC_COUNTRIES.get(qualifier) if qualifier else None)
    if found["short"] is not None:
        short = from_name(found["short"])
        if short is None or short.elements != parts.elements or short.version != parts.version:
            return None
    return parts


def url_of(spdx: str) -> str | None:
    """The licence's own URL for a Creative Commons id, or None for an id without one (also unversioned ids)."""
    fixed = {
        "CC0-1.0": "/publicdomain/zero/1.0/",
        "CC-PDM-1.0": "/publicdomain/mark/1.0/",
        "CC-PDDC": "/licenses/publicdomain/",
        "LicenseRef-CC0-unversioned": "/publicdomain/zero/",
        "LicenseRef-CC-PDM-unversioned": "/publicdomain/mark/",
    }
    if spdx in fixed:
        return "https://creativecommons.org" + fixed[spdx]
    lower = spdx.lower()
    if found := _RETIRED_ID.fullmatch(lower):
        kind, version, port = found[1].replace("-plus", "+"), found[2], found[3]
    elif found := _ID.fullmatch(lower):
        kind, version, port = found[2], found[3], found[4]
    else:
        return None
    return "https://creativecommons.org/licenses/" + "".join(f"{part}/" for part in (kind, version, port) if part)
