"""Pages whose software says the licence in a form of its own: Stack Exchange's posts, ccREL in a comment (T3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rightful.licensing.identify import identify
from rightful.licensing.page.metadata import about_of
from rightful.licensing.page.model import IN_COMMENT, Evidence
from rightful.licensing.page.scan import Scan

_WORK = re.compile(r"""<(?:cc:)?Work\b[^>]{0,500}?rdf:about\s*=\s*["']([^"']{0,2000})["']""", re.IGNORECASE)
_LICENSE = re.compile(r"""<(?:cc:)?license\s[^>]{0,200}?rdf:resource\s*=\s*["']([^"']{0,2000})["']""", re.IGNORECASE)
_FORBIDS = re.compile(r"<(?:cc:)?prohibits\s[^>]{0,200}?(?:CommercialUse|DerivativeWorks)", re.IGNORECASE)
_TYPE = re.compile(r"""<dc:type\s[^>]{0,200}?rdf:resource\s*=\s*["'][^"']{0,200}?/(\w{1,40})["']""", re.IGNORECASE)


def from_share_sheets(scan: Scan) -> Iterator[Evidence]:
    """Stack Exchange: every post names its own licence (it depends on the post's date) where it can be shared."""
    for value in dict.fromkeys(scan.share_sheets):
        expression = identify(value).expression
        yield Evidence(
            tier="T3",
            confidence=0.9,
            place="data-se-share-sheet-license-url",
            raw=value,
            text=value[:200],
            expression=expression,
        )


def from_comments(scan: Scan, url: str) -> Iterator[Evidence]:
    """ccREL of Creative Commons' first years: RDF inside an HTML comment, about the page or its site."""
    for comment in scan.comments:
        for forbids in _FORBIDS.finditer(comment):
            yield Evidence(
                tier="T3",
                confidence=0.9,
                place=IN_COMMENT,
                raw=forbids[0],
                text=forbids[0],
                subject="unknown",
            )
        for chunk in re.split(r"(?=<(?:cc:)?Work\b)", comment, flags=re.IGNORECASE)[1:]:
            work = chunk.split("</Work>")[0].split("</cc:Work>")[0]
            about = _WORK.search(work)
            kind = _TYPE.search(work)
            here = about_of(about[1], url) if about else "page"
            why = "" if here else "elsewhere"
            if kind and kind[1].lower() not in ("text", "interactiveresource", "collection"):
                why = f"item:{kind[1]}"
            for found in _LICENSE.finditer(work):
                yield Evidence(
                    tier="none" if why else "T3",
                    confidence=0.9,
                    place=IN_COMMENT,
                    raw=found[1],
                    text=" ".join(work[:300].split()),
                    expression=identify(found[1]).expression,
                    subject="elsewhere" if why else "page",
                    excluded=why,
                )
