"""``rightful check --policy FILE``: what another policy would do to what has landed, for people or as JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rightful.cli.output import emit, people, table

if TYPE_CHECKING:
    from rightful.pipeline.policy_change import Move, PolicyChange
    from rightful.settings import Settings

SHOWN = 40
"""Moves that people are shown; ``--json`` gives all."""


def tell_change(settings: Settings, file: Path, ids: tuple[str, ...], *, as_json: bool) -> None:
    """Compare the policy in force with the one in ``file`` on what has landed of the sources ``ids`` (none: of all).

    With ``--json`` one object a move, and last the sums: ``before``, ``after``, ``documents``, ``refusals``, ``moved``.

    Raises:
        ConfigurationError: When a policy is broken.
        StoreError: When the tables can't be read.
    """
    import msgspec

    from rightful.cli.common import catalogue_of, no_source
    from rightful.licensing.policy import load_policy

    other = load_policy(file, settings.jurisdiction)
    catalogue = catalogue_of(settings)
    for name in ids:
        if name not in catalogue.sources:
            raise no_source(name, catalogue.sources, settings)
    wanted = [source for name, source in sorted(catalogue.sources.items()) if not ids or name in ids]
    change = _explained(settings, other, wanted)
    unknown = [name for name in change.unknown if name not in catalogue.sources and not ids]
    if as_json:
        for move in change.moves:
            emit(msgspec.to_builtins(move))
        emit(
            {
                "before": change.before,
                "after": change.after,
                "documents": change.documents,
                "refusals": change.refusals,
                "moved": sum(move.records for move in change.moves),
                "unknown_sources": unknown,
            }
        )
    _tell(change)
    for name in unknown:
        people().print(f"• {name} has documents, but no valid file in the catalogue: not looked at", style="yellow")


def _explained(settings: Settings, other: Any, wanted: list[Any]) -> PolicyChange:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from rightful.pipeline.policy_change import explain

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[told]}"))
    with Progress(*columns, TimeElapsedColumn(), console=people(), transient=True) as bar:
        task = bar.add_task("looking", total=None, told="")

        def show(source: str, done: int, there: int) -> None:
            bar.update(
                task, description=source, completed=done, total=max(there, done), told=f"{done:,}/{there:,} records"
            )

        return explain(settings, other, wanted, progress=show)


def _tell(change: PolicyChange) -> None:
    people().print(f"in force: {change.before}\ncompared: {change.after}", highlight=False)
    looked = f"{change.documents:,} documents and {change.refusals:,} refusals looked at, no text read"
    if not change.moves:
        people().print(f"{looked}: nothing would move", style="green", highlight=False)
        return
    table(
        "What would move", ["source", "licence", "from", "to", "why", "records", "tokens", "for example"], _rows(change)
    )
    if len(change.moves) > SHOWN:
        people().print(f"… and {len(change.moves) - SHOWN:,} more: --json gives all", highlight=False)
    leave = [move for move in change.moves if move.landed and move.after != "allow"]
    tokens = sum(move.tokens or 0 for move in leave)
    enter = [move for move in change.moves if not move.landed and move.after == "allow"]
    people().print(
        f"{looked}: {sum(move.records for move in leave):,} documents ({tokens:,} tokens) would no longer load, "
        f"{sum(move.records for move in enter):,} refused records would",
        highlight=False,
    )
    people().print("It takes effect slice by slice, as slices run again; what is published stays until then.")


def _rows(change: PolicyChange) -> list[list[str]]:
    def row(move: Move) -> list[str]:
        return [
            move.source,
            move.license,
            f"{move.before} ({move.was})",
            move.after,
            f"{move.reason} by {move.rule}",
            f"{move.records:,}",
            f"{move.tokens:,}" if move.tokens is not None else "",
            ", ".join(move.samples[:2]),
        ]

    return [row(move) for move in change.moves[:SHOWN]]
