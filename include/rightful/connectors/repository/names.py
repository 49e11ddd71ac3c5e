"""Which repositories a source reads, and what their authors have asked to be left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError


def listed_lines(source: Source, place: str, root: Path) -> Iterator[str]:
    """The lines of a file of the project that say something. Raises ConfigurationError where it can't be read."""
    try:
        text = (root / place).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{place} can't be read: {error}", source=source.id, remedy="correct the path, or write the file"
        ) from None
    for line in text.splitlines():
        said = re.split(r"(?:^|\s)#", line.strip(), maxsplit=1)[0].strip()
        if said:
            yield said


def repositories_of(source: Source, root: Path) -> list[str]:
    """The names of a source's repositories, each once, in the order in which they are listed.

    Raises :class:`ConfigurationError` for a list that can't be read, and for what is no name.
    """
    spec = source.repository
    names = list(spec.repositories)
    if spec.listed_in is not None:
        for name in listed_lines(source, spec.listed_in, root):
            try:
                spec.check(name)
            except ValueError as error:
                remedy = "write a name a line, such as owner/name"
                raise ConfigurationError(f"{spec.listed_in}: {error}", source=source.id, remedy=remedy) from None
            names.append(name)
    return list(dict.fromkeys(names))


class OptedOut:
    """What authors have asked to be left out: repositories, owners, files.

    A line is a repository (``owner/name``), all of an owner or folder of repositories (``owner/``), or a file or
    folder of a repository (``owner/name:src/x.py``, ``owner/name:src/``). Letters' case does not matter, as it does not
    to the hosts.

    Raises :class:`ConfigurationError` for a list that can't be read: without it nothing may be asked for.
    """

    def __init__(self, source: Source, root: Path) -> None:
        place = source.repository.opted_out
        lines = [] if place is None else [line.casefold() for line in listed_lines(source, place, root)]
        base = source.fetch.base_url.rstrip("/").casefold() + "/"
        lines = [line.removeprefix(base).removesuffix(".git").removesuffix(".git/") for line in lines]
        self._files = [tuple(_parted(line)) for line in lines if _parted(line)[1]]
        self._whole = frozenset(line for line in lines if not _parted(line)[1])

    def repository(self, name: str) -> bool:
        """Whether nothing of a repository may be asked for."""
        for lower in _forms(name):
            parts = lower.split("/")
            above = ("/".join(parts[:number]) + "/" for number in range(1, len(parts) + 1))
            if lower in self._whole or any(folder in self._whole for folder in above):
                return True
        return False

    def file(self, name: str, path: str) -> bool:
        """Whether a file may not be loaded."""
        names, place = _forms(name), path.casefold()
        return any(
            of in names and (place == inner or (inner.endswith("/") and place.startswith(inner)))
            for of, inner in self._files
        )


def _forms(name: str) -> tuple[str, ...]:
    """A repository as a list may call it: by its whole address, without scheme, and without its host."""
    lower = name.casefold().rstrip("/").removesuffix(".git")
    bare = lower.partition("://")[2]
    return (lower, bare, bare.partition("/")[2]) if bare else (lower,)


def _parted(line: str) -> tuple[str, str]:
    """Repository and path within it; the colon of an address is none."""
    start = line.find("://") + 3 if "://" in line else 0
    colon = line.find(":", start)
    return (line, "") if colon < 0 else (line[:colon], line[colon + 1 :])


__all__ = ["OptedOut", "listed_lines", "repositories_of"]
