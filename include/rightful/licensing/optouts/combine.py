"""Observations of several places put together: TDMRep's order of precedence, and each thing once."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rightful.licensing.optouts.names import (
    HEADER,
    META,
    NOT_CHECKED,
    RSL,
    RSL_DECLARED,
    RSL_READ,
    TDM_FILE,
    TDM_OVERRIDDEN,
    TDM_RESERVATION,
    TOO_MANY,
    UNKNOWN,
    observed,
)
from rightful.model import OptOut

MOST = 64
"""Observations of one page that are kept."""

_PRECEDENCE = (TDM_FILE, HEADER, META)
"""TDMRep: the file on the origin server is overridden by the header, and both by the page's metadata."""


def combined(*groups: Iterable[OptOut]) -> tuple[OptOut, ...]:
    """All observations, each once, in the order given.

    A ``tdm-reservation`` that a more specific place overrides becomes ``tdm-reservation-overridden``, so that it stays
    to be seen. Other signals don't override each other: any that reserves counts. May be applied again when more
    observations come.
    """
    once: dict[tuple[str, str, str], OptOut] = {}
    for optout in (optout for group in groups for optout in group):
        key = (optout.signal, optout.value, optout.place)
        if key not in once or once[key].seen is None:
            once[key] = optout
    found = capped(optout for optout in once.values() if not _superseded(optout, once.values()))
    ranks = [_rank(optout) for optout in found if _decides(optout)]
    strongest = max(ranks, default=0)
    return tuple(
        dict.fromkeys(
            msgspec.structs.replace(optout, signal=TDM_OVERRIDDEN)
            if _decides(optout) and _rank(optout) < strongest
            else optout
            for optout in found
        )
    )


def capped(found: Iterable[OptOut]) -> tuple[OptOut, ...]:
    """The observations, or the first of too many with one that says so (and reserves): a row has to stay small."""
    optouts = tuple(found)
    if len(optouts) <= MOST:
        return optouts
    more = observed(TOO_MANY, f"more than {MOST}", "all places", optouts[0].seen)
    return (*optouts[: MOST - 1], more)


def of_site(optouts: Iterable[OptOut]) -> tuple[OptOut, ...]:
    """Opt-outs of an answer that speaks for the whole site, to stand beside those of its records."""
    return tuple(
        msgspec.structs.replace(optout, place=f"site {optout.place}") if optout.place.startswith(HEADER) else optout
        for optout in optouts
    )


def _superseded(optout: OptOut, found: Iterable[OptOut]) -> bool:
    """Whether these are announced RSL terms that another observation has read."""
    if optout.signal != RSL or optout.value != RSL_DECLARED:
        return False
    return any(other.signal == RSL and other.place == f"{optout.place}{RSL_READ}" for other in found)


def timeless(optouts: tuple[OptOut, ...]) -> tuple[OptOut, ...]:
    """The same without the times of observation: a ruling does not depend on them, and is remembered without them."""
    if all(optout.seen is None for optout in optouts):
        return optouts
    return tuple(msgspec.structs.replace(optout, seen=None) for optout in optouts)


def _rank(optout: OptOut) -> int:
    """How specific a place of TDMRep is; 0 for places that take no part in the order."""
    kind = optout.place.partition(" ")[0]
    return _PRECEDENCE.index(kind) + 1 if kind in _PRECEDENCE else 0


def _decides(optout: OptOut) -> bool:
    """Whether this is a declaration that can override, or be overridden. Only 0 and 1 are values of TDMRep."""
    return optout.signal == TDM_RESERVATION and optout.value not in (NOT_CHECKED, UNKNOWN) and _rank(optout) > 0
