"""What people ruled on (source, verbatim tag): an immutable lookup that gate and audit read, each in its own way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from rightful.errors import StoreError
from rightful.model import Struct

Answer = Literal["allow", "deny", "later"]
ANSWERS: tuple[Answer, ...] = ("allow", "deny", "later")

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Review(Struct, frozen=True, kw_only=True):
    """One answer of a person. ``expression`` is the licence id that the tag is to count as; None unless allowed."""

    id: str
    source: str
    tag: str
    decision: Answer
    expression: str | None = None
    reviewed_by: str = ""
    reviewed_at: datetime | None = None

    def __post_init__(self) -> None:
        if not (self.id and self.source and self.tag.strip()):
            raise ValueError("a review needs an id, a source and a tag that says something")
        if self.decision not in ANSWERS:
            raise ValueError(f"{self.decision!r} is no answer; answers are {', '.join(ANSWERS)}")
        if (self.decision == "allow") != bool(self.expression):
            raise ValueError("an allow names the licence that the tag counts as, and only an allow does")

    @property
    def rule(self) -> str:
        """How a ruling names it."""
        return f"review:{self.id}"


class Reviews:
    """Finds the answer on a (source, verbatim tag): the newest ``allow`` or ``deny``.

    ``later`` answers nothing: it neither allows nor takes an earlier answer back. Of two answers of the same moment the
    denial counts. Tags are compared character by character.
    """

    def __init__(self, reviews: Iterable[Review] = ()) -> None:
        self._newest: dict[tuple[str, str], Review] = {}
        for review in sorted(reviews, key=_age):
            if review.decision != "later":
                self._newest[review.source, review.tag] = review

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]], source_id: str | None = None) -> Reviews:
        """From rows of ``ledger.reviews``; with ``source_id`` only those on this source.

        Raises StoreError on a row that makes no sense: what can't be read may have been a denial.
        """
        return cls(review_of(row) for row in rows if source_id is None or row["source"] == source_id)

    def __len__(self) -> int:
        return len(self._newest)

    def of(self, source_id: object, tag: object) -> Review | None:
        """The answer on this very tag of this source, or None. Anything may be asked."""
        if not isinstance(source_id, str) or not isinstance(tag, str):
            return None
        return self._newest.get((source_id, tag))

    def tags(self, source_id: str) -> list[str]:
        """The tags of a source that are answered, sorted."""
        return sorted(tag for source, tag in self._newest if source == source_id)

    def answers(self, source_id: str) -> dict[str, str]:
        """What is answered on a source, by the SHA-256 of the tag: ``deny``, or ``allow:<expression>``."""
        return {
            hashlib.sha256(tag.encode("utf-8", "surrogatepass")).hexdigest(): review.decision
            + (f":{review.expression}" if review.expression else "")
            for (source, tag), review in self._newest.items()
            if source == source_id
        }


def narrowed(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether of two :meth:`Reviews.answers` the second lets less load: what was allowed is not any more, or counts as
    another licence, or something is denied that was not. A new allow takes nothing away."""
    return any(now.get(tag) != answer for tag, answer in before.items() if answer != "deny") or any(
        before.get(tag) != "deny" for tag, answer in now.items() if answer == "deny"
    )


def review_of(row: Mapping[str, Any]) -> Review:
    """A row of ``ledger.reviews``. Raises StoreError when it makes no sense."""
    try:
        return Review(
            id=row["review_id"] or "",
            source=row["source"] or "",
            tag=row["license_raw"] or "",
            decision=row["decision"],
            expression=row["license_expression"],
            reviewed_by=row["reviewed_by"] or "",
            reviewed_at=row["reviewed_at"],
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise StoreError(
            f"ledger.reviews holds a row that makes no sense: {error}",
            source=row["source"],
            record=row["review_id"],
            remedy="correct the row or update the code",
        ) from error


def _age(review: Review) -> tuple[datetime, bool, str]:
    """Oldest first; of the same moment denials last, so that they count."""
    return review.reviewed_at or _LONG_AGO, review.decision == "deny", review.id


NO_REVIEWS = Reviews()

__all__ = ["ANSWERS", "NO_REVIEWS", "Answer", "Review", "Reviews", "narrowed", "review_of"]
