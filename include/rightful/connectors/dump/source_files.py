"""One bulk file, opened: checked against its check sum, unpacked, its members found, its records read."""

from __future__ import annotations

import hashlib
import hmac
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple, cast

from rightful.catalogue.models import Source
from rightful.connectors.dump.columns import read_parquet
from rightful.connectors.dump.containers import (
    open_seven_zip,
    seven_zip_members,
    seven_zip_names,
    tar_members,
    zip_members,
)
from rightful.connectors.dump.formats import FORMATS, Unreadable
from rightful.connectors.dump.planning import Wanted
from rightful.connectors.dump.stack_exchange import read_stack_exchange
from rightful.connectors.dump.unpack import PIECE, unpacked
from rightful.connectors.dump.whole import read_epub, read_gutenberg_rdf, read_jats, read_text
from rightful.connectors.files.objects import Objects
from rightful.disk import ensure_room, full_disk, no_room
from rightful.errors import ConfigurationError, Malformed

_READERS = {
    **FORMATS,
    "parquet": read_parquet,
    "epub": read_epub,
    "jats": read_jats,
    "text": read_text,
    "gutenberg_rdf": read_gutenberg_rdf,
}


class Found(NamedTuple):
    """A record's JSON, or why it can't be had, and where it stood (``file`` or ``file: member``, its number there)."""

    value: bytes | Unreadable
    place: str
    number: int


class Digested(io.RawIOBase):
    """The bytes of ``stream``, counted and hashed on their way."""

    def __init__(self, stream: BinaryIO, algorithm: str | None) -> None:
        super().__init__()
        self._stream = stream
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        self.count += len(piece)
        if self._hash is not None:
            self._hash.update(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()

    def rest(self) -> None:
        """Read what is left, so that the check sum is that of the whole file."""
        while self.read(PIECE):
            pass

    def hexdigest(self) -> str | None:
        """Of what was read so far; None without an algorithm."""
        return self._hash.hexdigest() if self._hash is not None else None


class SourceFile:
    """One bulk file of ``source``. A context manager; closed, its copies on disk are gone."""

    def __init__(self, source: Source, objects: Objects, wanted: Wanted) -> None:
        self._source, self._objects, self.wanted = source, objects, wanted
        self._spec = source.dump
        self._stack = ExitStack()
        self.bytes = 0
        """Received so far, packed."""

    def __enter__(self) -> SourceFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def records(self) -> Iterator[Found]:
        """Every record. The check sum is compared at the end, or before the first where the file goes to disk first.

        Raises:
            Malformed: The file is damaged, is not what it should be, or has another check sum or size than promised.
        """
        if self._spec.archive in ("zip", "7z") or self._spec.format == "parquet":
            yield from self._from_disk(self._copied())
            return
        opened = self._opened()
        with opened, unpacked(cast(BinaryIO, opened), self.wanted.file) as stream:
            yield from self._from_stream(cast(BinaryIO, stream))
            while stream.read(PIECE):  # behind a tar's end, say: damage there is damage
                pass
            opened.rest()
            self.bytes = opened.count
            self._check(opened)

    def _opened(self) -> Digested:
        stream = self._objects.open_object(self.wanted.file, magic=None)
        algorithm = self.wanted.digest.partition(":")[0] if self.wanted.digest else None
        return Digested(stream, algorithm)

    def _check(self, opened: Digested) -> None:
        wanted, found = self.wanted, opened.hexdigest()
        if wanted.size is not None and opened.count != wanted.size:
            raise self._wrong(f"{opened.count:,} bytes came, of {wanted.size:,}")
        if wanted.digest is not None and not hmac.compare_digest(found or "", wanted.digest.partition(":")[2]):
            raise self._wrong(f"its check sum is {found}, not {wanted.digest}")

    def _wrong(self, what: str) -> Malformed:
        return Malformed(
            f"{self.wanted.file}: {what}",
            source=self._source.id,
            remedy="the file was damaged on its way, or replaced: nothing of it is published; run the slice again",
        )

    def _copied(self) -> Path:
        """The file on a disk, whole and checked."""
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="rightful-dump-")))
        ensure_room(folder, self.wanted.size or 0, source=self._source.id, record=self.wanted.file)
        file = folder / "file"
        try:
            with self._opened() as opened, file.open("wb") as target:
                while piece := opened.read(PIECE):
                    target.write(piece)
                self.bytes = opened.count
                self._check(opened)
        except OSError as error:
            if full_disk(error):
                raise no_room(folder, self.wanted.size or 0, source=self._source.id) from error
            raise
        return file

    def _from_disk(self, file: Path) -> Iterator[Found]:
        name, pattern = self.wanted.file, re.compile(self._spec.members)
        match self._spec.archive:
            case "zip" | "7z" if self._spec.format == "stack_exchange":
                yield from self._threads(file)
            case "zip":
                yield from self._members(zip_members(file, name, pattern))
            case "7z":
                yield from self._members(seven_zip_members(file, name, pattern))
            case _:
                with file.open("rb") as stream:
                    yield from self._read(cast(BinaryIO, stream), name)

    def _threads(self, file: Path) -> Iterator[Found]:
        name = self.wanted.file
        if self._spec.archive != "7z":
            raise ConfigurationError("threads are read from 7z archives", source=self._source.id)
        found = read_stack_exchange(
            seven_zip_names(file, name),
            lambda member: open_seven_zip(file, name, member),
            name,
            file.parent,
            self._source.limits.record_bytes,
        )
        for number, value in enumerate(found, 1):
            yield Found(value, name, number)

    def _from_stream(self, stream: BinaryIO) -> Iterator[Found]:
        if self._spec.archive == "tar":
            yield from self._members(tar_members(stream, self.wanted.file, re.compile(self._spec.members)))
        else:
            yield from self._read(stream, self.wanted.file)

    def _members(self, members: Iterator[tuple[str, BinaryIO]]) -> Iterator[Found]:
        for member, stream in members:
            name = f"{self.wanted.file}: {member}"
            if self._spec.format == "parquet":
                stream = cast(BinaryIO, io.BytesIO(stream.read(self._source.limits.response_bytes + 1)))
            yield from self._read(stream, name)

    def _read(self, stream: BinaryIO, name: str) -> Iterator[Found]:
        reader = _READERS[self._spec.format]
        for number, value in enumerate(reader(stream, name, self._source.limits.record_bytes), 1):
            yield Found(value, name, number)


__all__ = ["Digested", "Found", "SourceFile"]
