"""Takes the files of one moment out of a pack, in a process of its own: a pack is somebody else's file, and can be made
to unfold to any size.

The task comes as JSON on standard input: ``folder`` (with the file ``pack``), ``tip``, ``before`` (Unix seconds),
``include``, ``exclude``, ``most_blob``, ``most_total``, ``cpu``, ``memory``. It writes ``blobs`` (contents, one behind
the other) and ``tree.json`` there: ``{revision, committed, entries: [[path, blob, size, offset]], left_out}``; offset
-1 is a content that nobody wants, or a too large one (its size says so).

Exit status 3: the pack can't be read; 4: the commit lies deeper than the pack reaches; 5: no commit is that old.
The reason is on standard error.
"""

from __future__ import annotations

import json
import os
import resource
import stat
import sys
import zlib
from pathlib import Path
from typing import Any

DEEPER, NONE, BROKEN = 4, 5, 3
MOST_ENTRIES = 2_000_000
MOST_COMMITS = 1_000_000


def main() -> int:
    """Unpack one pack."""
    task = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (task["cpu"], task["cpu"] + 1))
    resource.setrlimit(resource.RLIMIT_AS, (task["memory"], task["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from dulwich.errors import ApplyDeltaError, ChecksumMismatch, ObjectFormatException
    from dulwich.object_store import MaxTreeDepthExceeded
    from dulwich.pack import UnresolvedDeltas

    folder = Path(task["folder"])
    try:
        return _unpack(task, folder)
    except (
        ApplyDeltaError,
        AssertionError,
        ChecksumMismatch,
        KeyError,
        MaxTreeDepthExceeded,
        ObjectFormatException,
        UnresolvedDeltas,
        ValueError,
        zlib.error,
    ) as error:
        print(f"{type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
        return BROKEN


def _unpack(task: dict[str, Any], folder: Path) -> int:
    from dulwich.object_store import DiskObjectStore

    store = DiskObjectStore.init(str(folder / "objects"))
    file, commit, abort = store.add_pack()
    try:
        with (folder / "pack").open("rb") as pack:
            while piece := pack.read(1 << 20):
                file.write(piece)
        (folder / "pack").unlink()
    except BaseException:
        abort()
        raise
    commit()
    found = _commit_before(store, task["tip"].encode(), task["before"])
    if isinstance(found, int):
        return found
    _write(store, found, task, folder)
    return 0


def _commit_before(store: Any, tip: bytes, before: float) -> Any:
    """The newest commit on the first parents' line that was made earlier; else why there is none."""
    from dulwich.objects import Commit, Tag

    sha = tip
    for _ in range(MOST_COMMITS):
        if sha not in store:
            return DEEPER
        found = store[sha]
        while isinstance(found, Tag):
            found = store[found.object[1]]
        if not isinstance(found, Commit):
            raise ValueError(f"{sha!r} is no commit")
        if found.commit_time < before:
            return found
        if not found.parents:
            return NONE
        sha = found.parents[0]
    return DEEPER


def _write(store: Any, commit: Any, task: dict[str, Any], folder: Path) -> None:
    from dulwich.object_store import iter_tree_contents

    from rightful.connectors.repository.choose import Chooser
    from rightful.licensing.code import is_read_for_licences

    chooser = Chooser(task["include"], task["exclude"])
    entries: list[tuple[str, str, int, int]] = []
    left_out = size = 0
    written: dict[bytes, tuple[int, int]] = {}
    with (folder / "blobs").open("wb") as blobs:
        for number, (name, mode, sha) in enumerate(iter_tree_contents(store, commit.tree)):
            if number >= MOST_ENTRIES:
                raise ValueError(f"more than {MOST_ENTRIES:,} files")
            path = _path(name)
            if path is None or not stat.S_ISREG(mode):
                left_out += 1
                shown = path or name.decode("utf-8", "replace")
                if is_read_for_licences(shown):  # a link: it says something, and nobody knows what
                    entries.append((shown, sha.decode(), 0, -1))
                continue
            if not chooser.wants(path):
                entries.append((path, sha.decode(), 0, -1))
                continue
            if sha not in written:
                content = store[sha].as_raw_string()
                if len(content) > task["most_blob"]:
                    written[sha] = (len(content), -1)
                else:
                    if size + len(content) > task["most_total"]:
                        raise ValueError(f"its files unfold to more than {task['most_total']:,} bytes")
                    blobs.write(content)
                    written[sha] = (len(content), size)
                    size += len(content)
            entries.append((path, sha.decode(), *written[sha]))
    told = {"revision": commit.id.decode(), "committed": commit.commit_time, "entries": entries, "left_out": left_out}
    (folder / "tree.json").write_text(json.dumps(told), encoding="utf-8")


def _path(name: bytes) -> str | None:
    try:
        path = name.decode("utf-8")
    except UnicodeDecodeError:
        return None
    # What git itself would never check out.
    parts = path.split("/")
    return None if "" in parts or ".." in parts or ".git" in parts or "\0" in path else path


if __name__ == "__main__":
    try:
        status = main()
    except MemoryError:
        print("its objects take more memory than they may", file=sys.stderr)
        status = BROKEN
    sys.stderr.flush()
    os._exit(status)
