"""A crawl as a DAG: the snapshot of a night, and one that somebody picks by its id."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tests.dags.runs import Source, run_dag, states
from tests.dags.support import ROOT

from demo.publisher import Publisher
from demo.truth import expected
from rightful.model import Slice

DONE = {name: ["success"] for name in ("plan", "acquire", "audit", "publish")}


def test_a_night_of_a_crawl_and_a_snapshot_picked_by_its_id(source: Source, tmp_path: Path) -> None:
    day = datetime.combine(datetime.now(UTC) - timedelta(days=3), time(0), UTC)
    log = tmp_path / "requests.jsonl"
    with Publisher(port=0, log=log, calm=True) as publisher:
        text = (ROOT / "include/demo/sources/demo_crawl.yaml").read_text("utf-8")
        text = text.replace("http://127.0.0.1:8098", publisher.address)
        (source.folder / "demo_crawl.yaml").write_text(text, encoding="utf-8")

        def run(logical_date: datetime, **conf: Any) -> Any:
            return run_dag("acquire__demo_crawl", logical_date=logical_date, run_conf=conf or None)

        def wanted(first: datetime) -> set[str]:
            return expected("demo_crawl", Slice(start=first, end=first + timedelta(days=1))).allowed

        night = run(day + timedelta(days=1))
        assert (str(night.state), states(night)) == ("success", DONE)
        rows = {row["id"]: row for row in source.table("corpus.demo_crawl")}
        assert set(rows) == wanted(day)
        assert {row["archive_file"] for row in rows.values()} == {
            f"crawl-data/DEMO-{day:%Y-%m-%d}/{number:05d}.warc.gz" for number in range(2)
        }
        slices = source.table("ledger.slices")
        [said] = [dict(row["reasons"]) for row in slices if row["source"] == "demo_crawl"]
        assert said["passed_over:no_licence"] == 45

        # A day later, but with the snapshot of three weeks before.
        before = day - timedelta(days=21)
        picked = run(day + timedelta(days=2), snapshot=f"DEMO-{before:%Y-%m-%d}")
        assert states(picked) == DONE
        assert {row["id"] for row in source.table("corpus.demo_crawl")} == wanted(day) | wanted(before)
    asked = [json.loads(line)["path"] for line in log.read_text("utf-8").splitlines()]
    assert len([path for path in asked if path.endswith(".warc.gz")]) == 4
