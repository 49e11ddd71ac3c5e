"""What is wrong with the paths of a source file of kind ``oai_pmh``: they would read one of several, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rightful.catalogue.models import Source
from rightful.connectors.linked import PAGE
from rightful.connectors.paths import EACH, steps_of
from rightful.errors import ConfigurationError

Problem = tuple[str, str | None]

_INDEX = re.compile(r"\.-?\d+(?=\.|$)")
_ALWAYS_LISTS = frozenset({"about"})
_MANY = ("text", "creators")
"""Fields that take a list as it is."""


def problems(source: Source) -> Iterator[Problem]:
    """Each with its remedy. XML does not tell one element from a list of one, so that a file has to be certain."""
    lists = _ALWAYS_LISTS.union(source.oai.lists)
    fields = source.oai.fields
    for name in type(fields).model_fields:
        said = getattr(fields, name)
        for path in (said,) if isinstance(said, str) else said if isinstance(said, tuple) else ():
            if name not in ("url_template", "media_type"):
                yield from _of_field(f"fetch.fields.{name}", path, lists, many=name in _MANY)
    for path in source.oai.linked.url if source.oai.linked is not None else ():
        yield from _of_field("fetch.linked.url", path, lists, many=True)
    for rule in source.license.claims:
        if rule.from_ != PAGE:
            yield from _of_claim(rule.from_, lists)
        every = _INDEX.sub(EACH, rule.label or "")
        if every != (rule.label or "") and every not in {other.from_ for other in source.license.claims}:
            yield f"`license.claims`: the label `{rule.label}` reads one of several", f"add a claim `{{from: {every}}}`"


def _of_field(where: str, path: str, lists: frozenset[str], *, many: bool) -> Iterator[Problem]:
    for step, following in _pairs(path):
        if _picks(following) and step not in lists:
            yield _unlisted(where, path, step)
        elif step in lists and not _picks(following) and not (many and following is None):
            yield f"`{where}: {path}`: `{step}` is a list", f"write `{step}.0` for the first, or `{step}[]` for all"


def _of_claim(path: str, lists: frozenset[str]) -> Iterator[Problem]:
    for step, following in _pairs(path):
        if following is not None and following != EACH and _picks(following):
            yield f"`license.claims`: `{path}` reads one of several licences", f"write `{step}[]`: all must be allowed"
        elif following == EACH and step not in lists:
            yield _unlisted("license.claims", path, step)
        elif step in lists and following != EACH:
            yield f"`license.claims`: `{path}`: `{step}` is a list", f"write `{step}[]`: all must be allowed"


def _unlisted(where: str, path: str, step: str) -> Problem:
    return f"`{where}: {path}`: `{step}` is no list where it stands alone", f"add `{step}` to `fetch.lists`"


def _pairs(path: str) -> Iterator[tuple[str, str | None]]:
    """Each step that is a name, with what follows it. (Not of the header, which ``fetch.lists`` does not concern.)"""
    try:
        steps = steps_of(path)
    except ConfigurationError:
        return  # told by whoever reads the paths
    if steps[:1] == ("header",) or steps[:2] == ("record", "header"):
        return
    for step, following in pairwise([*steps, None]):
        if step is not None and not _picks(step):
            yield step, following


def _picks(step: str | None) -> bool:
    return step is not None and (step == EACH or step.removeprefix("-").isdecimal())


__all__ = ["problems"]
