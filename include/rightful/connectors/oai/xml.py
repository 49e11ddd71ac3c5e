"""Answers of OAI-PMH 2.0 taken apart; each record becomes a JSON object that ``fetch.fields`` reads.

An element becomes an object of its children by their names, without namespaces; its attributes are ``@name``. One that
holds only text is that text, or with attributes ``{"@lang": "en", "#text": "…"}``. A child that stands more than once
is a list, and so is one that the source file calls a list.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from rightful.errors import Malformed

_REMEDY = "look at the address in a browser; is it the repository's OAI-PMH interface?"
_MOST_DEPTH = 100


class Answered(NamedTuple):
    """One answer. ``error`` is an OAI error's (code, words); ``token`` is None at the end of the list."""

    records: list[bytes]
    token: str | None
    error: tuple[str, str] | None
    size: int | None


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
    for one in root:
        if name_of(one) == "error":
            return Answered([], None, (one.get("code") or "", " ".join("".join(one.itertext()).split())), None)
    verb = next((one for one in root if name_of(one) in ("ListRecords", "GetRecord")), None)
    if verb is None:
        raise Malformed("an answer of OAI-PMH without records and without an error", remedy=_REMEDY)
    token = next((one for one in verb if name_of(one) == "resumptionToken"), None)
    size = token.get("completeListSize") if token is not None else None
    return Answered(
        [_record(one, frozenset(lists)) for one in verb if name_of(one) == "record"],
        ((token.text or "").strip() or None) if token is not None else None,
        None,
        int(size) if size is not None and size.isdigit() else None,
    )


def _record(record: Any, lists: frozenset[str]) -> bytes:
    """``{"header": {"identifier", "local", "datestamp", "setSpec": […], "deleted": bool}, "metadata": {…}, "about":
    […], "xml": "the metadata as it stands there"}``; ``local`` is the identifier's last part."""
    value: dict[str, Any] = {"header": {}, "metadata": None, "about": [], "xml": None}
    for part in record:
        match name_of(part):
            case "header":
                value["header"] = _header(part)
            case "metadata":
                value["metadata"] = to_json(part, lists)
                inner = next(iter(part), None)
                value["xml"] = etree.tostring(inner, encoding="unicode", with_tail=False) if inner is not None else None
            case "about":
                value["about"].append(to_json(part, lists))
    return msgspec.json.encode(value)


def _header(header: Any) -> dict[str, Any]:
    texts: dict[str, str] = {}
    for one in header:
        texts.setdefault(name_of(one), (one.text or "").strip())
    identifier = texts.get("identifier") or None
    return {
        "identifier": identifier,
        "local": identifier.rpartition(":")[2] if identifier else None,
        "datestamp": texts.get("datestamp"),
        "setSpec": [(one.text or "").strip() for one in header if name_of(one) == "setSpec"],
        "deleted": header.get("status") == "deleted",
    }


def to_json(element: Any, lists: frozenset[str], depth: int = 0) -> Any:
    """The JSON of an element; see the module."""
    if depth > _MOST_DEPTH:
        raise Malformed(f"elements more than {_MOST_DEPTH} deep", remedy=_REMEDY)
    attributes = {f"@{etree.QName(name).localname}": text for name, text in element.attrib.items()}
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
    """Whether words stand in the element itself, beside its children (mixed content)."""
    return not children or bool((element.text or "").strip()) or any((one.tail or "").strip() for one in children)


def name_of(element: Any) -> str:
    """Without its namespace; ``""`` for what is no element."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


__all__ = ["Answered", "name_of", "read_answer", "to_json"]
