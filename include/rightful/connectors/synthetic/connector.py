"""Kind ``synthetic``: one request a seed to an endpoint that speaks OpenAI's chat completions."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.packing import MOST_SHARDS, shard_ids
from rightful.connectors.reread import Observed
from rightful.connectors.synthetic.seeds import Seed, SeedStore
from rightful.connectors.synthetic.texts import claims_of, head_of, record_of, request_of
from rightful.errors import ConfigurationError, Malformed, Refused, RightfulError, TooLarge
from rightful.http.client import Client
from rightful.model import JSON, FailedRecord, Page, Record, Shard, Slice

log = logging.getLogger(__name__)

SEEDS = "seeds"
"""Name of the shard parameter: ids of its seeds."""
MOST_FAILED = 20
"""Seeds in a row whose answers are none: then it is the endpoint, not the seeds."""
GONE = "seed gone"
"""Why a seed is passed over that was chosen, and is not there, or not allowed, any more."""
_OF_ONE_SEED = frozenset({400, 413, 422})
"""Refusals that say something of this one request: too long, or not wanted."""


class SyntheticConnector:
    """Reads one source of kind ``synthetic``.

    Args:
        source: The catalogue entry.
        client: Asks the endpoint.
        store: Knows the seeds.
    """

    def __init__(self, source: Source, client: Client, store: SeedStore) -> None:
        self.source, self.client, self.store, self._spec = source, client, store, source.synthetic
        self._failed_in_a_row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """Choose the seeds. The endpoint is not asked."""
        seeds, left = self.store.chosen(slice)
        log.info("%s %s: %d seeds; no seeds: %s", self.source.id, slice, len(seeds), left)
        size = max(self._spec.shard_seeds, -(-len(seeds) // MOST_SHARDS))
        groups = [seeds[start : start + size] for start in range(0, len(seeds), size)] or [[]]
        return [
            Shard(source=self.source.id, slice=slice, id=name, params={SEEDS: group})
            for name, group in zip(shard_ids(len(groups)), groups, strict=True)
        ]

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The texts of a shard's seeds. The cursor counts the seeds that are done: none is paid for twice."""
        seeds = list(shard.params.get(SEEDS) or [])
        self._failed_in_a_row = 0
        taken = int(cursor["taken"]) if cursor else 0
        try:
            for start in range(taken, max(len(seeds), 1), self._spec.page_seeds):
                group = seeds[start : start + self._spec.page_seeds]
                after = start + len(group)
                asked, received = self.client.requests, self.client.bytes_received
                found = self.store.read(group, shard.slice)
                records = [self._record(found[name]) for name in group if name in found]
                gone = len(group) - len(records)
                yield Page(
                    records=tuple(records),
                    cursor={"taken": after} if after < len(seeds) else None,
                    requests=self.client.requests - asked,
                    bytes_received=self.client.bytes_received - received,
                    passed_over={GONE: gone} if gone else {},
                )
        except RightfulError as error:
            error.slice = error.slice or shard.slice
            raise

    def _record(self, seed: Seed) -> Record | FailedRecord:
        request = request_of(self.source, seed)
        head = head_of(self.source, seed, request)
        try:
            answer = self.client.read(
                self._spec.path, None, self.client.json_bytes, content=msgspec.json.encode(request)
            )
        except TooLarge as error:
            return self._failed(seed, "too_large", error)
        except Malformed as error:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= MOST_FAILED:
                raise
            return self._failed(seed, "malformed", error)
        except Refused as error:
            if error.status not in _OF_ONE_SEED:
                raise
            return self._failed(seed, "fetch_failed", error)
        self._failed_in_a_row = 0
        observed = Observed(
            url=seed.url, claims=claims_of(self.source, seed), optouts=seed.optouts, fetched_at=datetime.now(UTC)
        )
        return record_of(self.source, head, answer, observed)

    def _failed(self, seed: Seed, reason: str, error: RightfulError) -> FailedRecord:
        return FailedRecord(
            native_id=seed.id,
            url=seed.url,
            reason=reason,
            detail=f"{seed.id}: {error.what}"[:500],
            fetched_at=datetime.now(UTC),
        )

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """Terms count as of the day when they were read; another day's are another version of the source file."""
        raise ConfigurationError(
            "a model can't be asked again for the licence of what it wrote",
            source=self.source.id,
            remedy="nothing to do: look at its terms, and change `terms_date` when they did",
        )


__all__ = ["GONE", "SEEDS", "SyntheticConnector"]
