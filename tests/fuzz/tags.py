"""Random and mutated licence tags, and what must hold for each of them."""

from __future__ import annotations

import random
import re
from collections import Counter

from hypothesis import strategies as st
from tests.fuzz import oracle
from tests.unit.licensing.cases import PLAIN, POLICY, TODAY, claim, rule

from rightful.licensing import register
from rightful.licensing.evaluate import SEVERITY
from rightful.licensing.identify import identify
from rightful.licensing.policy import DENY_REASONS
from rightful.licensing.recheck import may_load
from rightful.licensing.tables import NAMES, OWN_IDS, URLS
from rightful.model import Decision, Reason

CC = "creativecommons.org"
FAMILIES = ("by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd", "sa", "nc", "sa-by", "nc-by", "by-by")
VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0", "5.0", "")
PORTS = ("", "de", "se", "igo", "scotland", "nc", "nd", "deed.de", "legalcode", "deed")

SEEDS = sorted({
    *(f"https://{CC}/licenses/{f}/{v}/{p}".rstrip("/") for f in FAMILIES for v in VERSIONS for p in PORTS),
    *(f"http://www.{CC}/publicdomain/{kind}" for kind in ("zero/1.0/", "mark/1.0/", "anything", "zero/", "")),
    f"https://{CC}/licenses/publicdomain/", f"https://{CC}/licenses/sampling+/1.0/", f"https://{CC}/licenses/GPL/2.0/",
    *(f"https://{place}" for place in URLS), *NAMES, *OWN_IDS,
    *(f"CC{gap}{f.upper()}{gap}{v}" for gap in " -_" for f in FAMILIES for v in VERSIONS),
    *(f"Creative Commons Attribution{more} {v}" for v in VERSIONS for more in (
        "", "-ShareAlike", "-NonCommercial", "-NoDerivs", "-NonCommercial-ShareAlike", " Non-Commercial")),
    "MIT", "ISC", "0BSD", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "Unlicense", "GPL-3.0-only", "Zlib",
    "GPL-2.0-only WITH Classpath-exception-2.0", "AGPL-3.0-or-later", "LGPL-2.1-only", "MPL-2.0", "PDDL-1.0",
    "CDLA-Permissive-2.0", "ODC-By-1.0", "ODbL-1.0", "OGL-UK-3.0", "NCGL-UK-2.0", "PolyForm-Noncommercial-1.0.0",
    "CC-PDDC", "CC-PDM-1.0", "CC0-1.0", "GFDL-1.3-no-invariants-or-later", "LicenseRef-contract-demo-paper",
    "LicenseRef-CC-BY-SA-2.5-SE", "LicenseRef-CC-BY-NC-2.5-SE", "Creative Commons", "CC BY", "Other", "None", "NONE",
    "NOASSERTION", "[]", "all", "All", "unknown", "Public Domain", "Free to use", "https://example.org/standby/4.0/",
    f"https://{CC}.evil.com/licenses/by/4.0/", f"https://evil.com/{CC}/licenses/by/4.0/", "cc_by_nc", "proprietary",
    f"https://web.archive.org/web/20200101000000/https://{CC}/licenses/by/4.0/", "© Jane Doe. All rights reserved.",
})  # fmt: skip

PIECES = (
    "", "", "/", "-", " ", "_", ".", "-nc", "-nd", "nc", "nd", "NC", "sa", "-NC-", "/nc/", "\\", "\\/", "@", ":", "%2f",
    "%2F", "%00", "?", "#", "&amp;", "&#47;", "evil.com", "x", "4.0", "3.0", "0", "+", "(", ")", " OR ", " AND ",
    " or ", " WITH ", "MIT", "\u200b", "\u00a0", "\u2010", "\u0430", "\u041c", "\uff23", "\u212a", "\u017f", "\n",
    "\t", "\r\n", "\x00", "-only", "-or-later", "LicenseRef-", "licenses/", "http:", "//", "www.", "..", "/../",
    " not ", "non", " except images",
    "but ", '"', "'", "<", ">", "deed.de", "igo", "-DE", "-ND", "ﬁ", "İ", "ı", "\ud800",
)  # fmt: skip
JOINTS = (" AND ", " OR ", " and ", " or ", " WITH ", ", ", " / ", "/", "; ", " + ", " & ", ") OR (", " (", " ", "")

OPERATORS = (" AND ", " OR ", " and ", " or ", " WITH ", " AND (", ") OR (", ") AND ")
IDS = (
    "MIT", "ISC", "CC-BY-4.0", "CC-BY-SA-3.0-DE", "CC0-1.0", "Apache-2.0", "OGL-UK-3.0", "LicenseRef-PD-US",
    "CC-BY-NC-4.0", "CC-BY-ND-3.0", "GPL-3.0-only", "Zlib", "LGPL-2.1-only", "Classpath-exception-2.0", "NoSuchThing",
    "LicenseRef-all-rights-reserved", "CC-BY-NC-ND-2.5-SE", "LicenseRef-CC-BY-unversioned",
)  # fmt: skip
LOOKALIKES = {
    "s": "\u017f5", "k": "\u212a", "i": "\u0131\u0130l1", "a": "\u0430", "c": "\u0441\uff43", "m": "\u043c",
    "-": "\u2010\u2013_ ",
    " ": "\u00a0\u2003\u200b\t_-", ".": ",\u3002\uff0e", "/": "\u2215\\", ":": "\uff1a", "0": "oO\uff10", "4": "\u0664",
    "o": "0\u03bf", "b": "\u042c", "y": "\u0443",
}  # fmt: skip

_edit = st.tuples(st.integers(0, 90), st.integers(0, 3), st.sampled_from(PIECES))
_seed = st.sampled_from(SEEDS)


def _edited(parts: tuple[str, list[tuple[int, int, str]]]) -> str:
    text, edits = parts
    for at, gone, piece in edits:
        at %= len(text) + 1
        text = text[:at] + piece + text[at + gone :]
    return text


def _joined(parts: tuple[list[str], list[str], bool]) -> str:
    tags, joints, inside = parts
    text = tags[0] + "".join(joint + tag for joint, tag in zip(joints, tags[1:], strict=False))
    return f"({text})" if inside else text


MUTATED = st.tuples(_seed, st.lists(_edit, min_size=1, max_size=4)).map(_edited)
JOINED = st.tuples(
    st.lists(_seed | MUTATED, min_size=2, max_size=4),
    st.lists(st.sampled_from(JOINTS), min_size=3, max_size=3),
    st.booleans(),
).map(_joined)
_LETTERS = "CcBbYySsAaNnDdMITmit0123456789.-+()/: "
RANDOM = st.text(max_size=40) | st.text(alphabet=_LETTERS, max_size=30)
BEFORE = ("Licensed under ", "Not licensed under ", "See ", "<a href='", "text: ", "no ", "\ufeff")
AFTER = ("", ".", " only", "'>", " (images excluded)", " for non-commercial use", "\n\nAll rights reserved")
WRAPPED = st.tuples(st.sampled_from(BEFORE), _seed, st.sampled_from(AFTER)).map("".join)
TAG: st.SearchStrategy[str | None] = MUTATED | MUTATED | MUTATED | JOINED | WRAPPED | RANDOM | _seed | st.none()
FEW = st.lists(TAG, min_size=3, max_size=12)
"""Drawn piece by piece, so that hypothesis can shrink what fails."""


MANY_SIZE = 300


def many(number: int, size: int = MANY_SIZE) -> list[str | None]:
    """Tags of the same kinds from a generator of our own: drawing each by hypothesis takes longer than checking it."""
    dice = random.Random(number)
    return [_thrown(dice) for _ in range(size)]


MANY = st.integers(0, 2**63).map(many)


def _thrown(dice: random.Random) -> str | None:
    kind = dice.random()
    if kind < 0.45:
        return _thrown_edit(dice)
    if kind < 0.55:
        return _lookalike(dice, dice.choice(SEEDS))
    if kind < 0.65:
        ids = [dice.choice(IDS) for _ in range(dice.randint(2, 4))]
        return _joined((ids, [dice.choice(OPERATORS) for _ in range(3)], dice.random() < 0.5))
    if kind < 0.75:
        tags = [dice.choice(SEEDS) if dice.random() < 0.6 else _thrown_edit(dice) for _ in range(dice.randint(2, 4))]
        return _joined((tags, [dice.choice(JOINTS) for _ in range(3)], dice.random() < 0.5))
    if kind < 0.85:
        return dice.choice(BEFORE) + dice.choice(SEEDS) + dice.choice(AFTER)
    if kind < 0.95:
        return "".join(dice.choice(_LETTERS) for _ in range(dice.randint(0, 30)))
    return dice.choice(SEEDS) if kind < 0.995 else None


def _thrown_edit(dice: random.Random) -> str:
    count = dice.choice((1, 1, 1, 2, 3, 4))
    edits = [(dice.randint(0, 90), dice.randint(0, 3), dice.choice(PIECES)) for _ in range(count)]
    return _edited((dice.choice(SEEDS), edits))


def _lookalike(dice: random.Random, text: str) -> str:
    """One character in the place of one that looks, folds or decodes like it."""
    places = [place for place, letter in enumerate(text) if letter.lower() in LOOKALIKES]
    if not places:
        return text
    place = dice.choice(places)
    return text[:place] + dice.choice(LOOKALIKES[text[place].lower()]) + text[place + 1 :]


def check(tags: list[str | None], seen: Counter[str]) -> None:
    """What must hold for each tag, and for a record that carries several of them."""
    alone = [_check_one(tag, seen) for tag in tags]
    for start in range(0, len(tags) - 2, 3):
        some = tags[start : start + 3]
        together = rule(*map(claim, some))
        for count in (1, 2):
            fewer = rule(*map(claim, some[:count]))
            assert SEVERITY[together.decision] >= SEVERITY[fewer.decision], (some, "one more claim made it milder")
        assert SEVERITY[together.decision] >= max(alone[start : start + 3]), (some, "milder than one of its claims")
        if together.decision is Decision.ALLOW:
            seen["allowed together"] += 1
            assert all(map(oracle.may_load, some)), some


def _check_one(tag: str | None, seen: Counter[str]) -> int:
    found = identify(tag)
    assert (found.expression is None) == (found.reason is not None), tag
    ruling = rule(claim(tag))
    seen["tags"] += 1
    seen[ruling.decision.value] += 1
    if ruling.decision is Decision.DENY:
        assert ruling.reason in DENY_REASONS, tag
    elif ruling.decision is Decision.QUARANTINE:
        assert ruling.reason not in DENY_REASONS | {Reason.ALLOWED}, tag
    else:
        assert ruling.reason is Reason.ALLOWED, tag
        assert oracle.may_load(tag), (tag, ruling.expression, "allowed, and no table knows it")
        assert ruling.elected, tag
        terms = re.split(r" AND ", ruling.elected)
        assert all(map(oracle.allowed_id, terms)), (tag, ruling.elected)
    if found.expression is not None:
        opinion = may_load(found.expression, tag, (claim(tag),), (), None, TODAY, TODAY, POLICY, {}, PLAIN)
        assert opinion is not None or ruling.decision is Decision.ALLOW, (
            tag,
            "the audit would pass what the gate does not",
        )
        again = identify(found.expression)
        assert again.expression == found.expression, (tag, "reading the id again gives another one")
        for term in found.terms:
            url = register.url_of(term)
            if url is not None:
                assert identify(url).expression == term, (tag, term, url)
                seen["ids by their URL"] += 1
    return SEVERITY[ruling.decision]
