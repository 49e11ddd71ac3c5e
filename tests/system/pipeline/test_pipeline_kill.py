"""kill -9 of the process that acquires a shard, at any point: it goes on at its page, and the table holds the slice."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.system.pipeline.support import Nights, Site, new_run, night, renamed, worker

from demo import truth
from rightful.model import Progress
from rightful.settings import Settings

pytestmark = pytest.mark.system

PAGE = 20
SLICE = night(2, days=2)
WANTED = truth.expected("demo_open_news", SLICE)
OFFSETS = list(range(0, WANTED.total, PAGE))
"""What a run through asks for; a batch ends after every second page."""

KILLS: list[tuple[dict[str, Any], int]] = [
    ({"at": "page", "number": 1}, 0),
    ({"at": "page", "number": 4}, 2),
    ({"at": "after the cursor is saved", "number": 2}, 4),
    ({"at": "between the files", "number": 3}, 4),
    ({"at": "before the cursor is saved", "number": 0}, 6),
    ({"at": "after the return"}, len(OFFSETS)),
]
"""Where the process dies, and how many pages are done for good by then."""


@pytest.mark.parametrize(("where", "pages_done"), KILLS, ids=[" ".join(map(str, kill[0].values())) for kill in KILLS])
def test_a_shard_that_is_killed_goes_on_at_its_page_and_the_slice_is_whole(
    where: dict[str, Any], pages_done: int, site: Site, settings: Settings, source_id: str, tmp_path: Path
) -> None:
    path = site.demo_source("demo_open_news", tmp_path, source_id, **{"{limit: 100}": f"{{limit: {PAGE}}}"})
    file, run = tmp_path / "progress.json", new_run()
    process = worker(
        settings,
        do="shard",
        source=str(path),
        start=SLICE.start.isoformat(),
        end=SLICE.end.isoformat(),
        progress=str(file),
        run=run.run_id,
        die=where,
    )
    _, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, errors

    nights = Nights(path, settings)
    assert nights.ids() == []  # nothing of it is visible
    saved = msgspec.json.decode(file.read_bytes(), type=Progress) if file.exists() else None
    assert (saved is not None) == (pages_done > 0)

    asked = len(site.asked())
    (shard,) = nights.plan(SLICE)
    result = nights.acquire(shard, run, resume=saved)
    again = [int(params.get("offset", 0)) for path, params in site.asked(asked) if path.startswith("/news/open")]
    assert again == OFFSETS[pages_done:]
    nights.finish(SLICE, [result], run)

    assert nights.ids() == renamed(WANTED.allowed, "demo_open_news", source_id)
    assert len(nights.ledger(SLICE)) == WANTED.total
    nights.assert_balanced(SLICE)
    nights.assert_lawful()


def test_the_slice_is_long_enough_to_be_killed_in() -> None:
    assert len(OFFSETS) == 8
