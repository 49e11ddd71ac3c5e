"""One pool per external host, shared by the nightly and backfill runs of every source on it; one for transcriptions.

``python -m rightful_airflow.pools`` prints the file that ``airflow pools import`` takes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TypedDict
from urllib.parse import urlsplit

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.settings import get_settings

TRANSCRIBE = "transcribe"
"""The pool of all transcriptions: a model takes a core, or a GPU, for itself."""


class Pool(TypedDict):
    """A pool as Airflow's import and REST interface spell it."""

    slots: int
    description: str
    include_deferred: bool


def pool_of(source: Source) -> str:
    """Name of the pool of a source: ``pace.pool``, else the host of ``fetch.base_url`` (without its port)."""
    if source.pace.pool:
        return source.pace.pool
    host = urlsplit(source.fetch.base_url).hostname
    if not host:
        raise ConfigurationError(
            f"`fetch.base_url` names no host: {source.fetch.base_url}",
            source=source.id,
            remedy="correct it, or set `pace.pool`",
        )
    return host


def contract_pool(source: Source) -> str | None:
    """Name of the pool in which what comes under the source's contract is published, one slice at a time; else None.

    The quota of a contract is counted over all its sources. Two that are published at the same moment would each find
    room for itself only.
    """
    contract = source.license.contract
    return f"contract-{contract}" if contract is not None else None


def pools_of(sources: Iterable[Source]) -> dict[str, Pool]:
    """Every pool that the DAGs of ``sources`` use, by name.

    Slots are ``pace.max_connections``; where sources on one host disagree, the gentlest wins. Those of
    :data:`TRANSCRIBE`, where a source speaks, are a setting. The pool of a contract has one.
    """
    users: dict[str, list[Source]] = {}
    for source in sources:
        if source.enabled:
            users.setdefault(pool_of(source), []).append(source)
    pools = {
        name: Pool(
            slots=min(source.pace.max_connections for source in users[name]),
            description="Rightful: " + ", ".join(sorted(source.id for source in users[name])),
            include_deferred=True,
        )
        for name in sorted(users)
    }
    under: dict[str, list[str]] = {}
    for source in (one for here in users.values() for one in here):
        name = contract_pool(source)
        if name in users:
            raise ConfigurationError(
                f"`{name}` is the pool of a contract", source=users[name][0].id, remedy="give `pace.pool` another name"
            )
        if name is not None:
            under.setdefault(name, []).append(source.id)
    for name in sorted(under):
        pools[name] = Pool(
            slots=1,
            description="Rightful: publishing under one contract: " + ", ".join(sorted(under[name])),
            include_deferred=True,
        )
    if not any(source.speaks for sources_here in users.values() for source in sources_here):
        return pools
    if TRANSCRIBE in pools:
        raise ConfigurationError(
            f"`{TRANSCRIBE}` is the pool of all transcriptions",
            source=users[TRANSCRIBE][0].id,
            remedy="give `pace.pool` another name",
        )
    pools[TRANSCRIBE] = Pool(
        slots=get_settings().transcriptions,
        description="Rightful: transcriptions at once (RIGHTFUL_TRANSCRIBE_SLOTS)",
        include_deferred=True,
    )
    return pools


def main() -> int:
    """Print the pools of the catalogue as JSON."""
    from rightful_airflow.catalogue import read_catalogue

    catalogue = read_catalogue()
    json.dump(pools_of(catalogue.sources.values()), sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
