"""Real services for the system tests: one object store and table catalogue per session, on free ports."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from embedded.weed import Weed, WeedPorts
from rightful.settings import Settings
from rightful.store.tables import Tables

_numbers = count(1)


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weed]:
    """A running SeaweedFS with an empty store."""
    weed = Weed(tmp_path_factory.mktemp("seaweed"), WeedPorts.free())
    weed.start()
    yield weed
    weed.stop()


@pytest.fixture
def settings(seaweed: Weed, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that point at it; processes started by the test inherit them."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.fixture
def tables(settings: Settings) -> Tables:
    """The catalogue."""
    return Tables(settings)


@pytest.fixture
def source_id() -> str:
    """A source that no other test uses."""
    return f"source_{next(_numbers)}"
