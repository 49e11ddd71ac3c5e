"""Sources of sound: what is downloaded and what is not, what waits, what becomes of what goes wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.system.pipeline.shelf import NC, Shelf, episode
from tests.system.pipeline.support import Nights, new_run, night, written

from rightful.errors import FetchError, RateLimited
from rightful.model import Fetched, Progress
from rightful.pipeline import fetch
from rightful.settings import Settings

pytestmark = pytest.mark.system

SLICE = night(1)

SOURCE = """\
id: {id}
title: A shelf of recordings
kind: podcast
channel: public_dataset
owner: data@example.org
homepage: https://shelf.example
start_date: 2026-01-01
license:
  scope: record
  basis: the list names the licence of each
  claims: [{{from: record.license}}]
speech: {{model: tiny.en}}
fetch: {{base_url: "https://shelf.example/feed.xml"}}
"""


class Studio(Nights):
    """A shelf, and the pipeline that reads it."""

    def __init__(self, shelf: Shelf, path: Path, settings: Settings) -> None:
        super().__init__(path, settings)
        self.shelf = shelf

    def fetch(self, saved: list[Progress] | None = None, resume: Progress | None = None, **how: Any) -> Fetched:
        (shard,) = self.plan(SLICE)
        return fetch(
            self.source,
            shard,
            run=new_run(),
            generation="g",
            settings=self.settings,
            credentials=None,
            save=(saved if saved is not None else []).append,
            resume=resume,
            **how,
        )


@pytest.fixture
def studio(settings: Settings, source_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    path = written(tmp_path, source_id, SOURCE.format(id=source_id))
    shelf = Shelf(tmp_path)
    for module in ("plan", "fetch"):
        monkeypatch.setattr(sys.modules[f"rightful.pipeline.{module}"], "connector_for", shelf)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.wav").write_bytes(f"the sound of {name}".encode() * 100)
    return Studio(shelf, path, settings)


def test_only_what_may_load_is_downloaded(studio: Studio) -> None:
    studio.shelf.write(
        [
            episode("free", file="a.wav", seconds=90.0),
            episode("nc", license=NC, file="b.wav"),
            episode("none", license=None, file="b.wav"),
            episode("odd", license="CC BY", file="b.wav"),
            episode("said", text="This the publisher has written down, word by word, for all who can't hear it."),
            episode("changed", file="b.wav", then=NC),
            episode("again", file="a.wav"),
            episode("broken", error="failed"),
            episode("free", file="c.wav"),
        ]
    )
    fetched = studio.fetch()
    assert studio.shelf.asked() == ["free", "said", "changed", "again", "broken"]
    assert fetched.result.reasons == {
        "deny:nc": 2,
        "deny:no_tag": 1,
        "quarantine:unversioned": 1,
        "allow:allowed": 1,
        "duplicate:duplicate": 2,
        "failed:truncated": 1,
    }
    assert (fetched.waiting_records, fetched.waiting_seconds) == (1, 90.0)
