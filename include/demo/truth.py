"""What must become of every record of the demo's sources, by the publisher's own knowledge and not by the gate.

Tests compare a ledger and a corpus with it, id by id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from demo import crawl, news, open_news, podcast, questions, wiki
from demo.stream import Moment, Selection


class HasBounds(Protocol):
    """A slice: ``[start, end)`` with time zones."""

    @property
    def start(self) -> datetime:
        """First moment."""

    @property
    def end(self) -> datetime:
        """First moment after it."""


@dataclass
class Expected:
    """Document ids (``source:native@version``) by what becomes of them; the values of the mappings are reasons."""

    allowed: set[str] = field(default_factory=set)
    quarantined: dict[str, str] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """Number of records the source lists."""
        return len(self.allowed) + len(self.quarantined) + len(self.denied) + len(self.empty)

    def add(self, document: str, outcome: str, reason: str) -> None:
        """Sort in one document."""
        if outcome == "allow":
            self.allowed.add(document)
        elif outcome == "quarantine":
            self.quarantined[document] = reason
        elif outcome == "deny":
            self.denied[document] = reason
        elif outcome == "empty":
            self.empty.add(document)
        else:
            raise ValueError(f"no outcome: {outcome}")


def expected(source_id: str, slice: HasBounds, scale: int = 1) -> Expected:
    """What a run of ``source_id`` over ``slice`` (which lies in the past) comes to. Raises :class:`KeyError`."""
    found = Expected()
    _SOURCES[source_id](found, int(slice.start.timestamp()), int(slice.end.timestamp()), scale)
    return found


def _moments(selection: Selection) -> list[Moment]:
    return list(selection.part(0, len(selection)))


def _wiki(found: Expected, start: int, end: int, scale: int) -> None:
    for site in wiki.WIKIS.values():
        for moment in _moments(wiki.stream_of(site, scale).between(start, end)):
            outcome = "deny" if not site.may_load else "empty" if wiki.is_redirect(moment) else "allow"
            document = f"demo_wiki:{wiki.page_id(site, moment)}@{wiki.revision_id(site, moment)}"
            found.add(document, outcome, site.reason)


def _questions(found: Expected, start: int, end: int, scale: int) -> None:
    for site in questions.SITES:
        for moment in _moments(questions.stream_of(site, scale).between(start, end)):
            last = max((moment.unix, *questions.answer_times(moment)))
            document = f"demo_questions:{questions.question_id(site, moment)}@{last}"
            if questions.missing_licenses(moment) is not None:
                found.add(document, "deny", "no_tag")
            else:
                found.add(document, "allow", "allowed")


def _news(section: str, source: str, outcome: str, reason: str) -> Callable[[Expected, int, int, int], None]:
    def sort(found: Expected, start: int, end: int, scale: int) -> None:
        for moment in _moments(news.stream_of(section, scale).between(start, end)):
            found.add(f"{source}:{news.article_id(section, moment)}@{moment.iso}", outcome, reason)

    return sort


def _open_news(found: Expected, start: int, end: int, scale: int) -> None:
    for moment in _moments(open_news.stream_of(scale).between(start, end)):
        case = open_news.case_of(moment)
        document = f"demo_open_news:{open_news.article_id(moment)}@{moment.iso}"
        if case.until and moment.date <= case.until:
            found.add(document, "allow", "allowed")
        else:
            found.add(document, case.outcome, case.reason)


def _podcast(found: Expected, start: int, end: int, scale: int) -> None:
    for moment in _moments(podcast.stream_of(scale).between(start, end)):
        case = podcast.case_of(moment)
        found.add(f"demo_podcast:{podcast.episode_id(moment)}", case.outcome, case.reason)


def _crawl(found: Expected, start: int, end: int, scale: int) -> None:
    for moment in _moments(crawl.stream_of(scale).between(start, end)):
        case = crawl.case_of(moment)
        if case.outcome != "passed over":
            found.add(f"demo_crawl:{crawl.url_of(moment)}@{crawl.version_of(moment)}", case.outcome, case.reason)


_SOURCES: dict[str, Callable[[Expected, int, int, int], None]] = {
    "demo_wiki": _wiki,
    "demo_questions": _questions,
    "demo_news": _news("search", "demo_news", "allow", "allowed"),
    "demo_archive": _news("archive", "demo_archive", "deny", "expired"),
    "demo_open_news": _open_news,
    "demo_podcast": _podcast,
    "demo_crawl": _crawl,
}
SOURCES = tuple(_SOURCES)
"""Ids of the demo's sources."""
