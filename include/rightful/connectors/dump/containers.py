"""Archives of many files (tar, zip, 7z): their members one after the other, as streams, in constant memory."""

from __future__ import annotations

import io
import os
import re
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from rightful.connectors.dump.unpack import PIECE
from rightful.errors import Malformed

_BLOCK = 512
_REMEDY = "compare its check sum with the publisher's; fetch it again"
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)

Members = Iterator[tuple[str, BinaryIO]]


def tar_members(stream: BinaryIO, name: str, wanted: re.Pattern[str]) -> Members:
    """Files of a tar archive as they come; a member must be read before the next one is asked for.

    Raises :class:`~rightful.errors.Malformed` for an archive that is damaged, or ends in the middle.
    """
    whole = _Whole(stream)
    try:
        with tarfile.open(fileobj=whole, mode="r|", bufsize=PIECE) as archive:
            for member in archive:
                if member.isreg() and wanted.fullmatch(member.name):
                    opened = archive.extractfile(member)
                    assert opened is not None
                    yield member.name, cast(BinaryIO, _Checked(opened, f"{name}: {member.name}"))
                archive.members = []  # type: ignore[attr-defined]  # or all names of a long archive are held
    except _BROKEN as error:
        raise Malformed(f"{name}: broken tar: {error}", remedy=_REMEDY) from None
    # A file that was cut between two members would else pass for a whole one.
    if not whole.ends_with_zeros():
        raise Malformed(f"{name}: a tar without its end", remedy=_REMEDY)


class _Whole(io.RawIOBase):
    """Reads as much as was asked for: tarfile takes a short read for the end."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream, self._tail = stream, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = self._stream.read(size)
        while 0 < len(found) < size and (more := self._stream.read(size - len(found))):
            found += more
        self._tail = (self._tail + found[-_BLOCK:])[-_BLOCK:]
        return found

    def ends_with_zeros(self) -> bool:
        """Whether the last block of all is empty, as the standard (POSIX 1003.1, pax) wants it; reads to the end."""
        while self.read(PIECE):
            pass
        return len(self._tail) == _BLOCK and not self._tail.strip(b"\0")


def zip_members(file: Path, name: str, wanted: re.Pattern[str]) -> Members:
    """Files of a zip archive, in its order."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not member.is_dir() and wanted.fullmatch(member.filename):
                    with archive.open(member) as opened:
                        yield member.filename, cast(BinaryIO, _Checked(opened, f"{name}: {member.filename}"))
    except _BROKEN as error:
        raise Malformed(f"{name}: broken zip: {error}", remedy=_REMEDY) from None


class _Checked(io.RawIOBase):
    """A member whose damage is named with it, and met by whoever reads it."""

    def __init__(self, stream: object, name: str) -> None:
        super().__init__()
        self._stream, self._name = cast(BinaryIO, stream), name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        into = memoryview(cast(bytearray, buffer)).cast("B")
        try:
            piece = self._stream.read(len(into))
        except _BROKEN as error:
            raise Malformed(f"{self._name}: {error}", remedy=_REMEDY) from None
        into[: len(piece)] = piece
        return len(piece)


def seven_zip_names(file: Path, name: str) -> list[str]:
    """The names of a 7z archive's files, in its order."""
    import py7zr

    try:
        with py7zr.SevenZipFile(file) as archive:
            if archive.needs_password():
                raise Malformed(f"{name}: it is encrypted", remedy="ask its publisher for an open one")
            return [entry.filename for entry in archive.list() if not entry.is_directory]
    except (py7zr.exceptions.ArchiveError, *_BROKEN, OSError) as error:
        raise Malformed(f"{name}: broken 7z: {error}", remedy=_REMEDY) from None


def seven_zip_members(file: Path, name: str, wanted: re.Pattern[str]) -> Members:
    """Files of a 7z archive, in its order."""
    for member in seven_zip_names(file, name):
        if wanted.fullmatch(member):
            with open_seven_zip(file, name, member) as stream:
                yield member, stream


@contextmanager
def open_seven_zip(file: Path, name: str, member: str) -> Iterator[BinaryIO]:
    """One file of a 7z archive. The library hands out bytes as it unpacks them, so it works in a thread beside and
    waits at a pipe for whoever reads: a file of a hundred gigabytes takes no more memory than a small one.

    Leaving it before its end ends the thread. Damage raises :class:`~rightful.errors.Malformed` where the end is read.
    """
    reading, writing = os.pipe()
    trouble: list[BaseException] = []
    worker = threading.Thread(target=_unpack, args=(file, member, writing, trouble), daemon=True)
    worker.start()
    stream = io.BufferedReader(_Piped(reading, worker, trouble, f"{name}: {member}"), PIECE)
    try:
        yield cast(BinaryIO, stream)
    finally:
        stream.close()
        worker.join()


def _unpack(file: Path, member: str, writing: int, trouble: list[BaseException]) -> None:
    import py7zr

    try:
        with os.fdopen(writing, "wb", buffering=0) as target, py7zr.SevenZipFile(file) as archive:
            archive.extract(targets=[member], factory=_pipe_factory(target))
    except BrokenPipeError:
        pass  # whoever read has seen enough
    except Exception as error:  # noqa: BLE001  # told where the stream ends
        trouble.append(error)


def _pipe_factory(target: BinaryIO) -> object:
    from py7zr.io import Py7zIO, WriterFactory

    class _Pipe(Py7zIO):
        """What is unpacked goes into the pipe."""

        def __init__(self) -> None:
            self._size = 0

        def write(self, s: bytes | bytearray) -> int:
            left = memoryview(s)
            while left:
                left = left[os.write(target.fileno(), left) :]
            self._size += len(s)
            return len(s)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return self._size

    class _Factory(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return _Pipe()

    return _Factory()


class _Piped(io.RawIOBase):
    def __init__(self, reading: int, worker: threading.Thread, trouble: list[BaseException], name: str) -> None:
        super().__init__()
        self._reading: int | None = reading
        self._worker, self._trouble, self._name = worker, trouble, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        assert self._reading is not None
        piece = os.read(self._reading, len(into := memoryview(cast(bytearray, buffer)).cast("B")))
        into[: len(piece)] = piece
        if not piece:
            self._worker.join()
            if self._trouble:
                raise Malformed(f"{self._name}: {self._trouble[0]}", remedy=_REMEDY) from None
        return len(piece)

    def close(self) -> None:
        if self._reading is not None:
            os.close(self._reading)
            self._reading = None
        super().close()


__all__ = ["Members", "open_seven_zip", "seven_zip_members", "seven_zip_names", "tar_members", "zip_members"]
