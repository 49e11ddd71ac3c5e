"""All opt-outs of one page, from whatever is at hand: a live answer with the files of its site, or an archive's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urljoin

from rightful.licensing.optouts.combine import combined
from rightful.licensing.optouts.headers import from_headers, from_meta, rsl_links
from rightful.licensing.optouts.names import HEADER, ROBOTS_FILE, RSL, RSL_DECLARED, Fetched
from rightful.licensing.optouts.robots import Robots, robots_observations
from rightful.licensing.optouts.rsl import rsl_observation
from rightful.licensing.optouts.tdmrep import tdmrep_observations
from rightful.model import OptOut


def observe(
    url: str,
    *,
    headers: Iterable[tuple[str, str]] = (),
    metas: Iterable[tuple[str, str]] = (),
    seen: datetime | None = None,
    robots: Fetched | None = None,
    tdmrep: Fetched | None = None,
    terms: Mapping[str, Fetched] | None = None,
    parsed: Robots | None = None,
) -> tuple[OptOut, ...]:
    """Every observation about ``url``, each with its place and time.

    Args:
        url: The page, as it answered at last.
        headers, metas: Of the answer: names and values; ``name`` and ``content`` of its ``<meta>`` elements.
        seen: When the answer came (the archive's date for an archived one), with a time zone.
        robots, tdmrep: ``/robots.txt`` and ``/.well-known/tdmrep.json`` of the page's origin. None: nobody looked,
            which is recorded as «not checked».
        terms: RSL documents by absolute address; those that are announced and not here stay ``declared``.
        parsed: ``robots`` already read.
    """
    pairs = list(headers)
    found = combined(
        robots_observations(robots, url, parsed),
        tdmrep_observations(tdmrep, url),
        from_headers(pairs, seen),
        from_meta(metas, seen),
    )
    return combined(_with_terms(found, url, terms or {}))


def announced_terms(url: str, headers: Iterable[tuple[str, str]], robots: Robots | None) -> tuple[str, ...]:
    """Absolute addresses of the RSL documents that the answer or the robots.txt of ``url`` names."""
    named = [*rsl_links(headers), *(robots.licenses if robots is not None else ())]
    return tuple(dict.fromkeys(address for text in named if (address := _absolute(url, text)) is not None))


def _with_terms(found: Sequence[OptOut], url: str, terms: Mapping[str, Fetched]) -> list[OptOut]:
    """The observations with announced terms replaced by what they say, where they were read."""
    read = []
    for optout in found:
        if optout.signal == RSL and optout.value == RSL_DECLARED:
            address = _absolute(url, _named_in(optout.place))
            if address is not None and address in terms:
                optout = rsl_observation(terms[address], address, url, optout)
        read.append(optout)
    return read


def _named_in(place: str) -> str:
    for prefix in (f"{ROBOTS_FILE} License ", f"{HEADER} Link "):
        if place.startswith(prefix):
            return place.removeprefix(prefix)
    return ""


def _absolute(url: str, reference: str) -> str | None:
    """A reference resolved, or None when it is no web address."""
    try:
        address = urljoin(url, reference)
    except ValueError:
        return None
    return address if reference and address.startswith(("http://", "https://")) else None


__all__ = ["announced_terms", "observe"]
