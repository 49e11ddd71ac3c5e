"""Unit tests open no socket and know no Airflow."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
import pytest_socket

# A verdict must be the same for the same code. New examples are looked for on people's machines and by `make fuzz`.
hypothesis.settings.register_profile("verdict", derandomize=True, database=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("verdict")


@pytest.fixture(autouse=True)
def _no_sockets() -> Iterator[None]:
    pytest_socket.disable_socket()
    yield
    pytest_socket.enable_socket()
