"""The files in which a site says what robots may do: asked for once per origin and day, and obeyed before a page is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from rightful.errors import BlockedAddress, FetchError, Forbidden, Malformed, RateLimited, Refused
from rightful.http.answer import Answer
from rightful.licensing.optouts import Fetched, observe, rsl, tdmrep
from rightful.licensing.optouts import robots as robots_txt
from rightful.licensing.optouts.names import ALLOW, ROBOTS
from rightful.licensing.optouts.observe import announced_terms
from rightful.licensing.optouts.robots import Robots, robots_observations
from rightful.model import OptOut

log = logging.getLogger(__name__)

GOOD_FOR = 24 * 3600.0
"""Seconds that a file is remembered (RFC 9309, 2.4: not longer than a day)."""

ORIGINS_KEPT = 256
_MOST_TERMS = 4
"""RSL documents that are read per page; further ones stay declared, which quarantines."""

TRIED_AGAIN_AFTER = 300.0
"""Seconds after which a robots.txt that could not be reached is asked for again."""

Ask = Callable[[str, int], Answer]
"""Fetches a file of a site: address, and how many bytes of it. Raises what the client raises."""


class KeptOut(Refused):
    """The site's robots.txt keeps us out of a page, or can't be reached. The page was not asked for.

    ``optouts`` is what was found, for the ledger.
    """

    def __init__(self, what: str, *, optouts: tuple[OptOut, ...] = (), **where: object) -> None:
        super().__init__(what, **where)  # type: ignore[arg-type]
        self.optouts = optouts


@dataclass(slots=True)
class _Origin:
    """The files of one scheme, host and port."""

    until: float
    robots: Fetched
    parsed: Robots
    tdmrep: Fetched | None = None
    terms: dict[str, Fetched] = field(default_factory=dict)


class SiteFiles:
    """robots.txt, tdmrep.json and RSL terms of the sites that a client visits.

    Args:
        ask: Fetches one file, with the client's pace, caps and address checks.
        source: Its id, for messages.
        stop: Whether the task is told to stop.
        clock: Monotonic seconds.
    """

    def __init__(self, ask: Ask, source: str, stop: Callable[[], bool] | None, clock: Callable[[], float]) -> None:
        self._ask, self._source, self._stop, self._clock = ask, source, stop, clock
        self._origins: dict[str, _Origin] = {}

    def check(self, url: httpx.URL, shown: str) -> None:
        """Return when our agent may ask for ``url``. ``shown`` is the URL without secrets, for messages.

        Raises :class:`KeptOut` when robots.txt disallows it or can't be reached, and
        :class:`~rightful.errors.Forbidden` when the site refuses to show its robots.txt (401, 402, 403).
        """
        origin = self._origin(url)
        if origin.robots.status in robots_txt.STOPS:
            error = Forbidden(
                f"{shown}: robots.txt answers with status {origin.robots.status}",
                source=self._source,
                remedy="the site does not want us: ask its owner, or leave it out of the source",
            )
            error.status = origin.robots.status
            raise error
        found = robots_observations(origin.robots, str(url), origin.parsed)
        ruling = next(optout for optout in found if optout.signal == ROBOTS)
        if ruling.value != ALLOW:
            raise KeptOut(
                f"{shown}: {ruling.place} says {ruling.value}",
                optouts=found,
                source=self._source,
                remedy="the page was not fetched; ask the site's owner, or leave its pages out of the source",
            )

    def observe(self, url: httpx.URL, headers: httpx.Headers, seen: datetime) -> tuple[OptOut, ...]:
        """The opt-outs of a page that answered at ``seen``: those of its headers, and of its site's files."""
        origin = self._origin(url)
        if origin.tdmrep is None:
            origin.tdmrep = self._fetched(str(url.copy_with(raw_path=tdmrep.PATH.encode())), tdmrep.MOST_BYTES + 1)
        wanted = announced_terms(str(url), headers.multi_items(), origin.parsed)
        for address in wanted[:_MOST_TERMS]:
            if address not in origin.terms:
                origin.terms[address] = self._fetched(address, rsl.MOST_BYTES + 1)
        return observe(
            str(url),
            headers=headers.multi_items(),
            seen=seen,
            robots=origin.robots,
            tdmrep=origin.tdmrep,
            terms={address: origin.terms[address] for address in wanted if address in origin.terms},
            parsed=origin.parsed,
        )

    def _origin(self, url: httpx.URL) -> _Origin:
        name = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
        known = self._origins.pop(name, None)
        if known is None or known.until <= self._clock():
            fetched = self._fetched(f"{name}/robots.txt", robots_txt.MOST_BYTES + 1)
            good_for = TRIED_AGAIN_AFTER if fetched.status is None else GOOD_FOR
            known = _Origin(self._clock() + good_for, fetched, Robots(fetched.body))
        while len(self._origins) >= ORIGINS_KEPT:
            del self._origins[next(iter(self._origins))]
        self._origins[name] = known
        return known

    def _fetched(self, address: str, most: int) -> Fetched:
        """The file, or how it could not be had: by its status, which is None when there was no answer at all."""
        try:
            answer = self._ask(address, most)
        except RateLimited:
            raise
        except Refused as error:
            return Fetched(status=error.status, seen=datetime.now(UTC))
        except (FetchError, Malformed, BlockedAddress) as error:
            if self._stop is not None and self._stop():
                raise  # it is us who hang up
            log.warning("source %s: a site's file can't be had: %s", self._source, error)
            return Fetched(status=None, seen=datetime.now(UTC))
        return Fetched(status=answer.status, body=answer.body, seen=answer.fetched_at)
