"""The secret of a source: added to a request at the last moment, and kept out of everything else."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus

import httpx

from rightful.catalogue.models import Auth, Source
from rightful.errors import ConfigurationError
from rightful.http.address import canonical_host
from rightful.model import Credentials

MASK = "***"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Secrets:
    """Signs requests to the source's own origin, and masks what it signed with in every text.

    Args:
        source: With ``fetch.auth`` and ``fetch.base_url``.
        credentials: Of ``source.connection``.

    Raises :class:`ConfigurationError` when the source needs a secret that the connection does not hold.
    """

    def __init__(self, source: Source, credentials: Credentials | None) -> None:
        self._auth: Auth | None = source.fetch.auth
        self._base = httpx.URL(source.fetch.base_url)
        self._login = (credentials.login if credentials else None) or ""
        self._password = (credentials.password if credentials else None) or ""
        if self._auth is not None:
            if not self._password:
                raise ConfigurationError(
                    f"the connection `{source.connection}` holds no password",
                    source=source.id,
                    remedy=f"store the key as the password of the connection `{source.connection}`",
                )
            if any(ord(letter) < 32 for letter in self._password + self._login):
                raise ConfigurationError(
                    f"the connection `{source.connection}` holds a control character (a line break?)",
                    source=source.id,
                    remedy="store the key without it",
                )
        pair = base64.b64encode(f"{self._login}:{self._password}".encode()).decode()
        forms = {
            self._password,
            quote(self._password, safe=""),
            quote_plus(self._password),
            quote(self._password),
            pair,
        }
        self._masked = sorted((form for form in forms if self._password and form), key=len, reverse=True)

    def sign(self, url: httpx.URL) -> tuple[httpx.URL, dict[str, str]]:
        """``url`` and headers with the secret, when ``url`` is of the source's own origin; else without."""
        if self._auth is None or not self._own(url):
            return url, {}
        match self._auth.type:
            case "query":
                return url.copy_set_param(str(self._auth.name), self._password), {}
            case "header":
                return url, {str(self._auth.name): self._password}
            case "bearer":
                return url, {"Authorization": f"Bearer {self._password}"}
            case "basic":
                pair = base64.b64encode(f"{self._login}:{self._password}".encode()).decode()
                return url, {"Authorization": f"Basic {pair}"}

    def public(self, url: httpx.URL | str) -> str:
        """``url`` without the secret: for cursors, rows and messages."""
        if self._auth is not None and self._auth.type == "query":
            try:
                parsed = httpx.URL(url)
                if self._auth.name in parsed.params:
                    url = parsed.copy_remove_param(str(self._auth.name))
            except (httpx.InvalidURL, UnicodeError, ValueError):
                return self.redact(str(url))  # no URL, so no parameter either
        return self.redact(str(url))

    def redact(self, text: str) -> str:
        """``text`` with every form of the secret masked."""
        for form in self._masked:
            text = text.replace(form, MASK)
        return text

    def _own(self, url: httpx.URL) -> bool:
        """Same host, and same scheme and port, or the usual step up from http to https."""
        if canonical_host(url) != canonical_host(self._base):
            return False
        ours, theirs = _origin(self._base), _origin(url)
        return ours == theirs or (ours, theirs) == (("http", 80), ("https", 443))


def _origin(url: httpx.URL) -> tuple[str, int | None]:
    return url.scheme, url.port or _DEFAULT_PORTS.get(url.scheme)
