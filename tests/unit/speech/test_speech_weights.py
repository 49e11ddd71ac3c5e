"""Weights are found where they lie, joined once, checked every time, and never half there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from pathlib import Path

import pytest

from rightful.errors import ConfigurationError
from rightful.speech import weights
from rightful.speech.weights import Bundle, Piece, find, model_sha256


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two installed packages that hold a model ``halves`` in two pieces and ``whole`` in one."""
    site = tmp_path / "site"
    for package in ("weights_one", "weights_two"):
        (site / package / "data").mkdir(parents=True)
        (site / package / "__init__.py").write_text("raise RuntimeError('never imported')")
    (site / "weights_one/data/config.json").write_text("{}")
    (site / "weights_one/data/model.bin.1").write_bytes(b"first ")
    (site / "weights_two/data/model.bin.2").write_bytes(b"second")
    (site / "weights_two/data/config.json").write_text("{ }")
    (site / "weights_two/data/model.bin").write_bytes(b"one piece")
    halves = Bundle(
        ("weights-one==1", "weights-two==1"),
        {
            "config.json": ((Piece("weights_one", "data/config.json"),), sha(b"{}")),
            "model.bin": (
                (Piece("weights_one", "data/model.bin.1"), Piece("weights_two", "data/model.bin.2")),
                sha(b"first second"),
            ),
        },
    )
    whole = Bundle(
        ("weights-two==1",),
        {
            "config.json": ((Piece("weights_two", "data/config.json"),), sha(b"{ }")),
            "model.bin": ((Piece("weights_two", "data/model.bin"),), sha(b"one piece")),
        },
    )
    monkeypatch.setattr(weights, "BUNDLES", {"halves": halves, "whole": whole})
    monkeypatch.syspath_prepend(str(site))
    return site


def test_pieces_are_joined_once(packages: Path, tmp_path: Path) -> None:
    home = find("halves", "faster-whisper", tmp_path / "models")
    assert (home / "model.bin").read_bytes() == b"first second"
    before = (home / "model.bin").stat().st_ino
    assert find("halves", "openai-whisper", tmp_path / "models") == home
    assert (home / "model.bin").stat().st_ino == before
    assert [entry.name for entry in (tmp_path / "models").iterdir() if entry.name.startswith(".new")] == []


def test_whole_packages_are_used_where_they_lie(packages: Path, tmp_path: Path) -> None:
    assert find("whole", "faster-whisper", tmp_path / "models") == packages / "weights_two/data"


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_cache_is_made_anew(packages: Path, tmp_path: Path, damage: str) -> None:
    home = find("halves", "faster-whisper", tmp_path / "models")
    if damage == "changed":
        (home / "model.bin").write_bytes(b"first sec0nd")
    else:
        (home / "config.json").unlink()
    assert find("halves", "faster-whisper", tmp_path / "models") == home
    assert (home / "model.bin").read_bytes() == b"first second"
    assert (home / "config.json").read_bytes() == b"{}"


@pytest.mark.parametrize(
    ("name", "file"), [("halves", "weights_two/data/model.bin.2"), ("whole", "weights_two/data/config.json")]
)
def test_a_damaged_package_is_refused(packages: Path, tmp_path: Path, name: str, file: str) -> None:
    (packages / file).write_bytes(b"SECOND")
    with pytest.raises(ConfigurationError, match=r"SHA-256.*weights-two==1"):
        find(name, "faster-whisper", tmp_path / "models")
    left = list((tmp_path / "models").glob("*")) if (tmp_path / "models").exists() else []
    assert not [entry for entry in left if entry.name.startswith(("halves", ".new"))], "nothing half good stays"


def test_two_at_once(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have joined the pieces before either puts them in place; both get the same, whole folder."""
    barrier, join = threading.Barrier(2), weights._join

    def slow_join(*arguments: object) -> None:
        join(*arguments)  # type: ignore[arg-type]
        barrier.wait(10)

    monkeypatch.setattr(weights, "_join", slow_join)
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(find("halves", "faster-whisper", tmp_path / "models")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 2
    assert found[0] == found[1]
    assert sorted(entry.name for entry in found[0].iterdir()) == ["config.json", "model.bin"]
    assert not list((tmp_path / "models").glob(".new-*"))


def test_what_a_killed_process_left_is_swept(packages: Path, tmp_path: Path) -> None:
    old, young = tmp_path / "models/.new-old", tmp_path / "models/.new-young"
    old.mkdir(parents=True)
    young.mkdir()
    os.utime(old, (1, 1))
    find("halves", "faster-whisper", tmp_path / "models")
    assert not old.exists()
    assert young.exists(), "another process may be at work on it"


def test_local_folders_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"x")
    checkpoint = tmp_path / "mine.pt"
    checkpoint.write_bytes(b"x")
    assert find(str(folder), "faster-whisper", tmp_path) == folder
    assert find(str(folder), "openai-whisper", tmp_path) == folder
    assert find(str(checkpoint), "openai-whisper", tmp_path) == checkpoint
    monkeypatch.chdir(tmp_path)
    assert find("mine", "faster-whisper", tmp_path) == folder


@pytest.mark.parametrize(
    ("model", "engine", "says"),
    [
        ("", "faster-whisper", "no speech model is named"),
        ("  ", "openai-whisper", "no speech model is named"),
        ("base", "whisper", "no speech engine"),
        ("/no/such/folder", "faster-whisper", "no weights"),
        ("./empty", "faster-whisper", "no weights"),
        ("../../x", "openai-whisper", "no weights"),
        ("a/b/c", "faster-whisper", "no weights"),
        ("no-such-model", "faster-whisper", "knows no model"),
        ("checkpoint.pt", "faster-whisper", "no weights"),
    ],
)
def test_what_can_not_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, engine: str, says: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "checkpoint.pt").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=says):
        find(model, engine, tmp_path / "models")


def test_the_hash_of_a_folder_is_what_sha256sum_says(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    (folder / "Vocabulary.txt").write_text("a")
    (folder / ".hidden").write_text("no matter")
    command = ["sh", "-c", "LC_ALL=C; export LC_ALL; sha256sum * | sha256sum"]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert model_sha256(folder, tmp_path) == said.stdout.split()[0]
    with pytest.raises(ConfigurationError, match=r"no weights"):
        model_sha256(tmp_path, tmp_path)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """Also when its size and time of change say otherwise; a note that was meddled with is not believed."""
    file = tmp_path / "model.pt"
    file.write_bytes(b"a" * (9 << 20))
    first = model_sha256(file, tmp_path)
    stat = file.stat()
    assert model_sha256(file, tmp_path) == first == sha(file.read_bytes())
    with file.open("r+b") as open_file:
        open_file.write(b"b")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert model_sha256(file, tmp_path) == sha(file.read_bytes()) != first
    [note] = (tmp_path / ".sha256").glob("*.json")
    for text in ("", "[]", '{"of": 1}', note.read_text().replace('"sha256": "', '"sha256": "zz')):
        note.write_text(text)
        assert model_sha256(file, tmp_path) == sha(file.read_bytes())


@pytest.mark.parametrize("name", ["tiny.en", "base"])
def test_the_packages_that_are_installed_hold_what_is_pinned(tmp_path: Path, name: str) -> None:
    home = find(name, "faster-whisper", tmp_path)
    for file, (_, wanted) in weights.BUNDLES[name].files.items():
        assert sha((home / file).read_bytes()) == wanted
    locked = (Path(__file__).resolve().parents[3] / "requirements/weights.txt").read_text()
    assert all(f"{distribution} " in locked for distribution in weights.BUNDLES[name].distributions)
