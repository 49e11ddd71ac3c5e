"""A repository at one moment, fetched over git's smart HTTP: as little of its history as it takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from rightful.catalogue.models import Source
from rightful.connectors.repository import unpack_child
from rightful.connectors.repository.transport import GitClient
from rightful.connectors.repository.tree import Entry
from rightful.errors import Malformed

DEPTHS: tuple[int | None, ...] = (1, 200, 10_000, None)
"""Generations of commits that are asked for, until the slice's own is among them. A nightly run needs the first one."""

CPU_SECONDS = 3_600
MEMORY_BYTES = 2 * 2**30
"""Address space of the process that unpacks, beside the pack: it holds one object and what that is a delta of."""
UNFOLDS = 4
"""Times ``fetch.most_bytes`` that a repository's files may take."""


@dataclass(slots=True)
class GitTree:
    """See :class:`~rightful.connectors.repository.tree.Tree`. A context manager: leaving it removes its files."""

    revision: str
    committed: datetime | None
    entries: list[Entry]
    left_out: int
    _folder: tempfile.TemporaryDirectory[str]
    _blobs: BinaryIO
    _places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def read(self, entry: Entry) -> bytes | None:
        """See :class:`~rightful.connectors.repository.tree.Tree`."""
        size, offset = self._places.get(entry.blob, (0, -1))
        if offset < 0:
            return None
        self._blobs.seek(offset)
        return self._blobs.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blobs.close()
        self._folder.cleanup()


def tree_before(source: Source, client: GitClient, repository: str, before: datetime) -> GitTree | None:
    """The files of the newest commit before a moment; None for a repository that has none.

    That is the newest on the line of first parents whose own date lies before: what the branch showed then.

    Raises what :meth:`GitClient.fetch_pack` raises, and Malformed for a pack that can't be unpacked within its limits.
    """
    spec = source.repository
    folder = tempfile.TemporaryDirectory(prefix="rightful-repository-", ignore_cleanup_errors=True)
    try:
        for depth in DEPTHS:
            here = Path(folder.name) / f"depth-{depth}"
            here.mkdir()
            tip = client.fetch_pack(
                repository,
                here / "pack",
                branch=spec.branch,
                depth=depth,
                most=spec.most_bytes,
                seconds=source.limits.answer_seconds,
            )
            if tip is None:
                break
            status, said = _unpacked(source, here, tip, before)
            if status == unpack_child.NONE:
                break
            if status == 0:
                return _opened(folder, here)
            if status != unpack_child.DEEPER or depth is None:
                raise Malformed(
                    f"{client.url(repository)}: what it sent can't be unpacked: {said}",
                    source=source.id,
                    remedy="try again; take the repository out of the list if it stays so",
                )
    except BaseException:
        folder.cleanup()
        raise
    folder.cleanup()
    return None


def _opened(folder: tempfile.TemporaryDirectory[str], here: Path) -> GitTree:
    told = json.loads((here / "tree.json").read_text("utf-8"))
    entries = [Entry(path, blob, size) for path, blob, size, _ in told["entries"]]
    return GitTree(
        revision=told["revision"],
        committed=_moment(told["committed"]),
        entries=sorted(entries, key=lambda entry: entry.path),
        left_out=told["left_out"],
        _folder=folder,
        _blobs=(here / "blobs").open("rb"),
        _places={blob: (size, offset) for _, blob, size, offset in told["entries"] if offset >= 0},
    )


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _unpacked(source: Source, here: Path, tip: str, before: datetime) -> tuple[int, str]:
    """What became of it, and what the process said."""
    include = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(filter(None, (include, os.environ.get("PYTHONPATH", ""))))
    task = {
        "folder": str(here),
        "tip": tip,
        "before": before.timestamp(),
        "include": source.repository.include,
        "exclude": source.repository.exclude,
        "most_blob": source.limits.record_bytes,
        "cpu": CPU_SECONDS,
        "memory": MEMORY_BYTES + 2 * source.repository.most_bytes,
        "most_total": UNFOLDS * source.repository.most_bytes,
    }
    done = subprocess.run(
        [sys.executable, "-m", "rightful.connectors.repository.unpack_child"],
        input=json.dumps(task).encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = lines[-1][:300] if lines else "without a word"
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        said = f"it takes more than {CPU_SECONDS:,} s of processor time"
    return done.returncode, said


__all__ = ["DEPTHS", "GitTree", "tree_before"]
