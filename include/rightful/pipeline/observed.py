"""Rows of the tables become values again: what was observed of a record when it was fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rightful.model import LicenseClaim, OptOut, Strength


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


__all__ = ["claims_of", "optouts_of"]
