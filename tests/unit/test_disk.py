"""Room on a disk: looked for, and told of when it is gone."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from rightful.disk import SPARE_BYTES, ensure_room, full_disk
from rightful.errors import NoRoom, StoreError


@pytest.mark.parametrize(("free", "enough"), [(SPARE_BYTES + 1000, True), (SPARE_BYTES + 999, False), (0, False)])
def test_room_is_what_is_needed_and_some_to_spare(
    free: int, enough: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    if enough:
        ensure_room(tmp_path, 1000)
        return
    with pytest.raises(NoRoom) as told:
        ensure_room(tmp_path, 1000, source="show", record="show:7@1")
    text = str(told.value)
    assert f"no room in {tmp_path}: {free:,} bytes are free, {SPARE_BYTES + 1000:,} are needed" in text
    assert "source show, record show:7@1" in text
    assert "TMPDIR" in text


def test_a_full_disk_is_found_behind_other_errors() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    outer = StoreError("reading s3://raw/x")
    outer.__cause__ = full
    assert full_disk(outer) is full
    # Raised while the first was being handled, and by a share of the disk that is used up.
    share = OSError(errno.EDQUOT, "Disk quota exceeded")
    other = RuntimeError("something else")
    other.__context__ = share
    assert full_disk(other) is share
    away = OSError(errno.ECONNRESET, "Connection reset by peer")
    circle = StoreError("a")
    away.__cause__, circle.__cause__ = circle, away
    assert full_disk(circle) is None
