"""Ways in which the head of a source file names a licence, or says where it stands; over plain text (:mod:`words`)."""

from __future__ import annotations

import re

import re2

_END = r"(?=\s*(?:$|[.;,(\[<:]|see\b|for\b|which\b|that\b|found\b|in\b|as\b|at\b|https?:|\")|\s+and\s+copyright)"
UNDER = re.compile(
    r"\b(?:licensed|released|distributed|available|provided|published|shared|made available|offered)\b"
    r"(?:\s+(?:also|freely|to you))?\s+under\s+(?:the\s+)?(?:terms\s+(?:and conditions\s+)?of\s+)?(?:the\s+)?"
    r"(?P<tag>[a-z0-9][a-z0-9 .+/()\"-]{1,60}?)(?:\s+license)"
    r"(?P<version>,?\s+(?:version|v\.?)\s*[0-9][0-9.]*[0-9]|,?\s+v?[0-9]\.[0-9](?:\.[0-9])?)?" + _END
)
"""``released under the terms of the MIT license``."""

FIELD = re.compile(
    r"^\W*(?:@?license|license-identifier|license ?:: ?)\s*[:=]?\s+(?P<tag>\S.{0,120}?)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
"""``@license MIT``, a line of its own; over the text as it stands."""

REFERS = re.compile(
    r"(?:(?:please )?(?:see|refer to|read|consult)|(?:license |that |which )?can be found in|found in"
    r"|according to|as described in|in accordance with|under the terms (?:specified |described )?(?:of|in)"
    r"|subject to the terms (?:and conditions )?(?:defined |described )?in|governed by|the full license is in)"
    r"\s+(?:the\s+)?(?:accompanying\s+|top-?level\s+|included\s+|root\s+)?(?:file\s+)?"
    r"[\"'`(]?(?:\.{0,2}/)*(?:license|copying|unlicense)(?:\.(?:md|txt|rst))?(?![-/\w]|\.\w)[\"'`)]?"
    r"(?:\s+(?:file|text|document))?"
    r"(?!\s+(?:there\b|from\b|of\b(?!\s+(?:this|the (?:project|repository|repo|source|distribution|package|root)))))"
)
"""``see the LICENSE file``."""

STATED = re.compile(
    r"(?:use of (?:this|the) (?:source code|file|software|code) is governed by"
    r"|(?:this|the) (?:source code|file|code|software|project|module) is (?:licensed|released|distributed) under"
    r"|:license:)(?: an?| the)? "
    r"(?P<tag>(?:mit|bsd|isc|apache|new bsd|modified bsd|zlib|boost)[a-z0-9 .-]{0,12}?)(?:-style)?(?: license)?"
    r"(?: that| which)?(?: can be)?[\s,;.:-]*$"
)
"""What stands before it: ``use of this source code is governed by a BSD-style license that can be``."""

AFTER = re.compile(
    r"^(?:\s*(?:in|at) the (?:project |repository |source )?(?:root|project|repository)(?: directory| folder)?"
    r"(?: of (?:this|the) (?:source tree|repository|project|repo))?\b)?"
    r"(?:\s*for (?:more )?(?:license )?(?:details|information|terms)\b)?"
)
"""What stands behind it."""

FAMILY = re.compile(
    r"\b(?:gnu\s+(?P<kind>affero |lesser |library )?general public license"
    r"|(?P<short>[al]?gpl)\s*-?v?[23]?(?:\.\d)?(?:\s*\+)?\b)"
)
MPL = re.compile(r"mozilla public license,? (?:(?:version|v\.) ?)?(?P<version>[12]\.[01])")

_ALONE = r"(?:^|(?<=\. )|(?<=\s\s))\s*"
HARMLESS = re.compile(
    _ALONE
    + r"(?:the )?(?:mit|isc|apache|bsd(?: [23]-clause)?|bsd-[23]-clause|(?:2|3)-clause bsd|new bsd|simplified bsd)"
    r" license(?: \((?:mit|isc)\))?(?=\.|:|\s\s|\s*$)"
    r"|part of the llvm project, under the apache license v2\.0 with llvm exceptions\."
    r"|see https?://(?:www\.)?llvm\.org/license\.txt for license information\.?"
)
"""Titles that are left alone when the text below them is taken out, and what only repeats a tag. (Where something was
taken out, two blanks stand: there are none in plain text.)"""

STRONG = re2.compile(
    r"(?i)permission is hereby granted|redistribution and use in source and binary forms"
    r"|gnu (?:affero |lesser |library )?general public licen|mozilla public licen|licen[sc]ed under|all rights reserved"
    r"|creative commons|@licen[sc]e\b|proprietary and confidential|do not (?:copy|redistribute|distribute)\b"
    r"|non-?commercial|trade secret|licen[sc]e_*[\"']?\s*[:=]|\b[al]?gpl\b|\b[al]?gpl-?v?[23]|cc[ -]by-n|proprietary"
    r"|may not be (?:used|copied|modified|distributed|redistributed|reproduced)"
    r"|(?:personal|academic|research|educational|internal|evaluation) (?:use|purposes)(?: only)\b"
    r"|without (?:the )?(?:(?:prior|express|written|explicit) )+(?:permission|consent)|(?:used?|not) (?:to|for) train\b"
    r"|版权所有|版權所有|禁止商用|非商业|非商業|rechte vorbehalten|nicht-?kommerziell|derechos reservados"
    r"|tous droits réservés|uso no comercial|все права защищены|некоммерческ",
)
"""By these a file speaks of rights below its head, for example where somebody else's code was pasted."""

MAYBE = re2.compile(
    r"(?i)licen[sc]|rights|hereby|redistribution|commercial|confidential|commons|general\W+public|\bdo\W+not\b|secret"
    r"|may\W+not\W+be|(?:use|purposes)\W+only\b|permission|consent|(?:to|for)\W+train\b"
    r"|\b[al]?gpl|\bcc\W+by|proprietary|版权|版權|商用|非商|vorbehalten|kommerziell|derechos|droits|comercial|права|коммерч",
)
"""Words of :data:`STRONG` that stand on one line: a first look."""

ADDRESS = re.compile(r"https?://[^\s<>()\"]+[^\s<>()\".,;:]")


ENDS = re.compile(
    r"\s*(?:$|[.;:](?:\s|$)|[(\[<]|https?:"
    r"|,?\s*(?:see|version|which can be|that can be|found|a copy|the full|full text|the terms|as found)\b"
    r"|and copyright|for (?:more )?(?:details|information))"
)
"""How a sentence goes on that has named a licence, and takes nothing back."""
BUT = re.compile(r"\b(?:except|unless|only|but|not|provided|excluding|however|until|if)\b")
"""What takes back, in the same sentence, some of a licence that was named."""


def family_of(text: str) -> str | None:
    """``GPL``, ``LGPL`` or ``AGPL`` where a text names one of these licences."""
    found = FAMILY.search(text)
    if found is None:
        return None
    if found["short"] is not None:
        return found["short"].upper()
    return {"affero": "AGPL", "lesser": "LGPL", "library": "LGPL"}.get((found["kind"] or "").strip(), "GPL")


__all__ = [
    "ADDRESS",
    "AFTER",
    "BUT",
    "ENDS",
    "FAMILY",
    "FIELD",
    "HARMLESS",
    "MAYBE",
    "MPL",
    "REFERS",
    "STATED",
    "STRONG",
    "UNDER",
    "family_of",
]
