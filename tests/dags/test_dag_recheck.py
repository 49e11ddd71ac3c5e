"""The daily second look: only sources with due documents are asked, in their host's pool; bad news is told."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.dags.runs import Source, run_dag

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

LOOK_UP = {"look_up": {"ids": "ids", "batch": 2}}


@pytest.fixture
def due_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits seven days for a test."""
    from rightful.pipeline import due

    monkeypatch.setattr(due, "MILESTONES", (timedelta(0), timedelta(days=30)))


def states(run: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task in run.get_task_instances():
        found.setdefault(task.task_id, []).append(str(task.state))
    return found


def told(run: Any) -> list[dict[str, Any]]:
    """What the run told the asset."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        events = session.scalars(
            select(AssetEvent)
            .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetModel.name == "recheck.stricter", AssetEvent.source_run_id == run.run_id)
        )
        return [dict(event.extra) for event in events]


def test_each_host_has_its_own_tasks_and_waits_behind_the_nights(bag: DagBag) -> None:
    dag = bag.dags["recheck_licenses"]
    assert {task.task_id for task in dag.tasks} == {
        "due__api_example_org", "recheck__api_example_org", "report", "done"
    }  # fmt: skip
    task = dag.get_task("recheck__api_example_org")
    assert (task.is_mapped, task.pool) == (True, "api.example.org")
    assert task.priority_weight < bag.dags["acquire__daily"].get_task("acquire").priority_weight
    assert task.weight_rule == "absolute"


def test_nothing_is_asked_while_nothing_is_due(source: Source) -> None:
    source.write(fetch=LOOK_UP)
    source.run()
    asked = len(source.publisher.requests)
    run = run_dag("recheck_licenses")
    assert (str(run.state), len(source.publisher.requests)) == ("success", asked)
    assert states(run)["recheck__127_0_0_1"] == ["skipped"]
    assert told(run) == []


def test_bad_news_is_told_as_counts(source: Source, due_at_once: None) -> None:
    source.write(fetch=LOOK_UP)
    source.run()
    before = sorted(row["id"] for row in source.rows())
    for record in source.publisher.records:
        if record["id"] == "2026-03-01-0":
            record["license"] = "CC BY-NC 4.0"
    dry = run_dag("recheck_licenses", run_conf={"dry_run": True})
    assert (str(dry.state), told(dry)) == ("success", [])
    run = run_dag("recheck_licenses")
    (event,) = told(run)
    assert event == {
        "results": {"stricter": 1, "same": 3}, "consequences": {"marked": 1}, "left": 0, "flags": 0,
        "sources": [source.id], "people_must_look": [],
    }  # fmt: skip
    assert sorted(row["id"] for row in source.rows()) == before
    assert len(json.dumps(event)) < 1_000
    assert told(run_dag("recheck_licenses")) == []  # looked at: not due again


def test_a_source_that_can_not_be_asked_is_named(
    source: Source, due_at_once: None, caplog: pytest.LogCaptureFixture
) -> None:
    source.run()
    asked = len(source.publisher.requests)
    run = run_dag("recheck_licenses")
    assert (str(run.state), len(source.publisher.requests)) == ("success", asked)
    assert f"{source.id}: not checkable: 4 documents are due" in caplog.text


def test_a_failure_shows_in_the_run(source: Source, due_at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightful.errors import ConfigurationError

    def fail(*_: Any, **__: Any) -> None:
        raise ConfigurationError("as asked")

    source.write(fetch=LOOK_UP)
    source.run()
    monkeypatch.setattr(sys.modules["rightful.pipeline.look_again"], "look_again", fail)
    run = run_dag("recheck_licenses")
    assert str(run.state) == "failed"
    assert (states(run)["report"], states(run)["done"]) == (["success"], ["upstream_failed"])
