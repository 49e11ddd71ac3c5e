"""``rightful text``: the text of a saved file as a row would have it, with its language and its tokens."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, BinaryIO

import click

from rightful.cli.output import answer, json_option, people, printable, told
from rightful.cli.saved_pages import Question, answer_all, batch_option, content, header_option, pairs_of, questions

_BY_NAME = {
    ".txt": "text/plain", ".text": "text/plain", ".md": "text/plain",
    ".wiki": "text/x-wiki", ".wikitext": "text/x-wiki",
    ".nxml": "application/jats+xml", ".pgn": "application/vnd.chess-pgn",
}  # fmt: skip


@click.command(short_help="The text of a web page, with its language and tokens.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--type",
    "media_type",
    metavar="MIME",
    help="Media type of every FILE. Without it the name decides: text/plain for .txt and .md, text/x-wiki for .wiki, "
    "application/jats+xml for .nxml, application/vnd.chess-pgn for .pgn, "
    "else the main text of a page (`text/html; extract=main`; `extract=main-fast` is the fastest way, "
    "`extract=main-thorough` the slowest, `text/html` takes everything).",
)
@click.option("--url", metavar="URL", help="Address of the page. Checked, and else unused: no text depends on it.")
@header_option
@batch_option
@json_option
@told
def text(
    files: tuple[str, ...],
    media_type: str | None,
    url: str | None,
    headers: tuple[str, ...],
    batch: BinaryIO | None,
    as_json: bool,
) -> None:
    """Give the text of a saved page (FILE; - is standard input), its language (with a score of 0–1) and how many tokens
    it has. A page without text is an answer, not an error."""
    from rightful.errors import Malformed
    from rightful.text.plain import to_text

    if media_type is not None:
        try:
            to_text("", media_type)
        except Malformed as error:
            raise click.BadParameter(f"no way to turn `{media_type}` into text", param_hint="--type") from error
    asked = questions(files, url, pairs_of(headers), batch, url_needed=False)
    answer_all(asked, lambda question: _answer(question, media_type), _tell, as_json)


def _answer(question: Question, media_type: str | None) -> dict[str, Any]:
    from rightful.licensing.page.decode import to_utf8
    from rightful.licensing.page.read import MAX_BYTES
    from rightful.text.batch import describe

    read = content(question.file)
    if len(read) > MAX_BYTES:
        raise ValueError(f"is longer than {MAX_BYTES:,} bytes")
    page = to_utf8(read, question.headers)
    if page is None:
        raise ValueError("is no text, or in an encoding that can't be told")
    (found,) = describe([page.decode("utf-8", "replace")], [media_type or _media_type(question.file)])
    if found.error is not None:
        raise ValueError(found.error)
    return {
        "file": question.file,
        "text": found.text,
        "language": found.language,
        "language_score": round(found.language_score, 4),
        "tokens": found.n_tokens,
    }


def _media_type(file: str) -> str:
    from rightful.text.plain import MAIN

    path = PurePath(file.lower())
    return _BY_NAME.get(PurePath(path.stem).suffix if path.suffix == ".gz" else path.suffix, MAIN)


def _tell(row: dict[str, Any]) -> None:
    language = f"{row['language']} {row['language_score']:.2f}" if row["language"] else "no language"
    people().print(
        printable(f"{row['file']}: {language}, {row['tokens']:,} tokens"), style="dim", markup=False, highlight=False
    )
    if row["text"]:
        answer(row["text"])
