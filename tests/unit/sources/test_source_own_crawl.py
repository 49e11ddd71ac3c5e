"""Source ``own_crawl``: archives that came into a bucket in the slice. No network is used."""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.connectors.crawls import BY, DAY, Capture, archive, page, robots
from tests.unit.sources.crawl_replay import in_folder, rulings
from tests.unit.sources.replay import source_of

HOST = "https://islands.example"


def test_archives_are_taken_on_the_day_they_came(tmp_path: Path) -> None:
    assert not source_of("own_crawl").enabled
    pages = [
        robots("User-agent: *\nDisallow: /private/\n"),
        Capture(f"{HOST}/a", page(BY)),
        Capture(f"{HOST}/private/b", page(BY)),
        Capture(f"{HOST}/c", page("https://creativecommons.org/licenses/by-nd/4.0/", text="Прилив высок. " * 30)),
    ]
    for name, day in (("a.warc.gz", 0), ("later.warc.gz", 3)):
        (tmp_path / name).write_bytes(archive(pages))
        os.utime(tmp_path / name, (DAY.start.timestamp() + day * 86_400 + 60,) * 2)
    assert rulings(in_folder("own_crawl", tmp_path), DAY) == [
        (f"{HOST}/a", "allow", "allowed", "CC-BY-4.0"),
        (f"{HOST}/private/b", "deny", "robots", "CC-BY-4.0"),
        (f"{HOST}/c", "deny", "nd", "CC-BY-ND-4.0"),
    ]
