"""Kind ``bucket``: deliveries by date or manifest, ONIX, works that are read only when they may be. No network."""

from __future__ import annotations

import hashlib
import io
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.connectors.dumps import MARCH
from tests.unit.connectors.onix_samples import LICENSE, NO_MINING, REFERENCE, SHORT, product
from tests.unit.connectors.test_connector_linked import epub, pdf

from rightful.catalogue.models import Source
from rightful.connectors.bucket import BucketConnector
from rightful.connectors.bucket.onix import read_onix
from rightful.connectors.files.objects import Objects
from rightful.connectors.linked import parts_of
from rightful.connectors.reread import Observed, rereader_for
from rightful.errors import Malformed, TooLarge
from rightful.model import FailedRecord, Page, Record, Slice
from rightful.text.plain import to_text

TIDES = "Tides rise."
ONE, TWO, THREE = "9780000000001", "9780000000002", "9780000000003"
BY = LICENSE.format(name="CC BY 4.0", link="https://creativecommons.org/licenses/by/4.0/")


def onix(*products: str) -> bytes:
    return REFERENCE.format(products="".join(products)).encode()


class Bucket:
    """A folder in the place of a bucket."""

    def __init__(self, folder: Path, **fetch: Any) -> None:
        self.folder = folder
        self.source = Source.model_validate(
            {
                "id": "books",
                "title": "Books",
                "kind": "bucket",
                "channel": "licensed_file",
                "owner": "test@example.org",
                "homepage": "https://example.org",
                "start_date": "2026-01-01",
                "license": {"scope": "record", "claims": [{"from": "record.licenses[].links.0"}]},
                "limits": {"retries": 0, "response_bytes": 100_000},
                "fetch": {
                    "base_url": f"file://{folder}/",
                    "start_within": 0,
                    "content": r"(?:.*/)?(?P<id>[0-9]{13})\.(?:epub|pdf|txt|doc)",
                    "metadata": {"match": r".*\.onix\.xml"},
                    "fields": {
                        "id": "id",
                        "url_template": "https://example.org/isbn/{id}",
                        "title": "title",
                        "creators": "creators",
                        "publisher": "publisher",
                        "published": "published",
                    },
                    **fetch,
                },
            }
        )

    def put(self, name: str, data: bytes, when: str = "2026-03-05") -> None:
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        os.utime(place, (datetime.fromisoformat(f"{when}T12:00:00+00:00").timestamp(),) * 2)

    def pages(self, slice: Slice = MARCH, cursor: Any = None) -> list[Page]:
        with BucketConnector(self.source, objects=Objects(self.source)) as connector:
            return [page for shard in connector.plan(slice) for page in connector.fetch(shard, cursor)]

    def records(self) -> dict[str, Record | FailedRecord]:
        return {record.native_id: record for page in self.pages() for record in page.records}

    def complete(self, record: Record | FailedRecord) -> Record | FailedRecord:
        assert isinstance(record, Record)
        with BucketConnector(self.source, objects=Objects(self.source)) as connector:
            return connector.complete_text(record)


def test_works_that_came_in_the_slice_with_what_describes_them(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path)
    bucket.put("2026-03/list.onix.xml", onix(product(ONE, more=BY), product(TWO, more=NO_MINING)))
    bucket.put(f"2026-03/{ONE}.epub", epub(TIDES))
    bucket.put(f"2026-03/{TWO}.pdf", pdf(TIDES))
    bucket.put(f"2026-03/{THREE}.txt", b"Nobody describes me.")
    bucket.put("2026-03/cover.jpg", b"no work")
    bucket.put(f"old/{ONE}.epub", epub("Old."), when="2026-02-28")
    found = bucket.records()
    assert set(found) == {ONE, TWO, THREE}
    first = found[ONE]
    assert isinstance(first, Record)
    assert (first.title, first.creators) == ("Die Gezeiten: 潮汐", ("Ada Ångström", "Zoë Übersetzer"))
    assert (first.publisher, str(first.published)) == ("Open Press", "2026-02-15 00:00:00+00:00")
    assert (first.url, first.body) == (f"https://example.org/isbn/{ONE}", None)
    assert [claim.raw for claim in first.claims] == ["https://creativecommons.org/licenses/by/4.0/"]
    second = found[TWO]
    assert isinstance(second, Record)
    assert second.claims == ()
    assert [(optout.signal, optout.value) for optout in second.optouts] == [("tdm-reservation", "1")]
    lost = found[THREE]
    assert isinstance(lost, FailedRecord)
    assert f"nothing in the delivery describes {THREE}" in lost.detail


@pytest.mark.parametrize(("ending", "data"), [("epub", epub(TIDES)), ("pdf", pdf(TIDES)), ("txt", TIDES.encode())])
def test_a_work_is_read_when_it_is_wanted_and_again_without_the_bucket(
    tmp_path: Path, ending: str, data: bytes
) -> None:
    bucket = Bucket(tmp_path)
    bucket.put("a.onix.xml", onix(product(ONE, more=BY)))
    bucket.put(f"{ONE}.{ending}", data)
    listed = bucket.records()[ONE]
    got = bucket.complete(listed)
    assert isinstance(got, Record)
    assert to_text(got.body or "", got.media_type) == TIDES
    parts = parts_of(got.raw)
    assert parts is not None
    assert parts.body == data
    assert got.fetched_at is not None
    observed = Observed(url=got.url, claims=got.claims, optouts=got.optouts, fetched_at=got.fetched_at)
    assert rereader_for(bucket.source).reread(got.raw, observed) == got
    again = rereader_for(bucket.source).reread(listed.raw, observed)
    assert isinstance(again, Record)
    assert again.linked is not None  # its text was never read


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        (f"{ONE}.epub", b"PK\x03\x04 broken", "malformed"),
        (f"{ONE}.doc", b"x", "malformed"),
        (f"{ONE}.txt", b"x" * 200_000, "too_large"),
    ],
)
def test_a_work_that_can_not_be_read_fails_alone(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    bucket = Bucket(tmp_path)
    bucket.put("a.onix.xml", onix(product(ONE, more=BY)))
    bucket.put(name, data)
    got = bucket.complete(bucket.records()[ONE])
    assert isinstance(got, FailedRecord)
    assert (got.native_id, got.reason) == (ONE, reason)


def test_a_work_in_several_formats_is_one_work(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path)
    bucket.put("a.onix.xml", onix(product(ONE, more=BY), product(TWO, more=BY)))
    for ending, data in {"pdf": pdf("As pages."), "epub": epub("As chapters."), "txt": b"As letters."}.items():
        bucket.put(f"{ONE}.{ending}", data)
    bucket.put(f"{TWO}.pdf", pdf("As pages."))
    [page] = bucket.pages()
    assert [record.native_id for record in page.records] == [ONE, TWO]
    assert page.passed_over == {"other_format": 2}
    got = bucket.complete(page.records[0])
    assert isinstance(got, Record)
    assert got.body == "As chapters."


def test_a_work_that_is_described_twice_and_not_alike_waits(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path)
    other = LICENSE.format(name="CC BY-NC 4.0", link="https://creativecommons.org/licenses/by-nc/4.0/")
    bucket.put("a.onix.xml", onix(product(ONE, more=other), product(TWO, more=BY)))
    bucket.put("b.onix.xml", onix(product(ONE, more=BY), product(TWO, more=BY)))
    for number in (ONE, TWO):
        bucket.put(f"{number}.txt", b"x")
    found = bucket.records()
    twice = found[ONE]
    assert isinstance(twice, FailedRecord)
    assert "twice, and not alike" in twice.detail
    assert isinstance(found[TWO], Record)


def test_a_withdrawn_work_can_only_be_denied(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path)
    bucket.put("a.onix.xml", onix(product(ONE, notification="05", more=BY)))
    bucket.put("b.onix.xml", SHORT.encode())
    bucket.put(f"{ONE}.epub", epub(TIDES))
    found = bucket.records()
    assert {name: record.deleted for name, record in found.items() if isinstance(record, Record)} == {
        ONE: True,
        THREE: True,
    }


def sums(**files: bytes) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_delivery_counts_when_its_manifest_is_there(tmp_path: Path, as_json: bool) -> None:
    bucket = Bucket(tmp_path, manifest=r".*/manifest")
    meta, book = onix(product(ONE, more=BY), product(TWO, more=BY), product(THREE, more=BY)), epub(TIDES)
    files = {"a.onix.xml": meta, f"{ONE}.epub": book, f"{TWO}.epub": b"gone", f"{THREE}.epub": b"as it was sent"}
    told = [{"name": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()]
    bucket.put("d1/a.onix.xml", meta, when="2026-02-20")
    bucket.put(f"d1/{ONE}.epub", book, when="2026-02-21")
    bucket.put(f"d1/{THREE}.epub", epub("damaged on its way"))
    bucket.put(f"d2/{ONE}.epub", book)  # whose manifest is still to come
    assert bucket.pages()[0].records == ()
    bucket.put("d1/manifest", json.dumps({"files": told}).encode() if as_json else sums(**files))
    found = bucket.records()
    assert isinstance(bucket.complete(found[ONE]), Record)
    missing = found[TWO]
    assert isinstance(missing, FailedRecord)
    assert "it is not there" in missing.detail
    damaged = bucket.complete(found[THREE])
    assert isinstance(damaged, FailedRecord)
    assert "check sum" in damaged.detail


@pytest.mark.parametrize(
    "manifest", [b"", b"{}", b'{"files": []}', b'[{"name": "x"}]', b"nonsense\n", b"0" * 64 + b"  ../x\n", b"[1]"]
)
def test_a_manifest_that_can_not_be_read_is_no_empty_delivery(tmp_path: Path, manifest: bytes) -> None:
    bucket = Bucket(tmp_path, manifest=r"manifest")
    bucket.put("manifest", manifest or b"\n")
    with pytest.raises(Malformed, match="manifest"):
        bucket.pages()


def test_descriptions_with_another_check_sum_are_not_believed(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path, manifest=r"manifest")
    bucket.put("manifest", sums(**{"a.onix.xml": b"other", f"{ONE}.epub": b"x"}))
    bucket.put("a.onix.xml", onix(product(ONE, more=BY)))
    bucket.put(f"{ONE}.epub", b"x")
    with pytest.raises(Malformed, match=r"a\.onix\.xml: its check sum"):
        bucket.pages()


def test_descriptions_in_lines_of_json(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path, metadata={"match": r".*\.jsonl", "format": "jsonl"})
    rows = [{"id": ONE, "licenses": [{"links": ["CC0"]}], "title": "One"}, {"id": TWO, "title": "Two"}]
    bucket.put("a.jsonl", "\n".join(json.dumps(row) for row in rows).encode() + b"\n{broken\n")
    bucket.put(f"{ONE}.txt", b"x")
    found = bucket.records()
    first = found[ONE]
    assert isinstance(first, Record)
    assert (first.title, first.claims[0].raw) == ("One", "CC0")
    assert isinstance(found["a.jsonl#0"], FailedRecord)


def test_going_on_gives_what_would_have_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rightful.connectors.bucket.connector.PAGE_RECORDS", 2)
    bucket = Bucket(tmp_path)
    numbers = [f"97800000001{number:02}" for number in range(5)]
    bucket.put("a.onix.xml", onix(*(product(number, more=BY) for number in numbers)))
    bucket.put("b.onix.xml", SHORT.encode())
    for number in numbers:
        bucket.put(f"{number}.txt", b"x")
    pages = bucket.pages()
    ids = [[record.native_id for record in page.records] for page in pages]
    assert ids == [[THREE, *numbers[:2]], numbers[2:4], numbers[4:]]
    again = bucket.pages(cursor=pages[0].cursor)
    assert [[record.native_id for record in page.records] for page in again] == ids[1:]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "broken after product 0"),
        (b"<html/>", "no ONIX message"),
        (b'<ONIXMessage release="2.1"/>', "release '2.1'"),
        (b"<ONIXMessage/>", "release None"),
        (onix(product(ONE))[:-10], "broken after product 1"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><ONIXMessage release="3.0"><Product>&c;</Product></ONIXMessage>', "broken"),
    ],
)
def test_what_is_no_onix_is_told(data: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        list(read_onix(io.BytesIO(data), "a.xml"))


def test_short_tags_say_the_same_as_names() -> None:
    [(ids, raw)] = read_onix(io.BytesIO(SHORT.encode()), "a.xml")
    told = json.loads(raw)
    assert ids == (THREE, "x1")
    assert (told["title"], told["creators"], told["deleted"]) == ("Short", ["A Society"], True)


def test_a_publisher_who_forbids_mining_once_forbids_it() -> None:
    allowed = NO_MINING.replace("03", "01")
    [(_, raw)] = read_onix(io.BytesIO(onix(product(ONE, more=allowed + NO_MINING))), "a.xml")
    assert json.loads(raw)["mining"] == "prohibited"
    [(_, raw)] = read_onix(io.BytesIO(onix(product(ONE, more=allowed))), "a.xml")
    assert json.loads(raw)["mining"] == "permitted"


def test_too_many_descriptions_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rightful.connectors.bucket.connector.MOST_METADATA_BYTES", 100)
    bucket = Bucket(tmp_path)
    bucket.put("a.onix.xml", onix(product(ONE)))
    bucket.put(f"{ONE}.txt", b"x")
    with pytest.raises(TooLarge, match="more than 100 bytes"):
        bucket.pages()


@pytest.mark.parametrize(
    ("fetch", "said"),
    [
        ({"content": "x"}, "needs a group"),
        ({"content": "("}, "no regular expression"),
        ({"base_url": "https://example.org/"}, "deliveries are listed"),
        ({"linked": {"url": "x"}}, "take `linked` out"),
    ],
)
def test_what_can_never_work_is_refused(tmp_path: Path, fetch: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Bucket(tmp_path, **fetch)
