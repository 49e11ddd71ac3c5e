"""Dotted paths into JSON values, compiled once to functions: ``revisions.0.user``, ``answers[].content_license``.

A number is an index of a list (or a key of an object), ``[]`` stands for every element of a list or object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rightful.errors import ConfigurationError
from rightful.model import JSON

One = Callable[[JSON], JSON]
All = Callable[[JSON], list[tuple[str, JSON]]]

EACH = "[]"


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
    if EACH in steps:
        every = all_at(path)
        return lambda value: [found for _, found in every(value) if found is not None]
    if len(steps) == 1:
        name = steps[0]
        if not _is_index(name):
            return lambda value: value.get(name) if type(value) is dict else None

    def find(value: JSON) -> JSON:
        for step in steps:
            value = _step(value, step)
            if value is None:
                return None
        return value

    return find


def all_at(path: str) -> All:
    """A function value → ``[(place, found)]``, the place with concrete indexes: ``answers[2].content_license``.

    What is missing is told apart from what is not there to be asked: without an element no place is returned, but an
    element that lacks the rest of the path gives ``(place, None)``; so does a path without ``[]`` that leads nowhere,
    and anything but a list or object where ``[]`` expects elements (null and absent mean: no elements).
    """
    steps = steps_of(path)

    def find(value: JSON) -> list[tuple[str, JSON]]:
        return list(_walk(value, steps, 0, ""))

    return find


def _walk(value: JSON, steps: tuple[str, ...], position: int, place: str) -> Iterator[tuple[str, JSON]]:
    for index in range(position, len(steps)):
        step = steps[index]
        if step != EACH:
            value = _step(value, step)
            place = f"{place}.{step}" if place else step
        elif isinstance(value, list):
            for number, element in enumerate(value):
                yield from _walk(element, steps, index + 1, f"{place}[{number}]")
            return
        elif isinstance(value, dict):
            for name, element in value.items():
                yield from _walk(element, steps, index + 1, f"{place}[{name}]")
            return
        elif value is None:
            return
        else:
            yield place, None
            return
    yield place, value


def _step(value: JSON, step: str) -> JSON:
    if type(value) is dict:
        return value.get(step)
    if type(value) is list and _is_index(step):
        index = int(step)
        return value[index] if -len(value) <= index < len(value) else None
    return None


def _is_index(step: str) -> bool:
    digits = step.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 10
