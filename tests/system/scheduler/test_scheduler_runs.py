"""Nights, backfills, re-runs and runs with parameters, all by Airflow's own scheduler: the tables are exact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from tests.system.commands import backfill
from tests.system.scheduler.doors import Door, Match
from tests.system.scheduler.sites import DemoSource
from tests.system.scheduler.world import MIDNIGHT, World, day, wait_until

from rightful.errors import Refused
from rightful.model import Slice

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

NIGHTS = [day(MIDNIGHT - timedelta(days=days)) for days in (3, 2, 1)]
MARCH_1 = day(MIDNIGHT.replace(month=3, day=1))


def last_night(world: World) -> tuple[DemoSource, str]:
    """The run that the scheduler makes by itself, ended well."""
    source = world.sources["demo_questions"]
    world.api.set_paused(source.dag_id, False)
    wait_until(lambda: bool(world.api.runs(source.dag_id, run_type="scheduled")))
    run = world.run_of(source, NIGHTS[-1])
    assert run is not None
    world.finish([(source, run["dag_run_id"])])
    return source, str(run["dag_run_id"])


def test_the_scheduler_runs_last_night(world: World) -> None:
    source, run_id = last_night(world)
    world.check(source, NIGHTS[-1])
    assert world.told(source, run_id)[-1] == len(source.expected(NIGHTS[-1]).allowed)
    assert [run["dag_run_id"] for run in world.api.runs(source.dag_id, run_type="scheduled")] == [run_id]


def test_backfill_of_three_days_and_a_day_run_again(world: World) -> None:
    source, last = last_night(world)
    events, begun = len(world.told(source, last)), started(world, source, last)
    asked = len(source.site.asked())
    backfill(world.stack, source.dag_id, NIGHTS[0].start, NIGHTS[-1].start, at_once=3)
    runs = [world.run_of(source, night) for night in NIGHTS]
    assert all(runs)
    assert len(world.api.runs(source.dag_id)) == len(NIGHTS)
    wait_until(lambda: started(world, source, last) not in (None, begun))  # last night was there already
    world.finish([(source, run["dag_run_id"]) for run in runs if run is not None])
    for night in NIGHTS:
        world.check(source, night)
    # Last night was asked for again, wholly, beside the two new ones.
    assert sites(source, NIGHTS[-1], asked) == sites(source, NIGHTS[0], asked) == sites(source, NIGHTS[1], asked)
    assert sites(source, NIGHTS[-1], asked) == {"gardening", "es.gardening", "ru.gardening"}
    assert world.told(source, last)[events:] == [len(source.expected(NIGHTS[-1]).allowed)]

    asked = len(source.site.asked())
    world.finish([(source, world.begin(source, NIGHTS[1]))])
    for night in NIGHTS:
        world.check(source, night)
    assert sites(source, NIGHTS[1], asked) == {"gardening", "es.gardening", "ru.gardening"}
    assert sites(source, NIGHTS[0], asked) == sites(source, NIGHTS[2], asked) == set()


def started(world: World, source: DemoSource, run_id: str) -> object:
    return world.api.run(source.dag_id, run_id)["start_date"]


def sites(source: DemoSource, night: Slice, since: int) -> set[str]:
    """Which sites were asked for a night since then."""
    begin = f"fromdate={night.start.timestamp():.0f}&"
    paths = [path for path in source.site.asked(since) if begin in path]
    return {path.partition("site=")[2].partition("&")[0] for path in paths}


@pytest.fixture(scope="module")
def both(world: World) -> list[tuple[DemoSource, str]]:
    """Two sources that came to their last commit together, and then published at once."""
    sources = [world.sources["demo_news"], world.sources["full"]]
    # Whatever they have read of `ledger.slices` is outdated when the other one has committed.
    doors = [
        world.doors.close(Door(f"commit {source.id}", commits(f"/corpus/tables/{source.id}"))) for source in sources
    ]
    runs = [(source, world.begin(source, MARCH_1)) for source in sources]
    for door in doors:
        door.wait_reached()
    for door in doors:
        door.open()
    world.finish(runs)
    return runs


def commits(path: str) -> Match:
    return lambda method, target, body: method == "POST" and target.endswith(path)


def test_two_sources_publish_at_once(world: World, both: list[tuple[DemoSource, str]]) -> None:
    for source, run_id in both:
        world.check(source, MARCH_1)
        assert {task["try_number"] for task in world.api.tasks(source.dag_id, run_id)} == {1}
        assert world.told(source, run_id) == [len(source.expected(MARCH_1).allowed)]


def test_a_limit_on_a_day_that_is_not_published(world: World) -> None:
    source = world.sources["limited"]
    world.finish([(source, world.begin(source, MARCH_1, limit=30))])
    published = world.ledgers.published_slice(source.id, MARCH_1)
    assert published is not None
    assert (published["fetched"], published["limited"]) == (30, True)
    ids = world.ids(source, MARCH_1)
    assert 0 < len(ids) == len(set(ids)) == published["documents"]
    assert set(ids) < source.expected(MARCH_1).allowed


def test_a_limit_on_a_published_day_changes_nothing(world: World, both: list[tuple[DemoSource, str]]) -> None:
    source, _ = both[1]
    body = {
        "logical_date": MIDNIGHT.isoformat(),  # the slice's own date has its run
        "data_interval_start": MARCH_1.start.isoformat(),
        "data_interval_end": MARCH_1.end.isoformat(),
        "conf": {"limit": 30},
    }
    run_id = world.api.call("POST", f"/dags/{source.dag_id}/dagRuns", json=body)["dag_run_id"]
    world.finish([(source, run_id)])
    world.check(source, MARCH_1)
    tasks = world.tasks(source, run_id)
    assert tasks["publish"]["state"] == "skipped"
    note = "a run with a limit (30 records) does not replace a slice that is already published"
    assert f"nothing will be published: {note}" in world.api.log(tasks["audit"])
    path = f"/dags/{source.dag_id}/dagRuns/{run_id}/taskInstances/publish/logs/1"
    assert any(note in entry.get("reason", "") for entry in world.api.call("GET", path)["content"])
    assert world.told(source, run_id) == []


def test_a_dry_run_writes_nothing(world: World) -> None:
    source = world.sources["dry"]
    before = stored(world)
    run_id = world.begin(source, MARCH_1, dry_run=True)
    world.finish([(source, run_id)])
    tasks = world.tasks(source, run_id)
    assert {name: task["state"] for name, task in tasks.items()} == {
        "plan": "success", "acquire": "success", "audit": "success", "publish": "skipped",
    }  # fmt: skip
    assert stored(world) == before
    assert world.ledgers.published_slice(source.id, MARCH_1) is None
    assert world.told(source, run_id) == []
    log = world.api.log(tasks["audit"])
    expected = source.expected(MARCH_1)
    assert f"audit: {expected.total} fetched: allow {len(expected.allowed)}," in log


def stored(world: World) -> set[str]:
    """Every object of the store."""
    settings = world.settings
    assert settings.s3_secret_access_key is not None
    client: Any = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )
    found = set()
    for bucket in client.list_buckets()["Buckets"]:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            found |= {f"{bucket['Name']}/{entry['Key']}" for entry in page.get("Contents", [])}
    return found


@pytest.mark.parametrize("conf", [{"limit": "x"}, {"limit": 0}, {"limit": 1.5}, {"dry_run": "perhaps"}])
def test_a_wrong_parameter_is_rejected(world: World, conf: dict[str, object]) -> None:
    source = world.sources["dry"]
    before = world.api.runs(source.dag_id)
    with pytest.raises(Refused) as caught:
        world.api.trigger(source.dag_id, MARCH_1.start - timedelta(days=9), MARCH_1.end - timedelta(days=9), conf)
    assert "Airflow answers 4" in str(caught.value)
    assert next(iter(conf)) in str(caught.value)
    assert world.api.runs(source.dag_id) == before
