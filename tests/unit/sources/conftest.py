"""Sources are tested on saved answers: a socket here is a mistake."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_network(socket_disabled: None) -> None:
    """Any attempt to open a socket fails the test."""
