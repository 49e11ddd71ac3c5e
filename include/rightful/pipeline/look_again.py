"""Accepted licences are looked at again at their source: ask, rule by today's policy, keep what was seen, act on it.

What follows is in :mod:`rightful.pipeline.consequences`. New fetches follow a new tag by themselves. Not to be taken
for :mod:`rightful.licensing.recheck`, which is the audit's second opinion on rows that are new.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting, connector_for
from rightful.connectors.lookup import Keys, group_name, is_site_wide
from rightful.errors import RateLimited
from rightful.licensing.reviews import Reviews
from rightful.model import JSON, Credentials, Record, Ruling, Run, Struct
from rightful.pipeline.consequences import (
    FLAGGED,
    LOOSER,
    NONE,
    NOT_CHECKABLE,
    SAME,
    STRICTER,
    compare,
    consequence_of,
    move_out,
    properties,
)
from rightful.pipeline.due import (
    PER_RUN,
    Chosen,
    Row,
    accepted_at,
    after_strike,
    choose,
    next_look,
    shared_id,
)
from rightful.pipeline.gate import Gate
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.observations import append_observations, latest_observations, moment
from rightful.store.raw import RawStore
from rightful.store.tables import Tables

log = logging.getLogger(__name__)

Report = Callable[[Mapping[str, JSON]], None]

_REMINDED_AFTER = timedelta(days=30)
"""How often it is noted that a source can't be asked."""


class LookedAgain(Struct, frozen=True, kw_only=True):
    """What came of one source. ``due`` documents were due, ``asked`` of them were asked for one by one; ``results`` and
    ``consequences`` count observations; ``left`` documents left the corpus. ``note`` is for people."""

    source: str
    how: str
    due: int
    asked: int = 0
    requests: int = 0
    results: dict[str, int] = msgspec.field(default_factory=dict)
    consequences: dict[str, int] = msgspec.field(default_factory=dict)
    left: int = 0
    note: str = ""

    @property
    def alarming(self) -> bool:
        """Whether something became stricter, or waits for a person."""
        return bool(self.results.get(STRICTER) or self.consequences.get(FLAGGED) or self.left)


def look_again(
    source: Source,
    *,
    run: Run,
    settings: Settings,
    credentials: Credentials | None,
    limit: int = PER_RUN,
    dry_run: bool = False,
    due_by: datetime | None = None,
    now: datetime | None = None,
    report: Report | None = None,
) -> LookedAgain:
    """Look again at the accepted documents of one source that are due.

    Args:
        source: The catalogue entry.
        run: Who looks; stands in every row.
        settings: Where tables, policy and contracts are.
        credentials: Of the source's connection, if it has one.
        limit: Ask for at most so many documents; the longest due come first, the others stay due.
        dry_run: Ask and rule, but write and move nothing.
        due_by: Take documents as due that will be by then; default ``now``.
        now: The moment of the look; default: the clock's.
        report: Called after each request with ``source``, ``asked``, ``of``, ``results``.

    Raises:
        RateLimited: When the source wants to be left alone; what was seen before is kept.
        ConfigurationError: When source, policy or contracts are wrong.
        StoreError: When the tables can't be read or written.
    """
    moment_now = now or datetime.now(UTC)
    tables = Tables(settings)
    chosen = choose(tables, source, due_by or moment_now, limit)
    look = _Look(source, tables, settings, run, moment_now, chosen)
    gate = Gate.open(source, settings, reviews=Reviews.from_rows(Ledgers(tables).reviews(source.id)))
    asked = requests = 0
    interrupted: RateLimited | None = None
    if not chosen.rows:
        note = "nothing is due"
    elif chosen.how == "none":
        note = look.cannot_ask()
    else:
        note = ""
        known = [_known(row) for row in chosen.rows] if chosen.how == "records" else [_known(chosen.rows[0])]
        with connector_for(source, contact=settings.contact, credentials=credentials, settings=settings) as connector:
            try:
                for sightings in connector.look_up(known):
                    look.take(sightings, gate)
                    requests += 1
                    asked += sum(1 for sighting in sightings if sighting.id)
                    if report is not None:
                        report({"source": source.id, "asked": asked, "of": len(known), "results": look.results()})
            except RateLimited as error:
                interrupted = error
        if chosen.due > len(chosen.rows):
            note = f"{chosen.due - len(chosen.rows)} documents stay due for the next runs"
    left = 0
    if not dry_run:
        look.write()
        left = move_out(tables, gate, run, moment_now)
    if interrupted is not None:
        raise interrupted
    return LookedAgain(
        source=source.id,
        how=chosen.how,
        due=chosen.due,
        asked=asked,
        requests=requests,
        results=look.results(),
        consequences=look.consequences(),
        left=left,
        note=note,
    )


class _Look:
    """One look at one source: collects observations."""

    def __init__(
        self, source: Source, tables: Tables, settings: Settings, run: Run, now: datetime, chosen: Chosen
    ) -> None:
        self.source, self.tables, self.settings, self.run, self.now = source, tables, settings, run, now
        self.rows: dict[str, list[Row]] = {}
        for row in chosen.rows:
            self.rows.setdefault(row["id"], []).append(row)
        self.due = chosen.due
        self.groups = _groups(source, chosen.rows)
        shared = {shared_id(source.id, group) for group in self.groups} | {shared_id(source.id)}
        self.before = latest_observations(tables, source.id, {*self.rows, *shared})
        self.found: list[Row] = []
        self.evidence: dict[str, bytes] = {}

    def take(self, sightings: Sequence[Sighting], gate: Gate) -> None:
        """Rule on what was seen."""
        for sighting in sightings:
            if not sighting.id:
                self._shared(sighting, gate)
                continue
            for row in self.rows[sighting.id][:1]:
                ruling = gate.rule(_record(row, sighting, self.now), row["id"], row.get("content_sha256"))
                result = compare(row, ruling) if sighting.status == "found" else sighting.status
                self._note(sighting, row["id"], accepted_at(row), row, ruling, result)

    def cannot_ask(self) -> str:
        """Note, now and then, that nobody can look again at this source."""
        name = shared_id(self.source.id)
        note = f"{self.due} documents are due, and the source can't be asked: describe how in `fetch.look_up`"
        log.warning("source %s: %s", self.source.id, note)
        known = self.before.get(name)
        if known is None or moment(known["next_due"]) <= self.now:
            self.found.append(
                {
                    **self._basics(name),
                    "url": self.source.homepage,
                    "result": NOT_CHECKABLE,
                    "consequence": NONE,
                    "strikes": 0,
                    "detail": note,
                    "next_due": self.now + _REMINDED_AFTER,
                }
            )
        return note

    def write(self) -> None:
        """Keep what was seen, in one commit."""
        for row in self.found:
            if row["id"] in self.evidence:
                row["evidence"] = RawStore(self.settings).put(self.evidence[row["id"]])
        if self.found:
            append_observations(self.tables, self.source.id, self.found, properties(self.run))

    def results(self) -> dict[str, int]:
        """Observations by result."""
        return dict(Counter(row["result"] for row in self.found))

    def consequences(self) -> dict[str, int]:
        """Observations by consequence, those without one left out."""
        return dict(Counter(row["consequence"] for row in self.found if row["consequence"] != NONE))

    def _shared(self, sighting: Sighting, gate: Gate) -> None:
        """A statement that covers every document of a group: compared with each licence that they were taken under."""
        name, rows = shared_id(self.source.id, sighting.group), self.groups.get(sighting.group, [])
        record = _record({"source_url": sighting.url, "published_at": self.now}, sighting, self.now)
        ruling = gate.rule(record, name)
        worst: Row = {}
        result: str = sighting.status
        if sighting.status == "found":
            judged = [(compare(row, ruling), row) for row in rows]
            order = (STRICTER, LOOSER, SAME)
            result, worst = min(judged, key=lambda pair: order.index(pair[0]), default=(STRICTER, {}))
        self._note(sighting, name, min(map(accepted_at, rows), default=self.now), worst, ruling, result)
        if result == STRICTER and sighting.raw:
            self.evidence[name] = sighting.raw

    def _note(self, sighting: Sighting, name: str, accepted: datetime, row: Row, ruling: Ruling, result: str) -> None:
        earlier = self.before.get(name)
        if earlier is not None and moment(earlier["observed_at"]) < accepted:
            earlier = None  # it was of an earlier copy
        unseen = result not in (SAME, STRICTER, LOOSER)
        strikes = ((earlier or {}).get("strikes") or 0) + 1 if unseen else 0
        due = after_strike(strikes, accepted, self.now) if unseen else next_look(accepted, self.now)
        consequence = consequence_of(row, ruling, result, strikes)
        self.found.append(
            {
                **self._basics(name),
                "slice": row.get("slice"),
                "accepted_at": accepted,
                "license_before": row.get("license_expression"),
                "url": sighting.url,
                "claims": sighting.claims,
                "optouts": sighting.optouts,
                "decision": None if unseen else ruling.decision.value,
                "reason": None if unseen else ruling.reason.value,
                "rule": None if unseen else ruling.rule,
                "license_now": None if unseen else ruling.expression,
                "policy_version": ruling.policy_version,
                "contract_id": row.get("contract_id"),
                "result": result,
                "consequence": consequence,
                "strikes": strikes,
                "detail": sighting.detail or None,
                "next_due": due,
            }
        )
        if consequence != NONE:
            log.warning("%s: %s, %s (%s)", name, result, consequence, sighting.detail or ruling.reason.value)

    def _basics(self, name: str) -> Row:
        return {"id": name, "source": self.source.id, "observed_at": self.now, "run_id": self.run.run_id}


def _groups(source: Source, rows: Sequence[Row]) -> dict[str, list[Row]]:
    if not is_site_wide(source):
        return {}
    keys, found = Keys(source), dict[str, list[Row]]()
    for row in rows:
        key = keys.of(row["source_native_id"], row["source_version"], row["source_url"])
        if key is not None:
            found.setdefault(group_name(key[1]), []).append(row)
    return found


def _known(row: Row) -> Known:
    return Known(
        id=row["id"],
        native_id=row["source_native_id"] or "",
        version=row["source_version"] or "",
        url=row["source_url"] or "",
        published=row.get("published_at") or row.get("created"),
        place=row.get("license_evidence") or "",
    )


def _record(row: Row, sighting: Sighting, now: datetime) -> Record:
    """What was seen, as the gate wants it. Without bytes or text: only the licence is ruled on."""
    return Record(
        native_id=row.get("source_native_id") or "",
        version=row.get("source_version") or "",
        url=row.get("source_url") or sighting.url,
        raw=b"",
        body=None,
        media_type="",
        claims=sighting.claims,
        optouts=sighting.optouts,
        creators=tuple(row.get("creators") or ()),
        created=row.get("created"),
        published=row.get("published_at"),
        fetched_at=now,
    )


__all__ = ["LookedAgain", "look_again"]
