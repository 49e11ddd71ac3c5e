"""Reservations against text and data mining that stand in the headers of an answer."""

from __future__ import annotations

import httpx

from rightful.model import OptOut

_USAGES = frozenset({"train-ai", "train-genai", "genai", "ai", "tdm", "bots", "all"})
"""Categories of the AIPREF vocabulary (drafts included) that cover training."""


def optouts_of(headers: httpx.Headers) -> tuple[OptOut, ...]:
    """What the headers reserve: ``tdm-reservation`` (TDMRep), ``X-Robots-Tag: noai``, ``Content-Usage: train-ai=n``.

    ``noimageai`` leaves text free and is no reservation here. A ``tdm-reservation`` other than 0 counts as one.
    """
    found = [("tdm-reservation", value) for value in headers.get_list("tdm-reservation") if _reserves(value)]
    found += [("noai", value) for value in headers.get_list("x-robots-tag", split_commas=True) if _is_noai(value)]
    found += [
        ("content-usage", value) for value in headers.get_list("content-usage", split_commas=True) if _denies(value)
    ]
    return tuple(OptOut(signal=signal, value=value.strip()[:100], place="header") for signal, value in found)


def _reserves(value: str) -> bool:
    return value.strip() not in ("", "0")


def _is_noai(value: str) -> bool:
    # "otherbot: noai" speaks to another crawler only by name; a reservation of training is heard all the same.
    return value.rpartition(":")[2].strip().lower() == "noai"


def _denies(value: str) -> bool:
    name, _, answer = value.partition(";")[0].partition("=")
    return name.strip().lower() in _USAGES and answer.strip().lower() == "n"
