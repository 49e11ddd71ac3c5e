"""``rightful page``: the licence of a web page, with its evidence."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import click

from rightful.cli.output import answer, emit, json_option, people, printable, told
from rightful.model import Strength

if TYPE_CHECKING:
    from rightful.licensing.page import PageLicense
    from rightful.settings import Settings

Question = dict[str, Any] | str


@click.command(short_help="The licence of a web page, with its evidence.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--url", metavar="URL", help="Address of the page (of every FILE). Its host decides what is the page's own."
)
@click.option(
    "--header", "headers", multiple=True, metavar="K:V", help="HTTP header that came with it; may stand often."
)
@click.option("--source", "source_id", metavar="ID", help="Judge as for this source: a reviewed one may accept less.")
@click.option(
    "--weakest",
    type=click.Choice([strength.value for strength in Strength]),
    metavar="STRENGTH",
    help="Judge as for a reviewed domain that accepts evidence down to this: statement, footer_link, icon …",
)
@click.option(
    "--batch",
    type=click.File("rb"),
    metavar="FILE",
    help="JSON lines {file, url, headers} to answer as well; - is standard input.",
)
@json_option
@told
def page(
    files: tuple[str, ...],
    url: str | None,
    headers: tuple[str, ...],
    source_id: str | None,
    weakest: str | None,
    batch: BinaryIO | None,
    as_json: bool,
) -> None:
    """Say which licence the main text of a saved web page (FILE; - is standard input) has, and on what evidence. A page
    without one is an answer, not an error."""
    from rightful.cli.common import source_of
    from rightful.settings import get_settings

    if not files and batch is None:
        raise click.UsageError("give at least one FILE, or --batch FILE")
    if files and url is None:
        raise click.UsageError("a FILE needs --url URL: the address of the page")
    if url is not None and (problem := _problem(url)):
        raise click.BadParameter(problem, param_hint="--url")
    pairs = [_pair(header) for header in headers]
    settings = get_settings()
    source = source_of(settings, source_id) if source_id is not None else None
    ask = _Reader(settings, source, Strength(weakest) if weakest else None)
    failed = 0
    asked: Iterator[tuple[str, Question]] = _questions(files, url, pairs, batch)
    for where, question in asked:
        try:
            row = ask.answer(question)
        except (ValueError, OSError) as error:
            failed += 1
            said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            people().print(printable(f"✗ {where}: {said}"), style="red", markup=False, highlight=False)
            if as_json:
                emit({"input": where, "error": said})
            continue
        if as_json:
            emit(row)
        else:
            _tell(row)
    if failed:
        sys.exit(1)


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
    files: tuple[str, ...], url: str | None, headers: list[tuple[str, str]], batch: BinaryIO | None
) -> Iterator[tuple[str, Question]]:
    for file in files:
        yield file, {"file": file, "url": url, "headers": headers}
    for number, line in enumerate(batch or (), start=1):
        if line.strip():
            yield f"line {number}", _read_line(line, url, headers)


def _read_line(line: bytes, url: str | None, headers: list[tuple[str, str]]) -> Question:
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
        return "needs `url`, the address of the page"
    if problem := _problem(address):
        return problem
    given = read.get("headers") or []
    pairs = list(given.items()) if isinstance(given, dict) else given
    if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
        return "`headers` must be an object, or a list of [name, value]"
    return {"file": read["file"], "url": address, "headers": headers + [(name, value) for name, value in pairs]}


def _is_pair(pair: object) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(part, str) for part in pair)


class _Reader:
    """The policy is read once for all pages."""

    def __init__(self, settings: Settings, source: Any, weakest: Strength | None) -> None:
        from rightful.licensing.policy import load_policy

        self.policy = load_policy(settings.policy_file, settings.jurisdiction)
        self.source, self.weakest = source, weakest

    def answer(self, question: Question) -> dict[str, Any]:
        from rightful.licensing.page import read_page

        if isinstance(question, str):
            raise ValueError(question)
        file = question["file"]
        html = sys.stdin.buffer.read() if file == "-" else _content(Path(file))
        found = read_page(
            html, question["url"], question["headers"], policy=self.policy, source=self.source, weakest=self.weakest
        )
        return {"file": file, **_row(found)}


def _content(path: Path) -> bytes:
    """The page's bytes; a file that was compressed with gzip is unpacked, up to the size that is read."""
    import gzip
    import zlib

    from rightful.licensing.page.read import MAX_BYTES

    content = path.read_bytes()
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.open(path) as stream:
            return stream.read(MAX_BYTES + 1)
    except (EOFError, zlib.error) as error:
        raise ValueError(f"is damaged: {error}") from error


def _row(found: PageLicense) -> dict[str, Any]:
    import msgspec

    row: dict[str, Any] = msgspec.to_builtins(found)
    return row


def _tell(row: dict[str, Any]) -> None:
    answer(
        f"{row['file']}: {row['decision']} ({row['reason']}) — {row['expression'] or 'no licence'}"
        + (f", {row['tier']} {row['confidence']:.2f}" if row["tier"] != "none" else "")
        + (f", without {', '.join(row['excludes'])}" if row["excludes"] else "")
        + f" [rule {row['rule']}]"
    )
    for one in row["evidence"][:10]:
        why = f" ({one['excluded']})" if one["excluded"] else ""
        answer(f"    {one['tier']} {one['place']}{why}: {one['raw'][:160]}")
    for conflict in row["conflicts"]:
        answer(f"    against it: {conflict[:240]}")
    for optout in row["optouts"]:
        answer(f"    opt-out: {optout['signal']}: {optout['value']} ({optout['place']})")
