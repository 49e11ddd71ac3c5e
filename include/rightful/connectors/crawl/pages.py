"""Pages of an archive become records: which of them are looked at, what their licence is, and whom they name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from rightful.archive import ArchiveFault, ArchiveRecord
from rightful.catalogue.models import Source
from rightful.connectors.crawl.domains import domain_of, host_of
from rightful.connectors.crawl.message import message_of, parts_of
from rightful.connectors.reread import Observed
from rightful.licensing.claims import claims_of
from rightful.licensing.page import Agreement, PageLicense, read_page
from rightful.licensing.page.decode import to_utf8
from rightful.licensing.policy import Policy
from rightful.model import Archived, Decision, FailedRecord, LicenseClaim, Record, Strength
from rightful.text.plain import MAIN, MAIN_FAST, MAIN_THOROUGH

PAGE = "page"
"""The path of a claim rule that means: what the page itself says (``claims: [{from: page}]``)."""

MEDIA_TYPES = {"default": MAIN, "fast": MAIN_FAST, "thorough": MAIN_THOROUGH}
"""``fetch.extract`` as the media type of a page's body."""

HTML = frozenset({"text/html", "application/xhtml+xml"})
_REASONS = {"too_large": "too_large", "truncated": "truncated"}


class Pages:
    """Reads the pages of one source.

    Args:
        source: The catalogue entry.
        reviewed: Registered domains whose marks a person has looked at: there the weakest evidence counts.
        policy: By which a page's own contradictions are weighed; the gate rules with its own copy.
        media_type: As whose body a page becomes text.
    """

    def __init__(
        self, source: Source, policy: Policy, media_type: str = "text/html", reviewed: Collection[str] = ()
    ) -> None:
        self.source, self._policy, self._media_type = source, policy, media_type
        self._reviewed = frozenset(reviewed)
        self.asks_pages = any(rule.from_ == PAGE for rule in source.license.claims)
        self._own = claims_of([], source.license.statement, lambda path: [])

    def passed_over(self, found: ArchiveRecord) -> str | None:
        """Why a record is no page to look at, as one word; None when it is one."""
        if found.kind == "revisit":
            return "revisit"
        if found.kind == "conversion":
            # Text without its page tells no licence: it counts only where the licence is known otherwise.
            return "text_without_page" if self.asks_pages else None
        if found.kind not in ("response", "resource"):
            return "no_page"
        # An answer without a readable status is none either: nobody could tell what its headers reserve.
        if found.status != 200 and (found.kind == "response" or found.status is not None):
            return "status"
        if (found.media_type or "text/html").partition(";")[0].strip().lower() not in HTML:
            return "media_type"
        if not found.url.startswith(("http://", "https://")) or not host_of(found.url):
            return "no_web_address"
        return None

    def read(self, found: ArchiveRecord, file: str) -> tuple[Record | FailedRecord, PageLicense | None]:
        """A page that is to be looked at, and everything it says of its licence."""
        place = archived(found, file)
        if found.truncated:
            cut = FailedRecord(
                native_id=found.url,
                url=found.url,
                reason="truncated",
                detail=f"{file}, byte {found.offset}: the crawler kept only its beginning ({found.truncated})",
                fetched_at=found.date,
                archived=place,
            )
            return cut, None
        if found.kind == "conversion":
            return self._text(found, place), None
        page = self.license_of(found.body, found.url, found.headers, found.date)
        return self._record(found, place, page), page

    def license_of(
        self,
        body: bytes,
        url: str,
        headers: Sequence[tuple[str, str]],
        seen: datetime | None,
        agreed: Agreement | None = None,
    ) -> PageLicense:
        """What a page says of its licence; ``agreed`` is what other pages of its domain agree on."""
        domain = domain_of(url)
        weakest = Strength.ICON if domain in self._reviewed else None
        page = read_page(
            body, url, headers, policy=self._policy, source=self.source, weakest=weakest, agreed=agreed, seen=seen
        )
        if page.decision is not Decision.ALLOW or (weakest is None and agreed is None):
            return page
        ground = f"{domain} is reviewed" if weakest else f"{agreed.pages} pages of {domain} agree" if agreed else ""
        return msgspec.structs.replace(page, claims=tuple(_raised(claim, ground) for claim in page.claims))

    def _record(self, found: ArchiveRecord, place: Archived, page: PageLicense) -> Record:
        body = to_utf8(found.body, found.headers)
        credit = page.attribution
        published = _moment(credit.published)
        return Record(
            native_id=found.url,
            version=_version(found.body),
            url=found.url,
            raw=message_of(found.status, found.headers, found.body),
            body=None if body is None else body.decode("utf-8", "replace"),
            media_type=self._media_type,
            claims=self.claims_of(page),
            optouts=page.optouts,
            title=credit.title,
            creators=credit.authors,
            publisher=credit.site,
            # A page is no younger than its capture; a later date is somebody's mistake, and dates decide on rules.
            published=published if published and found.date and published <= found.date else None,
            fetched_at=found.date,
            archived=place,
        )

    def claims_of(self, page: PageLicense) -> tuple[LicenseClaim, ...]:
        """All claims of a page's record: the source's own, and the page's."""
        return (*self._own, *self._said(page))

    def _said(self, page: PageLicense) -> tuple[LicenseClaim, ...]:
        if not self.asks_pages:
            return ()
        if not page.claims:
            return (LicenseClaim(raw=None, place=PAGE, strength=Strength.PAGE_METADATA),)
        if not page.excludes:
            return page.claims
        # What the licence does not speak of ("except photos") stands where whoever reads the row finds the claim.
        without = f" (without {', '.join(page.excludes)})"
        return tuple(msgspec.structs.replace(claim, place=claim.place + without) for claim in page.claims)

    def _text(self, found: ArchiveRecord, place: Archived) -> Record:
        return Record(
            native_id=found.url,
            version=_version(found.body),
            url=found.url,
            raw=found.body,
            body=found.body.decode("utf-8", "replace"),
            media_type="text/plain",
            claims=self._own,
            fetched_at=found.date,
            archived=place,
        )


def _raised(claim: LicenseClaim, ground: str) -> LicenseClaim:
    """A claim that counts for more than what it stands on, and says why."""
    if claim.strength.rank <= Strength.STATEMENT.rank:
        return claim
    return msgspec.structs.replace(claim, strength=Strength.STATEMENT, place=f"{claim.place} ({ground})")


def kept_page(raw: bytes, observed: Observed, media_type: str) -> Record | FailedRecord:
    """The record of a page in the raw store, its licence as it was observed."""
    parts = parts_of(raw)
    if parts is None:
        return FailedRecord(native_id=observed.url, url=observed.url, reason="malformed", detail="no HTTP message")
    headers, page = parts
    body = to_utf8(page, headers)
    return Record(
        native_id=observed.url,
        version=_version(page),
        url=observed.url,
        raw=raw,
        body=None if body is None else body.decode("utf-8", "replace"),
        media_type=media_type,
        claims=observed.claims,
        optouts=observed.optouts,
        fetched_at=observed.fetched_at,
        evidence=observed.evidence,
        archived=observed.archived,
    )


def failed(fault: ArchiveFault, file: str, at: datetime) -> FailedRecord:
    """The ledger's row for a place of an archive that can't be read."""
    return FailedRecord(
        native_id=fault.url or f"{file}#{fault.offset}",
        url=fault.url,
        reason=_REASONS.get(fault.reason, "malformed"),
        detail=f"{file}, byte {fault.offset}: {fault.reason}: {fault.detail}",
        fetched_at=at,
        archived=Archived(file=file, offset=fault.offset),
    )


def archived(found: ArchiveRecord, file: str) -> Archived:
    """Where a record lies."""
    return Archived(file=file, offset=found.offset, length=found.length, digest=found.digest, date=found.date)


def _version(body: bytes) -> str:
    """What a page is told from its later self by: its own bytes, so that the next snapshot's same page is unchanged."""
    return sha256(body).hexdigest()[:16]


def _moment(text: str | None) -> datetime | None:
    """A date of a page's metadata (ISO 8601); None when it is none."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


__all__ = ["HTML", "MEDIA_TYPES", "PAGE", "Pages", "archived", "failed"]
