"""What people are asked about quarantined licence tags: one question per (source, tag), their answers, what follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rightful.catalogue.models import Source
from rightful.licensing.reviews import Answer, Review
from rightful.model import Slice, Struct
from rightful.settings import Settings

SAMPLES = 5
"""URLs that a question shows."""


class Question(Struct, frozen=True, kw_only=True):
    """One open (source, verbatim tag), over all published slices. Small: goes through XCom as JSON.

    ``records`` were quarantined with this tag, by ``reasons``; ``places`` are where the tag stood. ``proposed`` is an id
    that the tag obviously means, None when that is not clear; ``candidates`` are ids that it may mean. Neither is ever
    applied by itself. ``answers`` are those that a person can give; without ``allow``, ``why_not`` says what stands
    against it; empty: a ruling on the tag would change nothing. ``postponed`` is when somebody last said ``later``.
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


def open_questions(settings: Settings, sources: Iterable[Source], *, unanswerable: bool = False) -> list[Question]:
    """What people have not ruled on yet, most records first; each (source, tag) once.

    Args:
        settings: Where the tables and the policy are.
        sources: Whose quarantine to look through.
        unanswerable: Also those that no person's ruling could change (``answers`` is empty).

    Raises:
        StoreError: When the tables can't be read.
    """
    raise NotImplementedError


def record_review(
    settings: Settings,
    source: Source,
    tag: str,
    decision: Answer,
    *,
    by: str,
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
        expression: With ``allow``: the SPDX id or expression that the tag counts as.
        comment: Why, in the person's words.
        question: What the person was shown; its counts and sample URLs are kept as evidence.
        review_id: Names the answer; one that is there already is not written again, so that a retry is safe.
        run_id: Of the run that asked.

    Raises:
        ConfigurationError: When a person can't rule so: the policy does not allow the id, the tag restricts use, …
        StoreError: When the commit fails in a way that may pass.
    """
    raise NotImplementedError


def affected_slices(settings: Settings, source: Source, tags: Sequence[str]) -> list[Slice]:
    """Published slices, oldest first, in which the newest answers on these tags are not yet carried out.

    An ``allow`` affects a slice that quarantines records with the tag whose bytes are still there; a ``deny`` one that
    shows documents with it. A slice that was re-run since is not affected any more.

    Raises:
        StoreError: When the tables can't be read.
    """
    raise NotImplementedError
