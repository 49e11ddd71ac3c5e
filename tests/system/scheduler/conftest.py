"""One stack for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.scheduler.world import World

# What they assert is told as fully as in the tests themselves.
pytest.register_assert_rewrite(*(f"tests.system.scheduler.{name}" for name in ("doors", "reader", "world")))


_ending = ExitStack()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A running stack with its publishers."""
    from tests.system.scheduler.world import World

    with _ending:
        yield _ending.enter_context(World(tmp_path_factory.mktemp("scheduler")))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The stack ends with the last test of this folder: the session goes on without its load."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        _ending.close()


@pytest.fixture(autouse=True)
def _open_doors(world: World) -> Iterator[None]:
    """A test that failed leaves no door closed."""
    yield
    world.doors.open_all()
    for source in world.sources.values():
        source.site.doors.open_all()
