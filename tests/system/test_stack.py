"""The embedded stack on this machine: it listens on 127.0.0.1 only, heals, and leaves nothing behind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from embedded import ports
from embedded.processes import leader, session
from embedded.stack import AIRFLOW_PARTS, Stack
from rightful.errors import ConfigurationError

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("a stack"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


def members(stack: Stack) -> list[psutil.Process]:
    """Every process of the stack."""
    found = [process for entry in stack.processes.all().values() for process in session(entry)]
    return found + ([psutil.Process(stack.weed.pid)] if stack.weed.pid else [])


def listening(processes: list[psutil.Process]) -> set[tuple[str, int]]:
    """Addresses on which these listen."""
    return {
        tuple(connection.laddr)
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_everything_listens_on_this_machine_only(stack: Stack) -> None:
    found = listening(members(stack))
    assert {address for address, _ in found} == {"127.0.0.1"}
    assert {stack.ports.airflow, stack.ports.s3, stack.ports.catalog} <= {port for _, port in found}


def test_a_second_start_starts_nothing(stack: Stack) -> None:
    before = {process.pid for process in members(stack)}
    said: list[str] = []
    stack.start(said.append)
    assert said == []
    assert {entry.pid for entry in stack.processes.all().values()} <= before


def test_another_command_finds_the_stack(stack: Stack) -> None:
    other = Stack(stack.folder)
    assert set(other.running()) == {*AIRFLOW_PARTS, "store"}
    assert other.ports == stack.ports
    assert other.api.healthy("scheduler")


def test_the_shell_environment_reaches_it(stack: Stack) -> None:
    text = (stack.folder / "environment").read_text()
    assert f"export RIGHTFUL_S3_ENDPOINT={stack.weed.s3_endpoint}" in text
    assert (stack.folder / "environment").stat().st_mode & 0o077 == 0


def test_without_the_password_nobody_gets_in(stack: Stack) -> None:
    import httpx

    assert httpx.get(f"{stack.address}/api/v2/dags", trust_env=False).status_code == 401
    wrong = {"username": "admin", "password": "admin"}
    assert httpx.post(f"{stack.address}/auth/token", json=wrong, trust_env=False).status_code == 401


def test_catalogue_is_parsed_and_paused(stack: Stack) -> None:
    from embedded.catalogue import set_up, sources_of, wait_parsed

    sources = sources_of(stack)
    set_up(stack.api, sources, {})
    set_up(stack.api, sources, {})  # again: changes nothing, fails at nothing
    wait_parsed(stack.api, {source.dag_id for source in sources})
    assert stack.api.import_errors() == {}
    paused = {dag["dag_id"]: dag["is_paused"] for dag in stack.api.pages("/dags", "dags")}
    assert {dag_id for dag_id, is_paused in paused.items() if not is_paused} == {
        # They ask the outside world nothing, and would miss what happens while they are paused.
        *("apply_reviews", "contract_terms", "review_licenses")
    }
    pools = {pool["name"]: pool["slots"] for pool in stack.api.pages("/pools", "pools")}
    assert len(pools) > 1


def test_killed_parts_come_back(stack: Stack) -> None:
    old = stack.processes.all()["scheduler"]
    stack.kill_scheduler()
    assert leader(old) is None
    assert session(old) == []
    stack.kill_weed()
    assert stack.weed.pid is None
    stack.start()
    assert set(stack.running()) == {*AIRFLOW_PARTS, "store"}
    assert stack.processes.all()["scheduler"].pid != old.pid


def test_a_busy_port_is_named_with_its_holder(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        numbers = ports.Ports(airflow=port, s3=ports.free_ports(1)[0], catalog=ports.free_ports(1)[0])
        busy = Stack(tmp_path / "stack", port_numbers=numbers)
        with pytest.raises(ConfigurationError) as caught:
            busy.start()
        assert f"port {port} is in use by" in str(caught.value)
        assert "AIRFLOW_PORT=" in str(caught.value)
        assert f"process {psutil.Process().pid}" in str(caught.value)
        assert busy.running() == []


def test_stop_leaves_nothing(stack: Stack) -> None:
    before = members(stack)
    assert set(stack.stop()) == {*AIRFLOW_PARTS, "store"}
    assert [process for process in before if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    assert all(ports.is_free(port) for port in (stack.ports.airflow, stack.ports.s3, stack.ports.catalog))
    assert stack.stop() == []
