"""A slice becomes shards: what one task does each."""

from __future__ import annotations

from typing import cast

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Connector, SnapshotConnector, connector_for
from rightful.errors import ConfigurationError
from rightful.model import Credentials, Shard, Slice
from rightful.pipeline.synthetic_share import check_room
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.tables import Tables

MAX_SHARDS = 1000
"""Airflow maps at most 1,024 tasks; a plan beyond this is a mistake in the source file."""

LIMIT = "limit"
"""Name of the shard parameter that carries the shard's share of a limited run."""

SHARDS = "shards"
"""Name of the shard parameter that says how many shards the slice has."""

PARTIAL = "partial"
"""Set on the shards of a limited run that leaves whole shards out."""


def plan(
    source: Source,
    slice: Slice,
    *,
    settings: Settings,
    credentials: Credentials | None,
    limit: int | None = None,
    snapshot: str | None = None,
) -> list[Shard]:
    """Cut ``slice`` into shards, in a stable order with stable ids.

    Args:
        source: The catalogue entry.
        slice: The interval to acquire.
        settings: Contact of the operator and the like.
        credentials: Of the source's connection, if it has one.
        limit: At most so many records in the whole slice; shared out over the shards.
        snapshot: For kind ``crawl``: take the snapshot of this id, whatever the slice.

    Raises:
        ConfigurationError: When the plan has no shard or too many, or ids collide.
        RetentionGap: When the source no longer lists all of the slice.
        FetchError: When the source can't be asked now.
        AuditError: When the policy lets no more synthetic text in.
    """
    if limit is not None and limit < 1:
        raise ConfigurationError(f"limit must be at least 1, not {limit}", source=source.id, slice=slice)
    if source.kind == "synthetic":
        check_room(source, slice, settings, Ledgers(Tables(settings)))
    with connector_for(source, contact=settings.contact, credentials=credentials, settings=settings) as connector:
        shards = _planned(connector, source, slice, snapshot)
    if not 1 <= len(shards) <= MAX_SHARDS:
        raise ConfigurationError(
            f"the slice falls into {len(shards)} shards; 1 to {MAX_SHARDS} are possible",
            source=source.id,
            slice=slice,
            remedy="change `shard:` in the source file",
        )
    if len({shard.id for shard in shards}) != len(shards):
        raise ConfigurationError("two shards have the same id", source=source.id, slice=slice)
    return counted(shards if limit is None else share_out(shards, limit))


def _planned(connector: Connector, source: Source, slice: Slice, snapshot: str | None) -> list[Shard]:
    if snapshot is None:
        return connector.plan(slice)
    if source.kind != "crawl":
        raise ConfigurationError(
            "only a source of kind `crawl` has snapshots", source=source.id, slice=slice, remedy="leave `snapshot` out"
        )
    return cast(SnapshotConnector, connector).plan(slice, snapshot)


def counted(shards: list[Shard]) -> list[Shard]:
    """Tell every shard how many there are, so that the audit notices when one is missing."""
    return [msgspec.structs.replace(shard, params={**shard.params, SHARDS: len(shards)}) for shard in shards]


def share_out(shards: list[Shard], limit: int) -> list[Shard]:
    """Give every shard its part of ``limit``. Shards whose part is 0 fall away; the rest then know of it."""
    each, rest = divmod(limit, len(shards))
    parts = [each + (position < rest) for position in range(len(shards))]
    cut = {PARTIAL: True} if not each else {}
    return [
        msgspec.structs.replace(shard, params={**shard.params, LIMIT: part, **cut})
        for shard, part in zip(shards, parts, strict=True)
        if part
    ]
