"""Files of a tree become records: each content once, with the licences of all places where it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

import msgspec

from rightful.catalogue.models import Source
from rightful.connectors.repository.choose import LARGE, Chooser
from rightful.connectors.repository.tree import Entry, Tree
from rightful.connectors.reread import Observed
from rightful.licensing.code import LicenseFiles, is_read_for_licences, read_header
from rightful.licensing.code.files import Stated
from rightful.licensing.code.words import holder_of
from rightful.licensing.identify import identify
from rightful.model import FailedRecord, LicenseClaim, OptOut, Record, Strength

MARK = b"source/1 "
MEDIA_TYPE = "text/x-source"
VERSION = "1"
"""A content never changes: its name is its hash."""
_MOST_PLACES = 20
_MOST_ATTRIBUTION = 8_000
_LONGEST_NAME = 200


class _Head(msgspec.Struct, kw_only=True):
    """What stands before a file's bytes in the raw store."""

    repository: str
    revision: str
    committed: datetime | None
    paths: Annotated[list[str], msgspec.Meta(min_length=1)]
    rights: list[str]


@dataclass(frozen=True, slots=True)
class Blob:
    """One content and where it stands in the tree."""

    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """The SHA-1 by which git knows it."""
        return self.entries[0].blob

    @property
    def size(self) -> int | None:
        """Bytes."""
        return self.entries[0].size


def blobs_of(tree: Tree, chooser: Chooser, most: int) -> tuple[list[Blob], dict[str, int]]:
    """The contents that may become documents, in the order of their first paths, and how many files are passed over,
    by reason."""
    found: dict[str, list[Entry]] = {}
    passed_over: dict[str, int] = {}
    for entry in tree.entries:
        reason = chooser.why_not(entry.path)
        if reason is None and entry.size is not None and entry.size > most:
            reason = LARGE
        if reason is not None:
            passed_over[reason] = passed_over.get(reason, 0) + 1
        else:
            found.setdefault(entry.blob, []).append(entry)
    return [Blob(tuple(entries)) for entries in found.values()], passed_over


class FileReader:
    """Makes records of the files of one tree."""

    def __init__(self, source: Source, tree: Tree, repository: str) -> None:
        self._source, self._tree, self._repository = source, tree, repository
        texts = {entry.path: entry for entry in tree.entries if is_read_for_licences(entry.path)}
        self._files = LicenseFiles({path: tree.read(entry) for path, entry in texts.items()})
        self._evidence: dict[str, bytes] = {}

    def evidence(self) -> dict[str, bytes]:
        """The licence files that the records since the last call rely on, by their name in the records."""
        told, self._evidence = self._evidence, {}
        return told

    def record(self, blob: Blob, content: bytes, objections: tuple[OptOut, ...]) -> Record | FailedRecord:
        """The record of a content; a failed one where it is no text."""
        now = datetime.now(UTC)
        paths = [entry.path for entry in blob.entries]
        url = self._url(paths[0], blob.name)
        text = decoded(content)
        if text is None:
            what = f"{self._repository}:{paths[0]} is not in UTF-8 or UTF-16"
            return FailedRecord(native_id=swhid(blob.name), url=url, reason="malformed", detail=what, fetched_at=now)
        header = read_header(text)
        stated = {path: self._files.of(path, header.tags, header.refers) for path in paths[:_MOST_PLACES]}
        rights = [*header.copyrights, *(one for told in stated.values() for one in told.copyrights)]
        head = _Head(
            repository=self._repository,
            revision=self._tree.revision,
            committed=self._tree.committed,
            paths=paths,
            rights=list(dict.fromkeys(rights)),
        )
        read = tuple(dict.fromkeys(name for told in stated.values() for name in told.read))
        observed = Observed(
            url=url,
            claims=tuple(_claims(stated, len(paths))),
            optouts=objections,
            fetched_at=now,
            evidence=self._kept(read),
        )
        raw = MARK + msgspec.json.encode(head) + b"\n" + content
        return _made(self._source, head, blob.name, text, raw, observed)

    def _kept(self, read: tuple[str, ...]) -> str | None:
        if not read:
            return None
        name = f"{self._repository}@{self._tree.revision}: {', '.join(read)}"
        self._evidence[name] = self._files.evidence(read)
        return name

    def _url(self, path: str, blob: str) -> str:
        return self._source.repository.page_url.format(
            base_url=self._source.fetch.base_url.rstrip("/"),
            repository=self._repository,
            revision=self._tree.revision,
            path=quote(path),
            blob=blob,
        )


def _claims(stated: dict[str, Stated], places: int) -> Iterator[LicenseClaim]:
    """All claims, with the place of each. Where it stands twice under different terms, both bind: they are parts."""
    by_tags: dict[tuple[str | None, ...], str] = {}
    for path, told in stated.items():
        by_tags.setdefault(tuple(tag for _, tag in told.tags), path)
    several = len(by_tags) > 1
    for path in by_tags.values():
        tags = stated[path].tags
        for number, (place, tag) in enumerate(tags):
            part = f"{path}[{number}]" if several else f"licence[{number}]" if len(tags) > 1 else ""
            expression = identify(tag).expression
            yield LicenseClaim(raw=tag, place=place, strength=Strength.PUBLISHER, expression=expression, part=part)
    if places > _MOST_PLACES:
        yield LicenseClaim(
            raw=f"terms: the file stands in {places:,} places",
            place="repository",
            strength=Strength.PUBLISHER,
            part="places",
        )


def swhid(blob: str) -> str:
    """A content's identifier as ISO/IEC 18670 (SWHID) has it: the same wherever it is found."""
    return f"swh:1:cnt:{blob}"


def decoded(content: bytes) -> str | None:
    """The text of a source file; None where it is neither in UTF-8 nor, with its mark, in UTF-16."""
    try:
        if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
            return None
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = content.decode("utf-16" if wide else "utf-8-sig")
        return None if "\0" in text else text
    except UnicodeDecodeError:
        return None


def kept_file(raw: bytes, observed: Observed, source: Source) -> Record | FailedRecord:
    """The record of a file as the raw store holds it, its licence as it was observed."""
    head, _, content = raw.partition(b"\n")
    try:
        if not head.startswith(MARK):
            raise ValueError("its mark is missing")
        told = msgspec.json.decode(head[len(MARK) :], type=_Head)
    except (ValueError, msgspec.DecodeError) as error:
        what = f"the bytes in the raw store are no source file: {error}"
        return FailedRecord(
            native_id="", url=observed.url, reason="malformed", detail=what, fetched_at=observed.fetched_at
        )
    text = decoded(content)
    if text is None:
        what = f"{told.repository}:{told.paths[0]} is no text"
        return FailedRecord(
            native_id="", url=observed.url, reason="malformed", detail=what, fetched_at=observed.fetched_at
        )
    return _made(source, told, _git_hash(content), text, raw, observed)


def _made(source: Source, head: _Head, blob: str, text: str, raw: bytes, observed: Observed) -> Record:
    names = (name for one in head.rights if (name := holder_of(one)) and len(name) < _LONGEST_NAME)
    return Record(
        native_id=swhid(blob),
        version=VERSION,
        url=observed.url,
        raw=raw,
        body=text,
        media_type=MEDIA_TYPE,
        claims=observed.claims,
        optouts=observed.optouts,
        title=" ".join(f"{head.repository}: {head.paths[0]}".split()),
        creators=tuple(dict.fromkeys(names)),
        rights_holder=source.license.rights_holder,
        publisher=head.repository,
        attribution="\n".join(head.rights)[:_MOST_ATTRIBUTION] or None,
        record_kind=source.record_kind,
        created=head.committed,
        fetched_at=observed.fetched_at,
        region=source.region,
        evidence=observed.evidence,
    )


def _git_hash(content: bytes) -> str:
    head = b"blob %d\0" % len(content)
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


__all__ = ["MARK", "MEDIA_TYPE", "Blob", "FileReader", "blobs_of", "decoded", "kept_file", "swhid"]
