"""Objects of a bucket, one connection's worth at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import httpx

from rightful.catalogue.models import Source
from rightful.connectors.files.places import PIECE, Changed, Listed, NotThere, Part, bounds_of
from rightful.errors import ConfigurationError, FetchError, Forbidden, Refused, RightfulError
from rightful.http.address import AddressGuard
from rightful.http.answer import remedy_for
from rightful.http.pace import Pacer
from rightful.licensing.optouts.robots import STOPS
from rightful.model import Credentials
from rightful.settings import get_settings


class S3Place:
    """Objects of a bucket: asked without a signature, with the source's connection, or as the project's own store."""

    def __init__(self, source: Source, credentials: Credentials | None, pacer: Pacer) -> None:
        fetch = source.files
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
        begin, stop, total = bounds_of(answer.get("ContentRange") or "")
        if "Range" not in wanted:
            begin, stop, total = 0, length, length
        if begin != first or total is None or stop != min(end or total, total) or stop - first != length:
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
            return self._error(NotThere, path, "the object ends before the part asked for", "is the index another's?")
        if 300 <= status < 400:
            return self._error(Refused, path, f"{told}: the bucket is elsewhere", "correct `fetch.region`")
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


def _s3_client(source: Source, credentials: Credentials | None) -> Any:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    from rightful.store import s3

    fetch, limits = source.files, source.limits
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


__all__ = ["S3Place"]
