"""Whole runs of a DAG through Airflow's own task runner, and a second reader of what came of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.dags.publisher import Publisher
from tests.dags.support import ROOT, source_yaml

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

MARCH_1 = datetime(2026, 3, 1, tzinfo=UTC)


def run_dag(dag_id: str, **how: Any) -> DagRun:
    """Parse ``dags/`` and run one of them; retries don't wait."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT / "dags"))
    assert not bag.import_errors
    dag = bag.dags[dag_id]
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=0)
    return dag.test(**how)


class Source:
    """One source in a catalogue of its own, and what came of its runs."""

    def __init__(self, source_id: str, folder: Path, publisher: Publisher) -> None:
        self.id, self.folder, self.publisher = source_id, folder, publisher
        self.write()

    def write(self, **changed: Any) -> None:
        text = source_yaml(self.id, **self.publisher.source(self.id, **changed))
        (self.folder / f"{self.id}.yaml").write_text(text, encoding="utf-8")

    def run(self, day: datetime = MARCH_1, **conf: Any) -> DagRun:
        """One run of the slice that begins with ``day``, through Airflow's own task runner."""
        # A run at the end of the interval acquires the interval.
        return run_dag(f"acquire__{self.id}", logical_date=day + timedelta(days=1), run_conf=conf or None)

    def rows(self) -> list[dict[str, Any]]:
        """All visible documents, read by PyIceberg without any code of ours."""
        return self.table(f"corpus.{self.id}")

    def ledger(self) -> list[dict[str, Any]]:
        """All visible rulings."""
        return self.table(f"ledger.{self.id}")

    def table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, [] when there is none."""
        from pyiceberg.catalog import load_catalog

        from rightful.settings import get_settings

        settings = get_settings()
        assert settings.s3_secret_access_key is not None
        assert settings.catalog_credential is not None
        catalog = load_catalog(
            "reader",
            type="rest",
            uri=settings.catalog_uri,
            warehouse=settings.catalog_warehouse,
            credential=settings.catalog_credential.get_secret_value(),
            **{
                "s3.endpoint": settings.s3_endpoint,
                "s3.access-key-id": settings.s3_access_key_id,
                "s3.secret-access-key": settings.s3_secret_access_key.get_secret_value(),
                "s3.region": settings.s3_region,
            },
        )
        if not catalog.table_exists(name):
            return []
        found: list[dict[str, Any]] = catalog.load_table(name).scan().to_arrow().to_pylist()
        return found


def states(run: DagRun) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task in run.get_task_instances():
        found.setdefault(task.task_id, []).append(str(task.state))
    return found


def tries(run: DagRun, task_id: str) -> int:
    return max(task.try_number for task in run.get_task_instances() if task.task_id == task_id)


def events_of(run: DagRun, asset: str | None = None) -> list[dict[str, Any]]:
    """What a run told assets (all, or the one named), in order."""
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.query(AssetEvent).filter_by(source_run_id=run.run_id, source_dag_id=run.dag_id)
        events = sorted(found.all(), key=lambda event: event.id)
        return [dict(event.extra) for event in events if asset is None or event.asset.name == asset]
