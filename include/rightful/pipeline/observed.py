"""Rows of the tables become values again: what was observed of a record when it was fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rightful.model import Archived, LicenseClaim, OptOut, Strength


def claims_of(row: Mapping[str, Any]) -> tuple[LicenseClaim, ...]:
    """Claims of a row of the ledger or the corpus."""
    return tuple(
        LicenseClaim(
            raw=claim["raw"],
            place=claim["place"],
            strength=Strength(claim["strength"]),
            expression=claim["expression"],
            part=claim["part"] or "",
        )
        for claim in row["claims"] or ()
    )


def optouts_of(row: Mapping[str, Any]) -> tuple[OptOut, ...]:
    """Opt-outs of a row of the ledger or the corpus."""
    return tuple(
        OptOut(signal=optout["signal"], value=optout["value"], place=optout["place"], seen=optout.get("seen"))
        for optout in row["optouts"] or ()
    )


def archived_of(row: Mapping[str, Any]) -> Archived | None:
    """Where a crawl's archive holds the record of a row; None for all others, and in rows older than crawls."""
    if row.get("archive_file") is None:
        return None
    return Archived(
        file=row["archive_file"],
        offset=row["archive_offset"],
        length=row["archive_length"],
        digest=row["archive_digest"],
        date=row["fetched_at"],
    )


__all__ = ["archived_of", "claims_of", "optouts_of"]
