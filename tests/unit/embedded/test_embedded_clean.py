"""``make clean`` starts over from damaged files, and from nothing else that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded import __main__ as commands
from embedded.stack import Stack
from rightful.errors import StoreError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "state"
    (root / "demo" / "store").mkdir(parents=True)
    monkeypatch.setenv("RIGHTFUL_STATE_DIR", str(root))
    # Which ports are free is asked of sockets, which unit tests have not.
    monkeypatch.setattr("embedded.ports.free_ports", lambda count: list(range(20_000, 20_000 + count)))
    monkeypatch.setattr("embedded.ports.is_free", lambda port: True)
    return root


@pytest.mark.parametrize(
    "damaged",
    [["secrets.json"], ["stack.json"], ["processes.json"], ["store/weed.json"], ["secrets.json", "stack.json"]],
)
def test_damaged_files_are_taken_away(state: Path, damaged: list[str]) -> None:
    for name in damaged:
        (state / "demo" / name).write_text("{")
    assert commands.run_clean() == 0
    assert not state.exists()


def test_another_error_leaves_everything_as_it_is(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Stack, say: object) -> list[str]:
        raise StoreError("another command is at work")

    monkeypatch.setattr(Stack, "stop", stop)
    (state / "demo" / "kept").write_text("x")
    with pytest.raises(StoreError):
        commands.run_clean()
    assert (state / "demo" / "kept").exists()
