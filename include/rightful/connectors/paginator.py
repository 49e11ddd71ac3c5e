"""What every way to walk a list of pages has in common: a state that can be saved and resumed, and no trust in the end.

A paginator notices a cursor that comes back, a page that repeats, and too many pages.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

import msgspec

from rightful.catalogue import models
from rightful.errors import ConfigurationError, EndlessCursor, Malformed
from rightful.model import JSON

Param = str | int | float | bool
MOST_EMPTY_PAGES = 1_000
"""Pages without records in a row, after which a cursor is called endless."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a paginator needs to know of an answer. ``resolve`` makes a reference of the answer a full URL."""

    head: JSON
    records: list[bytes]
    link_next: str | None = None
    resolve: Callable[[str], str] = str


class Paginator(ABC):
    """Walks one list. Use: ``while not done: ask(request()); advance(answered)``.

    Args:
        spec: The source's ``fetch.paginate``.
        source: Id of the source, for messages.
        most: Page cap.
        saved: What :meth:`save` gave, to go on there.
    """

    can_skip = False
    """Whether an unreadable page can be stepped over."""

    def __init__(self, spec: models.Paginate, source: str, most: int, saved: Mapping[str, JSON] | None = None) -> None:
        self.style, self.source, self.most = spec.style, source, most
        self.done = False
        self.pages = self._empty = 0
        self._seen: set[int] = set()
        if saved is not None:
            try:
                if saved["style"] != self.style:
                    raise ValueError(f"it is of style {saved['style']!r}, the source's is {self.style!r}")
                self.pages, self._empty = int(saved["pages"]), int(saved.get("empty", 0))
                self._restore(saved["state"])
            except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
                raise ConfigurationError(
                    f"the saved cursor can't be used: {error}",
                    source=source,
                    remedy="clear the task (with its state) and run the slice from its beginning",
                ) from error
        self._remember(self._key())

    def request(self) -> tuple[str | None, dict[str, Param]]:
        """What to ask next: a URL in place of the usual request (or None), and parameters to add to the request."""
        return None, {}

    def advance(self, answered: Answered) -> None:
        """Take note of the page that :meth:`request` brought, and find out what comes next.

        Raises:
            EndlessCursor: The source leads in a circle, repeats a page, or has more pages than the cap.
            Malformed: What should lead on is not of its type; nothing has changed, the page can be asked again.
        """
        self._next(answered)
        self.pages += 1
        self._empty = 0 if answered.records else self._empty + 1
        if not self.done:
            self._guard()
            if not self._remember(self._key()):
                raise self.endless("the source names a cursor that was there already")

    def skip(self) -> None:
        """Step over the page of :meth:`request`, which can't be read. Only where :attr:`can_skip`."""
        raise NotImplementedError

    def save(self) -> dict[str, JSON] | None:
        """State as JSON, or None at the end."""
        if self.done:
            return None
        saved: dict[str, JSON] = {"style": self.style, "pages": self.pages, "state": self._state()}
        return {**saved, "empty": self._empty} if self._empty else saved

    def endless(self, what: str) -> EndlessCursor:
        """The error for a list without an end."""
        return EndlessCursor(
            f"{what} (after {self.pages:,} pages, at {str(self._state())[:200]})",
            source=self.source,
            remedy="look at `fetch.paginate`; for a truly long list cut the slice with `shard` or raise `limits.pages`",
        )

    def malformed(self, what: str) -> Malformed:
        return Malformed(what, source=self.source, remedy="look at `fetch.paginate` and at the source's answer")

    def _guard(self) -> None:
        if self.pages >= self.most:
            raise self.endless(f"more than {self.most:,} pages")
        if self._empty > MOST_EMPTY_PAGES:
            raise self.endless(f"{self._empty:,} pages without records in a row")

    def _remember(self, key: str | None) -> bool:
        """False when ``key`` was seen. 64-bit hashes keep a long walk's memory small; they live as long as the task."""
        if key is None:
            return True
        mark = hash(key)
        if mark in self._seen:
            return False
        self._seen.add(mark)
        return True

    def _key(self) -> str | None:
        """What must not come twice."""
        return json.dumps(self._state(), sort_keys=True)

    @abstractmethod
    def _next(self, answered: Answered) -> None:
        """Set the state of the next request, or :attr:`done`. Changes nothing when it raises :class:`Malformed`."""

    @abstractmethod
    def _state(self) -> JSON: ...

    @abstractmethod
    def _restore(self, state: JSON) -> None:
        """Raises ValueError, TypeError or KeyError for what :meth:`_state` never gave."""
