"""What every DAG must have, and that its serialised form stays the same from parse to parse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.dags.support import ROOT, fresh_python, source_yaml

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

STANDING = {
    "apply_reviews": False,
    "contract_terms": False,
    "recheck_licenses": True,
    "review_licenses": False,
}
"""DAGs that are there whatever the catalogue holds; whether a person has to switch them on first."""

FILES = {"acquire.py", "catalogue_errors.py", *(f"{name}.py" for name in STANDING)}
"""Every DAG file. Whoever adds one says here what it is, and tests it."""

VOCABULARY = ("kind:", "channel:", "license:")


def test_every_dag_file_is_accounted_for() -> None:
    assert {path.name for path in (ROOT / "dags").iterdir() if path.suffix == ".py"} == FILES


def test_every_source_becomes_a_dag(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {"acquire__daily", "acquire__hourly", *STANDING}


def test_tasks_and_their_order(bag: DagBag) -> None:
    dag = bag.dags["acquire__daily"]
    assert {task.task_id: set(task.downstream_task_ids) for task in dag.tasks} == {
        "plan": {"acquire"},
        "acquire": {"audit"},
        "audit": {"publish"},
        "publish": set(),
    }
    assert dag.get_task("acquire").is_mapped


def test_each_dag_says_what_it_is_and_who_answers(bag: DagBag) -> None:
    for dag in (bag.dags[name] for name in ("acquire__daily", "acquire__hourly")):
        assert dag.doc_md
        assert "airflow backfill create --dag-id " + dag.dag_id in dag.doc_md
        assert "https://example.org/terms" in dag.doc_md
        assert "data@example.org" in dag.doc_md
        assert {task.owner for task in dag.tasks} == {"data@example.org"}
        assert set(dag.params) == {"limit", "dry_run", "force_shrink"}
        assert all(dag.params.get_param(name).description for name in dag.params)
        for prefix in VOCABULARY:
            assert [tag for tag in dag.tags if tag.startswith(prefix)], (dag.dag_id, prefix)
        assert "example" in dag.tags


UNTIMED = {"question.ask", "more", "not_recorded"}
"""Tasks that do nothing, or are parked."""


@pytest.mark.parametrize("name", sorted(STANDING))
def test_each_standing_dag_says_what_it_is(bag: DagBag, name: str) -> None:
    dag = bag.dags[name]
    assert dag.doc_md
    assert dag.description
    assert not dag.catchup
    # Airflow drops the events that come while a DAG is paused: a question would never be asked.
    assert bool(dag.is_paused_upon_creation is not False) == STANDING[name]
    assert [task.task_id for task in dag.tasks if not task.execution_timeout and task.task_id not in UNTIMED] == []


def test_a_slice_is_the_interval_before_the_run(bag: DagBag) -> None:
    from airflow.sdk import CronDataIntervalTimetable

    dag = bag.dags["acquire__hourly"]
    assert dag.timetable == CronDataIntervalTimetable("0 * * * *", timezone="UTC")
    assert (dag.catchup, dag.max_active_runs) == (False, 1)
    assert dag.start_date is not None
    assert dag.start_date.isoformat() == "2026-01-01T00:00:00+00:00"


def test_only_tasks_that_ask_the_source_wait_for_its_pool(bag: DagBag) -> None:
    pools = {task.task_id: task.pool for task in bag.dags["acquire__daily"].tasks}
    assert pools == {
        "plan": "api.example.org",
        "acquire": "api.example.org",
        "audit": "default_pool",
        "publish": "default_pool",
    }


def test_every_task_ends_and_is_tried_again(bag: DagBag) -> None:
    for task in bag.dags["acquire__daily"].tasks:
        assert task.execution_timeout is not None
        assert (task.retries or 0) >= 4


def test_the_pause_before_a_retry_is_a_setting() -> None:
    code = (
        "from airflow.dag_processing.dagbag import DagBag\n"
        "tasks = DagBag().dags['acquire__daily'].tasks\n"
        "print({task.retry_delay.total_seconds() for task in tasks}, {t.retry_exponential_backoff for t in tasks})"
    )
    assert fresh_python(code) == "{20.0} {2.0}"
    assert fresh_python(code, RIGHTFUL_RETRY_SECONDS="2.5") == "{2.5} {2.0}"


def test_retry_policy_and_priority_survive_serialisation(bag: DagBag) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    from rightful_airflow.priority import NightlyFirst

    stored = DagSerialization.serialize_dag(bag.dags["acquire__daily"])
    dag = DagSerialization.deserialize_dag(json.loads(json.dumps(stored)))
    for task in dag.tasks:
        assert task.has_retry_policy
        assert isinstance(task.weight_rule, NightlyFirst) or task.weight_rule == NightlyFirst


def test_publish_alone_updates_the_asset(bag: DagBag) -> None:
    outlets = {task.task_id: [asset.name for asset in task.outlets] for task in bag.dags["acquire__daily"].tasks}
    assert outlets == {"plan": [], "acquire": [], "audit": [], "publish": ["corpus.daily", "rightful questions"]}


def test_the_same_catalogue_gives_the_same_dag_version() -> None:
    code = (
        "from airflow.dag_processing.dagbag import DagBag\n"
        "from airflow.models.serialized_dag import SerializedDagModel as Stored\n"
        "from airflow.serialization.serialized_objects import DagSerialization\n"
        "dags = DagBag().dags\n"
        "print(len(dags), *[Stored.hash(DagSerialization.to_dict(dags[name])) for name in sorted(dags)])"
    )
    first, second = (fresh_python(code, PYTHONHASHSEED=seed) for seed in ("1", "2"))  # sets come in another order
    assert first.startswith(f"{2 + len(STANDING)} ")
    assert first == second


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_argument_varies_from_parse_to_parse(name: str) -> None:
    from airflow.utils.dag_version_inflation_checker import check_dag_file_stability

    for path in [ROOT / "dags" / name, *(ROOT / "plugins" / "rightful_airflow").glob("*.py")]:
        assert check_dag_file_stability(str(path)).runtime_varying_values == {}, path


def test_a_source_that_is_not_enabled_has_no_dag(catalogue: Path, parse: Callable[[], DagBag]) -> None:
    (catalogue / "off.yaml").write_text(source_yaml("off", enabled=False, refusal="no licence"), encoding="utf-8")
    (catalogue / "on.yaml").write_text(source_yaml("on"), encoding="utf-8")
    assert set(parse().dags) == {"acquire__on", *STANDING}


def test_a_worker_builds_only_the_dag_of_its_task(catalogue: Path) -> None:
    from rightful_airflow.builder import build_dags

    for name in ("one", "two"):
        (catalogue / f"{name}.yaml").write_text(source_yaml(name), encoding="utf-8")
    (catalogue / "broken.yaml").write_text("id: [", encoding="utf-8")
    assert [dag.dag_id for dag in build_dags(only="acquire__two")] == ["acquire__two"]
    for other in ("withdraw", "acquire__", "acquire__none", "acquire__broken", "acquire__../one"):
        assert list(build_dags(only=other)) == []
    assert len(list(build_dags())) == 2
