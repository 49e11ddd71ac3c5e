"""A real OAI-PMH repository, harvested night by night into the real store: pages, expired tokens, deletions."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.system.pipeline.support import Nights, night, written

from rightful.connectors.base import Known, connector_for
from rightful.model import Slice
from rightful.settings import PROJECT_ROOT, Settings

pytestmark = pytest.mark.system

BY, NC = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-nc/4.0/"
FIRST = night(1)
SECOND = night(0)
SOURCE = """
id: {id}
title: Shelf
kind: oai_pmh
channel: public_dataset
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
license: {{scope: record, claims: [{{from: "record.metadata.dc.rights[]"}}]}}
pace: {{requests_per_second: 1000}}
fetch:
  base_url: {address}
  allow_private: true
  prefix: oai_dc
  granularity: second
  lists: [title, description, rights]
  fields:
    id: header.identifier
    version: header.datestamp
    url_template: "https://example.org/{{id}}"
    title: metadata.dc.title.0
    text: metadata.dc.description
"""


class Repository:
    """The process, and the file of its records."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "records.json"
        self.records: dict[str, Any] = {}
        self.write()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/oai"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.oai.repository", str(self.file), str(port)],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def put(self, number: int, slice: Slice, license: str | list[str] | None = BY, **more: Any) -> None:
        moment = slice.start + timedelta(minutes=number)
        text = f"Record {number} tells of the sea, at some length, in words of its own."
        self.records[f"oai:shelf.example:{number:03}"] = {
            "datestamp": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "license": license,
            "text": text,
            **more,
        }
        self.write()

    def write(self) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.records), "utf-8")
        new.replace(self.file)

    @property
    def asked(self) -> list[str]:
        return self.file.with_suffix(".log").read_text("utf-8").splitlines()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    running = Repository(tmp_path)
    yield running
    running.process.terminate()
    running.process.wait()


@pytest.fixture
def nights(repository: Repository, settings: Settings, source_id: str, tmp_path: Path) -> Nights:
    return Nights(written(tmp_path, source_id, SOURCE.format(id=source_id, address=repository.address)), settings)


def numbers(nights: Nights) -> list[int]:
    return sorted(int(document.partition("@")[0].rpartition(":")[2]) for document in nights.ids())


def test_nights_of_a_repository_and_what_it_takes_back(repository: Repository, nights: Nights) -> None:
    for number in range(25):
        repository.put(number, FIRST)
    repository.put(25, FIRST, NC)
    repository.put(26, FIRST, None)
    repository.put(27, SECOND)
    repository.put(28, FIRST, [BY, NC])
    nights.run(FIRST)
    nights.assert_balanced(FIRST)
    nights.assert_lawful()
    assert numbers(nights) == list(range(25))
    assert sum("resumptionToken" in asked for asked in repository.asked) == 2
    assert dict(nights.published(FIRST)["reasons"]) == {"allow:allowed": 25, "deny:nc": 2, "deny:no_tag": 1}
    # In the next night one record changes, and one is taken back.
    repository.put(3, SECOND, text="Record 3 tells of something else by now, at some length.")
    repository.put(4, SECOND, deleted=True)
    nights.run(SECOND)
    assert dict(nights.published(SECOND)["reasons"]) == {"allow:allowed": 2, "deny:withdrawn": 1}
    assert 4 not in numbers(nights)
    assert {3, 27} <= set(numbers(nights))
    # A backfill brings nothing back: the repository lists the record under its new date alone, and a tombstone stands.
    repository.records["oai:shelf.example:004"] |= {"deleted": False}
    repository.put(4, FIRST)
    nights.run(FIRST, force_shrink=True)
    assert 4 not in numbers(nights)


def test_a_token_that_expires_begins_the_list_anew(repository: Repository, nights: Nights) -> None:
    for number in range(35):
        repository.put(number, FIRST)
    [shard] = nights.plan(FIRST)
    with connector_for(nights.source, contact="test@example.org", settings=nights.settings) as connector:
        pages = connector.fetch(shard)
        found = [record.native_id for record in next(pages).records]
        repository.put(34, FIRST, text="It changed while it was listed, and no token is good any more, as it happens.")
        found += [record.native_id for page in pages for record in page.records]
    assert sorted(found) == sorted(repository.records)
    assert len(set(found)) == len(found)
    assert sum("from=" in asked for asked in repository.asked) == 2


def test_a_repository_that_is_busy_is_asked_again(repository: Repository, nights: Nights) -> None:
    repository.put(1, FIRST)
    repository.file.with_suffix(".busy").touch()
    nights.run(FIRST)
    assert numbers(nights) == [1]
    assert not repository.file.with_suffix(".busy").exists()


def test_an_empty_night_is_no_error(repository: Repository, nights: Nights) -> None:
    nights.run(FIRST)
    assert nights.published(FIRST)["fetched"] == 0


def test_records_are_asked_for_again(repository: Repository, nights: Nights) -> None:
    repository.put(1, FIRST, NC)
    repository.put(2, FIRST, deleted=True)
    names = [f"oai:shelf.example:{number:03}" for number in (1, 2, 3)]
    known = [Known(id=f"x:{name}@1", native_id=name, version="1", url="") for name in names]
    with connector_for(nights.source, contact="test@example.org", settings=nights.settings) as connector:
        found = [sighting for batch in connector.look_up(known) for sighting in batch]
    assert [(one.status, *(claim.expression for claim in one.claims)) for one in found] == [
        ("found", "CC-BY-NC-4.0"),
        ("gone",),
        ("gone",),
    ]
