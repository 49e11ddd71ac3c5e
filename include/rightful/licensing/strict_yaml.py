"""Read small configuration files in YAML strictly: no anchors (they make bombs), no key twice, no surprise types."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rightful.errors import ConfigurationError

MAX_BYTES = 1_000_000
MAX_COMPLAINTS = 5
MAX_KEY = 60


class _StrictLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.composer.ComposerError(None, None, "anchors and aliases are not accepted", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name == "<<":
                raise yaml.constructor.ConstructorError(None, None, "keys must be plain words", key.start_mark)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {name!r} stands twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_mapping(path: Path) -> tuple[dict[str, Any], bytes]:
    """The mapping in a YAML file, and the file's bytes. Raises :class:`ConfigurationError` that names file and line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"can't read {path}: {error.strerror}", remedy="check the path and its permissions"
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigurationError(
            f"{path} is larger than {MAX_BYTES:,} bytes", remedy="split it, or take data out of it"
        )
    try:
        value = yaml.load(content, _StrictLoader)  # noqa: S506 - a SafeLoader made stricter
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid YAML: {_where(error)}", remedy="correct that line") from error
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ConfigurationError(f"{path} must hold a mapping of names to values", remedy="see the files beside it")
    return value, content


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem


def complaints(error: ValidationError) -> str:
    """Pydantic's first findings in one line, ``place: what``. Of the file it tells names of keys, never values."""
    found = error.errors(include_url=False, include_input=False)
    told = [f"{'.'.join(str(step)[:MAX_KEY] for step in e['loc']) or 'file'}: {e['msg']}" for e in found]
    more = len(told) - MAX_COMPLAINTS
    return "; ".join(told[:MAX_COMPLAINTS]) + (f"; and {more} more" if more > 0 else "")
