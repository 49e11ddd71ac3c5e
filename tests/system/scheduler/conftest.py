"""One stack for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.system.scheduler.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running stack with its publishers."""
    with World(tmp_path_factory.mktemp("scheduler")) as made:
        yield made


@pytest.fixture(autouse=True)
def _open_doors(world: World) -> Iterator[None]:
    """A test that failed leaves no door closed."""
    yield
    world.doors.open_all()
    for source in world.sources.values():
        source.site.doors.open_all()
