"""What ``fetch:`` says for every kind that asks over HTTP: the address, the secret, and where requests may lead."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from rightful.catalogue.block import Block
from rightful.catalogue.secret_names import Headers


class Auth(Block):
    """How the secret of `connection` is sent. The secret itself lives in an Airflow connection, never here."""

    type: Literal["query", "header", "bearer", "basic", "podcast_index"] = Field(
        description="`podcast_index`: key (login) and SHA-1 of key, secret (password) and time, in headers"
    )
    name: str | None = Field(None, description="parameter or header that carries the connection's password")

    @model_validator(mode="after")
    def _named(self) -> Auth:
        if self.type in ("query", "header") and not self.name:
            raise ValueError(f"auth type `{self.type}` needs `name`")
        return self


class HttpFetch(Block):
    """Settings that all kinds share which ask over HTTP."""

    base_url: str
    headers: Headers = Field(default_factory=dict)
    auth: Auth | None = None
    allow_private: bool = Field(False, description="the host may be a private address (demo, intranet)")
    allow_hosts: tuple[str, ...] = Field(
        (),
        description="further hosts (`host` or `host:port`; `*.host` for numbered servers) that redirects and next URLs "
        "may lead to",
    )
    any_host: bool = Field(
        False,
        description="requests may lead to any public host, on ports 80 and 443: feeds and recordings lie anywhere",
    )

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not re.match(r"^https?://[^/\s@]+(/|$)", value):
            raise ValueError("must be an http(s) URL without user name or password")
        try:
            parts = urlsplit(value)
            named = bool(parts.hostname) and parts.port != 0
        except ValueError as error:
            raise ValueError(f"is no URL: {error}") from error
        if not named:
            raise ValueError("must name a host, and a port from 1 on")
        return value


__all__ = ["Auth", "HttpFetch"]
