"""Registered domains and origins of addresses, whatever they look like."""

from __future__ import annotations

import pytest

from rightful.connectors.crawl.domains import domain_of, is_below, origin_of


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.example.co.uk/a", "example.co.uk"),
        ("https://Example.ORG:8443/", "example.org"),
        ("https://somebody.github.io/x", "somebody.github.io"),
        ("https://other.github.io/x", "other.github.io"),
        ("https://a.b.islands.example/", "islands.example"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://192.0.2.7/", "192.0.2.7"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("http://localhost/", "localhost"),
        ("https://co.uk/", "co.uk"),
        ("dns:example.org", ""),
        ("http://[broken/", ""),
        ("", ""),
    ],
)
def test_domain(url: str, domain: str) -> None:
    assert domain_of(url) == domain


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.org/a?b", "https://example.org"),
        ("https://example.org:443/", "https://example.org"),
        ("http://example.org:443/", "http://example.org:443"),
        ("http://example.org:99999/", ""),
        ("mailto:a@example.org", ""),
        ("https://Example.org./a", "https://example.org"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("http://[2001:DB8:0::1]:8080/", "http://2001:db8::1:8080"),
        ("https://two words.example/", ""),
        ("https://a.example\\@b.example/", ""),
    ],
)
def test_origin(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("url", "below"),
    [
        ("https://www.islands.example/a", True),
        ("https://islands.example:8443/", True),
        ("https://somebody.github.io/", True),  # by an index that does not know who registers names below it
        ("https://islands.example.org/", False),
        ("https://notislands.example/", False),
        ("https://example/", False),
        ("dns:islands.example", False),
    ],
)
def test_below_a_domain(url: str, below: bool) -> None:
    assert is_below(url, {"islands.example", "github.io"}) is below
