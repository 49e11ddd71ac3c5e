"""JSON-LD: the ``license`` of the thing that the page is about, never of what it merely shows or links to (T1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rightful.licensing.identify import identify
from rightful.licensing.lift import restriction_in
from rightful.licensing.page.metadata import _PAGE_TYPES, _PART_TYPES, about_of, against, read_tag, unread
from rightful.licensing.page.model import Evidence
from rightful.licensing.page.names import find_names
from rightful.licensing.page.statements import RESERVED

MAX_CHARACTERS = 1_000_000
MAX_NODES = 2_000
MAX_LEVELS = 8
MAX_VALUES = 200
"""Licences of one thing that are read; a longer list is never accepted."""
_LICENSE = ("license", "schema:license", "dct:license", "dcterms:license", "https://schema.org/license")
_TERMS = frozenset({
    "license", "usageinfo", "copyrightnotice", "conditionsofaccess", "rights", "accessrights", "useguidelines",
    "prohibits",
})  # fmt: skip
"""Last words of other names, in whatever vocabulary or case: what they say may contradict a licence."""

Node = dict[str, Any]
_LAST = re.compile(r"[/#:]")

_MEDIA = frozenset({
    "ImageObject", "Photograph", "VideoObject", "AudioObject", "MusicRecording", "MusicAlbum", "ImageGallery",
    "Dataset", "SoftwareSourceCode", "SoftwareApplication", "3DModel",
})  # fmt: skip


def nodes_of(scripts: list[str]) -> list[Node]:
    """The things described at the top level, in ``@graph``, as ``mainEntity`` or ``mainEntityOfPage``. Broken JSON
    gives none; neither does a bomb of nesting or of members."""
    nodes: list[Node] = []
    for script in scripts:
        try:
            _collect(_load(script), nodes, 0)
        except (ValueError, RecursionError):
            continue
    return nodes


def unread_restriction(scripts: list[str]) -> bool:
    """Whether a script that can't be read, or not to its end, speaks of a licence that restricts use: it may be the
    page's own."""
    for script in scripts:
        try:
            whole = _collect(_load(script), [], 0)
        except (ValueError, RecursionError):
            whole = False
        if not whole and _RESTRICTS.search(script):
            return True
    return False


_RESTRICTS = re.compile(r"\bby[\s_-]*n[cd]\b|non-?commercial|no-?deriv|all rights reserved", re.IGNORECASE)


def _load(script: str) -> Any:
    """Raises ValueError or RecursionError."""
    if len(script) > MAX_CHARACTERS:
        raise ValueError("too long")
    return json.loads(_bare(script), strict=False, object_pairs_hook=_members)


def _members(pairs: list[tuple[str, Any]]) -> Node:
    """An object; what stands in it twice counts as a list, where a decoder would keep the last one only."""
    node: Node = {}
    for name, value in pairs:
        node[name] = [node[name], value] if name in node else value
    return node


def _bare(script: str) -> str:
    text = script.strip()
    for opening, closing in (
        ("<!--", "-->"),
        ("//<![CDATA[", "//]]>"),
        ("<![CDATA[", "]]>"),
        ("/*<![CDATA[*/", "/*]]>*/"),
    ):
        if text.startswith(opening):
            text = text.removeprefix(opening).removesuffix(closing).strip()
    return text.removesuffix(";")


def _collect(value: Any, nodes: list[Node], level: int) -> bool:
    """Whether all of it was seen."""
    if level > MAX_LEVELS or len(nodes) >= MAX_NODES:
        return not isinstance(value, list | dict)
    whole = True
    if isinstance(value, list):
        whole = len(value) <= MAX_NODES
        for item in value[:MAX_NODES]:
            whole = _collect(item, nodes, level + 1) and whole
    elif isinstance(value, dict):
        nodes.append(value)
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if key in value:
                whole = _collect(value[key], nodes, level + 1) and whole
    return whole


def types_of(node: Node) -> list[str]:
    """The node's types, without their vocabulary."""
    return _names(node.get("@type"))


def _names(given: Any) -> list[str]:
    names = given if isinstance(given, list) else [given]
    names = [name.get("@id") if isinstance(name, dict) else name for name in names]
    return [name.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in names if isinstance(name, str)]


def is_page(node: Node) -> bool:
    """Whether the node is of a kind that a page's main text can be."""
    types = types_of(node)
    return bool(types) and all(_PAGE_TYPES.search(name) for name in types) and not _is_part(node)


def _is_part(node: Node) -> bool:
    """Whether any of its types, or of its form, is of something that a page's text is not."""
    form = node.get("encodingFormat")
    if isinstance(form, str) and re.match(r"(?:image|audio|video|model|font)/", form.strip().lower()):
        return True
    return any(_PART_TYPES.search(name) for name in (*types_of(node), *_names(node.get("additionalType"))))


def is_media(node: Node) -> bool:
    """Whether the node is an image, a film, a recording, data or software: a page that is about nothing else gives the
    licence of that thing, not of its own text."""
    return any(name in _MEDIA for name in (*types_of(node), *_names(node.get("additionalType"))))


def from_json_ld(nodes: list[Node], url: str, canonical: str) -> Iterator[Evidence]:
    """Evidence of every node that describes this page or its site."""
    known: dict[str, list[Node]] = {}
    for node in nodes:
        if isinstance(node.get("@id"), str):
            known.setdefault(node["@id"], []).append(node)
    for node in nodes:
        keys = [key for key in node if key in _LICENSE or _LAST.split(key)[-1].lower() in _TERMS]
        if not keys:
            continue
        kinds = "/".join(types_of(node)) or "?"
        # Of a thing of a kind that is not known (or too vague, as Thing is) only restrictions are heard.
        vague = not is_page(node)
        why = f"item:{kinds[:40]}" if vague else ""
        if not _here(node, url, canonical) or _is_one_of_several(node, nodes):
            why = why or "elsewhere"
        elif vague and not _is_part(node):
            why = ""
        for key in keys:
            place = f"JSON-LD {kinds[:60]} {_LAST.split(key)[-1][:40]}"
            for text in _texts(node.get(key), 0, known):
                if text is None:
                    yield from () if why else (unread("more than is read", 0.96, "T1", place),)
                elif key in _LICENSE and not vague:
                    yield from read_tag(text, 0.96, "T1", place, excluded=why)
                else:
                    yield from against(read_tag(text, 0.7, "T3", place, excluded=why), vague=vague)


_NAMED_BY = ("url", "@id", "mainEntityOfPage")


def _here(node: Node, url: str, canonical: str) -> bool:
    # What has an address of its own may be named by an identifier that is none of the page's ("https://doi.org/…").
    keys = ("url", "mainEntityOfPage") if isinstance(node.get("url"), str) and node["url"].strip() else _NAMED_BY
    named = [node.get(key) for key in keys]
    named = [name.get("@id") or name.get("url") if isinstance(name, dict) else name for name in named]
    # A fragment is a name within this page ("…#article"), whatever its address; so is a blank node or a URN.
    places = [name.split("#")[0].strip() for name in named if isinstance(name, str)]
    places = [place for place in places if place and not re.match(r"(?!https?:)[A-Za-z][\w+.-]*:|_:", place)]
    return all(about_of(place, url) or (canonical and about_of(place, canonical)) for place in places)


def _is_one_of_several(node: Node, nodes: list[Node]) -> bool:
    """Whether nothing but its title tells it from another thing of its kind: nobody knows which of them is the page."""
    title = node.get("headline") or node.get("name")
    if not isinstance(title, str) or any(node.get(key) for key in _NAMED_BY):
        return False
    kinds = set(types_of(node))
    titles = (other.get("headline") or other.get("name") for other in nodes if kinds & set(types_of(other)))
    return any(isinstance(other, str) and other.strip() != title.strip() for other in titles)


def _texts(value: Any, level: int, known: dict[str, list[Node]]) -> Iterator[str | None]:
    """The values in it; None where there are more than are read."""
    if isinstance(value, str):
        yield value
    elif level >= 3 and isinstance(value, list | dict):
        yield None
    elif isinstance(value, list):
        for item in value[:MAX_VALUES]:
            yield from _texts(item, level + 1, known)
        if len(value) > MAX_VALUES:
            yield None
    elif isinstance(value, dict):
        said = [value[key] for key in ("@id", "url", "@value", "name", "description") if key in value]
        said = [text for one in said for text in (one if isinstance(one, list) else [one])]
        texts = [text for text in said if isinstance(text, str) and text.strip()]
        yield from texts[:1]
        # What stands elsewhere under its name: {"license": {"@id": "#terms"}}.
        described = known.get(value["@id"]) if isinstance(value.get("@id"), str) else None
        if described is not None:
            yield from _texts(described, level + 1, {})
        # What else it says of itself counts where it names a licence or restricts: a name may contradict an address.
        for text in texts[1:MAX_VALUES]:
            if identify(text).expression or restriction_in(text) or RESERVED.search(text) or find_names(text):
                yield text
