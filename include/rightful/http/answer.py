"""An answer, how it was asked for, and what people are told about those that are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import httpx

from rightful.model import OptOut

Param = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``url`` is the one that answered at last, without secrets; ``body`` is decompressed."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str
    fetched_at: datetime
    optouts: tuple[OptOut, ...] = ()


@dataclass(frozen=True, slots=True)
class How:
    """How an address is asked: ``obey`` robots.txt; ``cut`` a site's own file after so many bytes; ``accept`` these.

    With ``content`` (JSON) it is a POST.
    """

    obey: bool = False
    cut: int | None = None
    accept: str | None = None
    content: bytes | None = None


_REMEDIES = {
    401: "the key is missing or wrong: look at the connection's password and at `fetch.auth`",
    402: "the source wants to be paid: look at the contract",
    403: "the key may not do this, or the source does not want us: ask its owner",
    404: "nothing lives there: look at `fetch.base_url` and `fetch.path`",
    410: "it is gone for good: disable the source and say why in `refusal`",
    451: "it is withheld for legal reasons: disable the source and say why in `refusal`",
}


def remedy_for(status: int) -> str:
    """What a person should do about a refusal."""
    return _REMEDIES.get(status, "correct the request in the source file")


def described(error: httpx.TransportError) -> str:
    """What broke, in a few words."""
    kind = "time-out" if isinstance(error, httpx.TimeoutException) else "broken connection"
    return f"{kind} ({type(error).__name__}: {str(error)[:200]})"
