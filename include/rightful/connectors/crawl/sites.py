"""What an archive holds of a site as a whole: its robots.txt, its TDMRep file, and what its pages agree on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from rightful.archive import ArchiveRecord
from rightful.connectors.crawl.domains import domain_of, origin_of
from rightful.licensing.optouts import Fetched, combined
from rightful.licensing.optouts.robots import Robots, robots_observations
from rightful.licensing.optouts.tdmrep import tdmrep_observations
from rightful.licensing.page import Agreement, Attribution, PageLicense, agreed_license
from rightful.licensing.policy import Policy
from rightful.model import OptOut

ROBOTS, TDMREP = "/robots.txt", "/.well-known/tdmrep.json"

MOST_CAPTURES = 16
"""Different captures of one site's file that are read; with more of them the last one is taken as unreadable."""
MOST_PAGES = 200
"""Pages of one domain that are remembered for their agreement."""


class Sites:
    """Gathers while one archive is read; then answers for its pages."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._files: dict[tuple[str, str], dict[bytes, Fetched]] = defaultdict(dict)
        self._robots: dict[bytes, Robots] = {}
        self._pages: dict[str, dict[str, PageLicense]] = defaultdict(dict)
        self._agreed: dict[str, Agreement | None] = {}

    def note(self, found: ArchiveRecord) -> bool:
        """Remember a file that speaks for its site; whether this was one."""
        path = urlsplit(found.url).path
        if path not in (ROBOTS, TDMREP) or found.kind != "response":
            return False
        captures = self._files[origin_of(found.url), path]
        body = bytes(found.body)
        # Several captures: whatever any of them reserves counts, for nobody knows which one a page was fetched under.
        if len(captures) < MOST_CAPTURES:
            captures[str(found.status).encode() + b" " + body] = Fetched(
                status=None if found.truncated else found.status, body=body, seen=found.date
            )
        else:
            captures[b""] = Fetched(status=None, seen=found.date)
        return True

    def remember(self, page: PageLicense) -> None:
        """Remember what a page says, for the agreement of its domain."""
        pages = self._pages[domain_of(page.url)]
        if len(pages) < MOST_PAGES or page.url in pages:
            pages[page.url] = msgspec.structs.replace(
                page, evidence=(), optouts=(), claims=(), attribution=Attribution()
            )

    def agreed(self, url: str) -> Agreement | None:
        """What the pages of a page's domain agree on."""
        domain = domain_of(url)
        if domain not in self._agreed:
            self._agreed[domain] = agreed_license(list(self._pages[domain].values()), policy=self._policy)
        return self._agreed[domain]

    def optouts(self, url: str, own: Iterable[OptOut]) -> tuple[OptOut, ...]:
        """A page's own opt-outs together with those of its site; what the archive does not hold is «not checked»."""
        origin = origin_of(url)
        robots = [
            robots_observations(file, url, self._read(file)) for file in self._files.get((origin, ROBOTS), {}).values()
        ]
        tdm = [tdmrep_observations(file, url) for file in self._files.get((origin, TDMREP), {}).values()]
        return combined(*(robots or [robots_observations(None, url)]), *(tdm or [tdmrep_observations(None, url)]), own)

    def _read(self, file: Fetched) -> Robots:
        if file.body not in self._robots:
            self._robots[file.body] = Robots(file.body)
        return self._robots[file.body]


__all__ = ["Sites"]
