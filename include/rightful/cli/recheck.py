"""``rightful recheck``: look again at accepted licences, at their source, as the DAG ``recheck_licenses`` does."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from rightful.cli.output import emit, json_option, people, table, told

if TYPE_CHECKING:
    from rightful.pipeline.look_again import LookedAgain


@click.command(short_help="Look again at accepted licences, at their source.")
@click.argument("source_id", metavar="[SOURCE]", required=False)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask for at most N documents of a source.")
@click.option("--due-by", metavar="DAY", help="Also documents that will be due by DAY (UTC), not only those due today.")
@click.option("--dry-run", is_flag=True, help="Ask and rule, but write nothing and move nothing.")
@json_option
@told
def recheck(source_id: str | None, limit: int | None, due_by: str | None, dry_run: bool, as_json: bool) -> None:
    """Look again at the accepted documents that are due, of one SOURCE or of all enabled ones.

    They are due 7, 30, 90, 180 and 365 days after acceptance, then yearly. What was seen goes to ledger.observations.
    """
    from rightful.cli.common import catalogue_of, source_of
    from rightful.cli.slices import last_moment
    from rightful.credentials import credentials_from_env
    from rightful.model import Run
    from rightful.pipeline.consequences import open_flags
    from rightful.pipeline.due import PER_RUN
    from rightful.pipeline.look_again import look_again
    from rightful.settings import get_settings

    try:
        until = last_moment(due_by) if due_by else None
    except ValueError as error:
        raise click.BadParameter(f"{error}; write days as 2026-01-31", param_hint="--due-by") from None
    settings = get_settings()
    chosen = [source_of(settings, source_id)] if source_id else list(catalogue_of(settings).sources.values())
    now = datetime.now(UTC)
    run = Run(
        run_id=f"cli__{now:%Y%m%dT%H%M%SZ}__{secrets.token_hex(4)}",
        task_id="recheck",
        code_version=settings.code_version,
    )
    found: list[LookedAgain] = []
    for source in sorted(chosen, key=lambda one: one.id):
        if not source.enabled and not source_id:
            people().print(f"{source.id}: not enabled: {source.refusal}", markup=False, highlight=False)
            continue
        looked = look_again(
            source,
            run=run,
            settings=settings,
            credentials=credentials_from_env(source.connection) if source.connection else None,
            limit=limit or PER_RUN,
            dry_run=dry_run,
            due_by=until,
            report=_progress,
        )
        found.append(looked)
        if as_json:
            emit(_plain(looked))
    _tell(found, dry_run)
    for flag in open_flags(settings, [source.id for source in chosen]):
        people().print(
            f"a person must look: {flag.documents} of {flag.source} are {flag.result} since {flag.since:%Y-%m-%d}, "
            f"e.g. {', '.join(name for name, _ in flag.samples)}",
            style="yellow",
            markup=False,
            highlight=False,
        )


def _progress(status: Mapping[str, Any]) -> None:
    people().print(f"{status['source']}: {status['asked']} of {status['of']} asked", markup=False, highlight=False)


def _plain(looked: LookedAgain) -> dict[str, Any]:
    import msgspec

    row: dict[str, Any] = msgspec.to_builtins(looked)
    return row


def _tell(found: list[LookedAgain], dry_run: bool) -> None:
    named = ("same", "looser", "stricter", "gone", "error")
    table(
        "looked again" + (" (dry run: nothing was written)" if dry_run else ""),
        ["source", "how", "due", *named, "marked", "flagged", "left"],
        [
            [
                looked.source,
                looked.how,
                f"{looked.due:,}",
                *(f"{looked.results.get(name, 0):,}" for name in named),
                *(f"{looked.consequences.get(name, 0):,}" for name in ("marked", "flagged")),
                f"{looked.left:,}",
            ]
            for looked in found
        ],
    )
    for looked in found:
        if looked.note:
            people().print(f"{looked.source}: {looked.note}", markup=False, highlight=False)
