"""The page that Airflow shows beside a DAG, made from its source file."""

from __future__ import annotations

from rightful.catalogue.models import Source
from rightful_airflow.pools import pool_of

SCOPES = {
    "record": "every record carries its own licence tag; each one is ruled on",
    "source": "one statement by the publisher covers every record",
    "contract": "a signed contract covers the source, for as long as it runs",
}

UNLICENSED = """\
## What happens to the rest

Only records whose licence the policy allows become documents. Everything else leaves one row in `ledger.{id}` with its
reason and no text:

| ruling | when | what is kept |
|---|---|---|
| quarantine | the licence can't be told, conflicts, or rests on weak evidence | the raw bytes for 90 days, for review |
| deny | the licence, an opt-out or a withdrawal forbids it | a hash |
| failed | the record could not be read | the reason |
"""

BACKFILL = """\
## Backfill

Both days are included; at most one backfill of this DAG runs at a time, beside the nightly run:

```
airflow backfill create --dag-id {dag_id} --from-date {day} --to-date {day} \\
    --max-active-runs 1 --reprocess-behavior completed
```

A slice is replaced as a whole, in one commit. A re-run that fetched more than {shrink:.0%} less than the published
slice had stops in `audit`; if the source really has less now, run it with `force_shrink`.
"""


def doc_md(source: Source) -> str:
    """Markdown with what the source is, why it may be used, how to backfill, and whom to ask."""
    return "\n\n".join(part.strip() for part in _parts(source) if part.strip()) + "\n"


def _parts(source: Source) -> list[str]:
    return [
        f"# {source.title}",
        source.description,
        _facts(source),
        "## Why it may be used",
        _basis(source),
        UNLICENSED.format(id=source.id),
        BACKFILL.format(dag_id=source.dag_id, day=source.start_date.isoformat(), shrink=source.shrink_guard),
        "## Whom to ask",
        f"{source.owner} answers for this source. Its page: <{source.homepage}>.",
    ]


def _facts(source: Source) -> str:
    rows = [
        ("source", f"`{source.id}`"),
        ("kind", f"`{source.kind}`"),
        ("channel", f"`{source.channel}`"),
        ("schedule (UTC)", f"`{source.schedule}`; a run acquires the interval that ended with it"),
        ("first slice", source.start_date.isoformat()),
        ("pace", f"{source.pace.requests_per_second:g} requests/s, pool `{pool_of(source)}`"),
        ("table", f"`corpus.{source.id}`, rulings in `ledger.{source.id}`"),
    ]
    if source.speaks:
        speech = source.speech_or_default
        kept = "kept" if speech.keep_audio else "not kept"
        rows.append(("sound", f"`{speech.engine}`, model `{speech.model or 'of the settings'}`; recordings are {kept}"))
    if source.connection:
        rows.append(("connection", f"`{source.connection}`"))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _basis(source: Source) -> str:
    block = source.license
    lines = [f"* Scope `{block.scope}`: {SCOPES[block.scope]}."]
    if block.basis:
        lines.append(f"* Basis: {block.basis}")
    if block.statement:
        lines.append(f"* Statement: `{block.statement}`")
    if block.contract:
        lines.append(f"* Contract: `include/contracts/{block.contract}.yaml`")
    if block.evidence:
        lines.append(f"* Evidence: <{block.evidence}>")
    lines += [f"* Claim read from `{claim.from_}` (strength `{claim.strength}`)" for claim in block.claims]
    if source.trust == "unreviewed":
        lines.append("* Nobody has reviewed this source yet: its records are quarantined, none is published.")
    return "\n".join(lines)
