"""What only the parts that use a valid source file can tell is wrong with it; too slow to ask while DAGs are parsed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rightful.catalogue.explain import CatalogueError
    from rightful.catalogue.models import Source


def deep_errors(source: Source, path: Path) -> list[CatalogueError]:
    """Paths that can never be read, aliases and statements that are no licence, a media type that nothing reads."""
    from rightful.catalogue.explain import CatalogueError

    return [
        CatalogueError(file=str(path), message=message, remedy=remedy)
        for message, remedy in (*_unreadable(source), *_unlicensed(source), *_untold(source))
    ]


def _unreadable(source: Source) -> Iterator[tuple[str, str | None]]:
    from rightful.connectors.paths import steps_of
    from rightful.connectors.record import RecordReader
    from rightful.errors import ConfigurationError

    if source.kind != "rest":
        return
    fetch = source.rest
    try:
        RecordReader(source)
        for path in (fetch.records, fetch.complete, fetch.error, fetch.backoff):
            if path is not None:
                steps_of(path)
    except ConfigurationError as error:
        yield error.what, error.remedy


def _unlicensed(source: Source) -> Iterator[tuple[str, str | None]]:
    from rightful.licensing.identify import identify

    remedy = "write an SPDX expression; `rightful identify` tells which are known"
    for tag, meaning in source.license.aliases.items():
        for expression in [meaning] if isinstance(meaning, str) else [dated.expression for dated in meaning]:
            if identify(expression).expression is None:
                yield f"`license.aliases`: `{tag}` stands for `{expression}`, which is no known licence", remedy
    statement = source.license.statement
    if statement is not None and identify(statement, aliases=source.license.aliases).expression is None:
        yield f"`license.statement: {statement}` is no known licence: nothing would load", remedy


def _untold(source: Source) -> Iterator[tuple[str, str | None]]:
    from rightful.text.plain import MEDIA_TYPES

    if source.kind != "rest":
        return
    essence = source.rest.fields.media_type.partition(";")[0].strip().lower()
    if essence not in MEDIA_TYPES:
        yield f"`fetch.fields.media_type: {essence}` is read by nothing", f"known: {', '.join(MEDIA_TYPES)}"
