"""``rightful page``: the licence of a web page, with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from rightful.cli.output import answer, json_option, told
from rightful.cli.saved_pages import Question, answer_all, batch_option, content, header_option, pairs_of, questions
from rightful.model import Strength

if TYPE_CHECKING:
    from rightful.licensing.page import PageLicense
    from rightful.settings import Settings


@click.command(short_help="The licence of a web page, with its evidence.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--url", metavar="URL", help="Address of the page (of every FILE). Its host decides what is the page's own."
)
@header_option
@click.option("--source", "source_id", metavar="ID", help="Judge as for this source: a reviewed one may accept less.")
@click.option(
    "--weakest",
    type=click.Choice([strength.value for strength in Strength]),
    metavar="STRENGTH",
    help="Judge as for a reviewed domain that accepts evidence down to this: statement, footer_link, icon …",
)
@batch_option
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

    asked = questions(files, url, pairs_of(headers), batch, url_needed=True)
    settings = get_settings()
    source = source_of(settings, source_id) if source_id is not None else None
    ask = _Reader(settings, source, Strength(weakest) if weakest else None)
    answer_all(asked, ask.answer, _tell, as_json)


class _Reader:
    """The policy is read once for all pages."""

    def __init__(self, settings: Settings, source: Any, weakest: Strength | None) -> None:
        from rightful.licensing.policy import load_policy

        self.policy = load_policy(settings.policy_file, settings.jurisdiction)
        self.source, self.weakest = source, weakest

    def answer(self, question: Question) -> dict[str, Any]:
        from rightful.licensing.page import read_page

        html = content(question.file)
        found = read_page(
            html, question.url or "", question.headers, policy=self.policy, source=self.source, weakest=self.weakest
        )
        return {"file": question.file, **_row(found)}


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
