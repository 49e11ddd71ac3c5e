"""What the commands about saved web pages share: files and JSON lines to ask about, and one answer for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, ParamSpec, TypeVar
from urllib.parse import urlsplit

import click

from rightful.cli.output import emit, people, printable
from rightful.errors import Malformed

P = ParamSpec("P")
R = TypeVar("R")

Headers = list[tuple[str, str]]


class Question(NamedTuple):
    """A page to answer for. ``file`` is a path, ``-`` for standard input; ``headers`` came with it over HTTP."""

    file: str
    url: str | None
    headers: Headers


Asked = Iterator[tuple[str, Question | str]]
"""Where a question stands, and the question; a string in its place says what is wrong with it."""


def header_option(function: Callable[P, R]) -> Callable[P, R]:
    """Adds ``--header`` as the argument ``headers``."""
    return click.option(
        "--header", "headers", multiple=True, metavar="K:V", help="HTTP header that came with it; may stand often."
    )(function)


def batch_option(function: Callable[P, R]) -> Callable[P, R]:
    """Adds ``--batch`` as the argument ``batch``."""
    return click.option(
        "--batch",
        type=click.File("rb"),
        metavar="FILE",
        help="JSON lines {file, url, headers} to answer as well; - is standard input.",
    )(function)


def pairs_of(headers: Iterable[str]) -> Headers:
    """The headers of the command line."""
    return [_pair(header) for header in headers]


def questions(
    files: tuple[str, ...], url: str | None, headers: Headers, batch: BinaryIO | None, *, url_needed: bool
) -> Asked:
    """What was asked for on the command line and in ``batch``. Raises :class:`click.UsageError` for wrong use."""
    if not files and batch is None:
        raise click.UsageError("give at least one FILE, or --batch FILE")
    if files and url is None and url_needed:
        raise click.UsageError("a FILE needs --url URL: the address of the page")
    if url is not None and (problem := _problem(url)):
        raise click.BadParameter(problem, param_hint="--url")
    return _questions(files, url, headers, batch, url_needed)


def answer_all(
    asked: Asked, answer: Callable[[Question], dict[str, Any]], tell: Callable[[dict[str, Any]], None], as_json: bool
) -> None:
    """Answer each question; what can't be answered is told, the others go on, and the exit status is 1."""
    failed = 0
    for where, question in asked:
        try:
            if isinstance(question, str):
                raise ValueError(question)
            row = answer(question)
        except (ValueError, OSError, Malformed) as error:
            failed += 1
            said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            people().print(printable(f"✗ {where}: {said}"), style="red", markup=False, highlight=False)
            if as_json:
                emit({"input": where, "error": said})
            continue
        if as_json:
            emit(row)
        else:
            tell(row)
    if failed:
        sys.exit(1)


def content(file: str) -> bytes:
    """The page's bytes; a file that was compressed with gzip is unpacked, up to the size that is read.

    Raises :class:`OSError`, and :class:`ValueError` for a damaged file.
    """
    import gzip
    import zlib

    from rightful.licensing.page.read import MAX_BYTES

    if file == "-":
        return sys.stdin.buffer.read()
    path = Path(file)
    read = path.read_bytes()
    if not read.startswith(b"\x1f\x8b"):
        return read
    try:
        with gzip.open(path) as stream:
            return stream.read(MAX_BYTES + 1)
    except (EOFError, zlib.error) as error:
        raise ValueError(f"is damaged: {error}") from error


def _pair(header: str) -> tuple[str, str]:
    name, colon, value = header.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"`{header}` is no header; write it as Name: value", param_hint="--header")
    return name.strip(), value.strip()


def _problem(url: str) -> str | None:
    """Why ``url`` can't be the address of a page: without a host, nothing on it could be told to be its own."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if usable and url.isprintable() and not any(letter.isspace() for letter in url):
        return None
    return f"`{url}` is no address of a page; write it whole: https://example.org/a"


def _questions(
    files: tuple[str, ...], url: str | None, headers: Headers, batch: BinaryIO | None, url_needed: bool
) -> Asked:
    for file in files:
        yield file, Question(file, url, headers)
    for number, line in enumerate(batch or (), start=1):
        if line.strip():
            yield f"line {number}", _read_line(line, url, headers, url_needed)


def _read_line(line: bytes, url: str | None, headers: Headers, url_needed: bool) -> Question | str:
    """A question from a JSON line; a string in its place says what is wrong with it."""
    try:
        read = json.loads(line)
    except RecursionError:
        return "is nested too deeply"
    except ValueError as error:
        return f"is not JSON: {error}"
    if not isinstance(read, dict) or not isinstance(read.get("file"), str):
        return "must be an object with `file`, the path of a page"
    if unknown := sorted(set(read) - {"file", "url", "headers"}):
        return f"unknown members: {', '.join(unknown)}"
    address = url if read.get("url") is None else read["url"]
    if not isinstance(address, str):
        if url_needed or address is not None:
            return "needs `url`, the address of the page"
    elif problem := _problem(address):
        return problem
    given = read.get("headers") or []
    pairs = list(given.items()) if isinstance(given, dict) else given
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        return "`headers` must be an object, or a list of [name, value]"
    return Question(read["file"], address, headers + [(name, value) for name, value in pairs])


def _is_pair(pair: object) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
