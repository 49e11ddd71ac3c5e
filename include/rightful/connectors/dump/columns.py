"""Rows of Parquet files as objects by their columns' names."""

from __future__ import annotations

import base64
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec

from rightful.connectors.dump.formats import Found, Unreadable
from rightful.errors import Malformed

_ROWS = 256
"""Rows held at a time; a group of rows may hold a million."""


def read_parquet(stream: BinaryIO, name: str, most_bytes: int) -> Found:
    """Rows in the file's order, of a stream that can be sought in. Times become ISO 8601, bytes Base64.

    Raises :class:`~rightful.errors.Malformed` for a file that is no Parquet, damaged, or names two columns alike.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(stream) as file:
            names = file.schema_arrow.names
            if len(set(names)) < len(names):
                raise Malformed(f"{name}: two columns of one name", remedy="ask its publisher")
            for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
                for row in batch.to_pylist():
                    number += 1
                    raw = msgspec.json.encode(row, enc_hook=_told)
                    if len(raw) > most_bytes:
                        yield Unreadable(number, "too_large", f"row {number:,}: {len(raw):,} bytes")
                    else:
                        yield raw
    except (pa.ArrowException, OSError, TypeError, ValueError, OverflowError) as error:
        raise Malformed(
            f"{name}: broken after row {number:,}: {str(error)[:300]}", remedy="compare its check sum; fetch it again"
        ) from None


def _told(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (Decimal, timedelta)):
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__}")


__all__ = ["read_parquet"]
