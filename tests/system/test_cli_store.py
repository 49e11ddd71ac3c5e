"""The command line on a real store and the demo publisher: acquire, acquire again, look up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.publisher import Publisher
from demo.truth import expected
from embedded.weed import Weed
from rightful.model import Slice
from rightful.settings import PROJECT_ROOT

pytestmark = pytest.mark.system

DEMO = PROJECT_ROOT / "include/demo"
SOURCE = "cli_wiki"
START = datetime.combine(datetime.now(UTC) - timedelta(days=2), time(0), UTC)
DAY = f"{START:%Y-%m-%d}"

Command = Callable[..., tuple[int, list[dict[str, Any]], str]]


PODCAST = "cli_podcast"


@pytest.fixture
def rightful(seaweed: Weed, tmp_path: Path) -> Iterator[Command]:
    """``rightful(*arguments)`` → exit status, JSON lines, what people see."""
    with Publisher(port=0) as publisher:
        for name, demo in ((SOURCE, "demo_wiki"), (PODCAST, "demo_podcast")):
            text = (DEMO / f"sources/{demo}.yaml").read_text("utf-8").replace(f"id: {demo}", f"id: {name}")
            assert "http://127.0.0.1:8098" in text
            (tmp_path / f"{name}.yaml").write_text(text.replace("http://127.0.0.1:8098", publisher.address), "utf-8")
        environment = {
            **os.environ,
            **seaweed.environment(),
            "PYTHONPATH": str(PROJECT_ROOT / "include"),
            "RIGHTFUL_CATALOGUE_DIR": str(tmp_path),
            "RIGHTFUL_CONTRACTS_DIR": str(DEMO / "contracts"),
            "RIGHTFUL_CODE_VERSION": "test",
        }

        def run(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
            done = subprocess.run(
                [sys.executable, "-m", "rightful.cli", *arguments, "--json"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

        yield run


def test_a_slice_is_acquired_and_its_documents_are_found(rightful: Command) -> None:
    truth = expected("demo_wiki", Slice(start=START, end=START + timedelta(days=1)))
    days = ("--from", DAY, "--to", DAY)
    status, (first,), words = rightful("acquire", SOURCE, *days)
    assert status == 0, words
    assert first["published"]
    assert (first["fetched"], first["documents"]) == (truth.total, len(truth.allowed))
    assert first["counts"]["deny"] == len(truth.denied)

    # A limited run never replaces a fuller one; a whole run replaces the slice by the same documents.
    status, (limited,), _ = rightful("acquire", SOURCE, *days, "--limit", "3")
    assert (status, limited["published"], limited["fetched"]) == (0, False, 3)
    assert "does not replace" in limited["note"]
    status, (again,), _ = rightful("acquire", SOURCE, *days)
    assert (status, again["counts"]) == (0, first["counts"])

    name = min(truth.allowed).replace("demo_wiki:", f"{SOURCE}:")
    status, (hit,), words = rightful("lookup", name.upper())
    assert status == 0, words
    assert (hit["id"], hit["in_corpus"], hit["usable"]) == (name, True, True)
    assert hit["document"]["run_id"] == hit["ruling"]["run_id"] == hit["published"]["run_id"] == again["run_id"]
    assert hit["published"]["snapshot_id"] == again["snapshot_id"]
    for what in (hit["document"]["source_url"], hit["document"]["content_sha256"], hit["raw"]["sha256"].upper()):
        assert name in [found["id"] for found in rightful("lookup", what)[1]]

    denied, reason = min(truth.denied.items())
    status, (refused,), _ = rightful("lookup", denied.replace("demo_wiki:", f"{SOURCE}:"))
    assert (status, refused["usable"], refused["why_not"]) == (0, False, f"deny: {reason}")
    assert refused["document"] is None

    assert rightful("lookup", "https://en.wiki.example/wiki/nothing")[:2] == (1, [])


def test_without_a_store_the_failure_says_what_to_do(rightful: Command, seaweed: Weed, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **seaweed.environment(),
        "PYTHONPATH": str(PROJECT_ROOT / "include"),
        "RIGHTFUL_CATALOGUE_DIR": str(tmp_path),
        "RIGHTFUL_CATALOG_URI": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-m", "rightful.cli", "lookup", "cli_wiki:1@1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "StoreError" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_podcast_is_fetched_and_transcribed(rightful: Command) -> None:
    truth = expected("demo_podcast", Slice(start=START, end=START + timedelta(days=1)))
    status, (done,), words = rightful("acquire", PODCAST, "--from", DAY, "--to", DAY)
    assert status == 0, words
    assert (done["published"], done["fetched"], done["documents"]) == (True, truth.total, len(truth.allowed))
    assert done["seconds"]["transcribe"] > 0
    assert done["media_seconds"] > 20
    heard = f"{PODCAST}:https://podcast.example/episodes/{DAY}-0"
    status, hits, _ = rightful("lookup", heard.partition(":")[2])
    assert status == 0
    assert hits[0]["document"]["asr_model"] == "faster-whisper/tiny.en"
    assert hits[0]["usable"]
