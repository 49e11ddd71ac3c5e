"""The small parts of the Airflow layer: slices, pools, priority, progress, docs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.dags.support import source_dict, source_yaml

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.model import DataFile, Progress, Shard, ShardResult, Slice

DAY = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 5, tzinfo=UTC)
SHARD = Shard(source="s", slice=Slice(start=DAY, end=DAY + timedelta(days=1)), id="all")


def context(start: datetime | None, end: datetime | None, logical: datetime | None) -> dict[str, Any]:
    return {"data_interval_start": start, "data_interval_end": end, "logical_date": logical}


class TestSlice:
    def test_a_scheduled_run_acquires_its_interval(self) -> None:
        from rightful_airflow.slices import slice_of

        assert slice_of(context(DAY, DAY + timedelta(days=1), DAY), source_id="s", now=NOW) == SHARD.slice

    def test_a_run_triggered_now_acquires_the_last_interval(self) -> None:
        from rightful_airflow.slices import slice_of

        found = slice_of(context(DAY, DAY + timedelta(days=1), DAY + timedelta(hours=30)), source_id="s", now=NOW)
        assert found == SHARD.slice

    def test_a_run_without_interval_is_refused_with_a_remedy(self) -> None:
        from rightful_airflow.slices import slice_of

        with pytest.raises(ConfigurationError, match=r"no slice.*airflow backfill create --dag-id acquire__s"):
            slice_of({}, source_id="s", now=NOW)

    @pytest.mark.parametrize("logical", [DAY - timedelta(days=9), DAY + timedelta(hours=1)])
    def test_an_interval_that_the_logical_date_does_not_mean_is_refused(self, logical: datetime) -> None:
        from rightful_airflow.slices import slice_of

        with pytest.raises(ConfigurationError, match="outside the slice"):
            slice_of(context(DAY, DAY + timedelta(days=1), logical), source_id="s", now=NOW)

    def test_a_slice_that_has_not_ended_is_refused(self) -> None:
        from rightful_airflow.slices import slice_of

        with pytest.raises(ConfigurationError, match="not ended yet"):
            slice_of(context(DAY, DAY + timedelta(days=1), DAY), source_id="s", now=DAY + timedelta(hours=23))

    def test_clocks_that_differ_a_little_are_forgiven(self) -> None:
        from rightful_airflow.slices import slice_of

        end = DAY + timedelta(days=1)
        assert slice_of(context(DAY, end, DAY), source_id="s", now=end - timedelta(seconds=30)).end == end


def source(source_id: str, **changed: Any) -> Source:
    return Source.model_validate(source_dict(source_id, **changed))


class TestPools:
    def test_sources_on_one_host_share_a_pool_of_the_gentlest_size(self) -> None:
        from rightful_airflow.pools import pools_of

        found = pools_of(
            [source("src_a"), source("src_b", pace={"max_connections": 1}), source("src_c", pace={"pool": "own"})]
        )
        assert {name: pool["slots"] for name, pool in found.items()} == {"api.example.org": 1, "own": 1}
        assert found["api.example.org"]["description"] == "Rightful: src_a, src_b"

    def test_the_port_does_not_make_another_host(self) -> None:
        from rightful_airflow.pools import pool_of

        block = source_dict("src_a")["fetch"] | {"base_url": "http://127.0.0.1:8123/x"}
        assert pool_of(source("src_a", fetch=block)) == "127.0.0.1"

    def test_slices_under_one_contract_are_published_one_at_a_time(self) -> None:
        from rightful_airflow.builder import build_dag
        from rightful_airflow.pools import pools_of

        under = {"scope": "contract", "contract": "agency"}
        both = [source("src_a", license=under), source("src_b", license=under, pace={"pool": "b"})]
        found = pools_of([*both, source("src_c")])
        assert found["contract-agency"]["slots"] == 1
        assert found["contract-agency"]["description"].endswith("src_a, src_b")
        assert [name for name in found if name.startswith("contract-")] == ["contract-agency"]
        assert {build_dag(one).get_task("publish").pool for one in both} == {"contract-agency"}
        assert build_dag(source("src_c")).get_task("publish").pool == "default_pool"

    def test_a_host_can_not_have_the_pool_of_a_contract(self) -> None:
        from rightful.errors import ConfigurationError
        from rightful_airflow.pools import pools_of

        under = {"scope": "contract", "contract": "agency"}
        with pytest.raises(ConfigurationError, match="pool of a contract"):
            pools_of([source("src_a", license=under), source("src_b", pace={"pool": "contract-agency"})])

    def test_sources_that_are_not_enabled_need_no_pool(self) -> None:
        from rightful_airflow.pools import pools_of

        assert pools_of([source("src_a", enabled=False, refusal="no")]) == {}

    def test_the_printed_file_is_what_airflow_imports(
        self, catalogue: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from rightful_airflow.pools import main

        (catalogue / "src_a.yaml").write_text(source_yaml("src_a"), encoding="utf-8")
        assert main() == 0
        printed = json.loads(capsys.readouterr().out)
        assert set(printed["api.example.org"]) == {"slots", "description", "include_deferred"}


class TestPriority:
    @pytest.mark.parametrize(
        ("run_id", "weight"),
        [("scheduled__2026-03-02", 102), ("manual__2026-03-02", 102), ("mine", 102), ("backfill__2026-03-02", 2)],
    )
    def test_nightly_and_triggered_runs_go_before_backfills(self, run_id: str, weight: int) -> None:
        from rightful_airflow.priority import NightlyFirst

        task_instance: Any = SimpleNamespace(task=SimpleNamespace(priority_weight=2), run_id=run_id)
        assert NightlyFirst().get_weight(task_instance) == weight

    def test_a_night_that_a_backfill_reprocesses_counts_as_backfill(self) -> None:
        from rightful_airflow.priority import NightlyFirst

        run = SimpleNamespace(backfill_id=7)
        task_instance: Any = SimpleNamespace(
            task=SimpleNamespace(priority_weight=2), run_id="scheduled__2026-03-02", dag_run=run
        )
        assert NightlyFirst().get_weight(task_instance) == 2


class Store(dict[str, Any]):
    """Airflow's task_state_store, of one task instance. Like that one it takes JSON only: no tuples, no structs."""

    def set(self, key: str, value: Any) -> None:
        self[key] = json.loads(json.dumps(value))
        assert self[key] == value

    def delete(self, key: str) -> None:
        self.pop(key, None)


def progress(files: int = 1, **changed: Any) -> Progress:
    names = [
        DataFile(path=f"s3://bucket/corpus/s/data/{number:032x}.parquet", rows=2000, bytes=9) for number in range(files)
    ]
    values: dict[str, Any] = {"shard_id": "all", "generation": "g1", "cursor": {"page": 3}}
    return Progress(
        result=ShardResult(shard=SHARD, documents=tuple(names), counts={"allow": 5}), **{**values, **changed}
    )


class TestShardMemory:
    def test_the_next_try_goes_on_where_the_last_one_stopped(self) -> None:
        from rightful_airflow.progress import ShardMemory

        store = Store()
        ShardMemory(store, SHARD, "g1").save(progress())
        assert ShardMemory(store, SHARD, "g1").recall() == progress()

    @pytest.mark.parametrize("stored", [progress(generation="g0"), progress(shard_id="other")])
    def test_progress_of_another_plan_or_shard_is_ignored(self, stored: Progress) -> None:
        from rightful_airflow.progress import ShardMemory

        store = Store()
        store.set("progress", msgspec.json.decode(msgspec.json.encode(stored)))
        assert ShardMemory(store, SHARD, "g1").recall() is None

    @pytest.mark.parametrize("junk", [[], "", 3, {}, {"shard_id": "all"}, {"shard_id": 1, "generation": []}])
    def test_what_can_not_be_read_is_ignored(self, junk: Any) -> None:
        from rightful_airflow.progress import ShardMemory

        assert ShardMemory(Store(progress=junk), SHARD, "g1").recall() is None

    def test_nothing_is_left_after_the_end(self) -> None:
        from rightful_airflow.progress import ShardMemory

        store = Store()
        memory = ShardMemory(store, SHARD, "g1")
        memory.save(progress())
        memory.forget()
        assert (store, memory.recall()) == ({}, None)

    def test_200_files_stay_below_what_airflow_warns_at(self, caplog: pytest.LogCaptureFixture) -> None:
        from rightful_airflow.progress import ShardMemory

        store = Store()
        ShardMemory(store, SHARD, "g1").save(progress(files=200))
        assert len(json.dumps(store["progress"])) < 65_535
        assert not caplog.records

    def test_too_many_files_are_told(self, caplog: pytest.LogCaptureFixture) -> None:
        from rightful_airflow.progress import ShardMemory

        ShardMemory(Store(), SHARD, "g1").save(progress(files=1000))
        assert "cut the slice finer" in caplog.text


class TestProgressLog:
    def test_one_line_in_ten_seconds_and_one_at_the_end(self, caplog: pytest.LogCaptureFixture) -> None:
        from rightful_airflow.progress import ProgressLog

        caplog.set_level("INFO")
        now = [0.0]
        say = ProgressLog(clock=lambda: now[0])
        report = {
            "shard": "all",
            "stage": "running",
            "records": 2000,
            "documents": 1500,
            "pages": 20,
            "bytes": 5_000_000,
        }
        for second in (0, 1, 9, 10, 11):
            now[0] = second
            say({**report, "seconds": 4.0})
        say({**report, "stage": "done", "seconds": 4.0})
        assert [record.getMessage() for record in caplog.records] == [
            "shard all: 2,000 records (1,500 documents), 20 pages, 5.0 MB, 500 records/s",
            "shard all: 2,000 records (1,500 documents), 20 pages, 5.0 MB, 500 records/s",
            "shard all: 2,000 records (1,500 documents), 20 pages, 5.0 MB, 500 records/s; done",
        ]

    @pytest.mark.parametrize("report", [{}, {"records": 0, "seconds": 0}, {"seconds": -1.0}])
    def test_an_empty_report_is_no_error(self, report: dict[str, Any]) -> None:
        from rightful_airflow.progress import describe

        assert "0 records" in describe(report)


class TestDocs:
    def test_the_table_names_each_dag_and_each_refusal(self) -> None:
        from rightful_airflow.docs import table

        text = table([source("src_b", title="a | b"), source("off", enabled=False, refusal="no licence")])
        assert (
            "| `acquire__src_b` | a \\| b | `0 0 * * *` | `rest` | per record | `api.example.org` | data@example.org |"
            in text
        )
        assert "* `off`: no licence" in text
        assert "acquire__off" not in text

    def test_drift_fails_and_writing_mends_it(self, tmp_path: Path) -> None:
        from rightful_airflow.docs import BEGIN, END, main

        (tmp_path / "sources").mkdir()
        (tmp_path / "sources" / "src_a.yaml").write_text(source_yaml("src_a"), encoding="utf-8")
        page = tmp_path / "page.md"
        page.write_text(f"before\n\n{BEGIN}\n{END}\n\nafter\n", encoding="utf-8")
        where = ["--page", str(page), "--sources", str(tmp_path / "sources")]
        assert main(["--check", *where]) == 1
        assert main(["--write", *where]) == 0
        assert main(["--check", *where]) == 0
        text = page.read_text(encoding="utf-8")
        assert text.startswith("before\n\n")
        assert text.endswith("\n\nafter\n")
        assert "acquire__src_a" in text
        (tmp_path / "sources" / "src_b.yaml").write_text(source_yaml("src_b"), encoding="utf-8")
        assert main(["--check", *where]) == 1

    def test_a_page_without_marks_is_an_error(self) -> None:
        from rightful_airflow.docs import put

        with pytest.raises(ValueError, match="missing"):
            put("no marks", "table")


def test_a_dags_page_says_what_an_unreviewed_source_and_a_contract_mean() -> None:
    from rightful_airflow.doc_md import doc_md

    text = doc_md(
        source("src_a", trust="unreviewed", license={"scope": "contract", "contract": "acme_2026"}, connection="acme")
    )
    assert "none is published" in text
    assert "include/contracts/acme_2026.yaml" in text
    assert "| connection | `acme` |" in text
