"""A source becomes a DAG: ``acquire__<source>`` = plan → acquire[shard] → audit → publish.

For a source of sound ``acquire`` falls into two, fetch[shard] → transcribe[shard], waiting for hosts and for engines.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, task, task_group

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful_airflow.assets import ASKING, corpus_asset
from rightful_airflow.catalogue import read_catalogue, read_source
from rightful_airflow.doc_md import doc_md
from rightful_airflow.pools import TRANSCRIBE, contract_pool, pool_of
from rightful_airflow.retries import retry_arguments
from rightful_airflow.steps import Steps

log = logging.getLogger(__name__)

PREFIX = "acquire__"

NIGHTLY_FIRST = "rightful_airflow.priority.NightlyFirst"
"""Registered by ``rightful_plugin.py``; named as text, because the class needs more of Airflow than a DAG file."""

TEMPLATE = "{{ task.op_kwargs['work']['shard']['id'] }}"
"""A shard is shown under its own name in the grid, not as a number."""

PATIENCE = 6
"""A shard may take this many times its ``target_minutes`` (at least an hour) before it is stopped and tried again."""


QUEUE = "transcribe"
"""Where Celery's workers with a model take their tasks from. LocalExecutor knows no queues and runs all of them."""

LEAST_FETCH = timedelta(hours=4)
SLOWEST = 2
"""Transcribing may take so many times the length of the sound before it is stopped and tried again."""


def build_dags(only: str | None = None) -> Iterator[DAG]:
    """A DAG for every valid, enabled source.

    ``only`` is the id of the one DAG that is wanted: a worker that is about to run a task needs no other. An id that
    is not ours yields nothing.
    """
    if only is None:
        found = list(read_catalogue().sources.values())
    elif only.startswith(PREFIX) and only.removeprefix(PREFIX).isidentifier():
        found = [source for source in [read_source(only.removeprefix(PREFIX))] if source is not None]
    else:
        found = []
    for source in found:
        if source.enabled:
            yield _build(source)


def _build(source: Source) -> DAG:
    """The DAG of a source; when Airflow refuses it, one that says so, since an error here would hide all others."""
    try:
        return build_dag(source)
    except Exception as error:
        log.exception("source %s can't become a DAG", source.id)
        return refused_dag(source.id, f"{type(error).__name__}: {error}")


def refused_dag(source_id: str, why: str) -> DAG:
    """Stands in the place of a source that Airflow takes no DAG of: never scheduled, and fails when it is run."""
    with DAG(
        dag_id=f"{PREFIX}{source_id}",
        schedule=None,
        description=f"can't be built: {why}"[:500],
        doc_md=f"# This source can't become a DAG\n\n```\n{why}\n```\n\nCorrect its file, `{source_id}.yaml`.",
        tags=["error"],
    ) as dag:

        @task(task_id="plan", retries=0)
        def plan() -> None:
            raise ConfigurationError(f"can't become a DAG: {why}", source=source_id, remedy="correct the source file")

        plan()
    return dag


def build_dag(source: Source) -> DAG:
    """The DAG of one source.

    At most one nightly or triggered run at a time; a backfill has a limit of its own, so both proceed side by side.
    One slice is one run (Airflow allows a logical date once per DAG), so the two never work on the same slice.
    """
    steps, pool, contract = Steps(source), pool_of(source), contract_pool(source)
    with DAG(
        dag_id=source.dag_id,
        description=source.title,
        schedule=CronDataIntervalTimetable(source.schedule, timezone="UTC"),
        start_date=datetime.combine(source.start_date, time(), tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        tags=tags_of(source),
        owner_links={source.owner: f"mailto:{source.owner}"} if "@" in source.owner else {},
        doc_md=doc_md(source),
        params=params(source),
        default_args={"owner": source.owner, "weight_rule": NIGHTLY_FIRST, **retry_arguments()},
    ) as dag:
        # The later a task stands, the more it weighs: slices that were begun are finished before others begin.
        plan = task(
            task_id="plan",
            multiple_outputs=False,
            pool=pool,
            priority_weight=1,
            retries=4,
            execution_timeout=timedelta(minutes=30),
        )(steps.plan)
        shards = two_stages(steps, pool) if source.speaks else one_stage(steps, pool)
        audit = task(
            task_id="audit",
            multiple_outputs=False,
            priority_weight=4 if source.speaks else 3,
            retries=4,
            execution_timeout=timedelta(hours=1),
        )(steps.audit)
        publish = task(
            task_id="publish",
            multiple_outputs=False,
            **({"pool": contract} if contract is not None else {}),
            priority_weight=5 if source.speaks else 4,
            retries=6,
            outlets=[corpus_asset(source.id), ASKING],
            execution_timeout=timedelta(hours=1),
        )(steps.publish)
        # Outside of a run these are references to values, which the tasks' own types don't know.
        publish(audit(shards.expand(work=plan())))  # type: ignore[arg-type]
    return dag


def one_stage(steps: Steps, pool: str) -> Any:
    """A shard of texts is one task."""
    return task(
        task_id="acquire",
        multiple_outputs=False,
        pool=pool,
        priority_weight=2,
        retries=6,
        map_index_template=TEMPLATE,
        execution_timeout=max(timedelta(hours=1), PATIENCE * timedelta(minutes=steps.source.shard.target_minutes)),
    )(steps.acquire)


def two_stages(steps: Steps, pool: str) -> Any:
    """A shard of recordings is two tasks: one waits for the host, the other for a worker with a model.

    A shard may hold its ``target_audio_minutes`` and one more recording of the greatest length.
    """
    speech = steps.source.speech_or_default
    sound = timedelta(minutes=speech.target_audio_minutes) + timedelta(seconds=speech.max_seconds)
    fetch = task(
        task_id="fetch",
        multiple_outputs=False,
        pool=pool,
        priority_weight=2,
        retries=6,
        map_index_template=TEMPLATE,
        execution_timeout=max(LEAST_FETCH, sound),
    )(steps.fetch)
    transcribe = task(
        task_id="transcribe",
        multiple_outputs=False,
        queue=QUEUE,
        pool=TRANSCRIBE,
        priority_weight=3,
        retries=6,
        map_index_template=TEMPLATE,
        execution_timeout=SLOWEST * sound,
    )(steps.transcribe)

    @task_group(group_id="shards", prefix_group_id=False)
    def shards(work: Any) -> Any:
        return transcribe(work=work, fetched=fetch(work=work))  # type: ignore[arg-type]  # as above

    return shards


def params(source: Source | None = None) -> dict[str, Param]:
    """What a person may set when starting a run; checked before the run is made."""
    picked = {
        "snapshot": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Snapshot",
            description="Id of the one snapshot to take, whatever the run's date, e.g. CC-MAIN-2024-10.",
        )
    }
    return {
        **(picked if source is not None and source.kind == "crawl" and source.crawl.collections is not None else {}),
        "limit": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Limit",
            description="At most so many records. A limited run never replaces a fuller slice.",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Fetch and rule, but write and publish nothing; the counts stand in the log of `audit`.",
        ),
        "force_shrink": Param(
            False,
            type="boolean",
            title="Force shrink",
            description="Let this run replace a slice although it fetched much less than the published one had.",
        ),
    }


def tags_of(source: Source) -> list[str]:
    """Labels to filter by in the UI: ``kind:``, ``channel:``, ``license:`` (scope), and the source's own."""
    return sorted({f"kind:{source.kind}", f"channel:{source.channel}", f"license:{source.license.scope}", *source.tags})
