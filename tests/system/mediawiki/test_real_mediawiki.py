"""A server that nobody here wrote: MediaWiki, pulled by the unchanged source ``wikipedia_changes`` through the real
scheduler. Only the source's address is another."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import polars as pl
import pytest
from tests.system.commands import backfill
from tests.system.mediawiki.dump import histories, write_dump
from tests.system.mediawiki.wiki import Wiki, missing
from tests.system.nights import today
from tests.system.readers import with_polars

from embedded.ports import free_ports
from embedded.stack import ROOT, Stack
from rightful.catalogue.load import load_source
from rightful.connectors.base import Known, connector_for
from rightful.model import Slice
from rightful.store.ledger import Ledgers
from rightful.store.raw import RawStore
from rightful.store.tables import Tables

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
    pytest.mark.timeout(1200),
]

SOURCE = "wikipedia_changes"
DAG = f"acquire__{SOURCE}"
PAGES = 200
RIGHTS = (
    '$wgRightsUrl = "https://creativecommons.org/licenses/by-sa/4.0/";'
    '$wgRightsText = "Creative Commons Attribution-ShareAlike 4.0";'
)
MIDNIGHT = today(timedelta(minutes=20))
NIGHTS = [MIDNIGHT - timedelta(days=days) for days in (3, 2, 1)]
"""Starts of the three slices."""
PATIENCE = 400
"""Seconds that a run may take."""
FORGOTTEN = NIGHTS[0] - timedelta(days=1)
"""A day with edits that the list of recent changes does not reach."""


@pytest.fixture(scope="module")
def wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    folder = tmp_path_factory.mktemp("wiki")
    made = Wiki(folder, free_ports(1)[0])
    made.install()
    made.configure(RIGHTS)
    pages = histories([FORGOTTEN, *NIGHTS], PAGES)
    write_dump(pages, folder / "dump.xml")
    made.load_dump(folder / "dump.xml")
    made.rebuild_recent_changes(NIGHTS[0] - timedelta(seconds=1), MIDNIGHT)
    made.move(pages[5].title, "A page under another name")  # both changed in one of the nights
    made.delete(pages[6].title)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def stack(wiki: Wiki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("catalogue")
    text = (ROOT / f"include/sources/{SOURCE}.yaml").read_text(encoding="utf-8")
    address = f"base_url: {wiki.url}/api.php\n  allow_private: true"
    text, times = re.subn(r"base_url: \S+", address, text)
    assert times == 1
    (folder / f"{SOURCE}.yaml").write_text(text, encoding="utf-8")
    made = Stack(tmp_path_factory.mktemp("stack"), catalogue=[folder])
    made.start()
    made.api.put_pool("en.wikipedia.org", 1)
    yield made
    made.stop()


def ask(wiki: Wiki, **params: str | int) -> dict[str, Any]:
    query = urlencode({"action": "query", "format": "json", "formatversion": 2, **params})
    with urlopen(f"{wiki.url}/api.php?{query}", timeout=30) as answer:
        return dict(json.load(answer))


def listed(wiki: Wiki, **params: str | int) -> list[dict[str, Any]]:
    """All entries of a list of MediaWiki's API, over its `continue` objects."""
    found: list[dict[str, Any]] = []
    go_on: dict[str, str] = {}
    while True:
        answer = ask(wiki, **params, **go_on)
        entries = answer.get("query", {})
        found += [entry for member in entries.values() if isinstance(member, list) for entry in member]
        if "continue" not in answer:
            return found
        go_on = answer["continue"]


def revisions_of(wiki: Wiki, night: datetime) -> dict[int, set[int]]:
    """What MediaWiki itself says: pages that changed in a night, and their revisions of that night."""
    end = night + timedelta(seconds=86399)
    changes = listed(
        wiki, list="recentchanges", rcnamespace=0, rctype="edit|new", rcprop="ids", rcdir="newer", rclimit=500,
        rcstart=f"{night:%Y-%m-%dT%H:%M:%SZ}", rcend=f"{end:%Y-%m-%dT%H:%M:%SZ}",
    )  # fmt: skip
    found: dict[int, set[int]] = {}
    for change in changes:
        found.setdefault(change["pageid"], set()).add(change["revid"])
    return found


def current_texts(wiki: Wiki) -> dict[str, str]:
    """The present wikitext of every page but redirects."""
    pages = listed(
        wiki, generator="allpages", gapfilterredir="nonredirects", gaplimit=50, prop="revisions", rvprop="content",
        rvslots="main",
    )  # fmt: skip
    return {str(page["pageid"]): page["revisions"][0]["slots"]["main"]["content"] for page in pages}


def rows(stack: Stack) -> pl.DataFrame:
    """The corpus through a second reader."""
    return with_polars(stack.library_settings, SOURCE)


def run_night(stack: Stack, night: datetime) -> dict[str, object]:
    run_id = stack.api.trigger(DAG, night, night + timedelta(days=1))
    return stack.api.wait(DAG, run_id, timeout=PATIENCE)


def test_three_nights_and_a_backfill(wiki: Wiki, stack: Stack) -> None:
    stack.api.set_paused(DAG, False)  # makes the scheduler start last night's run by itself
    for night in NIGHTS[:2]:
        run = run_night(stack, night)
        assert run["state"] == "success", stack.api.failure(DAG, str(run["dag_run_id"]))
    (last,) = [run for run in stack.api.runs(DAG) if run["run_type"] == "scheduled"]
    assert stack.api.wait(DAG, last["dag_run_id"], timeout=PATIENCE)["state"] == "success"

    found = rows(stack)
    ids = set(found["id"].to_list())
    assert len(ids) == found.height > PAGES / 2
    changed: set[str] = set()
    for night in NIGHTS:
        listing = revisions_of(wiki, night)
        changed |= {str(page) for page in listing}
        here = set(found.filter(pl.col("slice") == night)["id"].to_list())
        assert {f"{SOURCE}:{page}@{max(revisions)}" for page, revisions in listing.items()} <= here
        assert here <= {f"{SOURCE}:{page}@{one}" for page, revisions in listing.items() for one in revisions}
    check_rows(found)
    check_texts(stack, found, {page: text for page, text in current_texts(wiki).items() if page in changed})

    before = {run["dag_run_id"]: run["start_date"] for run in stack.api.runs(DAG)}
    backfill(stack, DAG, NIGHTS[0], NIGHTS[1], at_once=1)
    for night in NIGHTS[:2]:
        (run,) = [run for run in stack.api.runs(DAG) if run["logical_date"].startswith(f"{night:%Y-%m-%d}")]
        wait_restarted(stack, run["dag_run_id"], before[run["dag_run_id"]])
    again = rows(stack)
    assert sorted(again["id"].to_list()) == sorted(ids)
    assert set(again.filter(pl.col("slice") < NIGHTS[2])["run_id"]) == {
        run["dag_run_id"] for run in stack.api.runs(DAG) if run["run_type"] != "scheduled"
    }


def wait_restarted(stack: Stack, run_id: str, started: str) -> None:
    """Wait until a run that was reprocessed in place is over again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        run = stack.api.run(DAG, run_id)
        if run["start_date"] not in (None, started) and run["state"] == "success":
            return
        assert run["state"] != "failed", stack.api.failure(DAG, run_id)
        time.sleep(0.5)
    raise AssertionError(f"{run_id} was not run again")


def check_rows(found: pl.DataFrame) -> None:
    assert found["license_expression"].unique().to_list() == ["CC-BY-SA-4.0"]
    assert found["license_raw"].unique().to_list() == ["https://creativecommons.org/licenses/by-sa/4.0/"]
    assert found["license_evidence_ref"].null_count() == 0
    assert all(len(creators) == 1 and creators[0] for creators in found["creators"].to_list())
    assert {"ar", "de", "el", "en", "hi", "ja", "ru", "zh"} <= set(found["language"].to_list())
    for text in found["text"].to_list():
        assert not re.search(r"\{\{|\}\}|\[\[|\]\]|\{\||<ref|'''|==|<!--|hidden\d|comment\d|Infobox|Category:", text), (
            text
        )
    assert found.filter(pl.col("text").str.contains("港は 再建され")).height > 0
    assert found.filter(pl.col("source_url").str.contains(r"^http://127\.0\.0\.1:\d+/")).height == found.height


def check_texts(stack: Stack, found: pl.DataFrame, current: dict[str, str]) -> None:
    """The present text of every page is there, byte for byte in the raw store, renamed pages too; deleted ones not."""
    store = RawStore(stack.library_settings)
    kept: dict[str, list[str]] = {}
    for row in found.sort("source_version").to_dicts():
        raw = store.get(row["raw_uri"], row["raw_offset"], row["raw_length"])
        assert sha256(raw).hexdigest() == row["raw_sha256"]
        page = json.loads(raw)
        kept.setdefault(row["source_native_id"], []).append(page["revisions"][-1]["slots"]["main"]["content"])
    assert set(kept) == set(current)
    assert [page for page, text in current.items() if text not in kept[page]] == []
    assert "A page under another name" in found["title"].to_list()


def test_a_page_that_was_deleted_since_is_gone_when_its_licence_is_looked_at_again(wiki: Wiki, stack: Stack) -> None:
    found = rows(stack).sort("id").to_dicts()
    titles = [row["title"] for row in found]
    gone, there = [row for row in found if titles.count(row["title"]) == 1][:2]
    wiki.delete(gone["title"])
    known = [
        Known(
            id=row["id"],
            native_id=row["source_native_id"],
            version=row["source_version"],
            url=row["source_url"],
            published=row["published_at"],
            place=row["license_evidence"] or "",
        )
        for row in (gone, there)
    ]
    source = load_source(stack.catalogue[0] / f"{SOURCE}.yaml")
    with connector_for(source, contact="test@example.org", settings=stack.library_settings) as connector:
        sightings = {seen.id: seen.status for group in connector.look_up(known) for seen in group if seen.id}
    assert sightings == {gone["id"]: "gone", there["id"]: "found"}


def test_without_rights_nothing_lands(wiki: Wiki, stack: Stack) -> None:
    before = rows(stack).filter(pl.col("slice") != NIGHTS[2])["id"].to_list()
    wiki.configure("")
    try:
        run = run_again(stack, NIGHTS[2])
        assert run["state"] == "success", stack.api.failure(DAG, str(run["dag_run_id"]))
    finally:
        wiki.configure(RIGHTS)
    assert sorted(rows(stack)["id"].to_list()) == sorted(before)
    night = Slice(start=NIGHTS[2], end=NIGHTS[2] + timedelta(days=1))
    ledgers = Ledgers(Tables(stack.library_settings))
    published = ledgers.published_slice(SOURCE, night)
    assert published is not None
    assert set(published["reasons"]) == {"deny:no_tag"}
    ledger = ledgers.current_ledger(SOURCE, night)
    assert ledger.num_rows == published["fetched"] > 0
    assert set(ledger.column("reason").to_pylist()) == {"no_tag"}


def run_again(stack: Stack, night: datetime) -> dict[str, object]:
    """Clear a night's run and wait for it."""
    (run,) = [run for run in stack.api.runs(DAG) if run["logical_date"].startswith(f"{night:%Y-%m-%d}")]
    stack.api.clear(DAG, run["dag_run_id"])
    return stack.api.wait(DAG, run["dag_run_id"], timeout=PATIENCE)


def test_a_night_before_the_retention_fails_and_says_so(stack: Stack) -> None:
    before = rows(stack)["id"].to_list()
    run = run_night(stack, FORGOTTEN)
    assert run["state"] == "failed"
    told = stack.api.failure(DAG, str(run["dag_run_id"]))
    assert "RetentionGap" in told
    assert "reaches back to" in told
    assert sorted(rows(stack)["id"].to_list()) == sorted(before)
    ledgers = Ledgers(Tables(stack.library_settings))
    assert ledgers.published_slice(SOURCE, Slice(start=FORGOTTEN, end=NIGHTS[0])) is None
