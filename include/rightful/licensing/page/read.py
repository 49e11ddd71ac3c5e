"""The licence of a web page: prefilter, one pass, evidence, answer. Pure, offline, total."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from rightful.catalogue.models import Source
from rightful.licensing.evaluate import SEVERITY, Verdict, deny, quarantine
from rightful.licensing.lift import restriction_in
from rightful.licensing.optouts import combined, from_headers, from_meta
from rightful.licensing.page.agree import Agreement
from rightful.licensing.page.attribution import attribution_of
from rightful.licensing.page.blocks import read_block
from rightful.licensing.page.combine import Answer, claims_of, combine
from rightful.licensing.page.decode import to_utf8
from rightful.licensing.page.jsonld import from_json_ld, is_media, is_page, nodes_of, unread_restriction
from rightful.licensing.page.metadata import about_of, from_head, from_link_headers, from_properties
from rightful.licensing.page.model import Attribution, Evidence, PageLicense
from rightful.licensing.page.objections import conditions_in, icons_against
from rightful.licensing.page.pieces import Block
from rightful.licensing.page.prefilter import speaks_of_licenses
from rightful.licensing.page.scan import Scan, scan
from rightful.licensing.page.statements import NONCOMMERCIAL, RESERVED, site_names
from rightful.licensing.page.templates import from_comments, from_share_sheets
from rightful.licensing.policy import Policy
from rightful.model import Decision, LicenseClaim, OptOut, Reason, Strength

MAX_BYTES = 16 * 2**20
"""Larger pages are not read: they are no prose, and their first part could hide what the rest says."""
MAX_EVIDENCE = 200
MANY_WORKS = 2
"""So many marked links in blocks of their own, none with a word of what it is the licence of: a list of works."""

_PARTS = frozenset({"images", "video", "audio", "code", "data", "design", "comments", "quotes"})
_AS_PART = {"figure": "images", "media": "video", "quotation": "quotes"}


def read_page(
    html: bytes,
    url: str,
    headers: Sequence[tuple[str, str]] = (),
    *,
    policy: Policy,
    source: Source | None = None,
    weakest: Strength | None = None,
    agreed: Agreement | None = None,
    published: date | None = None,
    seen: datetime | None = None,
    whole: bool = False,
) -> PageLicense:
    """Read the licence of the main text of a page at ``url``, as received, with its HTTP ``headers``.

    Without a ``source`` only evidence that stands for itself is accepted (see ``docs/page-licenses.md``). A reviewed
    source accepts what its ``license.weakest_strength`` says; ``weakest`` overrides that; ``agreed`` is what other
    pages of the domain agree on. ``published`` is for dated rules, ``seen`` (with a time zone) is kept with opt-outs.
    ``whole`` reads a page that speaks of no licence as well: its opt-outs count where the licence is known otherwise.
    Every input gives an answer. What can't be read as a whole is never accepted.
    """
    optouts = from_headers(headers, seen)
    if len(html) > MAX_BYTES:
        return _unread(url, optouts, policy, "page:too_large")
    page = to_utf8(html, headers)
    if page is None:
        return _unread(url, optouts, policy, "page:charset")
    linked = list(from_link_headers(headers, url))
    if not whole and not linked and not speaks_of_licenses(page):
        return _answer(
            url, Answer(deny(Reason.NO_TAG, "page:prefilter"), None, ()), [], optouts, policy, Attribution(), ()
        )
    scanned = scan(page)
    if scanned is None:
        return _unread(url, optouts, policy, "page:too_deep")
    optouts = combined(optouts, from_meta(scanned.metas, seen))
    nodes = nodes_of(scanned.json_ld)
    evidence, objections, excludes, works = _collect(scanned, nodes, url, linked)
    trusted = weakest
    if trusted is None and source is not None and source.trust == "reviewed":
        trusted = source.license.weakest_strength
    answer = combine(
        evidence,
        objections,
        policy=policy,
        weakest=trusted,
        agreed=agreed.family if agreed is not None else None,
        published=published,
    )
    verdict = answer.verdict
    if (whole or verdict.decision is Decision.ALLOW) and (scanned.cut or unread_restriction(scanned.json_ld)):
        verdict = quarantine(Reason.UNPARSABLE, "page:cut", verdict.expression)
    if verdict.decision is Decision.ALLOW and _shows_media(scanned, nodes):
        verdict = quarantine(Reason.WEAK_EVIDENCE, "page:media", verdict.expression)
    if verdict.decision is Decision.ALLOW and works >= MANY_WORKS and answer.best and answer.best.tier != "T1":
        verdict = quarantine(Reason.WEAK_EVIDENCE, "page:works", verdict.expression)
    if source is not None and source.trust != "reviewed" and verdict.decision is Decision.ALLOW:
        verdict = quarantine(Reason.UNREVIEWED_SOURCE, "source:trust", verdict.expression)
    answer = answer._replace(verdict=verdict)
    return _answer(url, answer, evidence, optouts, policy, attribution_of(scanned, nodes), tuple(sorted(excludes)))


def _collect(
    scanned: Scan, nodes: list[dict[str, object]], url: str, linked: list[Evidence]
) -> tuple[list[Evidence], list[tuple[str, str]], set[str], int]:
    canonical = next((href for rel, href, _ in scanned.head_links if "canonical" in rel), "")
    for thing in scanned.things:
        thing.settle(lambda named: bool(about_of(named, url) or (canonical and about_of(named, canonical))))
    evidence = [
        *linked,
        *from_head(scanned, url),
        *from_json_ld(nodes, url, canonical),
        *from_properties(scanned, url),
        *from_share_sheets(scanned),
        *from_comments(scanned, url),
    ]
    names = site_names(
        _host(url), scanned.title, next((c for n, c in scanned.metas if n.lower() == "og:site_name"), "")
    )
    objections: list[tuple[str, str]] = []
    stated = False
    named: list[Block] = []
    icons: list[Block] = []
    feet: list[Block] = []
    excludes: set[str] = set()
    community = "stackexchange" in scanned.stylesheets_of
    objections += icons_against(scanned.icons)
    for text in scanned.conditions:
        objections += conditions_in(text, "at the foot")
    for block in scanned.blocks:
        read = read_block(block, url, names, title=scanned.title, community=community)
        evidence += read.evidence
        objections += read.objections
        excludes |= read.excludes
        if read.alone:
            at_foot = block.place.region in ("footer", "aside")
            (feet if at_foot else named if block.text.strip() else icons).append(block)
        stated = stated or read.stated
    excludes |= {
        part for one in evidence if (part := _AS_PART.get(one.excluded, one.excluded)) in _PARTS and one.expression
    }
    evidence = [_strange(one, url) for one in evidence]
    return (
        list(dict.fromkeys(evidence)),
        list(dict.fromkeys(objections)),
        excludes & _PARTS,
        0 if stated else max(len(named), len(icons), len(feet) - 1),
    )


def _strange(one: Evidence, url: str) -> Evidence:
    """Marks terms that we don't know. Those of another host contradict a licence that stands beside them; a site's own
    page about its licence does not; a Creative Commons URL that can't be read may be a restrictive one, and so may any
    metadata that speak of NC or ND in a spelling that nobody knows."""
    if one.expression is not None or one.excluded:
        return one
    if "//" not in one.raw:
        restricts = one.tier in ("T1", "T2") and any(
            found for found in (restriction_in(one.raw), RESERVED.search(one.raw), NONCOMMERCIAL.search(one.raw))
        )
        return msgspec.structs.replace(one, subject="unknown") if restricts else one
    theirs, ours = _host(one.raw).removeprefix("www."), _host(url).removeprefix("www.")
    foreign = one.tier == "T1" and not (theirs == ours or ours.endswith(f".{theirs}") or theirs.endswith(f".{ours}"))
    restrictive = theirs.endswith("creativecommons.org") and re.search(r"\bn[cd]\b", one.raw, re.IGNORECASE) is not None
    return msgspec.structs.replace(one, subject="unknown") if foreign or restrictive else one


def _host(url: str) -> str:
    try:
        return urllib.parse.urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _shows_media(scanned: Scan, nodes: list[dict[str, object]]) -> bool:
    """Whether the page is there for an image, a film or a recording: then the licence is probably theirs."""
    if scanned.media:
        return True
    kinds = [content.lower() for name, content in scanned.metas if name.lower() == "og:type"]
    if any(word in kind for kind in kinds for word in ("photo", "image", "video", "music", "picture")):
        return True
    top = [node for node in nodes if node.get("@type")]
    main = [entity for node in top for entity in (node.get("mainEntity"),) if isinstance(entity, dict)]
    if main and all(is_media(node) for node in main):
        return True
    return any(is_media(node) for node in top) and not any(is_page(node) for node in top)


def _unread(url: str, optouts: tuple[OptOut, ...], policy: Policy, rule: str) -> PageLicense:
    answer = Answer(quarantine(Reason.UNPARSABLE, rule), None, ())
    return _answer(url, answer, [], optouts, policy, Attribution(), ())


def _answer(
    url: str,
    answer: Answer,
    evidence: list[Evidence],
    optouts: tuple[OptOut, ...],
    policy: Policy,
    attribution: Attribution,
    excludes: tuple[str, ...],
) -> PageLicense:
    claims: tuple[LicenseClaim, ...] = claims_of(evidence, answer)
    verdict, best = answer.verdict, answer.best
    reserved = _reserved(optouts, policy)
    ruled = verdict
    if reserved is not None and SEVERITY[reserved.decision] > SEVERITY[verdict.decision]:
        ruled = reserved
    shown = sorted(evidence, key=lambda one: (not one.counts, one.tier))[:MAX_EVIDENCE]
    return PageLicense(
        url=url,
        expression=verdict.expression or (best.expression if best is not None else None),
        decision=ruled.decision,
        reason=ruled.reason,
        rule=ruled.rule,
        tier=best.tier if best is not None else "none",
        confidence=best.confidence if best is not None and best.counts else 0.0,
        evidence=tuple(shown),
        conflicts=answer.conflicts,
        optouts=optouts,
        excludes=excludes,
        attribution=attribution,
        claims=claims,
        policy_version=policy.version,
    )


def _reserved(optouts: tuple[OptOut, ...], policy: Policy) -> Verdict | None:
    """What the strictest opt-out does, as in the gate."""
    verdicts: list[Verdict] = []
    for optout in optouts:
        decision = policy.optouts.decision(optout.signal, optout.value)
        if decision == "deny":
            verdicts.append(deny(Reason.ROBOTS, f"optout:{optout.signal}"))
        elif decision == "quarantine":
            verdicts.append(quarantine(Reason.TDM_RESERVED, f"optout:{optout.signal}"))
    return max(verdicts, key=lambda verdict: verdict.weight, default=None)
