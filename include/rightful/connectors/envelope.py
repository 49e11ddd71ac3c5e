"""An answer taken apart: the records as bytes, untouched, and everything around them decoded."""

from __future__ import annotations

import json
import re

import msgspec
from msgspec import Raw

from rightful.model import JSON

_members = msgspec.json.Decoder(dict[str, Raw])
_elements = msgspec.json.Decoder(list[Raw])
_anything = msgspec.json.Decoder()
decode = _anything.decode
"""Bytes → JSON value. Raises one of :data:`Unreadable`."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_FILLER = rb"\\ufffd"

Unreadable = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are no JSON, or are nested beyond reason."""


class Envelope(msgspec.Struct, frozen=True):
    """``head`` is the answer without its records; ``records`` is None when there is no such place in the answer."""

    head: JSON
    records: list[bytes] | None


def open_envelope(body: bytes, steps: tuple[str, ...], *, whole: bool = False, single: bool = False) -> Envelope:
    """Take ``body`` apart at ``steps`` (see :func:`rightful.connectors.paths.steps_of`).

    With ``whole``, the head is the complete answer (needed when something is read from among the records). With
    ``single``, the object that stands at ``steps`` is the one record, not a collection of them.

    Raises one of :data:`Unreadable` when the answer is not JSON, and :class:`TypeError` when what stands at ``steps``
    is neither list nor object.
    """
    try:
        head, found = _open(body, steps, single)
        records = None if found is None else [bytes(record) for record in found]
    except msgspec.DecodeError as error:
        if "surrogate" not in str(error) and "hex escape" not in str(error):
            raise
        # Half a surrogate pair in one record must not cost the others: the page is taken apart in a copy in which every
        # surrogate is replaced by another escape of the same length. The record itself then fails when it is decoded.
        copy = _SURROGATE.sub(_FILLER, body)
        head, found = _open(copy, steps, single)
        records = None if found is None else _same_places(body, copy, found)
    if whole:
        head = _anything.decode(body)
    return Envelope(head, records)


def repeated_key(raw: bytes) -> str | None:
    """A key that stands twice in one object of ``raw``, which is JSON; decoders keep the last one without a word."""

    def pairs(found: list[tuple[str, JSON]]) -> dict[str, JSON]:
        members = dict(found)
        if len(members) < len(found):
            names = [name for name, _ in found]
            raise _Repeated(next(name for name in names if names.count(name) > 1))
        return members

    try:
        json.loads(raw, object_pairs_hook=pairs, parse_int=str, parse_float=str)  # numbers of any length
    except _Repeated as error:
        return str(error)
    return None


class _Repeated(Exception):
    """Carries the key."""


def _open(raw: bytes | Raw, steps: tuple[str, ...], single: bool) -> tuple[JSON, list[Raw] | None]:
    if not steps:
        return None, _list(raw, single)
    members = _members.decode(raw)
    name = steps[0]
    head = {key: _anything.decode(value) for key, value in members.items() if key != name}
    if name not in members:
        return head, None
    inner, records = _open(members[name], steps[1:], single)
    if inner is not None:
        head[name] = inner
    return head, records


def _list(raw: bytes | Raw, single: bool) -> list[Raw] | None:
    start = bytes(memoryview(raw)[:64]).lstrip()[:1]
    if single and start == b"{":
        # Decoded as an object to be sure that it is one; an empty one is no record.
        return [Raw(bytes(raw))] if _members.decode(raw) else []
    if single and start == b"[":
        raise TypeError("a list, where one record should stand")
    if start == b"[":
        return _elements.decode(raw)
    if start == b"{":
        return list(_members.decode(raw).values())
    if start == b"n":
        return None
    raise TypeError("neither a list nor an object")


def _same_places(body: bytes, copy: bytes, found: list[Raw]) -> list[bytes]:
    records, position = [], 0
    for record in found:
        piece = bytes(record)
        position = copy.index(piece, position)
        records.append(body[position : position + len(piece)])
        position += len(piece)
    return records
