"""The register: every licence id we know, its category and family, and the exact names and URLs that lead to it.

SPDX's list comes from the index inside ``license-expression`` (offline). Its categories are a hint for reports only.
"""

from __future__ import annotations

import html
import re
import urllib.parse
from functools import lru_cache
from typing import NamedTuple

from license_expression import get_license_index

from rightful.licensing import creative_commons as cc
from rightful.licensing.tables import NAMES, OWN_IDS, URLS

_CATEGORIES = {
    "Permissive": "permissive",
    "Public Domain": "public_domain",
    "Copyleft": "copyleft",
    "Copyleft Limited": "weak_copyleft",
    "Source-available": "restricted",
}
CATEGORIES = (
    "public_domain", "permissive", "share_alike", "weak_copyleft", "copyleft", "contract",
    "statement", "noncommercial", "no_derivatives", "restricted", "unknown",
)  # fmt: skip
"""Categories of reports; later ones ask more of whoever uses the text."""

# Spellings of license-expression's index that are no SPDX ids, or that add a version nobody gave.
_NOT_IDS = frozenset({"bsd-2", "gpl", "nunit"})

# Splits ids, and the terms of an expression, into their words.
_WORD = re.compile(r"[-+ ]+")
_VERSION = re.compile(r"^(?P<before>.*?)-(?P<version>\d+(?:\.\d+)+)(?P<after>(?:[-+ ].*)?)$")

_URL = re.compile(r"(?:https?:)?//(?P<host>[a-z0-9.-]+)(?P<path>/[^?#]*)?(?:[?#].*)?", re.IGNORECASE | re.ASCII)
_ARCHIVED = re.compile(r"(?:https?:)?//web\.archive\.org/web/[0-9]{1,14}(?:[a-z]{2}_)?/(?=https?:|//)", re.IGNORECASE)
_ENCODED_SCHEME = re.compile(r"(?:https?%3a)?%2f%2f|https?%3a//", re.IGNORECASE)
_PLAIN_PATH = re.compile(r"[!-\[\]-~]+")
_LOOKS_LIKE_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


class _Spdx(NamedTuple):
    ids: dict[str, str]
    exceptions: dict[str, str]
    categories: dict[str, str]


@lru_cache(maxsize=1)
def _spdx() -> _Spdx:
    """SPDX ids by their lower-case form. Read on first use: DAG parsing never needs it."""
    ids: dict[str, str] = {}
    exceptions: dict[str, str] = {}
    categories: dict[str, str] = {}
    deprecated: list[tuple[str, str, bool]] = []
    for entry in get_license_index():
        spdx = entry.get("spdx_license_key")
        if not spdx:
            continue
        (exceptions if entry["is_exception"] else ids)[spdx.lower()] = spdx
        categories[spdx] = _CATEGORIES.get(entry["category"], "restricted")
        deprecated += [(old, spdx, entry["is_exception"]) for old in entry["other_spdx_license_keys"]]
    for old, spdx, is_exception in deprecated:
        if not (
            old.startswith("LicenseRef-") or spdx.startswith("LicenseRef-") or " " in old or old.lower() in _NOT_IDS
        ):
            (exceptions if is_exception else ids).setdefault(old.lower(), spdx)
    ids.update({own.lower(): own for own in OWN_IDS})
    return _Spdx(ids, exceptions, {**categories, **OWN_IDS})


def all_ids() -> tuple[str, ...]:
    """Every id of SPDX's list, of its index and of our own, in alphabetical order; exceptions are none."""
    return tuple(sorted(set(_spdx().ids.values()), key=str.lower))


def is_listed(spdx: str) -> bool:
    """Whether ``spdx``, in exactly this spelling, is an id of SPDX's list (or of its index's further ids)."""
    return spdx in _spdx().categories and not spdx.startswith("LicenseRef-")


def id_of(tag: str) -> str | None:
    """Canonical id of an id-like tag (case-insensitive, as SPDX wants), or None when no table knows it."""
    if not tag.isascii():
        return None
    spdx = _spdx()
    if found := spdx.ids.get(tag.lower()):
        return found
    if found := cc.from_id(tag, is_listed):
        return found
    if tag.endswith("+") and not tag.lower().startswith("licenseref-"):
        base = spdx.ids.get(tag[:-1].lower())
        if base and not base.startswith("LicenseRef-"):
            return f"{base}+"
    return None


def exception_of(tag: str) -> str | None:
    """Canonical id of a licence exception (the right side of WITH), or None."""
    return _spdx().exceptions.get(tag.lower()) if tag.isascii() else None


def normal_name(tag: str) -> str:
    """A name as the tables spell it: single spaces, lower case. Only ASCII letters change: nothing is folded away."""
    return " ".join(re.split(r"[ \t\r\n]+", tag.strip(" \t\r\n"))).translate(_LOWER)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def name_of(tag: str) -> str | None:
    """Id of an exact name, or None."""
    name = normal_name(tag)
    if found := NAMES.get(name):
        return found
    parts = cc.from_name(name)
    return parts.id(is_listed) if parts else None


def looks_like_url(tag: str) -> bool:
    """Whether the tag must be read as a URL or not at all."""
    return bool(_LOOKS_LIKE_URL.match(_undone(tag)))


def _undone(tag: str) -> str:
    text = html.unescape(tag).strip(" \t\r\n").replace("\\/", "/")
    # Escapes in front of the host mean that the whole URL was quoted; elsewhere only the path may hold them.
    if _ENCODED_SCHEME.match(text):
        text = urllib.parse.unquote(text, errors="replace")
    return text


def id_of_url(tag: str) -> str | None:
    """Id of a licence URL, or None. The host must equal a known one; query, fragment, trailing slashes don't count."""
    url = _undone(tag)
    for _ in range(3):
        if not (archived := _ARCHIVED.match(url)):
            break
        url = _undone(url[archived.end() :])
    found = _URL.fullmatch(url)
    if not found:
        return None
    path = urllib.parse.unquote(found["path"] or "/", errors="replace")
    if not _PLAIN_PATH.fullmatch(path):
        return None
    host = found["host"].lower()
    if host in cc.HOSTS:
        parts = cc.from_path(path)
        return parts.id(is_listed) if isinstance(parts, cc.CreativeCommons) else parts
    place = host.removeprefix("www.") + path.rstrip("/")
    if place.startswith("spdx.org/licenses/"):
        listed = id_of(re.sub(r"\.(?:html|json|txt)$", "", place.removeprefix("spdx.org/licenses/")))
        return listed if listed and is_listed(listed) else None
    return URLS.get(place.lower())


def url_of(spdx: str) -> str | None:
    """A URL that :func:`id_of_url` reads as exactly this id, or None when there is none."""
    if own := cc.url_of(spdx):
        return own
    for place, known in URLS.items():
        if known == spdx:
            return f"https://{place}"
    return f"https://spdx.org/licenses/{spdx}.html" if is_listed(spdx) else None


def words(term: str) -> frozenset[str]:
    """The words of a term in upper case: ``CC-BY-NC-4.0`` → {CC, BY, NC, 4.0}."""
    return frozenset(_WORD.split(term.upper()))


def family_of(term: str) -> str:
    """The term without version, port and ``-only``/``-or-later``: terms of one family differ only in those."""
    plain = term.removeprefix("LicenseRef-").removesuffix(f"-{cc.UNVERSIONED}")
    found = _VERSION.match(plain)
    if not found:
        return plain
    before, after = found["before"], found["after"]
    if before.startswith("CC-") and " " not in after:
        return before
    return before + after.removesuffix("-only").removesuffix("-or-later").removesuffix("+")


def version_of(term: str) -> str:
    """The version a term names, ``""`` when it names none."""
    found = _VERSION.match(term)
    return found["version"] if found else ""


def category_of(term: str) -> str:
    """Category for reports (one of :data:`CATEGORIES`). Never a ground for a ruling."""
    base = term.partition(" WITH ")[0]
    plain = base.removeprefix("LicenseRef-")
    parts = words(base)
    if plain.startswith(("CC-", "RS-")) and parts & {"NC", "ND"}:
        return "noncommercial" if "NC" in parts else "no_derivatives"
    if plain.startswith("contract-"):
        return "contract"
    if base in OWN_IDS:
        return OWN_IDS[base]
    if plain.startswith("CC-"):
        if plain in {"CC-PDM-1.0", "CC-PDDC"}:
            return "public_domain"
        if not plain.startswith(("CC-BY-", "CC-SA-")):
            return "restricted"
        return "share_alike" if "SA" in parts else "permissive"
    return _spdx().categories.get(base.removesuffix("+"), "unknown")
