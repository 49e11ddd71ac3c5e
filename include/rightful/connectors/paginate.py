"""The styles of paging, one small object each: number, offset, token, ``continue`` object, next URL, ``Link``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import msgspec

from rightful.catalogue import models
from rightful.connectors.paginator import Answered, Paginator, Param
from rightful.connectors.paths import One, one
from rightful.errors import Malformed
from rightful.model import JSON


class Single(Paginator):
    """One request holds everything."""

    def _next(self, answered: Answered) -> None:
        self.done = True

    def _state(self) -> JSON:
        return None

    def _restore(self, state: JSON) -> None:
        """There is nothing to restore."""


class _Counted(Paginator):
    """Pages by number. They can be stepped over; one that repeats shows that the source ignores the number."""

    can_skip = True

    def __init__(self, spec: models.Paginate, source: str, most: int, saved: Mapping[str, JSON] | None = None) -> None:
        self._last: str | None = None
        super().__init__(spec, source, most, saved)

    def _key(self) -> str | None:
        return None

    def _check_repeat(self, answered: Answered) -> None:
        digest = _digest(answered.records) if answered.records else None
        if digest is not None and digest == self._last:
            raise self.endless("the source sends the same page again")
        self._last = digest or self._last


class ByPage(_Counted):
    """page=1,2,3…"""

    def __init__(
        self, spec: models.PageNumber, source: str, most: int, saved: Mapping[str, JSON] | None = None
    ) -> None:
        self.param, self.first, self.page = spec.param, spec.first, spec.first
        self._more = one(spec.more) if spec.more else None
        self._total = one(spec.total_pages) if spec.total_pages else None
        self._known_total: int | None = None
        super().__init__(spec, source, most, saved)

    def request(self) -> tuple[str | None, dict[str, Param]]:
        return None, {self.param: self.page}

    def skip(self) -> None:
        self.page += 1
        self.pages += 1
        self._guard()
        if self._known_total is not None and self.page - self.first >= self._known_total:
            self.done = True

    def _next(self, answered: Answered) -> None:
        more = self._says_more(answered)
        self._check_repeat(answered)
        self.page += 1
        self.done = not more

    def _says_more(self, answered: Answered) -> bool:
        verdicts: list[bool] = []
        if self._more is not None:
            more = self._more(answered.head)
            if not isinstance(more, bool):
                raise self.malformed(f"`{self.style}` paging expects true or false, the answer says {str(more)[:60]!r}")
            verdicts.append(more)
        if self._total is not None:
            self._known_total = _count(self._total, answered.head, self.malformed)
            verdicts.append(self.page + 1 - self.first < self._known_total)
        return all(verdicts) if verdicts else bool(answered.records)

    def _state(self) -> JSON:
        return {"page": self.page, "last": self._last, "total": self._known_total}

    def _restore(self, state: JSON) -> None:
        self.page, self._last, self._known_total = int(state["page"]), state["last"], state["total"]


class ByOffset(_Counted):
    """offset=0,100,200… The step is what a page really held, so that a server with smaller pages loses nothing."""

    def __init__(self, spec: models.Offset, source: str, most: int, saved: Mapping[str, JSON] | None = None) -> None:
        self.param, self.size_param, self.size, self.offset = spec.param, spec.size_param, spec.size, 0
        self._step = spec.size
        self._total = one(spec.total) if spec.total else None
        self._known_total: int | None = None
        super().__init__(spec, source, most, saved)

    def request(self) -> tuple[str | None, dict[str, Param]]:
        params: dict[str, Param] = {self.param: self.offset}
        if self.size_param is not None:
            params[self.size_param] = self.size
        return None, params

    def skip(self) -> None:
        self.offset += self._step
        self.pages += 1
        self._guard()
        if self._known_total is not None and self.offset >= self._known_total:
            self.done = True

    def _next(self, answered: Answered) -> None:
        total = _count(self._total, answered.head, self.malformed) if self._total is not None else None
        self._check_repeat(answered)
        self._step = len(answered.records) or self._step
        self.offset += self._step
        self._known_total = total
        self.done = self.offset >= total if total is not None else not answered.records

    def _state(self) -> JSON:
        return {"offset": self.offset, "step": self._step, "last": self._last, "total": self._known_total}

    def _restore(self, state: JSON) -> None:
        self.offset, self._step = int(state["offset"]), int(state["step"])
        self._last, self._known_total = state["last"], state["total"]


class ByToken(Paginator):
    """A token of the answer is sent back: cursor styles and Reddit's ``after``."""

    def __init__(
        self, spec: models.CursorToken | models.After, source: str, most: int, saved: Mapping[str, JSON] | None = None
    ) -> None:
        self.param = spec.param
        self._path = one(spec.path)
        self.token: str | None = spec.first if isinstance(spec, models.CursorToken) else None
        super().__init__(spec, source, most, saved)

    def request(self) -> tuple[str | None, dict[str, Param]]:
        return None, {} if self.token is None else {self.param: self.token}

    def _next(self, answered: Answered) -> None:
        token = self._path(answered.head)
        if isinstance(token, bool) or not isinstance(token, (str, int, float, type(None))):
            raise self.malformed(f"the cursor is no text but {type(token).__name__}")
        if token is None or token == "":
            self.done = True
        elif str(token) == self.token and not answered.records:
            self.done = True  # Solr's way to say "end" (cursorMark, offsetMark)
        else:
            self.token = str(token)

    def _state(self) -> JSON:
        return self.token

    def _restore(self, state: JSON) -> None:
        if state is not None and not isinstance(state, str):
            raise ValueError("its token is no text")
        self.token = state


class ByContinue(Paginator):
    """MediaWiki's ``continue`` object: all its members are sent back."""

    def __init__(
        self, spec: models.ContinueObject, source: str, most: int, saved: Mapping[str, JSON] | None = None
    ) -> None:
        self._path = one(spec.path)
        self.members: dict[str, Param] = {}
        super().__init__(spec, source, most, saved)

    def request(self) -> tuple[str | None, dict[str, Param]]:
        return None, dict(self.members)

    def _next(self, answered: Answered) -> None:
        found = self._path(answered.head)
        if found is None:
            self.done = True
            return
        if (
            not isinstance(found, dict)
            or not found
            or not all(isinstance(v, (str, int, float)) for v in found.values())
        ):
            raise self.malformed(f"`continue` is no object of texts: {str(found)[:100]!r}")
        self.members = found

    def _state(self) -> JSON:
        return self.members

    def _restore(self, state: JSON) -> None:
        self.members = msgspec.convert(state, dict[str, str | int | float | bool])


class ByUrl(Paginator):
    """The answer names the next page's URL, in its body or in a ``Link`` header (RFC 8288)."""

    def __init__(
        self, spec: models.NextUrl | models.LinkHeader, source: str, most: int, saved: Mapping[str, JSON] | None = None
    ) -> None:
        self._path: One | None = one(spec.path) if isinstance(spec, models.NextUrl) else None
        self.url: str | None = None
        super().__init__(spec, source, most, saved)

    def request(self) -> tuple[str | None, dict[str, Param]]:
        return self.url, {}

    def _next(self, answered: Answered) -> None:
        found = answered.link_next if self._path is None else self._path(answered.head)
        if found is None or found == "":
            self.done = True
            return
        if not isinstance(found, str):
            raise self.malformed(f"the next page's address is no text but {type(found).__name__}")
        self.url = answered.resolve(found)

    def _state(self) -> JSON:
        return self.url

    def _restore(self, state: JSON) -> None:
        if not isinstance(state, str | None):
            raise ValueError("its URL is no text")
        self.url = state


def paginator_for(spec: models.Paginate, source: str, most: int, saved: Mapping[str, JSON] | None = None) -> Paginator:
    """The paginator of ``spec.style``, at its beginning or at ``saved``.

    Raises :class:`ConfigurationError` when ``saved`` is of another style.
    """
    match spec:
        case models.PageNumber():
            return ByPage(spec, source, most, saved)
        case models.Offset():
            return ByOffset(spec, source, most, saved)
        case models.CursorToken() | models.After():
            return ByToken(spec, source, most, saved)
        case models.ContinueObject():
            return ByContinue(spec, source, most, saved)
        case models.NextUrl() | models.LinkHeader():
            return ByUrl(spec, source, most, saved)
        case models.SinglePage():
            return Single(spec, source, most, saved)


def _digest(records: list[bytes]) -> str:
    """Equal for two pages that hold the same records, byte for byte."""
    engine = hashlib.blake2b(digest_size=8)
    for record in records:
        engine.update(record)
    return engine.hexdigest()


def _count(path: One, head: JSON, malformed: Callable[[str], Malformed]) -> int:
    value = path(head)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise malformed(f"the answer's total is no number: {str(value)[:60]!r}")
    return value
