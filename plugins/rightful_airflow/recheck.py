"""The daily second look at accepted licences: which sources have documents that are due, and looking at each."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, AssetAlias, Metadata, Param, get_current_context

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.settings import get_settings
from rightful_airflow.catalogue import read_catalogue, read_source
from rightful_airflow.connections import credentials_of
from rightful_airflow.plain import JSONObject, to_json
from rightful_airflow.pools import pool_of
from rightful_airflow.steps import explained, run_of

log = logging.getLogger(__name__)

TEMPLATE = "{{ task.op_kwargs['work']['source'] }}"

STRICTER = Asset(name="recheck.stricter", uri="x-rightful://recheck/stricter", group="people")
"""Told when a source has become stricter about documents that were taken, or a person must look at some."""

FOUND = AssetAlias("rightful rechecks", group="people")
"""Through it :data:`STRICTER` is told only when there is something to tell."""

EVERY_SECONDS = 10.0

START = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST = timedelta(hours=2)
"""A task may take so long: 2,000 single requests at a polite pace take a good part of it."""

DOC_MD = """\
# Licences looked at again

Every day, the accepted documents that are 7, 30, 90, 180 or 365 days old, then yearly, are asked for again at their
source (`fetch.look_up` of its file). A licence that the site states for all its text costs one request.

| found | then |
|---|---|
| the same, or a more open licence | it is noted in `ledger.observations` |
| a stricter one | a document under an open licence stays and is marked (`rightful lookup`) |
| a contract that refuses now | its documents leave the corpus |
| gone, or an error | nothing is deleted; asked again after three days; after three times a person must look |
| a source that can't be asked | the log of `due__…` and `report` name it, and it is noted once a month |

| task | does |
|---|---|
| `due__<pool>` | counts what is due, for every source of a host |
| `recheck__<pool>` | looks again, one task a source, in the host's pool, after everything else that waits for it |
| `report` | says what was found; updates the asset `recheck.stricter` when there is bad news |

New fetches follow a new tag by themselves.

A run asks for at most `limit` documents of a source, the longest due first; the others stay due.
"""


def params() -> dict[str, Param]:
    """What a person may set when starting a run."""
    return {
        "limit": Param(
            2_000,
            type="integer",
            minimum=1,
            title="Limit",
            description="Ask for at most so many documents of each source; the longest due come first.",
        ),
        "dry_run": Param(
            False, type="boolean", title="Dry run", description="Ask and rule, but write nothing and move nothing."
        ),
    }


def by_pool(sources: Iterable[Source]) -> dict[str, tuple[str, list[str]]]:
    """End of the task ids → (pool, ids of its enabled sources), in a stable order."""
    pools: dict[str, list[str]] = {}
    for source in sources:
        if source.enabled:
            pools.setdefault(pool_of(source), []).append(source.id)
    found: dict[str, tuple[str, list[str]]] = {}
    for pool in sorted(pools):
        name = re.sub(r"[^A-Za-z0-9_-]", "_", pool)
        while name in found:
            name += "_"
        found[name] = (pool, sorted(pools[pool]))
    return found


def due(sources: Sequence[str]) -> list[JSONObject]:
    """The sources of one host that have documents to look at, with their numbers; the longest due first."""
    from rightful.pipeline.due import choose
    from rightful.store.tables import Tables

    found: list[JSONObject] = []
    with explained():
        tables, now = Tables(get_settings()), datetime.now(UTC)
        for source_id in sources:
            chosen = choose(tables, _source(source_id), now, limit=1, details=False)
            if chosen.oldest is None:
                log.info("%s: nothing is due", source_id)
                continue
            log.info("%s: %d documents due, since %s", source_id, chosen.due, chosen.oldest.date())
            if chosen.how == "none":
                log.warning("%s: its documents can't be asked for: describe how in `fetch.look_up`", source_id)
            found.append({"source": source_id, "due": chosen.due, "since": chosen.oldest.isoformat()})
    return sorted(found, key=lambda one: (one["since"], one["source"]))


def recheck(work: JSONObject) -> JSONObject:
    """Look again at the documents of one source that are due."""
    from rightful.pipeline.look_again import look_again

    context = get_current_context()
    with explained():
        source, settings = _source(work["source"]), get_settings()
        looked = look_again(
            source,
            run=run_of(context, settings),
            settings=settings,
            credentials=credentials_of(source),
            limit=context["params"]["limit"],
            dry_run=context["params"]["dry_run"],
            report=progress_log(),
        )
    log.info(
        "%s: %d due, %d asked: %s; %s; %d left the corpus%s",
        looked.source, looked.due, looked.asked, looked.results, looked.consequences or "no consequence", looked.left,
        f"; {looked.note}" if looked.note else "",
    )  # fmt: skip
    return to_json(looked)


def report(looked: Sequence[Sequence[JSONObject] | None]) -> Generator[Metadata, None, JSONObject]:
    """What all sources came to, and what waits for a person; tells :data:`STRICTER` when there is bad news."""
    from rightful.pipeline.consequences import open_flags

    found = [one for many in looked for one in many or () if one]
    results, consequences = _sums(one["results"] for one in found), _sums(one["consequences"] for one in found)
    left = sum(one["left"] for one in found)
    log.info("%d sources: %s; %s; %d documents left the corpus", len(found), results, consequences, left)
    for one in found:
        if one["how"] == "none":
            log.warning("%s: not checkable: %s", one["source"], one["note"])
    with explained():
        _tell_of_forgotten()
        flags = [to_json(flag) for flag in open_flags(get_settings(), [one["source"] for one in found])]
    for flag in flags:
        log.warning(
            "a person must look: %d documents of %s are %s since %s, e.g. %s",
            flag["documents"], flag["source"], flag["result"], flag["since"], flag["samples"],
        )  # fmt: skip
    told: JSONObject = {"results": results, "consequences": consequences, "left": left, "flags": len(flags)}
    stricter = sorted(one["source"] for one in found if one["results"].get("stricter") or one["left"])
    fresh = consequences.get("flagged")
    if (stricter or fresh) and not get_current_context()["params"]["dry_run"]:
        yield Metadata(STRICTER, {**told, "sources": stricter, "people_must_look": flags}, alias=FOUND)
    return told


def _tell_of_forgotten() -> None:
    """Documents of sources that are switched off, or whose file is gone: nobody looks at these again."""
    from rightful.store.tables import Tables

    looked_at = {source.id for source in read_catalogue().sources.values() if source.enabled}
    for source_id in Tables(get_settings()).sources():
        if source_id not in looked_at:
            log.warning("%s: has documents and no enabled source file, so nobody looks at them again", source_id)


def progress_log(
    every: float = EVERY_SECONDS, clock: Callable[[], float] = time.monotonic
) -> Callable[[Mapping[str, Any]], None]:
    """A line in the log every ten seconds."""
    last = clock()

    def tell(status: Mapping[str, Any]) -> None:
        nonlocal last
        if clock() - last >= every:
            last = clock()
            log.info("%s: %d of %d asked: %s", status["source"], status["asked"], status["of"], status["results"])

    return tell


def _sums(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for count in counts:
        for name, number in count.items():
            found[name] = found.get(name, 0) + number
    return found


def _source(source_id: str) -> Source:
    source = read_source(source_id)
    if source is None:
        raise ConfigurationError(
            "the catalogue has no such source any more", source=source_id, remedy="`rightful check` says why"
        )
    return source


__all__ = [
    "DOC_MD",
    "FOUND",
    "LONGEST",
    "START",
    "STRICTER",
    "TEMPLATE",
    "by_pool",
    "due",
    "params",
    "progress_log",
    "recheck",
    "report",
]
