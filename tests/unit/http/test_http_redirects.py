"""Where redirects may lead."""

import httpx
import pytest
from tests.unit.http.site import Site, client_of, json_response, source_of

from rightful.errors import BlockedAddress, Malformed

OK = json_response({"items": []})


@pytest.mark.parametrize("target", ["/v1/two", "https://api.example.org/v1/two", "two"])
def test_redirects_are_followed(target: str) -> None:
    site = Site([httpx.Response(301, headers={"location": target}), OK])
    assert client_of(source_of(), site).get("items").url == "https://api.example.org/v1/two"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/",
        "http://localhost:8080/",
        "file:///etc/passwd",
        "//evil.example/x",
        "https://api.example.org@evil.example/",
        "http://[::1]/",
        "http://2130706433/",
    ],
)
def test_every_hop_is_checked(target: str) -> None:
    site = Site([httpx.Response(302, headers={"location": target}), OK])
    with pytest.raises(BlockedAddress) as caught:
        client_of(source_of(), site).get("items")
    assert len(site.requests) == 1
    assert caught.value.source == "example"


def test_a_redirect_to_the_metadata_service_is_blocked_though_the_host_is_listed_and_private_allowed() -> None:
    site = Site([httpx.Response(302, headers={"location": "http://169.254.169.254/"}), OK])
    source = source_of({"allow_hosts": ["169.254.169.254"], "allow_private": True})
    with pytest.raises(BlockedAddress, match="metadata"):
        client_of(source, site).get("items")
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("base", "targets"),
    [
        ("https://api.example.org", ["http://api.example.org/v1/items"]),
        ("http://api.example.org", ["https://api.example.org/v1/items", "http://api.example.org/v1/items"]),
    ],
)
def test_a_redirect_does_not_step_down_to_plain_http(base: str, targets: list[str]) -> None:
    site = Site([*(httpx.Response(302, headers={"location": target}) for target in targets), OK])
    with pytest.raises(BlockedAddress, match="steps down"):
        client_of(source_of({"base_url": base}), site).get("items")
    assert len(site.requests) == len(targets)


@pytest.mark.parametrize("port", [22, 80, 8333])
def test_a_redirect_does_not_change_the_port(port: int) -> None:
    site = Site([httpx.Response(302, headers={"location": f"http://127.0.0.1:{port}/"}), OK])
    source = source_of({"base_url": "http://127.0.0.1:9000", "allow_private": True})
    with pytest.raises(BlockedAddress, match=f"port {port} of"):
        client_of(source, site).get("items")
    assert len(site.requests) == 1


def test_redirects_end_somewhere() -> None:
    site = Site([httpx.Response(302, headers={"location": "/again"})])
    with pytest.raises(Malformed, match="redirects"):
        client_of(source_of(limits={"retries": 0}), site).get("items")
    assert len(site.requests) == 6
    with pytest.raises(Malformed, match="without an address"):
        client_of(source_of(limits={"retries": 0}), Site([httpx.Response(302)])).get("items")
