"""Every format, made by hand, and what a record says of itself."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from fastwarc.stream_io import Lz4Writer, ZstdWriter
from tests.unit.archive.made import Stream, answer, packed, page, read, record

from rightful.archive import ArchiveRecord


def compressed(writer: Any, *records: bytes) -> bytes:
    out = b""
    for one in records:
        stream = writer(kept := _Kept())
        stream.write(one)
        stream.close()
        out += kept.getvalue()
    return out


class _Kept(io.BytesIO):
    """Stays open when the packer closes it, which alone writes the end of a frame."""

    def close(self) -> None: ...


PACKERS = {
    "plain": lambda *records: b"".join(records),
    "gzip": packed,
    "one_member": lambda *records: gzip.compress(b"".join(records)),
    "lz4": lambda *records: compressed(Lz4Writer, *records),
    "zstd": lambda *records: compressed(ZstdWriter, *records),
}


@pytest.mark.parametrize("packer", PACKERS)
def test_records_and_their_places(packer: str) -> None:
    records = [record(b"software: x\r\n", "warcinfo", None), *(page(number, 5000 * number) for number in range(20))]
    data = PACKERS[packer](*records)
    found = read(data)
    assert found.reasons == []
    assert found.counts.complete
    assert found.counts.kinds == {"warcinfo": 1, "response": 20}
    assert found.counts.bytes == len(data)
    assert [one.url for one in found.records[1:]] == [f"https://a.example/{number}" for number in range(20)]
    if packer == "one_member":
        assert {one.length for one in found.records} == {None}
        return
    at = 0
    for one in found.records:
        assert one.offset == at
        at += one.length or 0
    assert at == len(data)


ARC = (
    b"filedesc://x.arc 0.0.0.0 20080430204825 text/plain 70\n"
    b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n\n"
)


def arc(number: int, block: bytes, length: int | None = None) -> bytes:
    size = len(block) if length is None else length
    return b"http://b.example/%d 192.0.2.7 20080430204826 text/html %d\n" % (number, size) + block + b"\n"


def test_arc() -> None:
    version = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n"
    head = b"filedesc://x.arc 0.0.0.0 20080430204825 text/plain %d\n" % len(version) + version + b"\n"
    parts = [head, *(arc(number, answer(b"<p>%d</p>" % number)) for number in range(3))]
    for data in (b"".join(parts), packed(*parts), gzip.compress(b"".join(parts))):
        found = read(data)
        assert found.reasons == []
        assert found.counts.complete
        assert found.counts.kinds == {"warcinfo": 1, "response": 3}
        last = found.records[-1]
        assert (last.url, last.ip, last.status, last.body) == ("http://b.example/2", "192.0.2.7", 200, b"<p>2</p>")
        assert last.date == datetime(2008, 4, 30, 20, 48, 26, tzinfo=UTC)
    wrong = read(head + arc(0, answer(b"short"), length=4000) + arc(1, answer(b"after")))
    assert not wrong.counts.complete
    assert wrong.reasons == [(len(head), "length")]
    assert [one.body for one in wrong.records[1:]] == [b"after"]


def test_wet() -> None:
    found = read(packed(record("Grüße".encode(), "conversion", more=("Content-Type: text/plain",))))
    assert [(one.kind, one.media_type, one.body.decode(), one.status) for one in found.records] == [
        ("conversion", "text/plain", "Grüße", None)
    ]


def wacz(**files: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("datapackage.json", "{}")
        for name, data in files.items():
            book.writestr(f"archive/{name}.warc.gz", data)
    return io.BytesIO(out.getvalue())


def test_wacz() -> None:
    found = read(wacz(one=packed(page(1), page(2)), two=packed(page(3))))
    assert found.counts.complete
    assert [one.url[-1] for one in found.records] == ["1", "2", "3"]
    assert [one.offset for one in found.records][::2] == [0, 0], "places inside its WARC"
    broken = read(wacz(one=packed(page(1))[:-9], two=packed(page(3))))
    assert broken.reasons == [(0, "truncated")]
    assert "one.warc.gz" in broken.faults[0].detail
    assert [one.url[-1] for one in broken.records] == ["3"]
    assert not broken.counts.complete


def test_wacz_that_is_damaged_or_none() -> None:
    whole = wacz(one=packed(page(1))).getvalue()
    middle = bytearray(whole)
    middle[whole.find(b"one.warc.gz") + 60] ^= 1
    for data in (bytes(middle), whole[:-30], whole[:100]):
        found = read(io.BytesIO(data))
        assert found.faults
        assert not found.counts.complete
    assert read(Stream(whole)).reasons == [(0, "not_an_archive")]
    assert read(wacz()).reasons == [(0, "not_an_archive")]


def test_a_revisit_says_what_it_repeats() -> None:
    more = (
        "WARC-Refers-To-Target-URI: <https://a.example/old>",
        "WARC-Refers-To-Date: 2025-12-31T00:00:00Z",
        "WARC-Payload-Digest: sha1:" + "A" * 32,
    )
    found = read(record(answer(b""), "revisit", digest=False, more=more)).records[0]
    day = datetime(2025, 12, 31, tzinfo=UTC)
    assert found.refers_to == ("https://a.example/old", day, "sha1:" + "A" * 32)
    assert (found.kind, found.status, found.digest_ok) == ("revisit", 200, None)


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        (None, None),
        ("yesterday", None),
        ("", None),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("20260102030405", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("20261302030405", None),
    ],
)
def test_dates(stated: str | None, date: datetime | None) -> None:
    found = read(record(answer(b"x"), date=stated))
    assert found.counts.complete
    assert [one.date for one in found.records] == [date]


def test_what_a_record_says() -> None:
    more = ("WARC-Truncated: length", "WARC-IP-Address: 192.0.2.1")
    block = answer(b"<p>", "Link: <a>; rel=license", "Link: <b>", "X-Odd", status="404 Not Found")
    found = read(record(block, url="<https://a.example/x>", more=more)).records[0]
    assert isinstance(found, ArchiveRecord)
    assert (found.url, found.truncated, found.ip, found.status) == ("https://a.example/x", "length", "192.0.2.1", 404)
    assert found.headers == (
        ("Content-Type", "text/html"),
        ("Link", "<a>; rel=license"),
        ("Link", "<b>"),
        ("X-Odd", ""),
    )
    assert (found.digest_ok, found.media_type) == (True, "text/html")


def test_wanted_and_looked_at() -> None:
    looked: list[bytes] = []

    def look(content: bytes) -> bool:
        looked.append(content)
        return b"keep" in content

    unpackable = record(answer(gzip.compress(b"keep me"), "Content-Encoding: gzip"))
    data = packed(record(answer(b"keep"), "request"), record(answer(b"no")), unpackable)
    found = read(data, want=lambda kind, url: kind == "response", first_look=look)
    assert [one.body for one in found.records] == [b"keep me"]
    assert (found.counts.records, found.counts.passed_over) == (3, 1)
    assert looked[0] == answer(b"no"), "headers too: a licence may stand there"
    assert looked[1].endswith(b"\r\n\r\nkeep me"), "unpacked"
    wrong = bytearray(record(answer(b"no")))
    wrong[-6] ^= 1
    assert read(bytes(wrong), first_look=lambda content: False).reasons == [(0, "digest")], "also if nobody wants it"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_every_archive_of_a_wacz_is_read_once_whatever_its_name() -> None:
    """One that is left out could hold the robots.txt that keeps the others' pages out."""
    names = [
        "archive/a.warc.gz",
        "archive/a.warc.gz",
        "archive/B.WARC.GZ",
        "./archive/c.warc.gz",
        "d.warc.lz4",
        "e.arc",
    ]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for number, name in enumerate(names):
            book.writestr(name, packed(page(number)))
        book.writestr("pages/warc.gz", b"no archive")
    found = read(io.BytesIO(out.getvalue()))
    assert found.counts.complete
    assert len({one.url for one in found.records}) == found.counts.records == len(names)
