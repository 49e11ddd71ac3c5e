"""A shelf of recordings, and the pipeline that reads it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.system.pipeline.shelf import Shelf
from tests.system.pipeline.support import DEMO, Done, Nights, new_run, night, written

from rightful.model import Fetched, Progress, Run, Shard, ShardResult, Slice
from rightful.pipeline import fetch, transcribe
from rightful.settings import Settings

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
speech: {speech}
fetch: {{base_url: "https://shelf.example/feed.xml", feeds: ["https://shelf.example/feed.xml"]}}
"""


class Studio(Nights):
    """A shelf, and the pipeline that reads it."""

    def __init__(self, shelf: Shelf, path: Path, settings: Settings, contracts: Path = DEMO / "contracts") -> None:
        super().__init__(path, settings, contracts=contracts)
        self.shelf = shelf

    def fetch(
        self,
        saved: list[Progress] | None = None,
        resume: Progress | None = None,
        run: Run | None = None,
        slice: Slice = SLICE,
        shard: Shard | None = None,
        **how: Any,
    ) -> Fetched:
        if shard is None:
            (shard,) = self.plan(slice)
        return fetch(
            self.source,
            shard,
            run=run or new_run(),
            generation="g",
            settings=self.settings,
            credentials=None,
            save=(saved if saved is not None else []).append,
            resume=resume,
            **how,
        )

    def transcribe(
        self,
        fetched: Fetched,
        saved: list[Progress] | None = None,
        resume: Progress | None = None,
        run: Run | None = None,
        **how: Any,
    ) -> ShardResult:
        return transcribe(
            self.source,
            fetched,
            run=run or new_run(),
            generation="g",
            settings=self.settings,
            save=(saved if saved is not None else []).append,
            resume=resume,
            **how,
        )

    def night(self, slice: Slice = SLICE) -> Done:
        """A whole run."""
        run = new_run()
        fetched = [self.fetch(run=run, slice=slice, shard=shard) for shard in self.plan(slice)]
        return self.finish(slice, [self.transcribe(one, run=run) for one in fetched], run)


def read_from(shelf: Shelf, patch: pytest.MonkeyPatch) -> None:
    """Have the pipeline read this shelf, whatever the source."""
    for module in ("plan", "fetch"):
        patch.setattr(sys.modules[f"rightful.pipeline.{module}"], "connector_for", shelf)


def new_studio(
    settings: Settings, source_id: str, folder: Path, patch: pytest.MonkeyPatch, speech: str = "{model: tiny.en}"
) -> Studio:
    """An empty shelf in ``folder``; ``speech`` is the source's block."""
    shelf = Shelf(folder)
    read_from(shelf, patch)
    return Studio(shelf, written(folder, source_id, SOURCE.format(id=source_id, speech=speech)), settings)
