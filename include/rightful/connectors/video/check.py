"""What only yt-dlp can tell is wrong with a source file of kind ``video``. Nothing is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from rightful.catalogue.explain import nearest
from rightful.catalogue.models import Source
from rightful.connectors.paths import EACH, all_at, steps_of
from rightful.errors import ConfigurationError
from rightful.http.address import AddressGuard

Problem = tuple[str, str | None]


def problems(source: Source) -> Iterator[Problem]:
    """What is wrong, and what to do about it: unknown extractors, formats and paths that can never be read."""
    yield from _extractors(source)
    yield from _format(source)
    yield from _paths(source)
    fetch = source.video
    try:
        AddressGuard(source.id, fetch.base_url, fetch.allow_hosts, allow_private=fetch.allow_private)
    except ConfigurationError as error:
        yield error.what, error.remedy


def _extractors(source: Source) -> Iterator[Problem]:
    known = _known_extractors()
    allowed = [known[name.lower()] for name in source.video.extractors if name.lower() in known]
    for name in source.video.extractors:
        if name.lower() not in known:
            close = [other for other in known if other[:3] == name.lower()[:3]]
            yield (
                f"`fetch.extractors`: yt-dlp has no extractor `{name}`",
                nearest(name.lower(), close or sorted(known)[:5]),
            )
    for page in source.video.pages if allowed else ():
        if not any(extractor.suitable(page) for extractor in allowed):
            yield f"`fetch.pages`: none of `fetch.extractors` reads {page}", "correct the address, or add its extractor"


@cache
def _known_extractors() -> dict[str, Any]:
    """All of yt-dlp's, by name in lower case. 1,800 of them, so that they are gone through once."""
    from yt_dlp.extractor import gen_extractor_classes

    return {str(extractor.IE_NAME).lower(): extractor for extractor in gen_extractor_classes()}


def _format(source: Source) -> Iterator[Problem]:
    from yt_dlp import YoutubeDL

    with YoutubeDL({"quiet": True, "cachedir": False, "allowed_extractors": []}, auto_init=False) as reader:
        try:
            reader.build_format_selector(source.video.format)
        except (SyntaxError, ValueError) as error:
            first = str(error).partition("\n")[0][:200]
            yield (
                f"`fetch.format: {source.video.format}` is no format selector: {first}",
                "see yt-dlp's FORMAT SELECTION",
            )


def _paths(source: Source) -> Iterator[Problem]:
    spec = source.video.list_
    paths = [] if spec is None else [spec.records, spec.id, spec.published, *spec.keep]
    paths += [] if spec is None else [path for path in (spec.seconds, spec.channels, spec.creators) if path is not None]
    for path in paths:
        try:
            steps = steps_of(path)
        except ConfigurationError as error:
            yield error.what, error.remedy
            continue
        if spec is not None and path == spec.records and EACH in steps:
            yield f"`fetch.list.records: {path}` can't hold []", "name the one list of records"
    for rule in source.license.claims:
        try:
            all_at(rule.from_.partition(".")[2])
        except ConfigurationError as error:
            yield error.what, error.remedy


__all__ = ["problems"]
