"""A source of sound that is a folder: a list of episodes in a file, their recordings beside it.

Every download is noted in a log beside the list, so that a test can tell what was asked for, also by another process.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rightful.connectors.base import Completed, Known, Sighting
from rightful.errors import FetchError, HostBusy, RateLimited
from rightful.model import JSON, FailedRecord, LicenseClaim, Media, Page, Record, Segment, Shard, Slice, Strength

BY = "https://creativecommons.org/licenses/by/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


def episode(guid: str, *, license: str | None = BY, **more: Any) -> dict[str, Any]:
    """An episode as the list has it.

    ``file`` is its recording, ``text`` its publisher's transcript, ``error`` what its download comes to (``fetch``,
    ``limited``, ``busy``, ``failed``, ``full``, ``die``), ``then`` the licence that only the download shows, ``now``
    the licences that each look before a download shows, ``host`` where it lies, ``seconds`` what is announced.
    """
    return {"guid": guid, "license": license, **more}


class Shelf:
    """The folder, as a :class:`rightful.connectors.base.MediaConnector`. A list of the file is a page, or a shard."""

    def __init__(self, folder: Path, *, shards: bool = False) -> None:
        self.folder, self.log, self.shards = folder, folder / "downloads.log", shards

    def write(self, *pages: list[dict[str, Any]]) -> None:
        (self.folder / "episodes.json").write_text(json.dumps(pages), "utf-8")

    def asked(self) -> list[str]:
        """The guids whose download was asked for, in order."""
        return self.log.read_text("utf-8").split() if self.log.exists() else []

    # ------------------------------------------------------------------ the connector

    def __call__(self, *args: Any, **more: Any) -> Self:
        """Stands in the place of ``connector_for``."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def plan(self, slice: Slice) -> list[Shard]:
        numbers = range(len(self._pages())) if self.shards else [None]
        return [
            Shard(source="shelf", slice=slice, id=f"shelf {number}", params={} if number is None else {"page": number})
            for number in numbers
        ]

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        yield from ()

    def fetch(self, shard: Shard, cursor: dict[str, JSON] | None = None) -> Iterator[Page]:
        pages = self._pages()
        if "page" in shard.params:
            pages = [pages[shard.params["page"]]]
        for number in range(cursor["page"] if cursor else 0, len(pages)):
            following = {"page": number + 1} if number + 1 < len(pages) else None
            records = tuple(self._record(entry, shard) for entry in pages[number])
            yield Page(records=records, cursor=following, evidence={"list": json.dumps(pages[number]).encode()})

    def _pages(self) -> list[list[dict[str, Any]]]:
        pages: list[list[dict[str, Any]]] = json.loads((self.folder / "episodes.json").read_text("utf-8"))
        return pages

    def _record(self, entry: dict[str, Any], shard: Shard) -> Record:
        url = f"https://{entry.get('host', 'shelf.example')}/{entry['guid']}"
        claims = (LicenseClaim(raw=entry["license"], place="list", strength=Strength.PUBLISHER),)
        return Record(
            native_id=entry["guid"],
            version=entry.get("version", "0" * 16),
            url=f"https://shelf.example/{entry['guid']}",
            raw=json.dumps(entry).encode(),
            body=None,
            media_type="audio/wav",
            claims=claims if entry["license"] else (),
            title=f"Episode {entry['guid']}",
            creators=("A. Speaker",),
            published=shard.slice.start,
            fetched_at=shard.slice.end,
            evidence="list",
            media=(Media(url=url, seconds=entry.get("seconds")),),
        )

    def complete(
        self, record: Record, folder: Path, report: Callable[[int, int | None], None] | None = None
    ) -> Completed | FailedRecord | Record:
        import msgspec

        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{record.native_id}\n")
        entry = json.loads(record.raw)
        error = entry.get("error")
        if error == "fetch":
            raise FetchError("the host is away")
        if error == "limited":
            raise RateLimited("patience", retry_after=1)
        if error == "busy":
            raise HostBusy("patience", host=entry["host"], retry_after=1)
        if error == "failed":
            return FailedRecord(
                native_id=record.native_id, url=record.url, reason="truncated", detail="half of it came"
            )
        if error == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if said := entry.get("now"):
            claim = LicenseClaim(raw=said[0], place="list", strength=Strength.PUBLISHER)
            raw = json.dumps({**entry, "now": said[1:]}).encode()
            return msgspec.structs.replace(record, claims=(claim,), raw=raw)
        if "then" in entry:
            claim = LicenseClaim(raw=entry["then"], place="the file's own tags", strength=Strength.PUBLISHER)
            record = msgspec.structs.replace(record, claims=(*record.claims, claim))
        if "text" in entry:
            words = entry["text"]
            segments = (Segment(start=0.0, end=2.5, text=words),)
            done = msgspec.structs.replace(
                record, body=words, raw=words.encode(), media_type="text/plain", segments=segments, media_seconds=2.5
            )
            return Completed(record=done)
        if error == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        if report is not None:
            report(0, None)
        file = folder / "recording"
        shutil.copyfile(self.folder / entry["file"], file)
        blob = file.read_bytes()
        if report is not None:
            report(len(blob), len(blob))
        return Completed(
            record=record, file=file, media_type="audio/wav", bytes=len(blob), sha256=hashlib.sha256(blob).hexdigest()
        )
