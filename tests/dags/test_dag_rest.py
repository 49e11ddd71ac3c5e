"""What Airflow's own REST interface makes of the DAGs: their pages work, wrong parameters make no run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.dags.support import ROOT

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

DAG = "acquire__daily"


@pytest.fixture(scope="module")
def api() -> Iterator[TestClient]:
    """Airflow's API in this process, logged in as an administrator, with the DAGs stored."""
    from airflow.api_fastapi.app import create_app
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    from fastapi.testclient import TestClient

    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(DagBag(dag_folder=str(ROOT / "dags"), bundle_name="dags-folder"), "dags-folder", None)
    with TestClient(create_app()) as client:
        token = client.get("/auth/token").json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def trigger(api: TestClient, **conf: Any) -> Any:
    body = {"logical_date": "2026-03-02T00:00:00Z", "conf": conf}
    return api.post(f"/api/v2/dags/{DAG}/dagRuns", json=body)


def test_the_dags_page_is_served(api: TestClient) -> None:
    found = api.get(f"/api/v2/dags/{DAG}/details").json()
    assert "airflow backfill create" in found["doc_md"]
    assert found["owners"] == ["data@example.org"]
    assert {tag["name"] for tag in found["tags"]} == {
        "channel:public_dataset",
        "example",
        "kind:rest",
        "license:record",
    }
    assert set(found["params"]) == {"limit", "dry_run", "force_shrink"}


def test_the_tasks_page_is_served(api: TestClient) -> None:
    tasks = {task["task_id"]: task for task in api.get(f"/api/v2/dags/{DAG}/tasks").json()["tasks"]}
    assert set(tasks) == {"plan", "acquire", "audit", "publish"}
    assert tasks["acquire"]["is_mapped"]
    assert tasks["plan"]["weight_rule"] == "rightful_airflow.priority.NightlyFirst"


@pytest.mark.parametrize("conf", [{"limit": "x"}, {"limit": 0}, {"dry_run": "yes"}, {"force_shrink": 1}])
def test_wrong_parameters_make_no_run(api: TestClient, conf: dict[str, Any]) -> None:
    answer = trigger(api, **conf)
    assert answer.status_code == 400, answer.text
    assert next(iter(conf)) in answer.text
    assert api.get(f"/api/v2/dags/{DAG}/dagRuns").json()["dag_runs"] == []


def test_a_triggered_run_takes_the_interval_before_its_logical_date(api: TestClient) -> None:
    answer = trigger(api, limit=5)
    assert answer.status_code == 200, answer.text
    run = answer.json()
    assert run["data_interval_start"] == "2026-03-01T00:00:00Z"
    assert run["data_interval_end"] == "2026-03-02T00:00:00Z"


def test_a_slice_has_one_run(api: TestClient) -> None:
    """Nightly run and backfill can't work on the same slice at once: its logical date exists once."""
    first, second = trigger(api), trigger(api)
    assert 409 in (first.status_code, second.status_code)
