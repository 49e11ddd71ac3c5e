"""A repository at one moment as Software Heritage archived it, by the archive's API: a request a folder, and a file."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote, urljoin

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors import values
from rightful.connectors.links import link_next
from rightful.connectors.repository.choose import Chooser
from rightful.connectors.repository.tree import Entry
from rightful.connectors.values import Broken
from rightful.errors import Malformed, Refused
from rightful.http.client import Answer, Client
from rightful.licensing.code import is_read_for_licences

_SHA = re.compile(r"[0-9a-f]{40}")
_LINK = "0" * 40
_MOST_FOLDERS = 100_000
_MOST_VISITS = 10_000
_GONE = frozenset({404, 410, 451})


@dataclass(slots=True)
class ArchivedTree:
    """See :class:`~rightful.connectors.repository.tree.Tree`."""

    revision: str
    committed: datetime | None
    entries: list[Entry]
    left_out: int
    client: Client

    def read(self, entry: Entry) -> bytes | None:
        """See :class:`~rightful.connectors.repository.tree.Tree`. None for what the archive does not show."""
        if entry.blob == _LINK:
            return None
        try:
            return self.client.read(
                f"content/sha1_git:{entry.blob}/raw/",
                None,
                lambda answer: answer.body,
                accept="application/octet-stream",
            )
        except Refused as error:
            if error.status in _GONE:
                return None
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is held."""


def tree_before(source: Source, client: Client, origin: str, before: datetime) -> ArchivedTree | None:
    """The files of ``origin`` as of the archive's last whole visit before a moment; None where there is none.

    Raises what the client raises, and Malformed for answers that are not as the API's documentation has them.
    """
    snapshot = _snapshot(client, origin, before)
    if snapshot is None:
        return None
    head = _head(client, snapshot, source.repository.branch)
    if head is None:
        return None
    revision = _read(client, f"revision/{head}/")
    walk = _Walk(client, Chooser(source.repository.include, source.repository.exclude))
    entries = sorted(walk.below(_sha(client, revision.get("directory"), "a revision's folder"), ""), key=_by_path)
    return ArchivedTree(head, _time(revision.get("committer_date")), entries, walk.left_out, client)


def _by_path(entry: Entry) -> str:
    return entry.path


def _snapshot(client: Client, origin: str, before: datetime) -> str | None:
    """Of the visits, which are listed newest first, the first one before the moment that saw all of it."""
    address: str | None = f"origin/{quote(origin, safe=':/')}/visits/?per_page=100"
    seen = 0
    while address is not None and seen < _MOST_VISITS:
        try:
            visits, address = client.read(address, None, lambda answer: _page(client, answer))
        except Refused as error:
            if error.status == 404:
                return None  # the archive has never been there
            raise
        for visit in visits:
            seen += 1
            made = _time(visit.get("date"))
            if visit.get("status") == "full" and visit.get("snapshot") and made is not None and made < before:
                return _sha(client, visit["snapshot"], "a visit's snapshot")
    return None


def _head(client: Client, snapshot: str, branch: str | None) -> str | None:
    """The commit of a branch. HEAD is an alias of the branch that the repository shows."""
    wanted = f"refs/heads/{branch}" if branch else "HEAD"
    for _ in range(4):
        told = _read(client, f"snapshot/{snapshot}/?branches_from={quote(wanted, safe='')}&branches_count=1")
        found = (told.get("branches") or {}).get(wanted)
        if not isinstance(found, dict):
            return None
        if found.get("target_type") != "alias":
            return (
                _sha(client, found.get("target"), "a branch's target")
                if found.get("target_type") == "revision"
                else None
            )
        wanted = str(found.get("target"))
    return None


class _Walk:
    """Goes through folders, and leaves alone those that nothing is taken from."""

    def __init__(self, client: Client, chooser: Chooser) -> None:
        self._client, self._chooser = client, chooser
        self.left_out = self._folders = 0

    def below(self, folder: str, path: str) -> Iterator[Entry]:
        """All files of a folder and of those in it."""
        self._folders += 1
        if self._folders > _MOST_FOLDERS:
            raise self._client.fail(Malformed, self._client.url(), "too many folders", "take the repository out")
        listed = self._client.read(f"directory/{folder}/", None, lambda answer: _page(self._client, answer)[0])
        for one in listed:
            name, target, kind = one.get("name"), one.get("target"), one.get("type")
            if not isinstance(name, str) or "/" in name or name in ("", ".", "..", ".git"):
                self.left_out += 1
                continue
            place = f"{path}{name}"
            if kind == "dir" and self._chooser.enters(place):
                yield from self.below(_sha(self._client, target, "a folder"), f"{place}/")
            elif kind == "file" and stat.S_ISREG(int(one.get("perms") or 0)):
                size = one.get("length")
                yield Entry(place, _sha(self._client, target, "a file"), size if isinstance(size, int) else None)
            elif kind != "dir":
                self.left_out += 1
                if is_read_for_licences(place):  # a link: it says something, and nobody knows what
                    yield Entry(place, _LINK, 0)


def _read(client: Client, path: str) -> dict[str, Any]:
    def reader(answer: Answer) -> dict[str, Any]:
        told = _decoded(client, answer)
        if not isinstance(told, dict):
            raise client.fail(Malformed, answer.url, "no object", "look at the archive's documentation")
        return told

    return client.read(path, None, reader)


def _page(client: Client, answer: Answer) -> tuple[list[dict[str, Any]], str | None]:
    told = _decoded(client, answer)
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise client.fail(Malformed, answer.url, "no list of objects", "look at the archive's documentation")
    target = link_next(answer.headers.get("link", ""))
    return told, None if target is None else urljoin(answer.url, target)


def _decoded(client: Client, answer: Answer) -> Any:
    try:
        return msgspec.json.decode(client.json_bytes(answer))
    except msgspec.DecodeError as error:
        raise client.fail(Malformed, answer.url, f"broken JSON ({error})", "try again later") from None


def _sha(client: Client, value: object, what: str) -> str:
    if not isinstance(value, str) or not _SHA.fullmatch(value):
        raise client.fail(Malformed, client.url(), f"{what} is {value!r}, no SHA-1", "look at the archive's answer")
    return value


def _time(value: object) -> datetime | None:
    try:
        return values.moment(value, "date", datetime.now(UTC)) if isinstance(value, str) else None
    except Broken:
        return None


__all__ = ["ArchivedTree", "tree_before"]
