"""What the client sends, what it tries again, and what it makes of failures."""

import gzip
import logging
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.unit.http.site import Clock, Site, client_of, json_response, source_of

import rightful
from rightful.errors import BlockedAddress, ConfigurationError, FetchError, Malformed, RateLimited, Refused, TooLarge
from rightful.model import Credentials, OptOut

OK = json_response({"items": []})


def test_it_says_who_asks() -> None:
    site = Site([OK])
    client_of(source_of({"headers": {"X-Extra": "1"}}), site).get("items")
    headers = site.requests[0].headers
    assert headers["user-agent"] == f"Rightful/{rightful.__version__} (+https://example.org/bot)"
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers["x-extra"] == "1"
    assert headers["host"] == "api.example.org"


def test_without_contact_the_owner_stands_there() -> None:
    from rightful.http.client import Client

    site = Site([OK])
    Client(source_of(), transport=httpx.MockTransport(site)).get("items")
    assert "(owner@example.org)" in site.requests[0].headers["user-agent"]


def test_urls_are_made_from_base_path_and_params() -> None:
    site = Site([OK])
    client = client_of(source_of({"base_url": "https://api.example.org/v1?fixed=1"}), site)
    client.get("", {"a": "x y", "b": 2, "c": True})
    assert site.queries == [{"fixed": "1", "a": "x y", "b": "2", "c": "true"}]
    client = client_of(source_of(), site)
    client.get("/items")
    client.get("https://api.example.org/other?x=1", {"x": 2})
    assert site.asked[1:] == ["https://api.example.org/v1/items", "https://api.example.org/other?x=2"]


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


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 422, 451])
def test_a_no_is_a_no(status: int) -> None:
    site = Site([httpx.Response(status)])
    with pytest.raises(Refused, match=str(status)) as caught:
        client_of(source_of(), site).get("items")
    assert len(site.requests) == 1
    assert caught.value.remedy
    assert "https://api.example.org/v1/items" in str(caught.value)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(408),
        httpx.ReadTimeout("x"),
        httpx.ConnectError("x"),
        httpx.RemoteProtocolError("x"),
    ],
)
def test_trouble_is_tried_again_with_growing_pauses(trouble: httpx.Response | Exception) -> None:
    clock = Clock()
    site = Site([trouble, trouble, trouble, OK])
    assert client_of(source_of(), site, clock).get("items").status == 200
    assert len(site.requests) == 4
    assert 7 <= sum(clock.slept) <= 10.1  # 1 + 2 + 4 and up to a second of jitter each


def test_trouble_that_stays_is_an_error() -> None:
    site = Site([httpx.Response(502)])
    with pytest.raises(FetchError, match="502"):
        client_of(source_of(limits={"retries": 2}), site).get("items")
    assert len(site.requests) == 3


@pytest.mark.parametrize("status", [429, 503, 500])
def test_retry_after_comes_before_backoff(status: int) -> None:
    clock = Clock()
    site = Site([httpx.Response(status, headers={"retry-after": "17"}), OK])
    client_of(source_of(), site, clock).get("items")
    assert sum(clock.slept) == pytest.approx(17, abs=0.01)


def test_retry_after_as_a_date_counts_from_the_sources_own_clock() -> None:
    clock = Clock()
    far = datetime(2031, 5, 1, 12, 0, 0, tzinfo=UTC)  # wherever our clock stands
    dates = {
        "date": far.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "retry-after": (far + timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    client_of(source_of(), Site([httpx.Response(429, headers=dates), OK]), clock).get("items")
    assert sum(clock.slept) == pytest.approx(30, abs=0.01)


@pytest.mark.parametrize("value", ["soon", "-5", "", "1e5", "nan", "inf", "٣", "99999999 Foo"])
def test_nonsense_in_retry_after_means_backoff(value: str) -> None:
    clock = Clock()
    site = Site([httpx.Response(429, headers={"retry-after": value.encode()}), OK])  # type: ignore[dict-item]
    client_of(source_of(), site, clock).get("items")
    assert 1 <= sum(clock.slept) <= 2.01


def test_a_long_wait_is_the_schedulers() -> None:
    clock = Clock()
    site = Site([httpx.Response(429, headers={"retry-after": "3600"})])
    with pytest.raises(RateLimited) as caught:
        client_of(source_of(), site, clock).get("items")
    assert caught.value.retry_after == 3600
    assert len(site.requests) == 1
    assert not clock.slept


def test_429_for_ever_stays_a_rate_limit() -> None:
    site = Site([httpx.Response(429)])
    with pytest.raises(RateLimited) as caught:
        client_of(source_of(limits={"retries": 1}), site).get("items")
    assert caught.value.retry_after == 0
    assert len(site.requests) == 2


def test_a_wait_ends_when_the_task_is_told_to_stop() -> None:
    clock = Clock()
    site = Site([httpx.Response(429, headers={"retry-after": "100"}), OK])
    with pytest.raises(FetchError, match="stop"):
        client_of(source_of(), site, clock, stop=lambda: len(clock.slept) >= 3).get("items")
    assert len(clock.slept) == 3


def test_requests_keep_their_distance() -> None:
    clock = Clock()
    client = client_of(source_of(pace={"requests_per_second": 4, "max_connections": 2}), Site([OK]), clock)
    for _ in range(5):
        client.get("items")
    # A task has one of two slots, so it may send 2 requests a second.
    assert clock.now == pytest.approx(1000 + 4 * 0.5)


def test_backoff_of_the_body_is_obeyed_and_a_long_one_is_the_schedulers() -> None:
    clock = Clock()
    client = client_of(source_of(), Site([OK]), clock)
    answer = client.get("items")
    client.hold(answer.url, 10)
    client.hold(answer.url, 5)
    client.get("items")
    assert clock.now >= 1010
    client.hold(answer.url, 86_400)
    with pytest.raises(RateLimited) as caught:
        client.get("items")
    assert caught.value.retry_after == pytest.approx(86_400, abs=1)


CAP = {"limits": {"response_bytes": 2048, "retries": 0}}


def test_a_large_body_stops_at_the_cap() -> None:
    sent = 0

    def endless() -> object:
        nonlocal sent
        while True:
            sent += 1000
            yield b"x" * 1000

    site = Site(lambda request: httpx.Response(200, content=endless()))  # type: ignore[arg-type]
    with pytest.raises(TooLarge, match="2,048"):
        client_of(source_of(**CAP), site).get("items")
    assert sent == 3000


def test_an_announced_size_is_believed_when_it_is_too_large() -> None:
    def body() -> object:
        pytest.fail("the body was read")
        yield b""

    site = Site(lambda request: httpx.Response(200, headers={"content-length": "5000000000"}, content=body()))  # type: ignore[arg-type]
    with pytest.raises(TooLarge):
        client_of(source_of(**CAP), site).get("items")


def packed(encoding: str, data: bytes) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": encoding}, stream=httpx.ByteStream(data))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_stops_at_the_cap(encoding: str) -> None:
    data = b"\0" * 50_000_000
    bomb = gzip.compress(data) if encoding == "gzip" else zlib.compress(data)
    client = client_of(source_of(**CAP), Site(lambda request: packed(encoding, bomb)))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        client.get("items")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000  # a tenth of what it holds


def test_compressed_bodies() -> None:
    text = b'{"items": [1]}' * 20
    raw = zlib.compressobj(wbits=-15)
    bare = raw.compress(text) + raw.flush()
    bodies = {
        "gzip": gzip.compress(text),
        "GZip": gzip.compress(text[:50]) + gzip.compress(text[50:]),
        "x-gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "Deflate": bare,
        "identity": text,
    }
    for encoding, body in bodies.items():
        client = client_of(source_of(**CAP), Site(lambda request, e=encoding, b=body: packed(e, b)))  # type: ignore[misc]
        assert client.get("items").body == text, encoding
        assert client.bytes_received == len(body)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"x" * 500)[:-9]),
        ("gzip", b"no gzip at all"),
        ("gzip", b""),
        ("deflate", b"\xff\xff\xff"),
        ("br", b"x"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x"))),
    ],
)
def test_broken_compression_is_malformed(encoding: str, body: bytes) -> None:
    with pytest.raises(Malformed, match="compress"):
        client_of(source_of(**CAP), Site(lambda request: packed(encoding, body))).get("items")


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    clock = Clock()

    def slow() -> object:
        while True:
            clock.now += 50
            yield b" "

    site = Site(lambda request: httpx.Response(200, content=slow()))  # type: ignore[arg-type]
    with pytest.raises(FetchError, match="longer than 300 s"):
        client_of(source_of(limits={"retries": 0}), site, clock).get("items")
    assert clock.now <= 1000 + 300 + 50


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html; charset=utf-8", b"<html>maintenance</html>"),
        ("text/html", b'{"items": []}'),
        ("application/json", b"  \n<!DOCTYPE html><p>log in"),
        ("application/json", b"\xef\xbb\xbf<html>"),
        ("application/json", b""),
        ("application/json", b"  "),
        ("application/json; charset=utf-16", b"\x00\x01\xff"),
        ("application/json; charset=shift_jis", b"\x80\xff\xfe"),
    ],
)
def test_what_can_not_be_json_is_malformed(content_type: str, body: bytes) -> None:
    site = Site([httpx.Response(200, headers={"content-type": content_type}, content=body)])
    with pytest.raises(Malformed) as caught:
        client_of(source_of(limits={"retries": 1}), site).get_json_bytes("items")
    assert len(site.requests) == 2  # a page of a load balancer may be gone at the next try
    assert caught.value.source == "example"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '["é"]'.encode()),
        ("application/json; charset=ISO-8859-1", '["é"]'.encode("latin-1")),
        ('application/json; charset="windows-1252"', '["é"]'.encode("cp1252")),
        ("application/json; charset=utf-16", '["é"]'.encode("utf-16")),
        ("application/json;charset=UTF-8", b"\xef\xbb\xbf" + '["é"]'.encode()),
        ("application/json; charset=klingon", '["é"]'.encode()),
        ("application/json; charset=zlib", '["é"]'.encode()),
        ("", '["é"]'.encode()),
        ("text/plain", '["é"]'.encode()),
    ],
)
def test_a_charset_is_honoured(content_type: str, body: bytes) -> None:
    site = Site([httpx.Response(200, headers={"content-type": content_type}, content=body)])
    assert client_of(source_of(), site).get_json_bytes("items") == '["é"]'.encode()


def test_opt_outs_in_headers() -> None:
    headers = [
        ("tdm-reservation", "1"),
        ("x-robots-tag", "noindex, noai"),
        ("x-robots-tag", "somebot: noai, noimageai"),
        ("content-usage", "search=y, train-ai=n"),
    ]
    found = client_of(source_of(), Site([httpx.Response(200, headers=headers, content=b"{}")])).get("items").optouts
    assert found == (
        OptOut(signal="tdm-reservation", value="1", place="header"),
        OptOut(signal="noai", value="noai", place="header"),
        OptOut(signal="noai", value="somebot: noai", place="header"),
        OptOut(signal="content-usage", value="train-ai=n", place="header"),
    )


@pytest.mark.parametrize(
    "header",
    [("tdm-reservation", "0"), ("x-robots-tag", "noimageai, noindex"), ("content-usage", "train-ai=y, search=n")],
)
def test_what_leaves_text_free_is_no_opt_out(header: tuple[str, str]) -> None:
    site = Site([httpx.Response(200, headers=[header], content=b"{}")])
    assert client_of(source_of(), site).get("items").optouts == ()


def test_headers_of_the_source_file_must_be_sendable() -> None:
    for value in ("a\r\nX: y", "ü"):
        with pytest.raises(ConfigurationError, match="header"):
            client_of(source_of({"headers": {"X-A": value}}), Site([OK]))


@pytest.mark.parametrize("status", [201, 202, 204, 206, 304])
def test_other_statuses_are_no_answer(status: int) -> None:
    with pytest.raises(Malformed, match=str(status)):
        client_of(source_of(limits={"retries": 0}), Site([httpx.Response(status)])).get("items")
