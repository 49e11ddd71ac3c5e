"""A source from the publisher, its nights run by the pipeline without Airflow, and what a second reader then sees."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from demo import odd
from demo.publisher import NEWS_API_KEY
from rightful.catalogue.load import load_source
from rightful.catalogue.models import Contract, Source
from rightful.licensing.contracts import load_contracts
from rightful.licensing.identify import identify
from rightful.licensing.policy import Policy, load_policy, restriction_of
from rightful.model import Credentials, Progress, Run, Shard, ShardResult, Slice, Struct
from rightful.pipeline import AuditReport, PublishResult, acquire, audit, plan, publish
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store.ledger import Ledgers
from rightful.store.tables import Tables

if TYPE_CHECKING:
    import polars as pl

DEMO = PROJECT_ROOT / "include/demo"
SOURCES_SAY = "http://127.0.0.1:8098"
NEWS_KEY = Credentials(password=NEWS_API_KEY)

Row = dict[str, Any]


def night(number: int = 0, days: int = 1) -> Slice:
    """A slice of the past: ``number`` nights before the day before yesterday."""
    end = datetime.combine(datetime.now(UTC), time(0), UTC) - timedelta(days=1 + number)
    return Slice(start=end - timedelta(days=days), end=end)


class Site:
    """The publisher's process: where it answers, and what it was asked."""

    def __init__(self, process: subprocess.Popen[str], address: str, log: Path) -> None:
        self.process, self.address, self._log = process, address, log

    def asked(self, since: int = 0) -> list[tuple[str, dict[str, str]]]:
        """Path and parameters of every request from number ``since`` on."""
        found = []
        for line in self._log.read_text("utf-8").splitlines()[since:]:
            parts = urlsplit(json.loads(line)["path"])
            found.append((parts.path, dict(parse_qsl(parts.query))))
        return found

    def demo_source(self, name: str, folder: Path, source_id: str = "", **replaced: str) -> Path:
        """The file of a demo source that points here; ``replaced`` are words of the file to write otherwise."""
        text = (DEMO / f"sources/{name}.yaml").read_text("utf-8")
        changes = {SOURCES_SAY: self.address, f"\nid: {name}\n": f"\nid: {source_id or name}\n", **replaced}
        return written(folder, source_id or name, text, changes)


def written(folder: Path, source_id: str, text: str, changes: Mapping[str, str] | None = None) -> Path:
    """A source file; every change must find what it changes."""
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / f"{source_id}.yaml"
    path.write_text(text, "utf-8")
    return path


class Done(Struct, frozen=True, kw_only=True):
    """A run of a slice."""

    run: Run
    results: list[ShardResult]
    report: AuditReport
    published: PublishResult | None


class Nights:
    """Runs slices of one source, as the tasks of its DAG do."""

    def __init__(
        self,
        path: Path,
        settings: Settings,
        credentials: Credentials | None = None,
        contracts: Path = DEMO / "contracts",
    ) -> None:
        self.settings = settings.model_copy(update={"contracts_dir": contracts, "contact": "test@example.org"})
        self.source: Source = load_source(path, contracts)
        self.credentials = credentials

    def with_policy(self, path: Path) -> None:
        """From now on by another policy file."""
        self.settings = self.settings.model_copy(update={"policy_file": path})

    def run(self, slice: Slice, *, limit: int | None = None, force_shrink: bool = False) -> Done:
        """plan → acquire → audit → publish."""
        run = new_run()
        shards = self.plan(slice, limit)
        return self.finish(slice, [self.acquire(shard, run) for shard in shards], run, force_shrink=force_shrink)

    def plan(self, slice: Slice, limit: int | None = None) -> list[Shard]:
        return plan(self.source, slice, settings=self.settings, credentials=self.credentials, limit=limit)

    def acquire(
        self, shard: Shard, run: Run, *, saved: list[Progress] | None = None, resume: Progress | None = None
    ) -> ShardResult:
        return acquire(
            self.source,
            shard,
            run=run,
            generation="g",
            settings=self.settings,
            credentials=self.credentials,
            save=(saved if saved is not None else []).append,
            resume=resume,
        )

    def finish(self, slice: Slice, results: list[ShardResult], run: Run, *, force_shrink: bool = False) -> Done:
        report = audit(self.source, slice, results, run=run, settings=self.settings, force_shrink=force_shrink)
        done = None
        if report.manifest is not None:
            done = publish(self.source, slice, report.manifest, run=run, settings=self.settings)
        return Done(run=run, results=results, report=report, published=done)

    # ------------------------------------------------------------ what readers see

    def corpus(self, slice: Slice | None = None) -> pl.DataFrame:
        """The visible documents, by Polars; no rows while there is no table."""
        import polars as pl  # here, because the workers start faster without
        from tests.system.readers import with_polars

        if Tables(self.settings).existing("corpus", self.source.id) is None:
            return pl.DataFrame({"id": []})
        found = with_polars(self.settings, self.source.id)
        return found if slice is None else found.filter(pl.col("slice") == slice.start)

    def ids(self, slice: Slice | None = None) -> list[str]:
        """Ids of the visible documents, sorted; one that is there twice appears twice."""
        return sorted(self.corpus(slice)["id"].to_list())

    def ledger(self, slice: Slice) -> list[Row]:
        """The rulings of the publication that readers see."""
        rows: list[Row] = Ledgers(Tables(self.settings)).current_ledger(self.source.id, slice).to_pylist()
        return rows

    def outcomes(self, slice: Slice) -> dict[str, str]:
        return {row["id"]: row["outcome"] for row in self.ledger(slice)}

    def published(self, slice: Slice) -> Row:
        row = Ledgers(Tables(self.settings)).published_slice(self.source.id, slice)
        assert row is not None
        return row

    def assert_balanced(self, slice: Slice) -> None:
        """What ``ledger.slices`` says, the ledger's current view and the corpus agree."""
        row, ledger, documents = self.published(slice), self.ledger(slice), self.corpus(slice)
        outcomes: dict[str, int] = {}
        for ruling in ledger:
            outcomes[ruling["outcome"]] = outcomes.get(ruling["outcome"], 0) + 1
        assert row["fetched"] == len(ledger)
        assert {name: number for name, number in row["outcomes"].items() if number} == outcomes
        assert row["documents"] == outcomes.get("allow", 0) == len(documents)
        assert sorted(r["id"] for r in ledger if r["outcome"] == "allow") == sorted(documents["id"].to_list())
        assert documents["id"].n_unique() == len(documents)
        if len(documents):
            assert documents["content_sha256"].n_unique() == len(documents)
            assert documents["n_tokens"].sum() == row["tokens"]
            assert sum(row["licenses"].values()) == sum(row["languages"].values()) == len(documents)

    def assert_lawful(self) -> None:
        """Not one visible row whose licence the policy does not allow, told from the verbatim tags alone."""
        policy = load_policy(self.settings.policy_file, self.settings.jurisdiction)
        contracts = load_contracts(self.settings.contracts_dir)
        rows = list(self.corpus().iter_rows(named=True))
        wrong = {row["id"]: why for row in rows if (why := unlawful(row, self.source, policy, contracts))}
        assert wrong == {}


def new_run() -> Run:
    return Run(run_id=f"test__{secrets.token_hex(6)}", code_version="test")


def unlawful(row: Row, source: Source, policy: Policy, contracts: Mapping[str, Contract]) -> str | None:
    """Why a row should not be there; None when it may. Uses what tags mean, and no part of gate or audit."""
    if source.license.scope == "contract":
        contract = contracts.get(row["contract_id"] or "")
        if contract is None or source.id not in contract.sources or policy.use not in contract.permitted_uses:
            return "no contract"
        on = row["fetched_at"].date()
        in_force = contract.valid_from <= on and (contract.valid_until is None or on <= contract.valid_until)
        return None if in_force and row["license_expression"] == contract.expression else "not by its contract"
    if not row["claims"] or row["license_raw"] not in [claim["raw"] for claim in row["claims"]]:
        return "no tag"
    published = row["published_at"] or row["created"]
    day = published.date() if published else None
    for claim in row["claims"]:
        found = identify(claim["raw"], aliases=source.license.aliases, on=day)
        if found.expression is None or " OR " in found.expression:
            return f"{claim['raw']!r} is no licence that the demo gives"
        for term in found.terms:
            if restriction_of(term) or policy.denies(term, day) or policy.quarantines(term, day):
                return f"{claim['raw']!r} does not allow it"
            rules = [rule for rule in policy.allows(term) if rule.holds(day)]
            if not rules or (not policy.share_alike and any("share_alike" in rule.duties for rule in rules)):
                return f"no rule allows {term}"
    return None


OddNights = Callable[..., Nights]


def listed(nights: Nights, slice: Slice) -> list[str]:
    """Ids of all documents that an odd list has in a slice."""
    stream = odd.STREAM.between(int(slice.start.timestamp()), int(slice.end.timestamp()))
    records = [odd.record(moment) for moment in stream.part(0, len(stream))]
    return sorted(f"{nights.source.id}:{record['id']}@{record['published']}" for record in records)


# ---------------------------------------------------------------- in a process of its own


def worker(settings: Settings, **job: Any) -> subprocess.Popen[str]:
    """Starts ``worker.py`` on a job; its settings come from the environment."""
    del settings  # given so that nobody starts one before the environment is set
    return subprocess.Popen(
        [sys.executable, "-m", "tests.system.pipeline.worker", json.dumps(job)],
        cwd=PROJECT_ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def renamed(ids: Iterable[str], old: str, new: str) -> list[str]:
    """Ids of source ``old`` as source ``new`` has them, sorted."""
    return sorted(id.replace(f"{old}:", f"{new}:", 1) for id in ids)
