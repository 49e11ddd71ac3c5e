"""A first look at a page's bytes: can anything on it speak of an open licence? Only hits are parsed.

``google-re2`` scans bytes of any length in linear time, a hundred times faster than ``re`` does without case.
"""

from __future__ import annotations

import re2

_GAP = r"(?:[\s_.\x{2010}-\x{2015}\x{a0}-]|&nbsp;|&#160;|&#xa0;|&shy;|&#8209;)"
_SPEAKS = "|".join((
    r"creative" + _GAP + r"{0,3}commons",
    r"""\brel\s*=\s*["']?[a-z:\s]{0,60}(?:licen[cs]e|copyright)""",
    r"""\b(?:item)?prop(?:erty)?\s*=\s*["']?[a-z:\s]{0,60}licen[cs]e""",
    r"""["'](?:dc|dct|dcterms|cc|xhv|og|schema):?\.?(?:rights|license|licence)""",
    r"""\bdc(?:terms)?\.(?:rights|licen[cs]e)""",
    r"""\bname\s*=\s*["']?(?:rights|licen[cs]e)\b""",
    r"""["'](?:[a-z]{1,8}:)?license["']\s*:""",
    r"\bcc" + _GAP + r"{1,2}(?:by|zero|0)\b",
    r"\bcc0\b",
    r"publicdomain|public" + _GAP + r"{1,3}domain",
    r"open" + _GAP + r"{1,3}(?:government|parliament)" + _GAP + r"{1,3}licen|open-government-licen",
    r"free" + _GAP + r"{1,3}documentation" + _GAP + r"{1,3}licen|copyleft/fdl|licenses/fdl",
    r"クリエイティブ・?コモンズ|知识共享|創用\s?cc|姓名標示",
))  # fmt: skip
_PATTERN = re2.compile(f"(?i)(?:{_SPEAKS})")


def speaks_of_licenses(html: bytes) -> bool:
    """Whether a page, in UTF-8 or an encoding that keeps ASCII, may hold evidence of an open licence."""
    return _PATTERN.search(html) is not None
