"""The words of opt-outs: signals, values and places, as they stand in the tables and in the policy."""

from __future__ import annotations

from datetime import datetime

from rightful.model import OptOut, Struct

ROBOTS = "robots"
ROBOTS_TRAINING = "robots-training"
CONTENT_SIGNAL = "content-signal"
CONTENT_USAGE = "content-usage"
TDM_RESERVATION = "tdm-reservation"
TDM_OVERRIDDEN = "tdm-reservation-overridden"
TDM_POLICY = "tdm-policy"
RSL = "rsl"
NOAI = "noai"
NOIMAGEAI = "noimageai"
OPT_OUT_LIST = "opt-out-list"
TOO_MANY = "too-many"

ALLOW = "allow"
DISALLOW = "disallow"
UNREACHABLE = "unreachable"
NOT_CHECKED = "not checked"
"""Nobody could look: an archive does not tell. It is neutral in every policy we ship, but no consent."""
UNKNOWN = "unknown"
"""Somebody looked and learned nothing."""
UNREADABLE = "unreadable"
"""It is there and can't be read: that is no consent, and no value that a policy calls neutral."""
RSL_DECLARED = "declared"
"""Terms are announced and were not read."""
RSL_MEDIA_TYPE = "application/rsl+xml"
RSL_READ = " (read)"
"""Stands behind the place where terms were announced, once they have been read."""
RSL_PERMITS, RSL_PROHIBITS, RSL_CONDITIONS = "permits", "prohibits", "conditions"

HEADER = "header"
META = "meta"
ROBOTS_FILE = "robots.txt"
TDM_FILE = "tdmrep.json"

_LONGEST = 200
"""Characters that are kept of a value or a place: what a stranger writes stands in every row of his pages."""


def observed(signal: str, value: str, place: str, seen: datetime | None = None) -> OptOut:
    """One observation, with value and place of a decent length and without control characters."""
    return OptOut(signal=signal, value=_decent(value), place=_decent(place), seen=seen)


def _decent(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _LONGEST])
    return " ".join(printable.split())[:_LONGEST]


class Fetched(Struct, frozen=True, kw_only=True):
    """A file of a site as it was fetched, live or by an archive. ``status`` None: it could not be reached."""

    status: int | None
    body: bytes = b""
    seen: datetime | None = None
