"""Opt-outs in the headers of an answer and in the ``<meta>`` elements of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from rightful.licensing.optouts.agents import OWN_AGENT, is_training_agent
from rightful.licensing.optouts.combine import capped
from rightful.licensing.optouts.names import (
    CONTENT_SIGNAL,
    CONTENT_USAGE,
    HEADER,
    META,
    NOAI,
    NOIMAGEAI,
    RSL,
    RSL_DECLARED,
    RSL_MEDIA_TYPE,
    TDM_POLICY,
    TDM_RESERVATION,
    observed,
)
from rightful.licensing.optouts.preferences import signals_in, usages_in
from rightful.model import OptOut

_EVERYBODY = frozenset({"robots", "googlebot", "bingbot", OWN_AGENT})
"""Names of ``<meta>`` elements whose ``noai`` is heard, besides those of AI-training agents."""

_SEPARATORS = re.compile(r"[^a-z0-9_-]+")
"""Quotes and other marks that people write around a word are no part of it."""

Pairs = Iterable[tuple[str, str]]


def from_headers(headers: Pairs, seen: datetime | None = None) -> tuple[OptOut, ...]:
    """What the headers of an answer say about training, each pair a name and one value (a name may stand often).

    ``tdm-reservation`` and ``tdm-policy`` (TDMRep), ``X-Robots-Tag: noai`` and ``noimageai``, ``Content-Usage`` (AIPREF
    drafts), ``Content-Signal``, and ``Link`` to RSL terms. ``seen`` is the time of the answer, with a time zone.
    Values that reserve nothing (``tdm-reservation: 0``) are observations, too.
    """
    return _unique(
        observed(signal, value, HEADER if where is None else f"{HEADER} {where}", seen)
        for name, text in headers
        for signal, value, where in _in_header(name.strip().lower(), text)
    )


def from_meta(metas: Pairs, seen: datetime | None = None) -> tuple[OptOut, ...]:
    """The same for a page's ``<meta>`` elements, each pair the ``name`` (or ``http-equiv``) and the ``content``.

    An element with the name of one of those headers says what the header would. ``noai`` counts in elements that speak
    to all robots, to an AI-training agent or to us.
    """
    return _unique(
        observed(signal, value, META, seen)
        for name, text in metas
        for signal, value in _in_meta(name.strip().lower(), text)
    )


def rsl_links(headers: Pairs) -> tuple[str, ...]:
    """Targets of ``Link: <…>; rel=license; type="application/rsl+xml"``, as they stand there."""
    return tuple(
        target
        for name, text in headers
        if name.strip().lower() == "link"
        for target, parameters in _links(text)
        if _is_rsl(parameters)
    )


def _in_header(name: str, text: str) -> Iterator[tuple[str, str, str | None]]:
    if name in (TDM_RESERVATION, TDM_POLICY):
        yield name, text, None
    elif name == "x-robots-tag":
        for value in text.split(","):
            # "otherbot: noai" speaks to another crawler only by name; a reservation of training is heard all the same.
            for signal in _noai(value):
                yield signal, value, None
    elif name == CONTENT_USAGE:
        for usage in usages_in(text):
            yield CONTENT_USAGE, usage, None
    elif name == CONTENT_SIGNAL:
        for signal in signals_in(text):
            yield CONTENT_SIGNAL, signal, None
    elif name == "link":
        for target, parameters in _links(text):
            if _is_rsl(parameters):
                yield RSL, RSL_DECLARED, f"Link {target}"


def _in_meta(name: str, text: str) -> Iterator[tuple[str, str]]:
    if name in _EVERYBODY or is_training_agent(name):
        name = "x-robots-tag"
    # `tdm:reservation` and `content_signal` are written by people who mean the same.
    for signal, value, _ in _in_header(re.sub(r"[_:]", "-", name), text):
        yield signal, value


def _noai(text: str) -> Iterator[str]:
    for word in _SEPARATORS.split(text.lower()):
        if word in (NOAI, NOIMAGEAI):
            yield word


def _links(text: str) -> Iterator[tuple[str, str]]:
    """Target and parameters of each link (RFC 8288); what has no ``<…>`` is none."""
    for piece in text.split("<")[1:]:
        target, mark, parameters = piece.partition(">")
        if mark and target.strip():
            yield target.strip(), parameters.lower()


def _is_rsl(parameters: str) -> bool:
    # Whatever else stands in `rel`: the media type says what it is, and nothing but terms has it.
    return RSL_MEDIA_TYPE in parameters


def _unique(found: Iterable[OptOut]) -> tuple[OptOut, ...]:
    return capped(dict.fromkeys(found))
