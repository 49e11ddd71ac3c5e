"""Several pages of one domain: weak evidence that all of them give alike is worth more than on any one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rightful.licensing import register
from rightful.licensing.page.model import PageLicense
from rightful.licensing.policy import Policy, restriction_of
from rightful.model import Decision, Reason, Struct

PAGES = 5
"""So many pages must agree; fewer prove nothing about a domain."""


class Agreement(Struct, frozen=True, kw_only=True):
    """What the pages of a domain agree on: a family (``CC-BY-SA``), how many pages say so, of how many."""

    family: str
    expressions: tuple[str, ...]
    pages: int
    of: int


def agreed_license(pages: Sequence[PageLicense], *, policy: Policy, minimum: int = PAGES) -> Agreement | None:
    """The family that a domain's pages agree on, or None.

    At least ``minimum`` pages of different addresses must give evidence, all of them of one family that the policy may
    allow, without a conflict on any page. Pages without evidence do not disagree, but they must be the smaller part.
    """
    by_url = {page.url: page for page in pages}
    said = [page for page in by_url.values() if page.expression is not None]
    if minimum < 2 or len(said) < minimum or 2 * len(said) <= len(by_url):
        return None
    if any(page.conflicts or page.decision is Decision.DENY or page.reason is Reason.CONFLICT for page in said):
        return None
    families = Counter(register.family_of(page.expression or "") for page in said)
    if len(families) != 1:
        return None
    expressions = tuple(sorted({page.expression or "" for page in said}))
    if any(restriction_of(expression) or not policy.allows(expression) for expression in expressions):
        return None
    return Agreement(family=next(iter(families)), expressions=expressions, pages=len(said), of=len(by_url))
