"""Names under which sites take credentials. What a source file says there would be a secret in the repository."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

HEADERS = frozenset(
    {"authorization", "proxy_authorization", "cookie", "x_api_key", "x_auth_token", "x_access_token", "private_token"}
)
PARAMS = frozenset(
    {"api_key", "apikey", "key", "token", "access_token", "auth_token", "api_token", "secret", "client_secret"}
    | {"password", "passwd"}
)


def _refuse(names: Iterable[str], known: frozenset[str]) -> None:
    """Raises ValueError for the first of ``names`` that is ``known`` to carry a secret, in any case."""
    for name in names:
        if name.strip().lower().replace("-", "_") in known:
            raise ValueError(
                f"`{name}` carries a secret, which must not stand in a file: name the Airflow connection that holds it "
                "in `connection:`, and say in `fetch.auth` how it is sent"
            )


def _no_secret_param(values: dict[str, str | int | float | bool]) -> dict[str, str | int | float | bool]:
    _refuse(values, PARAMS)
    return values


def _no_secret_header(values: dict[str, str]) -> dict[str, str]:
    _refuse(values, HEADERS | PARAMS)
    return values


Params = Annotated[dict[str, str | int | float | bool], AfterValidator(_no_secret_param)]
Headers = Annotated[dict[str, str], AfterValidator(_no_secret_header)]
