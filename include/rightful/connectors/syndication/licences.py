"""What a feed says about the licence of one episode, from every place where feeds say it.

Each element of its own name counts by itself: what an item says with ``podcast:license`` replaces what the channel says
with ``podcast:license``, and nothing else. So two places that contradict each other both become claims, and the gate
sees the conflict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rightful.catalogue.models import Source
from rightful.connectors.syndication.document import LICENCES, RIGHTS, Element, local_name
from rightful.licensing.claims import STATEMENT_PLACE
from rightful.licensing.identify import identify
from rightful.licensing.lift import restriction_in
from rightful.licensing.page.names import find_names
from rightful.model import LicenseClaim, Strength

MOST_RAW = 500
"""Characters of a text that are quoted as a claim."""

_TARGETS = ("url", "href", "resource")
_URL = re.compile(r"https?://[^\s<>\"'\])]+", re.IGNORECASE)
_RESERVED = re.compile(
    r"\ball\s+rights?\s+(?:are\s+)?reserved\b|\balle\s+rechte\s+vorbehalten\b|\btous\s+droits\s+r[ée]serv[ée]s\b"
    r"|\btod[oa]s\s+(?:los|os)\s+d(?:erechos|ireitos)\s+reservados\b|\btutti\s+i\s+diritti\s+(?:sono\s+)?riservati\b"
    r"|\balle\s+rechten\s+voorbehouden\b|\bwszelkie\s+prawa\s+zastrzeżone\b|все\s+права\s+защищены|版权所有|無断転載",
    re.IGNORECASE,
)


def strength_of(source: Source) -> Strength:
    """What weight the feeds have: as the rule ``record.license`` of ``license.claims`` says, else ``publisher``."""
    return next((rule.strength for rule in source.license.claims if rule.from_ == "record.license"), Strength.PUBLISHER)


def claims_of(
    source: Source, feed: str, episode: str, item: Sequence[Element], channel: Sequence[Element], on: date | None
) -> tuple[LicenseClaim, ...]:
    """Every claim on one episode.

    Args:
        source: Its statement (where it has one), aliases and strength.
        feed: The feed's address, for the places.
        episode: The item's id, for the places.
        item: What the item says.
        channel: What the channel says; it counts where the item has no element of the same name.
        on: The day of publication, for dated aliases.
    """
    strength = strength_of(source)

    def claim(raw: str, place: str, weight: Strength = strength) -> LicenseClaim:
        read = identify(raw, aliases=source.license.aliases, on=on).expression
        # Cut so that it can't be taken for all of it: the gate reads what is quoted.
        quoted = raw if len(raw) <= MOST_RAW else f"{raw[:MOST_RAW]}…"
        return LicenseClaim(raw=quoted, place=place, strength=weight, expression=read)

    found: list[LicenseClaim] = []
    if source.license.statement is not None:
        found.append(claim(source.license.statement, STATEMENT_PLACE, Strength.PUBLISHER))
    own = {_kind(element) for element in item if not element.buried}
    said = [(element, f"{feed} item {episode} ") for element in item]
    said += [(element, f"{feed} channel ") for element in channel if _kind(element) not in own]
    buried = [(element, place) for element, place in said if element.buried]
    said = [(element, place) for element, place in said if not element.buried]
    for element, place in said:
        if _kind(element) in ("atom:link", "link") or local_name(element.name) in LICENCES:
            found += [claim(raw, f"{place}{element.name}{at}") for raw, at in _licence_tags(element)]
    stated = bool(found)
    # One that stands in an element nobody knows may speak of a part: it can contradict, and is too weak to load on.
    weight = strength if stated else max(strength, Strength.STATEMENT, key=_rank)
    for element, place in buried:
        if local_name(element.name) not in RIGHTS:
            found += [
                claim(raw, f"{place}{element.inside} {element.name}{at}", weight) for raw, at in _licence_tags(element)
            ]
    known = {one.expression for one in found}
    for element, place in (*said, *buried):
        if local_name(element.name) not in RIGHTS:
            continue
        for raw, is_tag in _rights_tags(element):
            read = identify(raw, aliases=source.license.aliases, on=on).expression
            if read is not None and read in known:
                continue  # the same again, in other words
            if is_tag and not element.buried:
                found.append(claim(raw, f"{place}{element.name}"))
            elif read is None or not stated:
                # A licence that a line about rights mentions is too weak to load on; a contradiction is not.
                found.append(claim(raw, f"{place}{element.name}", max(strength, Strength.STATEMENT, key=_rank)))
            else:
                found.append(claim(raw, f"{place}{element.name}"))
    return tuple(dict.fromkeys(found))


def _rank(strength: Strength) -> int:
    return strength.rank


def _kind(element: Element) -> str | None:
    """Under which name an item's element replaces the channel's; None for what is not about licences."""
    if element.name in ("atom:link", "link"):
        return element.name if "license" in element.attributes.get("rel", "").lower().split() else None
    return element.name if local_name(element.name) in LICENCES | RIGHTS else None


def _licence_tags(element: Element) -> Iterator[tuple[str, str]]:
    """Verbatim tags of a licence element, each with the attribute where it stood (``""``: its text)."""
    targets = [(element.attributes[name], f"@{name}") for name in _TARGETS if element.attributes.get(name)]
    if element.name in ("atom:link", "link"):
        yield from targets or [("", "@href")]
        return
    yield from targets
    if not targets:
        yield element.text, ""  # also when it is empty: a licence that says nothing is no licence
    elif element.text and (element.name.startswith("podcast:") or identify(element.text).expression is not None):
        yield element.text, ""
    else:
        # A label beside the address: what it names must not say something else.
        yield from ((name.raw, "") for name in find_names(element.text) if name.expression is not None)
        if restriction_in(element.text):
            yield element.text, ""


def _rights_tags(element: Element) -> Iterable[tuple[str, bool]]:
    """What a line about rights says, and whether the whole line is the tag. A plain copyright line says nothing."""
    text = element.text
    whole = [element.attributes[name] for name in _TARGETS if element.attributes.get(name)]
    if text and identify(text).expression is not None:
        return [(tag, True) for tag in (*whole, text)]
    found = [(tag, True) for tag in whole if identify(tag).expression is not None]
    found += [("All rights reserved" if m[0].isascii() and m[0].lower().startswith("all ") else m[0], True)
              for m in _RESERVED.finditer(text)]  # fmt: skip
    found += [(url, False) for url in _URL.findall(text) if identify(url.rstrip(".,;")).expression is not None]
    names = [name.raw for name in find_names(text) if name.expression is not None]
    found += [(name, False) for name in names]
    if not found and restriction_in(text):
        found.append((text, False))
    return dict.fromkeys(found)


__all__ = ["claims_of", "strength_of"]
