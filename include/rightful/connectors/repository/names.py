"""Which repositories a source reads, and what their authors have asked to be left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_FORM = re.compile(r"[\w.~+-]+(?:/[\w.~+-]+)*/?")


def listed_lines(source: Source, place: str, root: Path) -> Iterator[str]:
    """The lines of a file of the project that say something. Raises ConfigurationError where it can't be read."""
    try:
        text = (root / place).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{place} can't be read: {error}", source=source.id, remedy="correct the path, or write the file"
        ) from None
    for line in text.splitlines():
        line = unicodedata.normalize("NFC", _INVISIBLE.sub("", line))
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

    A line is a repository (``owner/name``, or any address of it), all of an owner or folder of repositories
    (``owner/``), or a file or folder of a repository (``owner/name:src/x.py``, ``owner/name:src``, ``*`` for anything
    in a name; or its address on the host). Letters' case and the host do not matter: what is objected to is left out
    wherever it lies.

    Raises :class:`ConfigurationError` for a list that can't be read, and for a line that is none of these: without the
    list nothing may be asked for.
    """

    def __init__(self, source: Source, root: Path) -> None:
        place = source.repository.opted_out
        self._base = urlsplit(source.fetch.base_url).path.strip("/").casefold()
        self._whole: set[str] = set()
        self._files: list[tuple[str, str]] = []
        for line in [] if place is None else listed_lines(source, place, root):
            of, inner = _parted(line.casefold())
            of = self._bare(of)
            if not _FORM.fullmatch(of) or ("/" not in of):
                raise ConfigurationError(
                    f"{place}: {line!r} is no repository, owner or file",
                    source=source.id,
                    remedy="write owner/name, owner/ or owner/name:path, one a line",
                )
            if inner:
                self._files.append((of.rstrip("/"), inner))
            else:
                self._whole.add(of)

    def repository(self, name: str) -> bool:
        """Whether nothing of a repository, by its name or address, may be asked for."""
        bare = self._bare(_parted(name.casefold())[0])
        parts = bare.rstrip("/").split("/")
        above = ("/".join(parts[:number]) + "/" for number in range(1, len(parts) + 1))
        return bare in self._whole or any(folder in self._whole for folder in above)

    def file(self, name: str, path: str) -> bool:
        """Whether a file may not be loaded."""
        bare = self._bare(_parted(name.casefold())[0])
        place = unicodedata.normalize("NFC", path).casefold()
        return any(
            of == bare and (fnmatchcase(place, inner) or fnmatchcase(place, f"{inner}/*")) for of, inner in self._files
        )

    def _bare(self, of: str) -> str:
        """Without the part of the path that the source's own address has."""
        return of.removeprefix(f"{self._base}/") if self._base else of


def _parted(line: str) -> tuple[str, str]:
    """Repository (or owner, with a slash behind), without its host, and the path within it (``""``: all of it)."""
    if found := re.fullmatch(r"(?:ssh://)?[\w.-]+@([\w.-]+)[:/](.+)", line):
        line = f"https://{found[1]}/{found[2]}"
    inner = ""
    if "://" in line:
        path = urlsplit(line).path
        path, _, inner = path.partition(":")
    else:
        path, _, inner = line.partition(":")
        first, _, rest = path.partition("/")
        path = rest if "." in first and "/" in rest else path
    owner = path.endswith(("/", "/*"))
    parts = [part for part in path.removesuffix("*").split("/") if part]
    if len(parts) > 3 and parts[2] in ("tree", "blob", "raw", "-", "src"):
        parts, inner = parts[:2], "/".join(parts[5 if parts[2] == "-" else 4 :])
        owner = False
    if parts:
        parts[0] = parts[0].removeprefix("@")
        parts[-1] = parts[-1].removesuffix(".git")
    name = "/".join(parts)
    if owner and len(parts) == 1:
        name += "/"
    return name, inner.strip().removeprefix("./").strip("/")


__all__ = ["OptedOut", "listed_lines", "repositories_of"]
