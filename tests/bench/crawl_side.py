"""One side of ``bench_crawl.py`` in a process of its own, on one core: reads an archive, says what it cost and kept.

``crawl_side.py '{"side": "ours", "cpu": 1, "warm": "…/small.warc.gz", "file": "…/pages.warc.gz", "out": "…/"}'``.
Each side first works on a small archive: imports, connections and models are the cold start, which a worker pays once
and not for each archive. The peers run in an environment of their own, so nothing of this project is imported for them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import sys
import time
import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

ROOT = Path(__file__).resolve().parents[2]

Answer = dict[str, Any]
"""``kept``: gives the addresses of what was kept, called after the measured time; and whatever else is to be told."""
Work = Callable[[Path, Path], Answer]
"""Takes an archive, and an empty folder to write to."""


def ours(extract: str) -> Callable[[], Work]:
    """The pipeline from plan to publish, on the real store; every archive as a source of its own."""

    def load() -> Work:
        from rightful import pipeline
        from rightful.catalogue.models import Source
        from rightful.model import Run, Slice
        from rightful.settings import get_settings
        from rightful.store.tables import Tables

        settings, tables = get_settings(), Tables(get_settings())

        def work(file: Path, out: Path) -> Answer:
            del out
            source, run = Source.model_validate(source_of(file, extract)), Run(run_id=f"bench-{uuid4()}")
            # An archive belongs to the slice in which its file was last changed.
            changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            day = changed.replace(hour=0, minute=0, second=0, microsecond=0)
            slice = Slice(start=day, end=day + timedelta(days=1))
            stages: dict[str, float] = {}
            results = []

            def timed(stage: str, begin: float) -> None:
                stages[stage] = stages.get(stage, 0.0) + time.perf_counter() - begin

            begin = time.perf_counter()
            shards = pipeline.plan(source, slice, settings=settings, credentials=None)
            timed("plan", begin)
            for shard in shards:
                result = pipeline.acquire(
                    source, shard, run=run, generation="b", settings=settings, credentials=None, save=lambda _: None
                )
                results.append(result)
                for stage, seconds in result.seconds.items():
                    stages[stage] = stages.get(stage, 0.0) + seconds
            begin = time.perf_counter()
            report = pipeline.audit(source, slice, results, run=run, settings=settings)
            timed("audit", begin)
            begin = time.perf_counter()
            pipeline.publish(source, slice, str(report.manifest), run=run, settings=settings)
            timed("publish", begin)

            def kept() -> list[str]:
                table = tables.existing("corpus", source.id)
                return [] if table is None else table.scan(selected_fields=("source_url",)).to_arrow()[0].to_pylist()

            reasons: dict[str, int] = {}
            for result in results:
                for reason, number in {**result.reasons, **result.passed_over}.items():
                    reasons[reason] = reasons.get(reason, 0) + number
            return {"kept": kept, "stages": stages, "reasons": reasons}

        return work

    return load


def source_of(file: Path, extract: str) -> dict[str, Any]:
    """A crawl of one's own in the folder of ``file``; its pages tell their licence."""
    return {
        "id": f"bench_{uuid4().hex[:12]}",
        "title": "A generated crawl",
        "kind": "crawl",
        "channel": "crawl",
        "owner": "bench@example.org",
        "homepage": "https://example.org",
        "start_date": "2026-01-01",
        "license": {"scope": "record", "claims": [{"from": "page", "strength": "page_metadata"}]},
        "fetch": {"base_url": f"file://{file.parent}/", "mode": "scan", "start_within": 0, "extract": extract},
    }


def read_only(prefilter: bool) -> Callable[[], Work]:
    """(a) and (b), as ``bench_archive`` has them; pages that pass the prefilter are not kept, they are candidates."""

    def load() -> Work:
        from tests.bench.bench_archive import bare, prefiltered

        def work(file: Path, out: Path) -> Answer:
            del out
            return {"kept": list, "passed": (prefiltered if prefilter else bare)(file)}

        return work

    return load


def datatrove() -> Work:
    """(c): its reader, extractor and writer with their default options; a child with a time limit extracts, as ours."""
    import pyarrow.parquet as pq
    import trafilatura  # noqa: F401  # the child is forked: it has what is imported here
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader
    from datatrove.pipeline.writers import ParquetWriter

    def work(file: Path, out: Path) -> Answer:
        steps = [
            WarcReader(str(file.parent), glob_pattern=file.name),
            Trafilatura(),
            ParquetWriter(str(out / "rows")),
        ]
        LocalPipelineExecutor(steps, tasks=1, workers=1, logging_dir=str(out / "logs")).run()

        def kept() -> list[str]:
            found: list[str] = []
            for part in sorted((out / "rows").glob("*.parquet")):
                found += [row["url"] for row in pq.read_table(part, columns=["metadata"])[0].to_pylist()]
            return found

        return {"kept": kept}

    return work


def dolma(digests: bool) -> Callable[[], Work]:
    """(d): warcio and Dolma's published tagger; no text, no files.

    What it tags counts as kept; ``open`` are those whose tag with the highest score (the first) is BY, BY-SA or public
    domain, which is the most that can be had of it.
    """

    def load() -> Work:
        from warcio.archiveiterator import ArchiveIterator

        # The package is installed without what its other taggers need (fastText, BlingFire, an s3fs of 2023); its
        # `__init__` imports all of them, so it is passed over.
        spec = importlib.util.find_spec("dolma")
        assert spec is not None
        assert spec.origin is not None
        for name in ("dolma", "dolma.core", "dolma.taggers"):
            module = types.ModuleType(name)
            module.__path__ = [str(Path(spec.origin).parents[1] / name.replace(".", "/"))]
            sys.modules[name] = module
        from dolma.core.data_types import DocumentWithMetadata
        from dolma.taggers.licenses import CreativeCommonsRegexLicenseExtractor

        tagger = CreativeCommonsRegexLicenseExtractor()

        def work(file: Path, out: Path) -> Answer:
            del out
            tagged: dict[str, str] = {}
            with file.open("rb") as stream:
                for record in ArchiveIterator(stream, check_digests="raise" if digests else False):
                    if record.rec_type != "response":
                        continue
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    html = record.content_stream().read().decode("utf-8", "replace")
                    document = DocumentWithMetadata(source="bench", id=url, text="", metadata={"html": html})
                    if spans := tagger.predict(document).spans:
                        tagged[url] = max(spans, key=lambda span: span.score).type
            open_tags = [url for url, tag in tagged.items() if "-nc" not in tag and "-nd" not in tag]
            return {"kept": lambda: list(tagged), "open": open_tags}

        return work

    return load


SIDES: dict[str, Callable[[], Work]] = {
    "a": read_only(prefilter=False),
    "b": read_only(prefilter=True),
    "ours": ours("default"),
    "fast": ours("fast"),
    "thorough": ours("thorough"),
    "c": datatrove,
    "d": dolma(digests=False),
    "d+": dolma(digests=True),
}


def cpu_seconds() -> tuple[float, float]:
    """User and system time of this process, and of all it ever started: ended and waited for, or running still."""
    mine, ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    children = ended.ru_utime + ended.ru_stime
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:  # ended just now; its own parent waits for it, and counts it from then on
            continue
        children += times.user + times.system + times.children_user + times.children_system
    return mine.ru_utime + mine.ru_stime, children


def main(job: dict[str, Any]) -> Answer:
    """CPU and wall seconds after the cold start, and what the side tells; ``kept`` goes to a file."""
    os.sched_setaffinity(0, {job["cpu"]})  # before any import: libraries start as many threads as there are cores
    out = Path(job["out"])
    work = SIDES[job["side"]]()
    (out / "warm").mkdir(parents=True)
    work(Path(job["warm"]), out / "warm")
    cold = cpu_seconds()
    began = time.monotonic()
    (out / "rows").mkdir()
    answer = work(Path(job["file"]), out)
    own, children = (after - before for after, before in zip(cpu_seconds(), cold, strict=True))
    wall = time.monotonic() - began
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    (out / "kept.json").write_text(json.dumps(answer.pop("kept")()), encoding="utf-8")
    return {"cold": sum(cold), "own": own, "children": children, "wall": wall, "maxrss_mib": peak, **answer}


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "include"), str(ROOT)]
    print(json.dumps(main(json.loads(sys.argv[1]))))
