"""Second readers of the tables: Polars and DuckDB, each with its own Iceberg and Parquet code."""

from __future__ import annotations

import duckdb
import polars as pl

from rightful.settings import Settings
from rightful.store.tables import Tables


def with_polars(settings: Settings, source_id: str) -> pl.DataFrame:
    """``corpus.<source>`` by Polars' own reader; PyIceberg only tells it where the table is."""
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
    """``query`` on the relation ``corpus``: the rows of ``corpus.<source>`` as Arrow hands them to DuckDB."""
    corpus = Tables(settings).corpus(source_id).scan().to_arrow()
    with duckdb.connect() as connection:
        connection.register("corpus", corpus)
        return connection.execute(query).fetchall()
