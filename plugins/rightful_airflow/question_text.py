"""What a person reads before ruling on a licence tag.

Tags and URLs come from strangers and are shown by a browser as Markdown: nothing in them may become a link, a picture,
mark-up, a template, or text that reads as ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

SUBJECT_TAG = 60
"""Characters of the tag in the one-line question."""

LONGEST_URL = 500
ODD_CHARACTERS = 8
"""How many characters outside ASCII are named; the rest is counted."""

SAFE_IN_URL = "%/:?#@!$&'*+,;=~-._"
"""What stays as it is in a link. Brackets and parentheses don't: they mean something in Markdown."""

CANDIDATES = 10

MEANING = {
    "unversioned": "it names no version",
    "unknown_id": "no licence is known by it",
    "unparsable": "it can’t be read as a licence",
    "weak_evidence": "it is a statement rather than a licence, or too weak as evidence",
    "conflict": "other claims of the record contradict it",
    "composite_unknown": "a part of the record is under it, and no licence is known by it",
}
"""What the reasons of a quarantine that a person may lift mean; others are shown by their names."""


def subject(question: Mapping[str, Any]) -> str:
    """One line: whose tag, and how much hangs on it."""
    records = question["records"]
    # The tag comes early: lists cut the end off.
    return f"Which licence is “{short(question['tag'])}”? ({question['source']}, {records:,} record{_s(records)})"


def body(question: Mapping[str, Any]) -> str:
    """The evidence, as Markdown: the verbatim tag, counts, sample URLs, the proposed id, what each answer does."""
    tag, source, complaint = question["tag"], question["source"], question.get("complaint")
    parts = [
        f"**The last answer was not taken:** {plain(complaint)}" if complaint else "",
        f"Records of source `{source}` bear this licence tag (verbatim):",
        f"    {visible(tag)}",
        _odd(tag),
        "\n".join(f"* {line}" for line in _facts(question)),
        ("All of them:" if len(question["urls"]) == question["records"] else "Some of them:")
        if question["urls"]
        else "",
        "\n".join(f"{place}. {link(url)}" for place, url in enumerate(question["urls"], 1)),
        "\n".join(f"* {line}" for line in _answers(question)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(question: Mapping[str, Any]) -> list[str]:
    records, slices = question["records"], question["slices"]
    reasons = ", ".join(_reason(name, number, records) for name, number in _ranked(question["reasons"]))
    span = [str(day)[:10] for day in (question["first_slice"], question["last_slice"]) if day]
    when = f" ({span[0]}{' to ' + span[-1] if span[0] != span[-1] else ''})" if span else ""
    number = f"**{records:,}** record{_s(records)} in {slices:,} slice{_s(slices)}{when}"
    lines = [f"{number}, quarantined: {reasons or 'no reason'}"]
    # Bold, not code: on Airflow's page inline code covers a part of the lines above and below it.
    proposed = question["proposed"]
    meanings = ", ".join(f"**{plain(one)}**" for one in question["candidates"][:CANDIDATES])
    if proposed:
        lines.append(f"proposed licence: **{plain(proposed)}**")
    else:
        lines.append("no licence is proposed: the tag " + ("leaves open which" if meanings else "is not clear"))
    if meanings:
        lines.append(f"it may mean: {meanings}")
    if question["why_not"]:
        lines.append(f"it can’t be allowed: {plain(question['why_not'])}")
    if question["places"]:
        lines.append(f"it stood in {', '.join(code(place) for place in question['places'])}")
    if question["reads"]:
        lines.append(f"the gate reads it as {code(question['reads'])}")
    return lines


def _answers(question: Mapping[str, Any]) -> list[str]:
    told = {
        "allow": "**allow**: from now on this tag of this source counts as the licence in the field *License*, which "
        "the policy must allow; what was quarantined for this tag alone becomes visible.",
        "deny": "**deny**: no record with this tag loads; what loaded with it leaves.",
        "later": "**later**: nothing changes; asked again in a week. So it is when nobody answers in time.",
    }
    return [told[name] for name in ("allow", "deny", "later") if name == "later" or name in question["answers"]]


def visible(text: str) -> str:
    """``text`` on one line, with what can't be seen (or hides, reorders, breaks lines) written as ``\\u{…}``.

    Meant for an indented code block, where a browser's Markdown gives no other character a meaning.
    """
    shown = "".join(
        f"\\u{{{ord(char):X}}}" if unicodedata.category(char)[0] in "CZ" and char != " " else char
        for char in text.replace("\\", "\\\\")
    )
    # Spaces at the ends, and runs of them, would be lost on the page.
    return re.sub(r"^ +| +$| {2,}", lambda found: "\\u{20}" * len(found.group()), shown) or "(empty)"


def short(tag: str) -> str:
    """The beginning of a tag, for one-line places; no character that Markdown or a template knows is left alone."""
    shown = visible(tag)
    shown = shown if len(shown) <= SUBJECT_TAG else shown[: SUBJECT_TAG - 1] + "…"
    return shown.replace("`", "'").replace("<", "‹").replace(">", "›")


def plain(text: str) -> str:
    """Words, with every character that Markdown or HTML knows escaped; on one line."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~&:])", r"\\\1", visible(text).replace("\\\\", "\\"))


def code(text: str) -> str:
    """Text as inline code, fenced by more backticks than it holds."""
    shown = visible(text)
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    return f"{fence} {shown} {fence}" if len(fence) > 1 else f"`{shown}`"


def link(url: str) -> str:
    """A URL to click on; as inline code when it is none of http or https, or unusually long."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= LONGEST_URL
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc:
        return code(url if len(url) <= LONGEST_URL else url[:LONGEST_URL] + "…")
    return f"<{quote(url, safe=SAFE_IN_URL)}>"


def _odd(tag: str) -> str:
    """Names what looks like ASCII and is not: `СС BY` with Cyrillic letters."""
    odd = sorted({char for char in tag if ord(char) > 126 or ord(char) < 32})
    if not odd:
        return ""
    names = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'without a name')}" for char in odd[:ODD_CHARACTERS])
    rest = f" and {len(odd) - ODD_CHARACTERS} more" if len(odd) > ODD_CHARACTERS else ""
    return f"It holds characters outside plain ASCII: {names}{rest}."


def _ranked(reasons: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def _reason(name: str, number: int, records: int) -> str:
    """A reason in words, and of how many records when it is not that of all."""
    words = f"{MEANING[name]} ({code(name)})" if name in MEANING else code(name)
    return words if number == records else f"{words} {number:,}"


def _s(number: int) -> str:
    return "" if number == 1 else "s"
