"""``rightful review``: what licence tags wait for a person, and a person's ruling on one, carried out at once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from rightful.cli.output import answer, emit, json_option, people, table, told

if TYPE_CHECKING:
    from rightful.catalogue.models import Source
    from rightful.licensing.reviews import Answer
    from rightful.pipeline.review import Question
    from rightful.settings import Settings

LIST = "list"


@click.command(short_help="Licence tags that wait for a person; rule on one.")
@click.argument("source_id", required=False, metavar="[SOURCE]")
@click.argument("tag", required=False, metavar="[TAG]")
@click.option("--allow", "expression", metavar="ID", help="From now on the tag counts as this licence.")
@click.option("--deny", is_flag=True, help="Records with the tag don't load; those that did leave.")
@click.option("--later", is_flag=True, help="Ask again next time.")
@click.option("--by", metavar="NAME", help="Who rules; needed with --yes.")
@click.option("--comment", default="", metavar="TEXT", help="Why; stays with the ruling.")
@click.option("--yes", is_flag=True, help="Do it. Without, it is only said what would be done.")
@click.option("--record-only", is_flag=True, help="Don't run the slices concerned again; --apply does that later.")
@click.option("--apply", "carry_out", is_flag=True, help="Carry out rulings that are not yet (of SOURCE, or of all).")
@click.option("--all", "everything", is_flag=True, help="List also what no person's ruling could change.")
@json_option
@told
def review(
    source_id: str | None,
    tag: str | None,
    expression: str | None,
    deny: bool,
    later: bool,
    by: str | None,
    comment: str,
    yes: bool,
    record_only: bool,
    carry_out: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """List the licence tags that quarantine records (of SOURCE, or of all), or rule on TAG of SOURCE.

    A ruling is recorded with who and when, and the published slices concerned are ruled on again, from the raw store
    and the ledger: no source is asked for anything. TAG is the verbatim tag; `list` in place of SOURCE means all.
    """
    from rightful.settings import get_settings

    given = [name for name, is_given in (("allow", expression), ("deny", deny), ("later", later)) if is_given]
    settings = get_settings()
    sources = _sources(settings, source_id)
    if tag is None:
        if given:
            raise click.UsageError(f"--{given[0]} needs SOURCE and TAG")
        if carry_out:
            _apply(settings, sources, None, as_json)
        else:
            _list(settings, sources, everything, as_json)
        return
    if source_id == LIST or len(given) != 1 or carry_out:
        raise click.UsageError("rule on SOURCE TAG with one of --allow ID, --deny, --later")
    if yes and not (by or "").strip():
        raise click.UsageError("say --by whom: a ruling bears a name")
    _rule(settings, sources[0], tag, given[0], expression, by or "", comment, yes, record_only, as_json)


def _sources(settings: Settings, source_id: str | None) -> list[Source]:
    from rightful.cli.common import catalogue_of, source_of

    if source_id is None or source_id == LIST:
        return list(catalogue_of(settings).sources.values())
    return [source_of(settings, source_id)]


def _list(settings: Settings, sources: list[Source], everything: bool, as_json: bool) -> None:
    from rightful.pipeline.review import open_questions

    questions = open_questions(settings, sources, unanswerable=everything)
    if as_json:
        for question in questions:
            emit(_row(question))
        return
    for question in questions:
        _tell(question)
    people().print(f"{len(questions)} licence tags wait for a person", style="green", highlight=False)


def _row(question: Question) -> dict[str, Any]:
    import msgspec

    values: dict[str, Any] = msgspec.to_builtins(question)
    return values


def _tell(question: Question) -> None:
    # As a literal: a tag is what strangers wrote, and may hold anything that a terminal obeys.
    answer(f"{question.source} {question.tag!r} — {question.records:,} records in {question.slices:,} slices")
    lines = {
        "reasons": ", ".join(f"{reason} {number:,}" for reason, number in sorted(question.reasons.items())),
        "stood at": ", ".join(question.places),
        "reads as": question.reads,
        "proposed": question.proposed,
        "may mean": ", ".join(question.candidates),
        "answers": ", ".join(question.answers) or "none would change anything",
        "because": question.why_not,
        "put off": f"{question.postponed:%Y-%m-%d}" if question.postponed else "",
    }
    for name, value in lines.items():
        if value:
            answer(f"  {name:<10} {value}")
    for url in question.urls:
        answer(f"  {'e.g.':<10} {url}")


def _rule(
    settings: Settings,
    source: Source,
    tag: str,
    decision: str,
    expression: str | None,
    by: str,
    comment: str,
    yes: bool,
    record_only: bool,
    as_json: bool,
) -> None:
    from rightful.pipeline.review import answered_tags, check_review, open_questions, record_review

    kind: Answer = "allow" if decision == "allow" else "deny" if decision == "deny" else "later"
    open_now = {question.tag: question for question in open_questions(settings, [source], unanswerable=True)}
    question = open_now.get(tag)
    if question is None and decision != "deny" and tag not in answered_tags(settings, source):
        raise click.BadParameter(
            f"no record of {source.id} is quarantined with it: {_near(tag, open_now)}", param_hint="TAG"
        )
    check_review(settings, source, tag, kind, by=by or "?", expression=expression)
    if not as_json and question is not None:
        _tell(question)
    if not yes:
        what = f"count as {expression}" if expression else "not load" if decision == "deny" else "be asked about again"
        people().print(
            f"{tag!r} of {source.id} would {what}; nothing was done: say --yes", markup=False, highlight=False
        )
        return
    done = record_review(settings, source, tag, kind, by=by, expression=expression, comment=comment, question=question)
    row = {"review": done.id, "source": done.source, "tag": done.tag, "decision": done.decision}
    if as_json:
        emit({**row, "expression": done.expression, "by": done.reviewed_by, "at": done.reviewed_at})
    people().print(f"✓ recorded as review {done.id}", style="green", highlight=False)
    if decision != "later" and not record_only:
        _apply(settings, [source], [tag], as_json)


def _near(tag: str, known: dict[str, Any]) -> str:
    from rightful.catalogue.explain import nearest

    return nearest(tag, sorted(known)) if known else "nothing of this source waits for a person"


def _apply(settings: Settings, sources: list[Source], tags: list[str] | None, as_json: bool) -> None:
    """Rule again on every slice in which an answer is not carried out yet."""
    from rightful.model import Run
    from rightful.pipeline.rerule import rerule
    from rightful.pipeline.rerule_sound import how_to_fetch
    from rightful.pipeline.review import affected_slices, answered_tags

    rows: list[list[str]] = []
    for source in sources:
        for slice in affected_slices(settings, source, answered_tags(settings, source) if tags is None else tags):
            name = f"cli__{datetime.now(UTC):%Y%m%dT%H%M%SZ}__{secrets.token_hex(4)}"
            run = Run(run_id=name, task_id="rerule", code_version=settings.code_version)
            done = rerule(source, slice, run=run, settings=settings)
            if as_json:
                emit(
                    {
                        "source": source.id,
                        "start": slice.start.isoformat(),
                        "end": slice.end.isoformat(),
                        "run_id": run.run_id,
                        "changed": done.changed,
                        "expired": done.expired,
                        "unreadable": done.unreadable,
                        "unfetched": done.unfetched,
                        "published": done.published.published if done.published else False,
                        "note": done.note,
                    }
                )
            changed = ", ".join(f"{change}: {number:,}" for change, number in done.changed.items())
            lost = [f"{done.expired:,} expired"] * bool(done.expired)
            lost += [f"{done.unreadable:,} unreadable"] * bool(done.unreadable)
            lost += [f"{done.unfetched:,} to be fetched: {how_to_fetch(source, slice)}"] * bool(done.unfetched)
            rows.append(
                [source.id, f"{slice.start:%Y-%m-%d %H:%M}", changed, ", ".join([*lost, done.note]).strip(", ")]
            )
    if rows:
        table("Ruled on again", ["source", "slice", "changed", "note"], rows)
    people().print(f"{len(rows)} slices ruled on again", style="green", highlight=False)
