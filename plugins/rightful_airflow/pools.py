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


def pools_of(sources: Iterable[Source]) -> dict[str, Pool]:
    """Every pool that the DAGs of ``sources`` use, by name.

    Slots are ``pace.max_connections``; where sources on one host disagree, the gentlest wins. Those of
    :data:`TRANSCRIBE`, where a source speaks, are a setting.
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
