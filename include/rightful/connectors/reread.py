"""Makes records of bytes that are in the raw store: no request is made, and no credentials are needed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from rightful.errors import ConfigurationError
from rightful.model import Archived, FailedRecord, LicenseClaim, OptOut, Record, Struct

if TYPE_CHECKING:
    from rightful.catalogue.models import Source


class Observed(Struct, frozen=True, kw_only=True):
    """What the ledger says of a record as it was fetched: its bytes alone can't tell this, or would tell it otherwise
    since the source file changed. ``evidence`` is the URI of what its claims were read from, when that was not ``raw``.
    """

    url: str
    claims: tuple[LicenseClaim, ...]
    optouts: tuple[OptOut, ...]
    fetched_at: datetime
    evidence: str | None = None
    archived: Archived | None = None


class Rereader(Protocol):
    """Reads the raw bytes of one source again."""

    def reread(self, raw: bytes, observed: Observed) -> Record | FailedRecord:
        """The record of these bytes, its licence as it was observed; failed when today's source file can't read it."""
        ...


class RestRereader:
    """Of kind ``rest``: a record's bytes are its JSON."""

    def __init__(self, source: Source) -> None:
        from rightful.connectors.record import RecordReader

        self._reader = RecordReader(source)

    def reread(self, raw: bytes, observed: Observed) -> Record | FailedRecord:
        """See :class:`Rereader`."""
        read = self._reader.read(raw, asked=observed.url, place="raw store", fetched_at=observed.fetched_at)
        if isinstance(read, FailedRecord):
            return read
        return msgspec.structs.replace(
            read, url=observed.url, claims=observed.claims, optouts=observed.optouts, evidence=observed.evidence
        )


class CrawlRereader:
    """Of kind ``crawl``: a page with the headers it came with."""

    def __init__(self, source: Source) -> None:
        self._extract = source.crawl.extract

    def reread(self, raw: bytes, observed: Observed) -> Record | FailedRecord:
        """See :class:`Rereader`."""
        from rightful.connectors.crawl.pages import MEDIA_TYPES, kept_page

        return kept_page(raw, observed, MEDIA_TYPES[self._extract])


def rereader_for(source: Source) -> Rereader:
    """What reads the raw bytes of ``source`` again.

    Raises :class:`~rightful.errors.ConfigurationError` for a kind whose bytes can't be read without the source.
    """
    match source.kind:
        case "rest":
            return RestRereader(source)
        case "crawl":
            return CrawlRereader(source)
    raise ConfigurationError(
        f"records of kind `{source.kind}` can't be read again from the raw store",
        source=source.id,
        remedy="acquire the slice again",
    )


__all__ = ["Observed", "Rereader", "RestRereader", "rereader_for"]
