"""What the pages of each domain say of their licence, remembered in a few numbers, for their agreement."""

from __future__ import annotations

import logging
from collections import defaultdict
from hashlib import blake2b

import msgspec

from rightful.connectors.crawl.domains import domain_of
from rightful.licensing.page import Agreement, Attribution, PageLicense, agreed_license
from rightful.licensing.policy import Policy

log = logging.getLogger(__name__)

MOST_PAGES = 200
"""Pages of one domain that are remembered one by one. Of those that follow, only what nobody has said before."""
MOST_REMEMBERED = 300_000
"""Pages of all domains; 0.2 KB of memory each. An archive with more of them has no agreements."""


class Agreeing:
    """The pages of one archive, by their domains. What is forgotten is never taken for agreement."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._kinds: dict[tuple[object, ...], int] = {}
        self._like: list[PageLicense] = []
        self._pages: dict[str, dict[int, int]] = defaultdict(dict)
        self._further: dict[str, tuple[int, int]] = {}
        self._divided: set[str] = set()
        self._remembered = 0
        self._agreed: dict[str, Agreement | None] = {}

    def add(self, page: PageLicense) -> None:
        """One page more."""
        domain = domain_of(page.url)
        if not domain or domain in self._divided or self._remembered >= MOST_REMEMBERED:
            return
        kind, pages = self._kind(page), self._pages[domain]
        address = int.from_bytes(blake2b(page.url.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        known = pages.get(address)
        if known is not None:
            if known != kind and page.expression is not None:
                if self._like[known].expression is not None:
                    self._divide(domain)  # two captures of one page that name two licences
                else:
                    pages[address] = kind
            return
        if len(pages) >= MOST_PAGES and kind in pages.values():
            said, silent = self._further.get(domain, (0, 0))
            self._further[domain] = (said, silent + 1) if page.expression is None else (said + 1, silent)
            return
        if len(pages) >= 2 * MOST_PAGES:
            self._divide(domain)
            return
        pages[address] = kind
        self._remembered += 1
        if self._remembered >= MOST_REMEMBERED:
            log.warning("more than %d pages that speak of licences: no domain's pages agree", MOST_REMEMBERED)
            self._pages.clear()

    def agreed(self, url: str) -> Agreement | None:
        """What the pages of a page's domain agree on. To be asked when all of them are known."""
        domain = domain_of(url)
        if domain not in self._agreed:
            self._agreed[domain] = self._agreement(domain)
        return self._agreed[domain]

    def _agreement(self, domain: str) -> Agreement | None:
        pages = self._pages.get(domain)
        if not pages or domain in self._divided or self._remembered >= MOST_REMEMBERED:
            return None
        said = sum(self._like[kind].expression is not None for kind in pages.values())
        further_said, further_silent = self._further.get(domain, (0, 0))
        if 2 * (said + further_said) <= len(pages) + further_said + further_silent:
            return None
        likes = [msgspec.structs.replace(self._like[kind], url=str(address)) for address, kind in pages.items()]
        return agreed_license(likes, policy=self._policy)

    def _divide(self, domain: str) -> None:
        self._pages.pop(domain, None)
        self._further.pop(domain, None)
        self._divided.add(domain)

    def _kind(self, page: PageLicense) -> int:
        """The number of all pages that say the same as ``page``."""
        key = (page.expression, page.decision, page.reason, bool(page.conflicts))
        if key not in self._kinds:
            self._kinds[key] = len(self._like)
            bare = msgspec.structs.replace(page, evidence=(), optouts=(), claims=(), attribution=Attribution())
            self._like.append(bare)
        return self._kinds[key]


__all__ = ["MOST_PAGES", "MOST_REMEMBERED", "Agreeing"]
