"""One side of the comparison in bench_rest; prints one JSON line. ``rest_side.py rightful|bare RECORDS FOLDER``"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import yaml

from demo.news import NEWS_API_KEY
from rightful.catalogue.models import Source
from rightful.model import Credentials, Run, Slice

SOURCE_FILE = Path(__file__).resolve().parents[2] / "include/demo/sources/demo_news.yaml"
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
NIGHT = Slice(start=MIDNIGHT - timedelta(days=1), end=MIDNIGHT)
CREDENTIALS = Credentials(password=NEWS_API_KEY)


def source_of() -> Source:
    """The demo's news agency at the benchmark's address, without a pace."""
    values = yaml.safe_load(SOURCE_FILE.read_text(encoding="utf-8"))
    values["fetch"]["base_url"] = os.environ["BENCH_PUBLISHER"]
    values["pace"] = {"requests_per_second": 1000, "max_connections": 1}
    return Source.model_validate(values)


def peak_mib() -> int:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def rightful() -> dict[str, Any]:
    """The whole path, plan to publish."""
    from rightful import pipeline
    from rightful.settings import get_settings

    source, settings, run = source_of(), get_settings(), Run(run_id=f"bench-{uuid4()}")
    stages: dict[str, float] = {}
    results = []
    for shard in pipeline.plan(source, NIGHT, settings=settings, credentials=CREDENTIALS):
        result = pipeline.acquire(
            source, shard, run=run, generation="bench", settings=settings, credentials=CREDENTIALS, save=lambda _: None
        )
        results.append(result)
        for stage, seconds in result.seconds.items():
            stages[stage] = stages.get(stage, 0) + seconds
    peaks = {"acquire": peak_mib()}
    begin = time.perf_counter()
    report = pipeline.audit(source, NIGHT, results, run=run, settings=settings)
    stages["audit"] = time.perf_counter() - begin
    peaks["audit"] = peak_mib()
    begin = time.perf_counter()
    pipeline.publish(source, NIGHT, str(report.manifest), run=run, settings=settings)
    stages["publish"] = time.perf_counter() - begin
    return {"records": report.fetched, "documents": report.documents, "stages": stages, "peaks_mib": peaks}


def bare(folder: Path) -> dict[str, Any]:
    """Fetch, decode, compute the text's columns, write Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from rightful.http.client import Client
    from rightful.text.batch import describe

    source = source_of()
    query = {"from": NIGHT.start.isoformat(), "to": NIGHT.end.isoformat(), "page-size": 100}
    kinds = {"n_chars": pa.int64(), "n_tokens": pa.int64(), "language_score": pa.float64()}
    names = ["id", "url", "title", "creators", "published", "version", "text", "content_sha256", "language", *kinds]
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    records, page, pages = 0, 0, 1
    rows: list[tuple[Any, ...]] = []
    with (
        Client(source, contact="bench@example.org", credentials=CREDENTIALS) as client,
        pq.ParquetWriter(folder / f"{uuid4()}.parquet", schema, compression="zstd") as writer,
    ):
        for section in source.shard.over.get("section", ("search",)):
            page, pages = 0, 1
            while page < pages:
                page += 1
                answer = msgspec.json.decode(client.get_json_bytes(f"v1/{section}", {**query, "page": page}))[
                    "response"
                ]
                pages = answer["pages"]
                found = answer["results"]
                records += len(found)
                described = describe([one["fields"]["body"] for one in found], ["text/html"] * len(found))
                rows += [
                    (
                        *(one["id"], one["webUrl"], one["webTitle"], one["fields"].get("byline")),
                        *(one["webPublicationDate"], one["fields"]["lastModified"], text.text, text.content_sha256),
                        *(text.language, text.n_chars, text.n_tokens, text.language_score),
                    )
                    for one, text in zip(found, described, strict=True)
                ]
                if len(rows) >= 10_000 or page == pages:
                    columns = [
                        pa.array(column, field.type)
                        for column, field in zip(zip(*rows, strict=True), schema, strict=True)
                    ]
                    writer.write_table(pa.Table.from_arrays(columns, schema=schema))
                    rows = []
    return {"records": records}


if __name__ == "__main__":
    began = time.perf_counter()
    outcome = rightful() if sys.argv[1] == "rightful" else bare(Path(sys.argv[3]))
    seconds = time.perf_counter() - began
    total = sum(outcome.get("stages", {}).values())
    outcome["stages"] = {
        stage: f"{share / total:.0%}" for stage, share in sorted(outcome.get("stages", {}).items(), key=lambda x: -x[1])
    }
    print(
        json.dumps(
            {
                "mode": sys.argv[1],
                **outcome,
                "seconds": round(seconds, 2),
                "records_per_second": outcome["records"] / seconds,
                "peak_mib": peak_mib(),
            }
        )
    )
