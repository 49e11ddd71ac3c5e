"""What reading an archive costs, as ratios in one run: bare fastwarc with digests (a), the same plus the prefilter (b),
and ours with the prefilter, which also checks every length and check sum and places every fault.

``python -m tests.bench.bench_archive --megabytes 100 --rounds 3``, or ``make bench``. Core-seconds per gigabyte of
gzip; the readers take turns, the best of several rounds counts for each.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from tests.bench.archive_maker import make_archive

from rightful.archive import ArchiveCounts, ArchiveFault, read_archive
from rightful.licensing.page import speaks_of_licenses
from rightful.licensing.page.prefilter import by_pattern

MEGABYTES = 100


def bare(file: Path) -> int:
    """(a): every response's digest, and no page looked at."""
    whole = 0
    with file.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False):
            whole += record.verify_block_digest()
    return whole


def prefiltered(file: Path) -> int:
    """(b): the same, and the pages that may speak of a licence, by google-re2 alone."""
    passed = 0
    with file.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False):
            if record.verify_block_digest():
                passed += by_pattern(record.reader.read())
    return passed


def ours(file: Path) -> int:
    """The same pages, by our reader."""
    counts = ArchiveCounts()
    passed = 0
    with file.open("rb") as stream:
        for found in read_archive(
            stream,
            file.name,
            counts=counts,
            want=lambda kind, url: kind == "response",
            first_look=speaks_of_licenses,
        ):
            assert not isinstance(found, ArchiveFault), found
            passed += 1
    assert counts.complete
    return passed


def measure(file: Path, rounds: int) -> dict[str, float]:
    """Core-seconds per gigabyte of each reader, and how many pages the last two pass on."""
    readers: dict[str, Callable[[Path], int]] = {"a": bare, "b": prefiltered, "ours": ours}
    best = dict.fromkeys(readers, float("inf"))
    answers = {}
    for _ in range(rounds):
        for name, read in readers.items():
            begin = time.process_time()
            answers[name] = read(file)
            best[name] = min(best[name], time.process_time() - begin)
    assert answers["ours"] == answers["b"], "both pass on the same pages"
    gigabytes = file.stat().st_size / 1e9
    return {**{name: spent / gigabytes for name, spent in best.items()}, "passed": answers["ours"]}


def report(found: dict[str, float], file: Path) -> str:
    """The figures for people."""
    return (
        f"{file.stat().st_size / 1e6:,.0f} MB of gzip, {found['passed']:.0f} pages past the prefilter\n"
        f"(a) fastwarc with digests   {found['a']:6.1f} core-s/GB\n"
        f"(b) the same + prefilter    {found['b']:6.1f} core-s/GB\n"
        f"ours with the prefilter     {found['ours']:6.1f} core-s/GB = {found['ours'] / found['b']:.2f} × (b), "
        f"{found['ours'] - found['b']:.1f} more\n"
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB\n"
    )


@pytest.mark.bench
def test_archive_beside_bare_fastwarc(tmp_path: Path) -> None:
    """Prints the comparison; asserts that both readers pass on the same pages."""
    file = tmp_path / "pages.warc.gz"
    with file.open("wb") as out:
        make_archive(out, size=MEGABYTES * 1_000_000)
    print("\n" + report(measure(file, 3), file))


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=MEGABYTES)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--file", type=Path, help="measure on this archive instead of a generated one")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.file or Path(folder) / "pages.warc.gz"
        if given.file is None:
            with file.open("wb") as out:
                print(make_archive(out, size=given.megabytes * 1_000_000)._replace(licensed=(), traps={}))
        print(report(measure(file, given.rounds), file))


if __name__ == "__main__":
    main()
