"""How commands speak: JSON lines on standard output for programs, everything for people on standard error.

A command's result (the answer itself) goes to standard output in either form.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from rightful.errors import RightfulError

if TYPE_CHECKING:
    from rich.console import Console

P = ParamSpec("P")
R = TypeVar("R")


def json_option(function: Callable[P, R]) -> Callable[P, R]:
    """Adds ``--json`` as the argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")(function)


def told(function: Callable[P, R]) -> Callable[P, R]:
    """An error of ours becomes one message and exit status 1; anything else is a bug and keeps its traceback."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except RightfulError as error:
            people().print(f"✗ {type(error).__name__}: {error}", style="red", markup=False, highlight=False)
            sys.exit(1)

    return run


@functools.lru_cache(maxsize=1)
def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True)


def people() -> Console:
    """The console for people, on standard error."""
    console = _console()
    console.file = sys.stderr  # tests and shells exchange it
    return console


def emit(row: dict[str, Any]) -> None:
    """One JSON object on a line of its own on standard output."""
    click.echo(printable(json.dumps(row, ensure_ascii=False, default=_plain)))


def answer(text: str) -> None:
    """A line of the answer itself, for people, on standard output."""
    click.echo(printable(text))


def printable(text: str) -> str:
    r"""``text`` with half characters (lone surrogates) as ``\udXXX``, in JSON the same: no encoding can write them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table for people on standard error; columns whose values are all numbers align right."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title, title_justify="left", header_style="bold")
    for position, column in enumerate(columns):
        values = [row[position] for row in rows if row[position]]
        numbers = bool(values) and all(
            value.replace(",", "").replace(".", "").lstrip("-").isdigit() for value in values
        )
        grid.add_column(column, justify="right" if numbers else "left", overflow="fold", no_wrap=numbers)
    for row in rows:
        grid.add_row(*(Text(value) for value in row))
    people().print(grid)
