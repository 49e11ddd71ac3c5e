"""A process that transcribes what waits of a shard and dies by SIGKILL when it has kept the first clips of a recording.

Its argument is a job in JSON: the source file, where the fetched shard stands, and where to keep the progress.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import msgspec
from tests.system.pipeline.support import Nights
from tests.system.pipeline.worker import saver

from rightful.model import Fetched, Run
from rightful.pipeline import transcribe
from rightful.pipeline.heard import StoredClips
from rightful.settings import Settings
from rightful.speech import transcribe as _  # noqa: F401 - so that its module is there

HEARING = sys.modules["rightful.speech.transcribe"]


def main() -> None:
    job = json.loads(sys.argv[1])
    HEARING.SAVE_SECONDS, HEARING.BATCHES_A_STEP = 0.0, 1  # type: ignore[attr-defined]
    save, saved = StoredClips.save, 0

    def dying(self: StoredClips, key: str, part: int, blob: bytes) -> None:
        nonlocal saved
        save(self, key, part, blob)
        saved += 1
        if saved == job["die_after"]:
            os.kill(os.getpid(), signal.SIGKILL)

    StoredClips.save = dying  # type: ignore[method-assign]
    nights = Nights(Path(job["source"]), Settings())
    transcribe(
        nights.source,
        msgspec.convert(job["fetched"], Fetched),
        run=Run(run_id=job["run"]),
        generation="g",
        settings=nights.settings,
        save=saver(Path(job["progress"])),
    )


if __name__ == "__main__":
    main()
