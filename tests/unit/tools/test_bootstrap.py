"""What stops the environment from being made is said with its remedy."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "tools" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying … NewConnectionError: Failed to establish a new connection", "can't be reached"),
        ("[Errno -3] Temporary failure in name resolution", "can't be reached"),
        (
            "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)",
            "can't be reached",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that was locked"),
        ("ERROR: something new", "something new"),
    ],
)
def test_pip_failures(bootstrap: ModuleType, output: str, says: str) -> None:
    text = bootstrap.explain(output)
    assert says in text
    assert "install.log" in text


@pytest.mark.parametrize(("version", "says"), [((3, 10, 4), "too old"), ((3, 14, 0), "newer than")])
def test_python(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], says: str) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(bootstrap.Stop, match=says):
        bootstrap.check_python()


def test_disk(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "FREE_BYTES", 10**18)
    with pytest.raises(bootstrap.Stop, match="GB are free"):
        bootstrap.check_machine()


def test_colon_in_the_path(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", Path("/tmp/a:b"))
    with pytest.raises(bootstrap.Stop, match="colon"):
        bootstrap.check_machine()


def test_wrong_use(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["prod"]) == 2
    assert "usage" in capsys.readouterr().err


def pip_calls(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, wish: str, local: int) -> list[str]:
    """What :func:`install_torch` has pip install in a fresh environment; ``local`` is the exit status of the look."""
    calls: list[str] = []
    monkeypatch.setattr(bootstrap, "VENV", folder)
    monkeypatch.setattr(bootstrap, "LOG", folder / "install.log")
    monkeypatch.setattr(bootstrap, "run_pip", lambda command, *_: calls.append(" ".join(command)))

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, local if "--dry-run" in command else 1, stdout="")

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    bootstrap.install_torch(wish)
    assert (folder / ".torch").exists() == bool(calls)
    return calls


@pytest.mark.parametrize("wish", ["", "1"])
def test_torch_comes_from_a_folder_of_wheels_without_a_look_at_the_index(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wish: str
) -> None:
    [call] = pip_calls(bootstrap, monkeypatch, tmp_path, wish, local=0)
    assert "--no-index --no-deps" in call


@pytest.mark.parametrize(("wish", "calls"), [("", 0), ("0", 0), ("1", 1)])
def test_gigabytes_only_where_a_person_wishes_them(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wish: str, calls: int
) -> None:
    made = pip_calls(bootstrap, monkeypatch, tmp_path, wish, local=1)
    assert len(made) == calls
    assert not any("--no-index" in call for call in made)
