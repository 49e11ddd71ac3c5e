"""Small pages for the tests, and the answer of ``read_page`` on them under the shipped policy."""

from __future__ import annotations

from typing import Any

from tests.unit.licensing.cases import POLICY

from rightful.licensing.page import PageLicense, read_page

URL = "https://www.example.org/posts/one"
BY = "https://creativecommons.org/licenses/by/4.0/"
SA = "https://creativecommons.org/licenses/by-sa/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"
LINK = f'<a href="{BY}">CC BY 4.0</a>'


def page(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head><title>One</title>{head}</head><body>{body}</body></html>".encode()


def read(body: str, head: str = "", url: str = URL, **more: Any) -> PageLicense:
    return read_page(page(body, head), url, more.pop("headers", ()), policy=POLICY, **more)


def told(found: PageLicense) -> tuple[str, str]:
    return found.decision.value, found.reason.value
