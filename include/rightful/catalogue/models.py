"""What a source file may say: one pydantic model per block of ``include/sources/<id>.yaml``.

Unknown keys are errors everywhere. The JSON Schema for editors is exported from these models, so the descriptions
here are what a person sees while typing.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from rightful.catalogue.secret_names import Headers, Params
from rightful.model import JSON, Strength

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[^\s.]+(\.[^\s.]+)*$")]
"""Dotted path into a JSON value: ``revisions.0.user``, ``answers[].content_license`` (``[]`` = every element)."""


class Block(BaseModel):
    """Base of all blocks: unknown keys are errors, values can't change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ClaimRule(Block):
    """Where one licence claim of a record is read."""

    from_: FieldPath = Field(
        alias="from",
        description="path of the verbatim tag: `record.<path>`, `site.<path>` (answer of `fetch.site`); "
        "with `[]` each element is a part of a composite record",
    )
    strength: Strength = Strength.PUBLISHER
    label: FieldPath | None = Field(
        None,
        description="path of the human-readable name beside the tag. It is a claim of its own only when the tag is "
        "absent, or when it is a known licence of another family (then it conflicts)",
    )
    part: str | None = Field(None, description="name of the part of a composite record this tag speaks of")


class DatedAlias(Block):
    """A meaning of a tag that held for a time. Applied to the record's publication date."""

    expression: str
    valid_from: date | None = None
    valid_until: date | None = Field(None, description="last day on which the tag meant this, inclusive")


class LicenseBlock(Block):
    """How the licence of this source's records is known."""

    scope: Literal["record", "source", "contract"]
    claims: tuple[ClaimRule, ...] = ()
    statement: str | None = Field(None, description="scope `source`: the verbatim tag or URL that covers every record")
    evidence: str | None = Field(None, description="where a person can read the licence basis (URL)")
    contract: Identifier | None = Field(None, description="scope `contract`: id of a file in include/contracts")
    basis: str = Field("", description="one sentence for people: why may this be used")
    weakest_strength: Strength = Field(Strength.PAGE_METADATA, description="claims weaker than this only quarantine")
    aliases: dict[str, str | tuple[DatedAlias, ...]] = Field(
        default_factory=dict, description="verbatim tag → SPDX expression, for this source only"
    )
    rights_holder: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> LicenseBlock:
        if self.scope == "contract" and self.contract is None:
            raise ValueError("scope `contract` needs `contract: <id>` (a file in include/contracts)")
        if self.scope == "source" and not self.statement:
            raise ValueError("scope `source` needs `statement: <verbatim tag or URL>`")
        if self.scope == "record" and not self.claims:
            raise ValueError("scope `record` needs at least one entry in `claims`")
        if self.scope != "contract" and self.contract is not None:
            raise ValueError(
                f"`contract` counts for nothing with scope `{self.scope}`: take it out, or write `scope: contract`"
            )
        return self


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


class Auth(Block):
    """How the secret of `connection` is sent. The secret itself lives in an Airflow connection, never here."""

    type: Literal["query", "header", "bearer", "basic"]
    name: str | None = Field(None, description="parameter or header that carries the connection's password")

    @model_validator(mode="after")
    def _named(self) -> Auth:
        if self.type in ("query", "header") and not self.name:
            raise ValueError(f"auth type `{self.type}` needs `name`")
        return self


class WindowEnd(Block):
    """One end of the time filter."""

    param: str
    format: Literal["iso", "iso_date", "unix", "mediawiki"] = "iso"
    inclusive: bool = Field(
        False, description="the source includes this moment itself; Rightful then asks for one unit (second, day) less"
    )


class Window(Block):
    """The time filter of the request: always bounded by the slice, ``[start, end)``."""

    start: WindowEnd
    end: WindowEnd


class PageNumber(Block):
    """page=1,2,3… until `more` is false (or, without `more`, until a page brings no records)."""

    style: Literal["page"]
    param: str = "page"
    first: int = 1
    more: FieldPath | None = Field(None, description="path of a boolean such as `has_more`")
    total_pages: FieldPath | None = Field(None, description="path of the number of pages, e.g. `response.pages`")


class NextUrl(Block):
    """The answer holds the next page's URL."""

    style: Literal["next_url"]
    path: FieldPath = "next"


class LinkHeader(Block):
    """RFC 8288 `Link: <…>; rel="next"`."""

    style: Literal["link_header"]


class CursorToken(Block):
    """The answer holds a token to send back."""

    style: Literal["cursor"]
    param: str = "cursor"
    path: FieldPath = "next_cursor"
    first: str | None = Field(None, description="value of the first request, e.g. `*`")


class ContinueObject(Block):
    """MediaWiki's `continue` object: all its members are sent back."""

    style: Literal["continue"]
    path: FieldPath = "continue"


class Offset(Block):
    """offset=0,100,200… by what each page really held, until `total` is reached or a page is empty."""

    style: Literal["offset"]
    param: str = "offset"
    size_param: str | None = "limit"
    size: int = Field(100, ge=1)
    total: FieldPath | None = None


class After(Block):
    """after=<id of the last record> (Reddit's fullname style)."""

    style: Literal["after"]
    param: str = "after"
    path: FieldPath = Field("data.after", description="path of the token in the answer")


class SinglePage(Block):
    """One request holds everything."""

    style: Literal["none"]


Paginate = Annotated[
    PageNumber | NextUrl | LinkHeader | CursorToken | ContinueObject | Offset | After | SinglePage,
    Field(discriminator="style"),
]


class Fields(Block):
    """Which member of a record is what. Paths are relative to the record."""

    id: FieldPath
    version: FieldPath | None = Field(None, description="default: SHA-256 of the record's bytes, first 16 digits")
    url: FieldPath | None = None
    url_template: str | None = Field(
        None, description="e.g. `https://example.org/?curid={id}`; {id} and {version} are filled in"
    )
    title: FieldPath | None = None
    text: tuple[FieldPath, ...] = Field(description="one or more paths; joined by a blank line")
    media_type: str = Field("text/plain", description="of the text: text/plain, text/html, text/x-wiki …")
    creators: tuple[FieldPath, ...] = ()
    publisher: FieldPath | None = None
    attribution: FieldPath | None = None
    created: FieldPath | None = Field(None, description="ISO 8601 or Unix seconds")
    published: FieldPath | None = Field(None, description="ISO 8601 or Unix seconds; effective-dated rules apply to it")
    region: FieldPath | None = None

    @field_validator("text", "creators", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _locatable(self) -> Fields:
        if self.url is None and self.url_template is None:
            raise ValueError("a record must say where it came from: give `url` or `url_template`")
        return self


class SiteRequest(Block):
    """A request made once per shard whose answer holds site-wide facts (e.g. MediaWiki's rightsinfo)."""

    path: str = ""
    params: Params = {}


class Retention(Block):
    """How far back the source's own list reaches. A slice with older records fails instead of publishing a hole.

    `oldest` asks for the oldest entry still listed; `evidence` asks for something that happened in
    [slice start, oldest entry) by another list. An answer there means that the slice is incomplete.
    """

    oldest: SiteRequest
    oldest_path: FieldPath
    evidence: SiteRequest
    evidence_path: FieldPath
    evidence_window: Window


class LookUp(Block):
    """How records that were taken are asked for again, in batches, to see whether their licence is still the same.

    The answer's records are read by the same `license.claims`. A record asked for that a complete answer does not hold
    is gone.
    """

    path: str = Field("", description="as `fetch.path`; `{ids}` in it is replaced by the ids")
    params: Params = {}
    ids: str | None = Field(None, description="parameter that carries the ids; without it, `path` must hold {ids}")
    separator: str = Field(",", min_length=1, description="between two ids")
    batch: int = Field(50, ge=1, le=1000, description="ids in one request")
    of: Literal["native_id", "version", "url"] = Field(
        "native_id", description="which column of a document holds its id"
    )
    match: str | None = Field(
        None,
        description="regular expression for all of that column, with a group `id`; what further named groups find is "
        "sent as parameters of these names, e.g. `https://(?P<wiki>[a-z]+)[.]example/(?P<id>[0-9]+)`",
    )
    records: FieldPath | Literal["."] | None = Field(
        None,
        description="path of the records in the answer, `[]` allowed; with `batch: 1` an object is the record itself; "
        "default: `fetch.records`",
    )
    id: FieldPath | None = Field(None, description="path of a record's id; default: `fetch.fields.id`")
    gone: FieldPath | None = Field(None, description="path that is true where the source shows only that it was there")

    @model_validator(mode="after")
    def _askable(self) -> LookUp:
        if (self.ids is None) == ("{ids}" not in self.path):
            raise ValueError("say where the ids go: either `ids: <parameter>` or `{ids}` in `path`")
        if self.match is not None:
            try:
                groups = re.compile(self.match).groupindex
            except re.error as error:
                raise ValueError(f"`match` is no regular expression: {error}") from None
            if "id" not in groups:
                raise ValueError("`match` needs a group `(?P<id>…)`")
        return self


class RestFetch(Block):
    """Settings of kind `rest`: a JSON API over HTTP."""

    base_url: str
    path: str = ""
    params: Params = {}
    headers: Headers = {}
    auth: Auth | None = None
    window: Window | None = None
    paginate: Paginate
    records: FieldPath | Literal["."] = Field(
        description="path of the records: a list, or an object whose values they are"
    )
    complete: FieldPath | None = Field(
        None,
        description="path that is present only when the records seen so far are complete (MediaWiki's batchcomplete); "
        "records that lack a text before it are waited for",
    )
    error: FieldPath | None = Field(None, description="path that is present only in an error answer with status 200")
    retry_when: tuple[str, ...] = Field(
        (), description="error codes at `error` (or its `.code`) that pass, e.g. maxlag"
    )
    backoff: FieldPath | None = Field(None, description="path of the seconds to wait before the next request")
    fields: Fields
    robots: Literal["api", "obey"] = Field(
        "api",
        description="`api`: an interface that is offered to programs is no web page, so its terms and limits speak, "
        "not robots.txt; `obey`: robots.txt is read first and obeyed, and what the site says of training stands in "
        "every row",
    )
    site: SiteRequest | None = None
    retention: Retention | None = None
    look_up: LookUp | None = Field(None, description="how records already taken are asked for again, for re-checks")
    allow_private: bool = Field(False, description="the host may be a private address (demo, intranet)")
    allow_hosts: tuple[str, ...] = Field(
        (), description="further hosts (`host` or `host:port`) that redirects and next URLs may lead to"
    )

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not re.match(r"^https?://[^/\s@]+(/|$)", value):
            raise ValueError("must be an http(s) URL without user name or password")
        try:
            parts = urlsplit(value)
            named = bool(parts.hostname) and parts.port != 0
        except ValueError as error:
            raise ValueError(f"is no URL: {error}") from error
        if not named:
            raise ValueError("must name a host, and a port from 1 on")
        return value


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


class Source(Block):
    """One source: one origin with one owner and one way to read it."""

    id: Identifier
    title: str
    kind: Literal["rest"]
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
    fetch: RestFetch
    shard: ShardBlock = ShardBlock()
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

    @model_validator(mode="after")
    def _explained(self) -> Source:
        if not self.enabled and not self.refusal:
            raise ValueError("a source with `enabled: false` needs `refusal: <why>`")
        if self.fetch.auth is not None and self.connection is None:
            raise ValueError("`fetch.auth` needs `connection: <Airflow connection id>`")
        return self

    @property
    def dag_id(self) -> str:
        """Name of the DAG that acquires this source."""
        return f"acquire__{self.id}"


class Party(Block):
    """A side of a contract."""

    name: str
    role: Literal["licensor", "licensee"]


class Contract(Block):
    """A signed licence: ``include/contracts/<id>.yaml``. It exists only while this file says so."""

    id: Identifier
    title: str
    sources: tuple[Identifier, ...] = Field(min_length=1, description="sources it covers")
    parties: tuple[Party, ...] = ()
    valid_from: date
    valid_until: date | None = Field(None, description="last day, inclusive")
    territory: tuple[str, ...] = ()
    permitted_uses: tuple[str, ...] = Field(min_length=1, description="must contain `training` for a document to load")
    duties: tuple[str, ...] = ()
    quota_documents: int | None = Field(None, ge=0, description="most documents that it gives, over all sources")
    quota_tokens: int | None = Field(None, ge=0, description="most tokens that it gives, over all sources")
    quota_hours: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="most hours of sound or video that it gives, over all sources"
    )
    on_end: Literal["keep", "withdraw"] = Field(
        "withdraw",
        description="after the last day: `withdraw` takes the documents out of the corpus; `keep` leaves them in, "
        "usable as before. Write `keep` only when the paper grants use beyond its term",
    )
    evidence: str = Field(
        min_length=1,
        description="where the signed document lies: a file beside this one (it must be there), a URL, or words",
    )
    evidence_sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="of the signed document; another file there is no contract"
    )

    @property
    def expression(self) -> str:
        """``LicenseRef-contract-<id>`` with the characters SPDX allows."""
        return f"LicenseRef-contract-{self.id.replace('_', '-')}"


__all__ = ["JSON", "Contract", "Source"]
