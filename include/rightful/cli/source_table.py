"""The table of all sources in ``docs/sources.md``: what each holds, on what right, how it is read, how much it has."""

from __future__ import annotations

from collections.abc import Iterable

from rightful.catalogue.load import load_catalogue
from rightful.catalogue.models import Source, Stock
from rightful.settings import PROJECT_ROOT

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def source_table() -> str:
    """Markdown: the sources of this checkout, those that can run first.

    Raises ValueError where a file is broken: a table without it would not be one of all.
    """
    catalogue = load_catalogue([PROJECT_ROOT / "include/sources"])
    if catalogue.errors:
        raise ValueError(str(catalogue.errors[0]))
    sources = sorted(catalogue.sources.values(), key=lambda source: (not source.enabled, source.id))
    rows = ["| source | holds | licence basis | how it is read | how much | state |", "|---|---|---|---|---|---|"]
    return "\n".join(rows + [_row(source) for source in sources])


def _row(source: Source) -> str:
    basis = source.license.basis or source.license.statement or "–"
    evidence = f" ([evidence]({source.license.evidence}))" if source.license.evidence else ""
    cells: Iterable[str] = (
        f"[`{source.id}`](../include/sources/{source.id}.yaml)<br>{source.title}",
        source.description or source.title,
        f"{basis}{evidence}",
        f"`{source.kind}`, `{source.schedule}`",
        "–" if source.stock is None else stock_told(source.stock),
        "ready" if source.enabled else f"off: {source.refusal}",
    )
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def stock_told(stock: Stock) -> str:
    """``65 M documents, 35 G tokens (2026-11)``"""
    amounts = [
        f"{_short(amount)} {unit}"
        for amount, unit in ((stock.documents, "documents"), (stock.tokens, "tokens"), (stock.hours, "hours"))
        if amount is not None
    ]
    return f"{', '.join(amounts)} ({stock.estimated:%Y-%m})"


def _short(amount: float) -> str:
    for size, letter in _UNITS:
        if amount >= size:
            return f"{amount / size:.3g} {letter}"
    return f"{amount:g}"


__all__ = ["source_table", "stock_told"]
