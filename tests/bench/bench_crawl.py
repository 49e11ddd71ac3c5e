"""A crawl from archives to rows, beside bare readers and what others use, in one run: core-seconds a gigabyte of gzip.

``python -m tests.bench.bench_crawl [--megabytes 500] [--rounds 1] [--leading 20] [--sides a,b,ours]``, or
``make bench``. Ours is the pipeline: archive → length and digest → prefilter → licence of the page → opt-outs → gate →
main text → language → rows in Parquet on S3, audit and commit included. Beside it, on the same pages:

(a) bare fastwarc that checks digests; (b) the same, and the prefilter by re2: the limit of whoever looks at all pages;
(c) datatrove: its WARC reader, trafilatura, Parquet, by their defaults (on the beginning of the archive: it is slow);
(d) warcio and Dolma's ``cc_re`` tagger, which writes nothing; as warcio is by default, and with digests checked.

Each side runs in a process of its own on one core; all processes that it starts count, the object store doesn't. The
archive is generated (``--real``: of saved real pages, with the same things put in): 1 % of the pages licensed at page
level, 1 % with a Creative Commons link that gives nobody their text (``archive_traps``). (c) and (d) have an
environment of their own below the state folder, made when it is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT, ROOT / "include"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from tests.bench.archive_maker import Made, make_archive, pages  # noqa: E402
from tests.bench.real_pages import pages as real_pages  # noqa: E402

from embedded.weed import Weed, WeedPorts  # noqa: E402

MEGABYTES, LEADING, WARM = 500, 20, 2
ROUNDS = 1
LICENSED = TRAPS = 0.01
SNAPSHOT_FILES, FILE_GIGABYTES = 100_000, 0.9
"""A snapshot of Common Crawl in 2025: about so many archives of about this size, 90 TB."""

NAMES = {
    "a": "(a) fastwarc with digests",
    "b": "(b) the same + re2 prefilter",
    "ours": "ours",
    "fast": "ours, extract: fast",
    "thorough": "ours, extract: thorough",
    "c": "(c) datatrove, trafilatura",
    "d": "(d) warcio, Dolma's cc_re",
    "d+": "(d) the same with digests",
}
OURS = ("ours", "fast", "thorough")
PEER_SIDES = ("c", "d", "d+")
PEERS = Path(os.environ.get("RIGHTFUL_STATE_DIR") or ROOT / ".rightful") / "bench-peers"
PACKAGES = (
    # Its trafilatura (below 1.12) can't be imported without lxml_html_clean beside a new lxml.
    ["datatrove[io,processing]==0.10.1", "lxml_html_clean", "warcio==1.8.1", "msgspec", "psutil"],
    # Its requirements contradict datatrove's (numpy below 2), and are those of taggers that aren't used here.
    ["--no-deps", "dolma==1.2.1"],
)
SAMPLE_SECONDS = 0.2


class Archive(NamedTuple):
    """A generated archive, alone in its folder."""

    file: Path
    made: Made

    @property
    def gigabytes(self) -> float:
        return self.made.bytes / 1e9


def archive(
    folder: Path,
    megabytes: float,
    seed: int = 1,
    licensed: float = LICENSED,
    *,
    traps: float = TRAPS,
    real: bool = False,
    pressed: float = 0.0,
) -> Archive:
    """Made now, and dated yesterday. The smaller is the beginning of the larger. ``pressed`` is for real pages."""
    place = folder / f"{megabytes:g}-{seed}"
    place.mkdir()
    file = place / "pages.warc.gz"
    with file.open("wb") as out:
        source = partial(real_pages, pressed=pressed) if real else pages
        made = make_archive(out, size=int(megabytes * 1e6), seed=seed, licensed=licensed, traps=traps, source=source)
    yesterday = time.time() - 86_400
    os.utime(file, (yesterday, yesterday))
    return Archive(file, made)


def peers() -> Path:
    """The interpreter of the peers' environment, which is made when it is missing or another one."""
    stamp, wanted = PEERS / "packages.json", json.dumps(PACKAGES)
    python = PEERS / "bin/python"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"→ installing datatrove, warcio and dolma into {PEERS}", flush=True)
        venv.create(PEERS, with_pip=True, clear=True)
        for packages in PACKAGES:
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


class Bench:
    """An object store, a small archive to warm up on, and one to be measured."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.weed = folder, Weed(folder / "store", WeedPorts.free())

    def __enter__(self) -> Bench:
        self.warm = archive(self.folder, WARM, seed=2, licensed=0.2)  # so that extractors and models start, too
        self.weed.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.weed.stop()

    def measure(self, side: str, given: Archive) -> dict[str, Any]:
        """One side in a process of its own, with its peak memory as seen from outside."""
        python = peers() if side in PEER_SIDES else Path(sys.executable)
        out = Path(tempfile.mkdtemp(prefix=f"{side}-", dir=self.folder))
        cpu = max(os.sched_getaffinity(0))
        job = {"side": side, "cpu": cpu, "warm": str(self.warm.file), "file": str(given.file), "out": str(out)}
        environment = {**os.environ, **self.weed.environment(), "RIGHTFUL_CONTACT": "bench@example.org"}
        environment.pop("PYTHONPATH", None)
        with (out / "stdout").open("wb") as told, (out / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                [str(python), str(ROOT / "tests/bench/crawl_side.py"), json.dumps(job)],
                cwd=out,
                env=environment,
                stdout=told,
                stderr=errors,
            )
            peak = watched(process)
        if process.returncode:
            raise RuntimeError(f"{side} failed:\n{(out / 'stderr').read_text(errors='replace')[-4000:]}")
        found: dict[str, Any] = json.loads((out / "stdout").read_text(encoding="utf-8").splitlines()[-1])
        kept = set(json.loads((out / "kept.json").read_text(encoding="utf-8")))
        return {**found, **judged(kept, given), "per_gb": cost(found, given), "peak_mib": peak}


def watched(process: subprocess.Popen[bytes]) -> float:
    """Waits for ``process``; the most memory it and its children held together, in MiB (PSS: what they share, once)."""
    peak = 0
    while process.poll() is None:
        held = 0
        try:
            root = psutil.Process(process.pid)
            for one in (root, *root.children(recursive=True)):
                held += one.memory_full_info().pss
        except psutil.Error:
            pass  # one of them ended just now; the next look finds the others
        peak = max(peak, held)
        time.sleep(SAMPLE_SECONDS)
    return peak / 2**20


def cost(found: dict[str, Any], given: Archive) -> float:
    """Core-seconds per gigabyte of gzip, without the cold start."""
    return float(found["own"] + found["children"]) / given.gigabytes


def judged(kept: set[str], given: Archive) -> dict[str, Any]:
    """What of ``kept`` may be kept: pages whose own text is openly licensed, and no other."""
    unsafe = kept.difference(given.made.licensed)
    return {
        "kept": len(kept),
        "missed": len(set(given.made.licensed) - kept),
        "unsafe": len(unsafe),
        "traps": dict(Counter(given.made.traps[url] for url in unsafe if url in given.made.traps)),
    }


def compare(megabytes: int, leading: int, small: int, rounds: int, sides: Sequence[str], **kind: Any) -> dict[str, Any]:
    """All sides in turns; the best round counts for each. ``small`` is another size of archive, for ours' memory;
    ``kind`` goes to :func:`archive`."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, Bench(Path(folder)) as bench:
        whole = archive(bench.folder, megabytes, **kind)
        first = archive(bench.folder, leading, **kind) if leading < megabytes else whole
        for number in range(rounds):
            for side in sides:
                if side == "c" and number:
                    continue
                given = first if side == "c" else whole
                new = bench.measure(side, given)
                if "open" in new:
                    new["open_unsafe"] = judged(set(new.pop("open")), given)["unsafe"]
                found[side] = min((new, found.get(side, new)), key=lambda one: one["per_gb"])
                print(f"{NAMES[side]}: {new['per_gb']:,.1f} core-s/GB", file=sys.stderr, flush=True)
        peaks = {"ours": {megabytes: found["ours"]["peak_mib"]}} if "ours" in found else {}
        if peaks and small < megabytes:
            peaks["ours"][small] = bench.measure("ours", archive(bench.folder, small, **kind))["peak_mib"]
    return {"whole": whole.made, "first": first.made, "sides": found, "peaks": peaks}


def report(result: dict[str, Any], files: int, gigabytes: float) -> str:
    """The figures for people."""
    made, first, sides = result["whole"], result["first"], result["sides"]
    lines = [
        f"{made.bytes / 1e6:,.0f} MB of gzip, {made.pages:,} pages",
        f"(c) reads only its beginning: {first.bytes / 1e6:,.0f} MB, {first.pages:,} pages",
        f"{len(made.licensed):,} of them licensed, {len(made.traps):,} with a link that licenses something else",
        f"{'':28} core-s/GB  cold, s  kept  missed  unsafe  peak MiB",
    ]
    for side, one in sides.items():
        kept = ("–",) * 3 if side in "ab" else (one["kept"], one["missed"], one["unsafe"])
        lines.append(
            f"{NAMES[side]:28} {one['per_gb']:9,.1f} {one['cold']:8.1f} {kept[0]:>5} {kept[1]:>7} {kept[2]:>7}"
            f" {one['peak_mib']:9,.0f}"
        )
    for side, one in sides.items():
        if one["traps"]:
            told = ", ".join(f"{number} × {kind}" for kind, number in sorted(one["traps"].items()))
            lines.append(f"{NAMES[side]} keeps {told}")
        if "open_unsafe" in one:
            lines.append(f"  of its unsafe pages {one['open_unsafe']} have an open licence as their best tag")
    for name, over, under in (
        ("ours / (b)", "ours", "b"),
        ("ours, extract: fast / (b)", "fast", "b"),
        ("ours, extract: thorough / (b)", "thorough", "b"),
        ("(c) / ours", "c", "ours"),
        ("(d) / ours", "d", "ours"),
        ("(d) with digests / ours", "d+", "ours"),
    ):
        if over in sides and under in sides:
            lines.append(f"{name:29} {sides[over]['per_gb'] / sides[under]['per_gb']:8.2f}")
    for side in OURS:
        if side in sides:
            one = sides[side]
            stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in one["stages"].items())
            lines.append(f"{NAMES[side]}: {one['own']:.1f} core-s of its own, {one['children']:.1f} of the extractor's")
            lines.append(f"  wall {one['wall']:.1f} s: {stages}")
            lines.append(f"  {', '.join(f'{reason} {number:,}' for reason, number in one['reasons'].items())}")
    for side, peaks in result["peaks"].items():
        told = ", ".join(f"{peak:,.0f} MiB at {size:,} MB" for size, peak in sorted(peaks.items()))
        lines.append(f"{NAMES[side]}: peak memory with its children {told}")
    lines.append(f"a snapshot of {files:,} archives of {gigabytes:g} GB:")
    for side, one in sides.items():
        lines.append(f"  {NAMES[side]:28} {one['per_gb'] * files * gigabytes / 3600:9,.0f} core-hours")
    return "\n".join(lines)


def check(result: dict[str, Any]) -> None:
    """What does not depend on the machine: ours keeps every page that is licensed, and no other."""
    for side in OURS:
        if side in result["sides"]:
            one = result["sides"][side]
            # Of real pages the same one may stand in the archive twice: then its text is a duplicate of the first.
            duplicates = one["reasons"].get("duplicate:duplicate", 0)
            assert (one["missed"], one["unsafe"]) == (duplicates, 0), one
            assert one["kept"] + duplicates == len(result["whole"].licensed)
    if "b" in result["sides"]:
        assert result["sides"]["b"]["passed"] >= len(result["whole"].licensed)


@pytest.mark.bench
def test_crawl_beside_bare_readers_and_others() -> None:
    """Prints the comparison; asserts that ours keeps every licensed page and no other."""
    result = compare(MEGABYTES, LEADING, MEGABYTES // 5, ROUNDS, list(NAMES))
    print("\n" + report(result, SNAPSHOT_FILES, FILE_GIGABYTES))
    check(result)


def main() -> None:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--megabytes", type=int, default=MEGABYTES)
    options.add_argument("--leading", type=int, default=LEADING, help="megabytes for (c)")
    options.add_argument("--small", type=int, help="megabytes of ours' other archive, for memory; default: a fifth")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="the best counts; (c) has one")
    options.add_argument("--sides", default=",".join(NAMES))
    options.add_argument("--snapshot-files", type=int, default=SNAPSHOT_FILES)
    options.add_argument("--file-gigabytes", type=float, default=FILE_GIGABYTES)
    options.add_argument("--traps", type=float, default=TRAPS, help="share of pages that only seem to be licensed")
    options.add_argument("--real", action="store_true", help="of the saved real pages, not of generated ones")
    options.add_argument("--pressed", type=float, default=0.0, help="of these, those that gzip makes so often smaller")
    given = options.parse_args()
    small = given.small if given.small is not None else given.megabytes // 5
    kind = {"traps": given.traps, "real": given.real, "pressed": given.pressed}
    result = compare(given.megabytes, given.leading, small, given.rounds, given.sides.split(","), **kind)
    print(report(result, given.snapshot_files, given.file_gigabytes))
    check(result)


if __name__ == "__main__":
    main()
