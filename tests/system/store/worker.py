"""A process of its own that publishes slices, and may die on the way: ``worker.py JSON``.

``die_after`` names the step after which the process ends at once, without any clean-up, as by SIGKILL.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from tests.system.store.support import night, publish_words

from rightful.settings import Settings
from rightful.store import publish as module
from rightful.store.tables import Tables


def dying_after(step: str) -> None:
    original = getattr(module._Steps, step)

    def last(*arguments: Any, **more: Any) -> Any:
        original(*arguments, **more)
        os._exit(9)

    setattr(module._Steps, step, last)


def main() -> None:
    job = json.loads(sys.argv[1])
    if job.get("die_after"):
        dying_after(job["die_after"])
    tables = Tables(Settings())
    tables.corpus(job["source"])
    while time.time() < job.get("start_at", 0):  # so that the processes meet
        time.sleep(0.001)
    results = [
        publish_words(tables, job["source"], night(number), job["words"], job["run"], job.get("key")).published
        for number in job["nights"]
    ]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
