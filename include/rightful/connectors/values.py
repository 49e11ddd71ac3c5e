"""Single values of a record, checked: identifiers, times, texts, names, addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from rightful.connectors.paths import TEXT
from rightful.errors import ConfigurationError
from rightful.model import JSON

LONGEST_ID = 1_024
LONGEST_URL = 8_192
EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)
"""No text that a machine dates is older; a moment before is a mistake."""

AHEAD = timedelta(days=2)
"""How far in the future a date may lie: time zones and slow clocks, nothing more."""

_YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{2})?")
_SECONDS = re.compile(r"-?\d{6,}(\.\d+)?")
_URL = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_GIVEN = ("given", "forenames", "given-names", "given_name", "first_name")
_FAMILY = ("family", "keyname", "surname", "family_name", "last_name")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Broken(Exception):
    """A value is not what it should be. The text says what and where."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def plain(value: JSON) -> JSON:
    """An XML element's text, where the element is an object for its attributes' or markup's sake; else the value."""
    return value[TEXT] if type(value) is dict and type(value.get(TEXT)) is str else value


def identifier(value: JSON, path: str) -> str:
    """An id, whatever it looks like: an opaque text that never becomes part of a file path."""
    if type(value) is int:
        return str(value)
    if type(value) is not str:
        raise Broken(f"no id at `{path}`" if value is None else f"the id at `{path}` is a {_kind(value)}")
    if not value.strip() or len(value) > LONGEST_ID:
        raise Broken(f"the id at `{path}` is {'empty' if len(value) <= LONGEST_ID else 'too long'}")
    if _CONTROL.search(value):  # a line end in an id would forge lines in logs and messages
        raise Broken(f"the id at `{path}` holds characters that can't be shown")
    return value


def moment(value: JSON, path: str, now: datetime) -> datetime | None:
    """ISO 8601 (also a date, month or year; UTC when it names no zone) or Unix seconds (a number, or its digits)."""
    value = plain(value)
    if value is None or value == "":
        return None
    try:
        if type(value) is int or type(value) is float:
            found = datetime.fromtimestamp(value, UTC)
        elif type(value) is not str:
            raise Broken(f"the time at `{path}` is a {_kind(value)}")
        elif _SECONDS.fullmatch(value) and not (len(value) == 8 and "19000000" <= value <= "21000000"):
            found = datetime.fromtimestamp(float(value), UTC)
        else:
            if _YEAR_OR_MONTH.fullmatch(value):
                value = value + ("-01-01" if len(value) == 4 else "-01")
            found = datetime.fromisoformat(value.strip())
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Broken(f"the time at `{path}` can't be read: {str(value)[:60]!r}") from None
    if not EARLIEST <= found <= now + AHEAD:
        raise Broken(f"the time at `{path}` can't be right: {found:%Y-%m-%d} (from {str(value)[:60]!r})")
    return found


def text_or_none(value: JSON, path: str) -> str | None:
    """A text, None when there is none."""
    value = plain(value)
    if value is None or type(value) is str:
        return value or None
    if type(value) is int:
        return str(value)
    raise Broken(f"the value at `{path}` is a {_kind(value)}, not a text")


def text_parts(value: JSON, path: str) -> list[str]:
    """The text, or texts, at a path; empty when there is none. An empty text is a text."""
    value = plain(value)
    if type(value) is str:
        return [value]
    if value is None:
        return []
    if type(value) is list and all(type(part) is str for part in map(plain, value)):
        return [plain(part) for part in value]
    raise Broken(f"the text at `{path}` is a {_kind(value)}")


def names(value: JSON, path: str) -> list[str]:
    """Names of people; a number is a user's id. An object gives its ``name``, or else its given and family names."""
    found = value if type(value) is list else [value]
    read = [_name(one, path) if type(one) is dict else text_or_none(one, path) for one in found]
    return [name.strip() for name in read if name and name.strip()]


def _name(value: dict[str, JSON], path: str) -> str | None:
    """``{"given": "Ada", "family": "Ångström"}``, in the words of Crossref, arXiv, JATS and others."""
    if value.get("name") is not None:
        return text_or_none(value["name"], path)
    parts = [next((value[key] for key in keys if value.get(key)), None) for keys in (_GIVEN, _FAMILY)]
    if parts[1] is None:
        if type(value.get(TEXT)) is str:
            return text_or_none(value, path)
        raise Broken(f"no name in the object at `{path}`, which has {', '.join(sorted(value))[:100]}")
    return " ".join(filter(None, (text_or_none(part, path) for part in parts)))


def url(value: JSON, path: str) -> str:
    """An absolute http(s) URL."""
    value = plain(value)
    if type(value) is not str or len(value) > LONGEST_URL or not _URL.fullmatch(value.strip()):
        raise Broken(f"the value at `{path}` is no http(s) URL: {str(value)[:100]!r}")
    return value.strip()


def check_template(template: str, source: str) -> None:
    """Raises :class:`ConfigurationError` for a template that asks for more than id, version and path."""
    unknown = sorted(set(_PLACEHOLDER.findall(template)) - {"id", "version", "path"})
    if unknown or not _URL.fullmatch(_PLACEHOLDER.sub("x", template)):
        raise ConfigurationError(
            f"`url_template: {template}` can't be filled in" + (f": unknown {', '.join(unknown)}" if unknown else ""),
            source=source,
            remedy="write an http(s) URL with {id}, {version}, or {path} (the id with its slashes)",
        )


def fill(template: str, native_id: str, version: str) -> str:
    """The template with id and version percent-encoded; ``{path}`` is the id with its slashes left as they are."""
    parts = {"id": quote(native_id, safe=""), "version": quote(version, safe=""), "path": quote(native_id, safe="/")}
    return _PLACEHOLDER.sub(lambda found: parts.get(found[1], found[0]), template)


def _kind(value: JSON) -> str:
    kinds = {dict: "object", list: "list", bool: "boolean", str: "text", int: "number", float: "number"}
    return "null" if value is None else kinds.get(type(value), type(value).__name__)
