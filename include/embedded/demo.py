"""``make demo``: last night's slice of every demo source through the real scheduler, and a table of what came in."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from embedded.catalogue import set_up, sources_of, wait_parsed
from embedded.ports import Ports
from embedded.secrets import write_private
from embedded.stack import ROOT, Stack
from embedded.watch import Watch, moment
from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError, FetchError, StoreError
from rightful.model import Slice

DEMO = ROOT / "include" / "demo"
STANDSTILL = 600.0
"""Seconds without any change after which the demo gives up (a retry's pause is shorter)."""
TOP_REASONS = 3
LOOK_EVERY = 1.5  # seconds

Say = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What one source's slice came to: a row of ``demo.json`` and of the table."""

    source: str
    fetched: int
    allowed: int
    quarantined: int
    denied: int
    documents: int
    tokens: int
    seconds: float
    reasons: dict[str, int] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, str | int | float]:
        """The documented members, in their order."""
        names = ("source", "fetched", "allowed", "quarantined", "denied", "documents", "tokens", "seconds")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Done:
    """A whole demo: results, and the cause of each failure by DAG."""

    night: datetime
    results: list[Result]
    failures: dict[str, str]

    @property
    def example(self) -> str:
        """A DAG to show things on."""
        if not self.results:
            return min(self.failures)
        return f"acquire__{max(self.results, key=lambda one: one.documents).source}"

    @property
    def good(self) -> bool:
        """Whether every source landed."""
        return bool(self.results) and not self.failures


# ---------------------------------------------------------------------- the stack


def publisher_command(port: int) -> list[str]:
    """The demo publisher on ``port`` of 127.0.0.1."""
    return [sys.executable, "-m", "demo.publisher", "--port", str(port)]


def make_stack(folder: Path, *, ports: Ports | None = None) -> Stack:
    """A stack with the demo's sources and publisher. The sources' files are copied when the publisher moved."""
    from demo.publisher import NEWS_API_KEY

    stack = Stack(
        folder,
        catalogue=(DEMO / "sources",),
        contracts=DEMO / "contracts",
        port_numbers=ports,
        publisher=True,
        # For `rightful acquire demo_news …` in a shell; Airflow's tasks use the connection.
        settings={"RIGHTFUL_CONNECTION_DEMO_NEWS_API": json.dumps({"password": NEWS_API_KEY})},
    )
    if stack.ports.publisher != Ports.publisher:
        stack.catalogue = (copy_sources(stack.folder / "sources", stack.publisher_address),)
    return stack


def copy_sources(folder: Path, address: str, origin: Path = DEMO / "sources") -> Path:
    """The demo's source files with nothing but the publisher's address changed; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    usual = f"http://127.0.0.1:{Ports.publisher}"
    for file in sorted(origin.glob("*.yaml")):
        new, old = file.read_text(encoding="utf-8").replace(usual, address), folder / file.name
        if not old.exists() or old.read_text(encoding="utf-8") != new:
            write_private(old, new.encode())
    return folder


def prepare(stack: Stack) -> list[Source]:
    """Pools, the news API's key, and the DAGs parsed; the sources."""
    from demo.publisher import NEWS_API_KEY

    sources = sources_of(stack)
    if not sources:
        raise ConfigurationError(f"no valid source in {stack.catalogue[0]}", remedy="`rightful check` says why")
    key = {"conn_type": "http", "password": NEWS_API_KEY, "description": "Demo: the news API's key"}
    set_up(stack.api, sources, {"demo_news_api": key})
    wait_parsed(stack.api, {source.dag_id for source in sources})
    return sources


# ---------------------------------------------------------------------- running


def run(stack: Stack, console: Console, say: Say) -> Done:
    """Unpause the demo's DAGs, wait for last night's runs, read what they published."""
    sources = prepare(stack)
    say(f"last night's slice of {len(sources)} sources, by Airflow's scheduler")
    for source in sources:
        stack.api.set_paused(source.dag_id, False)
    watch = _watch(stack, Watch(stack.api, [source.dag_id for source in sources]), console)
    failures = {dag_id: stack.api.cause(task) for dag_id, task in watch.failed.items()}
    results = []
    for source in sources:
        run_ = watch.runs[source.dag_id]
        if source.dag_id in failures:
            continue
        if run_["state"] != "success":
            failures[source.dag_id] = stack.api.failure(source.dag_id, run_["dag_run_id"])
            continue
        row = published(stack, source.id, slice_of(run_))
        if row is None:
            failures[source.dag_id] = f"run {run_['dag_run_id']} succeeded, but ledger.slices has no row of its slice"
        else:
            results.append(result_of(source.id, row, run_))
    night = max(moment(run["data_interval_start"]) for run in watch.runs.values())
    return Done(night, results, failures)


def _watch(stack: Stack, watch: Watch, console: Console) -> Watch:
    """Look until all is over, with a display."""
    seen: dict[str, str] = {}
    changed = time.monotonic()
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while True:
            over = watch.look()
            if seen != watch.progress:
                if not console.is_terminal:
                    for dag_id in (name for name, text in watch.progress.items() if seen.get(name) != text):
                        console.print(f"  {dag_id}: {watch.progress[dag_id]}")
                seen, changed = dict(watch.progress), time.monotonic()
            if console.is_terminal:
                live.update(_display(seen))
            if over:
                break
            _check_alive(stack)
            if time.monotonic() - changed > STANDSTILL:
                raise FetchError(f"nothing changed for {STANDSTILL:.0f} s: {seen}", remedy="look at Airflow's UI")
            time.sleep(LOOK_EVERY)
    return watch


def _check_alive(stack: Stack) -> None:
    for name in ("scheduler", "api-server", "dag-processor", "publisher"):
        if stack.processes.alive(name) is None:
            raise StoreError(f"{name} has ended:\n{stack.processes.tail(name)}", remedy="`make stop`, then `make demo`")
    if stack.weed.pid is None:
        raise StoreError("the object store has ended", remedy=f"see {stack.weed.log}; then `make stop`, `make demo`")


def _display(seen: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    for dag_id, progress in sorted(seen.items()):
        table.add_row(f"  {dag_id}", progress)
    return table


# ---------------------------------------------------------------------- what came in


def published(stack: Stack, source_id: str, slice: Slice) -> Mapping[str, Any] | None:
    """The row of ``ledger.slices`` for a slice."""
    from rightful.store.ledger import Ledgers
    from rightful.store.tables import Tables

    return Ledgers(Tables(stack.library_settings)).published_slice(source_id, slice)


def slice_of(run_: Mapping[str, Any]) -> Slice:
    """The slice of a run."""
    return Slice(start=moment(run_["data_interval_start"]), end=moment(run_["data_interval_end"]))


def result_of(source_id: str, row: Mapping[str, Any], run_: Mapping[str, Any]) -> Result:
    """The row of the table. ``seconds`` is from the run's first task to its last, as Airflow counted."""
    outcomes = {name: int(count) for name, count in dict(row["outcomes"]).items()}
    reasons = {
        name: int(count) for name, count in dict(row["reasons"]).items() if name.startswith(("deny:", "quarantine:"))
    }
    return Result(
        source=source_id,
        fetched=int(row["fetched"]),
        allowed=outcomes.pop("allow", 0),
        quarantined=outcomes.pop("quarantine", 0),
        denied=outcomes.pop("deny", 0),
        documents=int(row["documents"]),
        tokens=int(row["tokens"]),
        seconds=round((moment(run_["end_date"]) - moment(run_["start_date"])).total_seconds(), 1),
        reasons=reasons,
        other={name: count for name, count in outcomes.items() if count},
    )


def show(done: Done, console: Console) -> None:
    """Print the table (it fits 80 columns), why records were refused, and the cause of every failure."""
    table = Table(title=f"slice of {done.night:%Y-%m-%d} (UTC)", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for name in ("source", "fetched", "allowed", "quarantined", "denied", "documents", "tokens", "seconds"):
        table.add_column(name, justify="left" if name == "source" else "right", no_wrap=True)
    for one in done.results:
        counts = (one.fetched, one.allowed, one.quarantined, one.denied, one.documents, one.tokens)
        table.add_row(one.source, *(f"{count:,}" for count in counts), f"{one.seconds:.1f}")
    refused = [(one.source, ", ".join(top(one))) for one in done.results if one.reasons or one.other]
    console.print()
    console.print(table)
    if refused:
        console.print("\nnot loaded, and why")
    for source, reasons in refused:
        console.print(f"{source:<15} {reasons}")
    for dag_id, cause in done.failures.items():
        console.print(Text(f"\n✗ {dag_id} failed: {cause}"))


def waiting(stack: Stack, sources: Sequence[Source]) -> str:
    """One line on the licence tags that only a person can settle; "" when there is none."""
    from rightful.pipeline.review import open_questions

    tags = len(open_questions(stack.library_settings, sources))
    if not tags:
        return ""
    waits = "licence tag waits" if tags == 1 else "licence tags wait"
    return f"{tags} {waits} for a person: Required Actions in the UI ({stack.address}/required_actions)"


def top(one: Result) -> Iterator[str]:
    """The most frequent reasons of refusal, then what is neither allowed nor refused: ``nc 12``, ``duplicate 3``."""
    added: dict[str, int] = {}
    for name, count in one.reasons.items():
        reason = name.partition(":")[2]
        added[reason] = added.get(reason, 0) + count
    ranked = sorted(added.items(), key=lambda item: (-item[1], item[0]))
    for reason, count in [*ranked[:TOP_REASONS], *sorted(one.other.items())]:
        yield f"{reason} {count}"
    if len(ranked) > TOP_REASONS:
        yield f"and {len(ranked) - TOP_REASONS} more reasons"


def write(done: Done, file: Path) -> None:
    """``demo.json``: ``{"sources": [{source, fetched, allowed, quarantined, denied, documents, tokens, seconds}]}``."""
    content = {"sources": [one.plain() for one in done.results]}
    write_private(file, msgspec.json.format(msgspec.json.encode(content)) + b"\n")
