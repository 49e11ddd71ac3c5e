"""Which licence a whole text is: exactly, but for blanks, titles and copyright statements. Anything else is unknown.

The texts are those that the package ``identify`` carries. Its own way of telling them apart, a distance of up to five
in a hundred letters, is not used: a sentence that forbids commercial use fits into that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from identify.vendor.licenses import LICENSES

from rightful.licensing.code.words import TAG, is_name, plain

LONGEST = 200_000
"""Characters of a text that is looked at; the longest licence known has 40,000."""

_NAME = "\x00"
_BLANK = r"(?P<name{}>[^;:]{{1,80}}?)"
_SHORT = ("MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD")
_TITLES = {
    "MIT": r"(?:the )?mit license(?: \(mit\))?|\((?:the )?mit license\)|(?:the )?mit license \(x11\)|license: mit",
    "MIT-0": r"mit no attribution|mit-0",
    "BSD-2-Clause": r"(?:the )?(?:bsd 2-clause|2-clause bsd|simplified bsd|freebsd|bsd-2-clause|bsd)"
    r'(?: "simplified")? license',
    "BSD-3-Clause": r"(?:the )?(?:bsd 3-clause|3-clause bsd|new bsd|modified bsd|revised bsd|bsd-3-clause|bsd)"
    r'(?: "new" or "revised")? license(?: for (?!non|acad|pers|rese|eval|inte)[a-z0-9_]{1,30} software)?',
    "ISC": r"(?:the )?isc license(?: \(isc\))?",
    "0BSD": r"(?:the )?(?:bsd zero[ -]clause|zero[ -]clause bsd|0bsd)(?: license)?",
    "Unlicense": r"the unlicense|unlicense",
}
_APACHE_END = "end of terms and conditions"
APACHE_NOTICE = (
    'licensed under the apache license, version 2.0 (the "license"); you may not use this file except in compliance '
    "with the license. you may obtain a copy of the license at https://www.apache.org/licenses/license-2.0 unless "
    "required by applicable law or agreed to in writing, software distributed under the license is distributed on an "
    '"as is" basis, without warranties or conditions of any kind, either express or implied. see the license for the '
    "specific language governing permissions and limitations under the license."
)


@lru_cache(maxsize=1)
def _bodies() -> dict[str, str]:
    """Plain text by id, without titles."""
    found = {spdx: plain(text) for spdx, text in LICENSES}
    for spdx, title in _TITLES.items():
        if spdx in found:
            found[spdx] = re.sub(rf"^(?:{title})\.?\s+", "", found[spdx])
    # The package does not have it: MIT without its one condition.
    mit = found["MIT"]
    start, end = mit.index(", subject to the following conditions:"), mit.index("the software is provided")
    found["MIT-0"] = f"{mit[:start]}. {mit[end:]}"
    return found


def _pattern(spdx: str, body: str) -> str:
    """A regular expression for a short licence: its blanks, and the words in which its published forms differ."""
    if spdx.startswith("BSD"):
        for written in (
            "provided by the copyright holders and contributors",
            "in no event shall the copyright holder or contributors be liable",
        ):
            assert written in body
        body = body.replace("provided by the copyright holders and contributors", f"provided by {_NAME}")
        body = body.replace("shall the copyright holder or contributors be liable", f"shall {_NAME} be liable")
        body = body.replace(
            "name of the copyright holder nor the names of its contributors",
            f"name of {_NAME} nor the names of its contributors",
        )
    text = re.escape(body).replace(r"\ ", " ")
    for number in range(text.count(re.escape(_NAME))):
        text = text.replace(re.escape(_NAME), _BLANK.format(number), 1)
    for one, other in (
        ("the names of its contributors", "the names of (?:its|their|any|other) contributors"),
        ("including, but not limited to,", "including,? but not limited to,?"),
        (re.escape("and/or distribute").replace(r"\ ", " "), "(?:and/or|and) distribute"),
        ("this permission notice shall", r"this permission notice(?: \(including the next paragraph\))? shall"),
        ("neither the name of", "neither the names?(?: of)?"),
        ("following conditions and", "following conditions,? and"),
        ("this list of conditions and", "this list of conditions,? and"),
        (r"noninfringement\.", r"non-?infringement\."),
    ):
        text = text.replace(one, other)
    return text


@lru_cache(maxsize=1)
def patterns() -> dict[str, re.Pattern[str]]:
    """Regular expressions for the licences that people write out in the head of a file, over plain text."""
    bodies = _bodies()
    return {spdx: re.compile(_pattern(spdx, bodies[spdx])) for spdx in (*_SHORT, "MIT-0", "Unlicense")}


@lru_cache(maxsize=1)
def _whole() -> dict[str, str]:
    """Id by plain text, for the long licences."""
    bodies = _bodies()
    found = {body: spdx for spdx, body in bodies.items()}
    apache = bodies["Apache-2.0"]
    terms = apache[: apache.index(_APACHE_END) + len(_APACHE_END)]
    bare = terms.removesuffix(_APACHE_END).strip()
    found |= dict.fromkeys((terms, bare, f"{terms} {APACHE_NOTICE}"), "Apache-2.0")
    found |= {text.removeprefix("apache license "): spdx for text, spdx in list(found.items()) if spdx == "Apache-2.0"}
    # The appendices that say how to apply the GPL are no part of its terms, and are left out by many.
    for spdx in ("GPL-2.0", "GPL-3.0", "AGPL-3.0", "LGPL-2.1"):
        body = bodies[spdx]
        if _APACHE_END in body:
            found[body[: body.index(_APACHE_END) + len(_APACHE_END)]] = spdx
    return found


def blanks_are_names(match: re.Match[str]) -> bool:
    """Whether all that fills the blanks of a licence can only be names."""
    return all(is_name(text) for text in match.groupdict().values() if text is not None)


def identify_text(text: str) -> str | None:
    """The SPDX id of a text that is exactly a known licence; None for every other one."""
    if len(text) > LONGEST:
        return None
    tagged = [found[1].strip() for found in TAG.finditer(text)]
    said = plain(TAG.sub(" ", text))
    found = _found(said)
    return found if all(tag == found for tag in tagged) else None


def _found(said: str) -> str | None:
    if found := _whole().get(said):
        return found
    for spdx, bare in _without_title(said):
        match = patterns()[spdx].fullmatch(bare.rstrip(" .") + ".")
        if match is not None and blanks_are_names(match):
            return spdx
    return None


def _without_title(said: str) -> Iterator[tuple[str, str]]:
    for spdx in patterns():
        title = re.match(rf"(?:{_TITLES[spdx]})\.?\s+", said)
        yield spdx, said[title.end() :] if title else said


__all__ = ["APACHE_NOTICE", "blanks_are_names", "identify_text", "patterns"]
