"""Ports are moved by variables; a wrong one is named."""

from __future__ import annotations

import pytest

from embedded.ports import Ports
from rightful.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW_PORT", "S3_PORT", "CATALOG_PORT", "PUBLISHER_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_usual_ports() -> None:
    assert Ports.from_environment() == Ports()


def test_a_variable_moves_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PORT", "9090")
    monkeypatch.setenv("S3_PORT", "")
    assert Ports.from_environment() == Ports(airflow=9090)


@pytest.mark.parametrize("text", ["80", "65536", "8080x", "-1", "٨٠٨٠", "8080 8081"])
def test_no_port(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CATALOG_PORT", text)
    with pytest.raises(ConfigurationError, match="CATALOG_PORT"):
        Ports.from_environment()


def test_the_same_port_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PORT", "8333")
    with pytest.raises(ConfigurationError, match="twice"):
        Ports.from_environment()
