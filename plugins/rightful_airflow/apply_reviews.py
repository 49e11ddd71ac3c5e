"""The tasks of ``apply_reviews``: find the slices that answers concern, rule on each again, publish it anew."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from datetime import datetime

from airflow.sdk import Metadata, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from rightful.errors import ConfigurationError
from rightful.model import Slice
from rightful.settings import get_settings
from rightful_airflow.assets import ANSWERS, APPLYING, PUBLISHED
from rightful_airflow.catalogue import read_source
from rightful_airflow.plain import JSONObject, to_json
from rightful_airflow.review import sources_of
from rightful_airflow.steps import explained, published, run_of, told

log = logging.getLogger(__name__)

SLICES_AT_ONCE = 200
"""Slices of one run; another run follows for the rest."""

TEMPLATE = "{{ task.op_kwargs['work']['source'] }} {{ task.op_kwargs['work']['start'] }}"

DOC_MD = """\
# People's rulings are carried out

Started by an answer in `review_licenses`. Finds the published slices that answers concern and rules on each again from
the ledger and the raw store, **without a request to the source**; then the audit and the commit of any night. Where
records were quarantined longer than their bytes are kept (90 days), the slice has to be acquired again: a backfill. So
it is with recordings, which are not downloaded while they are quarantined; the log says the command.

Run by hand, it looks at all sources. A slice that needs nothing is skipped. At most 200 slices a run; another follows.
"""


def plan() -> list[JSONObject]:
    """The slices in which answers are not carried out yet, of the sources that started this run (else of all)."""
    from rightful.pipeline.review import affected_slices, answered_tags

    found: list[JSONObject] = []
    with explained():
        settings = get_settings()
        for source in sources_of(get_current_context()):
            tags = answered_tags(settings, source)
            slices = affected_slices(settings, source, tags) if tags else []
            found += [
                {"source": source.id, "start": one.start.isoformat(), "end": one.end.isoformat()} for one in slices
            ]
    log.info("%d slices to rule on again, %d of them now", len(found), min(len(found), SLICES_AT_ONCE))
    return found[:SLICES_AT_ONCE]


def rule_again(work: JSONObject) -> Generator[Metadata, None, JSONObject]:
    """Rule on one slice again, audit and publish it; tell its asset as any night does."""
    from rightful.pipeline.rerule import rerule

    context = get_current_context()
    slice = Slice(start=datetime.fromisoformat(work["start"]), end=datetime.fromisoformat(work["end"]))
    with explained():
        settings, source = get_settings(), read_source(work["source"])
        if source is None:
            raise ConfigurationError(
                "the source is gone from the catalogue, or its file is broken", source=work["source"], slice=slice
            )
        done = rerule(source, slice, run=run_of(context, settings), settings=settings)
    for change, records in sorted(done.changed.items()):
        log.info("  %s: %d", change, records)
    if done.expired:
        log.warning("%d records stay quarantined: their bytes were kept for 90 days only", done.expired)
    if done.unreadable:
        log.warning("%d records stay quarantined: the source's file can't read them any more", done.unreadable)
    if done.unfetched:
        day = f"{slice.start:%Y-%m-%d}"
        log.warning(
            "%d recordings may load now and were never downloaded; acquire the slice again: airflow backfill create "
            "--dag-id %s --from-date %s --to-date %s --max-active-runs 1 --reprocess-behavior completed",
            done.unfetched,
            source.dag_id,
            day,
            day,
        )
    if done.published is None or not done.published.published:
        raise AirflowSkipException(f"not published: {done.note or (done.published and done.published.note)}")
    log.info("%s %s: %s", source.id, slice, told(done.published.counts))
    yield from published(source, slice, done.published, run_id=context["run_id"], settings=settings, through=PUBLISHED)
    return to_json(done)


def more(planned: Sequence[JSONObject]) -> Generator[Metadata, None, None]:
    """Have another run do what was beyond this one's cap."""
    if len(planned) < SLICES_AT_ONCE:
        raise AirflowSkipException("no slice was left over")
    yield Metadata(ANSWERS, {"sources": []}, alias=APPLYING)


__all__ = ["DOC_MD", "TEMPLATE", "more", "plan", "rule_again"]
