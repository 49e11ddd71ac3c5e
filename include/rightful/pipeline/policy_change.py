"""What another policy would do to what has landed, told before anybody puts it in force.

Every document of the corpus and every refusal in the ledger is ruled twice from its claims, by the policy in force and
by the other one; where the decisions differ, it would move. Columns only, never a text, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rightful.catalogue.models import Contract, Source
from rightful.licensing.contracts import NOTHING_GIVEN, load_contracts
from rightful.licensing.policy import Policy, load_policy
from rightful.licensing.reviews import Reviews
from rightful.model import Decision, LicenseClaim, OptOut, Outcome, Record, Ruling, Strength, Struct
from rightful.pipeline.gate import Gate
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.s3 import store_errors
from rightful.store.tables import CORPUS, Tables

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str, int, int], None]
"""Called with (source, records looked at so far, records there are), about once a batch of some thousand."""

SAMPLES = 5
"""Ids that are shown of each move."""

RULINGS_KEPT = 50_000
_DOCUMENT = ("id", "n_tokens", "claims", "optouts", "published_at", "created", "fetched_at")
_REFUSAL = ("id", "claims", "optouts", "decided_at")
_STRENGTHS = {strength.value for strength in Strength}
_REFUSED = (Outcome.QUARANTINE.value, Outcome.DENY.value)


class Move(Struct, frozen=True, kw_only=True):
    """Records of one source and licence that the other policy decides differently.

    ``landed``: they are documents in the corpus, of ``tokens`` tokens; otherwise they were refused, and nobody knows
    how long their texts are. ``reason`` and ``rule`` are the other policy's, ``was`` the reason of the one in force.
    """

    source: str
    license: str
    landed: bool
    before: str
    after: str
    was: str
    reason: str
    rule: str
    records: int
    tokens: int | None
    samples: tuple[str, ...]


class PolicyChange(Struct, frozen=True, kw_only=True):
    """All moves: documents before refusals, the largest first. ``unknown`` are sources with a table that were not asked
    for."""

    before: str
    after: str
    documents: int
    refusals: int
    moves: tuple[Move, ...]
    unknown: tuple[str, ...] = ()


class _Sum:
    """Counts of one move while they grow."""

    def __init__(self) -> None:
        self.records = self.tokens = 0
        self.samples: list[str] = []

    def add(self, name: str, tokens: int) -> None:
        self.records += 1
        self.tokens += tokens
        if len(self.samples) < SAMPLES:
            self.samples.append(name)


_Key = tuple[str, bool, str, str, str, str, str]


def explain(
    settings: Settings, other: Policy, sources: Iterable[Source], *, progress: Progress | None = None
) -> PolicyChange:
    """Compare the policy in force with ``other`` on everything that has landed of ``sources``.

    A refusal's ledger row does not tell the record's publication date, so that rules and aliases bound to dates are
    taken as for a record without one: they quarantine.

    Args:
        settings: Where the tables, the policy in force and the contracts are.
        other: The policy to try, loaded with the same setting of the jurisdiction.
        sources: Which sources to look at.
        progress: Told how far it is.

    Raises:
        StoreError: When the tables can't be read.
    """
    present = load_policy(settings.policy_file, settings.jurisdiction)
    contracts = load_contracts(settings.contracts_dir)
    tables = Tables(settings)
    ledgers = Ledgers(tables)
    wanted = list(sources)
    slices = {source.id: ledgers.slices_of(source.id) for source in wanted}
    there = sum(_expected(row) for rows in slices.values() for row in rows)
    sums: dict[_Key, _Sum] = {}
    documents = refusals = 0
    for source in wanted:
        pair = _Pair(source, (present, other), contracts, Reviews.from_rows(ledgers.reviews(source.id)))
        for batch in _documents(tables, source.id):
            documents += batch.num_rows
            _compare(batch, pair, sums, landed=True)
            if progress is not None:
                progress(source.id, documents + refusals, there)
        for batch in ledgers.current_rulings(source.id, _REFUSAL, _REFUSED):
            refusals += batch.num_rows
            _compare(batch, pair, sums, landed=False)
            if progress is not None:
                progress(source.id, documents + refusals, there)
    return PolicyChange(
        before=present.version,
        after=other.version,
        documents=documents,
        refusals=refusals,
        moves=tuple(sorted(map(_move, sums.items()), key=lambda move: (not move.landed, -move.records, move.license))),
        unknown=tuple(sorted(set(tables.sources()) - {source.id for source in wanted})),
    )


class _Pair:
    """The gates of both policies, with the rulings that they have already made."""

    def __init__(
        self, source: Source, policies: tuple[Policy, Policy], contracts: Mapping[str, Contract], reviews: Reviews
    ) -> None:
        self.source = source
        # What a contract has given so far bears on both alike, so it is left out.
        usage = {name: dict(NOTHING_GIVEN) for name in contracts}
        self._gates = [Gate(source, policy, contracts, usage=usage, reviews=reviews) for policy in policies]
        self._known: dict[Any, tuple[Ruling, Ruling]] = {}

    def rule(
        self, claims: Any, optouts: Any, published: datetime | None, fetched: datetime | None
    ) -> tuple[Ruling, Ruling]:
        key = (
            tuple((claim["raw"], claim["place"], claim["strength"], claim["part"] or "") for claim in claims or ()),
            tuple((optout["signal"], optout["value"], optout["place"]) for optout in optouts or ()),
            published.date() if published else None,
            fetched.date() if fetched else None,
        )
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= RULINGS_KEPT:
                self._known.clear()
            found = self._known[key] = self._rule(key, published, fetched)
        return found

    def _rule(self, key: Any, published: datetime | None, fetched: datetime | None) -> tuple[Ruling, Ruling]:
        claims, optouts, *_ = key
        record = Record(
            native_id="",
            version="",
            url="",
            raw=b"",
            body=None,
            media_type="text/plain",
            claims=tuple(
                LicenseClaim(raw=raw, place=place, strength=_strength(strength), part=part)
                for raw, place, strength, part in claims
            ),
            optouts=tuple(OptOut(signal=signal, value=value, place=place) for signal, value, place in optouts),
            published=published,
            fetched_at=fetched,
        )
        one, two = (gate.rule(record, f"{self.source.id}:") for gate in self._gates)
        return one, two


def _strength(said: object) -> Strength:
    """One that there is not counts as the weakest: it can't help a record."""
    return Strength(said) if said in _STRENGTHS else Strength.UPLOADER


def _expected(row: Mapping[str, Any]) -> int:
    return int(row["documents"] or 0) + sum(int(row["outcomes"].get(name, 0)) for name in _REFUSED)


def _documents(tables: Tables, source_id: str) -> Iterator[pa.RecordBatch]:
    table = tables.existing(CORPUS, source_id)
    if table is None or table.current_snapshot() is None:
        return
    with store_errors(f"reading {CORPUS}.{source_id}", source=source_id):
        yield from table.scan(selected_fields=_DOCUMENT).to_arrow_batch_reader()


def _compare(batch: pa.RecordBatch, pair: _Pair, sums: dict[_Key, _Sum], *, landed: bool) -> None:
    """Rule on each row by both policies, and count what would move."""
    for row in batch.to_pylist():
        published = (row["published_at"] or row["created"]) if landed else None
        one, two = pair.rule(row["claims"], row["optouts"], published, row["fetched_at" if landed else "decided_at"])
        if one.decision is two.decision:
            continue
        key = (
            pair.source.id,
            landed,
            _license(one, two, row["claims"] or ()),
            one.decision.value,
            two.decision.value,
            one.reason.value,
            f"{two.reason.value}\t{two.rule}",
        )
        sums.setdefault(key, _Sum()).add(row["id"], int(row["n_tokens"] or 0) if landed else 0)


def _license(one: Ruling, two: Ruling, claims: Iterable[Mapping[str, Any]]) -> str:
    """The licence in one word: as the policy that allows it reads it, else as either does, else the verbatim tag."""
    allowed = [ruling.expression for ruling in (one, two) if ruling.decision is Decision.ALLOW]
    read = next((name for name in (*allowed, two.expression, one.expression) if name), None)
    return read or next((str(claim["raw"])[:80] for claim in claims if claim["raw"]), "no tag")


def _move(item: tuple[_Key, _Sum]) -> Move:
    (source, landed, license, before, after, was, why), found = item
    reason, _, rule = why.partition("\t")
    return Move(
        source=source,
        license=license,
        landed=landed,
        before=before,
        after=after,
        was=was,
        reason=reason,
        rule=rule,
        records=found.records,
        tokens=found.tokens if landed else None,
        samples=tuple(found.samples),
    )


__all__ = ["Move", "PolicyChange", "explain"]
