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
        for message, remedy in (*_unreadable(source), *_unlicensed(source), *_untold(source), *_unseeded(source, path))
    ]


def _unreadable(source: Source) -> Iterator[tuple[str, str | None]]:
    from rightful.catalogue.models import RecordFetch
    from rightful.connectors.asking import check_places
    from rightful.connectors.paths import steps_of
    from rightful.connectors.record import RecordReader
    from rightful.errors import ConfigurationError

    if source.kind == "podcast":
        yield from _podcast(source)
    if source.kind == "feed":
        yield from _feeds(source)
    if source.kind == "video":
        from rightful.connectors.video.check import problems

        yield from problems(source)
    if source.kind == "oai_pmh":
        from rightful.connectors.oai.check import problems as of_paths

        yield from of_paths(source)
    if source.kind == "module":
        from rightful.connectors.module.loading import problems as of_module
        from rightful.settings import PROJECT_ROOT

        yield from of_module(source, PROJECT_ROOT)
    if source.kind == "repository":
        from rightful.connectors.repository.check import problems as of_files

        yield from of_files(source)
    if not isinstance(source.fetch, RecordFetch):
        return
    fetch = source.fetch
    try:
        RecordReader(source)
        if source.kind == "rest":
            check_places(source)
        for name in ("records", "complete", "error", "backoff", "of_slice"):
            if (path := getattr(fetch, name, None)) is not None:
                steps_of(path)
    except ConfigurationError as error:
        yield error.what, error.remedy


def _unseeded(source: Source, path: Path) -> Iterator[tuple[str, str | None]]:
    if source.kind == "synthetic":
        from rightful.connectors.synthetic.check import problems

        yield from problems(source, path.parent)


def _podcast(source: Source) -> Iterator[tuple[str, str | None]]:
    """Claims are read in all places of the feed, so that one rule says all there is to say."""
    for rule in source.license.claims:
        if rule.from_ != "record.license" or rule.label is not None or rule.part is not None:
            remedy = "write `{from: record.license, strength: publisher}`: it stands for every place of the feed"
            yield f"`license.claims`: kind `podcast` reads no `{rule.from_}`, `label` or `part`", remedy
    if source.license.scope == "record" and len(source.license.claims) > 1:
        yield "`license.claims`: kind `podcast` takes one rule", "leave one `{from: record.license}`"
    yield from _feeds(source)


def _feeds(source: Source) -> Iterator[tuple[str, str | None]]:
    """What is wrong with the lists of feeds."""
    from rightful.connectors.syndication.lists import check_lists, outlines
    from rightful.errors import ConfigurationError
    from rightful.settings import PROJECT_ROOT

    try:
        check_lists(source)
    except ConfigurationError as error:
        yield error.what, error.remedy
    for place in source.syndicated.opml:
        if not place.startswith(("http://", "https://")):
            try:
                outlines((PROJECT_ROOT / place).read_bytes())
            except OSError as error:
                yield f"`fetch.opml: {place}` can't be read: {error.strerror}", "correct the path"
            except ValueError as error:
                yield f"`fetch.opml: {place}` is no OPML: {error}", "export it again"


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
    from rightful.catalogue.models import RecordFetch
    from rightful.connectors.file_text import FILE_TYPES, essence_of
    from rightful.text.plain import MEDIA_TYPES

    if not isinstance(source.fetch, RecordFetch):
        return
    essence = essence_of(source.fetch.fields.media_type)
    if essence not in MEDIA_TYPES:
        yield f"`fetch.fields.media_type: {essence}` is read by nothing", f"known: {', '.join(MEDIA_TYPES)}"
    linked = source.fetch.linked
    if linked is not None and linked.media_type is not None and essence_of(linked.media_type) not in FILE_TYPES:
        yield f"`fetch.linked.media_type: {linked.media_type}` is read by nothing", f"known: {', '.join(FILE_TYPES)}"
