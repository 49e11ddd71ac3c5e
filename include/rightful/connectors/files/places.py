"""Where the files of a source lie (HTTP, a folder): each hands out one connection's worth of a file's bytes.

What may pass is raised as :class:`~rightful.errors.FetchError`; trying again is for whoever reads
(:mod:`rightful.connectors.files.objects`), which alone knows how far it has come.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import httpx

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError, FetchError, Malformed, Refused, RightfulError
from rightful.http.answer import described
from rightful.http.failures import Failures
from rightful.http.pace import Pacer
from rightful.http.secrets import Secrets
from rightful.http.stream import StreamClient

PIECE = 256 * 1024
"""Bytes that are taken from a connection at once."""

_LONGEST_ANSWER = 86_400.0
"""Seconds for one connection: whoever reads an archive works on its records in between. Silence has its own limit."""

_NO_PARTS = "use `mode: scan`, which asks for none; a connection that breaks begins its file again there"

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Changed(FetchError):
    """A file is no longer the one whose first part was read. Reading it again from its beginning may help."""


class NotThere(Malformed):
    """A file, or a part of it, is not there as it should be: empty, ending too early, of another format.

    That is about this one place; others of the same host may be sound. ``end`` is the length of a file that ends within
    the part which was asked for.
    """

    end: int | None = None


class Listed(NamedTuple):
    """A file below the source's address: its path there, when it was last changed, and its length in bytes."""

    path: str
    modified: datetime
    size: int


@dataclass(slots=True)
class Part:
    """A connection that brings the bytes from ``first`` to ``end`` (excluded; None: to the end, wherever that is).

    ``total`` is the length of the whole file, ``validator`` proves that it is still the same one.
    """

    pieces: Iterator[bytes]
    close: Callable[[], None]
    first: int
    end: int | None
    total: int | None
    validator: str | None


class Place(Protocol):
    """One way to reach files."""

    def part(self, path: str, first: int, end: int | None, validator: str | None) -> Part:
        """Ask for the bytes from ``first`` to ``end`` (excluded) of the file that ``validator`` stands for.

        Raises :class:`Changed`, :class:`~rightful.errors.FetchError` and RateLimited (may pass),
        :class:`~rightful.errors.Forbidden` (401, 402, 403), :class:`~rightful.errors.Refused` (other 4xx),
        :class:`NotThere` (the file ends before ``first``) and :class:`~rightful.errors.Malformed` (the server knows no
        parts).
        """
        ...

    def list(self, folder: str) -> Iterator[Listed]:
        """Every file below ``folder`` (a path that ends with /, or empty) of the source's address."""
        ...

    def nap(self, seconds: float) -> None:
        """Sleep, but notice when the task is told to stop."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class HttpPlace:
    """Files behind an HTTP server that knows ranges (RFC 9110, 14)."""

    def __init__(self, source: Source, client: StreamClient) -> None:
        self._client = client
        self._failures = Failures(source.id, client.secrets or Secrets(source, None))

    def part(self, path: str, first: int, end: int | None, validator: str | None) -> Part:
        url = self._client.url(path)
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        ranged = first > 0 or end is not None
        if ranged:
            headers["Range"] = f"bytes={first}-{'' if end is None else end - 1}"
            if validator is not None:
                headers["If-Range"] = validator
        opened = self._client.open(url, headers=headers, seconds=_LONGEST_ANSWER)
        try:
            return self._judged(opened.response, path, opened.url, first, end, validator)
        except BaseException:
            opened.response.close()
            raise

    def list(self, folder: str) -> Iterator[Listed]:
        raise ConfigurationError("over HTTP nothing can be listed", remedy="say in `fetch` which list names the files")

    def nap(self, seconds: float) -> None:
        self._client.nap(seconds)

    def close(self) -> None:
        self._client.close()

    def _judged(
        self, response: httpx.Response, asked: str, shown: str, first: int, end: int | None, validator: str | None
    ) -> Part:
        status, headers, fail = response.status_code, response.headers, self._client.fail
        ranged = first > 0 or end is not None
        if status == 416:
            raise fail(NotThere, shown, f"the file ends before byte {first:,}", "is the index that of another file?")
        if status == 206 and ranged:
            begin, stop, total = bounds_of(headers.get("content-range", ""))
            if begin != first or stop is None or total is None or stop != (total if end is None else min(end, total)):
                raise fail(FetchError, shown, "the server sends another part than was asked for", "try again later")
        elif status in (200, 203):
            if ranged and validator not in (None, _validator(headers)):
                raise fail(Changed, shown, "the file changed while it was read", "try again: it is read anew")
            if ranged:
                raise fail(Malformed, shown, "the server sends no parts of files", _NO_PARTS)
            length = headers.get("content-length", "")
            total = int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
            stop = total
        else:
            raise self._refused(status, headers, shown)
        encoding = headers.get("content-encoding", "").strip().lower()
        # Many servers announce the compression that is the file's own. Any other would shift all offsets.
        packed = any(urlsplit(address).path.endswith(".gz") for address in (asked, shown))
        if encoding not in ("", "identity") and not (packed and encoding in ("gzip", "x-gzip")):
            raise fail(Malformed, shown, f"it is sent compressed ({encoding[:40]!r})", "tell the source's owner")
        return Part(self._pieces(response, shown), response.close, first, stop, total, validator or _validator(headers))

    def _pieces(self, response: httpx.Response, shown: str) -> Iterator[bytes]:
        try:
            for piece in response.iter_raw(PIECE):
                self._client.count(len(piece))
                yield piece
        except httpx.TransportError as error:
            raise self._client.fail(FetchError, shown, described(error), "try again later") from None

    def _refused(self, status: int, headers: httpx.Headers, shown: str) -> RightfulError:
        trouble = self._failures.trouble(status, headers, shown, datetime.now(UTC))
        return trouble or self._failures.refusal(status, shown)


class FolderPlace:
    """Files below a folder of this machine, e.g. a share that a crawler writes to."""

    def __init__(self, source: Source, pacer: Pacer) -> None:
        self._source, self._pacer = source, pacer
        self._root = Path(unquote(urlsplit(source.files.base_url).path))

    def part(self, path: str, first: int, end: int | None, validator: str | None) -> Part:
        place = self._root / path
        if not place.resolve().is_relative_to(self._root.resolve()):
            raise self._error(Refused, path, "leads out of the folder", "remove the link")
        try:
            file = place.open("rb")
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            refusal = self._error(Refused, path, str(error.strerror), "see that the worker can read it")
            assert isinstance(refusal, Refused)
            refusal.status = 404 if isinstance(error, FileNotFoundError) else None
            raise refusal from None
        except OSError as error:
            raise self._error(FetchError, path, str(error.strerror), "try again later") from None
        about = os.fstat(file.fileno())
        mark, size = f"{about.st_mtime_ns}-{about.st_size}", about.st_size
        if validator not in (None, mark):
            file.close()
            raise self._error(Changed, path, "the file changed while it was read", "try again: it is read anew")
        if first > 0 and first >= size:
            file.close()
            raise self._error(NotThere, path, f"the file ends before byte {first:,}", "is the index another's?")
        file.seek(first)
        return Part(iter(lambda: file.read(PIECE), b""), file.close, first, min(end or size, size), size, mark)

    def list(self, folder: str) -> Iterator[Listed]:
        if not (self._root / folder).is_dir():
            raise self._error(Refused, folder, "there is no such folder", "correct `fetch.base_url`")

        def unread(error: OSError) -> None:
            raise self._error(FetchError, "", f"{error.filename}: {error.strerror}", "see that it can be read")

        for at, folders, names in os.walk(self._root / folder, onerror=unread):
            folders.sort()
            for name in sorted(names):
                place = Path(at, name)
                if place.is_file():
                    about = place.stat()
                    modified = datetime.fromtimestamp(about.st_mtime, UTC)
                    yield Listed(place.relative_to(self._root).as_posix(), modified, about.st_size)

    def nap(self, seconds: float) -> None:
        self._pacer.nap(seconds)

    def close(self) -> None:
        """Nothing is open."""

    def _error(self, kind: type[RightfulError], path: str, what: str, remedy: str) -> RightfulError:
        return kind(f"{self._root / path}: {what}", source=self._source.id, remedy=remedy)


def bounds_of(text: str) -> tuple[int | None, int | None, int | None]:
    """First byte, the one behind the last, and the length of the whole, of a ``Content-Range``."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or int(found[2]) < int(found[1]):
        return None, None, None
    return int(found[1]), int(found[2]) + 1, int(found[3])


def _validator(headers: httpx.Headers) -> str | None:
    etag: str = headers.get("etag", "").strip()
    if etag.startswith('"'):
        return etag  # a weak tag (W/) is no proof
    changed: str = headers.get("last-modified", "").strip()
    return changed or None


__all__ = ["PIECE", "Changed", "FolderPlace", "HttpPlace", "Listed", "NotThere", "Part", "Place", "bounds_of"]
