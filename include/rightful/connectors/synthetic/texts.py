"""What is asked of the model, and the record that its answer becomes, from the endpoint or from the raw store."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Annotated, Any

import msgspec

from rightful.catalogue.models import Source
from rightful.catalogue.synthetic_block import PLACES
from rightful.connectors.reread import Observed
from rightful.connectors.synthetic.seeds import Seed
from rightful.errors import ConfigurationError
from rightful.licensing.claims import STATEMENT_PLACE
from rightful.licensing.identify import identify
from rightful.model import FailedRecord, LicenseClaim, Record, Strength, Synthesis

MARK = b"synthetic/1 "
GENERATOR, SEED = "generator", "seed"
"""Parts of a text: the terms of its writer, and the licence of what it was made from. Both have to be allowed."""
_PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")
_SHOWN = 200


class SeedHead(msgspec.Struct, kw_only=True):
    """A seed, as it stands before an answer in the raw store."""

    id: str
    url: str
    license: str
    content_sha256: str
    attribution: str
    creators: list[str]
    language: str
    depth: int


class Head(msgspec.Struct, kw_only=True):
    """What stands before an answer in the raw store: how it was asked for, without any secret."""

    request: dict[str, Any]
    model: str
    version: str
    terms: str
    terms_date: date
    prompt: str
    options: str
    seed: SeedHead


def request_of(source: Source, seed: Seed) -> dict[str, Any]:
    """The body to post. Places are filled in once: what looks like a place in the seed's own text stays as it is."""
    spec = source.synthetic
    values = {"text": seed.text, "title": seed.title, "language": seed.language}
    messages = [
        {"role": message.role, "content": _PLACE.sub(lambda found: values[found[1]], message.content)}
        for message in spec.prompt
    ]
    return {"model": spec.model, "messages": messages, **spec.options}


def head_of(source: Source, seed: Seed, request: dict[str, Any]) -> Head:
    """What is kept of a request."""
    spec = source.synthetic
    return Head(
        request=request,
        model=spec.model,
        version=spec.version,
        terms=source.license.statement or "",
        terms_date=spec.terms_date,
        prompt=_json([message.model_dump() for message in spec.prompt]),
        options=_json(spec.options),
        seed=SeedHead(
            id=seed.id,
            url=seed.url,
            license=seed.license,
            content_sha256=seed.content_sha256,
            attribution=seed.attribution,
            creators=list(seed.creators),
            language=seed.language,
            depth=seed.depth,
        ),
    )


def claims_of(source: Source, seed: Seed) -> tuple[LicenseClaim, ...]:
    """The writer's terms, and the seed's licence as the corpus has it: what is made of a text is not freer than it."""
    statement = source.license.statement
    return (
        LicenseClaim(
            raw=statement,
            place=STATEMENT_PLACE,
            strength=Strength.PUBLISHER,
            expression=identify(statement, aliases=source.license.aliases).expression,
            part=GENERATOR,
        ),
        LicenseClaim(
            raw=seed.license,
            place=f"corpus {seed.id}",
            strength=seed.strength,
            expression=identify(seed.license).expression,
            part=SEED,
        ),
    )


def record_of(source: Source, head: Head, answer: bytes, observed: Observed) -> Record | FailedRecord:
    """The record of an answer (the body of a chat completion, as it came).

    Raises :class:`ConfigurationError` for an answer of another model: its terms were not looked at.
    """
    text, reason, detail = _text_of(source, answer)
    native_id = _native_id(head)
    if text is None:
        detail = f"{head.seed.id}: {detail}"
        return FailedRecord(
            native_id=native_id, url=observed.url, reason=reason, detail=detail, fetched_at=observed.fetched_at
        )
    return Record(
        native_id=native_id,
        version=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16],
        url=observed.url,
        raw=MARK + msgspec.json.encode(head) + b"\n" + answer,
        body=text,
        media_type="text/plain",
        claims=observed.claims,
        optouts=observed.optouts,
        creators=tuple(head.seed.creators),  # so that what they withdraw takes this with it
        publisher=f"{head.model} ({head.version})",
        attribution=f"Written by {head.model} ({head.version}) from: {head.seed.attribution}",
        record_kind=source.record_kind,
        created=observed.fetched_at,
        fetched_at=observed.fetched_at,
        language=head.seed.language or None,
        synthesis=Synthesis(
            model=head.model,
            version=head.version,
            terms_date=head.terms_date,
            prompt=head.prompt,
            options=head.options,
            depth=head.seed.depth + 1,
            seeds=(head.seed.id,),
        ),
    )


def kept_text(raw: bytes, observed: Observed, source: Source) -> Record | FailedRecord:
    """The record of what the raw store holds, its licence as it was observed."""
    line, _, answer = raw.partition(b"\n")
    try:
        if not line.startswith(MARK):
            raise ValueError("its mark is missing")
        head = msgspec.json.decode(line[len(MARK) :], type=Head)
        return record_of(source, head, answer, observed)
    except (ValueError, msgspec.DecodeError, ConfigurationError) as error:
        what = f"the bytes in the raw store are no answer of this source: {error}"
        return FailedRecord(
            native_id="", url=observed.url, reason="malformed", detail=what, fetched_at=observed.fetched_at
        )


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[Any] | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct):
    """OpenAI's chat completion object, as far as it matters here."""

    model: str
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]


def _text_of(source: Source, answer: bytes) -> tuple[str | None, str, str]:
    """The text of an answer; else None with a failed record's reason and detail."""
    spec = source.synthetic
    try:
        told = msgspec.json.decode(answer, type=_Completion)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return None, "malformed", f"no chat completion ({str(error)[:_SHOWN]})"
    expected = spec.answers_as or spec.model
    if told.model != expected:
        raise ConfigurationError(
            f"the endpoint answers as model {told.model[:_SHOWN]!r}, not as {expected!r}: nobody looked at its terms",
            source=source.id,
            remedy="look at its terms, then correct `fetch.model`, `answers_as`, `version` and `terms_date`",
        )
    if len(told.choices) != 1:
        return None, "malformed", f"{len(told.choices)} choices, of which none was asked for"
    choice = told.choices[0]
    if choice.message.refusal:
        return None, "malformed", f"the model refused: {choice.message.refusal[:_SHOWN]!r}"
    if choice.message.tool_calls:
        return None, "malformed", "the model calls a tool instead of writing"
    if choice.finish_reason != "stop":
        return None, "truncated", f"the model did not come to an end (finish_reason {choice.finish_reason!r})"
    if not choice.message.content or not choice.message.content.strip():
        return None, "malformed", "the model wrote nothing"
    return choice.message.content, "", ""


def _native_id(head: Head) -> str:
    """The same for the same seed, prompt, options and model: asked again, it is another version of one document."""
    parts = (head.seed.id, head.seed.content_sha256, head.prompt, head.options, head.model, head.version)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


__all__ = ["GENERATOR", "MARK", "SEED", "Head", "claims_of", "head_of", "kept_text", "record_of", "request_of"]
