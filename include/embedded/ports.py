"""Ports on this machine: who holds one, and which are free."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from dataclasses import dataclass

import psutil

from rightful.errors import ConfigurationError

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """What people and settings point at. Each can be moved by an environment variable of the same name + ``_PORT``."""

    airflow: int = 8080
    s3: int = 8333
    catalog: int = 8181
    publisher: int = 8098

    @classmethod
    def from_environment(cls) -> Ports:
        """The usual ports, moved by AIRFLOW_PORT, S3_PORT, CATALOG_PORT, PUBLISHER_PORT (empty counts as not set)."""
        chosen = {}
        for name, usual in cls().__dict__.items():
            text = os.environ.get(variable(name), "").strip()
            if text and not (text.isascii() and text.isdecimal() and 1024 <= int(text) <= 65535):
                raise ConfigurationError(
                    f"{variable(name)}={text} is no port", remedy="give a number from 1024 to 65535"
                )
            chosen[name] = int(text) if text else usual
        if len(set(chosen.values())) != len(chosen):
            raise ConfigurationError(f"the same port is given twice: {chosen}", remedy="choose different ones")
        return cls(**chosen)

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody listens on now."""
        return cls(*free_ports(len(cls().__dict__)))


def variable(name: str) -> str:
    """Name of the environment variable that moves a port."""
    return f"{name.upper()}_PORT"


def free_ports(count: int) -> list[int]:
    """``count`` different free ports, chosen at random.

    Not of those that the system gives to outgoing connections: one of these may be taken again before its server has
    started, which for Airflow is some ten seconds later.
    """
    with contextlib.ExitStack() as stack:
        numbers: list[int] = []
        for number in random.SystemRandom().sample(_FREE_RANGE, len(_FREE_RANGE)):
            if len(numbers) == count:
                break
            held = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                held.bind((HOST, number))
                numbers.append(number)
    if len(numbers) < count:
        raise ConfigurationError("this machine has no free ports", remedy="end programs that listen on it")
    return numbers


_FREE_RANGE = range(12_000, 30_000)
"""Outgoing connections use 32768 and above on Linux, 49152 and above on macOS."""


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of this machine now."""
    with socket.socket() as probe:
        # As servers do: connections of an ended server that linger must not count as busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Who listens on ``port``, for people: ``python3 server.py (process 4711)``."""
    with contextlib.suppress(psutil.AccessDenied):  # other people's processes are hidden on some systems
        for connection in psutil.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                with contextlib.suppress(psutil.Error):
                    command = " ".join(psutil.Process(connection.pid).cmdline())
                    return f"`{command[:80]}` (process {connection.pid})"
    return "another program"


def require_free(ports: dict[str, int]) -> None:
    """Check ``{name of the port: number}``.

    Raises:
        ConfigurationError: for the first that is busy: who holds it, and which variable moves ours.
    """
    for name, port in ports.items():
        if not is_free(port):
            raise ConfigurationError(
                f"port {port} is in use by {holder(port)}",
                remedy=f"end that program, or move ours: `make … {variable(name)}={free_ports(1)[0]}`",
            )
