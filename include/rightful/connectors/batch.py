"""Records that arrive in parts: MediaWiki lists a page of results several times, each time with some of the texts.

They are gathered until the source says that the batch is complete; of each record the one *with* the text counts.
"""

from __future__ import annotations

import msgspec

from rightful.licensing.optouts import combined
from rightful.model import FailedRecord, LicenseClaim, OptOut, Record


class Gathering:
    """The records of one batch, in the order in which they were first seen.

    Every part may say something of the licence. What is left out by one, another may say; what two of them say
    differently, the gate has to see: so a record gets the claims and reservations of all its parts.
    """

    def __init__(self) -> None:
        self._with_text: dict[tuple[str, str], Record] = {}
        self._waiting: dict[str, Record] = {}
        self._failed: dict[str | bytes, FailedRecord] = {}
        self._order: dict[str | bytes, None] = {}
        self._said: dict[tuple[str, str], tuple[dict[LicenseClaim, None], tuple[OptOut, ...]]] = {}
        self.bytes = 0

    def add(self, record: Record | FailedRecord) -> None:
        """Take in a record; what is known of it already is kept once."""
        key: str | bytes = record.native_id or record.raw or getattr(record, "detail", "")
        self._order.setdefault(key)
        if isinstance(record, FailedRecord):
            self._failed.setdefault(key, record)
            return
        self._listen(record)
        if record.body is None:
            self._waiting.setdefault(record.native_id, record)
        elif (record.native_id, record.version) not in self._with_text:
            self._with_text[record.native_id, record.version] = record
            self.bytes += len(record.raw)

    def complete(self) -> list[Record | FailedRecord]:
        """All records: with text where one was seen; one that never had any keeps body None."""
        by_key: dict[str | bytes, list[Record | FailedRecord]] = {key: [] for key in self._order}
        for (native_id, _), record in self._with_text.items():
            by_key[native_id].append(self._with_all_said(record))
        for native_id, record in self._waiting.items():
            by_key[native_id] = by_key[native_id] or [self._with_all_said(record)]
        for key, failed in self._failed.items():
            by_key[key] = by_key[key] or [failed]
        return [record for records in by_key.values() for record in records]

    def _listen(self, record: Record) -> None:
        """Note what a part says. One without text may belong to any version of its record."""
        of = (record.native_id, "" if record.body is None else record.version)
        claims, optouts = self._said.get(of, ({}, ()))
        self._said[of] = claims | dict.fromkeys(record.claims), combined(optouts, record.optouts)

    def _with_all_said(self, record: Record) -> Record:
        claims, optouts = dict.fromkeys(record.claims), record.optouts
        for of in ((record.native_id, ""), (record.native_id, record.version)):
            more_claims, more_optouts = self._said.get(of, ({}, ()))
            claims |= more_claims
            optouts = combined(optouts, more_optouts)
        # A part that lacks the field says nothing, unless all of them lack it.
        said = {claim for claim in claims if claim.raw is not None}
        named = {(claim.place, claim.part) for claim in said}
        kept = [c for c in claims if c in said or (c.place, c.part) not in named]
        return msgspec.structs.replace(record, claims=tuple(kept), optouts=optouts)

    def cut_short(self) -> list[Record | FailedRecord]:
        """The same when the source ended without saying that the batch is complete: what has no text was cut off."""
        return [
            _truncated(record) if isinstance(record, Record) and record.body is None else record
            for record in self.complete()
        ]


def _truncated(record: Record) -> FailedRecord:
    return FailedRecord(
        native_id=record.native_id,
        url=record.url,
        reason="truncated",
        detail="the source ended before the batch was complete, and had not sent the text",
        raw=record.raw,
        fetched_at=record.fetched_at,
    )
