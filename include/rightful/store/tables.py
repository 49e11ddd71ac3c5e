"""Opens the Iceberg tables, making them on first use: ``corpus.<source>``, ``ledger.<source>``, the shared ledgers.

A table that is older than the code gets the columns it lacks when it is opened.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from rightful.errors import ConfigurationError, StoreError
from rightful.settings import Settings
from rightful.store import schemas
from rightful.store.s3 import client, file_system, store_errors

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

CORPUS = "corpus"
LEDGER = "ledger"
SHARED = {
    "slices": schemas.SLICES,
    "withdrawals": schemas.WITHDRAWALS,
    "reviews": schemas.REVIEWS,
    "observations": schemas.OBSERVATIONS,
}
"""Tables of namespace ``ledger`` that are about all sources; no source may bear such a name."""

KEEP_SNAPSHOTS = {CORPUS: 50, LEDGER: 20}
"""How many snapshots stay reachable by time travel, tagged ones besides. Each makes every commit a little slower."""

_ATTEMPTS = 10
_SETTLED_SECONDS = 0.2
"""Between making a table and reading what the catalogue holds."""
_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    # Old metadata files go with the commit that outdates them, or every commit would leave one for ever.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
    # One manifest a commit would make every later commit and every reader open them all.
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "20",
    "commit.manifest.target-size-bytes": str(64 * 1024),
    # A conflict is settled by our own loop, which looks at the new state first (see rightful.store.publish).
    "commit.retry.num-retries": "0",
    # What other writers should note of a column; ours are in rightful.store.commit.
    "write.metadata.metrics.default": "none",
    "write.metadata.metrics.column.slice": "full",
}


class Tables:
    """The table catalogue. Nothing is connected until a table is asked for; share one object within a task."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._checked: set[tuple[str, int]] = set()
        self._namespaces: set[str] = set()

    # ------------------------------------------------------------------ tables

    def corpus(self, source_id: str) -> Table:
        """``corpus.<source>``, freshly loaded; made if it is missing."""
        return self._open(CORPUS, source_id, schemas.CORPUS, partitioned=True)

    def ledger(self, source_id: str) -> Table:
        """``ledger.<source>``, freshly loaded; made if it is missing."""
        if source_id in SHARED:
            raise ConfigurationError(
                f"a source can't be called {source_id!r}: ledger.{source_id} is a table of its own",
                source=source_id,
                remedy="give the source another id",
            )
        return self._open(LEDGER, source_id, schemas.LEDGER, partitioned=True)

    def slices(self) -> Table:
        """``ledger.slices``, freshly loaded; made if it is missing."""
        return self._open(LEDGER, "slices", schemas.SLICES)

    def withdrawals(self) -> Table:
        """``ledger.withdrawals``, freshly loaded; made if it is missing."""
        return self._open(LEDGER, "withdrawals", schemas.WITHDRAWALS)

    def reviews(self) -> Table:
        """``ledger.reviews``, freshly loaded; made if it is missing."""
        return self._open(LEDGER, "reviews", schemas.REVIEWS)

    def observations(self) -> Table:
        """``ledger.observations``, freshly loaded; made if it is missing."""
        return self._open(LEDGER, "observations", schemas.OBSERVATIONS)

    def existing(self, namespace: str, name: str) -> Table | None:
        """The table as it is, or None; makes and changes nothing. For readers."""
        from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

        with store_errors(f"opening {namespace}.{name}"):
            try:
                return self.catalog.load_table((namespace, name))
            except (NoSuchTableError, NoSuchNamespaceError):
                return None

    def sources(self) -> list[str]:
        """Sources that have a corpus table."""
        from pyiceberg.exceptions import NoSuchNamespaceError

        with store_errors("listing the tables of corpus"):
            try:
                return sorted(identifier[-1] for identifier in self.catalog.list_tables(CORPUS))
            except NoSuchNamespaceError:
                return []

    # ------------------------------------------------------------------ services

    @cached_property
    def catalog(self) -> Catalog:
        """PyIceberg's catalogue, connected."""
        with store_errors(f"connecting to the table catalogue at {_shown(self.settings.catalog_uri)}"):
            if self.settings.catalog_type == "sql":
                return self._sql_catalog()
            from pyiceberg.catalog import load_catalog

            credential = self.settings.catalog_credential
            properties = self._file_properties()
            if credential is not None:
                properties["credential"] = credential.get_secret_value()
                properties["oauth2-server-uri"] = f"{self.settings.catalog_uri.rstrip('/')}/v1/oauth/tokens"
            return load_catalog("rightful", type="rest", **properties)

    @cached_property
    def files(self) -> S3FileSystem:
        """Where data files are written and read."""
        return file_system(self.settings)

    def reader_options(self) -> dict[str, str]:
        """For Polars: ``pl.scan_iceberg(tables.corpus(id), storage_options=…)``. The secret key is among them."""
        settings = self.settings
        options = {"aws_region": settings.s3_region}
        if settings.s3_endpoint:
            options |= {"aws_endpoint_url": settings.s3_endpoint, "aws_virtual_hosted_style_request": "false"}
            options["aws_allow_http"] = str(settings.s3_endpoint.startswith("http://")).lower()
        if settings.s3_access_key_id and settings.s3_secret_access_key:
            options["aws_access_key_id"] = settings.s3_access_key_id
            options["aws_secret_access_key"] = settings.s3_secret_access_key.get_secret_value()
        return options

    def _sql_catalog(self) -> Catalog:
        from pyiceberg.catalog.sql import SqlCatalog

        bucket = self.settings.catalog_warehouse.partition("://")[2].partition("/")[0]
        s3: Any = client(self.settings)
        if bucket not in {entry["Name"] for entry in s3.list_buckets().get("Buckets", [])}:
            s3.create_bucket(Bucket=bucket)
        return SqlCatalog("rightful", **self._file_properties())

    def _file_properties(self) -> dict[str, str]:
        settings = self.settings
        properties = {
            "uri": settings.catalog_uri,
            "warehouse": settings.catalog_warehouse,
            "s3.region": settings.s3_region,
            "s3.connect-timeout": "5",
            "s3.request-timeout": "60",
        }
        if settings.s3_endpoint:
            properties["s3.endpoint"] = settings.s3_endpoint
        if settings.s3_access_key_id and settings.s3_secret_access_key:
            properties["s3.access-key-id"] = settings.s3_access_key_id
            properties["s3.secret-access-key"] = settings.s3_secret_access_key.get_secret_value()
        return properties

    # ------------------------------------------------------------------ making and upgrading

    def _open(self, namespace: str, name: str, schema: pa.Schema, *, partitioned: bool = False) -> Table:
        from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
            raise ConfigurationError(f"{name!r} can't name a table", source=name, remedy="use a-z, 0-9 and _")
        with store_errors(f"opening {namespace}.{name}"):
            try:
                table = self.catalog.load_table((namespace, name))
            except (NoSuchTableError, NoSuchNamespaceError):
                table = self._create(namespace, name, schema, partitioned)
            return self._upgraded(table, schema)

    def _create(self, namespace: str, name: str, schema: pa.Schema, partitioned: bool) -> Table:
        from pyiceberg.exceptions import NamespaceAlreadyExistsError, TableAlreadyExistsError
        from pyiceberg.io.pyarrow import pyarrow_to_schema
        from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
        from pyiceberg.transforms import IdentityTransform

        iceberg = pyarrow_to_schema(with_field_ids(schema))
        spec = UNPARTITIONED_PARTITION_SPEC
        if partitioned:
            column = iceberg.find_field("slice").field_id
            spec = PartitionSpec(PartitionField(column, 1000, IdentityTransform(), "slice"))
        if namespace not in self._namespaces:
            with suppress(NamespaceAlreadyExistsError):  # another process made it: just what is wanted
                self.catalog.create_namespace(namespace)
            self._namespaces.add(namespace)
        with suppress(TableAlreadyExistsError):
            self.catalog.create_table((namespace, name), iceberg, partition_spec=spec, properties=_PROPERTIES)
            # Not every catalogue lets only one of two racing creators win (SeaweedFS's does not, under load): the table
            # is the one that it holds a moment later.
            time.sleep(_SETTLED_SECONDS)
        return self.catalog.load_table((namespace, name))

    def _upgraded(self, table: Table, schema: pa.Schema) -> Table:
        """The table with every column of ``schema``; others, of newer code, are left alone."""
        from pyiceberg.exceptions import CommitFailedException, ValidationError
        from pyiceberg.io.pyarrow import pyarrow_to_schema

        name = ".".join(table.name())
        for _ in range(_ATTEMPTS):
            if (name, table.metadata.current_schema_id) in self._checked or _covers(table, schema):
                self._checked.add((name, table.metadata.current_schema_id))
                return table
            try:
                with table.update_schema() as update:
                    update.union_by_name(pyarrow_to_schema(with_field_ids(schema)))
            except CommitFailedException:
                table = self.catalog.load_table(table.name())  # another process was first, perhaps with the same
            except (ValidationError, ValueError, TypeError) as error:
                raise ConfigurationError(
                    f"{name} has columns that this version of the code can't use: {error}",
                    remedy="run the code version that wrote it, or migrate the table",
                ) from error
        raise StoreError(f"the columns of {name} could not be brought up to date", remedy="try again")


def with_field_ids(schema: pa.Schema, id_of: Callable[[str], int] | None = None) -> pa.Schema:
    """The schema with Iceberg field ids, by which readers find columns.

    ``id_of`` gives the id of a dotted path (``claims.element.raw``); without it fields are numbered depth first from 1,
    and Iceberg numbers them again when it makes the table.
    """
    counter = iter(range(1, 10_000))
    number = id_of or (lambda path: next(counter))

    def numbered(field: pa.Field, path: str) -> pa.Field:
        return field.with_type(kind(field.type, path)).with_metadata({"PARQUET:field_id": str(number(path))})

    def kind(of: pa.DataType, path: str) -> pa.DataType:
        if pa.types.is_struct(of):
            children = [of.field(index) for index in range(of.num_fields)]
            return pa.struct([numbered(child, f"{path}.{child.name}") for child in children])
        if pa.types.is_map(of):
            return pa.map_(numbered(of.key_field, f"{path}.key"), numbered(of.item_field, f"{path}.value"))
        if pa.types.is_list(of):
            return pa.list_(numbered(of.value_field, f"{path}.element"))
        return of

    return pa.schema([numbered(field, field.name) for field in schema])


def _covers(table: Table, schema: pa.Schema) -> bool:
    """Whether the table has every column of ``schema``, also inside structs, lists and maps."""
    from pyiceberg.io.pyarrow import pyarrow_to_schema

    have = {(path, str(table.schema().find_type(path))) for path in _leaves(table.schema())}
    wanted = pyarrow_to_schema(with_field_ids(schema))
    return {(path, str(wanted.find_type(path))) for path in _leaves(wanted)} <= have


def _leaves(schema: Any) -> list[str]:
    return [
        name
        for name in (schema.find_column_name(field_id) for field_id in schema.field_ids)
        if name is not None and schema.find_type(name).is_primitive
    ]


def _shown(uri: str) -> str:
    """An address without user and password."""
    scheme, mark, rest = uri.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else uri


__all__ = ["KEEP_SNAPSHOTS", "Tables", "with_field_ids"]
