"""Commands of Airflow that a person types, in the shell of a test's stack."""

from __future__ import annotations

import subprocess
from datetime import datetime

from embedded import airflow
from embedded.stack import ROOT, Stack


def backfill(stack: Stack, dag_id: str, first: datetime, last: datetime, *, at_once: int) -> None:
    """``airflow backfill create`` for the days that begin at ``first`` to ``last``; days that ran before run again."""
    command = airflow.command(
        "backfill", "create", "--dag-id", dag_id, "--from-date", f"{first:%Y-%m-%d}", "--to-date", f"{last:%Y-%m-%d}",
        "--max-active-runs", str(at_once), "--reprocess-behavior", "completed",
    )  # fmt: skip
    done = subprocess.run(command, env=stack.environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
