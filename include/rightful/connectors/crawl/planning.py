"""A slice of a crawl becomes shards: the snapshots released in it, or the archives that came to a bucket in it."""

from __future__ import annotations

import logging
from typing import Any

from rightful.catalogue.models import Source
from rightful.connectors.crawl.collections import chosen, snapshots_of
from rightful.connectors.crawl.index import robots_of, wanted_of
from rightful.connectors.crawl.lists import lines_of
from rightful.connectors.crawl.ranges import MOST_SHARDS, Wanted, named, packed
from rightful.connectors.crawl.site_files import Origins, SiteFiles, gathered
from rightful.connectors.files.objects import Objects
from rightful.errors import ConfigurationError
from rightful.model import Shard, Slice

log = logging.getLogger(__name__)

SNAPSHOT, FILES, ROBOTS = "snapshot", "files", "robots"
"""Names of a shard's parameters: the id of its snapshot; its files with the ranges wanted of each (null: all); where
the robots.txt files of its sites lie, if apart."""


def plan_shards(source: Source, slice: Slice, objects: Objects, snapshot: str | None = None) -> list[Shard]:
    """The shards of ``slice``, in a stable order with stable ids; one without files where nothing belongs to it.

    Args:
        source: The catalogue entry.
        slice: The interval to acquire.
        objects: What opens the source's files.
        snapshot: Take this one, whatever the slice.

    Raises what reading the lists and the index raises, and :class:`~rightful.errors.ConfigurationError` for a snapshot
    that does not exist.
    """
    taken: dict[str, list[Wanted]] = {}
    robots: dict[str, SiteFiles | None] = {}
    if source.crawl.collections is None:
        if snapshot is not None:
            raise ConfigurationError(
                "has no snapshots to choose from", source=source.id, slice=slice, remedy="leave `snapshot` empty"
            )
        taken[source.id] = own = _own(source, objects, slice)
        if len(own) > 1 and source.crawl.site_files == "slice":
            # A crawler asks for robots.txt once and writes on in the next archive.
            robots[source.id] = gathered(objects, [wanted.file for wanted in own])
    else:
        found = chosen(source, slice, snapshots_of(source, objects), snapshot)
        for one in found:
            taken[one.id], robots[one.id] = _of_snapshot(source, objects, one.id)
    taken = {name: files for name, files in taken.items() if files}
    log.info("%s %s: %s", source.id, slice, {name: len(files) for name, files in taken.items()} or "nothing")
    if not taken:
        return [Shard(source=source.id, slice=slice, id="all", params={SNAPSHOT: snapshot, FILES: []})]
    most = MOST_SHARDS // len(taken)
    if most < 1:
        raise ConfigurationError(
            f"{len(taken):,} snapshots belong to the slice", source=source.id, slice=slice, remedy="shorten `schedule`"
        )
    shards: list[Shard] = []
    for name, files in taken.items():
        groups = packed(files, shard_files=source.crawl.shard_files, shard_ranges=source.crawl.shard_ranges, most=most)
        for shard_id, group in named(name, groups, alone=len(taken) == 1):
            params: dict[str, Any] = {SNAPSHOT: name, FILES: [_param(wanted) for wanted in group]}
            if (of_sites := robots.get(name)) is not None and (captures := of_sites.of(group, shard_id)):
                params[ROBOTS] = captures
            shards.append(Shard(source=source.id, slice=slice, id=shard_id, params=params))
    return shards


def _of_snapshot(source: Source, objects: Objects, snapshot: str) -> tuple[list[Wanted], SiteFiles | None]:
    if source.crawl.mode == "index":
        index = source.crawl.index
        if index is None or index.robots is None or not index.domains:
            log.info("%s: robots.txt files are found with `domains` and `robots` only; none is checked", snapshot)
            return wanted_of(source, objects, snapshot), None
        origins = Origins()
        wanted = wanted_of(source, objects, snapshot, origins)
        return wanted, SiteFiles(origins, robots_of(source, objects, snapshot))
    place = source.crawl.paths.replace("{snapshot}", snapshot)
    return [Wanted(path, None) for path in sorted(lines_of(objects, place, source.id))], None


def _own(source: Source, objects: Objects, slice: Slice) -> list[Wanted]:
    endings = tuple(source.crawl.suffixes)
    return [
        Wanted(found.path, None)
        for found in objects.list_objects()
        if found.path.lower().endswith(endings) and slice.contains(found.modified)
    ]


def _param(wanted: Wanted) -> dict[str, object]:
    ranges = None if wanted.ranges is None else [list(pair) for pair in wanted.ranges]
    return {"file": wanted.file, "ranges": ranges}


__all__ = ["FILES", "ROBOTS", "SNAPSHOT", "plan_shards"]
