"""The rules of published detectors, written anew, to be measured on the same pages as ours.

Each gives the licence of the first match in the page, as they do where several are found: the first has the highest
score. What they accept as permissive is BY, BY-SA and public domain.
"""

from __future__ import annotations

import re

_TYPES = "by-nc-nd|by-nc-sa|by-nc|by-nd|by-sa|by|publicdomain"

# C4Corpus, basic detector: the target of an <a> or <link>, or the content of a <meta>, by http or https.
_C4 = re.compile(
    rf"""<(?:a|link|meta)\s[^<>]*?(?:href|content)\s*=\s*["']?https?://creativecommons\.org/licenses/({_TYPES})[/"'\s>]""",
    re.IGNORECASE,
)
# Dolma's cc_re: <a> or <meta>, licences and public domain; any order of elements it lists, then a version.
_DOLMA = re.compile(
    r"""<(?:a|A|meta)\s[^<>]*?(?:href|HREF|content)=(?:'|"|&quot;)?https?://creativecommons\.org/"""
    r"""(?:licenses/(by(?:-nc)?(?:-nd)?(?:-sa)?)|(publicdomain/(?:zero|certification|mark)))(?:/\d+\.\d+)?"""
)
# CCCC's cc_re_fast: the URL anywhere in the bytes.
_CCCC = re.compile(rf"""https?://creativecommons\.org/licenses/({_TYPES})["/ >]""")


def c4corpus(html: str) -> str | None:
    """C4Corpus' rule."""
    return _permissive(_C4.search(html))


def dolma(html: str) -> str | None:
    """Dolma's ``cc_re``."""
    return _permissive(_DOLMA.search(html))


def cccc(html: str) -> str | None:
    """CCCC's ``cc_re_fast``."""
    return _permissive(_CCCC.search(html))


def rel_license(html: str) -> str | None:
    """Nothing but ``rel=license`` on a link to a licence."""
    for tag in re.findall(r"<(?:a|link)\s[^<>]*>", html, re.IGNORECASE):
        if re.search(r"""rel\s*=\s*["']?[^"'>]*\blicense\b""", tag, re.IGNORECASE) and (found := _CCCC.search(tag)):
            return _permissive(found)
    return None


def _permissive(found: re.Match[str] | None) -> str | None:
    kind = next((group for group in found.groups() if group), "") if found else ""
    if kind.startswith("publicdomain"):
        return "CC0-1.0"
    return {"by": "CC-BY-4.0", "by-sa": "CC-BY-SA-4.0"}.get(kind.lower())


DETECTORS = {
    "C4Corpus": c4corpus,
    "Dolma `cc_re`": dolma,
    "CCCC `cc_re_fast`": cccc,
    "`rel=license` alone": rel_license,
}
