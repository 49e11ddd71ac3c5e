"""Bytes of a wide encoding are read as what they are, or not at all."""

from __future__ import annotations

import pytest
from tests.unit.licensing.cases import POLICY
from tests.unit.licensing.page.pages import BY, NC, URL, page

from rightful.licensing.page import read_page
from rightful.licensing.page.decode import to_utf8
from rightful.model import Decision, Reason

LINK = page("<p>Text.</p>", f'<link rel="license" href="{BY}">').decode()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "headers", [[], [("Content-Type", "text/html; charset=utf-16")], [("Content-Type", "x; charset=utf-8")]]
)
def test_utf_16_without_its_mark_is_read(encoding: str, headers: list[tuple[str, str]]) -> None:
    found = read_page(LINK.encode(encoding), URL, headers, policy=POLICY)
    assert (found.decision, found.expression) == (Decision.ALLOW, "CC-BY-4.0")
    restricted = read_page(LINK.replace(BY, NC).encode(encoding), URL, headers, policy=POLICY)
    assert (restricted.decision, restricted.reason) == (Decision.DENY, Reason.NC)


@pytest.mark.parametrize(
    "html",
    [
        LINK.encode("utf-32-le"),
        LINK.encode("utf-32"),
        LINK.encode("utf-16-le")[:-1],
        LINK.encode() + LINK.replace(BY, NC).encode("utf-16-le"),
        b"\xff\xfe" + LINK.encode("utf-16-be"),
    ],
)
def test_what_is_neither_is_not_read(html: bytes) -> None:
    found = read_page(html, URL, policy=POLICY)
    assert found.decision is not Decision.ALLOW


def test_a_restriction_in_two_encodings_is_not_overlooked() -> None:
    html = LINK.encode() + LINK.replace(BY, NC).encode("utf-16-le")
    found = read_page(html, URL, policy=POLICY)
    assert (found.decision, found.reason, found.rule) == (Decision.QUARANTINE, Reason.UNPARSABLE, "page:charset")
    assert to_utf8(html) is None


def test_a_stray_zero_byte_is_only_that() -> None:
    html = LINK.replace("Text", "Te\0xt").encode()
    assert read_page(html, URL, policy=POLICY).decision is Decision.ALLOW
    assert to_utf8(b"") == b""
