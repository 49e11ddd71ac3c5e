"""What a run needs for a while and no reader ever does: under ``work/``, which the store empties after 30 days.

Unlike those of the raw store, these objects have names of our own, may be written again, and are taken away when they
are done with.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rightful.errors import StoreError
from rightful.settings import Settings
from rightful.store.raw import WORK, RawStore
from rightful.store.s3 import split, store_errors


class WorkStore:
    """Objects under ``work/`` of the bucket of the raw store. Nothing is connected until it is used."""

    def __init__(self, settings: Settings) -> None:
        self.raw = RawStore(settings)
        self._ruled = False

    def uri(self, key: str) -> str:
        """The address of ``key``."""
        return f"s3://{self.raw.bucket}/{WORK}/{key}"

    def put(self, key: str, blob: bytes) -> str:
        """Write an object, whatever lay there; gives its address.

        Raises:
            StoreError: When the object store fails.
        """
        uri = self.uri(key)
        with store_errors(f"writing {uri}"):
            self._ready()
            self.raw.client.put_object(Bucket=self.raw.bucket, Key=f"{WORK}/{key}", Body=blob)
        return uri

    def put_file(self, key: str, path: Path) -> str:
        """Write a file as one object; gives its address. Raises as :meth:`put`."""
        with store_errors(f"writing {self.uri(key)}"):
            self._ready()
        return self.raw.put_file(path, f"{WORK}/{key}")

    def get(self, key: str) -> bytes | None:
        """Read an object; None when there is none.

        Raises:
            StoreError: When the object store fails.
        """
        return self.raw.get_whole(self.uri(key))

    def under(self, prefix: str) -> Iterator[bytes]:
        """The objects whose keys begin with ``prefix``, in the order of their keys.

        Raises:
            StoreError: When the object store fails.
        """
        with store_errors(f"listing {self.uri(prefix)}"):
            pages = self.raw.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.raw.bucket, Prefix=f"{WORK}/{prefix}"
            )
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        for key in keys:
            blob = self.get(key.removeprefix(f"{WORK}/"))
            if blob is not None:
                yield blob

    def delete(self, uri: str) -> None:
        """Take an object of ours away; one that is gone already is no error.

        Raises:
            StoreError: When the object store fails, or the object is not under ``work/``.
        """
        bucket, key = split(uri)
        if bucket != self.raw.bucket or not key.startswith(f"{WORK}/"):
            raise StoreError(f"{uri} is not ours to take away", remedy="this is a bug")
        with store_errors(f"removing {uri}"):
            self.raw.client.delete_object(Bucket=bucket, Key=key)

    def _ready(self) -> None:
        if not self._ruled:
            self.raw.ensure_rule(WORK)
            self._ruled = True


__all__ = ["WorkStore"]
