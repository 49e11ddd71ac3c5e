"""Files as streams that go on where a connection broke: polite, bounded, checked by their first bytes."""

from __future__ import annotations

import io
import logging
import random
import re
from collections.abc import Callable
from contextlib import closing
from types import TracebackType
from typing import Any, BinaryIO, Self, cast
from urllib.parse import quote, urlsplit

from rightful.catalogue.models import Source
from rightful.connectors.files.bucket import S3Place
from rightful.connectors.files.places import PIECE, Changed, FolderPlace, HttpPlace, Listed, NotThere, Part, Place
from rightful.connectors.files.streams import ResumedObject, SeekableObject
from rightful.errors import ConfigurationError, FetchError, RateLimited, TooLarge
from rightful.http.pace import LONGEST_WAIT, Pacer
from rightful.http.stream import StreamClient
from rightful.model import Credentials

log = logging.getLogger(__name__)

ARCHIVE = re.compile(
    rb"\x1f\x8b|WARC/|\x04\x22\x4d\x18|\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18|PK\x03\x04|filedesc://|https?://|dns:"
)
"""First bytes of archives and of records cut out of them: gzip, WARC, LZ4, Zstandard (or its dictionary), zip, ARC."""

GZIP, PARQUET = re.compile(rb"\x1f\x8b"), re.compile(b"PAR1")

_ZIP_WINDOW = 4 * 2**20
"""Bytes of a WACZ that are asked for at once."""
_LEAST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_HTTP = ("http://", "https://")


class Objects:
    """Opens the files of one source that reads files. A context manager; not to be shared between threads.

    Args:
        source: The catalogue entry.
        contact, credentials, stop: See :func:`rightful.connectors.base.connector_for`.
        how: Further arguments of the client (for tests): ``transport``, ``resolver``, ``sleep``, ``clock``.

    Raises :class:`~rightful.errors.ConfigurationError` for credentials that are missing or may not be sent there.
    """

    def __init__(
        self,
        source: Source,
        *,
        contact: str = "",
        credentials: Credentials | None = None,
        stop: Callable[[], bool] | None = None,
        **how: Any,
    ) -> None:
        fetch = source.files
        self.source = source
        times = {name: how[name] for name in ("sleep", "clock") if name in how}
        pacer = Pacer(source.pace, source.id, stop=stop, **times)
        asked = _over_http(source)
        self._http: Place | None = None
        if asked is not None:
            client = StreamClient(
                asked,
                contact=contact,
                credentials=credentials if asked is source else None,
                stop=stop,
                pacer=pacer,
                **how,
            )
            self._http = HttpPlace(asked, client)
        self._place: Place
        match fetch.scheme:
            case "s3":
                self._place = S3Place(source, credentials, pacer)
            case "file":
                self._place = FolderPlace(source, pacer)
            case _:
                assert self._http is not None
                self._place = self._http
        # Shards that begin together must not ask together.
        self._first_pause = 0.0 if fetch.scheme == "file" else random.uniform(0, fetch.start_within)  # noqa: S311

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._place.close()
        if self._http is not None:
            self._http.close()

    def open_object(
        self,
        uri: str,
        offset: int | None = None,
        length: int | None = None,
        *,
        magic: re.Pattern[bytes] | None = ARCHIVE,
    ) -> BinaryIO:
        """A stream of a file, or of ``length`` bytes of it from ``offset`` on. It can't be sought in.

        A connection that breaks is taken up where it broke, if the file proves to be the same still; 5xx and broken
        connections are tried again ``limits.retries`` times without any progress, at least 1 s apart.

        Args:
            uri: A path below ``fetch.base_url``, or an http(s) address that the source may ask.
            offset: First byte; None: 0.
            length: Bytes; None: all up to the end.
            magic: What the first bytes must match; None: anything.

        Raises (here, and whoever reads the stream meets the first two of them as well):
            FetchError: 5xx, broken connections beyond the retries; ``Changed`` when the file is another one by now.
            RateLimited: The other side asks for more patience than a task may have.
            Forbidden: 401, 402, 403: stop.
            Refused: Other 4xx.
            NotThere: The file is empty, ends before the part does, or is not what ``magic`` says.
            Malformed: The server sends no parts of files.
        """
        first = offset or 0
        if first < 0 or (length is not None and length < 1):
            raise ConfigurationError(f"{uri}: no part of a file: {offset}, {length}", source=self.source.id)
        place, path = self._located(uri)
        raw = ResumedObject(self, place, path, uri, first, None if length is None else first + length)
        stream = io.BufferedReader(raw, PIECE)
        try:
            head = stream.peek(16)
            if not head:
                raise self.not_there(uri, "the file is empty")
            if magic is not None and not magic.match(head.lstrip(b"\r\n")):
                raise self.not_there(uri, f"at byte {first:,} it begins with {head[:16]!r}, which is another format")
        except BaseException:
            stream.close()
            raise
        return cast(BinaryIO, stream)

    def open_archive(self, uri: str, offset: int | None = None, length: int | None = None) -> BinaryIO:
        """As :meth:`open_object`, for who can tell what is wrong with a file, and where.

        What is empty, ends too early or does not begin as an archive does is asked for once more, a second later: many
        an error page stands only for a moment. What is there then is handed out, whatever it is.

        Raises what :meth:`open_object` raises; NotThere only for what is empty, or ends too early.
        """
        try:
            return self.open_object(uri, offset, length)
        except NotThere as error:
            if error.end is not None:
                raise
            self._located(uri)[0].nap(_LEAST_PAUSE * random.uniform(1.0, 1.5))  # noqa: S311
            return self.open_object(uri, offset, length, magic=None)

    def open_whole(self, uri: str, offset: int | None = None, length: int | None = None) -> BinaryIO:
        """As :meth:`open_archive`; a WACZ, which is a zip file and read from its end, can be sought in."""
        if uri.endswith(".wacz") and offset is None:
            return cast(BinaryIO, io.BufferedReader(self.open_seekable(uri), _ZIP_WINDOW))
        return self.open_archive(uri, offset, length)

    def read_object(self, uri: str, most: int, *, magic: re.Pattern[bytes] | None = None) -> bytes:
        """A whole small file. Raises what :meth:`open_object` raises, and TooLarge beyond ``most`` bytes."""
        with self.open_object(uri, magic=magic) as stream:
            found = stream.read(most + 1)
        if len(found) > most:
            raise TooLarge(f"{uri}: more than {most:,} bytes", source=self.source.id, remedy="is it the right file?")
        return found

    def open_seekable(self, uri: str, *, magic: re.Pattern[bytes] | None = None) -> SeekableObject:
        """A file that is read here and there, a request for each part: for Parquet."""
        place, path = self._located(uri)
        part = self.connect(place, path, 0, 4, None)
        with closing(part):
            head = b"".join(part.pieces)
        if magic is not None and not magic.match(head):
            raise self.not_there(uri, f"it begins with {head!r}, which is another format")
        if part.total is None:
            raise self.not_there(uri, "nobody says how long it is")
        return SeekableObject(self, place, path, uri, part.total, part.validator)

    def list_objects(self, folder: str = "") -> list[Listed]:
        """Every file below ``folder`` of ``fetch.base_url`` (S3 and folders only), by name.

        Tried again as a whole when listing fails.
        """
        below = f"{folder.rstrip('/')}/" if folder else ""
        found: list[Listed] = self._tried(lambda: list(self._place.list(below)), self._place, below)
        return sorted(found)

    def connect(self, place: Place, path: str, first: int, end: int | None, validator: str | None) -> Part:
        """One connection, tried again when it can't be made."""
        part: Part = self._tried(lambda: place.part(path, first, end, validator), place, path)
        return part

    def pause(self, place: Place, error: FetchError, fruitless: int, what: str) -> None:
        """Wait before the next try, or raise ``error`` when it was the last or asks for too much patience."""
        patience = error.retry_after if isinstance(error, RateLimited) else 0.0
        if isinstance(error, Changed) or fruitless > self.source.limits.retries or patience > LONGEST_WAIT:
            raise error
        backed = min(_LEAST_PAUSE * 2.0 ** max(fruitless - 1, 0), _LONGEST_PAUSE)
        seconds = max(patience, backed * random.uniform(1.0, 1.5))  # noqa: S311
        log.info("%s failed (%s); again in %.1f s", what, error, seconds)
        place.nap(seconds)

    def _tried(self, ask: Callable[[], Any], place: Place, what: str) -> Any:
        if self._first_pause > 0:
            pause, self._first_pause = self._first_pause, 0.0
            place.nap(pause)
        fruitless = 0
        while True:
            try:
                return ask()
            except FetchError as error:
                fruitless += 1
                self.pause(place, error, fruitless, what)

    def _located(self, uri: str) -> tuple[Place, str]:
        if uri.startswith(_HTTP):
            if self._http is None:
                raise ConfigurationError(f"{uri}: this source asks nothing over HTTP", source=self.source.id)
            return self._http, uri
        if uri.startswith("/") or "://" in uri or ".." in uri.split("/") or not uri:
            raise self.not_there(uri, "is no path below `fetch.base_url`")
        return self._place, quote(uri, safe="/=:@+,~!$&'()*;") if self._place is self._http else uri

    def not_there(self, uri: str, what: str) -> NotThere:
        """The error for a file that is not what it should be."""
        return NotThere(f"{uri}: {what}", source=self.source.id, remedy="look at the file: an error page, a cut copy?")


def _over_http(source: Source) -> Source | None:
    """The source as an HTTP client knows it: its address, else the one beside it, where there is one."""
    fetch = source.files
    if fetch.scheme in ("http", "https"):
        return source
    apart = fetch.asked_apart
    if apart is None:
        return None
    parts = urlsplit(apart)
    moved = fetch.model_copy(update={"base_url": f"{parts.scheme}://{parts.netloc}/", "auth": None})
    return source.model_copy(update={"fetch": moved})


__all__ = ["ARCHIVE", "GZIP", "PARQUET", "Objects", "SeekableObject"]
