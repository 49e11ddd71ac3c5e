"""One S3 client for bytes, one Arrow file system for Parquet, both made from the settings; how their errors read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rightful.errors import ConfigurationError, RightfulError, StoreError
from rightful.settings import Settings

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
ATTEMPTS = 5
"""Tries of one request inside the client. What lasts longer is for the task's own retries."""


def client(settings: Settings, *, attempts: int = ATTEMPTS) -> Any:
    """A boto3 S3 client: path-style addresses (any S3 understands them), retries, time-outs. Threads may share it.

    ``attempts`` are those of one request inside the client; 1 for who tries again on its own.
    """
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=_secret(settings),
        config=Config(
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            # Trailing checksums need chunked uploads, which not every S3 takes; ours are in the key and in the row.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def file_system(settings: Settings) -> S3FileSystem:
    """Arrow's S3: streams Parquet in parts, so that a file's size costs no memory.

    Parts are sent as they fill, not in the background: with background writes Arrow queues as many as it is given.
    """
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    endpoint = urlsplit(settings.s3_endpoint) if settings.s3_endpoint else None
    return S3FileSystem(
        access_key=settings.s3_access_key_id,
        secret_key=_secret(settings),
        region=settings.s3_region,
        endpoint_override=f"{endpoint.netloc}{endpoint.path}" if endpoint else None,
        scheme=endpoint.scheme if endpoint else "https",
        background_writes=False,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=READ_SECONDS,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
    )


def split(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` → ``(bucket, key)``.

    Raises:
        ConfigurationError: When it is no such address.
    """
    scheme, mark, rest = uri.partition("://")
    bucket, slash, key = rest.partition("/")
    if scheme not in ("s3", "s3a") or not (mark and bucket and slash and key):
        raise ConfigurationError(f"{uri!r} is not an object's address", remedy="expected s3://bucket/key")
    return bucket, key


@contextmanager
def store_errors(what: str, *, source: str | None = None, slice: object = None) -> Iterator[None]:
    """Turns what S3, Arrow and the catalogue raise when they fail into :class:`StoreError`, which is worth a retry.

    Mistakes in the program (wrong type, missing key) and our own errors pass unchanged.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from pyiceberg.exceptions import CommitFailedException, RESTError, UnauthorizedError

    try:
        yield
    except RightfulError:
        raise
    except UnauthorizedError as error:
        raise StoreError(
            f"{what}: the table catalogue refused the credentials",
            source=source,
            slice=slice,
            remedy="check RIGHTFUL_S3_ACCESS_KEY_ID, RIGHTFUL_S3_SECRET_ACCESS_KEY and RIGHTFUL_CATALOG_CREDENTIAL",
        ) from error
    except (BotoCoreError, ClientError, RESTError, CommitFailedException, OSError) as error:
        # requests' and SQLAlchemy's connection errors arrive as OSError or inside these.
        raise StoreError(
            f"{what}: {type(error).__name__}: {error}",
            source=source,
            slice=slice,
            remedy="try again; when it stays, see that object store and table catalogue run and can be reached",
        ) from error


def _secret(settings: Settings) -> str | None:
    return settings.s3_secret_access_key.get_secret_value() if settings.s3_secret_access_key else None
