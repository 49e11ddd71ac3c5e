"""``kill -9`` at several points of a slice: every run ends well by itself, the tables are exact, readers see whole
slices only."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import psutil
import pytest
from tests.system.scheduler.doors import PATIENCE, Door
from tests.system.scheduler.reader import State, Watch
from tests.system.scheduler.sites import DemoSource
from tests.system.scheduler.world import MIDNIGHT, PAGE, POINTS, World, day, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

SLICE = day(MIDNIGHT.replace(month=3, day=1))
_rounds = count(1)

Runs = dict[str, tuple[DemoSource, str]]
"""Point → source and run."""


def doors_at(world: World, source: DemoSource, point: str) -> Door:
    """Close the door at a point of the source's next slice."""
    last = -(-source.expected(SLICE).total // PAGE)

    def page(method: str, target: str, body: bytes) -> bool:
        return True

    def manifest(method: str, target: str, body: bytes) -> bool:
        return method == "PUT" and "/manifests/" in target and f'"{source.id}"'.encode() in body

    def commit(namespace: str) -> Callable[[str, str, bytes], bool]:
        path = f"/namespaces/{namespace}/tables/{source.id}"
        return lambda method, target, body: method == "POST" and target.endswith(path)

    if point == "first_page":
        return source.site.doors.close(Door(point, page))
    if point == "last_page":
        return source.site.doors.close(Door(point, page, nth=last))
    return world.doors.close(
        {
            "audit": Door(point, manifest),  # the audit is through, its manifest not written
            "ledger": Door(point, commit("ledger")),  # nothing published yet
            "corpus": Door(point, commit("corpus")),  # the ledger knows, the corpus doesn't
            "told": Door(point, commit("corpus"), after=True),  # visible, but nobody was told
        }[point]
    )


def kill_tasks(world: World, runs: Runs, doors: dict[str, Door]) -> None:
    for process in [world.running(*run) for run in runs.values()]:
        process.kill()
    open_doors(doors, drop=True)


def kill_scheduler_and_workers(world: World, runs: Runs, doors: dict[str, Door]) -> None:
    world.stack.kill_scheduler()
    open_doors(doors, drop=True)
    world.stack.restart_scheduler()


def kill_scheduler_alone(world: World, runs: Runs, doors: dict[str, Door]) -> None:
    """Its workers live on and end what they are at."""
    working = [world.running(*run) for run in runs.values()]
    world.stack.kill_scheduler(alone=True)
    open_doors(doors, drop=False)
    _, alive = psutil.wait_procs(working, timeout=PATIENCE)
    assert alive == []
    world.stack.restart_scheduler()


def kill_seaweedfs(world: World, runs: Runs, doors: dict[str, Door]) -> None:
    """It stays away until Airflow has put off what needs it."""
    world.stack.kill_weed()
    open_doors(doors, drop=True)
    for point, task_id in (("first_page", "acquire"), ("last_page", "acquire"), ("audit", "audit")):
        wait_until(lambda: world.tasks(*runs[point])[task_id]["state"] == "up_for_retry")  # noqa: B023 - called here
    world.stack.restart_weed()


VICTIMS: dict[str, tuple[Callable[[World, Runs, dict[str, Door]], None], tuple[str, ...]]] = {
    "task": (kill_tasks, POINTS),
    "scheduler_and_workers": (kill_scheduler_and_workers, ("first_page", "audit", "corpus", "told")),
    "scheduler_alone": (kill_scheduler_alone, ("last_page", "corpus")),
    "seaweedfs": (kill_seaweedfs, ("first_page", "last_page", "audit", "told")),
}


def open_doors(doors: dict[str, Door], *, drop: bool) -> None:
    for point, door in doors.items():
        door.open(drop=drop and point not in ("first_page", "last_page"))  # the publisher is well


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_at_every_point(victim: str, world: World) -> None:
    kill, points = VICTIMS[victim]
    sources = {point: world.sources[f"at_{point}"] for point in points}
    scale = next(_rounds)
    whole: dict[str, set[State]] = {}
    for source in sources.values():
        before = frozenset(world.ids(source, SLICE))
        source.site.grow(scale)  # so that the new slice can be told from the old one
        after = frozenset(source.expected(SLICE).allowed)
        assert after != before
        whole[source.id] = {before, after}
    doors = {point: doors_at(world, source, point) for point, source in sources.items()}
    with Watch(world.settings, SLICE, whole) as watch:
        runs = {point: (source, world.begin(source, SLICE)) for point, source in sources.items()}
        for door in doors.values():
            door.wait_reached()
        kill(world, runs, doors)
        world.finish(runs.values())
    for source, run_id in runs.values():
        world.check(source, SLICE)
        assert len(source.expected(SLICE).allowed) in world.told(source, run_id)
    watch.check()
    if victim in ("task", "scheduler_and_workers"):
        for source, run_id in runs.values():
            assert max(task["try_number"] for task in world.api.tasks(source.dag_id, run_id)) > 1
