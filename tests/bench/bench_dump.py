"""Bulk files to records, beside unpacking and parsing alone, as ratios in one run on one core.

``python -m tests.bench.bench_dump [--records 30000] [--rounds 2] [--stream 10]``, or ``make bench``. Ours is kind
``dump`` from the file to records ready for the gate: unpacked, counted, each with its id, version, licence claims,
dates and checked address. Alone is what anybody needs: the usual unpacking, and the usual parser. ``--stream`` reads so
many gigabytes (unpacked) of one file and tells the memory at its beginning and at its end.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from lxml import etree
from tests.unit.connectors.dumps import MARCH, dump

from rightful.connectors.dump import DumpConnector
from rightful.connectors.files.objects import Objects
from rightful.model import Page, Record, Shard

RECORDS = 30_000
JSON_FIELDS = {"id": "id", "url": "url", "title": "title", "text": "text", "creators": "author", "published": "date"}
WIKI_FIELDS = {
    "id": "key",
    "version": "revision.id",
    "url": "url",
    "title": "title",
    "text": "revision.text",
    "media_type": "text/x-wiki",
    "creators": "revision.contributor.username",
    "published": "revision.timestamp",
}
_HEAD = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/"><siteinfo><sitename>W</sitename><dbname>w</dbname>'
    "<base>https://w.example/wiki/Main</base></siteinfo>"
)
_PAGE = (
    "<page><title>{title}</title><ns>0</ns><id>{id}</id>"
    "<revision><id>{id}</id><timestamp>2026-03-01T00:00:00Z</timestamp><contributor><username>U</username><id>1</id></contributor><model>wikitext</model><format>text/x-wiki</format>"
    '<text bytes="1" xml:space="preserve">{text}</text><sha1>x</sha1></revision></page>'
)


def make(folder: Path, records: int) -> None:
    """The same texts (50 to 900 words) as an export of MediaWiki and as lines of JSON."""
    rng = random.Random(1)
    words = ["".join(rng.choices("etaoinshrdlucmfwypvbgkjqxz", k=rng.randint(2, 10))) for _ in range(20_000)]
    texts = [" ".join(rng.choices(words, k=rng.randint(50, 900))) for _ in range(records)]
    same = {"license": "CC BY 4.0", "author": "A", "date": "2026-03-01T00:00:00Z"}
    rows = [{"id": n, "url": f"https://x.example/{n}", "text": text, **same} for n, text in enumerate(texts)]
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    (folder / "a.jsonl.zst").write_bytes(zstd.compress(lines))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines, 6))
    pages = "".join(_PAGE.format(id=n, title=text[:30], text=text) for n, text in enumerate(texts))
    (folder / "a.xml.bz2").write_bytes(bz2.compress(f"{_HEAD}{pages}</mediawiki>".encode()))


def lines_alone(file: Path, opener: Any) -> int:
    with opener(file) as stream:
        return sum(json.loads(line) is not None for line in stream)


def pages_alone(file: Path) -> int:
    number = 0
    with bz2.open(file) as stream:
        for _, page in etree.iterparse(stream, tag="{*}page"):
            number += page.findtext("{*}revision/{*}text") is not None
            page.clear()
            while page.getprevious() is not None:
                del page.getparent()[0]
    return number


def pages_of(folder: Path, name: str) -> Iterator[Page]:
    """Ours."""
    wiki = ".xml" in name
    statement = {"scope": "source", "statement": "https://creativecommons.org/licenses/by-sa/4.0/"}
    fetch = {"format": "mediawiki_xml", "fields": WIKI_FIELDS} if wiki else {"fields": JSON_FIELDS}
    source = dump(folder, fetch=fetch, **({"license": statement} if wiki else {}))
    shard = Shard(source=source.id, slice=MARCH, id="all", params={"files": [{"file": name}]})
    with DumpConnector(source, objects=Objects(source)) as connector:
        yield from connector.fetch(shard)


def ours(folder: Path, name: str) -> int:
    return sum(isinstance(record, Record) for page in pages_of(folder, name) for record in page.records)


def measure(folder: Path, records: int, rounds: int) -> dict[str, tuple[float, float]]:
    """By file: seconds of one core alone, and ours; the best of the rounds, in turns."""
    make(folder, records)
    alone: dict[str, Callable[[], int]] = {
        "a.xml.bz2": lambda: pages_alone(folder / "a.xml.bz2"),
        "a.jsonl.gz": lambda: lines_alone(folder / "a.jsonl.gz", gzip.open),
        "a.jsonl.zst": lambda: lines_alone(folder / "a.jsonl.zst", zstd.open),
    }
    found = {}
    for name, bare in alone.items():
        best = [float("inf"), float("inf")]
        for _ in range(rounds):
            for side, read in enumerate((bare, lambda name=name: ours(folder, name))):  # type: ignore[misc]
                begin = time.process_time()
                assert read() == records
                best[side] = min(best[side], time.process_time() - begin)
        found[name] = (best[0], best[1])
    return found


def report(found: dict[str, tuple[float, float]]) -> str:
    lines = [f"{'file':<12} {'alone':>7} {'ours':>7}  ratio"]
    lines += [f"{name:<12} {bare:7.2f} {own:7.2f}  {bare / own:.2f}" for name, (bare, own) in found.items()]
    return "\n".join(lines)


def stream(folder: Path, gigabytes: float) -> str:
    """Memory while one long file is read."""
    row = {"id": "x", "url": "https://x.example/", "text": "word " * 2_000, "license": "CC0"}
    line = json.dumps(row).encode() + b"\n"
    frame = zstd.compress(line * 10_000)
    size = len(line) * 10_000
    with (folder / "long.jsonl.zst").open("wb") as out:
        for _ in range(round(gigabytes * 1e9 / size)):
            out.write(frame)
    first = records = 0
    for page in pages_of(folder, "long.jsonl.zst"):
        records += len(page.records)
        first = first or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    last = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = records * len(line) / 1e9
    return f"{told:.1f} GB, {records:,} records: {first / 1024:.0f} MiB after one step, {last / 1024:.0f} MiB at most"


@pytest.mark.bench
def test_dump(tmp_path: Path) -> None:
    """Prints the ratios; asserts none of them."""
    print(f"\n{report(measure(tmp_path, RECORDS, 2))}\n{stream(tmp_path, 1)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--stream", type=float, default=0.0, help="gigabytes")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.stream:
            print(stream(Path(folder), chosen.stream))
        else:
            print(report(measure(Path(folder), chosen.records, chosen.rounds)))


if __name__ == "__main__":
    main()
