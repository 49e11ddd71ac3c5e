"""What machines are told of a page's licence: HTTP ``Link``, ``<link>``, ``<meta>``, RDFa and microdata (T1 and T2)."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from rightful.licensing.identify import identify
from rightful.licensing.lift import restriction_in
from rightful.licensing.page.model import Evidence
from rightful.licensing.page.names import find_names
from rightful.licensing.page.pieces import LICENCE_NAMES, TERM_NAMES
from rightful.licensing.page.places import Place
from rightful.licensing.page.scan import Scan
from rightful.licensing.page.statements import AFTER, NONCOMMERCIAL, RESERVED, Statement, statement
from rightful.licensing.policy import restriction_of

_META = frozenset({
    "license", "licence", "rights", "dc.rights", "dcterms.rights", "dct.rights", "dc.license", "dc.licence",
    "dcterms.license", "dcterms.licence", "dc.rights.license",
    "dc:rights", "dc:license", "dcterms:rights", "dcterms:license", "dct:rights", "dct:license", "og:license",
    "og:licence", "article:license", "cc:license",
    "copyright", "dc.rights.uri", "citation_license", "schema:license", "dcterms.rights.uri",
})  # fmt: skip
_TERMS = frozenset({
    "dc.accessrights", "dcterms.accessrights", "dct.accessrights", "dc:accessrights", "dcterms:accessrights",
    "dct:accessrights", "dc.rights.accessrights", "dc.rightsholder.terms", "usageterms", "usage-terms", "usage_terms",
    "xmprights:usageterms", "copyrightnotice", "terms",
})  # fmt: skip
"""Names that tell how a page may be used, but give no licence."""
_PART_TYPES = re.compile(
    r"image|photo|video|movie|audio|music|sound|software|sourcecode|application|dataset|datacatalog|datafeed"
    r"|comment|organi[sz]ation|person|product|painting|drawing|visualartwork"
    r"|presentation|spreadsheet|jobposting|mapobject|(?:^|/)map\b|3dmodel|mediaobject|clip|podcastseries|recording|creativeworkseason|review$"
    r"|useraction|code$",
    re.IGNORECASE,
)
_PAGE_TYPES = re.compile(
    r"(?:article|page|posting|website|blog|creativework|book|chapter|report|thesis|howto|recipe|learningresource"
    r"|course|question|answer|text|document|episode|transcript|quiz|guide|claimreview|work)$",
    re.IGNORECASE,
)
MAX_VALUE = 2_000
"""Characters of a value that are read; what is longer may restrict behind them, and is never accepted."""
_MAX_HEADER = 20_000
_VAGUE = re.compile(r"(?:event|thing)$", re.IGNORECASE)
_LINK = re.compile(r'<([^<>]{0,2000})>((?:\s*;\s*[\w*!#$%&+.^`|~-]{1,60}\s*=?\s*(?:"[^"]{0,500}"|[^\s",;]{0,500})?)*)')
_PARAMETER = re.compile(r';\s*([\w*!-]{1,60})\s*=\s*(?:"([^"]*)"|([^\s",;]*))')


def from_link_headers(headers: Sequence[tuple[str, str]], url: str) -> Iterator[Evidence]:
    """RFC 8288 ``Link`` with ``rel=license``, about this page; machine-readable offers (RSL) are opt-outs' business."""
    for name, value in headers:
        if name.strip().lower() != "link":
            continue
        if len(value) > _MAX_HEADER:
            yield unread(value, 0.98, "T1", "header Link")
        for target, rest in _LINK.findall(value[:_MAX_HEADER]):
            given: dict[str, str] = {}
            for key, quoted, bare in _PARAMETER.findall(rest):
                given.setdefault(key.lower(), quoted or bare)
            if not {"license", "licence"} & set(given.get("rel", "").lower().split()):
                continue
            if given.get("type", "").strip().lower() == "application/rsl+xml":
                continue
            about = about_of(given["anchor"], url) if "anchor" in given else "page"
            yield from read_tag(
                target.strip(), 0.98, "T1", "header Link rel=license", excluded="" if about else "elsewhere"
            )


def from_head(scan: Scan, url: str) -> Iterator[Evidence]:
    """``<link rel="license">`` (``copyright`` too, where it leads to a licence) and ``<meta>``."""
    for rel, href, attributes in scan.head_links:
        if not rel & LICENCE_NAMES or attributes.get("type", "").strip().lower() == "application/rsl+xml":
            continue
        surer = bool(rel & (LICENCE_NAMES - {"copyright"}))
        yield from read_tag(href, 0.97 if surer else 0.95, "T1", f"link rel={' '.join(sorted(rel))}", href=True)
    for name, content in scan.metas:
        key = name.lower()
        if key in _META:
            for one in read_tag(content, 0.95, "T1", f"meta {name}"):
                # "© 2020 Somebody" gives no licence and contradicts none.
                if (
                    one.expression is not None
                    or one.subject == "unknown"
                    or "licen" in key
                    or RESERVED.search(" ".join(content.split()))
                    or restriction_in(content) is not None
                ):
                    yield one
        elif key in _TERMS:
            yield from against(read_tag(content, 0.7, "T3", f"meta {name}"))


def from_properties(scan: Scan, url: str) -> Iterator[Evidence]:
    """RDFa and microdata outside of links (those stand in their block, see ``blocks``)."""
    for found in scan.found:
        if found.names & TERM_NAMES:
            why = misplaced(found.place, url, expression=identify(found.value).expression)
            yield from against(read_tag(found.value, 0.7, "T3", f"{found.tag or 'element'} terms", excluded=why))
        if not found.names & (LICENCE_NAMES - {"copyright"}):
            continue
        kind = "itemprop" if "license" in found.names and found.place.item else "property"
        yield from read_tag(
            found.value,
            0.88,
            "T2",
            f"{found.tag or 'element'} {kind}=license",
            excluded=misplaced(found.place, url, strict=True, expression=identify(found.value).expression),
        )


def read_tag(
    value: str, confidence: float, tier: str, place: str, *, excluded: str = "", href: bool = False
) -> Iterator[Evidence]:
    """Evidence from a value that is a licence's URL, its name, or a sentence with either.

    A value that names none is kept as evidence without an expression: it may contradict others. So does one that is too
    long to be read to its end.
    """
    if len(value) > MAX_VALUE and not excluded:
        yield unread(value, confidence, tier, place)
    value = " ".join(value[:MAX_VALUE].split())
    if not value:
        return
    found = identify(value)
    if found.expression is not None:
        yield _evidence(value, found.expression, confidence, tier, place, value, excluded)
        return
    if href:
        yield _evidence(value, None, confidence, tier, place, value, excluded)
        return
    told = False
    for raw, start, expression in _named(value):
        said = statement(value[:start], value[start + len(raw) :][:AFTER], frozenset())
        why = excluded or (said.part if said.kind == "part" else "doubt" if _is_doubted(said, expression) else "")
        told = True
        yield _evidence(raw, expression, confidence, tier, place, value, why)
    if not told or RESERVED.search(value) or restriction_in(_without_names(value)) is not None:
        yield _evidence(value, None, confidence, tier, place, value, excluded)


def _is_doubted(said: Statement, expression: str) -> bool:
    return said.doubtful or (said.told and restriction_of(expression) is None)


def against(given: Iterator[Evidence], *, vague: bool = False) -> Iterator[Evidence]:
    """Of terms that are no licence by themselves: what may contradict one. Never sure, so nothing is accepted by it.
    ``vague``: of a thing that may not be the page, so that only restrictions count."""
    for one in given:
        if one.excluded:
            yield one
        elif one.expression is None:
            reserved = RESERVED.search(one.raw) or NONCOMMERCIAL.search(one.raw) or restriction_in(one.raw)
            if reserved or one.subject == "unknown":
                yield msgspec.structs.replace(one, subject="unknown")
        elif not vague or restriction_of(one.expression):
            yield one


def unread(value: str, confidence: float, tier: str, place: str) -> Evidence:
    """Evidence that there are terms which were not read."""
    unread = _evidence(value[:200], None, confidence, tier, place, value[:500], "")
    return msgspec.structs.replace(unread, subject="unknown")


def _without_names(value: str) -> str:
    """What a sentence says besides the licences that it names: "CC BY 4.0, no commercial use"."""
    value = re.sub(r"(?:https?:)?//[^\s<>\"'()]{1,300}", " ", value)
    for name in reversed(find_names(value)):
        value = value[: name.start] + " " + value[name.end :]
    return value


def _named(value: str) -> Iterator[tuple[str, int, str]]:
    """URLs (whole words that are one) and names in a sentence."""
    for word in re.finditer(r"(?<![\w:/?=&#@.%+-])(?:https?:)?//[^\s<>\"'()]{1,300}", value):
        raw = word[0].rstrip(".,;:")
        found = identify(raw)
        if found.expression is not None:
            yield raw, word.start(), found.expression
    for name in find_names(value):
        if name.expression is not None:
            yield name.raw, name.start, name.expression


def _evidence(
    raw: str, expression: str | None, confidence: float, tier: str, place: str, text: str, excluded: str
) -> Evidence:
    return Evidence(
        tier="none" if excluded else tier,  # type: ignore[arg-type]
        confidence=confidence,
        place=place,
        raw=raw,
        text=text[:500],
        expression=expression,
        subject="elsewhere" if excluded == "elsewhere" else "part" if excluded else "page",
        excluded=excluded,
    )


def misplaced(place: Place, url: str, *, strict: bool = False, expression: str | None = None) -> str:
    """Why evidence at this place does not speak of the page, ``""`` when it does.

    ``strict``: a typed item must be of a kind that pages are (for ``itemprop``, which speaks of its item alone). What
    restricts (``expression``) is heard of items that are too vague or elsewhere, too.
    """
    restricts = expression is not None and restriction_of(expression) is not None
    if place.exclusion:
        return place.exclusion
    for name in place.item.split():
        kind = name.rstrip("/").rsplit("/", 1)[-1]
        if _PART_TYPES.search(kind) or (
            strict and not _PAGE_TYPES.search(kind) and not (restricts and _VAGUE.search(kind))
        ):
            return "item:" + kind[:40]
    if place.thing is not None and place.thing.elsewhere and not restricts:
        return "elsewhere"
    return "" if about_of(place.about, url) else "elsewhere"


@lru_cache(maxsize=1_024)
def about_of(about: str, url: str) -> str:
    """``page`` or ``site`` when ``about`` names this page or its site, ``""`` when it names something else."""
    about = about.strip()
    if not about or about == url:
        return "page"
    if about.startswith("#"):
        return "page" if about == "#" else ""
    try:
        mine = urllib.parse.urlsplit(url)
        other = urllib.parse.urlsplit(urllib.parse.urljoin(url, about))
    except ValueError:
        return ""
    if not url or other.hostname is None or _host(other.hostname) != _host(mine.hostname):
        return ""
    path = other.path.rstrip("/")
    return "page" if path == mine.path.rstrip("/") else "site" if not path else ""


def _host(name: str | None) -> str:
    return (name or "").lower().removeprefix("www.")
