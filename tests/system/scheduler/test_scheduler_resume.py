"""A shard that dies goes on at its page; one that is run again begins anew, whatever was saved before."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.system.scheduler.doors import Door
from tests.system.scheduler.sites import DemoSource
from tests.system.scheduler.world import MIDNIGHT, World, day

from rightful.pipeline.acquire import BATCH_RECORDS, FIRST_CHECKPOINT_SECONDS

pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

SLICE = day(MIDNIGHT.replace(month=3, day=1))
PAGE = 100


def places(source: DemoSource, since: int = 0) -> list[int]:
    """Which records each request since then asked for, by the place of the first."""
    queries = [parse_qs(urlsplit(path).query) for path in source.site.asked(since)]
    return [int(query.get("offset", ["0"])[0]) for query in queries]


def at(place: int) -> Door:
    return Door(f"record {place}", lambda method, target, body: f"offset={place}&" in f"{target}&")


def test_a_killed_shard_goes_on_at_its_page_and_a_cleared_one_begins_anew(world: World) -> None:
    source = world.sources["long"]
    total = source.expected(SLICE).total
    assert total > BATCH_RECORDS + 4 * PAGE
    every = list(range(0, total, PAGE))
    slow = source.site.doors.close(at(BATCH_RECORDS - PAGE))
    kill = source.site.doors.close(at(BATCH_RECORDS + 3 * PAGE))
    run = source, world.begin(source, SLICE)
    slow.wait_reached()
    time.sleep(FIRST_CHECKPOINT_SECONDS)  # a checkpoint is due after this page, the last one of a batch
    slow.open()
    kill.wait_reached()
    world.running(*run).kill()
    before = len(source.site.asked())
    kill.open()
    world.finish([run])
    assert places(source)[:before] == every[: every.index(BATCH_RECORDS + 3 * PAGE)]
    # The held request is noted when it is let go, so it may stand there once more.
    again = places(source, before)
    assert set(again) == {place for place in every if place >= BATCH_RECORDS}
    assert len(again) <= len(set(again)) + 1
    world.check(source, SLICE)

    before = len(source.site.asked())
    world.begin(source, SLICE)
    world.finish([run])
    assert places(source, before) == every
    world.check(source, SLICE)
    assert world.told(*run) == [len(source.expected(SLICE).allowed)] * 2
