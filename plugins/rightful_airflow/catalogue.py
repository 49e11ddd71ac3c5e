"""The catalogue as Airflow sees it: what can be read becomes DAGs, what can't becomes one import error."""

from __future__ import annotations

from rightful.catalogue.load import Catalogue, InvalidFile, load_catalogue, load_source
from rightful.catalogue.models import Source
from rightful.settings import get_settings


class InvalidCatalogueError(Exception):
    """Shown on Airflow's page as the import error of ``catalogue_errors.py``."""


def read_catalogue() -> Catalogue:
    """Every source file of the folders that the settings name, checked against the contracts that the gate will use."""
    settings = get_settings()
    return load_catalogue(settings.catalogue_dir, settings.contracts_dir)


def read_source(source_id: str) -> Source | None:
    """One valid source, without reading the others (a file has its source's id as name); None when there is none."""
    settings = get_settings()
    for folder in settings.catalogue_dir:
        for path in (folder / f"{source_id}.yaml", folder / f"{source_id}.yml"):
            if path.is_file():
                try:
                    return load_source(path, settings.contracts_dir)
                except InvalidFile:
                    continue  # catalogue_errors.py names it; a later folder may hold a valid one
    return None


def raise_on_errors(catalogue: Catalogue) -> None:
    """Raise one :class:`InvalidCatalogueError` that names every invalid entry; nothing when all are valid."""
    if catalogue.errors:
        raise InvalidCatalogueError(explain([str(error) for error in catalogue.errors]))


def explain(errors: list[str]) -> str:
    """The text of the import error."""
    head = f"{len(errors)} error{'' if len(errors) == 1 else 's'} in the catalogue (all other sources run):"
    return "\n\n".join([head, *errors, "Correct these and look again with `rightful check`."])
