"""What a record says about its licence, read by the rules of its source file. Nothing missing is dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from rightful.catalogue.models import ClaimRule
from rightful.licensing.identify import Aliases, identify
from rightful.model import JSON, LicenseClaim, Reason, Strength

Lookup = Callable[[str], Sequence[tuple[str, JSON]]]
"""Path of a rule → (concrete place, value) of what stands there. A path with ``[]`` gives one pair per element (value
None where the element lacks it); any other path gives one pair, or none when the value is absent."""

STATEMENT_PLACE = "source.license.statement"


def claims_of(
    rules: Sequence[ClaimRule],
    statement: str | None,
    lookup: Lookup,
    *,
    aliases: Aliases | None = None,
    on: date | None = None,
) -> tuple[LicenseClaim, ...]:
    """Read every claim of one record.

    A rule whose value is absent gives a claim with ``raw=None``, which the gate denies as ``no_tag``; only a path with
    ``[]`` over no elements gives none: the record then has no such parts. A tag that is no string keeps its JSON as
    ``raw``. ``statement`` is the tag of a source whose licence covers every record: the publisher's own words, checked
    by whoever wrote the source file. ``aliases`` and ``on`` (the publication date) only fill ``expression``; the gate
    reads ``raw`` again.
    """
    found: list[LicenseClaim] = []
    if statement is not None:
        found.append(_claim(statement, STATEMENT_PLACE, Strength.PUBLISHER, "", aliases, on))
    for rule in rules:
        found += _read(rule, lookup, aliases, on)
    return tuple(dict.fromkeys(found))


def _read(rule: ClaimRule, lookup: Lookup, aliases: Aliases | None, on: date | None) -> list[LicenseClaim]:
    per_element = "[]" in rule.from_
    tags = list(lookup(rule.from_))
    if not tags and not per_element:
        tags = [(rule.from_, None)]
    labels: Sequence[tuple[str, JSON]] = list(lookup(rule.label)) if rule.label is not None else []
    # Labels belong to tags by position; when the counts differ nobody knows which to which, so none is used.
    if len(labels) != len(tags):
        labels = []
    found: list[LicenseClaim] = []
    for index, (place, value) in enumerate(tags):
        part = _part(rule, index) if per_element else rule.part or ""
        label = labels[index] if labels else None
        found += _with_label(_claim(value, place, rule.strength, part, aliases, on), label, aliases, on)
    return found


def _with_label(
    tag: LicenseClaim, label: tuple[str, JSON] | None, aliases: Aliases | None, on: date | None
) -> list[LicenseClaim]:
    """The tag's claim, or the label's in its place when there is no tag, or both when they contradict each other."""
    if label is None or label[1] is None:
        return [tag]
    beside = _claim(label[1], label[0], tag.strength, tag.part, aliases, on)
    said = identify(tag.raw, aliases=aliases, on=on)
    named = identify(beside.raw, aliases=aliases, on=on)
    if said.reason is Reason.NO_TAG:
        return [tag] if named.reason is Reason.NO_TAG else [beside]
    if named.expression is not None and named.families != said.families:
        return [tag, beside]
    return [tag]


def _claim(
    value: JSON, place: str, strength: Strength, part: str, aliases: Aliases | None, on: date | None
) -> LicenseClaim:
    raw = value if value is None or isinstance(value, str) else _json(value)
    expression = identify(raw, aliases=aliases, on=on).expression
    return LicenseClaim(raw=raw, place=place, strength=strength, expression=expression, part=part)


def _json(value: JSON) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _part(rule: ClaimRule, index: int) -> str:
    """``record.answers[].content_license`` → ``answers[2]``; a rule's own ``part`` takes the path's place."""
    path = re.sub(r"^(?:record|site)\.", "", rule.from_[: rule.from_.rindex("[]")])
    return f"{rule.part or path}[{index}]"
