"""``rightful archive``: what a web archive holds, and where it is damaged."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from rightful.cli.output import answer, emit, json_option, people, printable, told

if TYPE_CHECKING:
    from rightful.archive import ArchiveCounts, ArchiveFault

_BIG = 64 << 20  # bytes from which on a progress bar is worth its line
_TOLD = 1000  # errors that are listed of one file; a file of garbage has as many as one likes


@click.command(short_help="What a web archive holds, and where it is damaged.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...", required=True)
@json_option
@told
def archive(files: tuple[Path, ...], as_json: bool) -> None:
    """Count the records of each FILE (WARC, ARC, WET, WACZ; plain or compressed; told by its bytes, not by its name),
    check every length, digest and check sum, and list each error with its offset. Exit status 1 when one is damaged."""
    damaged = 0
    for file in files:
        try:
            counts, faults = _read(file, quiet=as_json)
        except OSError as error:
            damaged += 1
            said = error.strerror or str(error)
            people().print(printable(f"✗ {file}: {said}"), style="red", markup=False, highlight=False)
            if as_json:
                emit({"file": str(file), "error": said})
            continue
        damaged += not counts.complete
        row = _row(file, counts, faults)
        emit(row) if as_json else _tell(row, counts)
    if damaged:
        sys.exit(1)


def _read(file: Path, *, quiet: bool) -> tuple[ArchiveCounts, list[ArchiveFault]]:
    """Raises OSError where the file can't be opened."""
    from rightful.archive import ArchiveCounts, ArchiveFault, read_archive

    counts = ArchiveCounts()
    faults: list[ArchiveFault] = []
    with file.open("rb") as opened, _progress(opened, file, quiet=quiet) as stream:
        for found in read_archive(stream, str(file), counts=counts, want=lambda kind, url: False):
            if isinstance(found, ArchiveFault) and len(faults) < _TOLD:
                faults.append(found)
    return counts, faults


@contextmanager
def _progress(stream: BinaryIO, file: Path, *, quiet: bool) -> Iterator[BinaryIO]:
    size = file.stat().st_size
    if quiet or size < _BIG:
        yield stream
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=people(), transient=True) as bar:
        yield cast(BinaryIO, _Watched(stream, bar, bar.add_task(printable(file.name), total=size)))


class _Watched:
    """A file that shows how far it has been read."""

    def __init__(self, stream: BinaryIO, bar: Any, task: Any) -> None:
        self._stream, self._bar, self._task = stream, bar, task

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self._bar.update(self._task, completed=self._stream.tell())
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _row(file: Path, counts: ArchiveCounts, faults: list[ArchiveFault]) -> dict[str, Any]:
    return {
        "file": str(file),
        "records": counts.records,
        "responses": counts.kinds["response"],
        "revisits": counts.kinds["revisit"],
        "bytes": counts.bytes,
        "complete": counts.complete,
        "kinds": dict(sorted(counts.kinds.items())),
        "errors": [
            {"offset": fault.offset, "reason": fault.reason, "detail": fault.detail, "url": fault.url}
            for fault in faults
        ],
        "errors_total": sum(counts.faults.values()),
    }


def _tell(row: dict[str, Any], counts: ArchiveCounts) -> None:
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in Counter(row["kinds"]).most_common())
    mark = "✓" if row["complete"] else "✗"
    answer(
        f"{mark} {row['file']}: {row['records']:,} records"
        + (f" ({kinds})" if kinds else "")
        + f", {row['bytes']:,} bytes"
        + ("" if row["complete"] else f", {row['errors_total']:,} errors")
    )
    for error in row["errors"][:20]:
        where = f" {error['url'][:120]}" if error["url"] else ""
        answer(f"    at byte {error['offset']:,}: {error['reason']}: {error['detail']}{where}")
    if row["errors_total"] > 20:
        answer(f"    … and {row['errors_total'] - 20:,} more")
