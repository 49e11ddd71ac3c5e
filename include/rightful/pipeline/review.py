"""What people are asked about quarantined licence tags: one question per (source, tag), their answers, what follows."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.licensing import lift
from rightful.licensing.decide import decide
from rightful.licensing.identify import identify
from rightful.licensing.policy import Policy, load_policy
from rightful.licensing.recheck import may_load
from rightful.licensing.reviews import ANSWERS, Answer, Review, Reviews
from rightful.model import Decision, LicenseClaim, Outcome, Reason, Slice, Strength
from rightful.pipeline.observed import claims_of, optouts_of
from rightful.pipeline.questions import Question, questions_of
from rightful.settings import Settings
from rightful.store.ledger import Ledgers
from rightful.store.reviews import append_review
from rightful.store.tables import Tables

_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


def open_questions(
    settings: Settings, sources: Iterable[Source], *, slice: Slice | None = None, unanswerable: bool = False
) -> list[Question]:
    """What people have not ruled on yet, most records first; each (source, tag) once.

    Args:
        settings: Where the tables and the policy are.
        sources: Whose quarantine to look through.
        slice: Only what this slice quarantines; default: all published slices.
        unanswerable: Also those that no person's ruling could change (``answers`` is empty).

    Raises:
        StoreError: When the tables can't be read.
    """
    policy = load_policy(settings.policy_file, settings.jurisdiction)
    ledgers = Ledgers(Tables(settings))
    found = [question for source in sources for question in questions_of(source, policy, ledgers, slice)]
    wanted = [question for question in found if unanswerable or question.answerable]
    return sorted(wanted, key=lambda question: (-question.records, question.source, question.tag))


def record_review(
    settings: Settings,
    source: Source,
    tag: str,
    decision: Answer,
    *,
    by: str,
    at: datetime | None = None,
    expression: str | None = None,
    comment: str = "",
    question: Question | None = None,
    review_id: str | None = None,
    run_id: str = "",
) -> Review:
    """Write an answer to ``ledger.reviews``; the gate and the audit honour it from then on.

    Args:
        settings: Where the tables and the policy are.
        source: The source that the tag stood in.
        tag: The verbatim tag.
        decision: ``allow``, ``deny`` or ``later``.
        by: Who answers: a person's name or login.
        at: When the person answered (with a time zone); now when it isn't given. Of several answers the newest counts.
        expression: With ``allow``: the SPDX id or expression that the tag counts as.
        comment: Why, in the person's words.
        question: What the person was shown; its counts and sample URLs are kept as evidence.
        review_id: Names the answer; one that is there already is not written again, so that a retry is safe.
        run_id: Of the run that asked.

    Raises:
        ConfigurationError: When a person can't rule so: the policy does not allow the id, the tag restricts use, …
        StoreError: When the commit fails in a way that may pass.
    """
    policy = load_policy(settings.policy_file, settings.jurisdiction)
    at = datetime.now(UTC) if at is None else at
    review_id = review_id or f"{at.astimezone(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    named = _checked(source, tag, decision, expression, by, review_id, policy)
    review = Review(
        id=review_id,
        source=source.id,
        tag=tag,
        decision=decision,
        expression=named,
        reviewed_by=by.strip(),
        reviewed_at=at.astimezone(UTC),
    )
    if decision == "allow":
        _would_load(settings, source, review, policy)
    shown = question if question is not None and (question.source, question.tag) == (source.id, tag) else None
    append_review(
        Tables(settings),
        {
            "review_id": review.id,
            "source": review.source,
            "license_raw": review.tag,
            "license_expression": review.expression,
            "decision": review.decision,
            "comment": comment or None,
            "evidence": ", ".join(shown.places) if shown else None,
            "reviewed_by": review.reviewed_by,
            "reviewed_at": review.reviewed_at,
            "policy_version": policy.version,
            "run_id": run_id or None,
            "records": shown.records if shown else None,
            "reasons": shown.reasons if shown else None,
            "sample_urls": list(shown.urls) if shown else None,
        },
    )
    return review


def check_review(
    settings: Settings, source: Source, tag: str, decision: Answer, *, by: str, expression: str | None = None
) -> str | None:
    """What :func:`record_review` would refuse, told before anything is written; the canonical id that an allow names.

    Raises:
        ConfigurationError: When a person can't rule so.
    """
    policy = load_policy(settings.policy_file, settings.jurisdiction)
    named = _checked(source, tag, decision, expression, by, "check", policy)
    if named is not None:
        allowed = Review(id="check", source=source.id, tag=tag, decision="allow", expression=named)
        _would_load(settings, source, allowed, policy)
    return named


def answered_tags(settings: Settings, source: Source) -> list[str]:
    """The tags of a source on which an ``allow`` or ``deny`` stands, sorted."""
    return Reviews.from_rows(Ledgers(Tables(settings)).reviews(source.id)).tags(source.id)


def affected_slices(settings: Settings, source: Source, tags: Sequence[str]) -> list[Slice]:
    """Published slices, oldest first, in which the newest answers on these tags are not yet carried out.

    An ``allow`` affects a slice that quarantines records with the tag whose bytes are still there; a ``deny`` one that
    shows documents with it. A slice that was re-run since is not affected any more. Recordings are not downloaded while
    they are quarantined: an ``allow`` affects their slices until these are acquired again.

    Raises:
        StoreError: When the tables can't be read.
    """
    ledgers = Ledgers(Tables(settings))
    reviews = Reviews.from_rows(ledgers.reviews(source.id))
    wanted = [tag for tag in dict.fromkeys(tags) if reviews.of(source.id, tag) is not None]
    if not wanted:
        return []
    waiting = _Waiting(source, load_policy(settings.policy_file, settings.jurisdiction), reviews)
    columns = ["slice", "outcome", "rule", "raw_uri", "claims", "optouts"]
    outcomes = [outcome.value for outcome in (Outcome.ALLOW, Outcome.QUARANTINE, Outcome.DENY)]
    starts: set[datetime] = set()
    for batch in ledgers.current_rulings(source.id, columns, outcomes):
        for row in _with_tags(batch, wanted):
            if row["slice"] not in starts and waiting.is_waiting(row):
                starts.add(row["slice"])
    shown = ledgers.slices_of(source.id) if starts else []
    return [Slice(start=row["slice"], end=row["slice_end"]) for row in shown if row["slice"] in starts]


def _checked(
    source: Source, tag: str, decision: str, expression: str | None, by: str, review_id: str, policy: Policy
) -> str | None:
    """The canonical id that an allow names, None for other answers. Raises what is wrong with the answer itself."""

    def wrong(what: str, remedy: str) -> ConfigurationError:
        return ConfigurationError(what, source=source.id, remedy=remedy)

    if decision not in ANSWERS:
        raise wrong(f"{decision!r} is no answer", f"answer {', '.join(ANSWERS)}")
    if not by.strip():
        raise wrong("nobody answers", "say who does")
    if not _ID.fullmatch(review_id):
        raise wrong(f"a review can't be called {review_id[:100]!r}", "use letters, digits, `-`, `_` and `.`")
    if identify(tag).reason is Reason.NO_TAG:
        raise wrong("nothing stands in the tag", "a record without a tag is denied; no ruling changes that")
    if decision != "allow":
        if expression:
            raise wrong(f"{decision} names no licence", "leave the licence out, or allow")
        return None
    if source.license.scope == "contract":
        raise wrong("a contract speaks for every record of this source", "change the contract, not a tag")
    if not expression:
        raise wrong("an allow must name the licence that the tag counts as", "give its SPDX id")
    named = identify(expression).expression
    if named is None:
        raise wrong(f"{expression!r} is no known licence", "give an SPDX id, e.g. CC-BY-4.0")
    return named


def _would_load(settings: Settings, source: Source, review: Review, policy: Policy) -> None:
    """Raise unless gate and audit, each by itself, would load a record that has just this tag. An answer that nothing
    depends on is refused as well, unless it takes a denial back."""
    claim = LicenseClaim(raw=review.tag, place="review", strength=Strength.PUBLISHER)
    reviews, today = Reviews([review]), datetime.now(UTC).date()
    why: list[str] = []
    for day in (today, None):
        ruling = decide((claim,), (), source, policy, {}, {}, (), day, today, reviews)
        if ruling.decision is not Decision.ALLOW:
            found = identify(review.tag, aliases=source.license.aliases, on=day)
            obstacle = lift.obstacle(review.tag, found, policy, day)
            named = f"{review.expression} is ruled {ruling.decision}: {ruling.reason} ({ruling.rule})"
            why.append(obstacle or (named if ruling.expression == review.expression else _misread(found.expression)))
            continue
        against = may_load(
            ruling.expression, review.tag, (claim,), (), None, today, day, policy, {}, source, reviews=reviews
        )
        if against is None and (review.rule in ruling.rule or _takes_back(settings, review, ruling.expression)):
            return
        why.append(against or f"the tag loads without a ruling, as {ruling.expression}")
    raise ConfigurationError(
        f"the tag {review.tag[:200]!r} can't be allowed as {review.expression}: {why[0]}",
        source=source.id,
        remedy="name a licence that the policy allows, deny the tag, or change the policy",
    )


def _takes_back(settings: Settings, review: Review, expression: str | None) -> bool:
    """Whether an allow says what the tag says by itself, and a denial stands on it."""
    if review.expression != expression:
        return False
    standing = Reviews.from_rows(Ledgers(Tables(settings)).reviews(review.source)).of(review.source, review.tag)
    return standing is not None and standing.decision == "deny"


def _misread(expression: str | None) -> str:
    return f"it reads as {expression}, and may only get a version" if expression else "it can't be read so"


def _with_tags(batch: pa.RecordBatch, tags: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows that have a claim with one of these tags."""
    claims = batch.column("claims")
    hit = pc.is_in(pc.struct_field(claims.flatten(), "raw"), value_set=pa.array(tags, pa.string()))
    rows = np.unique(pc.list_parent_indices(claims).filter(hit).to_numpy(zero_copy_only=False))
    yield from batch.take(pa.array(rows, pa.int64())).to_pylist()


class _Waiting:
    """Tells whether a ruling of the ledger is not what the answers of today make of it."""

    def __init__(self, source: Source, policy: Policy, reviews: Reviews) -> None:
        self.source, self.policy, self.reviews = source, policy, reviews
        self._today = datetime.now(UTC).date()

    def is_waiting(self, row: dict[str, Any]) -> bool:
        """Whether ruling again would change this row."""
        answers = [answer for claim in row["claims"] if (answer := self.reviews.of(self.source.id, claim["raw"]))]
        rules = (row["rule"] or "").split("+")
        if row["outcome"] == Outcome.ALLOW.value:
            reviewed = [rule for rule in rules if rule.startswith("review:")]
            return any(a.decision == "deny" for a in answers) or bool(set(reviewed) - {a.rule for a in answers})
        if self.source.speaks:  # a recording that was refused never had bytes
            if row["outcome"] != Outcome.QUARANTINE.value and not any(rule.startswith("review:") for rule in rules):
                return False
        elif not row["raw_uri"]:
            return False
        # The ledger doesn't tell the record's date, on which dated rules depend; one day on which it loads is enough.
        days = (None, row["slice"].date())
        return any(self._loads(row, day) for day in days)

    def _loads(self, row: dict[str, Any], day: date | None) -> bool:
        claims, optouts = claims_of(row), optouts_of(row)
        ruling = decide(claims, optouts, self.source, self.policy, {}, {}, (), day, self._today, self.reviews)
        return ruling.decision is Decision.ALLOW


__all__ = ["Question", "affected_slices", "answered_tags", "check_review", "open_questions", "record_review"]
