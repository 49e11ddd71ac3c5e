"""The one shape of every connector. Importing this is cheap: what a kind needs is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self, runtime_checkable

from rightful.errors import ConfigurationError
from rightful.model import (
    JSON,
    Credentials,
    FailedRecord,
    LicenseClaim,
    OptOut,
    Page,
    Record,
    Shard,
    Slice,
    Struct,
)

if TYPE_CHECKING:
    from rightful.catalogue.models import Source
    from rightful.licensing.policy import Policy
    from rightful.settings import Settings


class Known(Struct, frozen=True, kw_only=True):
    """A document as the corpus knows it, for asking its source about it again.

    ``published`` dates its aliases. ``place`` is where the claim stood by which it was taken.
    """

    id: str
    native_id: str
    version: str
    url: str
    published: datetime | None = None
    place: str = ""


class Sighting(Struct, frozen=True, kw_only=True):
    """What a source says today about the licence of one document, or (``id`` is ``""``) of all of a ``group``.

    ``gone``: a complete answer that did not hold the record. ``error``: nothing can be told; ``detail`` says why.
    ``raw`` is the site's answer, for a group; what a record holds is not kept here, for it may not be ours to keep.
    """

    id: str
    group: str
    status: Literal["found", "gone", "error"]
    seen_at: datetime
    url: str
    claims: tuple[LicenseClaim, ...] = ()
    optouts: tuple[OptOut, ...] = ()
    detail: str = ""
    raw: bytes = b""


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

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """Ask the source again for just the licence of these documents, a request's worth at a time.

        What every document of a group shares (a site-wide statement) is asked for once and comes first, as a sighting
        without an id. A request that fails gives sightings with status ``error``; after some in a row the source is
        left alone, and the rest of ``known`` gets no sighting.

        Raises :class:`~rightful.errors.ConfigurationError` for a source that can't be asked, and
        :class:`~rightful.errors.RateLimited` when it wants to be left alone for now.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class SnapshotConnector(Connector, Protocol):
    """Reads a source of snapshots, of which one may be picked by its id."""

    def plan(self, slice: Slice, snapshot: str | None = None) -> list[Shard]:
        """As of every connector; with ``snapshot`` the shards of that one, whatever the slice."""
        ...


class Completed(Struct, frozen=True, kw_only=True):
    """What an allowed record consists of: its publisher's transcript (``file`` is None), or its recording.

    ``record`` may carry claims and opt-outs that only the download showed; the gate rules on it again.
    """

    record: Record
    file: Path | None = None
    media_type: str = ""
    bytes: int = 0
    sha256: str = ""


@runtime_checkable
class MediaConnector(Connector, Protocol):
    """Reads a source of sound or video. Its ``fetch`` asks for no byte of a recording."""

    def complete(
        self, record: Record, folder: Path, report: Callable[[int, int | None], None] | None = None
    ) -> Completed | FailedRecord | Record:
        """Fetch what a record consists of, once the gate has allowed it.

        A transcript of the publisher's comes first: the record that comes back then has ``body`` and ``segments``, and
        ``raw`` is the transcript as received. Else the recording is downloaded into ``folder``.

        Args:
            record: With ``media``, and ``transcripts`` where its publisher offers some.
            folder: An empty folder; whoever calls removes it.
            report: Told about once a second how many bytes have come, and of how many where that is known.

        Returns:
            A record, in place of what it consists of, when its source says something else of its licence or of mining
            by now: nothing of it is there then, and the gate has to rule on it again.

        Raises what may pass (:class:`~rightful.errors.FetchError`, :class:`~rightful.errors.RateLimited`) and
        :class:`~rightful.errors.Forbidden`, and :class:`~rightful.errors.HostBusy` where only this record's host wants
        patience; what is wrong with this one record comes back as a failed record.
        """
        ...


@runtime_checkable
class LinkingConnector(Connector, Protocol):
    """Reads a source whose records may have ``linked``: the page or file that their text has to be read from."""

    asks_pages: bool
    """Whether a record's licence may stand on the linked page alone."""

    def complete_text(self, record: Record) -> Record | FailedRecord:
        """``record`` with its text, once the gate has allowed it (or nothing but the linked page can tell its licence).

        What comes back may carry claims and opt-outs that only the page showed: the gate rules on it again. What is
        wrong with this one record comes back as a failed record; FetchError, RateLimited and Forbidden are raised.
        """
        ...


def connector_for(
    source: Source,
    *,
    contact: str = "",
    credentials: Credentials | None = None,
    stop: Callable[[], bool] | None = None,
    settings: Settings | None = None,
) -> Connector:
    """The connector of ``source.kind``.

    Args:
        source: The catalogue entry.
        contact: URL or e-mail address for the User-Agent; the source's owner when empty.
        credentials: Of ``source.connection``.
        stop: Asked about once a second while the connector waits; True ends the wait with an error that may be retried.
        settings: Where the policy is, for kinds that read pages; those of the environment if None.

    Raises :class:`~rightful.errors.ConfigurationError` for what can't work whatever the source answers.
    """
    match source.kind:
        case "rest":
            from rightful.connectors.rest import RestConnector
            from rightful.http.client import Client

            client = Client(source, contact=contact, credentials=credentials, stop=stop)
            return RestConnector(source, client, _policy(settings) if source.links else None)
        case "podcast":
            from rightful.connectors.podcast import PodcastConnector

            return PodcastConnector(source, contact=contact, credentials=credentials, stop=stop)
        case "feed":
            from rightful.connectors.feed import FeedConnector

            policy = _policy(settings) if source.links else None
            return FeedConnector(source, policy, contact=contact, credentials=credentials, stop=stop)
        case "video":
            from rightful.connectors.video.connector import VideoConnector

            return VideoConnector(source, contact=contact, credentials=credentials, stop=stop)
        case "crawl":
            from rightful.connectors.crawl import CrawlConnector
            from rightful.connectors.files.objects import Objects

            return CrawlConnector(
                source,
                policy=_policy(settings),
                objects=Objects(source, contact=contact, credentials=credentials, stop=stop),
                stop=stop,
            )
        case "dump":
            from rightful.connectors.dump import open_dump
            from rightful.connectors.files.objects import Objects
            from rightful.http.client import Client

            return open_dump(
                source,
                Objects(source, contact=contact, credentials=credentials, stop=stop),
                lambda: Client(source, contact=contact, credentials=credentials, stop=stop),
                lambda: _policy(settings),
            )
        case "bucket":
            from rightful.connectors.bucket import BucketConnector
            from rightful.connectors.files.objects import Objects

            return BucketConnector(source, objects=Objects(source, contact=contact, credentials=credentials, stop=stop))
        case "oai_pmh":
            from rightful.connectors.oai import OaiConnector
            from rightful.http.client import Client

            client = Client(source, contact=contact, credentials=credentials, stop=stop)
            return OaiConnector(source, client, _policy(settings) if source.links else None)
        case "module":
            from rightful.connectors.module.connector import ModuleConnector
            from rightful.http.client import Client

            client = Client(source, contact=contact, credentials=credentials, stop=stop)
            return ModuleConnector(source, client, _policy(settings) if source.links else None)
        case "synthetic":
            from rightful.connectors.synthetic.connector import SyntheticConnector
            from rightful.connectors.synthetic.seeds import SeedStore
            from rightful.http.client import Client
            from rightful.settings import get_settings

            client = Client(source, contact=contact, credentials=credentials, stop=stop)
            return SyntheticConnector(source, client, SeedStore(source, settings or get_settings()))
        case "repository":
            from rightful.connectors.repository.connector import RepositoryConnector
            from rightful.connectors.repository.transport import GitClient
            from rightful.http.client import Client

            kind = GitClient if source.repository.read == "git" else Client
            return RepositoryConnector(source, kind(source, contact=contact, credentials=credentials, stop=stop))
    raise ConfigurationError(f"no connector reads kind `{source.kind}`", source=source.id, remedy="correct `kind`")


def _policy(settings: Settings | None) -> Policy:
    from rightful.licensing.policy import load_policy
    from rightful.settings import get_settings

    chosen = settings or get_settings()
    return load_policy(chosen.policy_file, chosen.jurisdiction)
