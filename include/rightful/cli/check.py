"""``rightful check``: everything that is wrong with catalogue, contracts and policy, with file, line and remedy."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rightful.cli.deep import deep_errors
from rightful.cli.output import answer, emit, json_option, people, table, told

if TYPE_CHECKING:
    from rightful.catalogue.explain import CatalogueError
    from rightful.catalogue.load import Catalogue
    from rightful.catalogue.models import Contract, Source
    from rightful.licensing.policy import Policy
    from rightful.settings import Settings


@click.command(short_help="Validate catalogue, contracts and policy.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("-v", "--verbose", is_flag=True, help="Show the settings (secrets masked) and every source, too.")
@click.option(
    "--policy",
    "other_policy",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tell what this policy, put in the place of the present one, would move of what has landed.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of source files, and do nothing else.")
@json_option
@told
def check(ids: tuple[str, ...], verbose: bool, other_policy: Path | None, schema: bool, as_json: bool) -> None:
    """Validate the catalogue, the contracts and the policy."""
    from rightful.catalogue.load import load_contracts
    from rightful.cli.common import catalogue_of
    from rightful.settings import get_settings

    if schema and (ids or other_policy is not None):
        raise click.UsageError("--schema prints the schema and looks at nothing: leave out ID and --policy")
    if schema:
        from rightful.catalogue.models import Source
        from rightful.catalogue.schema import schema_text

        answer(schema_text(Source).rstrip())
        return
    settings = get_settings()
    if other_policy is not None:
        from rightful.cli.policy_change import tell_change

        tell_change(settings, other_policy, ids, as_json=as_json)
        return
    if verbose:
        _show_settings(settings)
    catalogue = catalogue_of(settings)
    contracts, contract_errors = load_contracts(settings.contracts_dir)
    policy, policy_errors = _policy(settings)
    errors = list(dict.fromkeys((*contract_errors, *_of(catalogue, ids, settings), *policy_errors)))
    shown = [catalogue.sources[name] for name in sorted(catalogue.sources) if not ids or name in ids]
    deep = {source.id: deep_errors(source, catalogue.files[source.id]) for source in shown}
    errors += [error for found in deep.values() for error in found]
    shown = [source for source in shown if not deep[source.id]]
    today = datetime.now(UTC).date()
    for source in shown:
        note = _note(source, contracts, today, policy)
        if as_json:
            emit(_row(source, catalogue, note))
    if as_json:
        for error in errors:
            emit({"file": error.file, "line": error.line, "error": error.message, "remedy": error.remedy})
    if verbose and not as_json:
        _show_sources(shown, contracts, today, policy)
    for error in errors:
        people().print(f"✗ {error}", style="red", markup=False, highlight=False)
    for source in shown:
        note = _note(source, contracts, today, policy)
        if note:
            people().print(f"• {source.id}: {note}", style="yellow", markup=False, highlight=False)
    people().print(
        f"{len(shown)} sources valid, {len(contracts)} contracts, {len(errors)} errors",
        style="red" if errors else "green",
        highlight=False,
    )
    if errors:
        sys.exit(1)


def _of(catalogue: Catalogue, ids: tuple[str, ...], settings: Settings) -> list[CatalogueError]:
    """The errors of the sources asked for. An id that stands nowhere is wrong use."""
    from rightful.cli.common import no_source

    broken = {Path(error.file).stem for error in catalogue.errors}
    for name in ids:
        if name not in catalogue.sources and name not in broken:
            raise no_source(name, catalogue.sources, settings)
    return [error for error in catalogue.errors if not ids or Path(error.file).stem in ids]


def _policy(settings: Settings) -> tuple[Policy | None, list[CatalogueError]]:
    from rightful.catalogue.explain import CatalogueError
    from rightful.errors import ConfigurationError
    from rightful.licensing.policy import load_policy

    try:
        return load_policy(settings.policy_file, settings.jurisdiction), []
    except ConfigurationError as error:
        return None, [CatalogueError(file=str(settings.policy_file), message=error.what, remedy=error.remedy)]


def _note(source: Source, contracts: dict[str, Contract], today: date, policy: Policy | None) -> str | None:
    """What a person should know of a valid source: it is switched off, or its contract is not live, or ends soon."""
    if not source.enabled:
        return f"not enabled: {source.refusal}"
    from rightful.licensing.contracts import covers_territory, ends_soon, quotas

    contract = contracts.get(source.license.contract or "")
    if contract is None:
        return None
    if today < contract.valid_from:
        return f"contract {contract.id} begins on {contract.valid_from}: until then every record is denied"
    if contract.valid_until is not None and contract.valid_until < today:
        return f"contract {contract.id} ended on {contract.valid_until}: every record is denied"
    if policy is not None and policy.use not in contract.permitted_uses:
        return f"contract {contract.id} does not permit {policy.use}: every record is denied"
    if policy is not None and not covers_territory(contract, policy.jurisdiction):
        return f"contract {contract.id} does not reach {', '.join(policy.jurisdiction)}: every record is denied"
    if any(quota <= 0 for quota in quotas(contract).values()):
        return f"contract {contract.id} has a quota of nothing: every record is denied"
    for ending in ends_soon({contract.id: contract}, today):
        then = "its documents leave the corpus then" if ending.on_end == "withdraw" else "its documents stay"
        return f"contract {contract.id} ends on {ending.valid_until}, in {ending.days_left} days: {then}"
    return None


def _row(source: Source, catalogue: Catalogue, note: str | None) -> dict[str, object]:
    return {
        "source": source.id,
        "file": str(catalogue.files[source.id]),
        "kind": source.kind,
        "enabled": source.enabled,
        "scope": source.license.scope,
        "schedule": source.schedule,
        "note": note,
    }


def _show_settings(settings: Settings) -> None:
    from rightful.settings import unknown_variables

    table("Settings", ["setting", "value"], [[name, value] for name, value in settings.masked().items()])
    for name in unknown_variables():
        people().print(f"• {name} is set, but no setting has this name", style="yellow", markup=False, highlight=False)
    if not settings.contact:
        people().print("• RIGHTFUL_CONTACT is not set: requests name the source's owner instead", style="yellow")


def _show_sources(sources: list[Source], contracts: dict[str, Contract], today: date, policy: Policy | None) -> None:
    rows = [
        [
            source.id,
            source.kind,
            source.schedule,
            f"{source.license.scope}: {source.license.basis or source.license.contract or source.license.statement}",
            _note(source, contracts, today, policy) or "",
        ]
        for source in sources
    ]
    table("Sources", ["id", "kind", "schedule", "licence", "note"], rows)
