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


class RecordRereader:
    """Of every kind with ``fetch.fields``: a record's bytes are its JSON, and the file that it links to."""

    def __init__(self, source: Source) -> None:
        from rightful.connectors.record import RecordReader

        self._source, self._reader = source, RecordReader(source)

    def reread(self, raw: bytes, observed: Observed) -> Record | FailedRecord:
        """See :class:`Rereader`."""
        from rightful.connectors.linked import reread

        def listed(entry: bytes) -> Record | FailedRecord:
            return self._reader.read(entry, asked=observed.url, place="raw store", fetched_at=observed.fetched_at)

        read = reread(raw, self._source, listed)
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


class FileRereader:
    """Of kind ``repository``: a source file, with where it stood."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def reread(self, raw: bytes, observed: Observed) -> Record | FailedRecord:
        """See :class:`Rereader`."""
        from rightful.connectors.repository.files import kept_file

        return kept_file(raw, observed, self._source)


class SynthesisRereader:
    """Of kind ``synthetic``: a model's answer, with how it was asked."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def reread(self, raw: bytes, observed: Observed) -> Record | FailedRecord:
        """See :class:`Rereader`."""
        from rightful.connectors.synthetic.texts import kept_text

        return kept_text(raw, observed, self._source)


def rereader_for(source: Source) -> Rereader:
    """What reads the raw bytes of ``source`` again.

    Raises :class:`~rightful.errors.ConfigurationError` for a kind whose bytes can't be read without the source.
    """
    from rightful.catalogue.models import RecordFetch

    match source.kind:
        case "crawl":
            return CrawlRereader(source)
        case "repository":
            return FileRereader(source)
        case "synthetic":
            return SynthesisRereader(source)
        case _ if isinstance(source.fetch, RecordFetch):
            return RecordRereader(source)
    raise ConfigurationError(
        f"records of kind `{source.kind}` can't be read again from the raw store",
        source=source.id,
        remedy="acquire the slice again",
    )


__all__ = ["Observed", "RecordRereader", "Rereader", "rereader_for"]
