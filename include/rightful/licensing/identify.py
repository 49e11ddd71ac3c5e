"""Identify: a verbatim tag becomes an SPDX expression, or it is unknown. Total, offline, exact; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

import msgspec

from rightful.catalogue.models import DatedAlias
from rightful.licensing import expression as expressions
from rightful.licensing import register
from rightful.licensing.creative_commons import UNVERSIONED
from rightful.licensing.tables import NOTHING
from rightful.model import Reason

MAX_TAG = 1_000
"""Longest tag in characters that is looked at; longer ones are prose."""

Aliases = Mapping[str, str | tuple[DatedAlias, ...]]
"""A source's own reading of its tags: ``license.aliases`` of the catalogue."""


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """What a tag means. ``expression`` is None when unknown, and ``reason`` then says why."""

    tag: str | None
    expression: str | None = None
    reason: Reason | None = None
    category: str = "unknown"
    terms: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    families: frozenset[str] = frozenset()

    @property
    def unversioned(self) -> bool:
        """Whether a term lacks the version that its licence needs."""
        return any(term.endswith(f"-{UNVERSIONED}") for term in self.terms)


def identify(tag: object, *, aliases: Aliases | None = None, on: date | None = None) -> Identified:
    """Read a tag (name, id, expression or URL). Any input gives an answer; nothing raises.

    ``aliases`` are looked up by the exact tag, with the meaning they had ``on`` the record's publication date; they
    may explain what the register can't read, or add a version, but never contradict what the register reads by itself.
    ``reason`` is ``no_tag`` (nothing was said), ``unparsable`` (a broken expression) or ``unknown_id``.
    """
    if not isinstance(tag, str):
        empty = tag is None or (isinstance(tag, (list, tuple, dict, set, bytes)) and not tag)
        return Identified(tag=None, reason=Reason.NO_TAG if empty else Reason.UNKNOWN_ID)
    if len(tag) > MAX_TAG:
        return Identified(tag=tag[:MAX_TAG], reason=Reason.UNPARSABLE)
    tag = str.__str__(tag)
    own = _read(tag)
    if not aliases or not isinstance(aliases, Mapping):
        return own
    meaning = _meaning(aliases.get(tag, aliases.get(tag.strip())), on)
    if meaning is None or own.reason is Reason.NO_TAG:
        return own
    aliased = _read(meaning)
    if aliased.expression is None:
        return own
    contradicts = own.expression is not None and not (own.unversioned and own.families == aliased.families)
    return own if contradicts else msgspec.structs.replace(aliased, tag=tag)


def day_of(moment: object) -> date | None:
    """The UTC day of a date or time, or None when it is neither."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
    return moment if isinstance(moment, date) else None


def in_force(valid_from: date | None, valid_until: date | None, day: date | None) -> bool:
    """Whether ``day`` lies in the term (both ends inclusive). Without a day only an unbounded term is in force."""
    if day is None:
        return valid_from is None and valid_until is None
    return (valid_from is None or valid_from <= day) and (valid_until is None or day <= valid_until)


def _meaning(alias: object, on: object) -> str | None:
    if isinstance(alias, str):
        return alias
    if isinstance(alias, DatedAlias):
        alias = (alias,)
    if not isinstance(alias, (tuple, list)):
        return None
    day = day_of(on)
    meanings = {
        dated.expression
        for dated in alias
        if isinstance(dated, DatedAlias) and in_force(dated.valid_from, dated.valid_until, day)
    }
    # Two meanings on one day are no meaning.
    return meanings.pop() if len(meanings) == 1 else None


@lru_cache(maxsize=16_384)
def _read(tag: str) -> Identified:
    text = tag.strip()
    if register.normal_name(text) in NOTHING:
        return Identified(tag=tag, reason=Reason.NO_TAG)
    if register.looks_like_url(text):
        return _known(tag, register.id_of_url(text))
    if found := register.id_of(text) or register.name_of(text):
        return _known(tag, found)
    if not expressions.is_expression(text):
        return Identified(tag=tag, reason=Reason.UNKNOWN_ID)
    try:
        tree = expressions.parse(text)
    except expressions.Unreadable as error:
        return Identified(tag=tag, reason=Reason.UNKNOWN_ID if error.unknown else Reason.UNPARSABLE)
    return _known(tag, expressions.render(tree), tuple(expressions.terms(tree)))


def _known(tag: str, expression: str | None, terms: tuple[str, ...] = ()) -> Identified:
    if expression is None:
        return Identified(tag=tag, reason=Reason.UNKNOWN_ID)
    terms = terms or (expression,)
    categories = {register.category_of(term) for term in terms}
    return Identified(
        tag=tag,
        expression=expression,
        category=max(categories, key=register.CATEGORIES.index),
        terms=terms,
        versions=tuple(version for term in terms if (version := register.version_of(term))),
        families=frozenset(register.family_of(term) for term in terms),
    )
