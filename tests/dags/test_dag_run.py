"""Whole runs: Airflow's task runner, the real pipeline, a real store, an HTTP source on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.dags.runs import MARCH_1, Source, events_of, states, tries

DONE = {"plan": ["success"], "acquire": ["success"], "audit": ["success"], "publish": ["success"]}

ALLOWED_OF_10 = {f"2026-03-01-{position}" for position in (0, 1, 5, 6)}


def test_a_night(source: Source) -> None:
    run = source.run()
    assert (str(run.state), states(run)) == ("success", DONE)
    rows = source.rows()
    assert {row["source_native_id"] for row in rows} == ALLOWED_OF_10
    assert len(rows) == 4
    assert {row["license_expression"] for row in rows} == {"CC-BY-4.0", "CC0-1.0"}
    assert {row["run_id"] for row in rows} == {run.run_id}
    assert {(row["task_id"], row["map_index"], row["try_number"]) for row in rows} == {("acquire", 0, 1)}
    assert len(source.ledger()) == 10
    weights = {task.task_id: task.priority_weight for task in run.get_task_instances()}
    assert weights == {"plan": 101, "acquire": 102, "audit": 103, "publish": 104}  # not a backfill


def test_the_asset_event_carries_the_counts(source: Source) -> None:
    run = source.run()
    (extra,) = events_of(run, f"corpus.{source.id}")
    assert extra["counts"]["allow"] == 4
    assert sum(extra["counts"].values()) == 10
    assert extra["slice_start"] == "2026-03-01T00:00:00+00:00"
    assert extra["slice_end"] == "2026-03-02T00:00:00+00:00"
    assert extra["run_id"] == run.run_id
    assert int(extra["snapshot_id"])
    assert extra["policy_version"]
    assert extra["quarantined"] == {"pairs": 1, "records": 2, "most": [{"tag": "CC BY", "records": 2}]}
    (question,) = events_of(run, "reviews.open")
    assert question == {"sources": [source.id], **extra}


def test_without_a_tag_to_rule_on_nobody_is_asked(source: Source) -> None:
    for record in source.publisher.records:
        record["license"] = "CC BY-NC 4.0" if record["license"] == "CC BY" else record["license"]
    run = source.run()
    (extra,) = events_of(run)  # the corpus' own
    assert extra["quarantined"] == {"pairs": 0, "records": 0, "most": []}


def test_a_shard_is_shown_by_its_name_and_xcom_holds_no_text(source: Source) -> None:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    source.write(shard={"hours": 24})
    run = source.run()
    (shown,) = [task.rendered_map_index for task in run.get_task_instances() if task.task_id == "acquire"]
    with create_session() as session:
        values = session.query(XComModel).filter_by(dag_id=run.dag_id, run_id=run.run_id).all()
        by_task = {value.task_id: json.dumps(value.value) for value in values if value.key == "return_value"}
    assert shown not in (None, "0")
    assert f'"id": "{shown}"' in by_task["plan"].replace("\\", "")
    assert all(len(text) < 5_000 and "council" not in text for text in by_task.values())


def test_running_a_slice_again_replaces_it(source: Source) -> None:
    source.run()
    source.run()
    assert len(source.rows()) == 4
    source.run(MARCH_1 + timedelta(days=1))
    assert len(source.rows()) == 6
    assert len({row["id"] for row in source.rows()}) == 6


def test_a_slice_that_runs_again_is_fetched_again(source: Source) -> None:
    source.run()
    source.publisher.records[0]["text"] = "The council has corrected this text since the last night, and says so here."
    asked = len(source.publisher.requests)
    run = source.run()
    assert len(source.publisher.requests) == 2 * asked
    assert states(run) == DONE
    assert [row["text"] for row in source.rows() if "corrected" in row["text"]]


def test_a_dry_run_publishes_nothing(source: Source) -> None:
    run = source.run(dry_run=True)
    assert str(run.state) == "success"
    assert states(run) == {**DONE, "publish": ["skipped"]}
    assert source.rows() == []
    assert source.ledger() == []


def test_a_limited_run_never_replaces_a_fuller_slice(source: Source) -> None:
    limited = source.run(limit=2)
    assert states(limited) == DONE
    assert len(source.ledger()) == 2
    source.run()
    assert len(source.rows()) == 4
    again = source.run(limit=2)
    assert states(again) == {**DONE, "publish": ["skipped"]}
    assert len(source.rows()) == 4


def test_a_run_that_was_overtaken_is_skipped_and_sends_no_event(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    import msgspec
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    from rightful import pipeline

    publish = pipeline.publish
    monkeypatch.setattr(
        pipeline,
        "publish",
        lambda *args, **more: msgspec.structs.replace(publish(*args, **more), published=False, note="a later run"),
    )
    run = source.run()
    assert states(run) == {**DONE, "publish": ["skipped"]}
    with create_session() as session:
        assert session.query(AssetEvent).filter_by(source_dag_id=run.dag_id).all() == []


def test_a_shard_that_fails_goes_on_at_its_page(source: Source) -> None:
    source.publisher.failures[3] = [(503, {})]
    run = source.run()
    assert states(run) == DONE
    assert tries(run, "acquire") == 2
    assert source.publisher.pages_asked() == [1, 2, 3, 3, 4]
    assert {row["source_native_id"] for row in source.rows()} == ALLOWED_OF_10
    assert len(source.ledger()) == 10


def test_a_refusal_is_not_asked_twice_and_nothing_shows(source: Source) -> None:
    source.publisher.failures[2] = [(403, {})] * 9
    run = source.run()
    assert str(run.state) == "failed"
    assert states(run) == {
        "plan": ["success"],
        "acquire": ["failed"],
        "audit": ["upstream_failed"],
        "publish": ["upstream_failed"],
    }
    assert tries(run, "acquire") == 1
    assert source.publisher.pages_asked() == [1, 2]
    assert source.rows() == []


def test_the_servers_own_delay_is_waited(source: Source) -> None:
    source.publisher.failures[1] = [(429, {"Retry-After": "2"})]
    run = source.run()
    assert states(run) == DONE
    assert source.publisher.pages_asked()[:2] == [1, 1]


def test_an_empty_night_does_not_wipe_a_published_slice(source: Source) -> None:
    source.run()
    source.publisher.records.clear()
    run = source.run()
    assert states(run)["audit"] == ["failed"]
    assert tries(run, "audit") == 1  # ShrinkGuard: another try can't help
    assert len(source.rows()) == 4
    forced = source.run(force_shrink=True)
    assert states(forced) == DONE
    assert source.rows() == []


class TestConnections:
    def test_a_missing_connection_fails_at_once_and_says_how_to_add_it(
        self, source: Source, capfd: pytest.CaptureFixture[str]
    ) -> None:
        source.write(connection="press_key", fetch={"auth": {"type": "header", "name": "X-Key"}})
        run = source.run()
        assert states(run)["plan"] == ["failed"]
        assert tries(run, "plan") == 1
        assert source.publisher.requests == []
        assert "airflow connections add press_key" in capfd.readouterr().out

    def test_the_key_of_the_connection_is_sent(self, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_PRESS_KEY", json.dumps({"conn_type": "generic", "password": "s3cret-key"}))
        source.write(connection="press_key", fetch={"auth": {"type": "header", "name": "X-Key"}})
        assert states(source.run()) == DONE
        assert {headers.get("X-Key") for headers in source.publisher.headers} == {"s3cret-key"}


def test_a_run_without_a_logical_date_says_what_to_do(
    source: Source, parse: Callable[[], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    run = parse().dags[f"acquire__{source.id}"].test(logical_date=None)
    assert states(run)["plan"] == ["failed"]
    assert tries(run, "plan") == 1
    assert source.publisher.requests == []
    assert "airflow backfill create --dag-id " + run.dag_id in capfd.readouterr().out
