"""Texts that an endpoint makes from documents of the real store: chosen, asked for, ruled on, capped, withdrawn."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.system.pipeline.support import Nights, new_run, night, written
from tests.system.synthetic.endpoint import KEY

from rightful.errors import AuditError, ConfigurationError
from rightful.model import Credentials
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store.schemas import WITHDRAWALS
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

NIGHT = night(0)
BY, SA, NC = (f"https://creativecommons.org/licenses/{name}/4.0/" for name in ("by", "by-sa", "by-nc"))
BOOKS = """
id: {id}
title: Books
kind: dump
channel: public_dataset
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
license: {{scope: record, claims: [{{from: record.license}}]}}
pace: {{requests_per_second: 1000}}
fetch:
  base_url: file://{folder}/
  start_within: 0
  files: {{by: date, path: "{{%Y-%m-%d}}.jsonl", every: day}}
  format: jsonl
  fields: {{id: id, url_template: "https://example.org/{{id}}", title: title, text: text, creators: author}}
"""
MADE = """
id: {id}
title: Questions
kind: synthetic
channel: synthetic
record_kind: synthetic
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
connection: endpoint
license: {{scope: source, statement: Apache-2.0}}
pace: {{requests_per_second: 1000, max_connections: 2}}
limits: {{retries: 3}}
fetch:
  base_url: {address}
  allow_private: true
  auth: {{type: bearer}}
  model: tiny
  version: tiny-2026-01-01
  terms_date: 2026-11-24
  prompt: [{{role: user, content: "Ask about this text: {{text}}"}}]
  options: {{temperature: 0}}
  seeds: {{sources: [{seeds}], min_chars: 50, max_chars: 5000, most: {most}}}
  page_seeds: 2
"""


class Endpoint:
    """The process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/v1"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.synthetic.endpoint", str(folder), str(port)],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def behave(self, *words: str) -> None:
        (self.folder / "behave").write_text(" ".join(words), "utf-8")

    @property
    def asked(self) -> list[dict[str, Any]]:
        log = self.folder / "log"
        return [json.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    folder = tmp_path / "endpoint"
    folder.mkdir()
    running = Endpoint(folder)
    yield running
    running.process.terminate()
    running.process.wait()


def text(number: int) -> str:
    middle = "It rises and falls, and nobody minds at all. " * 20
    return f"Chapter {number} tells of the sea. {middle}word{number}"


BOOK = [
    {"id": f"b{number}", "title": f"Book {number}", "author": f"Writer {number}", "text": text(number), "license": BY}
    for number in range(12)
]
Makes = Callable[..., Nights]


@pytest.fixture
def books(settings: Settings, source_id: str, tmp_path: Path) -> Nights:
    """A seed source with twelve allowed books, one of them share-alike; one that is not allowed, and a short one."""
    folder = tmp_path / "books"
    folder.mkdir()
    rows = [dict(row) for row in BOOK]
    rows[3]["license"] = SA
    rows += [{**BOOK[0], "id": "nc", "license": NC}, {**BOOK[0], "id": "short", "text": "Too short."}]
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / f"{NIGHT.start:%Y-%m-%d}.jsonl").write_text(lines, "utf-8")
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    path = written(catalogue, f"{source_id}_books", BOOKS.format(id=f"{source_id}_books", folder=folder))
    made = Nights(path, settings.model_copy(update={"catalogue_dir": (catalogue,)}))
    made.run(NIGHT)
    return made


@pytest.fixture
def makes(books: Nights, endpoint: Endpoint, source_id: str, tmp_path: Path) -> Makes:
    def make(*, most: int = 100, cap: float = 0.9) -> Nights:
        name = f"{source_id}_made"
        file = MADE.format(id=name, address=endpoint.address, seeds=books.source.id, most=most)
        made = Nights(written(tmp_path / "catalogue", name, file), books.settings, Credentials(password=KEY))
        policy = (PROJECT_ROOT / "include/policy.yaml").read_text("utf-8")
        policy = policy.replace("max_share: 0.2", f"max_share: {cap}")
        (tmp_path / "policy.yaml").write_text(policy, "utf-8")
        for nights in (made, books):
            nights.with_policy(tmp_path / "policy.yaml")
        books.run(NIGHT)  # ruled by this policy
        return made

    return make


def rows(nights: Nights) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = nights.corpus().sort("id").to_dicts()
    return found


def test_texts_are_made_of_what_is_allowed(makes: Makes, books: Nights, endpoint: Endpoint) -> None:
    made = makes()
    endpoint.behave("busy", "broken", "cut")
    made.run(NIGHT)
    made.assert_balanced(NIGHT)
    made.assert_lawful()
    assert len(endpoint.asked) == 12 + 3
    assert all(asked["model"] == "tiny" and asked["temperature"] == 0 for asked in endpoint.asked)
    found = rows(made)
    seeds = {row["id"]: row for row in rows(books)}
    assert len(found) == 12
    for row in found:
        (seed,) = row["seed_ids"]
        origin = seeds[seed]
        word = origin["text"].split()[-1]
        assert row["text"].endswith(f"It ends with {word}.")
        assert (row["is_synthetic"], row["record_kind"], row["generation_depth"]) == (True, "synthetic", 1)
        assert (row["generator_model"], row["generator_version"]) == ("tiny", "tiny-2026-01-01")
        assert str(row["generator_terms_date"]) == "2026-11-24"
        assert json.loads(row["generator_prompt"])[0]["content"] == "Ask about this text: {text}"
        assert json.loads(row["generator_options"]) == {"temperature": 0}
        assert row["license_expression"] == f"Apache-2.0 AND {origin['license_expression']}"
        assert set(origin["duties"]) <= set(row["duties"])
        assert row["source_url"] == origin["source_url"]
        assert row["attribution_text"].endswith(origin["attribution_text"])
    assert sum("share_alike" in row["duties"] for row in found) == 1
    published = made.published(NIGHT)
    assert published["synthetic_tokens"] == published["tokens"] > 0
    assert books.published(NIGHT)["synthetic_tokens"] == 0
    # Chosen by a hash, so a smaller choice is a part of the larger one, and the same each time.
    some = makes(most=5)
    done = [shard.params["seeds"] for shard in some.plan(NIGHT)]
    assert done == [shard.params["seeds"] for shard in some.plan(NIGHT)]
    assert len(done[0]) == 5


def test_the_share_of_synthetic_text_is_capped(makes: Makes, endpoint: Endpoint) -> None:
    made = makes(cap=0.01)
    with pytest.raises(AuditError, match=r"of all text would be synthetic .* the policy allows 1\.0%"):
        made.run(NIGHT)
    assert rows(made) == []
    before = len(endpoint.asked)
    made = makes(cap=0.0)
    with pytest.raises(AuditError, match=r"allows 0\.0%"):
        made.plan(NIGHT)
    assert len(endpoint.asked) == before  # nothing was paid for


def test_what_was_withdrawn_is_no_seed(makes: Makes, books: Nights, endpoint: Endpoint) -> None:
    made = makes()
    (shard,) = made.plan(NIGHT)
    withdraw(books, "b1", "b2")
    assert len(made.plan(NIGHT)[0].params["seeds"]) == 10
    result = made.acquire(shard, new_run())  # it was planned before
    assert result.passed_over == {"seed gone": 2}
    words = {asked["messages"][-1]["content"].split()[-1] for asked in endpoint.asked}
    assert words == {f"word{number}" for number in range(12)} - {"word1", "word2"}
    made.run(NIGHT)
    assert {row["seed_ids"][0].partition(":")[2].partition("@")[0] for row in rows(made)}.isdisjoint({"b1", "b2"})


def test_what_was_made_of_something_withdrawn_since_does_not_pass_the_audit(makes: Makes, books: Nights) -> None:
    made = makes()
    run = new_run()
    results = [made.acquire(shard, run) for shard in made.plan(NIGHT)]
    withdraw(books, "b1")
    with pytest.raises(AuditError, match=r"b1.*which was withdrawn"):
        made.finish(NIGHT, results, run)


def test_another_model_stops_the_run(makes: Makes, endpoint: Endpoint) -> None:
    made = makes()
    endpoint.behave("other")
    with pytest.raises(ConfigurationError, match="answers as model 'another-model'"):
        made.run(NIGHT)
    assert rows(made) == []


def test_synthetic_text_is_no_seed(makes: Makes, books: Nights, tmp_path: Path, endpoint: Endpoint) -> None:
    made = makes()
    made.run(NIGHT)
    name = f"{made.source.id}_again"
    file = MADE.format(id=name, address=endpoint.address, seeds=made.source.id, most=9)
    again = Nights(written(tmp_path / "catalogue", name, file), made.settings, Credentials(password=KEY))
    assert again.plan(NIGHT)[0].params["seeds"] == []
    deeper = written(tmp_path / "catalogue", name, file.replace("min_chars: 50", "min_chars: 50, max_depth: 1"))
    again = Nights(deeper, made.settings, Credentials(password=KEY))
    again.run(NIGHT)
    assert {row["generation_depth"] for row in rows(again)} == {2}


def withdraw(nights: Nights, *native_ids: str) -> None:
    """Tombstones on documents of a source, as a withdrawal writes them."""
    now = datetime.now(UTC)
    told = [
        {
            "withdrawal_id": f"w-{native}",
            "kind": "tombstone",
            "target": "native_id",
            "value": native,
            "source": nights.source.id,
            "reason": "asked for",
            "requested_by": "Ada",
            "requested_at": now,
            "decided_by": "test",
            "decided_at": now,
            "evidence": None,
            "run_id": "test",
        }
        for native in native_ids
    ]
    Tables(nights.settings).withdrawals().append(pa.Table.from_pylist(told, WITHDRAWALS))
