"""The few calls of Airflow's REST API (v2) that setting up, watching and testing need."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from embedded.sqlite import TIMEOUT_SECONDS
from rightful.errors import FetchError, Refused

FINAL = frozenset({"success", "failed"})
"""States of a run that doesn't change any more by itself."""
PAGE = 100  # Airflow's own most
DATABASE_TRIES = 5


class AirflowApi:
    """A client of one Airflow, logged in with name and password; the token is fetched when needed and renewed."""

    def __init__(self, address: str, username: str, password: str) -> None:
        self.address = address.rstrip("/")
        self._credentials = {"username": username, "password": password}
        # This Airflow is on this machine: a proxy of the person's must not see the calls.
        # SQLite's writers wait for each other less long: the "Database error" that follows comes, and is retried.
        self._client = httpx.Client(base_url=self.address, timeout=2 * TIMEOUT_SECONDS, trust_env=False)

    # ------------------------------------------------------------------ calls

    def call(self, method: str, path: str, *, ok: tuple[int, ...] = (200, 201, 204), **options: Any) -> Any:
        """Call ``/api/v2<path>``; the decoded answer, or None when it has no body.

        Raises:
            FetchError: Airflow can't be reached, or answers with a server's error. It may pass.
            Refused: Airflow says no; the message holds its reason.
        """
        renewed, tries = False, 0
        while True:
            try:
                if "Authorization" not in self._client.headers:
                    answer = self._client.post("/auth/token", json=self._credentials)
                    self._raise(answer, "POST /auth/token", (200, 201))
                    self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
                answer = self._client.request(method, f"/api/v2{path}", **options)
            except httpx.HTTPError as error:
                what = f"Airflow at {self.address} does not answer: {type(error).__name__} {error}"
                raise FetchError(what) from error
            if answer.status_code == 401 and not renewed:
                del self._client.headers["Authorization"]  # the token ran out, or Airflow has new keys
                renewed = True
            elif answer.status_code == 500 and "Database error" in answer.text and tries < DATABASE_TRIES:
                # SQLite takes one writer at a time; Airflow gave up waiting and rolled back, so again is safe.
                tries += 1
                time.sleep(1)
            else:
                break
        self._raise(answer, f"{method} {path}", ok)
        return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else None

    @staticmethod
    def _raise(answer: httpx.Response, what: str, ok: tuple[int, ...]) -> None:
        if answer.status_code in ok:
            return
        text = f"Airflow answers {answer.status_code} to {what}: {answer.text[:500]}"
        raise FetchError(text) if answer.status_code >= 500 else Refused(text)

    def pages(self, path: str, member: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every element of a listing, however many pages it has."""
        offset = 0
        while True:
            answer = self.call("GET", path, params={**params, "limit": PAGE, "offset": offset})
            yield from answer[member]
            offset += PAGE
            if offset >= answer["total_entries"]:
                return

    # ------------------------------------------------------------------ state

    def healthy(self, *components: str, since: datetime | None = None) -> bool:
        """Whether Airflow answers and all ``components`` (``scheduler``, ``dag_processor``, ``triggerer``) live.

        Airflow believes for 30 s that a killed component lives; with ``since`` only signs of life after it count.
        """
        try:
            answer = self._client.get("/api/v2/monitor/health", timeout=5)
        except httpx.HTTPError:
            return False
        if answer.status_code != 200:
            return False
        health = answer.json()
        if (health.get("metadatabase") or {}).get("status") != "healthy":
            return False
        for name in components:
            state = health.get(name) or {}
            sign = state.get(f"latest_{name}_heartbeat")
            if state.get("status") != "healthy" or not sign:
                return False
            if since is not None and datetime.fromisoformat(sign) < since:
                return False
        return True

    def dag_ids(self) -> set[str]:
        """Every DAG that Airflow has parsed and would run."""
        return {dag["dag_id"] for dag in self.pages("/dags", "dags", exclude_stale=True)}

    def import_errors(self) -> dict[str, str]:
        """File → what is wrong with it."""
        return {error["filename"]: error["stack_trace"] for error in self.pages("/importErrors", "import_errors")}

    # ------------------------------------------------------------------ setting up

    def put_pool(self, name: str, slots: int, description: str = "", *, include_deferred: bool = False) -> None:
        """Make the pool, or change it to be so."""
        body = {"slots": slots, "description": description, "include_deferred": include_deferred}
        self._put("/pools", name, {"name": name, **body}, {"pool": name, **body})

    def put_connection(self, connection_id: str, **members: Any) -> None:
        """Make the connection, or change it to be so. Members: conn_type, host, login, password, description, extra."""
        body = {"connection_id": connection_id, "conn_type": "generic", **members}
        self._put("/connections", connection_id, body, body)

    def _put(self, path: str, name: str, new: dict[str, Any], change: dict[str, Any]) -> None:
        place = f"{path}/{quote(name, safe='')}"
        try:
            self.call("GET", place)
        except Refused:
            self.call("POST", path, json=new)
        else:
            self.call("PATCH", place, json=change)

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": paused})

    # ------------------------------------------------------------------ runs

    def runs(self, dag_id: str, **params: Any) -> list[dict[str, Any]]:
        """The runs of a DAG, latest interval first."""
        return list(self.pages(f"/dags/{dag_id}/dagRuns", "dag_runs", order_by="-logical_date", **params))

    def runs_of(self, prefix: str, since: datetime) -> list[dict[str, Any]]:
        """The runs, with a logical date from ``since``, of all DAGs whose id begins with ``prefix``."""
        wanted = {"dag_id_prefix_pattern": prefix, "logical_date_gte": since.isoformat(), "order_by": "-logical_date"}
        return list(self.pages("/dags/~/dagRuns", "dag_runs", **wanted))

    def tasks_of(self, prefix: str, since: datetime) -> list[dict[str, Any]]:
        """The task instances of these runs. (The listings by POST write to the audit log, so they wait for tasks.)"""
        wanted = {"dag_id_prefix_pattern": prefix, "logical_date_gte": since.isoformat(), "order_by": "map_index"}
        return list(self.pages("/dags/~/dagRuns/~/taskInstances", "task_instances", **wanted))

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run."""
        return dict(self.call("GET", _run_path(dag_id, run_id)))

    def trigger(self, dag_id: str, start: datetime, end: datetime, conf: dict[str, Any] | None = None) -> str:
        """Start a run for the slice ``[start, end)``; its run id."""
        body = {
            "logical_date": start.isoformat(),
            "data_interval_start": start.isoformat(),
            "data_interval_end": end.isoformat(),
            "conf": conf or {},
        }
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def clear(self, dag_id: str, run_id: str, *, only_failed: bool = False) -> None:
        """Let a run (or what failed of it) run again in place."""
        body = {"dry_run": False, "only_failed": only_failed}
        self.call("POST", f"{_run_path(dag_id, run_id)}/clear", json=body)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        return list(self.pages(f"{_run_path(dag_id, run_id)}/taskInstances", "task_instances"))

    def log(self, task: dict[str, Any]) -> str:
        """What a task instance (an element of :meth:`tasks`) wrote in its latest try, as plain lines."""
        path = (
            f"{_run_path(task['dag_id'], task['dag_run_id'])}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        )
        answer = self.call("GET", path, params={"map_index": task["map_index"], "full_content": True})
        lines = []
        for entry in (answer or {}).get("content", []):
            if not isinstance(entry, dict):
                lines.append(str(entry))
                continue
            lines.append(str(entry.get("event", "")))
            lines += [f"{one.get('exc_type')}: {one.get('exc_value')}" for one in entry.get("error_detail") or []]
        return "\n".join(lines)

    def failure(self, dag_id: str, run_id: str, lines: int = 20) -> str:
        """Why a run failed: the end of the log of its first failed task."""
        tasks = self.tasks(dag_id, run_id)
        failed = [task for task in tasks if task["state"] == "failed"]
        if not failed:
            states = {task["task_id"]: task["state"] for task in tasks}
            return f"{dag_id} {run_id}: no task failed by itself; states: {states}"
        return self.cause(failed[0], lines)

    def cause(self, task: dict[str, Any], lines: int = 20) -> str:
        """The end of the log of a task instance that failed, below its name."""
        tail = "\n".join(line for line in self.log(task).splitlines() if line.strip()).splitlines()[-lines:]
        return "\n".join([f"{task['dag_id']}, task {task['task_id']} (try {task['try_number']}):", *tail])

    def wait(
        self,
        dag_id: str,
        run_id: str,
        *,
        timeout: float,
        watch: Callable[[dict[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Wait until a run is over (``timeout`` in seconds); the run. ``watch`` sees it at every look.

        Raises:
            FetchError: it is not over in time.
        """
        deadline = time.monotonic() + timeout
        while True:
            run = self.run(dag_id, run_id)
            if watch is not None:
                watch(run)
            if run["state"] in FINAL:
                return run
            if time.monotonic() > deadline:
                states = [(task["task_id"], task["map_index"], task["state"]) for task in self.tasks(dag_id, run_id)]
                raise FetchError(f"{dag_id} {run_id} is {run['state']} after {timeout:.0f} s: {states}")
            time.sleep(0.5)


def _run_path(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
