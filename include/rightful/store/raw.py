"""The raw store: bytes as received, named by their SHA-256 and written once.

Records are small and requests are dear, so the bytes of many records go into one object, back to back (a *pack*). What
is quarantined lies under a prefix of its own, which the store empties by itself after 90 days.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from rightful.errors import StoreError
from rightful.model import Struct
from rightful.settings import Settings
from rightful.store.s3 import client, split, store_errors

log = logging.getLogger(__name__)

QUARANTINE = "quarantine"
QUARANTINE_DAYS = 90
WORK = "work"
WORK_DAYS = 30
"""What a run needs for a while lies under prefixes that the store empties by itself."""

EMPTIED = {QUARANTINE: QUARANTINE_DAYS, WORK: WORK_DAYS}

LARGE_BYTES = 64 * 2**20
"""Files from this size on are sent in parts."""

_READ_BYTES = 2**20
_EXISTS = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
PACKS_HELD = 4
"""Objects that a reader of packs holds in memory; the records of a batch lie in two."""

_GONE = {"NoSuchKey", "404", "NotFound"}
_NO_BUCKET = {"NoSuchBucket", "404", "NotFound"}
_NO_RULES = {"NoSuchLifecycleConfiguration", "404", "NotFound", "NotImplemented", "MethodNotAllowed"}
_BUCKET_EXISTS = {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}


class PackRef(Struct, frozen=True, kw_only=True):
    """Where the records of a pack lie: record ``i`` is ``uri[offsets[i] : offsets[i] + lengths[i]]`` (bytes)."""

    uri: str
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]


class RawStore:
    """Objects of one bucket, keyed ``<prefix>/<first two digits>/<sha256 of the object>``.

    Nothing is ever changed: writing what is there already is no error and no write. The bucket is made on the first
    write if it is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bucket = settings.raw_bucket
        self._ready = False

    @cached_property
    def client(self) -> Any:
        """The S3 client. Threads may share it."""
        return client(self._settings)

    @property
    def bucket(self) -> str:
        """Where all of it lies."""
        return self._bucket

    def put_pack(self, blobs: Sequence[bytes], quarantine: bool = False) -> PackRef:
        """Write the bytes of several records as one object.

        Raises:
            ValueError: When there is no record.
            StoreError: When the object store fails.
        """
        if not blobs:
            raise ValueError("a pack needs at least one record")
        lengths = tuple(len(blob) for blob in blobs)
        offsets = (0, *accumulate(lengths[:-1]))
        uri = self.put(b"".join(blobs), prefix=QUARANTINE if quarantine else "raw")
        return PackRef(uri=uri, offsets=offsets, lengths=lengths)

    def put(self, blob: bytes, prefix: str = "raw") -> str:
        """Write one object (evidence, a manifest); gives its ``s3://`` address, the same for the same bytes."""
        from botocore.exceptions import ClientError

        digest = hashlib.sha256(blob).hexdigest()
        key = f"{prefix}/{digest[:2]}/{digest}"
        uri = f"s3://{self._bucket}/{key}"
        with store_errors(f"writing {uri}"):
            self.ensure_bucket()
            try:
                self.client.put_object(Bucket=self._bucket, Key=key, Body=blob, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) not in _EXISTS:
                    raise
        return uri

    def keep(self, uri: str, digest: str) -> str:
        """Take an object that lies elsewhere in the bucket into the raw store, inside the object store; gives its
        address there. Its SHA-256, ``digest``, is taken on trust.

        Raises:
            StoreError: When the object store fails, or the object is gone.
        """
        source_bucket, source_key = split(uri)
        key = f"raw/{digest[:2]}/{digest}"
        with store_errors(f"keeping {uri}"):
            if not self._has(key):
                self.client.copy({"Bucket": source_bucket, "Key": source_key}, self._bucket, key)
        return f"s3://{self._bucket}/{key}"

    def put_file(self, path: Path, key: str) -> str:
        """Write a file as one object under ``key``, a part at a time, whatever lay there; gives its address.

        Raises:
            StoreError: When the object store fails.
        """
        from boto3.s3.transfer import TransferConfig

        uri = f"s3://{self._bucket}/{key}"
        parts = TransferConfig(multipart_threshold=LARGE_BYTES, multipart_chunksize=LARGE_BYTES // 4, use_threads=False)
        with store_errors(f"writing {uri}"):
            self.ensure_bucket()
            self.client.upload_file(str(path), self._bucket, key, Config=parts)
        return uri

    def get_file(self, uri: str, path: Path) -> str | None:
        """Read an object into a file; gives its SHA-256, or None when the object is gone.

        Raises:
            StoreError: When the object store fails.
        """
        from botocore.exceptions import ClientError

        bucket, key = split(uri)
        digest = hashlib.sha256()
        with store_errors(f"reading {uri}"):
            try:
                body = self.client.get_object(Bucket=bucket, Key=key)["Body"]
            except ClientError as error:
                if _code(error) not in _GONE:
                    raise
                return None
            with path.open("wb") as file:
                for chunk in body.iter_chunks(_READ_BYTES):
                    digest.update(chunk)
                    file.write(chunk)
        return digest.hexdigest()

    def _has(self, key: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self.client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) not in _GONE:
                raise
            return False
        return True

    def get(self, uri: str, offset: int | None = None, length: int | None = None) -> bytes:
        """Read an object, or ``length`` bytes of it from ``offset`` on (both or none).

        Raises:
            StoreError: When the object store fails, the object is gone, or it is shorter than that.
        """
        if (offset is None) != (length is None):
            raise ValueError("offset and length go together")
        bucket, key = split(uri)
        if length == 0:
            return b""
        wanted = {} if offset is None or length is None else {"Range": f"bytes={offset}-{offset + length - 1}"}
        with store_errors(f"reading {uri}"):
            body: bytes = self.client.get_object(Bucket=bucket, Key=key, **wanted)["Body"].read()
        if length is not None and len(body) != length:
            raise StoreError(f"{uri} gave {len(body)} bytes at {offset}, not {length}", remedy="the object is damaged")
        return body

    def get_whole(self, uri: str) -> bytes | None:
        """Read a whole object; None when it is no longer there (what is quarantined goes after 90 days).

        Raises:
            StoreError: When the object store fails.
        """
        from botocore.exceptions import ClientError

        bucket, key = split(uri)
        with store_errors(f"reading {uri}"):
            try:
                body: bytes = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
            except ClientError as error:
                if _code(error) not in _GONE:
                    raise
                return None
        return body

    def ensure_bucket(self) -> None:
        """Make the bucket if it is missing, with the rules by which it empties itself."""
        from botocore.exceptions import ClientError

        if self._ready:
            return
        try:
            self.client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if _code(error) not in _NO_BUCKET:
                raise
            self._create_bucket()
        self._ready = True

    def _create_bucket(self) -> None:
        from botocore.exceptions import ClientError

        region = self._settings.s3_region
        # Amazon wants the region named unless it is the first one, and refuses it when it is.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self.client.create_bucket(Bucket=self._bucket, **place)
        except ClientError as error:
            if _code(error) not in _BUCKET_EXISTS:
                raise
        self._set_rules([])

    def ensure_rule(self, prefix: str) -> None:
        """See that the store empties ``prefix`` by itself, in a bucket that is older than that prefix."""
        from botocore.exceptions import ClientError

        self.ensure_bucket()
        try:
            rules = self.client.get_bucket_lifecycle_configuration(Bucket=self._bucket).get("Rules", [])
        except ClientError as error:
            if _code(error) not in _NO_RULES:
                raise
            rules = []
        if prefix not in {rule.get("ID") for rule in rules}:
            self._set_rules(rules)

    def _set_rules(self, others: Sequence[dict[str, Any]]) -> None:
        """Our rules, besides those that somebody else made."""
        from botocore.exceptions import ClientError

        ours = [
            {"ID": prefix, "Status": "Enabled", "Filter": {"Prefix": f"{prefix}/"}, "Expiration": {"Days": days}}
            for prefix, days in EMPTIED.items()
        ]
        rules = [*(rule for rule in others if rule.get("ID") not in EMPTIED), *ours]
        try:
            self.client.put_bucket_lifecycle_configuration(Bucket=self._bucket, LifecycleConfiguration={"Rules": rules})
        except ClientError as error:
            log.warning(
                "bucket %s takes no lifecycle rules (%s): remove objects by other means (prefix: days) %s",
                self._bucket,
                _code(error),
                EMPTIED,
            )


class PackReader:
    """Reads many records, an object at a time: neighbours in the ledger lie in the same few objects. ``bytes`` is what
    was read so far."""

    def __init__(self, store: RawStore) -> None:
        self._store, self.bytes = store, 0
        self._held: OrderedDict[str, bytes | None] = OrderedDict()

    def read(self, uri: str, offset: int | None, length: int | None) -> bytes | None:
        """A record's bytes (the whole object without ``length``); None when the object is gone.

        Raises:
            StoreError: When the object store fails.
        """
        if uri not in self._held:
            pack = self._store.get_whole(uri)
            self.bytes += len(pack or b"")
            self._held[uri] = pack
            if len(self._held) > PACKS_HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(uri)
        pack, start = self._held[uri], offset or 0
        return None if pack is None else pack[start:] if length is None else pack[start : start + length]


def in_quarantine(uri: str) -> bool:
    """Whether an object lies where the store empties by itself."""
    return split(uri)[1].startswith(f"{QUARANTINE}/")


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
