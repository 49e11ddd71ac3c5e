"""Second readers of the tables, each with code of its own: Polars reads Iceberg's metadata and Parquet, DuckDB Parquet.

DuckDB's Iceberg extension would have to be downloaded, so the list of the data files comes from PyIceberg. Both run in
processes of their own: three native Parquet libraries in one process are two too many, and a thread of Polars 2.1's S3
client once ended a whole run of tests with a segmentation fault.
"""

from __future__ import annotations

import atexit
import functools
import json
import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from rightful.settings import Settings
from rightful.store.s3 import client, split
from rightful.store.tables import Tables


def with_polars(settings: Settings, source_id: str) -> pl.DataFrame:
    """``corpus.<source>`` by Polars' own reader; PyIceberg only tells it where the table is."""
    try:
        return _reader().submit(_scan, settings, source_id).result(timeout=300)
    except BrokenProcessPool:  # it died, as it may once
        _reader.cache_clear()
        return _reader().submit(_scan, settings, source_id).result(timeout=300)


@functools.cache
def _reader() -> ProcessPoolExecutor:
    """One process, kept: importing Polars and PyIceberg takes longer than reading."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    atexit.register(pool.shutdown, wait=False, cancel_futures=True)
    return pool


def _scan(settings: Settings, source_id: str) -> pl.DataFrame:
    secret = settings.s3_secret_access_key
    options = {
        "aws_endpoint_url": settings.s3_endpoint or "",
        "aws_access_key_id": settings.s3_access_key_id or "",
        "aws_secret_access_key": secret.get_secret_value() if secret else "",
        "aws_region": settings.s3_region,
        "aws_allow_http": "true",
    }
    table = Tables(settings).corpus(source_id)
    return pl.scan_iceberg(table, storage_options=options, reader_override="native").collect()


def with_duckdb(settings: Settings, source_id: str, query: str) -> list[tuple[object, ...]]:
    """``query`` on ``corpus``: the rows in the data files of the current snapshot of ``corpus.<source>``, which exists.

    No data file means no rows. The files are copied byte for byte and read by DuckDB's own Parquet reader. A deletion
    beside them, which it would not see, fails.
    """
    table = Tables(settings).existing("corpus", source_id)
    assert table is not None, f"there is no corpus.{source_id}"
    store = client(settings)
    with TemporaryDirectory() as folder:
        copies = []
        for number, task in enumerate(table.scan().plan_files()):
            assert not task.delete_files, f"{task.file.file_path} has deletions beside it"
            bucket, key = split(task.file.file_path)
            copy = Path(folder) / f"{number}.parquet"
            copy.write_bytes(store.get_object(Bucket=bucket, Key=key)["Body"].read())
            copies.append(str(copy))
        if not copies:
            return []
        done = subprocess.run(
            [sys.executable, __file__, query, *copies], capture_output=True, text=True, check=True, timeout=120
        )
        return [tuple(row) for row in json.loads(done.stdout)]


def ask_duckdb(query: str, files: list[str]) -> None:
    """Print the rows of ``query`` as JSON."""
    import duckdb

    with duckdb.connect() as connection:
        connection.read_parquet(files, union_by_name=True).create_view("corpus")
        print(json.dumps(connection.execute(query).fetchall()))


if __name__ == "__main__":
    ask_duckdb(sys.argv[1], sys.argv[2:])
