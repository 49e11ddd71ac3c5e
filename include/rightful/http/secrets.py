"""The secret of a source: added to a request at the last moment, and kept out of everything else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from urllib.parse import quote, quote_plus

import httpx

from rightful.catalogue.models import Auth, Source
from rightful.errors import ConfigurationError
from rightful.http.address import canonical_host, port_of
from rightful.model import Credentials

MASK = "***"
_PERCENT_HEX = re.compile("%[0-9A-F]{2}")


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
            if self._auth.type == "podcast_index" and not self._login:
                raise ConfigurationError(
                    f"the connection `{source.connection}` holds no login",
                    source=source.id,
                    remedy=f"store the key as login and the secret as password of the connection `{source.connection}`",
                )
            if any(ord(letter) < 32 for letter in self._password + self._login):
                raise ConfigurationError(
                    f"the connection `{source.connection}` holds a control character (a line break?)",
                    source=source.id,
                    remedy="store the key without it",
                )
        pair = base64.b64encode(f"{self._login}:{self._password}".encode()).decode()
        forms = _forms(self._password) | _forms(pair) if self._password else set()
        self._masked = sorted(forms, key=len, reverse=True)
        self._masked_bytes = [form.encode() for form in self._masked]

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
            case "podcast_index":
                now = str(int(time.time()))
                # SHA-1 is what the index asks for; it is good for five minutes, and nothing else hangs on it.
                digest = hashlib.sha1(f"{self._login}{self._password}{now}".encode(), usedforsecurity=False)
                return url, {"X-Auth-Key": self._login, "X-Auth-Date": now, "Authorization": digest.hexdigest()}

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

    def in_bytes(self, raw: bytes) -> bool:
        """Whether any form of the secret stands in bytes."""
        return any(form in raw for form in self._masked_bytes)

    def __bool__(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self._masked)

    def unechoed(self, url: str) -> str:
        """``url`` as the source gave it, unless it echoes the secret: then as in :meth:`public`."""
        return url if self.redact(url) == url else self.public(url)

    def _own(self, url: httpx.URL) -> bool:
        """Same host, and same scheme and port, or the usual step up from http to https."""
        if canonical_host(url) != canonical_host(self._base):
            return False
        ours, theirs = _origin(self._base), _origin(url)
        return ours == theirs or (ours, theirs) == (("http", 80), ("https", 443))


def _origin(url: httpx.URL) -> tuple[str, int]:
    return url.scheme, port_of(url)


def _forms(secret: str) -> set[str]:
    """How ``secret`` may stand in URLs (percent-encoded, in capitals or not), in JSON and in Python's ``repr``."""
    found = {secret, quote(secret, safe=""), quote_plus(secret), quote(secret)}
    found |= {_PERCENT_HEX.sub(lambda code: code[0].lower(), form) for form in found}
    for form in tuple(found):
        for escaped in (json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1], repr(form)[1:-1]):
            found |= {escaped, escaped.replace("/", "\\/")}
    return found
