"""What came into a bucket in a slice: works, the files that describe them, and their check sums."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import asdict, dataclass
from typing import Any

from rightful.catalogue.models import Source
from rightful.connectors.files.objects import Objects
from rightful.connectors.files.places import Listed
from rightful.errors import Malformed, TooLarge
from rightful.model import Shard, Slice

WORKS, METADATA = "works", "metadata"
"""Names of a shard's parameters: its works as :class:`Work`, and the files that describe them, each with its digest."""

OTHER_FORMATS = "other_format"
"""The count of files that are left out because a work is there in a better format."""
FORMATS = ("epub", "xml", "xhtml", "html", "htm", "txt", "pdf")
"""Endings, those first whose text needs no guessing at lines and pages."""

MOST_MANIFEST_BYTES = 64 * 2**20
_SUM = re.compile(r"\\?([0-9a-fA-F]{64}) [ *]?(.+)")


@dataclass(frozen=True, slots=True)
class Work:
    """A file of a delivery. ``sha256`` is what its manifest says; ``missing``: the manifest names what is not there."""

    file: str
    id: str
    sha256: str | None = None
    missing: bool = False


def plan_shards(source: Source, slice: Slice, objects: Objects) -> list[Shard]:
    """The shards of ``slice``, in a stable order with stable ids; one without works where nothing came.

    Raises :class:`~rightful.errors.Malformed` for a manifest that can't be read.
    """
    spec = source.bucket
    content = re.compile(spec.content)
    listed = {found.path: found for found in objects.list_objects()}
    files = _delivered(source, slice, objects, listed)
    described = re.compile(spec.metadata.match) if spec.metadata else None
    metadata = [[name, digest] for name, digest in sorted(files.items()) if described and described.fullmatch(name)]
    names = {name for name, _ in metadata}
    found = [
        Work(name, match["id"], digest, missing=name not in listed)
        for name, digest in sorted(files.items())
        if name not in names and (match := content.fullmatch(name)) is not None
    ]
    works = _in_one_format(found)
    groups = [works[first : first + spec.shard_files] for first in range(0, len(works), spec.shard_files)] or [[]]
    return [
        Shard(
            source=source.id,
            slice=slice,
            id="all" if len(groups) == 1 else f"{number:04}",
            # What is described and has no work (a withdrawal) belongs to the first shard.
            params={
                WORKS: [asdict(work) for work in group],
                METADATA: metadata,
                "first": number == 1,
                OTHER_FORMATS: len(found) - len(works) if number == 1 else 0,
            },
        )
        for number, group in enumerate(groups, 1)
    ]


def _in_one_format(works: list[Work]) -> list[Work]:
    """Of a work that a folder holds in several formats the one whose text is surest."""
    best: dict[tuple[str, str], Work] = {}
    for work in works:
        key = (posixpath.dirname(work.file), work.id)
        if key not in best or _rank(work) < _rank(best[key]):
            best[key] = work
    return [work for work in works if best[posixpath.dirname(work.file), work.id] is work]


def _rank(work: Work) -> tuple[bool, int]:
    ending = work.file.rpartition(".")[2].lower()
    return work.missing, FORMATS.index(ending) if ending in FORMATS else len(FORMATS)


def _delivered(source: Source, slice: Slice, objects: Objects, listed: dict[str, Listed]) -> dict[str, str | None]:
    """The files of the slice's deliveries with their digests, where a manifest gives them."""
    if source.bucket.manifest is None:
        return {name: None for name, found in listed.items() if slice.contains(found.modified)}
    pattern = re.compile(source.bucket.manifest)
    files: dict[str, str | None] = {}
    for name, found in sorted(listed.items()):
        if not pattern.fullmatch(name) or not slice.contains(found.modified):
            continue
        for file, digest in _manifest(source, objects, name):
            if files.setdefault(file, digest) != digest:
                raise _wrong(source, name, f"{file} has another check sum in another manifest of the slice")
    return files


def _manifest(source: Source, objects: Objects, name: str) -> list[tuple[str, str]]:
    data = objects.read_object(name, MOST_MANIFEST_BYTES)
    folder = posixpath.dirname(name)
    pairs: list[tuple[Any, Any]] = []
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            told = json.loads(data)
            entries = told["files"] if isinstance(told, dict) else told
            pairs = [(entry["name"], entry["sha256"]) for entry in entries]
        except (ValueError, KeyError, TypeError) as error:
            raise _wrong(source, name, f"no list of files with `name` and `sha256` ({type(error).__name__})") from None
    else:
        for line in data.decode("utf-8", "replace").splitlines():
            if line.strip():
                if (found := _SUM.fullmatch(line.strip())) is None:
                    raise _wrong(source, name, f"a line is no check sum: {line[:80]!r}")
                pairs.append((found[2], found[1]))
    if not pairs:
        raise _wrong(source, name, "it names no file")
    answer = []
    for file, digest in pairs:
        if not isinstance(file, str) or not isinstance(digest, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
            raise _wrong(source, name, f"no SHA-256 of {str(file)[:80]!r}")
        path = posixpath.normpath(posixpath.join(folder, file))
        if path.startswith(("../", "/")) or path == "..":
            raise _wrong(source, name, f"{file[:80]!r} leads out of the bucket")
        answer.append((path, digest.lower()))
    return answer


def _wrong(source: Source, name: str, what: str) -> Malformed:
    return Malformed(f"{name}: {what}", source=source.id, remedy="ask the licensor for a whole delivery")


def read_limited(objects: Objects, name: str, most: int) -> bytes:
    """A whole file; raises TooLarge beyond ``most`` bytes."""
    with objects.open_object(name, magic=None) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise TooLarge(f"{name}: more than {most:,} bytes", remedy="raise `limits.response_bytes`")
    return data


__all__ = ["METADATA", "OTHER_FORMATS", "WORKS", "Work", "plan_shards", "read_limited"]
