"""``rightful acquire --dry-run`` with everything but the network; what can't work says why."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.unit.cli.conftest import GOOD, Run, rows
from tests.unit.connectors.crawls import BY, Capture, archive, page

from rightful.http import client
from rightful.settings import get_settings


class Site(httpx.BaseTransport):
    """Two pages a slice, with three records that may load or not; one day is gone."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        page, day = int(request.url.params["page"]), request.url.params["since"][:10]
        items = [
            {
                "id": f"{day}-{page}-{number}",
                "v": 1,
                "url": f"https://example.org/{day}/{page}/{number}",
                "body": f"The text of record {number} on page {page} of {day}.",
                "license": "CC-BY-NC-4.0" if page == 2 else "CC-BY-4.0",
            }
            for number in range(3 - page)
        ]
        body = json.dumps({"items": items, "has_more": page < 2}).encode()
        return httpx.Response(
            404 if day == "2026-02-09" else 200,
            headers={"Content-Type": "application/json"},
            stream=httpx.ByteStream(body),
            request=request,
        )


@pytest.fixture
def site(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source `good` reads :class:`Site`."""
    monkeypatch.setattr(client, "CheckedTransport", lambda guard, deadline: Site())
    (catalogue / "good.yaml").write_text(
        GOOD.replace("base_url: https://example.org", "base_url: http://127.0.0.1:9\n  allow_private: true")
    )


def test_both_days_are_acquired_slice_by_slice(run: Run, site: None) -> None:
    result = run("acquire", "good", "--from", "2026-02-01", "--to", "2026-02-02", "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    first, second = rows(result)
    assert (first["start"], second["start"]) == ("2026-02-01T00:00:00+00:00", "2026-02-02T00:00:00+00:00")
    assert (first["fetched"], first["counts"]["allow"], first["counts"]["deny"]) == (3, 2, 1)
    assert first["reasons"]["deny:nc"] == 1
    assert first["documents"] == 2
    assert first["published"] is False
    assert first["run_id"] != second["run_id"]
    assert first["run_id"].startswith("cli__")
    assert "2026-02-02" in result.stderr


def test_the_limit_is_kept(run: Run, site: None) -> None:
    (row,) = rows(
        run("acquire", "good", "--from", "2026-02-01", "--to", "2026-02-01", "--dry-run", "--limit", "2", "--json")
    )
    assert row["fetched"] == 2


def test_a_source_that_refuses_is_a_failure_after_the_slices_before_it(run: Run, site: None) -> None:
    result = run("acquire", "good", "--from", "2026-02-08", "--to", "2026-02-10", "--dry-run", "--json")
    assert result.exit_code == 1
    assert [row["start"][:10] for row in rows(result)] == ["2026-02-08"]
    assert "404" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("goood", "--from", "2026-02-01", "--to", "2026-02-01"),
        ("good", "--from", "2026-02-01"),
        ("good", "--from", "yesterday", "--to", "2026-02-01"),
        ("good", "--from", "2026-02-01", "--to", "2026-02-01", "--limit", "0"),
        ("good", "--from", "0001-01-01", "--to", "0001-01-02"),
        ("good", "--from", "2026-02-01", "--to", "9999-12-31"),
    ],
)
def test_wrong_use(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("acquire", *arguments).exit_code == 2


def test_a_source_that_is_not_enabled_is_refused_with_its_reason(run: Run, catalogue: Path) -> None:
    (catalogue / "good.yaml").write_text(GOOD + "enabled: false\nrefusal: nobody may\n")
    result = run("acquire", "good", "--from", "2026-02-01", "--to", "2026-02-01")
    assert result.exit_code == 1
    assert "nobody may" in result.stderr


def test_a_broken_source_is_a_failure_with_its_line(run: Run, catalogue: Path) -> None:
    (catalogue / "good.yaml").write_text(GOOD.replace("title:", "titel:"))
    result = run("acquire", "good", "--from", "2026-02-01", "--to", "2026-02-01")
    assert result.exit_code == 1
    assert "good.yaml:2" in result.stderr


def test_missing_credentials_name_their_variable(run: Run, catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RIGHTFUL_CONNECTION_NEWS_API", raising=False)
    (catalogue / "good.yaml").write_text(
        GOOD.replace("fetch:\n", "connection: news_api\nfetch:\n  auth: {type: query, name: key}\n")
    )
    result = run("acquire", "good", "--from", "2026-02-01", "--to", "2026-02-01")
    assert result.exit_code == 1
    assert "RIGHTFUL_CONNECTION_NEWS_API" in result.stderr


def test_a_wrong_setting_is_one_message(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTFUL_CATALOG_TYPE", "hive")
    get_settings.cache_clear()
    result = run("acquire", "good", "--from", "2026-02-01", "--to", "2026-02-01")
    assert result.exit_code == 1
    assert "RIGHTFUL_CATALOG_TYPE" in result.stderr


def test_a_range_that_is_turned_round_is_wrong_use(run: Run) -> None:
    result = run("acquire", "good", "--from", "2026-02-02", "--to", "2026-02-01")
    assert result.exit_code == 2
    assert "2026-02-01 lies before --from 2026-02-02" in result.stderr


def test_an_unknown_source_in_a_plain_shell_tells_of_the_stacks_settings(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = ("--from", "2026-02-01", "--to", "2026-02-01")
    assert "/environment`" not in run("acquire", "demo_wiki", *days).stderr
    monkeypatch.delenv("RIGHTFUL_CATALOGUE_DIR")
    get_settings.cache_clear()
    result = run("acquire", "demo_wiki", *days)
    assert result.exit_code == 2
    assert "/environment`" in result.stderr


def test_a_bar_of_minutes_of_sound() -> None:
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    from rightful.cli.acquire import _Shown
    from rightful.model import Slice

    bar = Progress(TextColumn("{task.fields[told]}"), console=Console(file=io.StringIO()))
    start = datetime(2026, 3, 1, tzinfo=UTC)
    shown = _Shown(bar, Slice(start=start, end=start + timedelta(days=1)))
    shown.shard(1, 3, "b")
    (task,) = bar.tasks
    shown({"records": 9, "recordings": 2, "bytes": 3 * 2**20})
    assert task.fields["told"] == "shard 2/3 b, 9 records, 2 recordings, 3.0 MB"
    sound = {"records": 9, "sound_done": 90.0, "sound_total": 600.0, "recordings": 1, "recordings_total": 2}
    shown({**sound, "speed": 8.21})
    assert (task.completed, task.total) == (1.5, 10.0)
    assert task.fields["told"] == "shard 2/3 b, 1.5 of 10.0 min of sound, 8.2 × real time, 1 of 2 recordings"
    shown({**sound, "sound_done": 0.0, "sound_total": 0.0, "speed": None})
    assert (task.completed, task.total) == (0.0, 1)


CRAWL = """\
id: crawled
title: Crawled
kind: crawl
channel: crawl
owner: people@example.org
homepage: https://example.org
schedule: "0 0 1 * *"
start_date: 2026-01-01
license:
  scope: record
  claims: [{{from: page, strength: page_metadata}}]
fetch: {{base_url: "file://{folder}/", collections: collinfo.json, start_within: 0}}
"""


def test_one_snapshot_is_taken_whatever_the_slice(run: Run, catalogue: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    (folder / "crawl-data/NEW-1").mkdir(parents=True)
    told = [
        {"id": name, "from": f"{end}-01", "to": f"{end}-02"}
        for name, end in (("NEW-1", "2026-05"), ("OLD-1", "2026-02"))
    ]
    (folder / "collinfo.json").write_text(json.dumps(told))
    (folder / "crawl-data/NEW-1/one.warc.gz").write_bytes(archive([Capture("https://example.org/a", page(BY))]))
    (folder / "crawl-data/NEW-1/warc.paths.gz").write_bytes(gzip.compress(b"crawl-data/NEW-1/one.warc.gz\n"))
    (catalogue / "crawled.yaml").write_text(CRAWL.format(folder=folder))
    months = ("--from", "2026-03-01", "--to", "2026-03-31", "--dry-run", "--json")
    result = run("acquire", "crawled", *months, "--snapshot", "NEW-1")
    assert result.exit_code == 0, result.stderr
    (row,) = rows(result)
    assert (row["start"][:10], row["documents"]) == ("2026-03-01", 1)
    unknown = run("acquire", "crawled", *months, "--snapshot", "NEW-2")
    assert unknown.exit_code == 1
    assert "there is no snapshot 'NEW-2'" in unknown.stderr
    assert "NEW-1" in unknown.stderr
    several = run("acquire", "crawled", "--from", "2026-03-01", "--to", "2026-04-30", "--snapshot", "NEW-1")
    assert several.exit_code == 2
    assert "belongs to one slice, and there are 2" in several.stderr


def test_only_crawls_have_snapshots(run: Run, site: None) -> None:
    result = run("acquire", "good", "--from", "2026-02-01", "--to", "2026-02-01", "--dry-run", "--snapshot", "NEW-1")
    assert result.exit_code == 1
    assert "only a source of kind `crawl` has snapshots" in result.stderr
