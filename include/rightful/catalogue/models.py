"""What a source file may say: one pydantic model per block of ``include/sources/<id>.yaml``.

Unknown keys are errors everywhere. The JSON Schema for editors is exported from these models, so the descriptions
here are what a person sees while typing.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from rightful.catalogue.block import Block, FieldPath, Identifier
from rightful.catalogue.bucket_block import BucketFetch
from rightful.catalogue.contract import Contract, Party
from rightful.catalogue.crawl_block import CrawlFetch, CrawlIndex, Reviewed
from rightful.catalogue.dump_block import DumpFetch
from rightful.catalogue.feed_block import FeedFetch
from rightful.catalogue.files_block import FilesFetch
from rightful.catalogue.http_block import Auth, HttpFetch
from rightful.catalogue.license_block import ClaimRule, DatedAlias, LicenseBlock
from rightful.catalogue.module_block import ModuleFetch
from rightful.catalogue.oai_block import OaiFetch
from rightful.catalogue.paging import (
    After,
    ContinueObject,
    CursorToken,
    LinkHeader,
    NextUrl,
    Offset,
    PageNumber,
    Paginate,
    SinglePage,
)
from rightful.catalogue.podcast_block import PodcastFetch
from rightful.catalogue.record_block import Fields, Linked, RecordFetch, SiteRequest
from rightful.catalogue.repository_block import RepositoryFetch
from rightful.catalogue.rest_block import LookUp, RestFetch, Retention, Window, WindowEnd
from rightful.catalogue.speech_block import SpeechBlock
from rightful.catalogue.syndication_block import ListedFeeds
from rightful.catalogue.synthetic_block import SyntheticFetch
from rightful.catalogue.video_block import VideoFetch
from rightful.model import JSON

KINDS: dict[str, type[HttpFetch]] = {
    "rest": RestFetch,
    "podcast": PodcastFetch,
    "video": VideoFetch,
    "crawl": CrawlFetch,
    "dump": DumpFetch,
    "bucket": BucketFetch,
    "oai_pmh": OaiFetch,
    "feed": FeedFetch,
    "repository": RepositoryFetch,
    "synthetic": SyntheticFetch,
    "module": ModuleFetch,
}
"""The model of ``fetch:`` by kind of source."""

SPEECH_KINDS = ("podcast", "video")
"""Kinds whose records are sound or video: their DAGs transcribe."""


class Pace(Block):
    """How gently the host is treated. The pool is shared by nightly and backfill runs of every source on the host."""

    requests_per_second: float = Field(1.0, gt=0, le=1000, description="over all connections together")
    max_connections: int = Field(1, ge=1, le=64, description="slots of the pool = tasks at once on this host")
    pool: str | None = Field(
        None, min_length=1, max_length=200, description="Airflow pool; default: the host of `fetch.base_url`"
    )


class Limits(Block):
    """Caps that keep one bad answer from taking the task down."""

    response_bytes: int = Field(64 * 2**20, ge=1024, description="largest body of one answer, after decompression")
    record_bytes: int = Field(16 * 2**20, ge=1024)
    connect_seconds: float = Field(10, gt=0)
    read_seconds: float = Field(60, gt=0, description="longest silence within an answer")
    answer_seconds: float = Field(300, gt=0, description="longest time for one whole answer")
    pages: int = Field(100_000, ge=1, description="most pages of one shard; more is an endless cursor")
    retries: int = Field(4, ge=0, le=20, description="tries again of one request inside the task")


class ShardBlock(Block):
    """How a slice is cut into tasks."""

    target_minutes: float = Field(10, gt=0, le=1440, allow_inf_nan=False)
    hours: float | None = Field(
        None, gt=0, le=8784, allow_inf_nan=False, description="cut the slice into parts of so many hours"
    )
    over: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="one shard per value: {parameter: [values]}, e.g. {site: [stackoverflow, cooking]}",
    )


class Stock(Block):
    """How much a source holds in all, as far as anybody knows: for the table of sources, and for its runway."""

    documents: int | None = Field(None, ge=0, description="records that could be asked for")
    tokens: int | None = Field(None, ge=0, description="of their text, about")
    hours: float | None = Field(None, ge=0, description="of their sound or video, about")
    estimated: date = Field(description="when this was looked up or worked out")
    basis: str = Field(min_length=1, description="where the figures come from, in a few words")

    @model_validator(mode="after")
    def _says_something(self) -> Stock:
        if self.documents is None and self.tokens is None and self.hours is None:
            raise ValueError("give at least one of `documents`, `tokens` and `hours`")
        return self


class Source(Block):
    """One source: one origin with one owner and one way to read it."""

    id: Identifier
    title: str
    kind: Literal[
        "rest", "podcast", "video", "crawl", "dump", "bucket", "oai_pmh", "feed", "repository", "synthetic", "module"
    ]
    enabled: bool = True
    refusal: str | None = Field(None, description="why a source is not enabled")
    channel: Literal["public_dataset", "licensed_api", "licensed_file", "crawl", "synthetic", "other"]
    owner: str = Field(description="who answers for it: an e-mail address")
    homepage: str
    description: str = ""
    trust: Literal["reviewed", "unreviewed"] = Field("reviewed", description="an unreviewed source can only quarantine")
    schedule: str = Field("0 0 * * *", description="cron, UTC; a slice is the interval before")
    start_date: date
    connection: Identifier | None = Field(None, description="Airflow connection that holds the credentials")
    license: LicenseBlock
    pace: Pace = Pace()
    limits: Limits = Limits()
    fetch: (
        RestFetch
        | PodcastFetch
        | VideoFetch
        | CrawlFetch
        | DumpFetch
        | BucketFetch
        | OaiFetch
        | FeedFetch
        | RepositoryFetch
        | SyntheticFetch
        | ModuleFetch
    )
    speech: SpeechBlock | None = Field(None, description="how sound becomes text; kinds podcast and video only")
    shard: ShardBlock = ShardBlock()
    stock: Stock | None = Field(None, description="how much there is in all")
    shrink_guard: float = Field(
        0.2, ge=0, le=1, description="a re-run that fetched less by more than this share stops in audit"
    )
    failure_threshold: float = Field(
        0.5, ge=0, le=1, description="audit stops when a larger share of the records failed"
    )
    record_kind: Literal["text", "code", "transcript", "caption", "games", "synthetic"] = "text"
    language: str | None = Field(None, description="BCP 47: what to assume where the text is too short to tell")
    region: str | None = None
    tags: tuple[Annotated[str, StringConstraints(min_length=1, max_length=90)], ...] = ()

    @field_validator("fetch", mode="wrap")
    @classmethod
    def _of_its_kind(cls, value: object, handler: object, info: ValidationInfo) -> HttpFetch:
        """``fetch:`` is read by the model of the source's kind, so that errors speak of that kind alone."""
        del handler
        model = KINDS.get(info.data.get("kind", ""))
        if model is None:
            return value  # type: ignore[return-value]  # no source comes of it: `kind` is wrong, and says so itself
        return value if isinstance(value, model) else model.model_validate(value)

    @model_validator(mode="after")
    def _speaks(self) -> Source:
        if self.kind not in SPEECH_KINDS and self.speech is not None:
            raise ValueError(f"`speech:` is for kinds {' and '.join(SPEECH_KINDS)}, not `{self.kind}`")
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> Source:
        if self.kind == "synthetic":
            if (self.channel, self.record_kind) != ("synthetic", "synthetic"):
                raise ValueError("kind `synthetic` needs `channel: synthetic` and `record_kind: synthetic`")
            if self.license.scope != "source":
                raise ValueError("the model's terms are one statement: `license.scope: source` with `statement`")
            if self.id in self.fetch.seeds.sources:  # type: ignore[union-attr]  # it is of its kind
                raise ValueError("a source can't be made of itself: `fetch.seeds.sources` names it")
        return self

    @model_validator(mode="after")
    def _explained(self) -> Source:
        if not self.enabled and not self.refusal:
            raise ValueError("a source with `enabled: false` needs `refusal: <why>`")
        if self.fetch.auth is not None and self.connection is None:
            raise ValueError("`fetch.auth` needs `connection: <Airflow connection id>`")
        return self

    @property
    def rest(self) -> RestFetch:
        """``fetch`` of a source of kind ``rest``."""
        if not isinstance(self.fetch, RestFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not rest")
        return self.fetch

    @property
    def podcast(self) -> PodcastFetch:
        """``fetch`` of a source of kind ``podcast``."""
        if not isinstance(self.fetch, PodcastFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not podcast")
        return self.fetch

    @property
    def video(self) -> VideoFetch:
        """``fetch`` of a source of kind ``video``."""
        if not isinstance(self.fetch, VideoFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not video")
        return self.fetch

    @property
    def crawl(self) -> CrawlFetch:
        """``fetch`` of a source of kind ``crawl``."""
        if not isinstance(self.fetch, CrawlFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not crawl")
        return self.fetch

    @property
    def dump(self) -> DumpFetch:
        """``fetch`` of a source of kind ``dump``."""
        if not isinstance(self.fetch, DumpFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not dump")
        return self.fetch

    @property
    def bucket(self) -> BucketFetch:
        """``fetch`` of a source of kind ``bucket``."""
        if not isinstance(self.fetch, BucketFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not bucket")
        return self.fetch

    @property
    def oai(self) -> OaiFetch:
        """``fetch`` of a source of kind ``oai_pmh``."""
        if not isinstance(self.fetch, OaiFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not oai_pmh")
        return self.fetch

    @property
    def feed(self) -> FeedFetch:
        """``fetch`` of a source of kind ``feed``."""
        if not isinstance(self.fetch, FeedFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not feed")
        return self.fetch

    @property
    def repository(self) -> RepositoryFetch:
        """``fetch`` of a source of kind ``repository``."""
        if not isinstance(self.fetch, RepositoryFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not repository")
        return self.fetch

    @property
    def synthetic(self) -> SyntheticFetch:
        """``fetch`` of a source of kind ``synthetic``."""
        if not isinstance(self.fetch, SyntheticFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not synthetic")
        return self.fetch

    @property
    def module(self) -> ModuleFetch:
        """``fetch`` of a source of kind ``module``."""
        if not isinstance(self.fetch, ModuleFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, not module")
        return self.fetch

    @property
    def syndicated(self) -> ListedFeeds:
        """``fetch`` of a source that reads feeds."""
        if not isinstance(self.fetch, ListedFeeds):
            raise TypeError(f"source {self.id} is of kind {self.kind}, which reads no feeds")
        return self.fetch

    @property
    def files(self) -> FilesFetch:
        """``fetch`` of a source that reads files."""
        if not isinstance(self.fetch, FilesFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, which reads no files")
        return self.fetch

    @property
    def recorded(self) -> RecordFetch:
        """``fetch`` of a source whose records are objects that `fetch.fields` reads."""
        if not isinstance(self.fetch, RecordFetch):
            raise TypeError(f"source {self.id} is of kind {self.kind}, which has no `fields`")
        return self.fetch

    @property
    def speaks(self) -> bool:
        """Whether its records are sound or video that has to be transcribed."""
        return self.kind in SPEECH_KINDS

    @property
    def links(self) -> bool:
        """Whether texts of its records lie in pages and files of their own."""
        return isinstance(self.fetch, RecordFetch) and self.fetch.texts_apart

    @property
    def speech_or_default(self) -> SpeechBlock:
        """How its sound becomes text."""
        return self.speech or SpeechBlock()

    @property
    def dag_id(self) -> str:
        """Name of the DAG that acquires this source."""
        return f"acquire__{self.id}"


__all__ = [
    "JSON",
    "KINDS",
    "SPEECH_KINDS",
    "After",
    "Auth",
    "Block",
    "BucketFetch",
    "ClaimRule",
    "ContinueObject",
    "Contract",
    "CrawlFetch",
    "CrawlIndex",
    "CursorToken",
    "DatedAlias",
    "DumpFetch",
    "FeedFetch",
    "FieldPath",
    "Fields",
    "FilesFetch",
    "HttpFetch",
    "Identifier",
    "LicenseBlock",
    "Limits",
    "LinkHeader",
    "Linked",
    "ListedFeeds",
    "LookUp",
    "ModuleFetch",
    "NextUrl",
    "OaiFetch",
    "Offset",
    "Pace",
    "PageNumber",
    "Paginate",
    "Party",
    "PodcastFetch",
    "RecordFetch",
    "RepositoryFetch",
    "RestFetch",
    "Retention",
    "Reviewed",
    "ShardBlock",
    "SinglePage",
    "SiteRequest",
    "Source",
    "SpeechBlock",
    "Stock",
    "SyntheticFetch",
    "VideoFetch",
    "Window",
    "WindowEnd",
]
