"""What the tasks of a source do: fetch their arguments from Airflow, call the library, hand on keys and counts.

The library's pipeline (and with it network, storage and table libraries) is imported inside the tasks only.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
from airflow.sdk import AssetAlias, Metadata, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from rightful.catalogue.models import Source
from rightful.errors import RightfulError
from rightful.model import Fetched, Outcome, Run, Shard, ShardResult, Slice
from rightful.settings import Settings, get_settings
from rightful_airflow.assets import ASKING, QUESTIONS, corpus_asset, event_extra, pairs_extra
from rightful_airflow.connections import credentials_of
from rightful_airflow.plain import JSONObject, to_json
from rightful_airflow.progress import ProgressLog, ShardMemory
from rightful_airflow.slices import slice_of

if TYPE_CHECKING:
    from rightful.pipeline.publish import PublishResult

log = logging.getLogger(__name__)

QUIET = timedelta(days=7)
"""How long a pair is left alone after somebody said `later`."""


@dataclass(frozen=True)
class Steps:
    """The tasks of one source, as plain functions that run inside Airflow tasks. XCom carries their values as JSON."""

    source: Source

    def plan(self) -> list[JSONObject]:
        """Cut the slice into shards. Their generation ties saved progress to this very plan."""
        from rightful import pipeline

        context = get_current_context()
        with explained():
            slice, settings = slice_of(context, source_id=self.source.id), get_settings()
            shards = pipeline.plan(
                self.source,
                slice,
                settings=settings,
                credentials=credentials_of(self.source),
                limit=context["params"]["limit"],
                snapshot=context["params"].get("snapshot"),
            )
        generation = uuid4().hex
        log.info("%s %s: %d shard(s)", self.source.id, slice, len(shards))
        return [{"generation": generation, "shard": to_json(shard)} for shard in shards]

    def acquire(self, work: JSONObject) -> JSONObject:
        """Fetch one shard, rule on every record, write files that nobody can see yet. Goes on where it broke off."""
        from rightful import pipeline

        context = get_current_context()
        shard, generation = msgspec.convert(work["shard"], Shard), work["generation"]
        memory = ShardMemory(context["task_state_store"], shard, generation)
        with explained():
            settings = get_settings()
            result = pipeline.acquire(
                self.source,
                shard,
                run=run_of(context, settings),
                generation=generation,
                settings=settings,
                credentials=credentials_of(self.source),
                resume=memory.recall(),
                save=memory.save,
                report=ProgressLog(),
                limit=context["params"]["limit"],
                dry_run=context["params"]["dry_run"],
            )
        memory.forget()
        log.info("shard %s: %s", shard.id, told(result.counts))
        return to_json(result)

    def fetch(self, work: JSONObject) -> JSONObject:
        """Rule on what one shard lists, download what may load; the recordings wait in the object store."""
        from rightful import pipeline

        context = get_current_context()
        shard, generation = msgspec.convert(work["shard"], Shard), work["generation"]
        memory = ShardMemory(context["task_state_store"], shard, generation)
        with explained():
            settings = get_settings()
            fetched = pipeline.fetch(
                self.source,
                shard,
                run=run_of(context, settings),
                generation=generation,
                settings=settings,
                credentials=credentials_of(self.source),
                resume=memory.recall(),
                save=memory.save,
                report=ProgressLog(),
                limit=context["params"]["limit"],
                dry_run=context["params"]["dry_run"],
            )
        memory.forget()
        sound = fetched.waiting_seconds / 60
        log.info("shard %s: %s", shard.id, told(fetched.result.counts))
        log.info("shard %s: %d recordings wait, about %.1f min of sound", shard.id, fetched.waiting_records, sound)
        return to_json(fetched)

    def transcribe(self, work: JSONObject, fetched: JSONObject) -> JSONObject:
        """Turn one shard's recordings into documents. Goes on at the clip where it broke off."""
        from rightful import pipeline

        context = get_current_context()
        shard, generation = msgspec.convert(work["shard"], Shard), work["generation"]
        memory = ShardMemory(context["task_state_store"], shard, generation)
        with explained():
            settings = get_settings()
            result = pipeline.transcribe(
                self.source,
                msgspec.convert(fetched, Fetched),
                run=run_of(context, settings),
                generation=generation,
                settings=settings,
                resume=memory.recall(),
                save=memory.save,
                report=ProgressLog(store=context["task_state_store"]),
                dry_run=context["params"]["dry_run"],
            )
        memory.forget()
        log.info("shard %s: %s", shard.id, told(result.counts))
        return to_json(result)

    def audit(self, results: Sequence[JSONObject] | JSONObject) -> JSONObject:
        """Check what all shards wrote, with code that does not trust the gate."""
        from rightful import pipeline

        context = get_current_context()
        with explained():
            settings = get_settings()
            report = pipeline.audit(
                self.source,
                slice_of(context, source_id=self.source.id),
                # Of a mapped group with one member Airflow hands on the value itself.
                [
                    msgspec.convert(result, ShardResult)
                    for result in ([results] if isinstance(results, Mapping) else results)
                ],
                run=run_of(context, settings),
                settings=settings,
                force_shrink=context["params"]["force_shrink"],
                dry_run=context["params"]["dry_run"],
            )
        log.info("audit: %s", told(report.counts))
        for reason, number in sorted(report.reasons.items(), key=lambda item: -item[1]):
            log.info("  %s: %d", reason, number)
        if report.note:
            log.warning("nothing will be published: %s", report.note)
        return to_json(report)

    def publish(self, report: JSONObject) -> Generator[Metadata, None, JSONObject]:
        """Make the slice visible in one commit, and tell the asset. Skipped, with a note, when it may not."""
        from rightful import pipeline

        context = get_current_context()
        if context["params"]["dry_run"] or not report["publish"] or not report["manifest"]:
            raise AirflowSkipException(f"not published: {report['note'] or 'dry run'}")
        with explained():
            slice, settings = slice_of(context, source_id=self.source.id), get_settings()
            done = pipeline.publish(
                self.source, slice, report["manifest"], run=run_of(context, settings), settings=settings
            )
        if not done.published:  # the other run tells the asset
            raise AirflowSkipException(f"not published: {done.note}")
        if done.note:
            log.info("publish: %s", done.note)
        yield from published(self.source, slice, done, run_id=context["run_id"], settings=settings)
        return to_json(done)


def published(
    source: Source,
    slice: Slice,
    done: PublishResult,
    *,
    run_id: str,
    settings: Settings,
    through: AssetAlias | None = None,
) -> Iterator[Metadata]:
    """What a publication tells: the source's asset always, :data:`QUESTIONS` when people have something new to rule on.

    ``through`` is the alias of a task that does not have the source's asset among its outlets.
    """
    from rightful.pipeline.review import open_questions

    with explained():
        asks = bool(done.counts.get(Outcome.QUARANTINE.value))
        questions = open_questions(settings, [source], slice=slice) if asks else []
    extra = event_extra(
        source_id=source.id,
        slice=slice,
        run_id=run_id,
        snapshot_id=done.snapshot_id,
        policy_version=done.policy_version,
        counts=done.counts,
        quarantined=pairs_extra((question.tag, question.records) for question in questions),
    )
    yield Metadata(corpus_asset(source.id), extra, alias=through)
    if not all(put_off(question.postponed) for question in questions):
        yield Metadata(QUESTIONS, {"sources": [source.id], **extra}, alias=ASKING)


def put_off(postponed: datetime | None) -> bool:
    """Whether somebody said `later` so lately that a pair is left alone."""
    return postponed is not None and datetime.now(UTC) - postponed < QUIET


def run_of(context: Mapping[str, Any], settings: Settings) -> Run:
    """Who writes: stands in every row and snapshot."""
    task = context["ti"]
    return Run(
        run_id=task.run_id,
        task_id=task.task_id,
        map_index=-1 if task.map_index is None else task.map_index,
        try_number=task.try_number,
        code_version=settings.code_version,
    )


def told(counts: Mapping[str, int]) -> str:
    """``1,200 fetched: allow 1,000, deny 200``."""
    parts = ", ".join(f"{outcome} {number:,}" for outcome, number in sorted(counts.items()) if number)
    return f"{sum(counts.values()):,} fetched{': ' if parts else ''}{parts}"


@contextmanager
def explained() -> Iterator[None]:
    """Say an error of ours in one line of the task log, before Airflow's traceback."""
    try:
        yield
    except RightfulError as error:
        log.error("%s: %s", type(error).__name__, error)
        raise
