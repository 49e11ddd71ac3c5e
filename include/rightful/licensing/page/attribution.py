"""Whom a page wants named: title, authors, date, site, out of the same pass that read its licence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rightful.licensing.page.jsonld import Node, is_page
from rightful.licensing.page.model import Attribution
from rightful.licensing.page.scan import Scan

MAX_AUTHORS = 50
_TITLES = ("citation_title", "dc.title", "dcterms.title", "og:title", "twitter:title")
_AUTHORS = (
    "citation_author",
    "dc.creator",
    "dcterms.creator",
    "author",
    "article:author",
    "byl",
    "parsely-author",
    "sailthru.author",
)
_DATES = (
    "citation_publication_date", "citation_date", "dcterms.issued", "dc.date.issued", "dcterms.created", "dc.date",
    "dcterms.date", "article:published_time", "date",
    "pubdate", "datepublished", "parsely-pub-date",
)  # fmt: skip
_DATE = re.compile(
    r"\d{4}(?:[-/]\d{1,2}(?:[-/]\d{1,2})?)?(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)


def attribution_of(scan: Scan, nodes: list[Node]) -> Attribution:
    """What the page says; nothing is guessed from its text. Metadata comes before markup, the first kind found wins."""
    metas: dict[str, list[str]] = {}
    for name, content in scan.metas:
        if value := _clean(content):
            metas.setdefault(name.lower(), []).append(value)
    pages = [node for node in nodes if is_page(node)]
    found: dict[str, list[str]] = {}
    for one in scan.found:
        if not one.place.item or not one.place.exclusion:
            for name in one.names:
                found.setdefault(name, []).append(_clean(one.value))
    authors = (
        [author for name in _AUTHORS[:3] for author in metas.get(name, [])]
        or [author for node in pages for author in _people(node.get("author") or node.get("creator"), 0)]
        or found.get("cc:attributionname", [])
        or [author for name in _AUTHORS[3:] for author in metas.get(name, []) if "://" not in author]
        or found.get("author", [])
        or scan.authors
    )
    title = _first(
        *(metas.get(name, ()) for name in _TITLES),
        (_text(node.get("headline")) for node in pages),
        found.get("headline", ()),
        (scan.title,),
    )
    published = _first(
        *((date for date in map(_date, metas.get(name, ())) if date) for name in _DATES),
        (_date(_text(node.get("datePublished"))) for node in pages),
        (_date(value) for value in found.get("datepublished", ())),
        (_date(value) for value in scan.times[:1]),
    )
    unique = tuple(dict.fromkeys(author for author in authors if author))[:MAX_AUTHORS]
    return Attribution(title=title, authors=unique, published=published, site=_first(metas.get("og:site_name", ())))


def _first(*kinds: Iterable[str]) -> str | None:
    return next((value for values in kinds for value in values if value), None)


def _people(value: Any, level: int) -> list[str]:
    if isinstance(value, str):
        return [] if "://" in value else [_clean(value)]
    if isinstance(value, list) and level < 3:
        return [name for item in value[:MAX_AUTHORS] for name in _people(item, level + 1)]
    if isinstance(value, dict):
        return [_clean(name) for name in (value.get("name"),) if isinstance(name, str)]
    return []


def _text(value: Any) -> str:
    return _clean(value) if isinstance(value, str) else ""


def _date(value: str) -> str:
    found = _DATE.match(value.strip())
    return found[0].replace("/", "-") if found else ""


def _clean(value: str) -> str:
    return " ".join(value[:1_000].split())
