"""Who goes first when tasks wait for the pool of a host: the night before the backfill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.task.priority_strategy import PriorityWeightStrategy

if TYPE_CHECKING:
    from airflow.models.taskinstance import TaskInstance

NIGHTLY_HEAD_START = 100
"""Added to the weight of every task that is not part of a backfill. Larger than any ``priority_weight`` of ours."""

BACKFILL_PREFIX = "backfill__"


class NightlyFirst(PriorityWeightStrategy):
    """The task's own weight, plus a head start unless its run is a backfill.

    Runs that people trigger count as nightly: somebody waits for them. A scheduled run that a backfill reprocesses
    keeps its run id; it counts as backfill where Airflow hands us the run with the task, else as nightly.
    """

    def get_weight(self, ti: TaskInstance) -> int:
        """Weight of one task instance. Called by the scheduler, so it must not touch the database."""
        weight = 1 if ti.task is None else int(ti.task.priority_weight)
        return weight if _is_backfill(ti) else weight + NIGHTLY_HEAD_START


def _is_backfill(ti: TaskInstance) -> bool:
    # Through __dict__: attribute access would load the run from the database inside the scheduler's transaction.
    run = ti.__dict__.get("dag_run")
    if run is not None and run.__dict__.get("backfill_id") is not None:
        return True
    return str(ti.__dict__.get("run_id") or "").startswith(BACKFILL_PREFIX)
