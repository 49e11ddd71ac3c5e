"""The one shape of every connector. Importing this is cheap: what a kind needs is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rightful.errors import ConfigurationError
from rightful.model import JSON, Credentials, Page, Shard, Slice

if TYPE_CHECKING:
    from rightful.catalogue.models import Source


class Connector(Protocol):
    """Reads one source. A context manager: leaving it closes connections."""

    def plan(self, slice: Slice) -> list[Shard]:
        """The shards of ``slice``, in a stable order with stable ids.

        Raises :class:`~rightful.errors.RetentionGap` when the source no longer lists all of the slice.
        """
        ...

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The pages of ``shard`` from ``cursor`` on (None: from its beginning).

        A page's cursor is where to go on after it: ``fetch(shard, page.cursor)`` yields exactly the pages that would
        have followed. The last page's cursor is None.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def connector_for(
    source: Source,
    *,
    contact: str = "",
    credentials: Credentials | None = None,
    stop: Callable[[], bool] | None = None,
) -> Connector:
    """The connector of ``source.kind``.

    Args:
        source: The catalogue entry.
        contact: URL or e-mail address for the User-Agent; the source's owner when empty.
        credentials: Of ``source.connection``.
        stop: Asked about once a second while the connector waits; True ends the wait with an error that may be retried.

    Raises :class:`~rightful.errors.ConfigurationError` for what can't work whatever the source answers.
    """
    match source.kind:
        case "rest":
            from rightful.connectors.rest import RestConnector
            from rightful.http.client import Client

            return RestConnector(source, Client(source, contact=contact, credentials=credentials, stop=stop))
    raise ConfigurationError(f"no connector reads kind `{source.kind}`", source=source.id, remedy="correct `kind`")
