"""YAML for people's files, read strictly: plain data with a line for every value, and nothing that can surprise.

Refused, each with its line: anchors and aliases (a few lines can unfold to gigabytes), duplicate keys (YAML keeps the
last in silence), explicit tags, more than one document, deep nesting, files that are large or not UTF-8.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

Place = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the top."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING = "tag:yaml.org,2002:str"


class YamlError(Exception):
    """The file can't be read as a person meant it. ``line`` counts from 1."""

    def __init__(self, message: str, line: int | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message, self.line, self.remedy = message, line, remedy


def read_text(path: Path) -> str:
    """The file's text. Raises :class:`YamlError` when it is no regular file, too large or not UTF-8."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise YamlError("is not a regular file")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise YamlError(f"can't be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise YamlError(
            f"is larger than {MAX_BYTES // 1024} KB", remedy="a catalogue file is a page of settings, not data"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlError("is not UTF-8", line, "save the file as UTF-8") from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a named pipe would block the DAG processor for ever


def parse(text: str) -> tuple[Any, dict[Place, int]]:
    """One YAML document as plain data, and the line (from 1) of every key and list element."""
    loader = _Loader(text)
    try:
        return _Reader(loader).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "can't be read"
        raise YamlError(f"is not valid YAML: {what}", mark.line + 1 if mark else None) from error
    finally:
        loader.dispose()


class _Reader:
    """Builds data from parser events, so that a bomb is met before it unfolds."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.lines: dict[Place, int] = {}

    def document(self) -> tuple[Any, dict[Place, int]]:
        loader = self.loader
        loader.get_event()  # the stream's start
        if isinstance(loader.get_event(), yaml.StreamEndEvent):
            raise YamlError("is empty", 1)
        value = self.value(loader.get_event(), (), 0)
        loader.get_event()  # the document's end
        event = loader.get_event()
        if not isinstance(event, yaml.StreamEndEvent):
            raise YamlError("holds more than one YAML document", _line(event), "one file, one document: remove `---`")
        return value, self.lines

    def value(self, event: Any, place: Place, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise YamlError(f"alias `*{event.anchor}`", _line(event), "aliases are not allowed: write the value out")
        if event.anchor is not None:
            raise YamlError(f"anchor `&{event.anchor}`", _line(event), "anchors are not allowed: write the value out")
        if depth > MAX_DEPTH:
            raise YamlError(f"is nested more than {MAX_DEPTH} levels deep", _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if event.tag is not None and event.tag != "!":
            raise YamlError(f"tag `{event.tag}`", _line(event), "tags are not allowed: write plain values")
        return self.mapping(place, depth) if isinstance(event, yaml.MappingStartEvent) else self.sequence(place, depth)

    def mapping(self, place: Place, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.value(event, place, depth + 1)  # an anchor or alias as key gets its own message
                raise YamlError("a key must be plain text", _line(event))
            key = event.value
            if event.anchor is not None:
                self.value(event, place, depth + 1)
            if key in found:
                first = self.lines[(*place, key)]
                raise YamlError(f"key `{key}` stands twice", _line(event), f"the first is in line {first}")
            self.lines[(*place, key)] = _line(event)
            found[key] = self.value(self.loader.get_event(), (*place, key), depth + 1)
        return found

    def sequence(self, place: Place, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            here = (*place, len(found))
            self.lines[here] = _line(event)
            found.append(self.value(event, here, depth + 1))
        return found

    def scalar(self, event: Any) -> Any:
        if event.tag is not None and event.tag != "!":
            raise YamlError(f"tag `{event.tag}`", _line(event), "tags are not allowed: write plain values")
        if not event.implicit[0]:
            return event.value  # quoted, or a block of text
        tag = self.loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag in (_STRING, "tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"):
            return event.value
        try:
            return self.loader.construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, OverflowError) as error:
            problem = str(error).partition(";")[0]
            raise YamlError(f"`{event.value[:40]}`: {problem}", _line(event), "quote it if it is text") from error


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
