"""``rightful lookup``: is it in the corpus, and what is its whole chain?"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import click

from rightful.cli.output import answer, emit, json_option, people, told


@click.command(short_help="Is it in the corpus? Its whole chain.")
@click.argument("what", metavar="URL|ID|SHA256")
@json_option
@told
def lookup(what: str, as_json: bool) -> None:
    """Say whether URL, ID or SHA256 is in the corpus, with source, licence, evidence, ruling, run and snapshot.

    SHA256 may be that of the text or of the bytes as received. Case does not matter. Exit status 1: nothing is known.
    """
    from rightful.lineage.lookup import lookup as find
    from rightful.settings import get_settings

    if not what.strip():
        raise click.BadParameter("give a URL, an id or a SHA-256")
    hits = find(get_settings(), what)
    for hit in hits:
        if as_json:
            emit(hit)
        else:
            _tell(hit)
    if not hits:
        people().print(
            f"✗ nothing is known of {what} — it is in no table: never fetched, or its slice was never published",
            style="red",
            markup=False,
            highlight=False,
        )
        sys.exit(1)


def _tell(hit: dict[str, Any]) -> None:
    document, ruling, published = hit["document"] or {}, hit["ruling"] or {}, hit["published"] or {}
    state = "in the corpus" if hit["in_corpus"] else "not in the corpus"
    use = "may be used" if hit["usable"] else f"may not be used: {hit['why_not']}"
    answer(f"{hit['id']} — {state}, {use}")
    contract = hit["contract"] or {}
    raw = hit["raw"]
    lines = {
        "title": document.get("title"),
        "url": document.get("source_url") or ruling.get("source_url"),
        "creators": ", ".join(document.get("creators") or ()),
        "text": " ".join((document.get("text_excerpt") or "").split()),
        "licence": document.get("license_expression"),
        "evidence": _evidence(document, ruling),
        "marked": hit["mark"],
        "looked at": "; ".join(_look(row) for row in hit["observations"][:3]),
        "duties": ", ".join(document.get("duties") or ()),
        "contract": f"{contract['id']}, {contract['valid_from']} to {contract['valid_until'] or 'open'}"
        if contract
        else "",
        "ruling": _words(ruling.get("outcome"), ruling.get("reason"), _named("rule", ruling.get("rule"))),
        "reviewed": "; ".join(_reviewed(row) for row in hit["reviews"]),
        "policy": _words(ruling.get("policy_version"), _changed(ruling, hit["policy_now"])),
        "decided": _words(_time(ruling.get("decided_at")), _named("run", ruling.get("run_id"))),
        "fetched": _time(document.get("fetched_at")),
        "slice": _time(document.get("slice") or ruling.get("slice")),
        "published": _words(
            _time(published.get("published_at")),
            _named("snapshot", published.get("snapshot_id")),
            _named("code", published.get("code_version")),
        ),
        "raw bytes": _words(raw["uri"], _range(raw), _named("sha256", raw["sha256"])),
        "heard by": _heard(document),
        "written by": _written(document),
        "content": _named("sha256", document.get("content_sha256")),
        "earlier": "; ".join(f"{row['decided_at']:%Y-%m-%d} {row['outcome']}" for row in hit["history"][:5]),
    }
    for name, value in lines.items():
        if value:
            answer(f"  {name:<10} {value}")


def _look(row: dict[str, Any]) -> str:
    """``2026-03-08 same, next 2026-03-31``."""
    following = row["next_due"]
    after = f", next {following:%Y-%m-%d}" if isinstance(following, datetime) else ""
    return f"{row['observed_at']:%Y-%m-%d} {row['result']}{after}"


def _time(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else ""


def _words(*parts: object) -> str:
    return ", ".join(str(part) for part in parts if part)


def _named(name: str, value: object) -> str:
    return f"{name} {value}" if value not in (None, "") else ""


def _evidence(document: dict[str, Any], ruling: dict[str, Any]) -> str:
    claims = document.get("claims") or ruling.get("claims") or ()
    return "; ".join(f"{claim['raw']!r} at {claim['place']} ({claim['strength']})" for claim in claims)


def _reviewed(row: dict[str, Any]) -> str:
    """Who ruled what a tag counts as, and when."""
    named = f" as {row['license_expression']}" if row["license_expression"] else ""
    return f"{row['decision']} {row['license_raw']!r}{named}, by {row['reviewed_by']}, {_time(row['reviewed_at'])}"


def _changed(ruling: dict[str, Any], now: str) -> str:
    return f"now {now}" if ruling.get("policy_version") not in (None, now) else ""


def _heard(document: dict[str, Any]) -> str:
    """``faster-whisper/base 1.2.1, options 1a2b3c4d5e6f, weights 6f5e4d3c2b1a, 93 s of sound, not kept, flags …``."""
    model = document.get("asr_model")
    if not model:
        return ""
    params = json.loads(document.get("asr_params") or "{}")
    seconds = document.get("media_seconds")
    return _words(
        f"{model} {params.get('engine_version') or ''}".strip(),
        _named("options", (params.get("options_sha256") or "")[:12]),
        _named("weights", (params.get("model_sha256") or "")[:12]),
        f"{seconds:,.0f} s of sound" if seconds is not None else "",
        "the recording was not kept" if (params.get("audio") or {}).get("kept") is False else "",
        _named("flags", " ".join(document.get("asr_flags") or ())),
    )


def _written(document: dict[str, Any]) -> str:
    """``open-model 6f5e4d3c, terms of 2026-11-24, from wikibooks:2@20, depth 1, prompt …``."""
    if not document.get("generator_model"):
        return ""
    return _words(
        f"{document['generator_model']} {document.get('generator_version') or ''}".strip(),
        _named("terms of", document.get("generator_terms_date")),
        _named("from", " ".join(document.get("seed_ids") or ())),
        _named("depth", document.get("generation_depth")),
        _named("options", document.get("generator_options")),
        _named("prompt", document.get("generator_prompt")),
    )


def _range(raw: dict[str, Any]) -> str:
    if raw["offset"] is None or raw["length"] is None:
        return ""
    return f"bytes {raw['offset']}–{raw['offset'] + raw['length'] - 1}"
