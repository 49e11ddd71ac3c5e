"""Archives become records for the gate: what is looked at, what each says, and what a site says of its pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.connectors.crawls import (
    BY,
    CAPTURED,
    DAY,
    LATER,
    NC,
    POLICY,
    WORDS,
    Capture,
    archive,
    connector_of,
    crawl,
    footer,
    page,
    robots,
    shard_of,
)

from rightful.catalogue.models import Source
from rightful.connectors.reread import Observed, rereader_for
from rightful.errors import ConfigurationError
from rightful.licensing.decide import decide
from rightful.licensing.optouts import timeless
from rightful.model import Decision, FailedRecord, Page, Record, Ruling, Strength
from rightful.text.plain import to_text

SITE = "https://islands.example"


def put(folder: Path, *captures: Capture, name: str = "a.warc.gz") -> str:
    (folder / name).write_bytes(archive(captures, gzip=name.endswith(".gz")))
    return name


def read(source: Source, *files: str, **more: Any) -> list[Page]:
    with connector_of(source) as connector:
        return list(connector.fetch(shard_of(*files, **more)))


def records(pages: list[Page]) -> dict[str, Record | FailedRecord]:
    return {record.native_id: record for found in pages for record in found.records}


def ruled(source: Source, record: Record | FailedRecord) -> Ruling:
    assert isinstance(record, Record), record
    return decide(record.claims, timeless(record.optouts), source, POLICY, {}, {}, (), None, CAPTURED.date())


def passed_over(pages: list[Page]) -> dict[str, int]:
    total: dict[str, int] = {}
    for found in pages:
        for why, number in found.passed_over.items():
            total[why] = total.get(why, 0) + number
    return total


def test_a_licensed_page_is_a_record_with_its_place_and_its_licence(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        Capture(f"{SITE}/wind", page(BY, head='<meta name=author content="Ada Stone">')),
        Capture(f"{SITE}/plain", page()),
        Capture(f"{SITE}/pay", page(NC)),
        Capture(f"{SITE}/gone", page(BY), "404 Not Found"),
        Capture(f"{SITE}/photo", b"\xff\xd8 creativecommons", headers=(("Content-Type", "image/jpeg"),)),
        Capture(f"{SITE}/wind", b"", kind="revisit"),
    )
    source = crawl(tmp_path)
    pages = read(source, file)
    found = records(pages)
    assert set(found) == {f"{SITE}/wind", f"{SITE}/pay"}
    record = found[f"{SITE}/wind"]
    assert isinstance(record, Record)
    ruling = ruled(source, record)
    assert (ruling.decision, ruling.elected) == (Decision.ALLOW, "CC-BY-4.0")
    assert ruled(source, found[f"{SITE}/pay"]).reason == "nc"
    assert record.url == f"{SITE}/wind"
    assert record.fetched_at == CAPTURED
    assert (record.title, record.creators) == ("The wind book", ("Ada Stone",))
    place = record.archived
    assert place is not None
    assert (place.file, place.date) == (file, CAPTURED)
    assert place.digest is not None
    assert place.digest.startswith("sha1:")
    assert place.length is not None
    # The place is the record's own: read as a part of the file it is the same page.
    cut = records(read(source, file, ranges=[[place.offset, place.length]]))
    assert cut == {record.native_id: record}
    assert passed_over(pages) == {"no_licence": 1, "status": 1, "media_type": 1, "revisit": 1}
    assert WORDS.strip() in to_text(record.body or "", record.media_type)


def test_a_robots_txt_behind_its_pages_still_counts(tmp_path: Path) -> None:
    source = crawl(tmp_path)
    pages = [Capture(f"{SITE}/wind", page(BY)), Capture("https://other.example/a", page(BY))]
    closed = robots("User-agent: *\nDisallow: /\n")
    for order in ([*pages, closed], [closed, *pages]):
        found = records(read(source, put(tmp_path, *order)))
        assert ruled(source, found[f"{SITE}/wind"]).reason == "robots"
        other = found["https://other.example/a"]
        assert ruled(source, other).decision is Decision.ALLOW
        assert isinstance(other, Record)
        assert {optout.value for optout in other.optouts if optout.signal == "robots"} == {"not checked"}
    # Of several captures whatever any of them reserves counts.
    twice = [robots("User-agent: *\nAllow: /\n"), *pages, closed]
    assert ruled(source, records(read(source, put(tmp_path, *twice)))[f"{SITE}/wind"]).reason == "robots"
    allowed = [robots("User-agent: *\nAllow: /\n"), *pages]
    assert ruled(source, records(read(source, put(tmp_path, *allowed)))[f"{SITE}/wind"]).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("header", "reason"),
    [(("tdm-reservation", "1"), "tdm_reserved"), (("X-Robots-Tag", "noai"), "tdm_reserved")],
)
def test_reservations_in_headers(tmp_path: Path, header: tuple[str, str], reason: str) -> None:
    source = crawl(tmp_path)
    kept = Capture(f"{SITE}/wind", page(BY), headers=(("Content-Type", "text/html"), header))
    found = records(read(source, put(tmp_path, kept)))
    assert ruled(source, found[f"{SITE}/wind"]).decision is not Decision.ALLOW


def test_pages_of_a_domain_that_agree_and_one_that_does_not(tmp_path: Path) -> None:
    source = crawl(tmp_path)
    notes = [Capture(f"{SITE}/{number}", footer(BY, f"{number} {WORDS}")) for number in range(6)]
    found = records(read(source, put(tmp_path, *notes)))
    for record in found.values():
        ruling = ruled(source, record)
        assert (ruling.decision, ruling.strength) == (Decision.ALLOW, Strength.STATEMENT)
        assert ruling.evidence_place is not None
        assert "6 pages of islands.example agree" in ruling.evidence_place
    other = Capture(f"{SITE}/pay", footer(NC))
    for record in records(read(source, put(tmp_path, *notes, other))).values():
        assert ruled(source, record).decision is not Decision.ALLOW
    assert ruled(source, records(read(source, put(tmp_path, *notes[:2])))[f"{SITE}/0"]).reason == "weak_evidence"


def test_what_lies_between_the_ranges_of_a_domain_is_no_part_of_it(tmp_path: Path) -> None:
    asked = {"domains": ["islands.example"]}
    fetch = {"collections": "collinfo.json", "mode": "index", "index": asked, "base_url": f"file://{tmp_path}/"}
    hosts = ("www.islands.example", "islands.example.org", "notislands.example")
    file = put(tmp_path, *(Capture(f"https://{host}/wind", page(BY)) for host in hosts))
    pages = read(crawl(tmp_path, fetch=fetch), file, ranges=[[0, (tmp_path / file).stat().st_size]])
    assert list(records(pages)) == ["https://www.islands.example/wind"]
    assert passed_over(pages) == {"other_domain": 2}


def test_a_reviewed_domain(tmp_path: Path) -> None:
    file = put(tmp_path, Capture(f"{SITE}/1", footer(BY)), Capture("https://other.example/1", footer(BY)))
    source = crawl(tmp_path, fetch={"reviewed": {"domains": ["islands.example"]}})
    found = records(read(source, file))
    assert ruled(source, found[f"{SITE}/1"]).decision is Decision.ALLOW
    assert ruled(source, found["https://other.example/1"]).decision is Decision.QUARANTINE


def test_every_cursor_goes_on_where_it_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rightful.connectors.crawl.connector.PAGE_RECORDS", 2)
    captures = [Capture(f"{SITE}/{number}", page(BY, text=f"{number} {WORDS}")) for number in range(5)]
    files = [put(tmp_path, *captures), put(tmp_path, name="none.warc"), put(tmp_path, *captures[:3], name="c.warc")]
    source = crawl(tmp_path)
    shard = shard_of(files[0], files[2])
    with connector_of(source) as connector:
        whole = list(connector.fetch(shard))
        assert [len(found.records) for found in whole] == [2, 2, 1, 2, 1]
        assert whole[-1].cursor is None
        for number, found in enumerate(whole[:-1]):
            rest = list(connector.fetch(shard, found.cursor))
            assert [one.records for one in rest] == [one.records for one in whole[number + 1 :]]
            assert [one.cursor for one in rest] == [one.cursor for one in whole[number + 1 :]]
            assert sum(one.passed_over.get("no_licence", 0) for one in rest) == 0


def test_a_broken_archive_is_never_done_in_silence(tmp_path: Path) -> None:
    captures = [Capture(f"{SITE}/{number}", page(BY, text=f"{number} {WORDS}")) for number in range(4)]
    whole = archive(captures)
    source = crawl(tmp_path)
    (tmp_path / "cut.warc.gz").write_bytes(whole[:-200])
    found = records(read(source, "cut.warc.gz"))
    failures = [record for record in found.values() if isinstance(record, FailedRecord)]
    assert len(found) - len(failures) == 3
    [failure] = failures
    assert failure.reason == "truncated"
    assert "cut.warc.gz, byte " in failure.detail
    assert failure.archived is not None
    assert 0 < failure.archived.offset < len(whole)


def test_a_page_that_the_crawler_cut_off_does_not_load(tmp_path: Path) -> None:
    cut = Capture(f"{SITE}/wind", page(BY), warc_headers=(("WARC-Truncated", "length"),))
    [record] = records(read(crawl(tmp_path), put(tmp_path, cut))).values()
    assert isinstance(record, FailedRecord)
    assert record.reason == "truncated"


def test_text_without_its_page_counts_only_where_the_licence_is_known_otherwise(tmp_path: Path) -> None:
    text = Capture(f"{SITE}/wind", WORDS.encode(), kind="conversion", headers=())
    file = put(tmp_path, text)
    assert passed_over(read(crawl(tmp_path), file)) == {"text_without_page": 1}
    known = crawl(tmp_path, license={"scope": "source", "statement": BY})
    [record] = records(read(known, file)).values()
    assert ruled(known, record).decision is Decision.ALLOW
    assert isinstance(record, Record)
    assert (record.body, record.media_type) == (WORDS, "text/plain")


def test_a_page_read_again_from_the_raw_store(tmp_path: Path) -> None:
    latin = page(BY, text="Ein Küstenwächter schrieb täglich über den Wind. " * 3).decode().encode("latin-1")
    kept = Capture(f"{SITE}/wind", latin, headers=(("Content-Type", "text/html; charset=iso-8859-1"),), date=LATER)
    source = crawl(tmp_path)
    [record] = records(read(source, put(tmp_path, kept))).values()
    assert isinstance(record, Record)
    assert "Küstenwächter" in (record.body or "")
    observed = Observed(
        url=record.url,
        claims=record.claims,
        optouts=record.optouts,
        fetched_at=LATER,
        archived=record.archived,
    )
    again = rereader_for(source).reread(record.raw, observed)
    assert isinstance(again, Record)
    for name in ("native_id", "version", "url", "raw", "body", "media_type", "claims", "optouts", "archived"):
        assert getattr(again, name) == getattr(record, name), name
    assert isinstance(rereader_for(source).reread(b"junk", observed), FailedRecord)


def test_an_empty_shard_and_a_look_up(tmp_path: Path) -> None:
    with connector_of(crawl(tmp_path)) as connector:
        assert list(connector.fetch(shard_of())) == [Page(records=(), cursor=None, requests=0)]
        with pytest.raises(ConfigurationError, match="can't be asked again"):
            connector.look_up([])
        assert DAY.start < DAY.end


def test_what_a_licence_leaves_out_stands_in_the_claim(tmp_path: Path) -> None:
    source = crawl(tmp_path)
    said = page(BY).replace(b"This article is licensed under", b"Except for the images, this article is licensed under")
    found = records(read(source, put(tmp_path, Capture(f"{SITE}/wind", said))))[f"{SITE}/wind"]
    assert isinstance(found, Record)
    assert ruled(source, found).decision is Decision.ALLOW
    assert found.claims
    assert all(claim.place.endswith(" (without images)") for claim in found.claims)
    # Whoever has to rule on what waits must see it, too.
    reserved = said.replace(b"</head>", b'<meta name="robots" content="noai"></head>')
    found = records(read(source, put(tmp_path, Capture(f"{SITE}/wind", reserved))))[f"{SITE}/wind"]
    assert isinstance(found, Record)
    assert ruled(source, found).decision is Decision.QUARANTINE
    assert all(claim.place.endswith(" (without images)") for claim in found.claims)
