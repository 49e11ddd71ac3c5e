"""Whole slices of every demo source on a real store: exactly what the publisher knows, and nothing unlicensed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.system.pipeline.support import NEWS_KEY, Nights, Site, night
from tests.system.readers import with_duckdb

from demo import truth
from rightful.model import Slice
from rightful.settings import Settings
from rightful.store.raw import RawStore

pytestmark = pytest.mark.system

IN_2020 = Slice(start=datetime(2020, 6, 1, tzinfo=UTC), end=datetime(2020, 6, 2, tzinfo=UTC))


READ = [name for name in truth.SOURCES if name != "demo_podcast"]
"""Sources of text. That of sound has ids with versions of its own: see ``tests/dags/test_dag_sound.py``."""


@pytest.fixture(params=READ)
def nights(request: pytest.FixtureRequest, site: Site, settings: Settings, tmp_path: Path) -> Nights:
    return Nights(site.demo_source(request.param, tmp_path), settings, NEWS_KEY)


def test_a_slice_of_each_source_is_exactly_what_the_publisher_says(nights: Nights) -> None:
    slice, wanted = night(), truth.expected(nights.source.id, night())
    assert wanted.total > 5
    done = nights.run(slice)
    assert nights.ids(slice) == sorted(wanted.allowed)
    rulings = {row["id"]: (row["outcome"], row["reason"]) for row in nights.ledger(slice)}
    assert rulings == {
        **dict.fromkeys(wanted.allowed, ("allow", "allowed")),
        **dict.fromkeys(wanted.empty, ("empty", "empty")),
        **{id: ("deny", reason) for id, reason in wanted.denied.items()},
        **{id: ("quarantine", reason) for id, reason in wanted.quarantined.items()},
    }
    assert len(nights.ledger(slice)) == wanted.total == done.report.fetched
    nights.assert_balanced(slice)
    nights.assert_lawful()

    # Again: the same documents, nothing twice, and the slice's row is the new run's.
    again = nights.run(slice)
    assert nights.ids() == sorted(wanted.allowed)
    rows = "SELECT id, sha256(text) = content_sha256 FROM corpus ORDER BY id"
    seen = with_duckdb(nights.settings, nights.source.id, rows)
    assert seen == [(id, True) for id in sorted(wanted.allowed)]
    assert nights.published(slice)["run_id"] == again.run.run_id != done.run.run_id
    assert {row["run_id"] for row in nights.ledger(slice)} == {again.run.run_id}
    nights.assert_balanced(slice)


def test_the_bytes_of_every_document_and_quarantined_record_lie_where_its_row_says(
    site: Site, settings: Settings, tmp_path: Path
) -> None:
    nights = Nights(site.demo_source("demo_open_news", tmp_path), settings)
    slice = night(1)
    nights.run(slice)
    raw = RawStore(nights.settings)
    kept = 0
    for row in nights.ledger(slice):
        if row["outcome"] in ("allow", "quarantine"):
            blob = raw.get(row["raw_uri"], row["raw_offset"], row["raw_length"])
            assert hashlib.sha256(blob).hexdigest() == row["raw_sha256"]
            assert row["id"].removeprefix("demo_open_news:").partition("@")[0].encode() in blob
            kept += 1
        else:
            assert (row["raw_uri"], row["raw_offset"]) == (None, None)
            assert len(row["raw_sha256"]) == 64
    assert kept > 30


def test_a_meaning_that_a_tag_had_then_counts_for_what_was_published_then(
    site: Site, settings: Settings, tmp_path: Path
) -> None:
    nights = Nights(site.demo_source("demo_open_news", tmp_path), settings)
    nights.run(IN_2020)
    assert nights.ids(IN_2020) == sorted(truth.expected("demo_open_news", IN_2020).allowed)
    tags = set(nights.corpus(IN_2020)["license_raw"].to_list())
    assert "Newsroom Open Licence" in tags
    nights.assert_lawful()
