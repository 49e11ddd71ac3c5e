"""``rightful acquire``: the same pipeline as the DAG, slice by slice, in this process."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from rightful.cli.output import emit, json_option, people, table, told

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from rightful.catalogue.models import Source
    from rightful.model import Credentials, Progress, Run, Shard, ShardResult, Slice
    from rightful.settings import Settings


@click.command(short_help="Acquire slices of a source, day by day.")
@click.argument("source_id", metavar="ID")
@click.option("--from", "first", required=True, metavar="DAY", help="First day (or ISO time), UTC, included.")
@click.option("--to", "last", required=True, metavar="DAY", help="Last day (or ISO time), UTC, included.")
@click.option("--snapshot", metavar="SNAPSHOT", help="Of a crawl: the snapshot of this id, into the one slice given.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N records of each slice.")
@click.option("--dry-run", is_flag=True, help="Fetch and rule, but write nothing.")
@click.option("--force-shrink", is_flag=True, help="Publish though the slice shrank by more than the source allows.")
@json_option
@told
def acquire(
    source_id: str,
    first: str,
    last: str,
    snapshot: str | None,
    limit: int | None,
    dry_run: bool,
    force_shrink: bool,
    as_json: bool,
) -> None:
    """Acquire the slices of source ID from one day to another, both included, as a backfill does."""
    from rightful.cli.common import source_of
    from rightful.cli.slices import last_moment, moment, slices_between
    from rightful.credentials import credentials_from_env
    from rightful.errors import ConfigurationError
    from rightful.settings import get_settings

    try:
        begin, end = moment(first), last_moment(last)
    except ValueError as error:
        raise click.BadParameter(f"{error}; write days as 2026-01-31", param_hint="--from / --to") from None
    if end < begin:
        raise click.BadParameter(
            f"{last} lies before --from {first}; both days are included, so --to is the later one", param_hint="--to"
        )
    settings = get_settings()
    source = source_of(settings, source_id)
    if not source.enabled:
        raise ConfigurationError(f"the source is not enabled: {source.refusal}", source=source.id)
    slices = slices_between(source, begin, end)
    if snapshot is not None and len(slices) != 1:
        raise click.BadParameter(
            f"a snapshot belongs to one slice, and there are {len(slices)} between --from and --to",
            param_hint="--snapshot",
        )
    credentials = credentials_from_env(source.connection) if source.connection else None
    rows = []
    for slice in slices:
        row = _acquire_slice(source, slice, settings, credentials, snapshot, limit, dry_run, force_shrink)
        rows.append(row)
        if as_json:
            emit(row)
    _tell(source.id, rows)


def _acquire_slice(
    source: Source,
    slice: Slice,
    settings: Settings,
    credentials: Credentials | None,
    snapshot: str | None,
    limit: int | None,
    dry_run: bool,
    force_shrink: bool,
) -> dict[str, Any]:
    from rightful import pipeline

    run = _run(settings)
    with _bar() as bar:
        shown = _Shown(bar, slice)
        shards = pipeline.plan(
            source, slice, settings=settings, credentials=credentials, limit=limit, snapshot=snapshot
        )
        results = []
        for number, shard in enumerate(shards):
            shown.shard(number, len(shards), shard.id)
            results.append(_acquire_shard(source, shard, run, settings, credentials, shown, limit, dry_run))
        shown.stage("audit", len(shards), len(shards))
        report = pipeline.audit(
            source, slice, results, run=run, settings=settings, force_shrink=force_shrink, dry_run=dry_run
        )
        done = None
        if report.manifest is not None and not dry_run:
            shown.stage("publish", len(shards), len(shards))
            done = pipeline.publish(source, slice, report.manifest, run=run, settings=settings)
    seconds: dict[str, float] = {}
    for result in results:
        for stage, spent in result.seconds.items():
            seconds[stage] = round(seconds.get(stage, 0.0) + spent, 3)
    return {
        "source": source.id,
        "start": slice.start.isoformat(),
        "end": slice.end.isoformat(),
        "run_id": run.run_id,
        "fetched": report.fetched,
        "counts": report.counts,
        "reasons": report.reasons,
        "documents": report.documents,
        "tokens": report.tokens,
        "media_seconds": round(sum(result.media_seconds for result in results), 3),
        "seconds": seconds,
        "published": done.published if done else False,
        "snapshot_id": done.snapshot_id if done else None,
        "note": (done.note if done else "") or report.note,
    }


def _acquire_shard(
    source: Source,
    shard: Shard,
    run: Run,
    settings: Settings,
    credentials: Credentials | None,
    shown: _Shown,
    limit: int | None,
    dry_run: bool,
) -> ShardResult:
    from rightful import pipeline
    from rightful.model import Fetched

    def forget(progress: Progress) -> None:
        """A shard that fails here is begun anew by the next call: nothing outlives this process. (What was heard in a
        recording does: it lies in the store.)"""

    acquire = pipeline.fetch if source.speaks else pipeline.acquire
    done = acquire(
        source,
        shard,
        run=run,
        generation=run.run_id,
        settings=settings,
        credentials=credentials,
        save=forget,
        report=shown,
        limit=limit,
        dry_run=dry_run,
    )
    if not isinstance(done, Fetched):
        return done
    return pipeline.transcribe(
        source, done, run=run, generation=run.run_id, settings=settings, save=forget, report=shown, dry_run=dry_run
    )


def _run(settings: Settings) -> Run:
    from rightful.model import Run

    now = datetime.now(UTC)
    return Run(run_id=f"cli__{now:%Y%m%dT%H%M%SZ}__{secrets.token_hex(4)}", code_version=settings.code_version)


def _bar() -> Bar:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
        console=people(),
    )


class _Shown:
    """The progress of one slice, fed by the pipeline's reports."""

    def __init__(self, bar: Bar, slice: Slice) -> None:
        self.bar = bar
        self.task: TaskID = bar.add_task(f"{slice.start:%Y-%m-%d %H:%M}", total=None, told="plan")
        self.done, self.records, self.now, self.label = 0, 0, 0, ""

    def stage(self, name: str, done: int, total: int) -> None:
        self.bar.update(self.task, completed=done, total=total, told=f"{name}, {self.records + self.now:,} records")

    def shard(self, number: int, total: int, name: str) -> None:
        """The next shard begins: what the last one brought is settled."""
        self.records, self.now = self.records + self.now, 0
        self.label = f"shard {number + 1}/{total} {name}" if total > 1 else ""
        self.bar.update(self.task, completed=number, total=total, told=self.label or "acquire")

    def __call__(self, status: Mapping[str, Any]) -> None:
        self.now = int(status.get("records") or 0)
        if "sound_total" in status:
            self._sound(status)
            return
        parts = [
            self.label,
            f"{self.records + self.now:,} records",
            f"{status['recordings']:,} recordings" if "recordings" in status else f"{status.get('pages') or 0:,} pages",
            f"{(status.get('bytes') or 0) / 2**20:,.1f} MB",
        ]
        self.bar.update(self.task, told=", ".join(part for part in parts if part))

    def _sound(self, status: Mapping[str, Any]) -> None:
        """A bar of minutes of sound while recordings are transcribed."""
        done, total, speed = status["sound_done"] / 60, status["sound_total"] / 60, status.get("speed")
        parts = [
            self.label,
            f"{done:.1f} of {total:.1f} min of sound",
            "" if speed is None else f"{speed:.1f} × real time",
            f"{status['recordings']} of {status['recordings_total']} recordings",
        ]
        self.bar.update(self.task, completed=done, total=total or 1, told=", ".join(part for part in parts if part))


def _tell(source_id: str, rows: list[dict[str, Any]]) -> None:
    named = ("allow", "quarantine", "deny")
    table(
        source_id,
        ["slice", "fetched", "allowed", "quarantined", "denied", "other", "tokens"],
        [
            [
                _slice(row),
                f"{row['fetched']:,}",
                *(f"{row['counts'].get(name, 0):,}" for name in named),
                f"{sum(number for name, number in row['counts'].items() if name not in named):,}",
                f"{row['tokens']:,}",
            ]
            for row in rows
        ],
    )
    reasons: dict[str, int] = {}
    for row in rows:
        for reason, number in row["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + number
    for reason, number in sorted(reasons.items(), key=lambda item: -item[1])[:10]:
        people().print(f"  {reason}: {number:,}", highlight=False)
    for row in rows:
        state = f"published, snapshot {row['snapshot_id']}" if row["published"] else "not published"
        people().print(f"{_slice(row)}: {'; '.join(part for part in (state, row['note']) if part)}", highlight=False)


def _slice(row: dict[str, Any]) -> str:
    """The slice's beginning: the day, with the time unless it is midnight."""
    return str(row["start"][:16]).replace("T", " ").removesuffix(" 00:00")
