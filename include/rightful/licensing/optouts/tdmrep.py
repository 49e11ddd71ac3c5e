"""``/.well-known/tdmrep.json``: how a site reserves text and data mining (TDMRep, a W3C group's protocol)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from rightful.licensing.optouts.names import (
    NOT_CHECKED,
    TDM_FILE,
    TDM_OVERRIDDEN,
    TDM_POLICY,
    TDM_RESERVATION,
    UNKNOWN,
    UNREADABLE,
    Fetched,
    observed,
)
from rightful.licensing.optouts.robots import path_matches
from rightful.model import JSON, OptOut

_HOSTED = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?/|//", re.IGNORECASE)
"""A location that begins with a host: of which address it speaks can't be told."""
PATH = "/.well-known/tdmrep.json"
MOST_BYTES = 1024 * 1024


def tdmrep_observations(fetched: Fetched | None, url: str) -> tuple[OptOut, ...]:
    """What the file says of ``url``; nothing when the site has none.

    ``fetched`` is None when nobody asked for it (an archive seldom holds it): then that is the observation. Of several
    locations that match, the longest decides; what it overrides stays to be seen.
    """
    if fetched is None:
        return (observed(TDM_RESERVATION, NOT_CHECKED, TDM_FILE),)
    status, seen = fetched.status, fetched.seen
    if status in (404, 410):
        return ()
    if status not in (200, 203):
        said = "unreachable" if status is None else f"status {status}"
        return (observed(TDM_RESERVATION, UNKNOWN, f"{TDM_FILE} ({said})", seen),)
    body = fetched.body.removeprefix(b"\xef\xbb\xbf")
    if len(body) <= MOST_BYTES and body.lstrip()[:1] == b"<":
        return ()  # a page that answers to every address: there is no such file
    try:
        rules = msgspec.json.decode(body) if len(body) <= MOST_BYTES else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rules = None
    rules = [rules] if isinstance(rules, dict) else rules
    if not isinstance(rules, list):
        return (observed(TDM_RESERVATION, UNREADABLE, TDM_FILE, seen),)
    found = tuple(_said(rules, url))
    return tuple(msgspec.structs.replace(optout, seen=seen) for optout in found)


def _said(rules: list[JSON], url: str) -> Iterator[OptOut]:
    matching = [rule for rule in rules if _location(rule) is None or path_matches(_location(rule) or "", url)]
    longest = max((len(_location(rule) or "") for rule in matching), default=0)
    for rule in matching:
        location = _location(rule)
        if location is None:
            yield observed(TDM_RESERVATION, UNREADABLE, TDM_FILE)
            continue
        decides = len(location) == longest
        place = f"{TDM_FILE} {location}"
        yield observed(TDM_RESERVATION if decides else TDM_OVERRIDDEN, _value(rule.get(TDM_RESERVATION)), place)
        policy = rule.get(TDM_POLICY)
        if decides and isinstance(policy, str) and policy.strip():
            yield observed(TDM_POLICY, policy, place)


def _location(rule: JSON) -> str | None:
    """The path pattern of a rule, or None when it is no rule at all."""
    location = rule.get("location") if isinstance(rule, dict) else None
    if not isinstance(location, str) or TDM_RESERVATION not in rule:
        return None
    location = location.strip()
    if _HOSTED.match(location):
        return None  # "example.org/a": a host without its scheme, or a path without its slash
    return location if location.startswith(("/", "*", "http://", "https://")) else f"/{location}"


def _value(said: JSON) -> str:
    """``"0"`` and ``"1"`` are the values of the protocol; anything else is handed on, and reserves."""
    if isinstance(said, bool):
        return "1" if said else "0"
    return str(said) if isinstance(said, (int, str)) and str(said).strip() else UNREADABLE
