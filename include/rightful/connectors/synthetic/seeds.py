"""The documents that texts are made from: allowed, current, and chosen by a hash, so that every run chooses alike."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from rightful.catalogue.load import load_catalogue
from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.licensing.contracts import load_contracts
from rightful.licensing.policy import load_policy
from rightful.licensing.recheck import may_load
from rightful.licensing.reviews import Reviews
from rightful.model import LicenseClaim, OptOut, Slice, Strength
from rightful.settings import Settings
from rightful.store.ledger import Ledgers, Tombstones
from rightful.store.s3 import store_errors
from rightful.store.tables import CORPUS, Tables

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression

log = logging.getLogger(__name__)

_COLUMNS = (
    "id",
    "source",
    "source_native_id",
    "source_url",
    "content_sha256",
    "title",
    "creators",
    "attribution_text",
    "license_raw",
    "license_expression",
    "license_elected",
    "license_strength",
    "claims",
    "optouts",
    "contract_id",
    "created",
    "published_at",
    "language",
    "n_chars",
    "is_synthetic",
    "generation_depth",
)


@dataclass(frozen=True, slots=True)
class Seed:
    """A document, as its row tells it. ``depth`` is 0 for what people wrote; ``license`` is the whole expression."""

    id: str
    url: str
    text: str
    title: str
    creators: tuple[str, ...]
    attribution: str
    license: str
    strength: Strength
    optouts: tuple[OptOut, ...]
    language: str
    content_sha256: str
    depth: int


class SeedStore:
    """Reads the seeds of one source from the corpus.

    Raises :class:`ConfigurationError` for seed sources that the catalogue does not hold.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self.source, self._spec = source, source.synthetic.seeds
        self._settings = settings
        self._tables = Tables(settings)
        self._policy = load_policy(settings.policy_file, settings.jurisdiction)
        self._contracts = load_contracts(settings.contracts_dir)
        catalogue = load_catalogue(settings.catalogue_dir, settings.contracts_dir)
        self._sources: dict[str, Source] = {}
        self._stones: dict[str, Tombstones] = {}
        self._reviews: dict[str, Reviews] = {}
        for name in self._spec.sources:
            try:
                self._sources[name] = catalogue.get(name)
            except ConfigurationError as error:
                raise ConfigurationError(
                    f"its seed source can't be used: {error.what}", source=source.id, remedy=error.remedy
                ) from None

    def chosen(self, slice: Slice) -> tuple[list[str], dict[str, int]]:
        """Ids of the seeds of a slice, at most ``most``, and how many documents are no seeds, by reason."""
        ranked: list[tuple[str, str]] = []
        left: Counter[str] = Counter()
        for name in self._spec.sources:
            for row in self._rows(name, slice, None, _COLUMNS):
                why = self._why_not(name, row)
                if why is not None:
                    left[why] += 1
                else:
                    ranked.append((hashlib.sha256(f"{self.source.id}\n{row['id']}".encode()).hexdigest(), row["id"]))
        ranked.sort()
        if len(ranked) > self._spec.most:
            left["more than `most`"] = len(ranked) - self._spec.most
        return [name for _, name in ranked[: self._spec.most]], dict(left)

    def read(self, ids: Sequence[str], slice: Slice) -> dict[str, Seed]:
        """The seeds that are still there, and may still be used, by id."""
        found: dict[str, Seed] = {}
        for name in self._spec.sources:
            mine = [one for one in ids if one.startswith(f"{name}:")]
            for row in self._rows(name, slice, mine, (*_COLUMNS, "text")) if mine else ():
                if self._why_not(name, row) is None and row["text"]:
                    found[row["id"]] = _seed(row)
        return found

    def _rows(
        self, name: str, slice: Slice, ids: Sequence[str] | None, columns: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        from pyiceberg.expressions import And, GreaterThanOrEqual, In, LessThan

        table = self._tables.existing(CORPUS, name)
        if table is None or table.current_snapshot() is None:
            log.info("%s: seed source %s holds nothing yet", self.source.id, name)
            return
        from_, until, is_in = _call(GreaterThanOrEqual), _call(LessThan), _call(In)
        condition: BooleanExpression = And(
            from_("slice", slice.start.isoformat()), until("slice", slice.end.isoformat())
        )
        if ids is not None:
            condition = And(condition, is_in("id", set(ids)))
        known = set(table.schema().column_names)
        wanted = tuple(column for column in columns if column in known)
        with store_errors("reading the corpus", source=self.source.id, slice=slice):
            for batch in table.scan(row_filter=condition, selected_fields=wanted).to_arrow_batch_reader():
                for row in batch.to_pylist():
                    yield {column: row.get(column) for column in columns}

    def _why_not(self, name: str, row: dict[str, Any]) -> str | None:
        """Why a document is no seed; None for one that is."""
        spec = self._spec
        if row["contract_id"] is not None:
            return "by contract"  # which permits what it names, and nothing that is made of it
        if (row["generation_depth"] or (1 if row["is_synthetic"] else 0)) > spec.max_depth:
            return "synthetic itself"
        if not spec.min_chars <= (row["n_chars"] or 0) <= spec.max_chars:
            return "too short or too long"
        if spec.languages and row["language"] not in spec.languages:
            return "other language"
        ledgers = Ledgers(self._tables)
        if name not in self._stones:
            self._stones[name] = ledgers.tombstones(name)
            self._reviews[name] = Reviews.from_rows(ledgers.reviews(name))
        if self._stones[name] and self._stones[name].match(
            id=row["id"],
            native_id=row["source_native_id"],
            url=row["source_url"],
            content_sha256=row["content_sha256"],
            creators=tuple(row["creators"] or ()),
            source=name,
        ):
            return "withdrawn"
        return None if self._lawful(name, row) else "not allowed today"

    def _lawful(self, name: str, row: dict[str, Any]) -> bool:
        moment = row["published_at"] or row["created"]
        return (
            may_load(
                license_expression=row["license_expression"],
                license_raw=row["license_raw"],
                claims=tuple(_claim(claim) for claim in row["claims"] or ()),
                optouts=_optouts(row),
                contract_id=None,
                on=datetime.now(UTC).date(),
                published=_day(moment),
                policy=self._policy,
                contracts=self._contracts,
                source=self._sources[name],
                reviews=self._reviews[name],
            )
            is None
        )


def _call(kind: Any) -> Any:
    """pyiceberg's terms take arguments by place, which their types, those of pydantic's models, don't show."""
    return kind


def _seed(row: dict[str, Any]) -> Seed:
    return Seed(
        id=row["id"],
        url=row["source_url"],
        text=row["text"],
        title=row["title"] or "",
        creators=tuple(row["creators"] or ()),
        attribution=row["attribution_text"] or row["source_url"],
        license=row["license_expression"],
        strength=Strength(row["license_strength"]),
        optouts=_optouts(row),
        language=row["language"] or "",
        content_sha256=row["content_sha256"],
        depth=int(row["generation_depth"] or 0),
    )


def _optouts(row: dict[str, Any]) -> tuple[OptOut, ...]:
    return tuple(
        OptOut(signal=one["signal"], value=one["value"], place=one["place"], seen=one["seen"])
        for one in row["optouts"] or ()
    )


def _claim(row: dict[str, Any]) -> LicenseClaim:
    return LicenseClaim(
        raw=row["raw"],
        expression=row["expression"],
        place=row["place"],
        strength=Strength(row["strength"]),
        part=row["part"] or "",
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


__all__ = ["Seed", "SeedStore"]
