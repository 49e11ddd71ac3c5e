"""Licences that a repository states for its files: LICENSE files by folder, REUSE.toml, and ``.license`` companions."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rightful.licensing.code.header import BELOW, SAID, spdx_tags
from rightful.licensing.code.sayings import family_of
from rightful.licensing.code.texts import identify_text
from rightful.licensing.code.words import TAG, TALK, copyrights_in, plain

_LICENSE = re.compile(
    r".*(?:licen[sc]|copying|copyright|eula|lizenz|licenza).*|(?:[al]?gpl|terms|legal|patents)(?:[-_. v\d].*)?",
    re.IGNORECASE,
)
_NO_LICENSE = re.compile(
    r".*\.(?:py|pyi|js|mjs|ts|tsx|jsx|c|h|cc|cpp|hpp|go|rs|java|kt|rb|php|cs|swift|sh|json|ya?ml|toml|css|tmpl|template|lua|pl"
    r"|pm|scala|sql|svg|png|csv|proto|vue|ex|exs|erl|hs|ml|dart|m|mm|r|jl|license)"
)
_NOTICE = re.compile(r"notice(?:\.(?:txt|md))?", re.IGNORECASE)
REUSE = "REUSE.toml"
DEP5 = ".reuse/dep5"
COMPANION = ".license"
_LICENSES = "LICENSES"
_MOST_NOTICE = 4_000
_RESTRICTS = re.compile(
    r"(?:files?|code|software|it|this)\b.{0,40}\b(?:may|must|can|shall) ?not\b.{0,40}|non-?commercial|prohibit|forbid"
    r"|\bonly for\b.{0,30}|for .{0,20} use only"
)
"""By these a NOTICE says more than whose work it is."""
_NOTHING: tuple[tuple[str, str | None], ...] = (("LICENSE", None),)
"""What is stated where nothing is."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the repository states for one file.

    Attributes:
        tags: ``(place, tag)``; all bind. A tag of None: nothing is stated.
        copyrights: Copyright statements beside the licence, and the NOTICE file.
        read: The files that say so.
    """

    tags: tuple[tuple[str, str | None], ...]
    copyrights: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


def is_license_file(path: str) -> bool:
    """Whether a file of this path holds licence texts for its folder and all below it."""
    name = path.rpartition("/")[2]
    if _NO_LICENSE.fullmatch(name):
        return False
    return bool(_LICENSE.fullmatch(name)) or _folder_of(path) != path.rpartition("/")[0]


def _folder_of(path: str) -> str:
    """The folder whose files a licence file speaks of: above one that holds licences only (``LICENSE/MIT.txt``)."""
    folder = path.rpartition("/")[0]
    above, _, name = folder.rpartition("/")
    holds = re.fullmatch(r"(?:un)?(?:licen[sc]e|copying|legal)s?", name, re.IGNORECASE) is not None
    return above if holds and folder != _LICENSES else folder


def is_read_for_licences(path: str) -> bool:
    """Whether :class:`LicenseFiles` wants to see this file."""
    name = path.rpartition("/")[2]
    return (
        is_license_file(path)
        or name == REUSE
        or path == DEP5
        or path.endswith(f"/{DEP5}")
        or name.endswith(COMPANION)
        or bool(_NOTICE.fullmatch(name))
    )


class LicenseFiles:
    """The licences that the files of one tree state for others.

    Args:
        files: By path from the root: the bytes of all for which :func:`is_read_for_licences` holds. None: it is there,
            but could not be read, or is too large.
    """

    def __init__(self, files: Mapping[str, bytes | None]) -> None:
        self._files = files
        self._folders: dict[str, list[str]] = {}
        for path in sorted(files):
            if is_license_file(path) and path.rpartition("/")[0] != _LICENSES:
                self._folders.setdefault(_folder_of(path), []).append(path)
        self._known: dict[str, tuple[str, str]] = {}
        self._reuse = {path.rpartition("/")[0]: _annotations(files[path]) for path in files if path.endswith(REUSE)}

    def of(self, path: str, own: tuple[tuple[str, str], ...], refers: bool) -> Stated:
        """What binds the file at ``path`` whose own words are ``own`` (:func:`~rightful.licensing.code.read_header`).

        Its own tags come first; then its companion, REUSE.toml, and the LICENSE files of the nearest folder that has
        any. A REUSE.toml may say that it replaces the file's own word (``override``) or stands beside it
        (``aggregate``).
        """
        # What stands within a file is not lifted by a file elsewhere: it binds beside it.
        beside = self._companion(path)
        if beside is not None:
            return self._with_notice(path, _and(beside, own))
        annotation = self._annotation(path)
        if annotation is not None:
            precedence, stated = annotation
            if precedence != "closest" or not any(not place.startswith(BELOW) for place, _ in own):
                return self._with_notice(path, _and(stated, own))
        heads = tuple(pair for pair in own if not pair[0].startswith(BELOW))
        # A sentence may speak of something else than of this file: then the repository's word has to hold as well.
        loose = all(place == SAID for place, _ in heads)
        if heads and not refers and not loose:
            return self._with_notice(path, Stated(own))
        nearest = self._nearest(path)
        if heads:  # it names a licence, and says where the text is: both have to hold
            return self._with_notice(path, Stated((*own, *nearest.tags), nearest.copyrights, nearest.read))
        return self._with_notice(path, Stated((*nearest.tags, *own), nearest.copyrights, nearest.read))

    def evidence(self, read: tuple[str, ...]) -> bytes:
        """The texts of these files, each under its name."""
        return b"\n".join(b"=== %s ===\n%s" % (path.encode(), self._files.get(path) or b"") for path in read)

    def _companion(self, path: str) -> Stated | None:
        name = path + COMPANION
        if name not in self._files:
            return None
        text = _decoded(self._files[name])
        tags = spdx_tags(text or "")
        left = plain(TAG.sub(" ", re.sub(r"SPDX-FileCopyrightText:.*", " ", text or "")))
        if TALK.search(left):
            tags.append(f"{name} says more than its tag")
        if not tags:
            return Stated(((name, f"{name} without SPDX-License-Identifier"),), (), (name,))
        return Stated(tuple((name, tag) for tag in tags), copyrights_in(text or ""), (name,))

    def _annotation(self, path: str) -> tuple[str, Stated] | None:
        """What the REUSE.toml files above ``path`` say of it; in each the last entry that names it counts (REUSE 3.3).
        What several of them say binds together, and so does a LICENSE file that is nearer than all of them."""
        folder = path.rpartition("/")[0]
        nearer: list[str] = []
        found: list[tuple[str, Stated]] = []
        while True:
            if folder in self._reuse:
                stated = self._entry(folder, path)
                found += [stated] if stated is not None else []
            elif not found:
                nearer += self._folders.get(folder, [])
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        if not found:
            return None
        tags = tuple(pair for _, stated in found for pair in stated.tags) + tuple(map(self._whole, nearer))
        rights = tuple(one for _, stated in found for one in stated.copyrights)
        read = (*(name for _, stated in found for name in stated.read), *nearer)
        return found[0][0], Stated(tuple(dict.fromkeys(tags)), rights, read)

    def _entry(self, folder: str, path: str) -> tuple[str, Stated] | None:
        name = f"{folder}/{REUSE}" if folder else REUSE
        entries = self._reuse[folder]
        if entries is None:
            return "aggregate", Stated(((name, f"{name} can't be read"),), (), (name,))
        inner = path[len(folder) + 1 :] if folder else path
        for entry in reversed(entries):
            if any(pattern.fullmatch(inner) for pattern in entry.paths):
                tags = tuple((name, tag) for tag in entry.tags) or ((name, f"{name} names no licence"),)
                return entry.precedence, Stated(tags, entry.copyrights, (name,))
        return None

    def _nearest(self, path: str) -> Stated:
        if (dep5 := self._dep5_above(path)) is not None:
            return Stated(((dep5, f"{dep5} is not read: it may say otherwise"),), (), (dep5,))
        folder = path.rpartition("/")[0]
        while True:
            if found := self._folders.get(folder):
                tags = tuple(self._whole(name) for name in found)
                texts = [_decoded(self._files[name]) or "" for name in found]
                rights = tuple(dict.fromkeys(one for text in texts for one in copyrights_in(text)))
                return Stated(tags, rights, tuple(found))
            if not folder:
                return Stated(_NOTHING)
            folder = folder.rpartition("/")[0]

    def _dep5_above(self, path: str) -> str | None:
        folder = path.rpartition("/")[0]
        while True:
            name = f"{folder}/{DEP5}" if folder else DEP5
            if name in self._files:
                return name
            if not folder:
                return None
            folder = folder.rpartition("/")[0]

    def _whole(self, name: str) -> tuple[str, str]:
        if name not in self._known:
            content = self._files[name]
            text = _decoded(content)
            spdx = identify_text(text) if text is not None else None
            if spdx is None:
                spdx = family_of(plain((text or "")[:2_000])[:100])
            if spdx is None:
                digest = hashlib.sha256(content or b"").hexdigest()[:12]
                first = next((line.strip() for line in (text or "").splitlines() if line.strip()), "not a text")
                spdx = f"text {digest}: {first[:150]}"
            self._known[name] = (f"{name}, whole text", spdx)
        return self._known[name]

    def _with_notice(self, path: str, stated: Stated) -> Stated:
        folder = path.rpartition("/")[0]
        while True:
            for name in ("NOTICE", "NOTICE.txt", "NOTICE.md", "Notice.txt"):
                notice = f"{folder}/{name}" if folder else name
                text = _decoded(self._files.get(notice))
                if text is not None:
                    odd = _RESTRICTS.search(plain(text))
                    more = ((notice, f"{notice}: {odd[0]}"),) if odd else ()
                    rights = (*stated.copyrights, text.strip()[:_MOST_NOTICE])
                    return Stated((*stated.tags, *more), rights, (*stated.read, notice))
            if not folder:
                return stated
            folder = folder.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class _Entry:
    paths: tuple[re.Pattern[str], ...]
    tags: tuple[str, ...]
    copyrights: tuple[str, ...]
    precedence: str


def _and(stated: Stated, own: tuple[tuple[str, str], ...]) -> Stated:
    """Both bind; the same tag once."""
    said = {tag for _, tag in stated.tags}
    more = tuple(pair for pair in own if pair[1] not in said)
    return Stated((*stated.tags, *more), stated.copyrights, stated.read)


def _annotations(content: bytes | None) -> list[_Entry] | None:
    """The entries of a REUSE.toml; None when it can't be read."""
    text = _decoded(content)
    if text is None:
        return None
    try:
        told: Any = tomllib.loads(text)
        entries = told.get("annotations", [])
        if told.get("version") != 1 or any(name not in _TOP and not name.startswith("SPDX-Package") for name in told):
            return None
        if any(set(one) - _KEYS or one.get("precedence", "closest") not in _PRECEDENCES for one in entries):
            return None
        paths = [path for one in entries for path in _many(one["path"])]
        if any(path.startswith(("/", "./")) or path.endswith("/") for path in paths):
            return None
        return [
            _Entry(
                tuple(_glob(path) for path in _many(entry["path"])),
                tuple(_many(entry.get("SPDX-License-Identifier", []))),
                tuple(_many(entry.get("SPDX-FileCopyrightText", []))),
                str(entry.get("precedence", "closest")),
            )
            for entry in entries
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return None


_KEYS = frozenset({"path", "precedence", "SPDX-FileCopyrightText", "SPDX-License-Identifier"})
_TOP = ("version", "annotations")
_PRECEDENCES = ("closest", "aggregate", "override")


def _many(value: object) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError("neither a text nor a list of texts")
    return values


def _glob(pattern: str) -> re.Pattern[str]:
    """REUSE 3.3: ``*`` is anything but a slash, ``**`` anything, a backslash takes a star's meaning away."""
    parts = re.split(r"(\\\*|\*\*|\*)", pattern)
    read = {"\\*": re.escape("*"), "**": ".*", "*": "[^/]*"}
    return re.compile("".join(read.get(part) or re.escape(part) for part in parts), re.DOTALL)


def _decoded(content: bytes | None) -> str | None:
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


__all__ = ["LicenseFiles", "Stated", "is_license_file", "is_read_for_licences"]
