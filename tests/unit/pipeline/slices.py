"""What the tests of slices as a whole share: results of shards, and a published slice, by their counts alone."""

from __future__ import annotations

from typing import Any

from tests.unit.pipeline.support import SHARD

from rightful.model import ShardResult


def result(limited: bool = False, **counts: int) -> ShardResult:
    return ShardResult(shard=SHARD, counts=counts, limited=limited)


def published(limited: bool = False, **counts: int) -> dict[str, Any]:
    return {"fetched": sum(counts.values()), "limited": limited, "outcomes": counts}
