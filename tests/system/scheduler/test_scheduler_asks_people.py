"""A quarantined tag becomes a question, a person answers it, its documents are there: all by Airflow's scheduler.

The first of these tests: later ones leave more tags to be asked about than one run asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.system.scheduler.sites import DemoSource
from tests.system.scheduler.world import ASKING, MIDNIGHT, World, day, wait_until

from demo import open_news
from rightful.model import Slice

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

MARCH_1, MARCH_2 = (day(MIDNIGHT.replace(month=3, day=number)) for number in (1, 2))
TAG = "CC BY"


def questions(world: World, **params: Any) -> list[dict[str, Any]]:
    """What stands in Required Actions, by Airflow's REST interface."""
    return list(world.api.pages("/dags/review_licenses/dagRuns/~/hitlDetails", "hitl_details", **params))


def answer(world: World, question: Mapping[str, Any], option: str, **fields: str | None) -> None:
    """As the form in the UI does it."""
    task = question["task_instance"]
    world.api.call(
        "PATCH",
        f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}/{task['map_index']}"
        "/hitlDetails",
        json={"chosen_options": [option], "params_input": fields},
    )


def asks(world: World, run_id: str) -> list[dict[str, Any]]:
    """The questions of a run, as tasks."""
    return [task for task in world.api.tasks("review_licenses", run_id) if task["task_id"] == "question.ask"]


def with_tag(source: DemoSource, slice: Slice) -> set[str]:
    """Ids of the articles that say just this of their licence."""
    moments = open_news.stream_of(source.site.scale).between(int(slice.start.timestamp()), int(slice.end.timestamp()))
    return {
        f"{source.id}:{open_news.article_id(moment)}@{moment.iso}"
        for moment in moments.part(0, len(moments))
        if open_news.case_of(moment).license == TAG
    }


def test_a_question_is_answered_and_its_documents_are_released(world: World) -> None:
    source, begun = world.sources["reviewed"], datetime.now(UTC)
    for dag_id in ASKING:
        world.api.set_paused(dag_id, False)
    world.finish([(source, world.begin(source, MARCH_1))])
    subject = f"Which licence is “{TAG}”? ({source.id}, 3 records)"
    wait_until(lambda: subject in [one["subject"] for one in questions(world, response_received=False)])
    (question,) = (one for one in questions(world) if one["subject"] == subject)
    assert f"\n    {TAG}\n" in question["body"]
    assert question["options"] == ["allow", "deny", "later"]
    first = question["task_instance"]["dag_run_id"]

    # An open question holds up neither other nights nor other questions, and is not put twice.
    world.finish([(source, world.begin(source, MARCH_2))])
    wait_until(lambda: len(world.api.runs("review_licenses", state="success")) == 1)
    (second,) = world.api.runs("review_licenses", state="success")
    states = {task["task_id"]: task["state"] for task in world.api.tasks("review_licenses", second["dag_run_id"])}
    assert (states["collect"], states["question.ask"]) == ("success", "skipped")
    wait_until(lambda: {task["state"] for task in asks(world, first)} == {"awaiting_input"})
    assert {task["dag_run_id"] for task in (one["task_instance"] for one in questions(world))} == {first}

    before = {slice: world.ids(source, slice) for slice in (MARCH_1, MARCH_2)}
    assert not any(with_tag(source, slice) & set(ids) for slice, ids in before.items())
    requests = len(source.site.asked())
    answer(world, question, "allow", license="CC-BY-4.0", comment="their terms say 4.0")
    wanted = {slice: sorted(with_tag(source, slice) | set(ids)) for slice, ids in before.items()}
    assert [len(wanted[slice]) - len(before[slice]) for slice in before] == [3, 3]
    wait_until(lambda: len(world.api.runs("apply_reviews", state="success")) == 1)
    assert {slice: world.ids(source, slice) for slice in wanted} == wanted
    assert len(source.site.asked()) == requests

    (review,) = (row for row in world.ledgers.reviews(source.id))
    assert (review["license_raw"], review["decision"], review["license_expression"]) == (TAG, "allow", "CC-BY-4.0")
    assert (review["reviewed_by"], review["comment"]) == ("admin", "their terms say 4.0")
    assert begun < review["reviewed_at"] < datetime.now(UTC)
    (applied,) = world.api.runs("apply_reviews")
    events = [extra for uri, extra in world.events("apply_reviews", applied["dag_run_id"]) if "corpus" in uri]
    told = {extra["slice_start"]: extra["counts"]["allow"] for extra in events}
    assert told == {slice.start.isoformat(): len(wanted[slice]) for slice in wanted}
    # The other questions of the first run go on waiting.
    assert world.api.run("review_licenses", first)["state"] == "running"
    for dag_id in ASKING:
        world.api.set_paused(dag_id, True)
