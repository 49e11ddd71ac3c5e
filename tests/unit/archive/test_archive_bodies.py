"""The HTTP answer in a record: encodings undone, within bounds, whatever the crawler left of them."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib

import pytest
from fastwarc.stream_io import BrotliWriter, ZstdWriter
from tests.unit.archive.made import answer, packed, read, record

TEXT = b"<p>" + bytes(range(32, 127)) * 40


class Kept(io.BytesIO):
    def close(self) -> None: ...


def by(writer: type, data: bytes) -> bytes:
    out = Kept()
    stream = writer(out)
    stream.write(data)
    stream.close()
    return out.getvalue()


def raw_deflate(data: bytes) -> bytes:
    pack = zlib.compressobj(6, zlib.DEFLATED, -15)
    return pack.compress(data) + pack.flush()


def chunked(data: bytes, size: int = 700) -> bytes:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


ENCODED = {
    "gzip": (gzip.compress(TEXT), "Content-Encoding: gzip"),
    "x-gzip": (gzip.compress(TEXT), "content-encoding: X-GZIP"),
    "two members": (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "Content-Encoding: gzip"),
    "zlib": (zlib.compress(TEXT), "Content-Encoding: deflate"),
    "deflate": (raw_deflate(TEXT), "Content-Encoding: deflate"),
    "brotli": (by(BrotliWriter, TEXT), "Content-Encoding: br"),
    "zstd": (by(ZstdWriter, TEXT), "Content-Encoding: zstd"),
    "chunked": (chunked(TEXT), "Transfer-Encoding: chunked"),
    "gzip, chunked": (chunked(gzip.compress(TEXT)), "Transfer-Encoding: gzip, chunked"),
    "gzip in gzip": (gzip.compress(gzip.compress(TEXT)), "Content-Encoding: gzip, gzip"),
    "identity": (TEXT, "Content-Encoding: identity"),
    "undone gzip": (TEXT, "Content-Encoding: gzip"),
    "undone brotli": (TEXT, "Content-Encoding: br"),
    "undone deflate": (TEXT, "Content-Encoding: deflate"),
    "undone chunks": (TEXT, "Transfer-Encoding: chunked"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_encodings(name: str) -> None:
    body, header = ENCODED[name]
    found = read(record(answer(body, header)))
    assert found.reasons == []
    assert found.records[0].body == TEXT


@pytest.mark.parametrize("name", ["gzip", "zlib", "brotli", "zstd", "chunked"])
def test_a_body_that_breaks_off(name: str) -> None:
    body, header = ENCODED[name]
    cut = answer(body[: len(body) // 2], header)
    found = read(record(cut) + record(answer(b"next")))
    assert found.reasons == [(0, "encoding")]
    assert found.counts.complete, "the archive has every byte that the crawler got"
    assert [one.body for one in found.records] == [b"next"]
    told = read(record(cut, more=("WARC-Truncated: length",)))
    assert [one.truncated for one in told.records] == ["length"]
    assert TEXT.startswith(told.records[0].body)


def test_an_encoding_that_nobody_knows() -> None:
    assert read(record(answer(TEXT, "Content-Encoding: rot13"))).reasons == [(0, "encoding")]
    many = ", ".join(["gzip"] * 50)
    assert read(record(answer(gzip.compress(TEXT), f"Content-Encoding: {many}"))).reasons == [(0, "encoding")]


def test_fewer_bytes_than_the_server_announced() -> None:
    found = read(record(answer(b"half", "Content-Length: 8")) + record(answer(b"whole", "Content-Length: 5")))
    assert [one.truncated for one in found.records] == ["http-length", None]


def bomb(megabytes: int) -> bytes:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(pack.compress(bytes(1 << 20)) for _ in range(megabytes)) + pack.flush()


@pytest.mark.parametrize("kind", ["body", "twice", "member", "record"])
def test_bombs(kind: str) -> None:
    """Up to a gigabyte of zeros, in a body, in a body packed twice, as a member and as a record: memory stays flat."""
    zeros = bomb(1000 if kind == "body" else 150)
    if kind == "body":
        data = packed(record(answer(zeros, "Content-Encoding: gzip"), digest=False))
    elif kind == "twice":
        data = packed(record(answer(gzip.compress(zeros), "Content-Encoding: gzip, gzip"), digest=False))
    elif kind == "member":
        data = packed(record(answer(b"x"))) + zeros
    else:
        pack = zlib.compressobj(9, zlib.DEFLATED, 31)
        head = record(b"", digest=False, length=str(150 << 20))[:-4]
        data = pack.compress(head) + b"".join(pack.compress(bytes(1 << 20)) for _ in range(150))
        data += pack.compress(b"\r\n\r\n") + pack.flush()
    tracemalloc.start()
    try:
        found = read(data + packed(record(answer(b"after"))), max_body=4 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20
    assert [fault.reason for fault in found.faults] == ["malformed" if kind == "member" else "too_large"]
    assert found.counts.complete is (kind != "member")
    assert found.records[-1].body == b"after"


def test_the_largest_body() -> None:
    whole = record(answer(b"x" * 1000)) + record(answer(b"x" * 1001))
    found = read(whole, max_body=1000)
    assert [len(one.body) for one in found.records] == [1000]
    assert [fault.reason for fault in found.faults] == ["too_large"]


@pytest.mark.parametrize("form", ["upper", "lower", "hex", "md5", "sha256", "unknown"])
def test_digests(form: str) -> None:
    import base64
    import hashlib

    block = answer(b"x")
    sha = hashlib.sha1(block).digest()
    stated = {
        "upper": "sha1:" + base64.b32encode(sha).decode(),
        "lower": "SHA1:" + base64.b32encode(sha).decode().lower(),
        "hex": "sha-1:" + sha.hex(),
        "md5": "md5:" + hashlib.md5(block).hexdigest(),
        "sha256": "sha256:" + base64.b64encode(hashlib.sha256(block).digest()).decode(),
        "unknown": "tiger:ABC",
    }[form]
    made = record(block, digest=False, more=(f"WARC-Block-Digest: {stated}",))
    assert [(one.digest, one.digest_ok) for one in read(made).records] == [
        (stated, None if form == "unknown" else True)
    ]
    wrong = read(made[:-5] + b"y\r\n\r\n")
    assert wrong.reasons == ([] if form == "unknown" else [(0, "digest")])


def test_payload_digests() -> None:
    from tests.unit.archive.made import sha1

    plain, encoded = answer(b"payload"), answer(chunked(b"payload"), "Transfer-Encoding: chunked")
    for block in (plain, encoded):
        made = record(block, digest=False, more=(f"WARC-Payload-Digest: {sha1(b'payload')}",))
        assert [one.digest_ok for one in read(made).records] == [True]
        assert read(made.replace(b"payload", b"Payload")).reasons == [(0, "digest")]
