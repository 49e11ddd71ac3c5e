"""Airflow connection → credentials of the library. Only called inside tasks."""

from __future__ import annotations

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.model import Credentials


def credentials_of(source: Source) -> Credentials | None:
    """What the source's ``connection:`` names; None when it names none.

    Raises :class:`~rightful.errors.ConfigurationError` when Airflow has no such connection, or an empty one.
    """
    if source.connection is None:
        return None
    try:
        connection = Connection.get(source.connection)
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"Airflow has no connection `{source.connection}`", source=source.id, remedy=_remedy(source.connection)
        ) from None
    found = Credentials(
        login=connection.login or None, password=connection.password or None, extra=connection.extra_dejson or {}
    )
    if not (found.login or found.password or found.extra):
        raise ConfigurationError(
            f"the Airflow connection `{source.connection}` holds neither login, password nor extra",
            source=source.id,
            remedy=_remedy(source.connection),
        )
    return found


def _remedy(connection_id: str) -> str:
    return (
        f"`airflow connections add {connection_id} --conn-type generic --conn-password <the key>`, "
        f"Admin → Connections in the UI, or the variable AIRFLOW_CONN_{connection_id.upper()}"
    )
