"""A source's Python file: read, checked, run once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError

PAGES, SHARDS = "pages", "shards"
MOST_FUNCTIONS = 3
"""More is a kind of its own, not a source."""


def load_module(source: Source, root: Path) -> ModuleType:
    """The module of ``source``, whose path is below ``root``. Raises :class:`ConfigurationError` with what is wrong."""
    path = root / source.module.module
    for what, remedy in problems(source, root):
        raise ConfigurationError(what, source=source.id, remedy=remedy)
    module = ModuleType(f"rightful_source_{source.id}")
    module.__file__ = str(path)
    try:
        exec(compile(path.read_text("utf-8"), str(path), "exec"), module.__dict__)  # noqa: S102 - a file of the project
    except Exception as error:
        what = f"{source.module.module} can't be run: {type(error).__name__}: {error}"
        raise ConfigurationError(what, source=source.id, remedy="correct the module") from error
    return module


def problems(source: Source, root: Path) -> Iterator[tuple[str, str | None]]:
    """What is wrong with the module, each with a remedy. It is read, not run."""
    name = source.module.module
    try:
        tree = ast.parse((root / name).read_text("utf-8"))
    except OSError as error:
        yield f"`fetch.module: {name}` can't be read: {error.strerror}", "write it, or correct the path"
        return
    except (SyntaxError, ValueError) as error:
        yield f"`fetch.module: {name}` is no Python: {error}", "correct it"
        return
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    names = {one.name: len(one.args.posonlyargs + one.args.args) for one in functions}
    if len(functions) > MOST_FUNCTIONS or any(isinstance(one, ast.ClassDef) for one in tree.body):
        yield (
            f"{name} has {len(functions)} functions and classes; a source has {MOST_FUNCTIONS} functions at most",
            "say more of it in the source file, or write a kind (docs/adding-a-source.md)",
        )
    if names.get(PAGES) != 4:
        yield f"{name} lacks `def pages(ask, slice, shard, cursor)`", "write it: it yields (records, cursor)"
    if names.get(SHARDS, 2) != 2:
        yield f"`shards` in {name} takes (ask, slice)", "correct it: it gives the shards' parameters, each with an `id`"


__all__ = ["MOST_FUNCTIONS", "PAGES", "SHARDS", "load_module", "problems"]
