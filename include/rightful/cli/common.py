"""What several commands need: the catalogue of the settings, and one source of it."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from rightful.catalogue.load import Catalogue, load_catalogue
from rightful.catalogue.models import Source
from rightful.settings import Settings


def catalogue_of(settings: Settings) -> Catalogue:
    """Every source of the folders in the settings."""
    return load_catalogue(settings.catalogue_dir, settings.contracts_dir)


def source_of(settings: Settings, source_id: str) -> Source:
    """One valid source. An id that no file has is wrong use (exit status 2); a broken file is a failure (1)."""
    catalogue = catalogue_of(settings)
    known = {path.stem for folder in settings.catalogue_dir if folder.is_dir() for path in folder.glob("*.y*ml")}
    if source_id not in catalogue.sources and source_id not in known:
        raise no_source(source_id, known, settings)
    return catalogue.get(source_id)


def no_source(source_id: str, known: Iterable[str], settings: Settings) -> click.BadParameter:
    """Wrong use: an id that no file has. Tells the nearest one, and how a shell gets to know the stack's sources."""
    from rightful.catalogue.explain import nearest

    message = f"there is no source `{source_id}` — {nearest(source_id, sorted(known))}"
    if "RIGHTFUL_CATALOGUE_DIR" not in os.environ:
        folder = os.path.relpath(settings.state_dir)
        message += f"; a source of the running stack: `. {folder}/environment` first gives this shell its settings"
    return click.BadParameter(message)
