"""``rightful transcribe`` with a real engine: killed by SIGKILL in the middle, it goes on at its clip."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.speech import sounds

from demo.podcast import SCRIPTS
from demo.voice import mp3

DIES = """
import os, signal, sys
from rightful.cli import main
from rightful.speech import FolderClips
import rightful.speech.transcribe
hearing = sys.modules["rightful.speech.transcribe"]
hearing.SAVE_SECONDS, hearing.BATCHES_A_STEP = 0.0, 1
save = FolderClips.save
def dying(self, key, part, blob):
    save(self, key, part, blob)
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv.pop(1) == "die":
    FolderClips.save = dying
main(["transcribe", "--json", "--model", "tiny.en", "--language", "en", *sys.argv[1:]])
"""


def typed(mode: str, *arguments: object) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-c", DIES, mode, *map(str, arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_killed_command_goes_on_and_bad_files_are_told(tmp_path: Path) -> None:
    talk, page = tmp_path / "talk.mp3", tmp_path / "page.mp3"
    talk.write_bytes(b"".join(mp3(script)[0] for script in SCRIPTS + SCRIPTS))
    page.write_bytes(b"<html>404</html>")
    clips = tmp_path / "clips"
    assert typed("die", talk, "--resume", clips) == (-signal.SIGKILL, [])
    kept = sorted(clips.rglob("*.json"))
    assert len(kept) == 1
    before = kept[0].stat()

    status, (heard, refused) = typed("live", talk, page, "--resume", clips)
    assert status == 1
    assert refused["reason"] == "malformed"
    assert kept[0].stat().st_ino == before.st_ino  # what was heard first was not heard again
    assert len(list(clips.rglob("*.json"))) > 1
    expected = sounds.words(" ".join(SCRIPTS + SCRIPTS))
    assert sounds.errors(expected, sounds.words(heard["text"])) / len(expected) < 0.35
    assert typed("live", talk) == (0, [heard])  # the very transcript of a run without a break
