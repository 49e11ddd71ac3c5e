"""A catalogue of its own for the command line, and a way to run it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rightful.cli import main
from rightful.settings import PROJECT_ROOT, get_settings

GOOD = """\
id: good
title: A good source
kind: rest
channel: public_dataset
owner: data@example.org
homepage: https://example.org
start_date: 2026-01-01
license:
  scope: record
  claims: [{from: record.license}]
  aliases: {"free for all": CC-BY-4.0}
pace: {requests_per_second: 1000}
fetch:
  base_url: https://example.org
  window: {start: {param: since}, end: {param: until}}
  paginate: {style: page, more: has_more}
  records: items
  fields: {id: id, version: v, url: url, text: body}
"""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of source files; it holds the source `good`."""
    for name in ("sources", "contracts"):
        (tmp_path / name).mkdir()
    (tmp_path / "sources/good.yaml").write_text(GOOD)
    monkeypatch.setenv("RIGHTFUL_CATALOGUE_DIR", str(tmp_path / "sources"))
    monkeypatch.setenv("RIGHTFUL_CONTRACTS_DIR", str(tmp_path / "contracts"))
    monkeypatch.setenv("RIGHTFUL_POLICY_FILE", str(PROJECT_ROOT / "include/policy.yaml"))
    monkeypatch.setenv("RIGHTFUL_CODE_VERSION", "test")
    get_settings.cache_clear()
    yield tmp_path / "sources"
    get_settings.cache_clear()


Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """``run("check", "good")`` → click's result; an error that is a bug is raised."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, list(arguments), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def rows(result: Result) -> list[dict[str, Any]]:
    """Standard output as JSON lines; anything else on it fails the test."""
    return [json.loads(line) for line in result.stdout.splitlines()]
