"""JSON-LD: the ``license`` of the thing that the page is about, never of what it merely shows or links to (T1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rightful.licensing.page.metadata import _PAGE_TYPES, _PART_TYPES, about_of, read_tag
from rightful.licensing.page.model import Evidence

MAX_CHARACTERS = 1_000_000
MAX_NODES = 2_000
MAX_LEVELS = 8

Node = dict[str, Any]

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
    """Whether a script that can't be read speaks of a licence that restricts use: it may be the page's own."""
    for script in scripts:
        try:
            _load(script)
        except (ValueError, RecursionError):
            if _RESTRICTS.search(script):
                return True
    return False


_RESTRICTS = re.compile(r"\bby-n[cd]\b|non-?commercial|no-?deriv|all rights reserved", re.IGNORECASE)


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


def _collect(value: Any, nodes: list[Node], level: int) -> None:
    if level > MAX_LEVELS or len(nodes) >= MAX_NODES:
        return
    if isinstance(value, list):
        for item in value[:MAX_NODES]:
            _collect(item, nodes, level + 1)
    elif isinstance(value, dict):
        nodes.append(value)
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if key in value:
                _collect(value[key], nodes, level + 1)


def types_of(node: Node) -> list[str]:
    """The node's types, without their vocabulary."""
    given = node.get("@type")
    names = given if isinstance(given, list) else [given]
    return [name.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in names if isinstance(name, str)]


def is_page(node: Node) -> bool:
    """Whether the node is of a kind that a page's main text can be."""
    types = types_of(node)
    return bool(types) and all(_PAGE_TYPES.search(name) and not _PART_TYPES.search(name) for name in types)


def is_media(node: Node) -> bool:
    """Whether the node is an image, a film, a recording, data or software: a page that is about nothing else gives the
    licence of that thing, not of its own text."""
    return any(name in _MEDIA for name in types_of(node))


def from_json_ld(nodes: list[Node], url: str, canonical: str) -> Iterator[Evidence]:
    """Evidence of every node that describes this page or its site."""
    for node in nodes:
        values = [
            node[key]
            for key in ("license", "schema:license", "dct:license", "dcterms:license", "https://schema.org/license")
            if key in node
        ]
        if not values:
            continue
        kinds = "/".join(types_of(node)) or "?"
        why = "" if is_page(node) else f"item:{kinds[:40]}"
        if not why and not _here(node, url, canonical):
            why = "elsewhere"
        for value in values:
            for text in _texts(value, 0):
                yield from read_tag(text, 0.96, "T1", f"JSON-LD {kinds[:60]} license", excluded=why)


def _here(node: Node, url: str, canonical: str) -> bool:
    named = [node.get(key) for key in ("url", "@id", "mainEntityOfPage")]
    named = [name.get("@id") or name.get("url") if isinstance(name, dict) else name for name in named]
    # A fragment is a name within this page ("…#article"), whatever its address; so is a blank node or a URN.
    places = [name.split("#")[0].strip() for name in named if isinstance(name, str)]
    places = [place for place in places if place and not re.match(r"(?!https?:)[A-Za-z][\w+.-]*:|_:", place)]
    return all(about_of(place, url) or (canonical and about_of(place, canonical)) for place in places)


def _texts(value: Any, level: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and level < 3:
        for item in value[:20]:
            yield from _texts(item, level + 1)
    elif isinstance(value, dict) and level < 3:
        for key in ("@id", "url", "@value", "name"):
            if isinstance(value.get(key), str) and value[key].strip():
                yield value[key]
                break
