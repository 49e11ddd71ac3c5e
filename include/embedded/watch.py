"""Watches last night's runs of several DAGs until they are over, with two calls of the API at each look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from embedded.api import FINAL, AirflowApi

STEPS = ("plan", "acquire", "audit", "publish")
STEPS_OF_SOUND = ("plan", "fetch", "transcribe", "audit", "publish")
PREFIX = "acquire__"
LOOK_BACK = timedelta(days=40)
"""Far enough for the latest run of a monthly schedule."""
TRIES = 2
"""A task that failed so often in the demo, where nothing passes by itself, is told instead of tried for hours."""

Item = dict[str, Any]


class Watch:
    """One demo's view of its runs. ``began`` separates what failed now from what had failed earlier."""

    def __init__(self, api: AirflowApi, dag_ids: Sequence[str]) -> None:
        self._api = api
        self._dag_ids = list(dag_ids)
        self._began = datetime.now(UTC)
        self._again: set[str] = set()
        self.runs: dict[str, Item] = {}
        self.progress: dict[str, str] = {}
        self.failed: dict[str, Item] = {}

    def look(self) -> bool:
        """Look once: fills ``runs``, ``progress`` (for people) and ``failed`` (DAG → task). True when all is over."""
        if len(self.runs) < len(self._dag_ids):
            self._find_runs()
        else:
            since = min(moment(run["logical_date"]) for run in self.runs.values())
            for run in self._api.runs_of(PREFIX, since):
                if run["dag_run_id"] == self.runs.get(run["dag_id"], {}).get("dag_run_id"):
                    self.runs[run["dag_id"]] = run
        tasks: dict[str, list[Item]] = {dag_id: [] for dag_id in self._dag_ids}
        if open_runs := [run for run in self.runs.values() if run["state"] not in FINAL]:
            for task in self._api.tasks_of(PREFIX, min(moment(run["logical_date"]) for run in open_runs)):
                if task["dag_run_id"] == self.runs.get(task["dag_id"], {}).get("dag_run_id"):
                    tasks[task["dag_id"]].append(task)
        for dag_id, run in self.runs.items():
            self.progress[dag_id] = run["state"] if run["state"] in FINAL else steps(tasks[dag_id])
            self._judge(dag_id, run, tasks[dag_id])
        over = [dag_id for dag_id, run in self.runs.items() if run["state"] in FINAL or dag_id in self.failed]
        return len(over) == len(self._dag_ids)

    def _find_runs(self) -> None:
        made = {dag["dag_id"]: is_made(dag) for dag in self._api.pages("/dags", "dags")}
        runs = self._api.runs_of(PREFIX, self._began - LOOK_BACK)
        for dag_id in self._dag_ids:
            if dag_id in self.runs:
                continue
            own = [run for run in runs if run["dag_id"] == dag_id and run["run_type"] == "scheduled"]
            if made.get(dag_id) and own:
                self.runs[dag_id] = max(own, key=lambda run: moment(run["data_interval_start"]))
            else:
                self.progress[dag_id] = "waiting for the scheduler"

    def _judge(self, dag_id: str, run: Item, tasks: list[Item]) -> None:
        stuck = [task for task in tasks if task["state"] == "up_for_retry"]
        earlier = moment(run["end_date"]) < self._began if run["state"] == "failed" and run["end_date"] else False
        waited = [task for task in stuck if task["end_date"] and moment(task["end_date"]) < self._began]
        if (earlier or waited) and dag_id not in self._again:
            self._again.add(dag_id)
            self._api.clear(dag_id, run["dag_run_id"], only_failed=earlier)
            self.runs[dag_id] = {**run, "state": "queued"}
            self.progress[dag_id] = "failed earlier, runs again"
            return
        hopeless = [task for task in stuck if task["try_number"] >= TRIES and task not in waited]
        if hopeless and dag_id not in self.failed:
            self.failed[dag_id] = hopeless[0]


def is_made(dag: Mapping[str, Any]) -> bool:
    """Whether the scheduler has made the run of the latest interval that is over."""
    due = dag["next_dagrun_run_after"]
    return due is not None and moment(due) > datetime.now(UTC)


def last_night(api: AirflowApi, dag_id: str) -> Item | None:
    """The scheduled run of the latest interval that is over; None while the scheduler has not made it yet."""
    if not is_made(api.call("GET", f"/dags/{dag_id}")):
        return None
    return next(iter(api.runs(dag_id, run_type="scheduled")), None)


def steps(tasks: Sequence[Mapping[str, Any]]) -> str:
    """``plan ✓  acquire 2/3  audit  publish``; of sound: ``plan ✓  fetch ✓  transcribe …  audit  publish``."""
    parts = []
    speaks = any(task["task_id"] in STEPS_OF_SOUND and task["task_id"] not in STEPS for task in tasks)
    for step in STEPS_OF_SOUND if speaks else STEPS:
        states = [task["state"] for task in tasks if task["task_id"] == step]
        good = states.count("success")
        if states and good == len(states):
            parts.append(f"{step} ✓")
        elif "up_for_retry" in states:
            parts.append(f"{step} tries again")
        elif len(states) > 1:
            parts.append(f"{step} {good}/{len(states)}")
        else:
            parts.append(f"{step} …" if states and states[0] in ("running", "queued") else step)
    return "  ".join(parts)


def moment(text: str) -> datetime:
    """Airflow's JSON time."""
    return datetime.fromisoformat(text).astimezone(UTC)
