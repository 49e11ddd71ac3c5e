"""Reservations against text and data mining that stand in the headers of an answer."""

from __future__ import annotations

from datetime import datetime

import httpx

from rightful.licensing.optouts import from_headers
from rightful.model import OptOut


def optouts_of(headers: httpx.Headers, seen: datetime | None = None) -> tuple[OptOut, ...]:
    """What the headers say about training; see :func:`rightful.licensing.optouts.from_headers`."""
    return from_headers(headers.multi_items(), seen)
