"""Contracts that end soon stand red in a run that succeeds; what an ended one gave moves out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.dags.runs import MARCH_1, Source, events_of, run_dag, states

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

Write = Callable[..., Path]


@pytest.fixture
def contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a contract file into a folder of its own that the settings point to."""
    from rightful.settings import get_settings

    folder = tmp_path / "contracts"
    folder.mkdir()
    monkeypatch.setenv("RIGHTFUL_CONTRACTS_DIR", str(folder))
    get_settings.cache_clear()

    def write(contract_id: str, days: int | None, **changed: Any) -> Path:
        values = {
            "id": contract_id,
            "title": f"Paper of {contract_id}",
            "sources": ["press"],
            "parties": [{"name": "Press", "role": "licensor"}, {"name": "We", "role": "licensee"}],
            "valid_from": date(2020, 1, 1),
            "permitted_uses": ["training"],
            "evidence": "a drawer",
            **changed,
        }
        if days is not None:
            values["valid_until"] = datetime.now(UTC).date() + timedelta(days=days)
        path = folder / f"{contract_id}.yaml"
        path.write_text(yaml.safe_dump(values), encoding="utf-8")
        return path

    yield write
    monkeypatch.undo()
    get_settings.cache_clear()


def by_name(dag_id: str, run_id: str) -> dict[tuple[str, str | None], str]:
    """State of each mapped task instance under the name that the grid shows."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.query(TaskInstance).filter_by(dag_id=dag_id, run_id=run_id).all()
        return {(task.task_id, task.rendered_map_index): str(task.state) for task in found}


def test_a_contract_that_ends_soon_is_red_in_a_run_that_succeeds(
    contract: Write, capfd: pytest.CaptureFixture[str]
) -> None:
    contract("far", 31)
    contract("near", 30)
    contract("today", 0)
    contract("endless", None)
    (contract("broken", 5)).write_text("id: [", encoding="utf-8")
    run = run_dag("contract_terms")
    assert str(run.state) == "success"
    assert by_name(run.dag_id, run.run_id) == {
        ("ends_soon", None): "success",
        ("ended", None): "success",
        ("tell", "near"): "success",
        ("tell", "today"): "success",
        ("tell", "broken.yaml"): "skipped",
        ("warn", "near"): "failed",
        ("warn", "today"): "failed",
        ("warn", "broken.yaml"): "failed",
        ("end", None): "skipped",
        ("warned", None): "success",
    }
    (told,) = events_of(run, "contract.near")
    assert (told["state"], told["days_left"], told["sources"]) == ("ends_soon", 30, ["press"])
    (last,) = events_of(run, "contract.today")
    assert last["days_left"] == 0
    assert len(events_of(run)) == 2
    said = capfd.readouterr().out
    assert "30 days left" in said
    assert "today is its last day" in said
    assert "broken.yaml is no valid contract" in said


def test_nothing_to_tell_is_a_green_run(contract: Write) -> None:
    contract("far", 400)
    run = run_dag("contract_terms")
    assert str(run.state) == "success"
    assert states(run) == {
        "ends_soon": ["success"],
        "ended": ["success"],
        "tell": ["skipped"],
        "warn": ["skipped"],
        "end": ["skipped"],
        "warned": ["success"],
    }


def test_documents_of_an_ended_contract_leave_if_it_says_so(
    source: Source, contract: Write, capfd: pytest.CaptureFixture[str]
) -> None:
    license_block = {"scope": "contract", "contract": "paper", "claims": [], "evidence": "https://example.org/paper"}
    source.write(license=license_block)
    contract("paper", 400, sources=[source.id])
    source.run(MARCH_1)
    assert len(source.rows()) == 10

    contract("paper", -1, sources=[source.id], on_end="keep")
    run = run_dag("contract_terms")
    assert (str(run.state), states(run)["end"], events_of(run)) == ("success", ["skipped"], [])
    assert "its 10 documents stay (on_end: keep)" in capfd.readouterr().out
    assert len(source.rows()) == 10

    contract("paper", -1, sources=[source.id], on_end="withdraw")
    run = run_dag("contract_terms")
    assert (str(run.state), states(run)["end"]) == ("success", ["success"])
    (told,) = events_of(run, "contract.paper")
    assert (told["state"], told["documents"], told["moved"]) == ("withdrawn", 10, {source.id: 10})
    assert source.rows() == []

    again = run_dag("contract_terms")
    assert (str(again.state), states(again)["end"], events_of(again)) == ("success", ["skipped"], [])


def test_what_can_not_be_moved_fails_the_run(contract: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightful.errors import ConfigurationError
    from rightful.pipeline import contract_end

    def broken(*args: object, **more: object) -> None:
        raise ConfigurationError("as asked")

    monkeypatch.setattr(contract_end, "move_out", broken)
    contract("over", -1)
    contract("near", 3)
    run = run_dag("contract_terms")
    assert (str(run.state), states(run)["end"]) == ("failed", ["failed"])


def test_it_looks_every_day_without_being_switched_on_but_not_while_all_else_starts(bag: DagBag) -> None:
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    dag = bag.dags["contract_terms"]
    assert (dag.catchup, dag.max_active_runs, dag.is_paused_upon_creation) == (False, 1, False)
    assert dag.get_task("warn").retries == 0
    stored = DagSerialization.deserialize_dag(json.loads(json.dumps(DagSerialization.serialize_dag(dag))))
    first = stored.timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(dag.start_date, None, catchup=False)
    )
    assert first is not None
    assert datetime.now(UTC) < first.run_after <= datetime.now(UTC) + timedelta(days=1)
    assert first.run_after.time() == time(5)
