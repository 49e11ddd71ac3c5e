"""Kind ``dump``: archives, check sums, formats of whole files, threads. Nothing damaged ends in silence."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from itertools import chain
from pathlib import Path
from typing import Any

import py7zr
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from backports import zstd
from tests.unit.connectors.dump_samples import JATS, OPEN, gutenberg
from tests.unit.connectors.dumps import FIELDS, MARCH, dump, planned, read

from rightful.connectors.dump import DumpConnector
from rightful.connectors.files.objects import Objects
from rightful.errors import Malformed
from rightful.model import FailedRecord, Record, Shard

ROWS = [{"id": number, "text": f"Text {number}.", "license": "CC0-1.0"} for number in range(1, 6)]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)


def ids(records: list[Record | FailedRecord]) -> list[str]:
    return [record.native_id if isinstance(record, Record) else f"! {record.reason}" for record in records]


def one_file(folder: Path, name: str, data: bytes, **wanted: Any) -> Shard:
    (folder / name).write_bytes(data)
    return Shard(source="bulk", slice=MARCH, id="all", params={"files": [{"file": name, **wanted}]})


def tar(members: dict[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def seven_zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writef(io.BytesIO(data), name)
    return out.getvalue()


PACKED = {"tar": tar, "zip": zipped, "7z": seven_zipped}


def test_records_of_a_packed_file_with_its_check_sum(tmp_path: Path) -> None:
    data = zstd.compress(LINES)
    shard = one_file(tmp_path, "a.zst", data, size=len(data), digest=f"sha1:{hashlib.sha1(data).hexdigest()}")
    found = read(dump(tmp_path), shard)
    assert ids(found) == ["1", "2", "3", "4", "5"]
    assert isinstance(found[0], Record)
    assert (found[0].body, found[0].url, found[0].claims[0].raw) == ("Text 1.", "https://example.org/1", "CC0-1.0")


@pytest.mark.parametrize("wrong", [{"digest": "sha256:" + "0" * 64}, {"size": 7}, {"digest": "md5:"}])
@pytest.mark.parametrize("archive", [None, "tar", "zip", "7z"])
def test_a_wrong_check_sum_or_size_ends_the_shard(tmp_path: Path, wrong: dict[str, Any], archive: str | None) -> None:
    data = PACKED[archive]({"a": LINES}) if archive else LINES
    shard = one_file(tmp_path, "a", data, **wrong)
    with pytest.raises(Malformed, match="a: "):
        read(dump(tmp_path, fetch={"archive": archive}), shard)


@pytest.mark.parametrize("archive", ["tar", "zip", "7z"])
def test_members_that_match_are_read_in_their_order(tmp_path: Path, archive: str) -> None:
    members = {"x/b.jsonl": LINES[: len(LINES) // 5], "readme.txt": b"no", "x/a.jsonl": LINES}
    shard = one_file(tmp_path, "all", PACKED[archive](members))
    found = read(dump(tmp_path, fetch={"archive": archive, "members": r".*\.jsonl"}), shard)
    assert ids(found) == ["1", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize("archive", ["tar", "zip", "7z"])
@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_a_cut_archive_is_told(tmp_path: Path, archive: str, where: float) -> None:
    text = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000))
    lines = b"".join(
        json.dumps({**row, "text": text[number * 9_000 : number * 9_000 + 9_000]}).encode() + b"\n"
        for number, row in enumerate(ROWS)
    )
    data = PACKED[archive]({"a.jsonl": lines, "b.jsonl": lines})
    shard = one_file(tmp_path, "all", data[: int(len(data) * where)])
    with pytest.raises(Malformed, match="all"):
        read(dump(tmp_path, fetch={"archive": archive}), shard)


@pytest.mark.parametrize("archive", ["tar", "zip", "7z"])
def test_a_flipped_byte_is_told(tmp_path: Path, archive: str) -> None:
    data = bytearray(PACKED[archive]({"a.jsonl": LINES * 50}))
    place = data.index(b"Text 3.") if archive == "tar" else 60
    data[place] ^= 0x55
    shard = one_file(tmp_path, "all", bytes(data), digest=None)
    source = dump(tmp_path, fetch={"archive": archive})
    if archive == "tar":  # it knows no check sum of its members: that of the file is what tells
        assert len(read(source, shard)) == 250
        return
    with pytest.raises(Malformed):
        read(source, shard)


def test_parquet_rows(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet", row_group_size=2)
    data = (tmp_path / "a.parquet").read_bytes()
    source = dump(tmp_path, fetch={"format": "parquet"})
    assert ids(read(source, one_file(tmp_path, "a.parquet", data))) == ["1", "2", "3", "4", "5"]
    with pytest.raises(Malformed, match=r"cut\.parquet"):
        read(source, one_file(tmp_path, "cut.parquet", data[:-9]))


JATS_FETCH = {
    "format": "jats",
    "archive": "tar",
    "fields": {
        "id": "ids.pmc",
        "url_template": "https://example.org/{id}",
        "title": "title",
        "text": "xml",
        "media_type": "application/jats+xml",
        "creators": "creators",
    },
}
JATS_CLAIMS = {"scope": "record", "claims": [{"from": "record.licenses[].href"}, {"from": "record.licenses[].ref"}]}


def test_articles_in_jats_with_all_that_they_say_of_their_licence(tmp_path: Path) -> None:
    free = '<ali:free_to_read/><license license-type="free"><license-p>All rights reserved.</license-p></license>'
    two = OPEN + OPEN.replace("/by/", "/by-nc/")
    articles = {
        f"{name}.xml": JATS.format(license=said).replace("PMC1", name).encode()
        for name, said in (("PMC1", OPEN), ("PMC2", ""), ("PMC3", free), ("PMC4", two))
    }
    shard = one_file(tmp_path, "a.tar.gz", tar({**articles, "bad.xml": b"<article><x>"}, "w:gz"))
    found = read(dump(tmp_path, fetch=JATS_FETCH, license=JATS_CLAIMS), shard)
    assert ids(found) == ["PMC1", "PMC2", "PMC3", "PMC4", "! malformed"]
    first = found[0]
    assert isinstance(first, Record)
    assert (first.title, first.creators) == ("On tides", ("A. Ångström",))
    said = [
        sorted({str(claim.raw).split("/licenses/")[-1] for claim in one.claims})
        for one in found
        if isinstance(one, Record)
    ]
    assert said == [["by/4.0/"], [], ["None"], ["by-nc/4.0/", "by/4.0/"]]


def test_books_of_gutenberg_that_changed_in_the_slice(tmp_path: Path) -> None:
    books = {f"cache/epub/{number}/pg{number}.rdf": gutenberg(number) for number in (1, 2, 3)}
    books |= {"old.rdf": gutenberg(4, changed="2026-02-28T23:59:59"), "undated.rdf": gutenberg(5, changed=None)}
    shard = one_file(tmp_path, "rdf.tar.bz2", tar(books, "w:bz2"))
    source = dump(
        tmp_path,
        fetch={
            "files": {"by": "fixed", "paths": ["rdf.tar.bz2"]},
            "format": "gutenberg_rdf",
            "archive": "tar",
            "of_slice": "modified",
            "fields": {"id": "id", "url_template": "https://www.gutenberg.org/ebooks/{id}", "creators": "creators"},
            "linked": {"url": "text_url", "media_type": "text/plain"},
        },
        license={"scope": "record", "claims": [{"from": "record.rights[]"}]},
    )
    found = read(source, shard)
    assert ids(found) == ["1", "2", "3", "! malformed"]
    first = found[0]
    assert isinstance(first, Record)
    assert first.linked is not None
    assert first.linked.url == "https://www.gutenberg.org/ebooks/1.txt.utf-8"
    assert (first.creators, first.claims[0].raw) == (("Author, An",), "Public domain in the USA.")


def posts(*rows: str) -> bytes:
    return ('<?xml version="1.0"?>\n<posts>\n' + "".join(f"  <row {row} />\n" for row in rows) + "</posts>").encode()


BY4, BY3 = 'ContentLicense="CC BY-SA 4.0"', 'ContentLicense="CC BY-SA 3.0"'
THREADS = {
    "Users.xml": b'<users><row Id="7" DisplayName="\xc3\x84nne"/><row Id="8"/></users>',
    "Posts.xml": posts(
        f'Id="1" PostTypeId="1" Title="Why?" Body="&lt;p&gt;Q1&lt;/p&gt;" OwnerUserId="7" Score="3" {BY4}',
        f'Id="2" PostTypeId="1" Title="How?" Body="Q2" OwnerDisplayName="gone" {BY4}',
        f'Id="3" PostTypeId="2" ParentId="1" Body="low" Score="-1" {BY3}',
        'Id="4" PostTypeId="5" Body="a tag wiki"',
        'Id="5" PostTypeId="2" ParentId="1" Body="high" Score="9" OwnerUserId="8"',
        f'Id="6" PostTypeId="2" ParentId="99" Body="lost" {BY4}',
    ),
}  # fmt: skip
THREAD_FETCH = {
    "format": "stack_exchange",
    "archive": "7z",
    "fields": {
        "id": "id",
        "url_template": "https://example.org/q/{id}",
        "title": "title",
        "text": ["title", "question.body", "answers[].body"],
        "media_type": "text/html",
        "creators": ["question.author", "answers[].author"],
    },
}
THREAD_CLAIMS = {
    "scope": "record",
    "claims": [{"from": "record.question.license", "part": "question"}, {"from": "record.answers[].license"}],
}


def test_a_thread_is_its_question_and_answers_best_first(tmp_path: Path) -> None:
    shard = one_file(tmp_path, "site.7z", seven_zipped({**THREADS, "Votes.xml": b"<votes/>"}))
    found = read(dump(tmp_path, fetch=THREAD_FETCH, license=THREAD_CLAIMS), shard)
    assert ids(found) == ["1", "2", "! malformed"]
    first, second, lost = found
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.body == "Why?\n\n<p>Q1</p>\n\nhigh\n\nlow"
    assert (first.creators, second.creators) == (("Änne",), ("gone",))
    assert [(claim.part, claim.raw) for claim in first.claims] == [
        ("question", "CC BY-SA 4.0"),
        ("answers[0]", None),  # an answer without a licence: the thread must not load
        ("answers[1]", "CC BY-SA 3.0"),
    ]
    assert isinstance(lost, FailedRecord)
    assert "its question 99" in lost.detail


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"Posts.xml": THREADS["Posts.xml"]}, r"0 files called Users\.xml"),
        ({**THREADS, "b/Posts.xml": posts()}, r"2 files called Posts\.xml"),
        ({**THREADS, "Posts.xml": THREADS["Posts.xml"][:-20]}, "broken after row"),
        ({**THREADS, "Posts.xml": b"<html/>"}, "no data dump"),
        ({**THREADS, "Posts.xml": posts('Id="x" PostTypeId="1"')}, "without a number"),
    ],
)
def test_a_broken_dump_of_threads_is_told(tmp_path: Path, members: dict[str, bytes], said: str) -> None:
    shard = one_file(tmp_path, "site.7z", seven_zipped(members))
    with pytest.raises(Malformed, match=said):
        read(dump(tmp_path, fetch=THREAD_FETCH, license=THREAD_CLAIMS), shard)


def test_going_on_after_any_page_gives_what_would_have_followed(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl", "c.jsonl"):
        (tmp_path / name).write_bytes(
            LINES.replace(b'"id": ', b'"id": "' + name[:1].encode()).replace(b', "text"', b'", "text"')
        )
    source = dump(tmp_path, fetch={"page_records": 2, "shard_files": 3, "files": {"by": "changed", "match": ".*"}})
    shard = Shard(source="bulk", slice=MARCH, id="all", params={"files": [{"file": f"{name}.jsonl"} for name in "abc"]})
    with DumpConnector(source, objects=Objects(source)) as connector:
        pages = list(connector.fetch(shard))
    everything = [ids(list(page.records)) for page in pages]
    assert list(chain(*everything)) == [f"{name}{number}" for name in "abc" for number in range(1, 6)]
    for number, page in enumerate(pages[:-1]):
        assert ids(read(source, shard, page.cursor)) == list(chain(*everything[number + 1 :]))
    assert pages[-1].cursor is None


def test_a_day_without_a_file_is_an_error_unless_the_source_says_so(tmp_path: Path) -> None:
    from rightful.errors import RightfulError

    with pytest.raises(RightfulError, match="2026-03"):
        read(dump(tmp_path))
    files = {"by": "date", "path": "{%Y-%m}.jsonl", "missing": "nothing"}
    assert read(dump(tmp_path, fetch={"files": files})) == []


def test_a_source_without_records_of_the_slice_is_empty(tmp_path: Path) -> None:
    source = dump(tmp_path, fetch={"fields": FIELDS, "files": {"by": "changed", "match": "x"}})
    assert read(source, planned(source)[0]) == []
