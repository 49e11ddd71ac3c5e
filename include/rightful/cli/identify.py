"""``rightful identify``: what a verbatim tag or URL means, and whether the policy lets it in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from rightful.cli.output import answer, emit, json_option, people, printable, told

if TYPE_CHECKING:
    from rightful.settings import Settings


@click.command(short_help="What a licence tag means, and its ruling.")
@click.argument("tags", nargs=-1, metavar="[TAG]...")
@click.option("--source", "source_id", metavar="ID", help="Use this source's own names for licences, too.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Publication date, for tags whose meaning changed.")
@click.option(
    "--batch",
    type=click.File("rb"),
    metavar="FILE",
    help="JSON lines {tag, source, date} to answer as well; - is standard input.",
)
@json_option
@told
def identify(
    tags: tuple[str, ...], source_id: str | None, day: str | None, batch: BinaryIO | None, as_json: bool
) -> None:
    """Say what a licence TAG or URL means and how the policy rules on it. A refused tag is an answer, not an error."""
    from rightful.cli.common import source_of
    from rightful.settings import get_settings

    if not tags and batch is None:
        raise click.UsageError("give at least one TAG, or --batch FILE")
    default = {"source": source_id, "date": day}
    settings = get_settings()
    if source_id is not None:
        source_of(settings, source_id)  # an unknown id is wrong use, whatever the tags are
    if day is not None:
        try:
            _day(day)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--date") from None
    ask = _Identifier(settings)
    failed = 0
    for where, question in _questions(tags, batch, default):
        try:
            row = ask.answer(question)
        except ValueError as error:
            failed += 1
            people().print(printable(f"✗ {where}: {error}"), style="red", markup=False, highlight=False)
            if as_json:
                emit({"input": where, "error": str(error)})
            continue
        if as_json:
            emit(row)
        else:
            _tell(row)
    if failed:
        sys.exit(1)


def _questions(
    tags: tuple[str, ...], batch: BinaryIO | None, default: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any] | str]]:
    for tag in tags:
        yield tag, {"tag": tag, **default}
    yield from _lines(batch, default)


def _lines(batch: BinaryIO | None, default: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Questions from JSON lines, each with where it stands; a string in place of one says what is wrong with it."""
    for number, line in enumerate(batch or (), start=1):
        if not line.strip():
            continue
        try:
            read = json.loads(line.decode().rstrip())
        except UnicodeDecodeError as error:
            yield f"line {number}", f"is not UTF-8 from byte {error.start + 1} on"
            continue
        except RecursionError:
            yield f"line {number}", "is nested too deeply"
            continue
        except json.JSONDecodeError as error:
            yield f"line {number}", f"is not JSON from column {error.colno} on: {error.msg}"
            continue
        except ValueError as error:  # a number of too many digits
            yield f"line {number}", f"can't be read: {error}"
            continue
        if not isinstance(read, dict) or "tag" not in read:
            yield f"line {number}", "must be an object with `tag`"
            continue
        unknown = sorted(set(read) - {"tag", "source", "date"})
        yield f"line {number}", f"unknown members: {', '.join(unknown)}" if unknown else {**default, **read}


class _Identifier:
    """Policy, contracts and sources are read once for all questions."""

    def __init__(self, settings: Settings) -> None:
        from rightful.cli.common import catalogue_of
        from rightful.licensing.contracts import load_contracts
        from rightful.licensing.policy import load_policy

        self.policy = load_policy(settings.policy_file, settings.jurisdiction)
        self.contracts = load_contracts(settings.contracts_dir)
        self.catalogue = catalogue_of(settings)

    def answer(self, question: dict[str, Any] | str) -> dict[str, Any]:
        from rightful.licensing.decide import identify_row

        if isinstance(question, str):
            raise ValueError(question)
        tag, name, day = question["tag"], question.get("source"), question.get("date")
        if tag is not None and not isinstance(tag, str):
            raise ValueError("`tag` must be text or null")
        if name is not None and not isinstance(name, str):
            raise ValueError("`source` must be text or null")
        if name is not None and name not in self.catalogue.sources:
            raise ValueError(f"there is no valid source `{name}`")
        source = self.catalogue.sources[name] if name is not None else None
        on = datetime.now(UTC).date() if day is None else _day(day)
        return dict(identify_row(tag, source, self.policy, self.contracts, on))


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"`{text}` is no date; write it as 2026-01-31") from None


def _tell(row: dict[str, Any]) -> None:
    answer(
        f"{row.get('tag')!r}: {row.get('decision')} ({row.get('reason')}) — {row.get('expression') or 'unknown'}"
        + (f", {row['category']}" if row.get("category") else "")
        + (f", duties: {', '.join(row['duties'])}" if row.get("duties") else "")
        + (f" [rule {row['rule']}]" if row.get("rule") else "")
    )
