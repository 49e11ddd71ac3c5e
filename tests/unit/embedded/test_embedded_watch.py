"""How far a run is, in words, as the demo tells it."""

from __future__ import annotations

import pytest

from embedded.watch import steps


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        ("", "plan  acquire  audit  publish"),
        ("plan:running acquire audit publish", "plan …  acquire  audit  publish"),
        ("plan:success acquire:success acquire:running audit publish", "plan ✓  acquire 1/2  audit  publish"),
        ("plan:success acquire:up_for_retry audit publish", "plan ✓  acquire tries again  audit  publish"),
        # A source of sound has two steps in the place of one; before its plan is done, none of its shards is there.
        (
            "plan:success fetch:success transcribe:running audit publish",
            "plan ✓  fetch ✓  transcribe …  audit  publish",
        ),
        (
            "plan:success fetch:success fetch:success transcribe:success transcribe:queued audit publish",
            "plan ✓  fetch ✓  transcribe 1/2  audit  publish",
        ),
        ("plan:queued fetch transcribe audit publish", "plan …  fetch  transcribe  audit  publish"),
    ],
)
def test_steps(tasks: str, told: str) -> None:
    pairs = [task.partition(":") for task in tasks.split()]
    assert steps([{"task_id": name, "state": state or None} for name, _, state in pairs]) == told
