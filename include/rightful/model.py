"""The values that pass between the parts: slices, shards, records, claims, rulings.

Every value is immutable and valid once built. They are ``msgspec`` structs, so that ``msgspec.to_builtins`` and
``msgspec.convert`` carry them through XCom, task state and JSON without code of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import msgspec

JSON = Any
"""A value that JSON can hold; used where a source, not we, decides the shape."""


class Strength(StrEnum):
    """How much a licence claim weighs, strongest first (the order is meaningful, see :attr:`rank`)."""

    CONTRACT = "contract"
    PUBLISHER = "publisher"
    PAGE_METADATA = "page_metadata"
    STATEMENT = "statement"
    FOOTER_LINK = "footer_link"
    ICON = "icon"
    UPLOADER = "uploader"

    @property
    def rank(self) -> int:
        """0 for the strongest; a larger number is weaker."""
        return _STRENGTH_RANK[self]


_STRENGTH_RANK = {strength: rank for rank, strength in enumerate(Strength)}


class Decision(StrEnum):
    """What the gate says of a record."""

    ALLOW = "allow"
    QUARANTINE = "quarantine"
    DENY = "deny"


class Reason(StrEnum):
    """Why the gate decided so."""

    ALLOWED = "allowed"
    NO_TAG = "no_tag"
    UNPARSABLE = "unparsable"
    UNKNOWN_ID = "unknown_id"
    UNVERSIONED = "unversioned"
    NOT_ALLOWED = "not_allowed"
    NC = "nc"
    ND = "nd"
    SA_NOT_ACCEPTED = "sa_not_accepted"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    JURISDICTION = "jurisdiction"
    CONFLICT = "conflict"
    WEAK_EVIDENCE = "weak_evidence"
    TDM_RESERVED = "tdm_reserved"
    ROBOTS = "robots"
    CONTRACT_QUOTA = "contract_quota"
    GENERATOR_TERMS = "generator_terms"
    WITHDRAWN = "withdrawn"
    COMPOSITE_UNKNOWN = "composite_unknown"
    UNREVIEWED_SOURCE = "unreviewed_source"


class Outcome(StrEnum):
    """What became of a record: a row of ``ledger.<source>`` holds exactly one of these."""

    ALLOW = "allow"
    QUARANTINE = "quarantine"
    DENY = "deny"
    DUPLICATE = "duplicate"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    FAILED = "failed"


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all values here: immutable, built by keyword."""


class LicenseClaim(Struct, frozen=True, kw_only=True):
    """One statement about a licence: verbatim tag, where it stood, how strong it is.

    ``part`` names the part of a composite record (``"answers[2]"``) that the claim speaks of; ``""`` is the record as
    a whole. A record whose claims name several parts is licensed by the AND of its parts.
    """

    raw: str | None
    place: str
    strength: Strength
    expression: str | None = None
    part: str = ""


class OptOut(Struct, frozen=True, kw_only=True):
    """A reservation found beside a record, e.g. ``signal="tdm-reservation", value="1", place="header"``.

    ``seen`` (UTC) is when it was found; None in rows that are older than this field. No ruling depends on it.
    """

    signal: str
    value: str
    place: str
    seen: datetime | None = None

    def __post_init__(self) -> None:
        if self.seen is not None:
            if self.seen.tzinfo is None:
                raise ValueError(f"the time of an opt-out needs a time zone: {self.seen.isoformat()}")
            msgspec.structs.force_setattr(self, "seen", self.seen.astimezone(UTC))


class Ruling(Struct, frozen=True, kw_only=True):
    """The gate's answer on one record."""

    decision: Decision
    reason: Reason
    rule: str
    policy_version: str
    expression: str | None = None
    elected: str | None = None
    category: str | None = None
    duties: tuple[str, ...] = ()
    jurisdiction: tuple[str, ...] = ()
    evidence: str | None = None
    evidence_place: str | None = None
    strength: Strength | None = None
    contract_id: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class Slice(Struct, frozen=True, kw_only=True, order=True):
    """A data interval ``[start, end)`` of a source, in UTC: the unit of scheduling, backfill and replacement."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            moment = getattr(self, name)
            if moment.tzinfo is None:
                raise ValueError(f"a slice's {name} needs a time zone: {moment.isoformat()}")
            msgspec.structs.force_setattr(self, name, moment.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError(f"a slice must end after it starts: {self}")

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%M:%SZ}/{self.end:%Y-%m-%dT%H:%M:%SZ}"

    def contains(self, moment: datetime) -> bool:
        """Whether ``moment`` (with a time zone) lies in ``[start, end)``."""
        return self.start <= moment < self.end


class Shard(Struct, frozen=True, kw_only=True):
    """A part of a slice that one task does. ``id`` is stable for the slice and readable by people."""

    source: str
    slice: Slice
    id: str
    params: dict[str, JSON] = {}


class Media(Struct, frozen=True, kw_only=True):
    """A file as its publisher announces it; ``seconds`` and ``bytes`` are what the publisher says, not what is true."""

    url: str
    media_type: str | None = None
    bytes: int | None = None
    seconds: float | None = None
    language: str | None = None


class Segment(Struct, frozen=True, kw_only=True):
    """A piece of a transcript. ``start`` and ``end`` are seconds on the recording's own timeline.

    The measures are Whisper's own (None in a publisher's transcript): mean log-probability of its tokens, probability
    that nobody speaks, and length of the text over its length when compressed with zlib.
    """

    start: float
    end: float
    text: str
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    language: str | None = None


class Stored(Struct, frozen=True, kw_only=True):
    """Bytes of a record that are too large for memory. ``uri`` is None when they were not kept (any longer)."""

    uri: str | None
    sha256: str
    bytes: int


class Synthesis(Struct, frozen=True, kw_only=True):
    """How a text was made by a model: which model in which version, under its maker's terms as of a day, by which
    prompt and options (JSON, with places for the seed), from which documents. ``depth`` is 1 for what was made of texts
    by people, and one more than that of its deepest seed."""

    model: str
    version: str
    terms_date: date
    prompt: str
    options: str
    depth: int
    seeds: tuple[str, ...]


class Archived(Struct, frozen=True, kw_only=True):
    """Where a record lies in a crawl's archive: ``offset`` and ``length`` are bytes of the file as it lies there,
    ``digest`` is the record's own (``sha1:…``), ``date`` when the crawler fetched it (UTC)."""

    file: str
    offset: int
    length: int | None = None
    digest: str | None = None
    date: datetime | None = None


class Record(Struct, frozen=True, kw_only=True):
    """One thing as fetched, with its licence claims, before any decision.

    ``raw`` is the record's bytes as received; ``body`` is what becomes text (decoded, of ``media_type``), or None when
    the record holds none. ``evidence`` names an entry of :attr:`Page.evidence` that the claims were read from, when
    they did not stand in ``raw``. ``media_seconds`` is the length of its sound or video, where it has one.

    A record with ``media`` (its sound or video, best first) and no ``body`` has still to be transcribed;
    ``transcripts`` are what its publisher offers instead. ``stored`` takes the place of ``raw`` for a recording.
    ``asr_flags`` say what is odd about a transcript. ``language`` (ISO 639-1) is what publisher or engine say; it
    counts where the text is too short to tell. ``linked`` is the page or file that its text still has to be read from.
    ``deleted``: its source says that it has taken the record back; it can only be denied. ``synthesis``: how a model
    wrote it.
    """

    native_id: str
    version: str
    url: str
    raw: bytes
    body: str | None
    media_type: str
    claims: tuple[LicenseClaim, ...]
    optouts: tuple[OptOut, ...] = ()
    title: str | None = None
    creators: tuple[str, ...] = ()
    rights_holder: str | None = None
    publisher: str | None = None
    attribution: str | None = None
    record_kind: str = "text"
    created: datetime | None = None
    published: datetime | None = None
    fetched_at: datetime | None = None
    region: str | None = None
    evidence: str | None = None
    media_seconds: float | None = None
    media: tuple[Media, ...] = ()
    transcripts: tuple[Media, ...] = ()
    segments: tuple[Segment, ...] = ()
    asr_model: str | None = None
    asr_params: str | None = None
    asr_flags: tuple[str, ...] = ()
    stored: Stored | None = None
    language: str | None = None
    archived: Archived | None = None
    linked: Media | None = None
    deleted: bool = False
    synthesis: Synthesis | None = None


class FailedRecord(Struct, frozen=True, kw_only=True):
    """Something that could not be read: becomes a ledger row with outcome ``failed``.

    ``reason`` is one of fetch_failed, too_large, malformed, timeout, truncated. ``native_id`` is as far as known
    (``""`` when not even that; the ledger then says which request and position it was).
    """

    native_id: str
    url: str
    reason: str
    detail: str
    raw: bytes = b""
    fetched_at: datetime | None = None
    archived: Archived | None = None


class Page(Struct, frozen=True, kw_only=True):
    """What one step of a connector brought. ``cursor`` is where to go on after it; None means the end.

    ``passed_over`` counts, by reason, what was looked at and is no record: pages of a crawl that speak of no licence.
    """

    records: tuple[Record | FailedRecord, ...]
    cursor: dict[str, JSON] | None
    evidence: Mapping[str, bytes] = {}
    requests: int = 1
    bytes_received: int = 0
    passed_over: Mapping[str, int] = {}


class Run(Struct, frozen=True, kw_only=True):
    """Who writes: stands in every row and snapshot. Outside Airflow ``run_id`` is ``cli__<time>__<random>``."""

    run_id: str
    task_id: str = "acquire"
    map_index: int = -1
    try_number: int = 1
    code_version: str = "unknown"


class DataFile(Struct, frozen=True, kw_only=True):
    """A Parquet file that is written but not visible yet. ``path`` is a full ``s3://`` URI."""

    path: str
    rows: int
    bytes: int


class ShardResult(Struct, frozen=True, kw_only=True):
    """What an ``acquire`` task hands on: keys and counts, never data.

    ``counts`` is by outcome and sums to the number of ledger rows; ``reasons`` by ``"outcome:reason"``; ``licenses``
    and ``languages`` count documents; ``seconds`` is per stage; ``passed_over`` counts what has no ledger row.
    """

    shard: Shard
    documents: tuple[DataFile, ...] = ()
    ledger: tuple[DataFile, ...] = ()
    counts: dict[str, int] = {}
    reasons: dict[str, int] = {}
    licenses: dict[str, int] = {}
    languages: dict[str, int] = {}
    tokens: int = 0
    characters: int = 0
    media_seconds: float = 0.0
    seconds: dict[str, float] = {}
    passed_over: dict[str, int] = {}
    limited: bool = False

    @property
    def fetched(self) -> int:
        """Everything that has a ledger row."""
        return sum(self.counts.values())


class Fetched(Struct, frozen=True, kw_only=True):
    """What a ``fetch`` task of a source of sound hands on to ``transcribe``: keys and counts, never data.

    ``waiting`` is the address of an object that lists the recordings that wait for their transcript (JSON lines); None
    when there are none. ``waiting_seconds`` is their length as announced, with an assumption where nothing is.
    ``result`` is of all other records, whose rows are written.
    """

    result: ShardResult
    waiting: str | None = None
    waiting_records: int = 0
    waiting_seconds: float = 0.0


class Progress(Struct, frozen=True, kw_only=True):
    """Where an interrupted shard goes on: its cursor, and what is already safely written.

    ``complete``: it was read to its end.
    """

    shard_id: str
    generation: str
    cursor: dict[str, JSON] | None
    result: ShardResult
    complete: bool = False


class Credentials(Struct, frozen=True, kw_only=True):
    """A resolved connection: what a source's ``connection:`` names. Never logged, never stored."""

    login: str | None = None
    password: str | None = None
    extra: dict[str, JSON] = {}

    def __repr__(self) -> str:
        return "Credentials(***)"
