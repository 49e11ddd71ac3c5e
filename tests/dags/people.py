"""Somebody who answers in Required Actions while a DAG runs, as Airflow's API server and scheduler do it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Answer = dict[str, Any]
"""``{"option": …, "fields": {…}}``."""

ANNA = {"id": "17", "name": "anna"}


class Person:
    """Looks for open questions twice a second, and answers what ``says`` finds an answer for."""

    def __init__(self, says: Callable[[str], Answer | None]) -> None:
        self.says = says
        self.seen: list[dict[str, Any]] = []
        self.errors: list[BaseException] = []
        self._stop = threading.Event()

    def look(self) -> None:
        """Answer until told to stop."""
        from airflow.models.hitl import HITLDetail
        from airflow.models.trigger import handle_event_submit
        from airflow.triggers.base import TriggerEvent
        from airflow.utils import timezone
        from airflow.utils.session import create_session
        from airflow.utils.state import TaskInstanceState

        while not self._stop.wait(0.5):
            try:
                with create_session() as session:
                    for detail in session.query(HITLDetail).filter(HITLDetail.responded_at.is_(None)).all():
                        task = detail.task_instance
                        if task.state != TaskInstanceState.AWAITING_INPUT:
                            continue
                        answer = self.says(detail.subject)
                        if answer is None:
                            continue
                        self.seen.append({"subject": detail.subject, "body": detail.body, "params": detail.params})
                        detail.responded_by, detail.responded_at = ANNA, timezone.utcnow()
                        detail.chosen_options = [answer["option"]]
                        detail.params_input = answer.get("fields", {})
                        handle_event_submit(
                            TriggerEvent(detail.as_resume_event_payload()), task_instance=task, session=session
                        )
            except Exception as error:  # noqa: BLE001 - told by the test
                self.errors.append(error)
                return

    def stop(self) -> None:
        """Go home."""
        self._stop.set()


@contextmanager
def answering(says: Callable[[str], Answer | None]) -> Iterator[Person]:
    """A person beside the block."""
    person = Person(says)
    thread = threading.Thread(target=person.look, daemon=True)
    thread.start()
    try:
        yield person
    finally:
        person.stop()
        thread.join()
        assert person.errors == []


@contextmanager
def nobody() -> Iterator[None]:
    """Only the scheduler's sweep over questions whose time is over."""
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    stop, errors = threading.Event(), []

    def sweep() -> None:
        runner = SchedulerJobRunner(Job())
        while not stop.wait(0.5):
            try:
                runner.check_awaiting_input_timeouts()
            except Exception as error:  # noqa: BLE001 - told by the test
                errors.append(error)
                return

    thread = threading.Thread(target=sweep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        assert errors == []
