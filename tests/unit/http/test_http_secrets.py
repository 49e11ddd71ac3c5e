"""A source's key: sent to its own origin only, and never shown."""

import logging

import httpx
import pytest
from tests.unit.http.site import Site, client_of, json_response, source_of

from rightful.errors import BlockedAddress, ConfigurationError, FetchError, Refused
from rightful.model import Credentials

OK = json_response({"items": []})


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ({"type": "header", "name": "X-Key"}, ("x-key", "s3cr&t")),
        ({"type": "bearer"}, ("authorization", "Bearer s3cr&t")),
        ({"type": "basic"}, ("authorization", "Basic bWU6czNjciZ0")),
    ],
)
def test_secrets_in_headers(auth: dict[str, str], sent: tuple[str, str]) -> None:
    site = Site([OK])
    source = source_of({"auth": auth}, connection="example")
    client_of(source, site, credentials=Credentials(login="me", password="s3cr&t")).get("items")
    assert site.requests[0].headers[sent[0]] == sent[1]


def keyed() -> tuple[object, Credentials]:
    source = source_of(
        {"auth": {"type": "query", "name": "key"}, "allow_hosts": ["other.example.org"]},
        connection="example",
        limits={"retries": 0},
    )
    return source, Credentials(password="s3cr&t")


def test_a_key_in_the_query_is_sent_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    source, credentials = keyed()
    site = Site([json_response({}), httpx.Response(403), httpx.ReadError("broke at ?key=s3cr%26t")])
    with caplog.at_level(logging.DEBUG):
        client = client_of(source, site, credentials=credentials)  # type: ignore[arg-type]
        answer = client.get("items", {"a": 1})
        assert site.queries[0] == {"a": "1", "key": "s3cr&t"}
        assert answer.url == "https://api.example.org/v1/items?a=1"
        for kind in (Refused, FetchError):
            with pytest.raises(kind) as caught:
                client.get("items", {"a": 1})
            assert "s3cr" not in str(caught.value)
    assert "s3cr" not in caplog.text
    assert "s3cr" not in client.public("https://api.example.org/v1/items?key=s3cr%26t&p=2")
    assert "s3cr" not in client.public("https://elsewhere.example/?echo=s3cr%26t")


def test_a_key_stays_with_its_own_origin() -> None:
    source, credentials = keyed()
    site = Site(
        lambda request: (
            httpx.Response(302, headers={"location": "https://other.example.org/x"})
            if request.url.host == "api.example.org"
            else json_response({})
        )
    )
    client_of(source, site, credentials=credentials).get("items")  # type: ignore[arg-type]
    assert site.queries == [{"key": "s3cr&t"}, {}]


def test_a_key_does_not_step_down_to_plain_http() -> None:
    source, credentials = keyed()
    site = Site([OK])
    client = client_of(source, site, credentials=credentials)  # type: ignore[arg-type]
    with pytest.raises(BlockedAddress, match="steps down"):
        client.get("http://api.example.org/v1/items")
    assert not site.requests


@pytest.mark.parametrize(
    "echo",
    [
        'a/b&"c\u00e9',
        "a%2fb%26%22c%c3%a9",
        "a%2Fb%26%22c%C3%A9",
        "a/b%26%22c%c3%a9",
        'a\\/b&\\"c\u00e9',
        'a\\/b&\\"c\\u00e9',
        'a/b&\\"c\\u00e9',
        "a\\/b%26%22c%C3%A9",
        "OmEvYiYiY8Op",
    ],
)
def test_every_form_of_a_key_is_masked(echo: str) -> None:
    source = source_of({"auth": {"type": "bearer"}}, connection="example")
    client = client_of(source, Site([OK]), credentials=Credentials(password='a/b&"c\u00e9'))
    assert client.secrets is not None
    assert client.secrets.redact(f"x={echo}.") == "x=***."
    assert client_of(source_of(), Site([OK])).secrets is None


@pytest.mark.parametrize("credentials", [None, Credentials(), Credentials(login="x"), Credentials(password="a\nb")])
def test_a_source_without_its_secret_does_not_start(credentials: Credentials | None) -> None:
    source = source_of({"auth": {"type": "bearer"}}, connection="example")
    with pytest.raises(ConfigurationError, match="connection `example`"):
        client_of(source, Site([OK]), credentials=credentials)
