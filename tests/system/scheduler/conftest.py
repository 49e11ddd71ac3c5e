"""One stack for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.scheduler.world import World

# What they assert is told as fully as in the tests themselves.
pytest.register_assert_rewrite(*(f"tests.system.scheduler.{name}" for name in ("doors", "reader", "world")))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running stack with its publishers."""
    from tests.system.scheduler.world import World

    with World(tmp_path_factory.mktemp("scheduler")) as made:
        yield made


@pytest.fixture(autouse=True)
def _open_doors(world: World) -> Iterator[None]:
    """A test that failed leaves no door closed."""
    yield
    world.doors.open_all()
    for source in world.sources.values():
        source.site.doors.open_all()
