"""Archives as strangers make them: odd addresses, a thousand hosts, ranges that lead nowhere, pages for archives."""

from __future__ import annotations

import gzip
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from tests.unit.connectors.crawls import (
    BY,
    CAPTURED,
    POLICY,
    WORDS,
    Capture,
    archive,
    connector_of,
    crawl,
    page,
    robots,
    shard_of,
)

from rightful.catalogue.models import Source
from rightful.connectors.files.objects import Objects
from rightful.connectors.files.places import FolderPlace
from rightful.licensing.decide import decide
from rightful.licensing.optouts import timeless
from rightful.model import Decision, FailedRecord, Page, Record

CLOSED, OPEN = "User-agent: *\nDisallow: /\n", "User-agent: *\nDisallow: /private/\n"


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been slept."""
    slept: list[float] = []
    monkeypatch.setattr(FolderPlace, "nap", lambda self, seconds: slept.append(seconds))
    return slept


def read(source: Source, *files: str, **more: Any) -> list[Page]:
    with connector_of(source) as connector:
        return list(connector.fetch(shard_of(*files, **more)))


def loads(source: Source, pages: list[Page]) -> list[str]:
    """Addresses of the pages that pass the gate, sorted."""
    allowed = []
    for record in (record for found in pages for record in found.records if isinstance(record, Record)):
        optouts = timeless(record.optouts)
        ruling = decide(record.claims, optouts, source, POLICY, {}, {}, (), None, CAPTURED.date())
        if ruling.decision is Decision.ALLOW:
            allowed.append(record.url)
    return sorted(allowed)


def failures(pages: list[Page]) -> list[FailedRecord]:
    return [record for found in pages for record in found.records if isinstance(record, FailedRecord)]


ODD = {
    "https://Shouting.EXAMPLE/a": ("https://shouting.example", CLOSED, False),
    "https://quiet.example/a": ("https://QUIET.example", CLOSED, False),
    "https://port.example:8443/a": ("https://port.example:8443", CLOSED, False),
    "https://other-port.example:8443/a": ("https://other-port.example", CLOSED, True),
    "https://usual-port.example:443/a": ("https://usual-port.example", CLOSED, False),
    "https://somebody:secret@userinfo.example/a": ("https://userinfo.example", CLOSED, False),
    "https://bücher.example/a": ("https://xn--bcher-kva.example", CLOSED, False),
    "https://xn--strae-oqa.example/a": ("https://straße.example", CLOSED, False),
    "https://dot.example./a": ("https://dot.example", CLOSED, False),
    "http://[2001:db8:0:0::1]/a": ("http://[2001:db8::1]", CLOSED, False),
    "https://open.example/a?b#c": ("https://open.example", OPEN, True),
    "https://partly.example/private/a": ("https://partly.example", OPEN, False),
    "http:///no-host": ("http://", CLOSED, False),
    "https://": ("https://", OPEN, False),
    "http://[broken/a": ("http://[broken", OPEN, False),
    "https://two words.example/a": ("https://two words.example", OPEN, False),
    "https://ex%61mple.example/a": ("https://example.example", CLOSED, False),
    "https://good.example\\@evil.example/a": ("https://good.example", CLOSED, False),
    "dns:islands.example": ("dns:islands.example", OPEN, False),
    "urn:uuid:1f2e": ("urn:uuid:1f2e", OPEN, False),
}
"""Address of a page → origin whose robots.txt the archive holds, what that says, whether the page loads."""


@pytest.mark.parametrize("angled", [False, True])
def test_odd_addresses_meet_the_robots_txt_of_their_own_host(tmp_path: Path, angled: bool) -> None:
    captures = []
    for number, (url, (origin, said, _)) in enumerate(ODD.items()):
        shown = f"<{url}>" if angled else url
        captures += [Capture(shown, page(BY, text=f"{number} {WORDS}")), robots(said, origin)]
    (tmp_path / "a.warc").write_bytes(archive(captures, gzip=False))
    source = crawl(tmp_path)
    pages = read(source, "a.warc")
    assert failures(pages) == []
    assert loads(source, pages) == sorted(url for url, (_, _, good) in ODD.items() if good)


def test_a_thousand_hosts_each_with_a_robots_txt_of_its_own(tmp_path: Path) -> None:
    kinds = cycle(
        [
            (OPEN, "200 OK", True),
            (CLOSED, "200 OK", False),
            ("<!doctype html><html><title>Not found</title></html>", "200 OK", True),
            ("", "503 Service Unavailable", False),
            ("", "404 Not Found", True),
            ("", "403 Forbidden", False),
            ("", "301 Moved Permanently", True),  # where that leads the archive does not tell: not checked
            (None, "", True),
        ]
    )
    captures, wanted = [], []
    for number, (said, status, good) in zip(range(1000), kinds, strict=False):
        origin = f"https://host-{number}.example"
        kept = [Capture(f"{origin}/a", page(BY, text=f"{number} {WORDS}"))]
        if said is not None:
            kept.insert(number // 8 % 2, robots(said, origin, status))
        captures += kept
        wanted += [f"{origin}/a"] * good
    (tmp_path / "a.warc").write_bytes(archive(captures, gzip=False))
    source = crawl(tmp_path)
    assert loads(source, read(source, "a.warc")) == sorted(wanted)


def test_a_page_under_the_name_of_an_archive_is_looked_at_twice_then_told(tmp_path: Path, naps: list[float]) -> None:
    good = archive([Capture("https://a.example/1", page(BY))])
    (tmp_path / "page.warc.gz").write_bytes(b"<!doctype html><title>503 Slow Down</title>")
    (tmp_path / "empty.warc.gz").write_bytes(b"")
    (tmp_path / "junk.wacz").write_bytes(b"PK\x03\x04 no zip")
    (tmp_path / "good.warc.gz").write_bytes(good)
    source = crawl(tmp_path)
    pages = read(source, "page.warc.gz", "empty.warc.gz", "junk.wacz", "good.warc.gz")
    told = failures(pages)
    for failed, name, what in zip(
        told, ("page.warc.gz", "empty.warc.gz", "junk.wacz"), ("page of markup", "is empty", "zip"), strict=True
    ):
        assert failed.reason == "malformed"
        assert f"{name}, byte 0" in failed.detail
        assert what in failed.detail
    assert loads(source, pages) == ["https://a.example/1"]
    assert len(naps) == 2
    assert min(naps) >= 1


def test_a_page_that_stood_there_for_a_moment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.warc.gz"
    place.write_bytes(b"<html>503 Slow Down</html>")
    good = archive([Capture("https://a.example/1", page(BY))])
    monkeypatch.setattr(FolderPlace, "nap", lambda self, seconds: place.write_bytes(good))
    pages = read(crawl(tmp_path), "a.warc.gz")
    assert failures(pages) == []
    assert [record.native_id for record in pages[0].records] == ["https://a.example/1"]


def test_ranges_that_the_index_made_up_are_rows_and_the_rest_loads(tmp_path: Path) -> None:
    captures = [Capture(f"https://a.example/{number}", page(BY, text=f"{number} {WORDS}")) for number in range(4)]
    parts = [archive([capture]) for capture in captures]
    whole = b"".join(parts)
    (tmp_path / "a.warc.gz").write_bytes(whole)
    one, two, three = (sum(len(part) for part in parts[:number]) for number in (1, 2, 3))
    end = len(whole)
    source = crawl(tmp_path)
    sound = [[one, two - one]]
    for wrong, at, lost in (
        ([one // 2, one - one // 2], one // 2, ()),  # from the middle of a record to its end
        ([one // 2, two - one // 2], one // 2, ()),  # and on to the next, which is whole
        ([two, (three - two) // 2], two, ()),  # a record's first half
        ([end + 10, 100], end + 10, ()),  # behind the end
        ([three, end - three + 5], end, (3,)),  # beyond it: what is there is read
    ):
        pages = read(source, "a.warc.gz", ranges=[*sound, wrong])
        told = failures(pages)
        assert told, wrong
        place = told[0].archived
        assert place is not None
        assert (place.file, place.offset) == ("a.warc.gz", at)
        assert f"a.warc.gz, byte {at}" in told[0].detail
        assert loads(source, pages)[0] == "https://a.example/1"
        assert set(loads(source, pages)) == {"https://a.example/1", *(f"https://a.example/{n}" for n in lost)}


def test_a_packed_crawl_is_asked_for_in_large_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zipfile

    inner = archive([Capture(f"https://a.example/{n}", page(text=f"{n} {WORDS}")) for n in range(3000)])
    with zipfile.ZipFile(tmp_path / "a.wacz", "w") as book:
        book.writestr("archive/data.warc.gz", inner)
        book.writestr("indexes/index.cdx.gz", gzip.compress(b"x" * 100))
    assert len(inner) > 600_000
    asked: list[int] = []
    connect = Objects.connect
    monkeypatch.setattr(Objects, "connect", lambda self, *how: (asked.append(how[2]), connect(self, *how))[1])
    pages = read(crawl(tmp_path), "a.wacz")
    assert sum(found.passed_over["no_licence"] for found in pages) == 3000
    assert len(asked) < 10


@pytest.mark.parametrize(
    "line", ["HTTP 404 Not Found", "http/1.1 200 OK", "ICY 200 OK", "HTTP/1.1 OK", "HTTP/1.1 4040"]
)
def test_an_answer_without_a_readable_status_is_no_page(tmp_path: Path, line: str) -> None:
    """Nobody reads its headers, which may reserve something. An old ARC says ``text/html`` of it all the same."""
    block = f"{line}\r\nX-Robots-Tag: noai\r\nContent-Type: text/html\r\n\r\n".encode() + page(BY)
    warc = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\nContent-Type: text/html\r\n"
    (tmp_path / "a.warc").write_bytes(warc + f"Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n")
    arc = f"https://a.example/ 192.0.2.1 20260220063000 text/html {len(block)}\n".encode()
    (tmp_path / "a.arc").write_bytes(arc + block + b"\n")
    source = crawl(tmp_path)
    for file in ("a.warc", "a.arc"):
        pages = read(source, file)
        assert (loads(source, pages), failures(pages), pages[-1].passed_over) == ([], [], {"status": 1})


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_headers_end_at_the_first_blank_line_however_it_ends(tmp_path: Path, end: bytes) -> None:
    head = b"HTTP/1.1 200 OK" + end + b"Content-Type: text/html" + end + end
    body = b"<meta name=robots content=noai>\r\n\r\n<p>\n\n" + page(BY)
    block = head + body
    warc = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\n"
    (tmp_path / "a.warc").write_bytes(warc + f"Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n")
    source = crawl(tmp_path)
    pages = read(source, "a.warc")
    [record] = pages[-1].records
    assert isinstance(record, Record)
    assert record.raw.endswith(b"\r\n\r\n" + body)
    assert loads(source, pages) == []


def test_two_addresses_of_one_record_are_none(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(BY)
    uris = b"WARC-Target-URI: https://a.example/\r\nWARC-Target-URI: https://b.example/\r\n"
    head = b"WARC/1.0\r\nWARC-Type: response\r\n" + uris + f"Content-Length: {len(block)}\r\n\r\n".encode()
    (tmp_path / "a.warc").write_bytes(head + block + b"\r\n\r\n" + archive([Capture("https://c.example/", page(BY))]))
    source = crawl(tmp_path)
    pages = read(source, "a.warc")
    assert not {"https://a.example/", "https://b.example/"} & set(loads(source, pages))
    [fault] = [one for one in failures(pages) if "WARC-Target-URI" in (one.detail or "")]
    assert "byte 0" in (fault.detail or "")


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_whole_answer_kept_as_a_resource_is_read_with_its_headers(tmp_path: Path, status: str) -> None:
    block = f"HTTP/1.1 {status}\r\nX-Robots-Tag: noai\r\nContent-Type: text/html\r\n\r\n".encode() + page(BY)
    head = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: https://a.example/\r\nContent-Type: text/html\r\n"
    (tmp_path / "a.warc").write_bytes(head + f"Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n")
    source = crawl(tmp_path)
    pages = read(source, "a.warc")
    assert loads(source, pages) == []
    assert pages[-1].passed_over == ({} if status.startswith("200") else {"status": 1})
