"""The daily look at contracts: what ends soon is told and stands red in the grid, what has ended moves out."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import Metadata, get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from rightful.catalogue.contract import contract_files
from rightful.catalogue.models import Contract
from rightful.errors import ConfigurationError
from rightful.licensing import contracts as contracts_of
from rightful.settings import get_settings
from rightful_airflow.assets import ENDING, contract_asset
from rightful_airflow.plain import JSONObject, to_json
from rightful_airflow.steps import explained, run_of

log = logging.getLogger(__name__)

TEMPLATE = "{{ task.op_kwargs['contract']['contract'] }}"

DOC_MD = """\
# Contracts and their terms

Looks at every file of `include/contracts` once a day (UTC).

| task | does |
|---|---|
| `ends_soon` | reads the files; says which contracts end within 30 days, and which files can't be read |
| `tell` | updates the asset `contract.<id>` for each that ends soon: schedule on it what should happen then |
| `warn` | **fails on purpose** for each that ends soon, and for each file that can't be read; the run itself succeeds |
| `ended` | says which contracts have ended |
| `end` | moves the documents of an ended contract out (`on_end: withdraw`), or notes that they stay (`on_end: keep`) |

A red `warn` goes away when the contract is renewed (`valid_until` in its file) or has ended. New documents stop by
themselves on the day after the last one: the gate denies them, whatever this DAG does.
"""


def ends_soon() -> list[JSONObject]:
    """The contracts whose end is near, and the files that can't be read: nobody can tell when those end."""
    contracts, problems = read(get_settings().contracts_dir)
    soon = contracts_of.ends_soon(contracts, _today())
    log.info("%d contracts: %d end within %d days", len(contracts), len(soon), contracts_of.WARNING_DAYS)
    unreadable = [{"contract": name, "problem": problem} for name, problem in sorted(problems.items())]
    return [*(to_json(ending) for ending in soon), *unreadable]


def ended() -> list[JSONObject]:
    """The contracts whose last day is over."""
    contracts, _ = read(get_settings().contracts_dir)
    return [to_json(ending) for ending in contracts_of.ended(contracts, _today())]


def read(folder: Path) -> tuple[dict[str, Contract], dict[str, str]]:
    """Every contract file by id, and what is wrong with the others by name.

    A file that can't be read must not keep the rest from being told. A contract whose evidence is missing counts here:
    it gives nothing any more, but what it gave has to leave when it ends.
    """
    if not folder.is_dir():
        raise ConfigurationError(
            f"there is no folder of contracts at {folder}", remedy="make it (it may be empty), or correct the setting"
        )
    contracts: dict[str, Contract] = {}
    problems: dict[str, str] = {}
    for path in contract_files(folder):
        try:
            contracts[path.stem] = contracts_of.load_contract(path)
        except ConfigurationError as error:
            problems[path.name] = str(error)
    return contracts, problems


def tell(contract: JSONObject) -> Generator[Metadata, None, JSONObject]:
    """Update the contract's asset."""
    if "problem" in contract:
        raise AirflowSkipException("see `warn`: there is no contract to tell of")
    yield Metadata(contract_asset(contract["contract"]), {"state": "ends_soon", **contract}, alias=ENDING)
    return contract


def warn(contract: JSONObject) -> None:
    """Fail, with what is the matter as the reason: a failed task is what the UI shows most, and what alarms hang on."""
    raise AirflowFailException(warning(contract))


def warning(contract: Mapping[str, Any]) -> str:
    """One sentence on what happens when, and what to do."""
    if "problem" in contract:
        return f"{contract['contract']} is no valid contract, so nothing can be told of its end: {contract['problem']}"
    left = contract["days_left"]
    when = "today is its last day" if left == 0 else f"{left} day{'' if left == 1 else 's'} left"
    after = "its documents leave the corpus" if contract["on_end"] == "withdraw" else "its documents stay"
    return (
        f"contract {contract['contract']} ({contract['title']}) ends on {contract['valid_until']}: {when}. "
        f"From the day after, nothing new loads from {', '.join(contract['sources'])}, "
        f"and {after} (on_end: {contract['on_end']}). "
        f"Renew it and correct valid_until in contracts/{contract['contract']}.yaml, or let it end."
    )


def end(contract: JSONObject) -> Generator[Metadata, None, JSONObject]:
    """Move out what an ended contract gave. Skipped, with the reason, when nothing is to be moved."""
    from rightful.pipeline.contract_end import move_out

    context = get_current_context()
    with explained():
        settings = get_settings()
        # Read again: a contract that was renewed since `look` has not ended.
        current = contracts_of.load_contract(settings.contracts_dir / f"{contract['contract']}.yaml")
        if not contracts_of.ended({current.id: current}, _today()):
            raise AirflowSkipException(f"nothing moved: contract {current.id} was renewed meanwhile")
        report = move_out(settings, current, run_of(context, settings), dry_run=False, on=_today())
    if report.note:
        raise AirflowSkipException(f"nothing moved: {report.note}")
    log.info("contract %s: %d documents left the corpus", report.contract, report.documents)
    told = {
        "state": "withdrawn",
        **contract,
        "documents": report.documents,
        "tokens": report.tokens,
        "moved": {source.source: source.documents for source in report.sources},
    }
    yield Metadata(contract_asset(contract["contract"]), told, alias=ENDING)
    return told


def _today() -> date:
    """The day that counts. That of the clock, not of the run: a run that is repeated later must not judge by then."""
    return datetime.now(UTC).date()


__all__ = ["DOC_MD", "TEMPLATE", "end", "ended", "ends_soon", "read", "tell", "warn", "warning"]
