"""What is found on a page, and the answer: evidence, attribution, the licence."""

from __future__ import annotations

from typing import Literal

from rightful.model import Decision, LicenseClaim, OptOut, Reason, Strength, Struct

Tier = Literal["T1", "T2", "T3", "T4", "T5", "T6", "none"]
"""How evidence is given, strongest first; ``none``: noted, but it says nothing of the page's main text."""

Subject = Literal["page", "site", "part", "elsewhere", "unknown"]
"""What the evidence speaks of: this page, its site, a part of it (images, code …), something else."""

TIERS: tuple[Tier, ...] = ("T1", "T2", "T3", "T4", "T5", "T6", "none")
RANK: dict[Tier, int] = {tier: place for place, tier in enumerate(TIERS)}

IN_COMMENT = "RDF in a comment"
"""The place of evidence that stands in an HTML comment."""

SURE = 0.85
"""Evidence of T3 counts by itself from this confidence on; T1 and T2 always, T4 to T6 never."""


class Evidence(Struct, frozen=True, kw_only=True):
    """One thing on the page that speaks of a licence.

    ``raw`` is the tag that was read, verbatim (a URL or a name); ``text`` the words around it; ``expression`` what it
    means, None when unknown. ``excluded`` says why it does not speak of the main text, ``""`` when it does; ``hedged``
    that it allows for exceptions ("unless otherwise noted").
    """

    tier: Tier
    confidence: float
    place: str
    raw: str
    text: str = ""
    expression: str | None = None
    subject: Subject = "page"
    excluded: str = ""
    hedged: bool = False

    @property
    def counts(self) -> bool:
        """Whether it speaks of the main text and of a licence that is known."""
        return self.tier != "none" and not self.excluded and self.expression is not None

    @property
    def sure(self) -> bool:
        """Whether it is accepted by itself, on a domain that nobody has reviewed."""
        return self.counts and (self.tier in ("T1", "T2") or (self.tier == "T3" and self.confidence >= SURE))

    @property
    def strength(self) -> Strength:
        """The gate's measure of it. A statement that is not sure weighs as little as a footer link."""
        if self.tier in ("T1", "T2"):
            return Strength.PAGE_METADATA
        if self.tier == "T3" and self.confidence >= SURE:
            return Strength.STATEMENT
        return Strength.FOOTER_LINK if self.tier in ("T3", "T4") else Strength.ICON


class Attribution(Struct, frozen=True, kw_only=True):
    """Whom CC-BY wants named: as the page gives them."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    site: str | None = None


class PageLicense(Struct, frozen=True, kw_only=True):
    """The licence of a page's main text, with everything that was relied on and everything that speaks against it.

    ``expression`` is the best reading even where the ``decision`` is not to load. ``excludes`` names what the licence
    leaves out (``images``, ``code`` …); ``claims`` are for the gate, which reads their verbatim tags itself.
    """

    url: str
    expression: str | None
    decision: Decision
    reason: Reason
    rule: str
    tier: Tier = "none"
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    conflicts: tuple[str, ...] = ()
    optouts: tuple[OptOut, ...] = ()
    excludes: tuple[str, ...] = ()
    attribution: Attribution = Attribution()
    claims: tuple[LicenseClaim, ...] = ()
    policy_version: str = ""
