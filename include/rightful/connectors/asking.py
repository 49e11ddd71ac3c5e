"""Where a shard's values go in a request: into the path or a parameter with a ``{place}`` for them, or beside these."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError

Param = str | int | float | bool

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(path: str, params: Mapping[str, Param], values: Mapping[str, Param]) -> tuple[str, dict[str, Param]]:
    """``path`` and ``params`` with ``values``: the ends of the time filter, and what a shard is fixed to.

    A value whose name stands as ``{name}`` in the path, or within a parameter, is put there; one without such a place
    is a parameter of its own. In a path it is percent-encoded, with its slashes, so that it stays one step.
    """
    placed: set[str] = set()

    def put(text: str, *, encode: bool) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name not in values:
                return found[0]
            placed.add(name)
            return quote(str(values[name]), safe=":") if encode else str(values[name])

        return _PLACE.sub(value, text)

    where = put(path, encode=True)
    given = {name: put(value, encode=False) if isinstance(value, str) else value for name, value in params.items()}
    return where, {**given, **{name: value for name, value in values.items() if name not in placed}}


def check_places(source: Source) -> None:
    """Raises :class:`ConfigurationError` for a ``{place}`` in `fetch.path` or `fetch.site.path` that nothing fills, and
    for a time filter whose two ends bear one name: the second would take the first one's place.
    """
    fetch, names = source.rest, set(source.shard.over)
    shared = names
    if fetch.window is not None:
        ends = (fetch.window.start.param, fetch.window.end.param)
        if ends[0] == ends[1]:
            raise ConfigurationError(
                f"both ends of `fetch.window` are `{ends[0]}`",
                source=source.id,
                remedy="give each a name, and write `{name}` for both within the parameter",
            )
        names = names | set(ends)
    for where, path, known in (
        ("fetch.path", fetch.path, names),
        ("fetch.site.path", fetch.site.path if fetch.site is not None else "", shared),
    ):
        if unknown := sorted(set(_PLACE.findall(path)) - known):
            raise ConfigurationError(
                f"nothing fills `{{{unknown[0]}}}` in `{where}: {path}`",
                source=source.id,
                remedy="name it in `shard.over`" + (" or `fetch.window`" if where == "fetch.path" else ""),
            )


__all__ = ["check_places", "filled"]
