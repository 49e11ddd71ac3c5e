"""What goes wrong with an answer, as errors: each names its source, address and remedy, and holds no secret."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx

from rightful.errors import FetchError, Forbidden, Malformed, RateLimited, Refused, RightfulError
from rightful.http.address import canonical_host
from rightful.http.answer import remedy_for
from rightful.http.retry import retry_after
from rightful.http.secrets import Secrets
from rightful.licensing.optouts.robots import STOPS

PASSING = frozenset({408, 425})
"""Statuses of 4xx that say "not now"."""


class Failures:
    """Makes the errors of one source's client. ``shown`` is always an address that may be told."""

    def __init__(self, source: str, secrets: Secrets) -> None:
        self._source, self._secrets = source, secrets

    def error(self, kind: type[RightfulError], shown: str, what: str, remedy: str) -> RightfulError:
        """An error about the answer of ``shown``."""
        # Whatever a source sends may end up in `what`; a secret that it echoes must not.
        where = self._secrets.redact(shown)[:500]
        return kind(f"{where}: {self._secrets.redact(what)}", source=self._source, remedy=remedy)

    def about(self, shown: str) -> Callable[[type[RightfulError], str, str], RightfulError]:
        """:meth:`error` for one address: kind, what, remedy."""
        return lambda kind, what, remedy: self.error(kind, shown, what, remedy)

    def rate_limited(self, shown: str, what: str, seconds: float | None) -> RateLimited:
        """The error for a source that asks for patience; ``seconds`` None when it does not say how long."""
        return RateLimited(
            f"{self._secrets.redact(shown)}: {what}",
            retry_after=seconds or 0.0,
            host=_host(shown),
            source=self._source,
            remedy="wait, then try again; lower `pace.requests_per_second` if it happens often",
        )

    def trouble(self, status: int, headers: httpx.Headers, shown: str, moment: datetime) -> RightfulError | None:
        """The error for a status that is no answer and no refusal; None for a refusal (4xx). ``moment`` is now."""
        if status < 400:
            return self.error(
                Malformed, shown, f"status {status} instead of an answer", "look at the address in a browser"
            )
        patience = retry_after(headers, moment)
        if status == 429 or (patience is not None and (status >= 500 or status in PASSING)):
            asked = f"; it asks to wait {patience:.0f} s" if patience is not None else ""
            return self.rate_limited(shown, f"status {status}{asked}", patience)
        if status >= 500 or status in PASSING:
            return self.error(FetchError, shown, f"status {status}", "the source has trouble; try again later")
        return None

    def refusal(self, status: int, shown: str, told: str = "") -> Refused:
        """The error for a refusal (4xx); ``told`` is what its body says. It bears its ``status``."""
        kind = Forbidden if status in STOPS else Refused
        refusal = self.error(kind, shown, f"status {status}{told}", remedy_for(status))
        assert isinstance(refusal, Refused)
        refusal.status = status
        return refusal


def _host(shown: str) -> str:
    try:
        return canonical_host(httpx.URL(shown))
    except (httpx.InvalidURL, UnicodeError):  # as a server wrote it, perhaps
        return ""


__all__ = ["PASSING", "Failures"]
