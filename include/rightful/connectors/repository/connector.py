"""Kind ``repository``: the source files of repositories as they were when the slice ended, each by its own licence."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.packing import MOST_SHARDS, shard_ids
from rightful.connectors.repository import archive, git
from rightful.connectors.repository.choose import LARGE, NOT_CODE, Chooser, why_not
from rightful.connectors.repository.files import Blob, FileReader, blobs_of
from rightful.connectors.repository.names import OptedOut, repositories_of
from rightful.connectors.repository.transport import GitClient, Objected
from rightful.connectors.repository.tree import Tree
from rightful.errors import BlockedAddress, ConfigurationError, Malformed, Refused, RightfulError, TooLarge
from rightful.http.client import Client
from rightful.licensing.optouts.names import OPT_OUT_LIST
from rightful.model import JSON, FailedRecord, OptOut, Page, Record, Shard, Slice
from rightful.settings import PROJECT_ROOT

log = logging.getLogger(__name__)

REPOSITORIES = "repositories"
LINKS, NOT_ARCHIVED = "links and submodules", "not in the archive"
_MOST_PAGE_BYTES = 32 * 2**20


class RepositoryConnector:
    """Reads one source of kind ``repository``.

    Args:
        source: The catalogue entry.
        client: Asks the host.
        root: Folder of the project, below which lists are named.
    """

    def __init__(self, source: Source, client: GitClient | Client, root: Path = PROJECT_ROOT) -> None:
        self.source, self.client, self._spec = source, client, source.repository
        self._root = root
        self.opted_out = OptedOut(source, root)
        if isinstance(client, GitClient):
            client.objects_to = self.opted_out.repository
        self._chooser = Chooser(self._spec.include, self._spec.exclude)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def plan(self, slice: Slice) -> list[Shard]:
        """A shard a repository, or some repositories a shard where there are many. Nothing is asked for."""
        names = repositories_of(self.source, self._root)
        size = max(1, math.ceil(len(names) / MOST_SHARDS))
        groups = [names[start : start + size] for start in range(0, len(names), size)] or [[]]
        ids = [re.sub(r"[^A-Za-z0-9._-]+", "-", group[0].partition("://")[2] or group[0]) for group in groups if group]
        if size > 1 or len({one.casefold() for one in ids}) < len(groups) or max(map(len, ids), default=0) > 100:
            ids = shard_ids(len(groups))
        return [
            Shard(source=self.source.id, slice=slice, id=name, params={REPOSITORIES: group})
            for name, group in zip(ids, groups, strict=True)
        ]

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        """The files of each repository, some a page. The cursor tells how many of which one are done, and of which
        revision: a branch that was rewritten since is read from its beginning."""
        names = list(shard.params.get(REPOSITORIES) or [])
        first = int(cursor["repository"]) if cursor else 0
        if not names:
            yield Page(records=(), cursor=None, requests=0)
        for number in range(first, len(names)):
            onward = {"repository": number + 1} if number + 1 < len(names) else None
            done = cursor if cursor and number == first else None
            try:
                yield from self._repository(names[number], shard, number, done, onward)
            except Objected:
                yield Page(records=(self._objected(names[number]),), cursor=onward)
            except (BlockedAddress, Malformed, Refused, TooLarge) as error:
                # This repository's alone: it was removed, renamed, closed. The others go on.
                log.warning("%s: %s", names[number], error)
                yield Page(records=(self._failed(names[number], error),), cursor=onward)
            except RightfulError as error:
                error.slice = error.slice or shard.slice
                error.record = error.record or names[number]
                raise

    def _repository(
        self, name: str, shard: Shard, number: int, cursor: dict[str, JSON] | None, onward: dict[str, JSON] | None
    ) -> Iterator[Page]:
        if self.opted_out.repository(name):
            yield Page(records=(self._objected(name),), cursor=onward, requests=0)
            return
        asked, received = self.client.requests, self.client.bytes_received
        found = self._tree(name, shard.slice.end)
        if found is None:
            log.info("%s has no commit before %s", name, shard.slice.end)
            yield Page(records=(), cursor=onward, requests=self.client.requests - asked)
            return
        with found as tree:
            blobs, passed_over = blobs_of(tree, self._chooser, self.source.limits.record_bytes)
            if tree.left_out:
                passed_over[LINKS] = tree.left_out
            taken = int(cursor.get("taken") or 0) if cursor and cursor.get("revision") == tree.revision else 0
            reader = FileReader(self.source, tree, name)
            log.info("%s at %s: %d files to read", name, tree.revision[:12], len(blobs))
            for group, after in self._groups(blobs, taken):
                counts = passed_over if after == len(group) else {}
                records: list[Record | FailedRecord] = []
                for blob in group:
                    read = self._record(name, blob, tree, reader)
                    if isinstance(read, str):
                        counts = {**counts, read: counts.get(read, 0) + 1}
                    else:
                        records.append(read)
                more = {"repository": number, "revision": tree.revision, "taken": after}
                yield Page(
                    records=tuple(records),
                    cursor=more if after < len(blobs) else onward,
                    evidence=reader.evidence(),
                    requests=self.client.requests - asked,
                    bytes_received=self.client.bytes_received - received,
                    passed_over=counts,
                )
                asked, received = self.client.requests, self.client.bytes_received

    def _groups(self, blobs: list[Blob], taken: int) -> Iterator[tuple[list[Blob], int]]:
        """Files of one step with how many are done after them; one empty group where nothing is left."""
        group: list[Blob] = []
        size = 0
        for after, blob in enumerate(blobs[taken:], taken + 1):
            group.append(blob)
            size += blob.size or 0
            if len(group) >= self._spec.page_files or size > _MOST_PAGE_BYTES:
                yield group, after
                group, size = [], 0
        if group or taken >= len(blobs):
            yield group, len(blobs)

    def _record(self, name: str, blob: Blob, tree: Tree, reader: FileReader) -> Record | FailedRecord | str:
        """A file's record, or why it is passed over."""
        content = tree.read(blob.entries[0])
        if content is None:
            return NOT_ARCHIVED
        if len(content) > self.source.limits.record_bytes:
            return LARGE
        if (reason := why_not(content)) is not None:
            return reason
        objections = tuple(
            OptOut(signal=OPT_OUT_LIST, value="file", place=str(self._spec.opted_out), seen=datetime.now(UTC))
            for entry in blob.entries
            if self.opted_out.file(name, entry.path)
        )
        return reader.record(blob, content, objections[:1])

    def _tree(self, name: str, before: datetime) -> git.GitTree | archive.ArchivedTree | None:
        if isinstance(self.client, GitClient):
            return git.tree_before(self.source, self.client, name, before)
        return archive.tree_before(self.source, self.client, name, before)

    def _objected(self, name: str) -> Record:
        """The row of a repository whose authors want to be left out: nothing of it was asked for."""
        now = datetime.now(UTC)
        return Record(
            native_id=name,
            version="1",
            url=self.client.url(name),
            raw=b"",
            body=None,
            media_type="text/plain",
            claims=(),
            optouts=(OptOut(signal=OPT_OUT_LIST, value="repository", place=str(self._spec.opted_out), seen=now),),
            record_kind=self.source.record_kind,
            fetched_at=now,
        )

    def _failed(self, name: str, error: RightfulError) -> FailedRecord:
        kinds = {TooLarge: "too_large", Malformed: "malformed"}
        return FailedRecord(
            native_id=name,
            url=self.client.url(name),
            reason=kinds.get(type(error), "fetch_failed"),
            detail=f"{name}: {error.what}",
            fetched_at=datetime.now(UTC),
        )

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """What was licensed once stays so for the files as they were then: nothing is asked."""
        raise ConfigurationError(
            "files of repositories are not asked for one by one",
            source=self.source.id,
            remedy="nothing to do: each slice reads the licences anew",
        )


__all__ = ["NOT_CODE", "RepositoryConnector"]
