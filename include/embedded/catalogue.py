"""What Airflow needs of a catalogue before its DAGs can run: pools, connections, and the DAGs themselves parsed."""

from __future__ import annotations

import time
from collections.abc import Mapping

from embedded.api import AirflowApi
from embedded.stack import Stack
from rightful.catalogue.load import load_catalogue
from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful_airflow.pools import pools_of


def sources_of(stack: Stack) -> list[Source]:
    """The valid, enabled sources of a stack's catalogue, by id."""
    catalogue = load_catalogue(stack.catalogue, stack.contracts)
    return sorted((source for source in catalogue.sources.values() if source.enabled), key=lambda source: source.id)


def set_up(api: AirflowApi, sources: list[Source], connections: Mapping[str, Mapping[str, str]]) -> None:
    """Create or update the pool of every host and the given connections (id → password, description …)."""
    for name, pool in pools_of(sources).items():
        api.put_pool(name, pool["slots"], pool["description"], include_deferred=pool["include_deferred"])
    for connection_id, members in connections.items():
        api.put_connection(connection_id, **members)


def wait_parsed(api: AirflowApi, dag_ids: set[str], timeout: float = 180.0) -> None:
    """Wait until Airflow knows all these DAGs (``timeout`` in seconds).

    Raises:
        ConfigurationError: it doesn't; with what Airflow says of the files it could not read.
    """
    deadline = time.monotonic() + timeout
    while missing := dag_ids - api.dag_ids():
        if time.monotonic() > deadline:
            errors = "\n".join(f"{file}:\n{text}" for file, text in api.import_errors().items())
            raise ConfigurationError(f"Airflow has no DAG {', '.join(sorted(missing))}", remedy=errors or "see its log")
        time.sleep(0.5)
