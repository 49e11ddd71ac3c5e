"""Where the files of a crawl lie (HTTP, S3, a folder): each hands out one connection's worth of a file's bytes.

What may pass is raised as :class:`~rightful.errors.FetchError`; trying again is for whoever reads
(:mod:`rightful.connectors.crawl.objects`), which alone knows how far it has come.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import httpx

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError, FetchError, Forbidden, Malformed, Refused, RightfulError
from rightful.http.address import AddressGuard
from rightful.http.answer import described, remedy_for
from rightful.http.failures import Failures
from rightful.http.pace import Pacer
from rightful.http.secrets import Secrets
from rightful.http.stream import StreamClient
from rightful.licensing.optouts.robots import STOPS
from rightful.model import Credentials
from rightful.settings import get_settings

PIECE = 256 * 1024
"""Bytes that are taken from a connection at once."""

_LONGEST_ANSWER = 86_400.0
"""Seconds for one connection: whoever reads an archive works on its records in between. Silence has its own limit."""

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Changed(FetchError):
    """A file is no longer the one whose first part was read. Reading it again from its beginning may help."""


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
        :class:`~rightful.errors.Forbidden` (401, 402, 403), :class:`~rightful.errors.Refused` (other 4xx) and
        :class:`~rightful.errors.Malformed` (the server knows no parts, or the file ends before ``first``).
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
            return self._judged(opened.response, opened.url, first, end, validator, ranged)
        except BaseException:
            opened.response.close()
            raise

    def list(self, folder: str) -> Iterator[Listed]:
        raise ConfigurationError("over HTTP nothing can be listed", remedy="give `fetch.collections`")

    def nap(self, seconds: float) -> None:
        self._client.nap(seconds)

    def close(self) -> None:
        self._client.close()

    def _judged(
        self, response: httpx.Response, shown: str, first: int, end: int | None, validator: str | None, ranged: bool
    ) -> Part:
        status, headers, fail = response.status_code, response.headers, self._client.fail
        if status == 416:
            raise fail(Malformed, shown, f"the file ends before byte {first:,}", "is the index that of another file?")
        if status == 206 and ranged:
            begin, stop, total = _bounds(headers.get("content-range", ""))
            if begin != first or stop is None or total is None or stop != (total if end is None else min(end, total)):
                raise fail(FetchError, shown, "the server sends another part than was asked for", "try again later")
        elif status in (200, 203):
            if ranged and validator is not None:
                raise fail(Changed, shown, "the file changed while it was read", "try again: it is read anew")
            if first > 0 or end is not None:
                raise fail(Malformed, shown, "the server sends no parts of files", "use `mode: scan`")
            length = headers.get("content-length", "")
            total = int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
            stop = total
        else:
            raise self._refused(status, headers, shown)
        encoding = headers.get("content-encoding", "").strip().lower()
        # Many servers announce the compression that is the file's own. Any other would shift all offsets.
        if encoding not in ("", "identity") and not (encoding == "gzip" and urlsplit(shown).path.endswith(".gz")):
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


class S3Place:
    """Objects of a bucket: asked without a signature, with the source's connection, or as the project's own store."""

    def __init__(self, source: Source, credentials: Credentials | None, pacer: Pacer) -> None:
        fetch = source.crawl
        parts = urlsplit(fetch.base_url)
        self._bucket, self._prefix = parts.netloc, parts.path.lstrip("/")
        if self._prefix and not self._prefix.endswith("/"):
            self._prefix += "/"
        self._source, self._pacer, self._client = source, pacer, _s3_client(source, credentials)

    def part(self, path: str, first: int, end: int | None, validator: str | None) -> Part:
        wanted: dict[str, Any] = {"Bucket": self._bucket, "Key": self._prefix + path}
        if first > 0 or end is not None:
            wanted["Range"] = f"bytes={first}-{'' if end is None else end - 1}"
        if validator is not None:
            wanted["IfMatch"] = validator
        answer = self._ask(path, "get_object", **wanted)
        body = answer["Body"]
        length = int(answer["ContentLength"])
        begin, stop, total = _bounds(answer.get("ContentRange") or "")
        if "Range" not in wanted:
            begin, stop, total = 0, length, length
        if begin != first or stop is None or stop - first != length or total is None:
            body.close()
            raise self._error(FetchError, path, "the store sends another part than was asked for", "try again later")
        return Part(self._pieces(body, path), body.close, first, stop, total, validator or answer.get("ETag"))

    def list(self, folder: str) -> Iterator[Listed]:
        onward: dict[str, str] = {}
        while True:
            answer = self._ask("", "list_objects_v2", Bucket=self._bucket, Prefix=self._prefix + folder, **onward)
            for entry in answer.get("Contents", ()):
                yield Listed(
                    str(entry["Key"]).removeprefix(self._prefix), entry["LastModified"].astimezone(UTC), entry["Size"]
                )
            if not answer.get("IsTruncated"):
                return
            onward = {"ContinuationToken": answer["NextContinuationToken"]}

    def nap(self, seconds: float) -> None:
        self._pacer.nap(seconds)

    def close(self) -> None:
        self._client.close()

    def _ask(self, path: str, what: str, **wanted: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        self._pacer.wait(self._bucket)
        try:
            return getattr(self._client, what)(**wanted)
        except ClientError as error:
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
            code = str(error.response.get("Error", {}).get("Code") or "")[:80]
            raise self._refused(status, code, path) from None
        except (BotoCoreError, OSError) as error:
            raise self._error(FetchError, path, f"{type(error).__name__}: {error}"[:300], "try again later") from None

    def _refused(self, status: int, code: str, path: str) -> RightfulError:
        told = f"status {status} {code}".rstrip()
        if status == 412:
            return self._error(Changed, path, "the object changed while it was read", "try again: it is read anew")
        if status == 416:
            return self._error(Malformed, path, "the object ends before the part asked for", "is the index another's?")
        if status < 400 or status >= 500 or status in (408, 409, 425, 429):
            return self._error(FetchError, path, told, "the store has trouble; try again later")
        kind = Forbidden if status in STOPS else Refused
        refusal = self._error(kind, path, told, remedy_for(status))
        assert isinstance(refusal, Refused)
        refusal.status = status
        return refusal

    def _pieces(self, body: Any, path: str) -> Iterator[bytes]:
        from botocore.exceptions import BotoCoreError

        try:
            while piece := body.read(PIECE):
                yield piece
        except (BotoCoreError, OSError) as error:
            what = f"broken connection ({type(error).__name__})"
            raise self._error(FetchError, path, what, "try again later") from None

    def _error(self, kind: type[RightfulError], path: str, what: str, remedy: str) -> RightfulError:
        return kind(f"s3://{self._bucket}/{self._prefix}{path}: {what}", source=self._source.id, remedy=remedy)


class FolderPlace:
    """Files below a folder of this machine, e.g. a share that a crawler writes to."""

    def __init__(self, source: Source, pacer: Pacer) -> None:
        self._source, self._pacer = source, pacer
        self._root = Path(unquote(urlsplit(source.crawl.base_url).path))

    def part(self, path: str, first: int, end: int | None, validator: str | None) -> Part:
        place = self._root / path
        if not place.resolve().is_relative_to(self._root.resolve()):
            raise self._error(Refused, path, "leads out of the folder", "remove the link")
        try:
            file = place.open("rb")
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise self._error(Refused, path, str(error.strerror), "see that the worker can read it") from None
        except OSError as error:
            raise self._error(FetchError, path, str(error.strerror), "try again later") from None
        about = os.fstat(file.fileno())
        mark, size = f"{about.st_mtime_ns}-{about.st_size}", about.st_size
        if validator not in (None, mark):
            file.close()
            raise self._error(Changed, path, "the file changed while it was read", "try again: it is read anew")
        if first > 0 and first >= size:
            file.close()
            raise self._error(Malformed, path, f"the file ends before byte {first:,}", "is the index another's?")
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


def _s3_client(source: Source, credentials: Credentials | None) -> Any:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    from rightful.store import s3

    fetch, limits = source.crawl, source.limits
    if not fetch.anonymous and source.connection is None:
        if fetch.endpoint is not None:
            raise ConfigurationError(
                "`fetch.endpoint` would be shown the credentials of the project's own store",
                source=source.id,
                remedy="give `connection` or `fetch.anonymous`, or leave `fetch.endpoint` out",
            )
        return s3.client(get_settings(), attempts=1)
    if not fetch.anonymous and (credentials is None or not credentials.login or not credentials.password):
        raise ConfigurationError(
            f"the connection `{source.connection}` holds no login or no password",
            source=source.id,
            remedy="store the access key as its login and the secret key as its password",
        )
    if fetch.endpoint is not None:
        AddressGuard(source.id, fetch.endpoint, (), allow_private=fetch.allow_private).check(
            httpx.URL(fetch.endpoint), fetch.endpoint
        )
    signing = None if fetch.anonymous else credentials
    return boto3.client(
        "s3",
        endpoint_url=fetch.endpoint,
        region_name=fetch.region or "us-east-1",
        aws_access_key_id=signing.login if signing else None,
        aws_secret_access_key=signing.password if signing else None,
        config=Config(
            signature_version=UNSIGNED if fetch.anonymous else None,
            s3={"addressing_style": "path"},
            # Trying again, and how long to wait before it, is ours to decide.
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=limits.connect_seconds,
            read_timeout=limits.read_seconds,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _bounds(text: str) -> tuple[int | None, int | None, int | None]:
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


__all__ = ["PIECE", "Changed", "FolderPlace", "HttpPlace", "Listed", "Part", "Place", "S3Place"]
