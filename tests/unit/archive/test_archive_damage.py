"""Damage of every kind in every region: told with its place, and the records after it are found."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.archive.made import Stream, answer, packed, page, read, record

PAGES = [page(number) for number in range(6)]
PLAIN, PACKED = b"".join(PAGES), packed(*PAGES)
STARTS = [len(b"".join(PAGES[:number])) for number in range(6)]
PACKED_STARTS = [len(packed(*PAGES[:number])) for number in range(6)]


def urls(found: object) -> list[str]:
    return [one.url[-1] for one in found.records]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("region", "needle", "reasons"),
    [
        ("WARC version", b"WARC/1.0", {"malformed"}),
        ("WARC type", b"WARC-Type: r", {"malformed"}),
        ("content length", b"Content-Length: ", {"length", "malformed", "digest", "truncated"}),
        ("digest", b"sha1:", {"digest"}),
        ("HTTP header", b"text/html", {"digest"}),
        ("body", b"<html>", {"digest"}),
        ("trailer", b"</html>\r\n", {"length", "digest"}),
    ],
)
def test_a_flip_in_each_region_of_a_plain_file(region: str, needle: bytes, reasons: set[str]) -> None:
    at = PLAIN.index(needle, STARTS[2]) + (
        0 if region == "WARC version" else len(needle) - 1 if region != "digest" else 9
    )
    if region in ("content length",):
        at += 1
    flipped = bytearray(PLAIN)
    flipped[at] ^= 1 if region != "WARC type" else 0x40
    found = read(bytes(flipped))
    assert not found.counts.complete
    assert found.faults[0].reason in reasons
    assert STARTS[2] <= found.faults[0].offset <= at
    assert urls(found) == ["0", "1", "3", "4", "5"]


@pytest.mark.parametrize("within", [0, 1, 2, 3, 10, 40, -8, -4, -1])
def test_a_flip_in_each_region_of_a_gzip_member(within: int) -> None:
    """Magic, method, flags, data, check sum, length."""
    start, end = PACKED_STARTS[2:4]
    flipped = bytearray(PACKED)
    flipped[start + within if within >= 0 else end + within] ^= 1
    found = read(bytes(flipped))
    if within == 3 and not found.faults:  # the flag "this is text" means nothing
        assert urls(found) == ["0", "1", "2", "3", "4", "5"]
        return
    assert [fault.offset for fault in found.faults] == [start]
    assert not found.counts.complete
    assert urls(found) == ["0", "1", "3", "4", "5"]


def test_the_first_member_is_broken_and_the_others_are_found() -> None:
    flipped = bytearray(PACKED)
    flipped[60] ^= 0xFF
    found = read(bytes(flipped))
    assert urls(found) == ["1", "2", "3", "4", "5"]
    assert [fault.offset for fault in found.faults] == [0]
    assert found.faults[0].reason == "malformed"


@pytest.mark.parametrize("length", ["-5", "0x10", "", "1e3", "١٢", "9" * 30, "12, 12", "+3", " "])
def test_a_length_that_is_none(length: str) -> None:
    found = read(record(answer(b"x"), length=length) + PAGES[1])
    assert found.reasons == [(0, "malformed")]
    assert urls(found) == ["1"]


@pytest.mark.parametrize("length", ["999999999999999999", "900000", "3", "0"])
@pytest.mark.parametrize("pack", [False, True])
def test_a_length_that_is_wrong(length: str, pack: bool) -> None:
    wrong = record(answer(b"x" * 50), length=length, digest=False)
    found = read(packed(wrong, PAGES[1], PAGES[2]) if pack else wrong + PAGES[1] + PAGES[2])
    assert found.faults[0].offset == 0
    assert found.faults[0].reason in ("length", "truncated")
    assert not found.counts.complete
    if length != "999999999999999999" or pack:  # what is too large to be held is gone when the end shows the lie
        assert urls(found) == ["1", "2"]


def test_headers_that_contradict_each_other() -> None:
    twice = record(answer(b"x"), more=("Content-Length: 4",))
    assert read(twice + PAGES[1]).reasons == [(0, "malformed")]
    same = record(answer(b"x"), more=(f"Content-Length: {len(answer(b'x'))}",))
    assert read(same).counts.complete
    zeros = record(answer(b"x"), more=("X: \0\0",))
    assert read(zeros).reasons == [(0, "malformed")]


def test_a_header_without_an_end() -> None:
    assert read(b"WARC/1.0\r\n" + b"X: y\r\n" * 20_000).reasons == [(0, "malformed")]
    found = read(PAGES[0] + b"WARC/1.0\r\n" + b"X: y\r\n" * 20_000 + PAGES[1])
    assert found.reasons[0] == (len(PAGES[0]), "malformed")
    assert urls(found) == ["0", "1"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><title>503 Service Unavailable</title></html>",
        b"\x1f\x8b",
        b"\x1f",
        b"WARC",
        b"\0" * 5000,
        gzip.compress(b"<html>503</html>"),
        gzip.compress(packed(PAGES[0])),
        b"PK\x03\x04 nothing",
        b"\x04\x22\x4d\x18",
        b"\x28\xb5\x2f\xfd\0\0",
        b"plain words\r\n\r\n" * 999,
    ],
)
def test_what_is_no_archive(data: bytes) -> None:
    for stream in (Stream(data), io.BytesIO(data)):
        found = read(stream)
        assert not found.counts.complete
        assert found.records == []
        assert len(found.faults) == 1
        assert found.faults[0].offset == 0
        assert found.faults[0].reason in ("not_an_archive", "malformed", "truncated")


def test_an_error_page_is_called_one() -> None:
    assert "page" in read(b"<!DOCTYPE html><title>503</title>").faults[0].detail


def test_a_record_inside_a_damaged_page_is_none() -> None:
    """A page could show what looks like a record of another site."""
    forged = record(answer(b"forged"), url="https://victim.example/")
    broken = bytearray(record(answer(b"\r\n\r\n" + forged), url="https://a.example/9"))
    broken[broken.index(b"Content-Length: ") + 16] = ord("9")
    found = read(packed(PAGES[0], bytes(broken), PAGES[1]))
    assert urls(found) == ["0", "1"]
    assert found.reasons == [(len(packed(PAGES[0])), "length")]


def test_a_connection_that_breaks_is_told() -> None:
    class Broken(Stream):
        def read(self, size: int = -1) -> bytes:
            if found := super().read(size):
                return found
            raise ConnectionResetError("reset by the other side")

    for data in (PLAIN, PACKED):
        found = read(Broken(data))
        assert urls(found) == list("012345")
        assert not found.counts.complete
        assert "reset by the other side" in found.faults[-1].detail


def test_padding_at_the_end_is_harmless() -> None:
    assert read(PACKED + b"\0" * 10_000).counts.complete
    assert read(PLAIN + b"\r\n\r\n").counts.complete


def _signs(data: bytes) -> Counter[tuple[str, bytes]]:
    return Counter((one.url, hashlib.sha1(one.body).digest()) for one in read(data).records)


WHOLE = _signs(PLAIN)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(["gzip", "plain"]),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(1, 255), st.sampled_from("fcdi")), min_size=1, max_size=4),
)
def test_random_damage(form: str, blows: list[tuple[int, int, str]]) -> None:
    """Never an exception, never a page that was not there, never complete when bytes were lost."""
    data = bytearray(PACKED if form == "gzip" else PLAIN)
    ends = set(PACKED_STARTS if form == "gzip" else STARTS)
    seen_by_nobody = False
    # One blow for a plain file: the first might take a digest away, and the second change the page.
    for place, value, what in blows if form == "gzip" else blows[:1]:
        at = place % max(len(data), 1)
        if what == "f" and data:
            data[at] ^= value
        elif what == "c" and at:
            del data[at:]
            seen_by_nobody = seen_by_nobody or at in ends
        elif what == "d":
            del data[at : at + value]
            seen_by_nobody = seen_by_nobody or at in ends
        else:
            data[at:at] = bytes([value]) * 7
    found = read(bytes(data))
    got = Counter((one.url, hashlib.sha1(one.body).digest()) for one in found.records)
    if form == "gzip":
        assert not got - WHOLE
    else:  # nothing guards a plain file's WARC headers; the pages themselves have digests
        assert {body for _, body in got} <= {body for _, body in WHOLE}
    assert all(0 <= fault.offset <= len(data) for fault in found.faults)
    if found.counts.complete and not seen_by_nobody:
        assert got.total() == WHOLE.total()


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=3000),
    st.sampled_from([b"", b"WARC/1.0\r\n", b"\x1f\x8b\x08\0", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"]),
)
def test_random_bytes(data: bytes, magic: bytes) -> None:
    assert not read(io.BytesIO(magic + data)).counts.complete
