"""Requests and answers between the server and the sites it plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A GET. ``params`` has the last value of each name, ``headers`` have lower-case names."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]

    def whole(self, name: str, default: int, most: int | None = None) -> int:
        """An integer parameter. Raises :class:`BadRequest`."""
        text = self.params.get(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or (most is not None and int(text) > most):
            raise BadRequest(f"{name} must be a number" + (f" up to {most}" if most is not None else ""))
        return int(text)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. A body that is an iterator is streamed: in chunks, or with ``length`` as its Content-Length."""

    body: bytes | Iterator[bytes]
    status: int = 200
    type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


class BadRequest(Exception):
    """The request makes no sense; the text says why."""


def json_response(value: object, status: int = 200, **headers: str) -> Response:
    """``value`` as JSON; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(msgspec.json.encode(value), status=status, headers=named)


class Whims:
    """What a site does now and then: true on every ``every``-th call, never when the site is calm.

    The call after one that was refused is counted too, so that a client that tries again is served.
    """

    def __init__(self, every: int, *, calm: bool) -> None:
        if every < 2:
            raise ValueError("every second call at most")
        self._every, self._calm, self._count = every, calm, 0

    def strike(self) -> bool:
        """Whether it happens this time."""
        self._count += 1  # a lost update between threads only shifts the rhythm
        return not self._calm and self._count % self._every == 0
