"""The demo publisher as a server: it answers, keeps a log, and the real connector finds in it what it knows."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from demo import truth
from demo.publisher import NEWS_API_KEY, Publisher
from rightful.catalogue.load import load_catalogue
from rightful.catalogue.models import Source
from rightful.connectors.rest import RestConnector
from rightful.http.client import Client
from rightful.licensing.contracts import load_contracts
from rightful.licensing.policy import load_policy
from rightful.model import Credentials, Decision, Record, Slice
from rightful.pipeline.gate import Gate
from rightful.settings import PROJECT_ROOT
from rightful.text.batch import describe

pytestmark = pytest.mark.system

DEMO = PROJECT_ROOT / "include" / "demo"
NIGHTS = [
    Slice(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC)),
    Slice(start=datetime(2016, 2, 28, 13, 30, 7, tzinfo=UTC), end=datetime(2016, 3, 1, 1, 0, 1, tzinfo=UTC)),
]


LISTED = [name for name in truth.SOURCES if name not in ("demo_podcast", "demo_crawl")]
"""A podcast's feed and a crawl's list name their last weeks only; `tests/system/test_cli_store.py` and
`tests/system/pipeline/test_pipeline_whole_slices.py` compare them with what is known of them."""


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    with Publisher(0, log=tmp_path_factory.mktemp("publisher") / "log.jsonl") as running:
        yield running


def records_of(source: Source, night: Slice) -> Iterator[Record]:
    credentials = Credentials(password=NEWS_API_KEY) if source.connection else None
    with RestConnector(source, Client(source, credentials=credentials)) as connector:
        for shard in connector.plan(night):
            for page in connector.fetch(shard):
                for record in page.records:
                    assert isinstance(record, Record), record
                    yield record


@pytest.mark.parametrize("night", NIGHTS, ids=str)
@pytest.mark.parametrize("source_id", LISTED)
def test_what_the_gate_says_is_what_the_publisher_knows(
    source_id: str, night: Slice, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = load_catalogue([DEMO / "sources"], DEMO / "contracts").get(source_id)
    address = file.fetch.base_url.replace("http://127.0.0.1:8098", publisher.address)
    monkeypatch.setenv(f"RIGHTFUL_BASE_URL_{source_id.upper()}", address)
    source = load_catalogue([DEMO / "sources"], DEMO / "contracts").get(source_id)
    gate = Gate(source, load_policy(PROJECT_ROOT / "include" / "policy.yaml"), load_contracts(DEMO / "contracts"))
    found, texts = truth.Expected(), Counter[str]()
    for record in records_of(source, night):
        document = f"{source_id}:{record.native_id}@{record.version}"
        ruling = gate.rule(record, document)
        outcome = ruling.decision.value
        if ruling.decision is Decision.ALLOW:
            (described,) = describe([record.body], [record.media_type])
            assert described.error is None
            texts[described.content_sha256] += bool(described.text)
            outcome = outcome if described.text else "empty"
        found.add(document, outcome, ruling.reason.value)
    assert found == truth.expected(source_id, night)
    assert found.total > 10
    assert set(texts.values()) <= {0, 1}  # no two documents are alike


def test_the_program_serves_logs_and_ends_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "demo.publisher", "--port", "0", "--log", str(log), "--scale", "3"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT / "include")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            with httpx.Client(base_url=address) as client:
                assert client.get("/healthz").json() == {"status": "ok", "scale": 3}
                assert client.get("/nowhere").status_code == 404
                assert client.get("/news/v1/search", params={"api-key": NEWS_API_KEY}).status_code == 200
                with client.stream("GET", "/odd/huge_body/items", params={"page": 2}) as huge:
                    assert len(next(huge.iter_raw())) > 0
            port = int(address.rpartition(":")[2])
            busy = subprocess.run(
                [*command[:4], str(port)], env=environment, capture_output=True, text=True, timeout=60
            )
            assert busy.returncode == 1
            assert f"127.0.0.1:{port}" in busy.stderr
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines[:3]] == [
        ("GET", "/healthz", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/news/v1/search?api-key=***", 200),
    ]
    assert lines[0]["bytes"] == len(b'{"status":"ok","scale":3}')
    assert "httpx" in lines[0]["agent"]
    assert NEWS_API_KEY not in log.read_text(encoding="utf-8")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
