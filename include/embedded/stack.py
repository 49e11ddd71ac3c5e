"""One embedded stack in one folder: started, watched, wounded (by tests) and stopped as a whole or part by part."""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import msgspec

from embedded import airflow, ports, secrets
from embedded.api import AirflowApi
from embedded.damaged import Damaged
from embedded.processes import Processes, Started
from embedded.weed import Weed, WeedPorts
from rightful.errors import ConfigurationError, StoreError
from rightful.settings import Settings

ROOT = airflow.ROOT
AIRFLOW_PARTS = tuple(airflow.PARTS)
PUBLISHER = "publisher"
PATIENCE = 300.0
"""Seconds that a part may take to answer; a busy machine takes a minute, a broken part dies and is noticed at once."""

Say = Callable[[str], None]


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a later process must know of a stack it didn't start itself."""

    ports: dict[str, int]
    catalogue: list[str]


class Stack:
    """SeaweedFS, Airflow and (for the demo and tests) the demo publisher, with all their files in ``folder``.

    ``catalogue`` are the folders of source files, ``contracts`` is the one of contracts. Without ``port_numbers`` those
    of the folder's last start are used again, else free ones. ``settings`` go into the environment of every part, over
    our own.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        catalogue: Sequence[Path | str] = (ROOT / "include" / "sources",),
        contracts: Path | str = ROOT / "include" / "contracts",
        port_numbers: ports.Ports | None = None,
        publisher: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = Path(folder).absolute()
        self.catalogue = tuple(Path(part).absolute() for part in catalogue)
        self.contracts = Path(contracts).absolute()
        self.with_publisher = publisher
        self.settings = dict(settings or {})
        self.processes = Processes(self.folder)
        kept = self._kept()
        if kept and (self.running() or port_numbers is None):
            port_numbers = ports.Ports(**kept.ports)
        self.ports = port_numbers or ports.Ports.free()
        self.secrets = secrets.load(self.folder)

    # ------------------------------------------------------------------ parts and addresses

    @cached_property
    def weed(self) -> Weed:
        """The object store and table catalogue."""
        wanted = {"s3": self.ports.s3, "iceberg": self.ports.catalog}
        usual = Weed(self.folder / "store", access_key="rightful", secret_key=self.secrets.store_key)
        if usual.pid is not None:
            return usual
        # Nobody but SeaweedFS itself uses the other ports: any will do, but it likes to find its old ones.
        inner = {name: port for name, port in asdict(usual.ports).items() if name not in wanted}
        first = not (usual.folder / "weed.json").exists()
        if first or not all(map(ports.is_free, inner.values())) or set(inner.values()) & set(wanted.values()):
            inner = dict(zip(inner, ports.free_ports(len(inner)), strict=True))
        return Weed(usual.folder, WeedPorts(**wanted, **inner), usual.access_key, usual.secret_key)

    @cached_property
    def api(self) -> AirflowApi:
        """Airflow's REST API, logged in."""
        return AirflowApi(self.address, airflow.USER, self.secrets.admin_password)

    @property
    def address(self) -> str:
        """Where a browser finds Airflow."""
        return f"http://{airflow.HOST}:{self.ports.airflow}"

    @property
    def publisher_address(self) -> str:
        """Where the demo publisher answers."""
        return f"http://{airflow.HOST}:{self.ports.publisher}"

    @property
    def library_environment(self) -> dict[str, str]:
        """The ``RIGHTFUL_*`` variables that point the library at this stack."""
        return {
            **self.weed.environment(),
            "RIGHTFUL_CATALOGUE_DIR": os.pathsep.join(map(str, self.catalogue)),
            "RIGHTFUL_CONTRACTS_DIR": str(self.contracts),
            "RIGHTFUL_STATE_DIR": str(self.folder.parent),  # so that `make stop` in such a shell ends this stack
            **self.settings,
        }

    @property
    def library_settings(self) -> Settings:
        """The library's settings for this stack, for calls in this process."""
        known = {"RIGHTFUL_" + name.upper(): name for name in Settings.model_fields}
        environment = self.library_environment
        return Settings.model_validate({known[name]: value for name, value in environment.items() if name in known})

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of Airflow's processes."""
        return airflow.environment(self.folder / "airflow", self.ports.airflow, self.secrets) | self.library_environment

    def running(self) -> list[str]:
        """Names of the parts that live."""
        names = [name for name in self.processes.all() if self.processes.alive(name)]
        store = Weed(self.folder / "store") if (self.folder / "store").exists() else None
        return [*names, "store"] if store and store.pid else names

    # ------------------------------------------------------------------ as a whole

    def start(self, say: Say = lambda text: None) -> None:
        """Start whatever does not live yet and wait until all answer. ``say`` gets one line for each step.

        Raises:
            ConfigurationError: a port is busy; the message names its holder and the remedy.
            StoreError: a part ended or did not answer; with the end of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self._check_ports()
            self._keep()
            airflow.prepare(self.folder / "airflow", self.secrets)
            migration = self._migrate(say)
            if self.weed.pid is None:
                say(f"object store and table catalogue: {self.weed.s3_endpoint}, {self.weed.catalog_uri}")
            self.weed.start()
            if self.with_publisher:
                self.start_part(PUBLISHER)
            self._finish_migration(migration)
            before = datetime.now(UTC)
            started = [name for name in AIRFLOW_PARTS if self.start_part(name)]
            if started:
                say(f"Airflow: {self.address} (takes some 20 to 60 s)")
            self.wait_healthy(since=before if started else None)

    def stop(self, say: Say = lambda text: None) -> list[str]:
        """End all that was started here, and nothing else; the names of what lived. The data stay."""
        with self._locked():
            lived = self.running()
            if lived:
                say(f"ending {', '.join(lived)}")
            self.processes.stop([*AIRFLOW_PARTS, PUBLISHER])
            if "store" in lived:
                self.weed.stop()
            if lived:
                self._wait_ports_free()
            return lived

    def wait_healthy(self, *, since: datetime | None = None, timeout: float = PATIENCE) -> None:
        """Wait until the scheduler, the DAG processor and the API server report that they work (after ``since``).

        Raises:
            StoreError: one of them ended, or ``timeout`` seconds passed; with the end of its log.
        """
        deadline = time.monotonic() + timeout
        while not self.api.healthy("scheduler", "dag_processor", since=since):
            for name in AIRFLOW_PARTS:
                if self.processes.alive(name) is None:
                    raise StoreError(f"Airflow's {name} ended while starting:\n{self.processes.tail(name)}")
            if time.monotonic() > deadline:
                raise StoreError(
                    f"Airflow did not get ready in {timeout:.0f} s:\n{self.processes.tail('api-server')}",
                    remedy=f"see {self.processes.logs}",
                )
            time.sleep(0.25)

    # ------------------------------------------------------------------ part by part

    def start_part(self, name: str) -> Started | None:
        """Start one part unless it lives; what was started."""
        if self.processes.alive(name) is not None:
            return None
        # What a killed part left behind (workers, running tasks) must not meet its successor.
        self.processes.kill([name])
        command = airflow.PARTS[name] if name in airflow.PARTS else self._publisher_command()
        environment = airflow.part_environment(name, self.environment, self.folder / "airflow")
        return self.processes.start(name, command, environment=environment, cwd=ROOT)

    def stop_part(self, name: str) -> None:
        """End one part politely, with all it started."""
        self.processes.stop([name])

    def kill_part(self, name: str, *, alone: bool = False) -> None:
        """``kill -9`` one part: with all it started, or only its main process (its workers then live on)."""
        if not alone:
            self.processes.kill([name])
        elif process := self.processes.alive(name):
            process.kill()
            process.wait(10)

    def kill_scheduler(self, *, alone: bool = False) -> None:
        """``kill -9`` the scheduler; with ``alone`` its workers and running tasks live on."""
        self.kill_part("scheduler", alone=alone)

    def kill_weed(self) -> None:
        """``kill -9`` SeaweedFS; its data stay."""
        self.weed.kill()

    def restart_scheduler(self) -> None:
        """Start the scheduler again and wait until it works."""
        before = datetime.now(UTC)
        self.start_part("scheduler")
        self.wait_healthy(since=before)

    def restart_weed(self) -> None:
        """Start SeaweedFS again on the same ports and data."""
        self.weed.start()

    # ------------------------------------------------------------------ inside

    def _publisher_command(self) -> list[str]:
        from embedded.demo import publisher_command

        return publisher_command(self.ports.publisher)

    @property
    def _kept_file(self) -> Path:
        return self.folder / "stack.json"

    def _kept(self) -> _Kept | None:
        try:
            return msgspec.json.decode(self._kept_file.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise Damaged(self._kept_file, error, remedy="delete it") from error

    def _keep(self) -> None:
        kept = _Kept(ports=asdict(self.ports), catalogue=[str(part) for part in self.catalogue])
        secrets.write_private(self._kept_file, msgspec.json.format(msgspec.json.encode(kept)))
        # What `airflow` and `rightful` need in a person's shell: everything here that isn't of the shell itself.
        # Ours always, also when this very shell has them already: the next one may not. Secrets of the person's own
        # shell (connections) are not written down.
        own = {
            name: value
            for name, value in self.environment.items()
            if name != "PATH" and (name in self.library_environment or os.environ.get(name) != value)
        }
        lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(own.items())]
        lines.append(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')
        secrets.write_private(self.folder / "environment", ("\n".join(lines) + "\n").encode())

    def _check_ports(self) -> None:
        needed = {"airflow": self.ports.airflow} if self.processes.alive("api-server") is None else {}
        if self.weed.pid is None:
            needed |= {"s3": self.ports.s3, "catalog": self.ports.catalog}
        if self.with_publisher and self.processes.alive(PUBLISHER) is None:
            needed |= {"publisher": self.ports.publisher}
        ports.require_free(needed)

    def _wait_ports_free(self, timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        mine = [self.ports.airflow, self.ports.s3, self.ports.catalog]
        while busy := [port for port in mine if not ports.is_free(port)]:
            if time.monotonic() > deadline:
                raise StoreError(
                    f"port {busy[0]} is still in use by {ports.holder(busy[0])}", remedy="end that program"
                )
            time.sleep(0.1)

    def _migrate(self, say: Say) -> subprocess.Popen[bytes] | None:
        """Begin to make or update Airflow's own database; None when it is as this version wants it."""
        if self._migrated.exists() and (self.folder / "airflow" / "airflow.db").exists():
            return None
        say("Airflow's own database (SQLite)")
        self.processes.logs.mkdir(parents=True, exist_ok=True)
        with (self.processes.logs / "migrate.log").open("wb") as log:
            return subprocess.Popen(
                airflow.command("db", "migrate"), env=self.environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )

    def _finish_migration(self, migration: subprocess.Popen[bytes] | None) -> None:
        if migration is None:
            return
        if migration.wait(PATIENCE) != 0:
            raise StoreError(f"Airflow's database can't be made:\n{self.processes.tail('migrate')}")
        self._migrated.touch()

    @property
    def _migrated(self) -> Path:
        return self.folder / "airflow" / f".database-{version('apache-airflow-core')}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One command at a time may start or stop this stack."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigurationError(
                    "another command is starting or stopping this stack", remedy="wait for it, then try again"
                ) from None
            yield


__all__ = ["AIRFLOW_PARTS", "PUBLISHER", "Stack"]
