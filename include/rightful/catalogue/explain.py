"""What pydantic found wrong, told to people: file, line, what, and the nearest thing that would be right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from rightful.catalogue.yaml_nodes import Place
from rightful.model import Struct


class CatalogueError(Struct, frozen=True, kw_only=True):
    """One thing that is wrong in one file. ``str()`` reads ``file:line: what — remedy``."""

    file: str
    message: str
    line: int | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.message}" + (f" — {self.remedy}" if self.remedy else "")


def explain(
    error: ValidationError, model: type[BaseModel], data: object, lines: dict[Place, int], path: Path
) -> tuple[CatalogueError, ...]:
    """One :class:`CatalogueError` for each thing that ``model`` did not accept in ``data``."""
    found: dict[CatalogueError, None] = {}  # members of a union often complain of the same thing: tell it once
    items = error.errors(include_url=False, include_input=False)
    misspelt = set()
    for item in items:
        if item["type"] == "extra_forbidden":
            match = _close(str(item["loc"][-1]), _known_keys(model, item["loc"][:-1]))
            misspelt.add((*item["loc"][:-1], match))
    for item in items:
        kind, loc = item["type"], item["loc"]
        if kind == "missing" and loc in misspelt:
            continue  # told with the key that stands in its place
        place = _place(loc, data, missing_last=kind == "missing")
        value = _value(data, place)
        if kind == "string_type" and isinstance(value, (dict, list)) and len(items) > 1:
            continue  # one member of a union; the other members say what is wrong inside
        message, remedy = _told(item, kind, place, value, _known_keys(model, loc[:-1]))
        found[CatalogueError(file=str(path), line=_line(lines, place), message=message, remedy=remedy)] = None
    return tuple(found)


def nearest(word: str, known: list[str]) -> str:
    """``did you mean `x`?``, or the list of what is known."""
    match = _close(word, known)
    return f"did you mean `{match}`?" if match else f"known: {', '.join(known)}"


def _close(word: str, known: list[str]) -> str | None:
    folded = {name.lower(): name for name in known}  # case and outer underscores are slips, too
    close = difflib.get_close_matches(word.strip("_").lower(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _told(item: Any, kind: str, place: Place, value: object, known: list[str]) -> tuple[str, str | None]:
    dotted = _dotted(place)
    if kind == "extra_forbidden":
        return f"unknown key `{dotted}`", nearest(str(place[-1]), known)
    if kind == "missing":
        return f"`{dotted}` is missing", "add it"
    context = item.get("ctx") or {}
    expected = context.get("expected") or context.get("expected_tags")
    if kind in ("literal_error", "enum", "union_tag_invalid") and expected:
        given = str(context.get("tag") or value)
        return f"`{dotted}` can't be `{given[:60]}`", nearest(given, re.findall(r"'([^']*)'", str(expected)))
    if kind == "value_error":  # raised in catalogue/models.py with a text for people
        return (f"`{dotted}`: " if dotted else "") + str(item["msg"]).removeprefix("Value error, "), None
    message = f"`{dotted}`: {str(item['msg'])[:1].lower()}{str(item['msg'])[1:]}" if dotted else str(item["msg"])
    return message, "quote it to make it text" if kind == "string_type" else None


def _place(loc: tuple[int | str, ...], data: object, *, missing_last: bool) -> Place:
    """The part of pydantic's location that stands in the file: names of union members are left out."""
    place: list[str | int] = []
    here = data
    for position, step in enumerate(loc):
        inside = (isinstance(here, dict) and step in here) or (
            isinstance(here, list) and isinstance(step, int) and step < len(here)
        )
        if inside:
            here = here[step]  # type: ignore[index]
            place.append(step)
        elif missing_last and position == len(loc) - 1:
            place.append(step)
    return tuple(place)


def _value(data: object, place: Place) -> object:
    for step in place:
        if not (isinstance(data, dict) and step in data) and not (isinstance(data, list) and isinstance(step, int)):
            return None
        data = data[step]  # type: ignore[index]
    return data


def _line(lines: dict[Place, int], place: Place) -> int | None:
    """The line of ``place``, or of the nearest block around it."""
    while place:
        if place in lines:
            return lines[place]
        place = place[:-1]
    return 1


def _dotted(place: Place) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _known_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Keys that a block at ``loc`` may have, following the types from ``model``."""
    candidates = [model]
    for step in loc:
        if isinstance(step, int):
            continue
        inner = [
            found
            for candidate in candidates
            for name, field in candidate.model_fields.items()
            if step in (name, field.alias)
            for found in _models_in(field.annotation)
        ]
        tagged = [candidate for candidate in candidates if step in _tags(candidate)]
        candidates = inner or tagged or candidates
    return sorted({field.alias or name for candidate in candidates for name, field in candidate.model_fields.items()})


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            yield annotation
    else:
        for part in get_args(annotation):
            yield from _models_in(part)


def _tags(model: type[BaseModel]) -> set[object]:
    """The values by which a member of a tagged union is chosen (``style: page``)."""
    return {
        value
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal
        for value in get_args(field.annotation)
    }
