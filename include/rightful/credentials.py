"""Credentials outside Airflow: what a source's ``connection:`` names, read from the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from rightful.errors import ConfigurationError
from rightful.model import Credentials


def variable_of(connection_id: str) -> str:
    """Name of the environment variable that holds a connection: ``RIGHTFUL_CONNECTION_<ID>``."""
    return f"RIGHTFUL_CONNECTION_{connection_id.upper()}"


def credentials_from_env(connection_id: str, environment: Mapping[str, str] | None = None) -> Credentials:
    """The connection ``connection_id`` from ``RIGHTFUL_CONNECTION_<ID>``.

    The value is JSON (``{"login": …, "password": …, "extra": {…}}``) or a URI as Airflow writes it
    (``http://login:password@host?name=value``, percent-encoded; the query becomes ``extra``).

    Raises :class:`~rightful.errors.ConfigurationError`, which names the variable and never shows its value.
    """
    name = variable_of(connection_id)
    value = (os.environ if environment is None else environment).get(name, "").strip()
    if not value:
        raise ConfigurationError(
            f"no credentials for connection `{connection_id}`",
            remedy=f'set {name}, e.g. \'{{"login": null, "password": "the key"}}\' or \'http://login:key@\'',
        )
    found = _from_json(name, value) if value.startswith("{") else _from_uri(name, value)
    if not (found.login or found.password or found.extra):
        raise ConfigurationError(f"{name} holds neither login, password nor extra", remedy="fill it in")
    return found


def _from_json(name: str, value: str) -> Credentials:
    try:
        read = json.loads(value)
    except ValueError:
        # `from None`: the parser's own message quotes its input, and that is the secret.
        raise ConfigurationError(f"{name} is not JSON", remedy='write {"login": …, "password": …}') from None
    unknown = sorted(set(read) - {"login", "password", "extra"})
    if unknown:
        raise ConfigurationError(
            f"{name}: unknown members {', '.join(unknown)}", remedy="known: login, password, extra"
        )
    login, password, extra = read.get("login"), read.get("password"), read.get("extra") or {}
    if not all(part is None or isinstance(part, str) for part in (login, password)) or not isinstance(extra, dict):
        raise ConfigurationError(f"{name}: login and password must be text, extra an object")
    return Credentials(login=login or None, password=password or None, extra=extra)


def _from_uri(name: str, value: str) -> Credentials:
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ConfigurationError(f"{name} is no URI", remedy="write it as scheme://login:password@host") from None
    if not parts.scheme or "://" not in value:
        raise ConfigurationError(f"{name} is neither JSON nor a URI", remedy="write it as scheme://login:password@host")
    return Credentials(
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        extra=dict(parse_qsl(parts.query)),
    )
