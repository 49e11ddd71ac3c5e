"""The embedded object store: quiet, on its own ports, and its data survive a power cut."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from embedded.weed import Weed, WeedPorts
from rightful.errors import ConfigurationError, StoreError
from rightful.settings import Settings
from rightful.store.raw import RawStore

pytestmark = pytest.mark.system


def test_free_ports_differ() -> None:
    assert len(set(asdict(WeedPorts.free()).values())) == 11
    with pytest.raises(ConfigurationError, match="different ports"):
        WeedPorts(s3=9333)


def read_again(uri: str) -> bytes:
    """Read an object soon after a start: a store that is not quite there yet is worth a retry, as for every task."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return RawStore(Settings()).get(uri)
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_killed_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weed = Weed(tmp_path / "store", WeedPorts.free())
    assert weed.pid is None
    weed.stop()  # ends nothing when nothing runs
    weed.start()
    try:
        for name, value in weed.environment().items():
            monkeypatch.setenv(name, value)
        uri = RawStore(Settings()).put(b"kept")
        process = psutil.Process(weed.pid)
        assert "-master.telemetry=false" in process.cmdline()
        listening = {c.laddr.port for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
        assert listening <= set(asdict(weed.ports).values())
        assert {c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}

        with pytest.raises(ConfigurationError, match=f"port {weed.ports.s3}"):
            Weed(tmp_path / "another", weed.ports).start()

        weed.kill()
        assert weed.pid is None
        assert not list(Path("/tmp").glob(f"seaweedfs-*-{weed.ports.s3_grpc}.sock"))
        weed = Weed(tmp_path / "store")  # another process finds the ports again
        weed.start()
        assert read_again(uri) == b"kept"
    finally:
        weed.stop()
    assert weed.pid is None
