"""Gathers what is quarantined into questions: streaming over the ledger, in memory one small entry per tag."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rightful.catalogue.models import Source
from rightful.licensing import lift
from rightful.licensing.evaluate import rule_expression
from rightful.licensing.identify import MAX_TAG, identify
from rightful.licensing.policy import Policy
from rightful.licensing.propose import propose
from rightful.licensing.reviews import Reviews
from rightful.model import Decision, Outcome, Reason, Slice, Strength, Struct
from rightful.store.ledger import Ledgers

log = logging.getLogger(__name__)

SAMPLES = 5
"""URLs and places that a question shows."""

MOST_TAGS = 10_000
"""Tags of one source that are kept apart; a source with more has texts in the place of tags."""

_COLUMNS = ["slice", "source_url", "reason", "claims", "optouts"]

_WHY_NOT: dict[str, str] = {
    Reason.TDM_RESERVED: "a reservation stands against the record: a ruling on the tag does not lift an opt-out",
    Reason.CONFLICT: "the record's claims contradict each other, though each can be read",
    Reason.UNREVIEWED_SOURCE: "the source is still under review (`trust` in its file)",
    Reason.WEAK_EVIDENCE: "the evidence is weaker than the source file accepts (`license.weakest_strength`)",
}
_SETTLED = "the policy and the source file of today settle it: acquire the slice again"


class Question(Struct, frozen=True, kw_only=True):
    """One open (source, verbatim tag), over all published slices. Small: goes through XCom as JSON.

    ``records`` were quarantined with this tag, by ``reasons``; ``places`` are where the tag stood. ``reads`` is what
    the register makes of it. ``proposed`` is an id that it obviously means, None when that is not clear; ``candidates``
    are ids that it may mean. Neither is ever applied by itself. ``answers`` are those that a person can give; without
    ``allow``, ``why_not`` says what stands against it; empty: a ruling on the tag would change nothing.
    ``postponed`` is when somebody last said ``later``.
    """

    source: str
    tag: str
    records: int
    reasons: dict[str, int]
    places: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    slices: int = 0
    first_slice: datetime | None = None
    last_slice: datetime | None = None
    reads: str | None = None
    proposed: str | None = None
    candidates: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    why_not: str = ""
    postponed: datetime | None = None

    @property
    def answerable(self) -> bool:
        """Whether an answer would change anything."""
        return bool(self.answers)


@dataclass
class _Entry:
    """What is known of one tag so far."""

    answers: tuple[str, ...]
    why_not: str
    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    places: dict[str, None] = field(default_factory=dict)
    urls: dict[str, None] = field(default_factory=dict)
    slices: set[datetime] = field(default_factory=set)

    def add(self, row: dict[str, Any], place: str) -> None:
        self.records += 1
        self.reasons[row["reason"] or "unknown"] += 1
        self.slices.add(row["slice"])
        for value, shown in ((place, self.places), (row["source_url"], self.urls)):
            if value and len(shown) < SAMPLES:
                shown[value] = None


def questions_of(source: Source, policy: Policy, ledgers: Ledgers, slice: Slice | None = None) -> list[Question]:
    """Every tag of a source (or of one slice of it) that quarantines records now, unless a person has ruled on it."""
    gathering = _Gathering(source, policy, ledgers.reviews(source.id))
    for batch in ledgers.current_rulings(source.id, _COLUMNS, [Outcome.QUARANTINE.value], slice):
        for row in batch.to_pylist():
            gathering.add(row)
    return gathering.questions()


class _Gathering:
    """The tags of one source."""

    def __init__(self, source: Source, policy: Policy, reviews: list[dict[str, Any]]) -> None:
        self.source, self.policy = source, policy
        self.reviews = Reviews.from_rows(reviews)
        self.postponed = {row["license_raw"]: row["reviewed_at"] for row in reviews if row["decision"] == "later"}
        self._entries: dict[tuple[str, bool], _Entry] = {}
        self._known: dict[str, tuple[tuple[str, ...], str] | None] = {}
        self._beyond = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count one quarantined record under each of its tags that a person can rule on, or else under its first."""
        claims = {claim["raw"]: claim for claim in row["claims"] or () if isinstance(claim["raw"], str)}
        ruled_on = {tag for tag in claims if self.reviews.of(self.source.id, tag) is not None}
        settled = {tag: self._settled(tag) for tag in claims if tag not in ruled_on}
        beside = self._beside_the_tag(row)
        asked = {tag: found for tag, found in settled.items() if found is not None and found[0]}
        if asked and not beside:
            for tag, (answers, why_not) in asked.items():
                self._entry(tag, answers, why_not, row, claims[tag]["place"])
        elif claims and not ruled_on:  # else it waits for being ruled again, or stays for another reason
            tag = next((tag for tag, found in settled.items() if found is not None), next(iter(claims)))
            known = settled[tag]
            why_not = beside or (known[1] if known is not None else _WHY_NOT.get(row["reason"], _SETTLED))
            self._entry(tag, (), why_not, row, claims[tag]["place"])

    def questions(self) -> list[Question]:
        """What was gathered."""
        if self._beyond:
            log.warning(
                "source %s: more than %d different tags are quarantined; %d records are not asked about for now",
                self.source.id,
                MOST_TAGS,
                self._beyond,
            )
        return [self._question(tag, entry) for (tag, _), entry in self._entries.items()]

    def _question(self, tag: str, entry: _Entry) -> Question:
        found = identify(tag, aliases=self.source.license.aliases)
        may_allow = "allow" in entry.answers
        proposed, candidates = propose(tag, found, self.policy) if may_allow else (None, ())
        return Question(
            source=self.source.id,
            tag=tag,
            records=entry.records,
            reasons=dict(entry.reasons),
            places=tuple(entry.places),
            urls=tuple(entry.urls),
            slices=len(entry.slices),
            first_slice=min(entry.slices, default=None),
            last_slice=max(entry.slices, default=None),
            reads=found.expression,
            proposed=proposed,
            candidates=candidates,
            answers=entry.answers,
            why_not=entry.why_not,
            postponed=self.postponed.get(tag),
        )

    def _entry(self, tag: str, answers: tuple[str, ...], why_not: str, row: dict[str, Any], place: str) -> None:
        # Prose is not kept whole: nobody can rule on it, and each record may have its own.
        key = (tag if len(tag) <= MAX_TAG else f"{tag[:MAX_TAG]}…", bool(answers))
        entry = self._entries.get(key)
        if entry is None:
            if len(self._entries) >= MOST_TAGS:
                self._beyond += 1
                return
            entry = self._entries[key] = _Entry(answers, why_not)
        entry.add(row, place)

    def _beside_the_tag(self, row: dict[str, Any]) -> str:
        """Why no ruling on a tag would make this record load; "" when one might."""
        if self.source.trust != "reviewed":
            return _WHY_NOT[Reason.UNREVIEWED_SOURCE]
        ranks = {strength.value: strength.rank for strength in Strength}
        weakest = self.source.license.weakest_strength.rank
        if any(ranks.get(claim["strength"], len(ranks)) > weakest for claim in row["claims"] or ()):
            return _WHY_NOT[Reason.WEAK_EVIDENCE]
        if any(self.policy.optouts.decision(o["signal"], o["value"]) != "record" for o in row["optouts"] or ()):
            return _WHY_NOT[Reason.TDM_RESERVED]
        return ""

    def _settled(self, tag: str) -> tuple[tuple[str, ...], str] | None:
        """What a person can answer on a tag, and why not more; None when the tag by itself quarantines nothing."""
        if tag not in self._known:
            if len(self._known) >= MOST_TAGS:
                self._known.clear()
            self._known[tag] = self._answers(tag)
        return self._known[tag]

    def _answers(self, tag: str) -> tuple[tuple[str, ...], str] | None:
        found = identify(tag, aliases=self.source.license.aliases)
        if found.reason is Reason.NO_TAG:
            return None
        if found.expression is not None:
            verdict = rule_expression(found.expression, self.policy, None)
            if verdict.decision is not Decision.QUARANTINE:
                return None
        obstacle = lift.obstacle(tag, found, self.policy, None)
        if obstacle is None:
            return ("allow", "deny", "later"), ""
        # What is known is for the policy, what is prose for the source file; the rest a person may at least deny.
        return (("deny", "later") if found.expression is None and len(tag) <= MAX_TAG else (), obstacle)


__all__ = ["MOST_TAGS", "SAMPLES", "Question", "questions_of"]
