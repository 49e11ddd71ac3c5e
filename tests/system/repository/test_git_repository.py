"""Real git repositories over HTTP, week by week into the real store: changes, renames, licences that change."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.system.pipeline.support import Nights, night, written
from tests.unit.licensing.license_texts import APACHE_NOTICE, GPL_NOTICE, MIT, commented, filled

from rightful.model import Slice
from rightful.settings import PROJECT_ROOT, Settings

pytestmark = pytest.mark.system

FIRST, SECOND = night(1), night(0)
SOURCE = """
id: {id}
title: Code
kind: repository
channel: public_dataset
owner: test@example.org
homepage: https://example.org
start_date: 2026-01-01
record_kind: code
license: {{scope: record, claims: [{{from: file}}]}}
pace: {{requests_per_second: 1000}}
limits: {{retries: 2}}
fetch:
  base_url: {address}
  allow_private: true
  page_files: 2
  repositories: [ada/tides, ada/gone]
"""


class Host:
    """The process, and a working copy that commits into one of its repositories."""

    def __init__(self, folder: Path) -> None:
        self.root, self.work = folder / "served", folder / "work"
        (self.root / "ada").mkdir(parents=True)
        self.git("init", "-q", "--bare", "-b", "main", str(self.root / "ada/tides"))
        self.git("init", "-q", "-b", "main", str(self.work))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.repository.git_host", str(self.root), str(port)],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def commit(self, slice: Slice, **files: str | None) -> None:
        """Write files (a text of None removes one) and push, in the middle of the slice."""
        for name, text in files.items():
            path = self.work / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
        when = f"{slice.start + timedelta(hours=12):%Y-%m-%dT%H:%M:%S+00:00}"
        self.git("add", "-A", cwd=self.work)
        self.git("commit", "-q", "-m", "Change", cwd=self.work, GIT_COMMITTER_DATE=when, GIT_AUTHOR_DATE=when)
        self.git("push", "-q", str(self.root / "ada/tides"), "HEAD:main", cwd=self.work)

    def git(self, *arguments: str, cwd: Path | None = None, **environ: str) -> None:
        names = {
            f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        subprocess.run(["git", *arguments], cwd=cwd, check=True, env={**os.environ, **names, **environ})

    @property
    def asked(self) -> list[str]:
        return (self.root / "log").read_text("utf-8").splitlines()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    running = Host(tmp_path)
    yield running
    running.process.terminate()
    running.process.wait()


@pytest.fixture
def nights(host: Host, settings: Settings, source_id: str, tmp_path: Path) -> Nights:
    return Nights(written(tmp_path, source_id, SOURCE.format(id=source_id, address=host.address)), settings)


FILES = {
    "LICENSE": MIT,
    "src/tides.py": "def height(hour: float) -> float:\n    return 2.0 * hour\n\n\n\nCONSTANT = 1\n",
    "src/waves.py": commented(f"Copyright 2020 The Wave Authors\n\n{APACHE_NOTICE}") + "\nWAVES = 3\n",
    "src/gpl.c": f"/*\n{GPL_NOTICE}*/\nint main(void) {{ return 0; }}\n",
    "src/odd.js": "// Free for non-commercial use.\nexport const odd = 1;\n",
    "lib/LICENSE": filled("Apache-2.0"),
    "lib/tide.go": "package tide\n\nconst Tide = 4\n",
    "vendor/theirs.py": "THEIRS = 1\n",
}


def documents(nights: Nights) -> list[dict[str, Any]]:
    return nights.corpus().to_dicts()


def titles(nights: Nights) -> set[str]:
    return {str(row["title"]).partition(": ")[2] for row in documents(nights)}


def test_weeks_of_a_repository(host: Host, nights: Nights) -> None:
    host.commit(FIRST, **FILES)
    host.commit(SECOND, **{"src/late.py": "LATE = True\n"})
    (host.root / "busy").touch()
    nights.run(FIRST)
    nights.assert_balanced(FIRST)
    nights.assert_lawful()
    assert titles(nights) == {"src/tides.py", "src/waves.py", "lib/tide.go"}
    reasons = dict(nights.published(FIRST)["reasons"])
    assert reasons == {
        "allow:allowed": 3,
        "deny:not_allowed": 1,
        "quarantine:unknown_id": 1,
        "failed:fetch_failed": 1,  # ada/gone
        "passed_over:excluded by path": 1,
        "passed_over:not source code": 2,
    }
    rows = {str(row["title"]).partition(": ")[2]: row for row in documents(nights)}
    tides = rows["src/tides.py"]
    assert tides["text"] == FILES["src/tides.py"]  # every blank line of it
    assert (tides["license_expression"], tides["record_kind"]) == ("MIT", "code")
    assert tides["source_native_id"].startswith("swh:1:cnt:")
    assert tides["attribution_text"] == "Copyright (c) 2021 Ada Byron"
    assert tides["license_evidence_ref"]
    assert rows["lib/tide.go"]["license_expression"] == "Apache-2.0"
    assert rows["src/waves.py"]["creators"] == ["The Wave Authors"]
    # The week after: a file is new, one has moved, one changed; what was there is not loaded again.
    host.commit(
        SECOND,
        **{
            "src/tides.py": FILES["src/tides.py"] + "CHANGED = 2\n",
            "src/waves.py": None,
            "sea/waves.py": FILES["src/waves.py"],
        },
    )
    nights.run(SECOND)
    nights.assert_lawful()
    found = dict(nights.published(SECOND)["reasons"])
    assert found["allow:allowed"] == 2
    assert sum(count for reason, count in found.items() if reason.startswith("unchanged")) == 2
    assert len(documents(nights)) == 5
    # A backfill of the first week sees what the branch showed then.
    nights.run(FIRST)
    assert {"src/tides.py", "src/waves.py", "lib/tide.go"} <= titles(nights)
    assert len(documents(nights)) == 5


def test_a_licence_that_changes_counts_from_then_on(host: Host, nights: Nights) -> None:
    host.commit(FIRST, LICENSE=MIT, **{"a.py": "A = 1\n"})
    host.commit(SECOND, LICENSE="Ask Ada for a licence.\n", **{"b.py": "B = 1\n"})
    nights.run(FIRST)
    nights.run(SECOND)
    assert titles(nights) == {"a.py"}
    assert dict(nights.published(SECOND)["reasons"])["quarantine:unknown_id"] == 2
