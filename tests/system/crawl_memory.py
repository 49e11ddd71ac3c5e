"""A process of its own: makes an archive of licensed pages, acquires it, and tells how much memory it had at most.

Arguments: a folder, the number of pages, bytes of each.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from tests.unit.connectors.crawls import BY, DAY, WORDS, Capture, archive, crawl, page, robots

from rightful.connectors.crawl import connector
from rightful.model import Run, Shard
from rightful.pipeline import acquire
from rightful.settings import Settings


def main() -> None:
    # Small steps, so that an archive need not be large to have many of them.
    connector.PAGE_BYTES = sys.modules["rightful.pipeline.acquire"].BATCH_BYTES = 2**20
    folder, pages, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    files = [f"{number}.warc.gz" for number in range(2)]
    for number, name in enumerate(files):
        with (folder / name).open("wb") as out:
            for place in range(pages // len(files)):
                out.write(archive(_site(number, place, size)))
    source = crawl(folder, fetch={"extract": "fast"})
    params = {"files": [{"file": name, "ranges": None} for name in files]}
    result = acquire(
        source,
        Shard(source=source.id, slice=DAY, id="all", params=params),
        run=Run(run_id="memory"),
        generation="g",
        settings=Settings(),
        credentials=None,
        save=lambda progress: None,
        dry_run=True,
    )
    print(json.dumps({"kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "counts": result.counts}))


def _site(file: int, number: int, size: int) -> list[Capture]:
    """A page on a host of its own, and what that host says to robots."""
    host = f"https://host-{file}-{number}.example"
    text = f"Note {file} {number}. {WORDS}"
    filled = f"{file} {number} {'x' * size}"
    lines = "".join(f"Disallow: /{line}\n" for line in range(20))
    return [
        Capture(f"{host}/", page(BY, text=text, head=f"<script>{filled}</script>")),
        robots(f"User-agent: *\n{lines}# {filled}\n", host),
    ]


if __name__ == "__main__":
    main()
