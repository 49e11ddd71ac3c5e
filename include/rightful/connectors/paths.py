"""Dotted paths into JSON values, compiled once to functions: ``revisions.0.user``, ``answers[].content_license``.

A number is an index of a list (or a key of an object), ``[]`` stands for every element of a list or object. Several
members of each element, in turn: ``terms[].term|definition``. ``#text`` is the text of an XML element, with attributes
beside it or not.
"""

from __future__ import annotations

from collections.abc import Callable

from rightful.errors import ConfigurationError
from rightful.model import JSON

One = Callable[[JSON], JSON]
All = Callable[[JSON], list[tuple[str, JSON]]]

EACH = "[]"
OR = "|"
TEXT = "#text"


def steps_of(path: str) -> tuple[str, ...]:
    """``a.b[].0`` → ``("a", "b", "[]", "0")``; ``.`` → ``()``.

    Raises :class:`ConfigurationError` for brackets that are no ``[]`` at the end of a step.
    """
    if path == ".":
        return ()
    steps: list[str] = []
    for step in path.split("."):
        name = step.removesuffix(EACH)
        if "[" in name or "]" in name or not step:
            raise ConfigurationError(
                f"the path `{path}` can't be read at `{step}`", remedy="write e.g. answers[].license"
            )
        if name:
            steps.append(name)
        if step.endswith(EACH):
            steps.append(EACH)
    return tuple(steps)


def one(path: str) -> One:
    """A function value → what stands at ``path``; None when nothing does. With ``[]``: the list of what is found."""
    steps = steps_of(path)
    if EACH not in steps:
        return _straight(steps)
    if OR in steps[-1]:
        return _several(path)
    every = all_at(path)
    return lambda value: [found for _, found in every(value) if found is not None]


def _several(path: str) -> One:
    """``terms[].term|definition``: the members of each element that are there, element by element."""
    place, _, last = path.rpartition(".")
    every, names = all_at(place), [one(name) for name in last.split(OR) if name]
    return lambda value: [
        found for _, element in every(value) for find in names if (found := find(element)) is not None
    ]


def all_at(path: str, root: str = "") -> All:
    """A function value → ``[(place, found)]``, the place with concrete indexes: ``answers[2].content_license``.

    What is missing is told apart from what is not there to be asked: without an element no place is returned, but an
    element that lacks the rest of the path gives ``(place, None)``; so does a path without ``[]`` that leads nowhere,
    and anything but a list or object where ``[]`` expects elements (null and absent mean: no elements).

    ``root`` is put before every place.
    """
    runs: list[list[str]] = [[]]
    for step in steps_of(path):
        if step == EACH:
            runs.append([])
        else:
            runs[-1].append(step)
    first = ".".join([root, *runs[0]] if root else runs[0])
    finders = [(_straight(tuple(run)), "".join(f".{step}" for step in run)) for run in runs[1:]]
    start = _straight(tuple(runs[0]))
    if not finders:
        return lambda value: [(first, start(value))]

    def find(value: JSON) -> list[tuple[str, JSON]]:
        found: list[tuple[str, JSON]] = []
        _spread(start(value), first, finders, 0, found)
        return found

    return find


def _spread(value: JSON, place: str, finders: list[tuple[One, str]], depth: int, found: list[tuple[str, JSON]]) -> None:
    """Put what stands at the rest of the path, below each element of ``value``, into ``found``."""
    if type(value) is list:
        elements = [(f"{place}[{number}]", element) for number, element in enumerate(value)]
    elif type(value) is dict:
        elements = [(f"{place}[{name}]", element) for name, element in value.items()]
    elif value is None:
        return
    else:
        found.append((place, None))
        return
    find, name = finders[depth]
    for where, element in elements:
        if depth + 1 == len(finders):
            found.append((where + name, find(element)))
        else:
            _spread(find(element), where + name, finders, depth + 1, found)


def _straight(steps: tuple[str, ...]) -> One:
    """The function for a path without ``[]``; the short ones without a loop, for they run for every record."""
    if not steps:
        return lambda value: value
    first = steps[0]
    if len(steps) == 1 and first != TEXT and not _is_index(first):
        return lambda value: value.get(first) if type(value) is dict else None

    def find(value: JSON) -> JSON:
        for step in steps:
            value = value.get(step) if type(value) is dict else _step(value, step)
            if value is None:
                return None
        return value

    return find


def _step(value: JSON, step: str) -> JSON:
    if type(value) is list and _is_index(step):
        index = int(step)
        return value[index] if -len(value) <= index < len(value) else None
    return value if step == TEXT and type(value) is str else None


def _is_index(step: str) -> bool:
    digits = step.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 10
