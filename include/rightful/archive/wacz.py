"""WACZ: a zip with the WARCs of one crawl (specs.webrecorder.net/wacz)."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from rightful.archive.model import ArchiveCounts, ArchiveFault, ArchiveRecord, Kind

MAGIC = b"PK\x03\x04"

_WARC = re.compile(r"\.w?arc(\.(gz|zst|lz4))?$", re.IGNORECASE)
"""In whatever folder: what is left out unread could be what keeps a page out. Two members may have one name."""


def read_wacz(
    stream: BinaryIO,
    name: str,
    *,
    counts: ArchiveCounts,
    want: Callable[[Kind, str], bool] | None,
    first_look: Callable[[bytes], bool] | None,
    max_body: int,
) -> Iterator[ArchiveRecord | ArchiveFault]:
    """The records of its WARCs one after the other. Offsets are those inside each WARC."""
    from rightful.archive.read import read_archive

    try:
        if not stream.seekable():
            yield ArchiveFault(offset=0, reason="not_an_archive", detail="a WACZ must be a file that can be sought in")
            return
        book = zipfile.ZipFile(stream)
        members = [one for one in book.infolist() if _WARC.search(one.filename)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        yield ArchiveFault(offset=0, reason="malformed", detail=f"the zip can't be read: {error}")
        return
    if not members:
        yield ArchiveFault(offset=0, reason="not_an_archive", detail="a zip without archive/*.warc(.gz): no WACZ")
    for one in members:
        inner = one.filename
        place = f"{name}!{inner}"
        part = ArchiveCounts()
        try:
            with book.open(one) as member:
                for found in read_archive(
                    cast(BinaryIO, _Failing(member)),
                    place,
                    counts=part,
                    want=want,
                    first_look=first_look,
                    max_body=max_body,
                ):
                    if isinstance(found, ArchiveFault):
                        yield ArchiveFault(
                            offset=found.offset,
                            reason=found.reason,
                            detail=f"{inner}: {found.detail}",
                            url=found.url,
                        )
                    else:
                        yield found
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError) as error:
            yield ArchiveFault(offset=0, reason="malformed", detail=f"{inner} can't be opened: {error}")
        counts.records += part.records
        counts.kinds.update(part.kinds)
        counts.passed_over += part.passed_over
        counts.bytes += part.bytes


class _Failing:
    """A member of a zip whose damage is an ``OSError``, as that of any other stream."""

    def __init__(self, member: object) -> None:
        self._member = cast(BinaryIO, member)

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        try:
            return self._member.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise OSError(f"the zip is damaged: {error}") from None
