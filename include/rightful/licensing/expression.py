"""Licence expressions as small trees: parsed by ``license-expression``, every term looked up in the register."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from license_expression import LicenseWithExceptionSymbol, Licensing

from rightful.licensing import register

MAX_DEPTH = 16
MAX_TERMS = 64

_SHAPE = re.compile(r"[A-Za-z0-9.+\-() \t\r\n]+", re.ASCII)
_OPERATORS = frozenset({"AND", "OR", "WITH", "and", "or", "with"})
_LICENSING = Licensing()


class Node(NamedTuple):
    """``AND``/``OR`` of two or more nodes."""

    operator: Literal["AND", "OR"]
    children: tuple[Tree, ...]


Tree = Node | str
"""A term (an id, or ``id WITH exception``) or an AND/OR of trees."""


class Unreadable(ValueError):
    """The text is no licence expression, or a term of it is unknown (``unknown`` names it)."""

    def __init__(self, text: str, unknown: str | None = None) -> None:
        super().__init__(f"unknown licence id {unknown!r}" if unknown else f"not a licence expression: {text!r}")
        self.unknown = unknown


def is_expression(text: str) -> bool:
    """Whether the text has an operator or parentheses, so that it must be read as an expression or not at all."""
    return "(" in text or ")" in text or any(word in _OPERATORS for word in text.split())


@lru_cache(maxsize=4096)
def parse(text: str) -> Tree:
    """Parse an SPDX expression into a tree of canonical ids; nested operators of one kind are flattened.

    Raises :class:`Unreadable` when it does not parse or holds an id that the register does not know. No OR is elected
    and nothing is simplified.
    """
    if not _SHAPE.fullmatch(text) or not _is_whole(text):
        raise Unreadable(text)
    try:
        parsed = _LICENSING.parse(text, simple=True)
    except Exception as error:  # the parser raises AttributeError, IndexError and more on bad input
        raise Unreadable(text) from error
    if parsed is None:
        raise Unreadable(text)
    return _tree(parsed, text)


def _is_whole(text: str) -> bool:
    """Whether ids, operators and parentheses stand where they must. The parser forgives some that are unfinished."""
    depth = words = 0
    wanted = True  # an id or an opening parenthesis; else an operator, a closing one or the end
    for piece in re.findall(r"[()]|[^\s()]+", text):
        is_operator = piece in _OPERATORS
        # SPDX knows AND and and, not And: mixed case is prose.
        if wanted is (is_operator or piece == ")") or (piece.upper() in _OPERATORS and not is_operator):
            return False
        depth += (piece == "(") - (piece == ")")
        words += piece not in "()"
        if not 0 <= depth <= MAX_DEPTH or words > 2 * MAX_TERMS:
            return False
        wanted = is_operator or piece == "("
    return not wanted and depth == 0


def _tree(parsed: Any, text: str) -> Tree:
    if isinstance(parsed, LicenseWithExceptionSymbol):
        license_key, exception_key = parsed.license_symbol.key, parsed.exception_symbol.key
        spdx, exception = _known(license_key, register.id_of), _known(exception_key, register.exception_of)
        return f"{spdx} WITH {exception}"
    if isinstance(parsed, (_LICENSING.AND, _LICENSING.OR)):
        operator: Literal["AND", "OR"] = "AND" if isinstance(parsed, _LICENSING.AND) else "OR"
        return join(operator, [_tree(child, text) for child in parsed.args])
    key = getattr(parsed, "key", None)
    if not isinstance(key, str):
        raise Unreadable(text)
    return _known(key, register.id_of)


def _known(key: str, look_up: Callable[[str], str | None]) -> str:
    found = look_up(key)
    if found is None:
        raise Unreadable(key, unknown=key)
    return found


def join(operator: Literal["AND", "OR"], trees: Sequence[Tree]) -> Tree:
    """Join trees by one operator: nested ones of its kind are flattened, repetitions dropped, order kept."""
    flat: dict[Tree, None] = {}
    for tree in trees:
        for child in tree.children if isinstance(tree, Node) and tree.operator == operator else (tree,):
            flat[child] = None
    children = tuple(flat)
    return children[0] if len(children) == 1 else Node(operator, children)


def render(tree: Tree) -> str:
    """The tree as an SPDX expression."""
    if isinstance(tree, str):
        return tree
    return f" {tree.operator} ".join(f"({render(c)})" if isinstance(c, Node) else c for c in tree.children)


def conjunction(terms: Iterable[str]) -> Tree:
    """The AND of terms, in alphabetical order."""
    return join("AND", sorted(set(terms)))


def terms(tree: Tree) -> Iterator[str]:
    """All terms of the tree, from left to right."""
    if isinstance(tree, str):
        yield tree
    else:
        for child in tree.children:
            yield from terms(child)
