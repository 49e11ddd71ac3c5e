"""Bulk files from a real host to rows in the real store: broken connections, wrong bytes, linked texts, kill -9."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from backports import zstd
from tests.system.pipeline.file_server import FileServer, file_server
from tests.system.pipeline.support import Nights, new_run, night, worker, written
from tests.unit.connectors.test_connector_linked import page, pdf

from rightful.errors import Malformed
from rightful.model import Progress
from rightful.pipeline.rerule import rerule
from rightful.settings import Settings

pytestmark = pytest.mark.system

SLICE = night()
NAME = f"day-{SLICE.start:%Y-%m-%d}.jsonl.zst"
BY, NC = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc/4.0/"
SOURCE = """
id: {id}
title: Bulk files
kind: dump
channel: public_dataset
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
license: {{scope: record, claims: [{{from: record.license}}]}}
pace: {{requests_per_second: 1000}}
failure_threshold: 0.9
fetch:
  base_url: {address}/
  allow_private: true
  start_within: 0
  files: {{by: date, path: "day-{{%Y-%m-%d}}.jsonl.zst", every: day}}
  checksums: {{path: sums.txt}}
  format: jsonl
  page_records: 20
  fields: {{id: id, url_template: "https://example.org/{{id}}", text: text}}
  {more}
"""


@pytest.fixture
def host() -> Iterator[FileServer]:
    with file_server() as server:
        yield server


def put(host: FileServer, rows: list[dict[str, Any]], *, digest: str = "") -> bytes:
    data = zstd.compress("\n".join(json.dumps(row) for row in rows).encode())
    host.files[NAME] = data
    host.files["sums.txt"] = f"{digest or hashlib.sha256(data).hexdigest()}  {NAME}\n".encode()
    return data


def row(number: int, license: str | None = BY, **more: Any) -> dict[str, Any]:
    filler = hashlib.sha256(str(number).encode()).hexdigest() * 20  # which does not pack
    return {"id": f"r{number}", "text": f"Record {number} tells of the sea. {filler}", "license": license, **more}


@pytest.fixture
def nights(settings: Settings, source_id: str, tmp_path: Path, host: FileServer) -> Nights:
    text = SOURCE.format(id=source_id, address=host.address, more="")
    return Nights(written(tmp_path, source_id, text), settings)


def test_a_file_whose_connection_breaks_lands_whole(nights: Nights, host: FileServer) -> None:
    put(host, [row(1), row(2, NC), row(3, None), *(row(number) for number in range(4, 200))])
    host.breaks[NAME] = 3
    nights.run(SLICE)
    nights.assert_balanced(SLICE)
    nights.assert_lawful()
    assert len(nights.ids(SLICE)) == 197
    ranges = [ranged for path, ranged in host.asked if path == NAME]
    assert ranges[0] == ""
    assert all(ranged.startswith("bytes=") and ranged != "bytes=0-" for ranged in ranges[1:])  # from where it broke
    assert len(ranges) == 4
    before = nights.ids()
    again = rerule(nights.source, SLICE, run=new_run(), settings=nights.settings)  # from the raw store alone
    assert again is not None
    assert nights.ids() == before


def test_nothing_of_a_file_with_a_wrong_check_sum_is_published(nights: Nights, host: FileServer) -> None:
    put(host, [row(number) for number in range(50)], digest="0" * 64)
    with pytest.raises(Malformed, match="its check sum is"):
        nights.run(SLICE)
    assert nights.ids() == []


def test_a_shard_that_is_killed_goes_on_in_its_file(
    nights: Nights, host: FileServer, settings: Settings, tmp_path: Path
) -> None:
    put(host, [row(number) for number in range(200)])
    file, run = tmp_path / "progress.json", new_run()
    process = worker(
        settings,
        do="shard",
        source=str(tmp_path / f"{nights.source.id}.yaml"),
        start=SLICE.start.isoformat(),
        end=SLICE.end.isoformat(),
        progress=str(file),
        run=run.run_id,
        die={"at": "page", "number": 6},
    )
    _, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, errors
    saved = msgspec.json.decode(file.read_bytes(), type=Progress)
    assert saved.cursor is not None
    assert 0 < saved.cursor["taken"] < 200
    (shard,) = nights.plan(SLICE)
    result = nights.acquire(shard, run, resume=saved)
    nights.finish(SLICE, [result], run)
    assert len(nights.ids(SLICE)) == len(set(nights.ids(SLICE))) == 200
    nights.assert_balanced(SLICE)


def test_linked_texts_land_with_what_their_pages_say(
    settings: Settings, source_id: str, tmp_path: Path, host: FileServer
) -> None:
    more = "linked: {url: link}\n  only: {kind: article}"
    text = SOURCE.format(id=source_id, address=host.address, more=more)
    nights = Nights(written(tmp_path, source_id, text), settings)
    files = {
        "1.html": (page().content, "text/html; charset=utf-8"),
        "2.pdf": (pdf("Tides rise and fall."), "application/pdf"),
        "3.html": (page('<meta name="tdm-reservation" content="1">', "<p>Another text.</p>").content, "text/html"),
        "5.html": (page(text="<p>Never asked for.</p>").content, "text/html"),
    }
    for name, (data, kind) in files.items():
        host.files[name], host.types[name] = data, kind
    links = [f"{host.address}/{name}" for name in ("1.html", "2.pdf", "3.html", "gone", "5.html", "6.html")]
    rows = [row(number, NC if number == 5 else BY, link=link, kind="article") for number, link in enumerate(links, 1)]
    rows[-1]["kind"] = "list"
    put(host, rows)
    done = nights.run(SLICE)
    nights.assert_balanced(SLICE)
    assert done.results[0].passed_over == {"not_wanted": 1}
    texts = {one["source_native_id"]: one["text"] for one in nights.corpus(SLICE).iter_rows(named=True)}
    assert set(texts) == {"r1", "r2"}
    assert texts["r2"] == "Tides rise and fall."
    assert "Shop" not in texts["r1"]
    ledger = nights.ledger(SLICE)
    outcomes = {one["id"].split(":")[1].split("@")[0]: (one["outcome"], one["reason"]) for one in ledger}
    assert outcomes["r3"][1] == "tdm_reserved"
    assert outcomes["r4"] == ("failed", "fetch_failed")
    assert outcomes["r5"] == ("deny", "nc")
    asked = {path for path, _ in host.asked}
    assert "5.html" not in asked
    assert {"1.html", "2.pdf", "3.html", "gone"} <= asked
    # Both the listed record and its file lie in the raw store: the same rows come of them without the host.
    host.files.clear()
    before = {one["id"]: one["content_sha256"] for one in nights.corpus(SLICE).iter_rows(named=True)}
    assert rerule(nights.source, SLICE, run=new_run(), settings=nights.settings) is not None
    assert {one["id"]: one["content_sha256"] for one in nights.corpus(SLICE).iter_rows(named=True)} == before
