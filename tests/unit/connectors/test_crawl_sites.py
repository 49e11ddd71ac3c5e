"""What an archive holds of sites: unreadable and forgotten files are no consent, and memory stays small."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from tests.unit.connectors.crawls import BY, CAPTURED, NC, POLICY, Capture, archive, connector_of, crawl, page, shard_of

from rightful.archive import ArchiveCounts, ArchiveRecord, read_archive
from rightful.connectors.crawl import agreeing, sites
from rightful.connectors.crawl.sites import ROBOTS, TDMREP, Sites
from rightful.licensing.decide import decide
from rightful.licensing.optouts import timeless
from rightful.licensing.page import PageLicense
from rightful.model import Decision, FailedRecord, LicenseClaim, Reason, Record, Strength

CLOSED = b"User-agent: *\nDisallow: /\n"
OPEN = b"User-agent: *\nDisallow:\n"
CLAIM = LicenseClaim(raw=BY, place="page", strength=Strength.PAGE_METADATA)


def of_site(url: str, body: bytes, **more: Any) -> ArchiveRecord:
    given: dict[str, Any] = {
        "kind": "response", "url": url, "date": CAPTURED, "offset": 0, "length": None, "digest": None,
        "digest_ok": None, "status": 200, "headers": (), "media_type": "text/plain", "body": body, "truncated": None,
        "refers_to": None, "ip": None,
    }  # fmt: skip
    return ArchiveRecord(**{**given, **more})


def decision(found: Sites, url: str) -> Decision:
    """What becomes of a page under an open licence."""
    source = crawl(Path("/unused"))
    optouts = timeless(found.optouts(url, ()))
    return decide((CLAIM,), optouts, source, POLICY, {}, {}, (), None, CAPTURED.date()).decision


@pytest.mark.parametrize(
    ("body", "more", "loads"),
    [
        (OPEN, {}, True),
        (CLOSED, {}, False),
        (b"<!doctype html><title>Not found</title><p>Disallow nothing", {"media_type": "text/html"}, True),
        (OPEN, {"status": 503}, False),
        (OPEN, {"status": 429}, False),
        (OPEN, {"status": 403}, False),
        (OPEN, {"status": 404}, True),
        (OPEN, {"status": None}, False),
        (OPEN, {"truncated": "length"}, False),
        (b"", {"kind": "revisit"}, False),
        (b"", {"status": 304}, False),
        (CLOSED, {"kind": "resource", "status": None}, False),
        (OPEN, {"kind": "resource", "status": None}, True),
        (b"User-agent: *\n" + b"#" * 600_000 + b"\nDisallow: /\n", {}, True),  # what is behind 500 KiB is not read
    ],
)
def test_robots_as_they_lie_in_archives(body: bytes, more: dict[str, Any], loads: bool) -> None:
    with Sites(POLICY) as found:
        assert found.note(of_site(f"https://a.example{ROBOTS}", body, **more))
        assert (decision(found, "https://a.example/x") is Decision.ALLOW) is loads
        assert decision(found, "https://b.example/x") is Decision.ALLOW  # nobody looked there


@pytest.mark.parametrize("path", [ROBOTS, TDMREP])
def test_a_file_that_is_damaged_or_cut_keeps_its_site_out(path: str) -> None:
    with Sites(POLICY) as found:
        assert found.unreadable(f"https://a.example:443{path}")
        assert not found.unreadable("https://b.example/folder/page")
        found.note(of_site(f"https://c.example{path}", b"[]", truncated="length"))
        assert decision(found, "https://a.example/x") is not Decision.ALLOW
        assert decision(found, "https://c.example/x") is not Decision.ALLOW
        assert decision(found, "https://b.example/x") is Decision.ALLOW


@pytest.mark.parametrize(("path", "body"), [(ROBOTS, OPEN), (TDMREP, b"[]")])
def test_captures_without_end_count_as_unreadable(path: str, body: bytes) -> None:
    with Sites(POLICY) as found:
        for _ in range(100):
            found.note(of_site(f"https://same.example{path}", body))
        for number in range(17):
            found.note(of_site(f"https://many.example{path}", body + b" " * number))
        assert decision(found, "https://same.example/x") is Decision.ALLOW
        assert decision(found, "https://many.example/x") is not Decision.ALLOW


def test_more_sites_than_are_remembered(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(sites, "MOST_FILES", 3)
    with Sites(POLICY) as found:
        for number in range(5):
            found.note(of_site(f"https://{number}.example{ROBOTS}", OPEN))
        assert [decision(found, f"https://{number}.example/") is Decision.ALLOW for number in range(3)] == [True] * 3
        # Which ones were forgotten nobody knows: neither the fourth loads, nor one that may have no such file.
        for host in ("3", "4", "never-seen"):
            assert decision(found, f"https://{host}.example/") is not Decision.ALLOW
    assert "counts as unreadable" in caplog.text


def test_the_files_of_many_sites_fit_into_little_memory() -> None:
    """They lie on the disk. An archive of 1 GB has 30,000 sites; with 100 KB each they would take 3 GB, parsed 120."""
    body = b"User-agent: *\n" + b"".join(b"Disallow: /%06d/%s\n" % (line, b"x" * 80) for line in range(10))
    large = body + b"# " + b"-" * 100_000
    with Sites(POLICY) as found:
        tracemalloc.start()
        for number in range(6000):
            found.note(of_site(f"https://host-{number}.example{ROBOTS}", large if number % 30 == 0 else body))
        for number in range(0, 6000, 30):
            assert decision(found, f"https://host-{number}.example/000003/{'x' * 80}") is not Decision.ALLOW
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 6_000_000  # without the disk more than 25


def said(url: str, expression: str | None = "CC-BY-4.0", **more: Any) -> PageLicense:
    given: dict[str, Any] = {
        "url": url,
        "expression": expression,
        "decision": Decision.QUARANTINE,
        "reason": Reason.WEAK_EVIDENCE,
        "rule": "page:weak_evidence",
    }
    return PageLicense(**{**given, **more})


def test_the_page_that_disagrees_is_heard_however_late_it_comes() -> None:
    with Sites(POLICY) as found:
        for host in ("agree", "late", "silent", "twice"):
            for number in range(1000):
                found.remember(said(f"https://{host}.example/{number}"))
        found.remember(said("https://late.example/pay", "CC-BY-NC-4.0", decision=Decision.DENY, reason=Reason.NC))
        found.remember(said("https://twice.example/7", "CC-BY-SA-4.0"))
        for number in range(1000, 2001):
            found.remember(said(f"https://silent.example/{number}", None, reason=Reason.NO_TAG))
        agreed = found.agreed("https://agree.example/0")
        assert agreed is not None
        assert (agreed.family, agreed.pages) == ("CC-BY", 200)
        assert [found.agreed(f"https://{host}.example/0") for host in ("late", "silent", "twice")] == [None] * 3


def test_pages_of_one_address_are_one_page() -> None:
    with Sites(POLICY) as found:
        for _ in range(20):
            for number in range(4):
                found.remember(said(f"https://a.example/{number}"))
        assert found.agreed("https://a.example/") is None


def test_more_pages_than_are_remembered_agree_on_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreeing, "MOST_REMEMBERED", 10)
    for more, agree in ((0, True), (6, False)):
        with Sites(POLICY) as found:
            for number in range(5 + more):
                found.remember(said(f"https://a.example/{number}"))
            assert (found.agreed("https://a.example/0") is not None) is agree


def test_a_damaged_robots_txt_keeps_out_the_pages_before_and_behind_it(tmp_path: Path) -> None:
    captures = [Capture(f"https://a.example/{number}", page(BY)) for number in range(2)]
    closed = Capture(f"https://a.example{ROBOTS}", CLOSED, headers=(("Content-Type", "text/plain"),))
    whole = archive([captures[0], closed, captures[1], Capture("https://b.example/", page(NC))], gzip=False)
    (tmp_path / "a.warc").write_bytes(whole.replace(b"Disallow: /", b"Disallow: #"))
    faults = list(read_archive((tmp_path / "a.warc").open("rb"), "a", counts=ArchiveCounts()))
    assert len(faults) == 4
    source = crawl(tmp_path)
    with connector_of(source) as connector:
        [found] = connector.fetch(shard_of("a.warc"))
    [failed] = [record for record in found.records if isinstance(record, FailedRecord)]
    assert failed.url == f"https://a.example{ROBOTS}"
    for record in found.records:
        if isinstance(record, Record) and record.url.startswith("https://a."):
            ruling = decide(record.claims, record.optouts, source, POLICY, {}, {}, (), None, CAPTURED.date())
            assert ruling.reason == "robots"


@pytest.mark.parametrize("path", [ROBOTS, TDMREP])
@pytest.mark.parametrize("kept", [{"kind": "revisit"}, {"kind": "revisit", "status": 304}, {"status": 304}])
def test_a_file_that_is_as_before_is_what_it_was_before(path: str, kept: dict[str, Any]) -> None:
    """A crawler that keeps nothing twice: the capture itself is elsewhere, maybe under another site's name."""
    reserves = {ROBOTS: CLOSED, TDMREP: b'[{"location": "/", "tdm-reservation": 1}]'}[path]
    frees = {ROBOTS: OPEN, TDMREP: b'[{"location": "/", "tdm-reservation": 0}]'}[path]
    url, other = f"https://a.example{path}", f"https://b.example{path}"
    for body, loads in ((frees, True), (reserves, False)):
        for host in (url, other) if "kind" in kept else (url,):
            records = [of_site(url, b"", **kept, refers_to=(host, None, None)), of_site(host, body)]
            for order in (records, records[::-1]):
                with Sites(POLICY) as found:
                    assert all(map(found.note, order))
                    assert (decision(found, "https://a.example/x") is Decision.ALLOW) is loads
    with Sites(POLICY) as found:  # one of its two originals is not here
        for original in (url, other):
            found.note(of_site(url, b"", kind="revisit", refers_to=(original, None, None)))
        found.note(of_site(url, frees))
        assert decision(found, "https://a.example/x") is not Decision.ALLOW


def test_a_file_as_before_may_lie_in_an_archive_apart() -> None:
    url = f"https://a.example{ROBOTS}"
    for body, loads in ((OPEN, True), (CLOSED, False)):
        with Sites(POLICY) as apart, Sites(POLICY, None, apart) as found:
            apart.note(of_site(url, body))
            found.note(of_site(url, b"", kind="revisit", refers_to=(url, None, None)))
            assert (decision(found, "https://a.example/x") is Decision.ALLOW) is loads


@pytest.mark.parametrize("target", [f"https://www.a.example{ROBOTS}", f"//www.a.example{ROBOTS}"])
def test_a_redirected_robots_txt_is_the_one_that_it_leads_to(target: str) -> None:
    """RFC 9309, 2.3.1.2. What the archive does not hold is not known."""
    moved = of_site(f"https://a.example{ROBOTS}", b"", status=301, headers=(("Location", target),))
    for body, loads in ((OPEN, True), (CLOSED, False), (None, True)):
        with Sites(POLICY) as found:
            found.note(moved)
            if body is not None:
                found.note(of_site(f"https://www.a.example{ROBOTS}", body))
            assert (decision(found, "https://a.example/x") is Decision.ALLOW) is loads
