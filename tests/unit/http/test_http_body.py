"""Bodies: caps, compression, time, charsets."""

import gzip
import tracemalloc
import zlib

import httpx
import pytest
from tests.unit.http.site import Clock, Site, client_of, source_of

from rightful.errors import FetchError, Malformed, TooLarge

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
