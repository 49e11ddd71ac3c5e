"""``rightful transcribe`` on lists, errors and forms of output. (With real engines: tests/speech.)"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.conftest import Run, rows

import rightful.speech
from rightful.model import Segment
from rightful.speech import MediaError, SpeechOptions, SpeechProgress, Transcript
from rightful.speech.decode import _Child
from rightful.speech.options import media_error


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, SpeechOptions]]:
    """What the command asks to be transcribed; a file named `bad` can't be."""
    asked: list[tuple[str, SpeechOptions]] = []

    def transcribe_file(path: Path, options: SpeechOptions, engine: object, **more: Any) -> Transcript:
        asked.append((path.name, options))
        if path.name.startswith("bad"):
            raise media_error(f"{path.name}: it is no recording", "malformed")
        if more["report"] is not None:
            more["report"](SpeechProgress(done_seconds=1, total_seconds=2))
        return Transcript(
            text="" if path.name.startswith("quiet") else "Good \x1b[31mevening.",
            segments=(Segment(start=0.5, end=2.0, text="Good evening."),),
            language="en",
            language_probability=0.9,
            seconds=2.5,
            speech_seconds=1.5,
            pcm_sha256="a" * 64,
            engine="faster-whisper",
            engine_version="1",
            model=options.model,
            model_sha256="b" * 64,
            options_sha256=options.options_sha256,
            flags=("heard_again",),
        )

    monkeypatch.setattr(rightful.speech, "transcribe_file", transcribe_file)
    return asked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one.mp3", "bad.mp3", "quiet.mp3"):
        (tmp_path / name).write_bytes(b"sound")
    return tmp_path


def test_a_row_for_each_file_and_status_one_when_one_failed(
    run: Run, heard: list[tuple[str, SpeechOptions]], folder: Path
) -> None:
    done = run(
        "transcribe", *(str(folder / name) for name in ("bad.mp3", "one.mp3", "none.mp3")), "--json", "--model", "tiny"
    )
    assert done.exit_code == 1
    bad, good, absent = rows(done)
    assert (bad["file"], bad["reason"]) == (str(folder / "bad.mp3"), "malformed")
    assert "no recording" in bad["error"]
    assert "no such file" in absent["error"]
    assert {"file", "text", "language", "seconds", "engine", "model", "segments", "flags"} <= set(good)
    assert (good["seconds"], good["model"], good["flags"]) == (2.5, "tiny", ["heard_again"])
    assert good["segments"][0]["start"] == 0.5


def test_people_read_text(run: Run, heard: list[tuple[str, SpeechOptions]], folder: Path) -> None:
    done = run("transcribe", str(folder / "one.mp3"), str(folder / "quiet.mp3"))
    assert done.exit_code == 0
    assert "Good " in done.stdout
    assert "\x1b" not in done.stdout
    assert "(nobody speaks)" in done.stdout
    assert "heard_again" in done.stderr


def test_a_list_with_lines_that_are_wrong(run: Run, heard: list[tuple[str, SpeechOptions]], folder: Path) -> None:
    good = str(folder / "one.mp3")
    lines = [
        json.dumps({"file": good, "language": "de"}),
        "",
        "{not json",
        "[]",
        '{"file": ""}',
        json.dumps({"file": good, "language": 3}),
        json.dumps({"file": good}),
    ]
    done = run("transcribe", "--batch", "-", "--json", "--language", "fr", stdin="\n".join(lines))
    assert done.exit_code == 1
    assert [options.language for _, options in heard] == ["de", "fr"]
    failed = [row["file"] for row in rows(done) if "error" in row]
    assert failed == ["line 3", "line 4", "line 5", "line 6"]


def test_nothing_to_hear_is_a_mistake(run: Run) -> None:
    assert run("transcribe").exit_code == 2


def test_without_the_extra_it_says_what_to_install(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    (folder / "path").mkdir()
    (folder / "path/av.py").write_text("raise ModuleNotFoundError('av')")  # for the decoder's process
    monkeypatch.setenv("PYTHONPATH", str(folder / "path"))
    decoder = _Child()
    monkeypatch.setattr("rightful.speech.decode._child", decoder)
    done = run("transcribe", str(folder / "one.mp3"))
    decoder.stop()
    assert done.exit_code == 1
    assert "pip install 'rightful[speech]'" in done.stderr


def test_media_errors_are_told_with_their_reason() -> None:
    error = media_error("x.mp3: nothing", "empty", remedy="ask the publisher")
    assert isinstance(error, MediaError)
    assert error.reason == "empty"
    assert "ask the publisher" in str(error)


def test_a_folder_and_a_language_that_is_none_are_told(
    run: Run, heard: list[tuple[str, SpeechOptions]], folder: Path
) -> None:
    assert "it is a folder" in run("transcribe", str(folder)).stderr
    done = run("transcribe", str(folder / "one.mp3"), "--language", "german")
    assert done.exit_code == 2
    assert "'german' is no ISO 639-1 code" in done.stderr
    (folder / "list").write_text(json.dumps({"file": str(folder / "one.mp3"), "language": "xx"}))
    done = run("transcribe", "--batch", str(folder / "list"))
    assert (done.exit_code, heard) == (1, [])
    assert "no language 'xx'" in done.stderr
