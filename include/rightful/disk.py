"""Room for what is too large for memory on a disk of this machine: looked for before it is needed, its lack told."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from rightful.errors import NoRoom

SPARE_BYTES = 256 * 2**20
"""Stays free beside what is written: others write there, too."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when nothing more can be written: the disk is full, or its owner's share of it is."""


def ensure_room(folder: Path, needed: int, *, source: str | None = None, record: str | None = None) -> None:
    """See that so many bytes, and some to spare, can be written below ``folder``.

    Args:
        folder: One that exists.
        needed: Bytes; 0 where nobody knows how many will come.
        source, record: For whom, as the error tells it.

    Raises:
        NoRoom: When they can't.
    """
    if shutil.disk_usage(folder).free < needed + SPARE_BYTES:
        raise no_room(folder, needed, source=source, record=record)


def no_room(folder: Path, needed: int, *, source: str | None = None, record: str | None = None) -> NoRoom:
    """The error for a disk that is full, with what is free on it now."""
    free = shutil.disk_usage(folder).free
    return NoRoom(
        f"no room in {folder}: {free:,} bytes are free, {needed + SPARE_BYTES:,} are needed ({SPARE_BYTES:,} to spare)",
        source=source,
        record=record,
        remedy="make room there, or set TMPDIR to a larger disk, then try again: nothing that was done is lost",
    )


def full_disk(error: BaseException) -> OSError | None:
    """What the system said of a full disk, if an error, or one that led to it, comes from that."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, OSError) and cause.errno in FULL:
            return cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None


__all__ = ["FULL", "SPARE_BYTES", "ensure_room", "full_disk", "no_room"]
