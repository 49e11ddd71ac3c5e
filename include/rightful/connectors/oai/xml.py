"""Answers of OAI-PMH 2.0 taken apart; each record becomes a JSON object that ``fetch.fields`` reads.

An element becomes an object of its children by their names, without namespaces; its attributes are ``@name``. One that
holds only text is that text; with attributes, or with markup among the words, it is an object whose ``#text`` are
all of its words. A path's step ``#text`` reads both.

A child that stands more than once is a list, and so is one that the source file calls a list. What may stand once only
(an attribute's name without its namespace, a record's identifier, its metadata) and stands twice is a list as well, so
that no path takes the first of two.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from rightful.errors import Malformed

_REMEDY = "look at the address in a browser; is it the repository's OAI-PMH interface?"
_MOST_DEPTH = 100
NO_RECORDS = "noRecordsMatch"


class Answered(NamedTuple):
    """One answer. ``error`` is an OAI error's (code, words); ``token`` is None at the end of the list."""

    records: list[bytes]
    token: str | None
    error: tuple[str, str] | None


def read_answer(body: bytes, lists: Collection[str]) -> Answered:
    """Records, token and error of an answer to ListRecords or GetRecord.

    Raises :class:`~rightful.errors.Malformed` for what is no OAI-PMH answer.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"broken XML: {error}", remedy=_REMEDY) from None
    if name_of(root) != "OAI-PMH":
        raise Malformed(f"no answer of OAI-PMH, but <{name_of(root)}>", remedy=_REMEDY)
    errors = [_error(one) for one in root if name_of(one) == "error"]
    verbs = [one for one in root if name_of(one) in ("ListRecords", "GetRecord")]
    if len(verbs) > 1 or (errors and verbs):
        raise Malformed("an answer of OAI-PMH that says two things", remedy=_REMEDY)
    if errors:
        # "Nothing was found" is the whole answer only when nothing else is wrong.
        return Answered([], None, next((one for one in errors if one[0] != NO_RECORDS), errors[0]))
    if not verbs:
        raise Malformed("an answer of OAI-PMH without records and without an error", remedy=_REMEDY)
    tokens = [(one.text or "").strip() for one in verbs[0] if name_of(one) == "resumptionToken"]
    if len(tokens) > 1:
        raise Malformed("an answer of OAI-PMH with two resumption tokens", remedy=_REMEDY)
    records = [_record(one, frozenset(lists)) for one in verbs[0] if name_of(one) == "record"]
    return Answered(records, (tokens[0] or None) if tokens else None, None)


def _error(element: Any) -> tuple[str, str]:
    return element.get("code") or "", " ".join("".join(element.itertext()).split())


def _record(record: Any, lists: frozenset[str]) -> bytes:
    """``{"header": {"identifier", "local", "datestamp", "setSpec": […], "deleted": bool}, "metadata": {…}, "about":
    […], "xml": "the metadata as it stands there"}``; of one that can't be read ``header`` and ``problem``."""
    parts: dict[str, list[Any]] = {"header": [], "metadata": [], "about": []}
    for part in record:
        parts.get(name_of(part), []).append(part)
    value: dict[str, Any] = {"header": _header(parts["header"])}
    inner = [one for part in parts["metadata"] for one in part if isinstance(one.tag, str)]
    try:
        value["metadata"] = _one_or_all([to_json(part, lists) for part in parts["metadata"]])
        value["about"] = [to_json(part, lists) for part in parts["about"]]
        value["xml"] = etree.tostring(inner[0], encoding="unicode", with_tail=False) if len(inner) == 1 else None
    except Malformed as error:
        value["problem"] = error.what
    return msgspec.json.encode(value)


def _header(headers: list[Any]) -> dict[str, Any]:
    told: dict[str, list[str]] = {"identifier": [], "datestamp": [], "setSpec": []}
    for one in (child for header in headers for child in header):
        told.get(name_of(one), []).append((one.text or "").strip())
    identifier = _one_or_all([text for text in told["identifier"] if text])
    return {
        "identifier": identifier,
        "local": _local(identifier) if isinstance(identifier, str) else identifier,
        "datestamp": _one_or_all(told["datestamp"]),
        "setSpec": told["setSpec"],
        "deleted": any(header.get("status") == "deleted" for header in headers),
    }


def _local(identifier: str) -> str:
    """The part of ``oai:repository:part`` that is the repository's own; anything else as it is. What stands behind
    further colons belongs to it, or two records could have one id."""
    scheme, _, rest = identifier.partition(":")
    return rest.partition(":")[2] or identifier if scheme.lower() == "oai" else identifier


def _one_or_all(found: list[Any]) -> Any:
    """What stands once; None for what is not there, all for what stands more than once."""
    return found[0] if len(found) == 1 else found or None


def to_json(element: Any, lists: frozenset[str], depth: int = 0) -> Any:
    """The JSON of an element; see the module."""
    if depth > _MOST_DEPTH:
        raise Malformed(f"elements more than {_MOST_DEPTH} deep", remedy=_REMEDY)
    attributes: dict[str, Any] = {}
    for name, text in element.attrib.items():
        key = f"@{etree.QName(name).localname}"
        attributes[key] = [attributes[key], text] if key in attributes else text
    children = [one for one in element if isinstance(one.tag, str)]
    text = " ".join("".join(element.itertext()).split()) if _has_text(element, children) else ""
    if not children:
        return {**attributes, "#text": text} if attributes else text
    value: dict[str, Any] = dict(attributes)
    counts: dict[str, int] = {}
    for one in children:
        name, told = name_of(one), to_json(one, lists, depth + 1)
        counts[name] = counts.get(name, 0) + 1
        if counts[name] == 1:
            value[name] = [told] if name in lists else told
        elif counts[name] == 2 and name not in lists:
            value[name] = [value[name], told]
        else:
            value[name].append(told)
    if text:
        value["#text"] = text
    return value


def _has_text(element: Any, children: list[Any]) -> bool:
    """Whether words stand in the element itself, beside its children (mixed content), or it is markup around one text
    (a title that is all in italics)."""
    inner = children
    while len(inner) == 1:
        inner = [one for one in inner[0] if isinstance(one.tag, str)]
    return not inner or bool((element.text or "").strip()) or any((one.tail or "").strip() for one in children)


def name_of(element: Any) -> str:
    """Without its namespace; ``""`` for what is no element."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


__all__ = ["NO_RECORDS", "Answered", "name_of", "read_answer", "to_json"]
