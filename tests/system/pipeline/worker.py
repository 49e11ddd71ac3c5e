"""A process of its own that works on a slice, and may be killed on the way; its argument is a job in JSON.

``do: slice`` runs a whole slice and waits for the others before it publishes. ``do: shard`` acquires the slice's only
shard, keeps its progress in a file as Airflow keeps it in the task's state, and dies by SIGKILL where ``die`` says.
``do: rerule`` rules on a published slice again and dies before it publishes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from tests.system.pipeline.support import Nights

from rightful.connectors.base import connector_for
from rightful.model import JSON, Page, Progress, Run, Shard, Slice
from rightful.pipeline import acquire, audit, plan, publish
from rightful.settings import Settings
from rightful.store.write import DataFileWriter

LOOP = sys.modules["rightful.pipeline.acquire"]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    job = json.loads(sys.argv[1])
    # Many small batches, with a checkpoint after each.
    LOOP.BATCH_RECORDS, LOOP.FIRST_CHECKPOINT_SECONDS, LOOP.CHECKPOINT_SHARE = 30, 0.0, 0.0
    LOOP.LONGEST_BATCH_SECONDS = job.get("batch_seconds", LOOP.LONGEST_BATCH_SECONDS)
    if "page_records" in job:
        from rightful.connectors.crawl import connector

        connector.PAGE_RECORDS = job["page_records"]
    nights = Nights(Path(job["source"]), Settings())
    slice = Slice(start=datetime.fromisoformat(job["start"]), end=datetime.fromisoformat(job["end"]))
    {"slice": whole_slice, "shard": one_shard, "rerule": ruled_again}[job["do"]](nights, slice, job)


def whole_slice(nights: Nights, slice: Slice, job: dict[str, Any]) -> None:
    run = Run(run_id=job["run"])
    results = [nights.acquire(shard, run) for shard in nights.plan(slice)]
    report = audit(nights.source, slice, results, run=run, settings=nights.settings)
    assert report.manifest is not None
    meet(Path(job["meet"]), job["run"], job["others"])
    done = publish(nights.source, slice, report.manifest, run=run, settings=nights.settings)
    print(json.dumps({"published": done.published, "note": done.note, "documents": done.documents}))


def ruled_again(nights: Nights, slice: Slice, job: dict[str, Any]) -> None:
    """Everything of ruling again but the publication."""
    from rightful.pipeline.rerule import reread

    run = Run(run_id=job["run"])
    again = reread(nights.source, slice, run=run, settings=nights.settings)
    assert again is not None
    report = audit(nights.source, slice, [again.result], run=run, settings=nights.settings, replaces=again.replaces)
    assert report.manifest is not None
    print("audited", flush=True)
    die()


def meet(folder: Path, name: str, others: list[str]) -> None:
    """Wait until all are here."""
    (folder / name).touch()
    end = time.monotonic() + 120
    while not all((folder / other).exists() for other in others):
        assert time.monotonic() < end, "the others never came"
        time.sleep(0.002)


def one_shard(nights: Nights, slice: Slice, job: dict[str, Any]) -> None:
    file = Path(job["progress"])
    (shard,) = plan(nights.source, slice, settings=nights.settings, credentials=None)
    save, step = saver(file), job["die"]
    if step["at"] == "page":
        LOOP.connector_for = dying_connector(step["number"])
    elif step["at"] == "between the files":
        dying_between_the_files(step["number"])
    elif step["at"] == "before the cursor is saved":
        save = dying_save(save, step["number"], after=False)
    elif step["at"] == "after the cursor is saved":
        save = dying_save(save, step["number"], after=True)
    acquire(
        nights.source,
        shard,
        run=Run(run_id=job["run"], try_number=1),
        generation="g",
        settings=nights.settings,
        credentials=None,
        save=save,
    )
    if step["at"] == "after the return":
        die()


def saver(file: Path) -> Callable[[Progress], None]:
    def save(progress: Progress) -> None:
        new = file.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(progress))
        new.replace(file)

    return save


def dying_save(save: Callable[[Progress], None], number: int, *, after: bool) -> Callable[[Progress], None]:
    """The ``number``-th saving (0: the last one, when the shard is complete) is the end of this process."""
    count = 0

    def dying(progress: Progress) -> None:
        nonlocal count
        count += 1
        now = progress.complete if number == 0 else count == number
        if now and not after:
            die()
        save(progress)
        if now:
            die()

    return dying


def dying_connector(number: int) -> Callable[..., Any]:
    """The process ends when the ``number``-th page has come and before anything was done with it."""

    def made(*args: Any, **more: Any) -> Any:
        connector = connector_for(*args, **more)
        fetch = connector.fetch

        def dying(shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
            for count, page in enumerate(fetch(shard, cursor), 1):
                if count == number:
                    die()
                yield page

        connector.fetch = dying  # type: ignore[method-assign]
        return connector

    return made


def dying_between_the_files(number: int) -> None:
    """At checkpoint ``number`` the documents are written, their rulings not yet."""
    finish, count = DataFileWriter.finish, 0

    def dying(self: DataFileWriter) -> Any:
        nonlocal count
        count += 1
        if count == 2 * number:
            die()
        return finish(self)

    DataFileWriter.finish = dying  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
