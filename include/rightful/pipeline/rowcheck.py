"""Checks every document row of a slice from its columns alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from rightful.catalogue.models import Contract, Source
from rightful.licensing.contracts import load_contracts
from rightful.licensing.policy import Policy, load_policy
from rightful.licensing.recheck import may_load
from rightful.licensing.reviews import NO_REVIEWS, Reviews
from rightful.model import DataFile, LicenseClaim, OptOut, Slice, Strength
from rightful.pipeline.gate import published_day
from rightful.settings import Settings
from rightful.store.ledger import Ledgers, Tombstones
from rightful.store.read import columns_of
from rightful.store.seen import HashSet
from rightful.store.tables import Tables

GENERATED = (
    "is_synthetic",
    "generator_model",
    "generator_version",
    "generator_terms_date",
    "generator_prompt",
    "generation_depth",
    "seed_ids",
)
"""Without these a text that a model wrote can't tell how it was made."""

COLUMNS = [
    "id",
    "source",
    "slice",
    "source_native_id",
    "source_url",
    "content_sha256",
    "creators",
    "license_expression",
    "license_raw",
    "license_evidence_ref",
    "claims",
    "optouts",
    "contract_id",
    "created",
    "published_at",
    "fetched_at",
    "policy_version",
    "run_id",
    "raw_uri",
    "raw_sha256",
    "asr_params",
    *GENERATED,
]

NEVER_EMPTY = (
    "id",
    "source_url",
    "content_sha256",
    "license_expression",
    "license_evidence_ref",
    "policy_version",
    "run_id",
    "raw_sha256",
)
"""Without these a row can't tell where it is from, by which licence, by what evidence, and who decided."""


_STRENGTHS = {strength.value for strength in Strength}


class DocumentCheck:
    """Collects what is wrong with the rows it is shown; ``problems`` stays empty when all is well."""

    def __init__(
        self,
        source: Source,
        slice: Slice,
        policy: Policy,
        contracts: Mapping[str, Contract],
        tombstones: Tombstones,
        reviews: Reviews = NO_REVIEWS,
        seeds: Mapping[str, Tombstones] | None = None,
    ) -> None:
        """``seeds``: the tombstones of the sources that texts were made from, by their ids."""
        self._seeds = seeds or {}
        self.source, self.slice, self.policy, self.contracts, self.tombstones = (
            source,
            slice,
            policy,
            contracts,
            tombstones,
        )
        self.policy_version, self.reviews = policy.version, reviews
        self.problems: list[str] = []
        self._ids = HashSet()
        self._answers: dict[Any, str | None] = {}

    @classmethod
    def open(cls, source: Source, slice: Slice, settings: Settings, ledgers: Ledgers) -> DocumentCheck:
        """With policy, contracts, tombstones and reviews as they are now, not as they were when the shard ran."""
        return cls(
            source,
            slice,
            load_policy(settings.policy_file, settings.jurisdiction),
            load_contracts(settings.contracts_dir),
            ledgers.tombstones(source.id),
            Reviews.from_rows(ledgers.reviews(source.id)),
            {name: ledgers.tombstones(name) for name in seed_sources_of(source)},
        )

    def file(self, tables: Tables, file: DataFile) -> None:
        """Check one data file."""
        rows = 0
        for batch in columns_of(tables, file, COLUMNS):
            rows += batch.num_rows
            columns = [batch.column(name).to_pylist() for name in COLUMNS]
            repeated = self._ids.repeated(columns[0])
            for again, row in zip(repeated, zip(*columns, strict=True), strict=True):
                problem = "is in the slice twice" if again else self.row(dict(zip(COLUMNS, row, strict=True)))
                if problem:
                    self.problems.append(f"{row[0]}: {problem}")
        if rows != file.rows:
            self.problems.append(f"{file.path}: holds {rows} rows, {file.rows} were announced")

    def row(self, row: Mapping[str, Any]) -> str | None:
        """What is wrong with a row by itself; None when it may load."""
        for name in NEVER_EMPTY:
            if not row[name]:
                return f"column {name} is empty"
        if not row["raw_uri"] and not (self.source.speaks and recording_let_go(row["asr_params"], row["raw_sha256"])):
            return "column raw_uri is empty"
        if row["source"] != self.source.id or not row["id"].startswith(f"{self.source.id}:"):
            return f"belongs to source {row['source']}"
        if row["slice"] != self.slice.start:
            return f"belongs to slice {row['slice']}"
        if row["policy_version"] != self.policy_version:
            return f"was ruled by policy {row['policy_version']}, now it is {self.policy_version}"
        if self.tombstones and self.tombstones.match(
            id=row["id"],
            native_id=row["source_native_id"],
            url=row["source_url"],
            content_sha256=row["content_sha256"],
            creators=tuple(row["creators"] or ()),
            source=self.source.id,
        ):
            return "was withdrawn"
        return self._synthesis(row) or self._license(row)

    def _synthesis(self, row: Mapping[str, Any]) -> str | None:
        """A text that a model wrote says how, and of what; nothing of that was withdrawn."""
        if self.source.kind != "synthetic":
            return None
        for name in GENERATED:
            if not row[name]:
                return f"column {name} is empty"
        deepest = self.source.synthetic.seeds.max_depth + 1
        if row["generation_depth"] > deepest:
            return f"was made in {row['generation_depth']} steps, the source file allows {deepest}"
        for seed in row["seed_ids"]:
            name = seed.partition(":")[0]
            if name not in self._seeds:
                return f"was made of {seed}, which is of none of its seed sources"
            native = seed.partition(":")[2].rpartition("@")[0]
            if self._seeds[name].match(
                id=seed, native_id=native, url=row["source_url"], content_sha256=None, creators=(), source=name
            ):
                return f"was made of {seed}, which was withdrawn"
        return None

    def _license(self, row: Mapping[str, Any]) -> str | None:
        claims = tuple(
            (claim["raw"], claim["expression"], claim["place"], claim["strength"], claim["part"] or "")
            for claim in row["claims"] or ()
        )
        optouts = tuple((optout["signal"], optout["value"], optout["place"]) for optout in row["optouts"] or ())
        strange = {strength for *_, strength, _ in claims} - _STRENGTHS
        if strange:
            return f"a claim has the strength {sorted(map(str, strange))[0]!r}, which there is not"
        published = published_day(row["published_at"] or row["created"])
        on = fetch_date(row["fetched_at"])
        key = (row["license_expression"], row["license_raw"], row["contract_id"], claims, optouts, published, on)
        if key not in self._answers:
            self._answers[key] = may_load(
                license_expression=row["license_expression"],
                license_raw=row["license_raw"],
                claims=tuple(
                    LicenseClaim(raw=raw, expression=expression, place=place, strength=Strength(strength), part=part)
                    for raw, expression, place, strength, part in claims
                ),
                optouts=tuple(OptOut(signal=signal, value=value, place=place) for signal, value, place in optouts),
                contract_id=row["contract_id"],
                on=on,
                published=published,
                policy=self.policy,
                contracts=self.contracts,
                source=self.source,
                reviews=self.reviews,
            )
        return self._answers[key]


def seed_sources_of(source: Source) -> tuple[str, ...]:
    """The sources that a source makes texts from."""
    return source.synthetic.seeds.sources if source.kind == "synthetic" else ()


def recording_let_go(asr_params: str | None, raw_sha256: str) -> bool:
    """Whether a transcript says that just this recording was not kept: then no bytes lie anywhere, and only then."""
    if not asr_params:
        return False
    try:
        audio = msgspec.json.decode(asr_params, type=_Params).audio
    except msgspec.DecodeError:
        return False
    return not audio.kept and audio.sha256 == raw_sha256


class _Audio(msgspec.Struct):
    kept: bool
    sha256: str


class _Params(msgspec.Struct):
    audio: _Audio


def fetch_date(moment: datetime | None) -> date | None:
    """The UTC day of the fetch, as the row tells it."""
    return published_day(moment)
