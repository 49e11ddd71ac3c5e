"""A slice becomes shards of bulk files: which of them belong to it, and by which check sums they are known."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import unquote, urlsplit

from rightful.catalogue.dump_block import DATE, Changed, Dated, Fixed
from rightful.catalogue.models import Source
from rightful.connectors.files.objects import Objects
from rightful.connectors.paths import one
from rightful.connectors.window import OVER
from rightful.errors import ConfigurationError, FetchError, Malformed
from rightful.model import JSON, Shard, Slice

FILES = "files"
"""Name of a shard's parameter: its files, each as :class:`Wanted`."""

MOST_LIST_BYTES = 64 * 2**20
MOST_SHARDS = 1_000
_ALGORITHMS = ("sha512", "sha256", "sha1", "md5")
_DIGEST = re.compile(r"\\?([0-9a-fA-F]{32,128}) [ *]?(.+)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of a slice. ``digest`` is ``algorithm:hex`` where its publisher gives one, ``size`` is in bytes."""

    file: str
    digest: str | None = None
    size: int | None = None
    may_lack: bool = False


def plan_shards(source: Source, slice: Slice, objects: Objects) -> list[Shard]:
    """The shards of ``slice``, in a stable order with stable ids; one without files where nothing belongs to it.

    Raises:
        FetchError: A list of files is not finished yet, or can't be had just now.
        Malformed: A list or its check sums are not what they should be.
    """
    shards: list[Shard] = []
    names = source.shard.over
    for values in product(*names.values()):
        over = dict(zip(names, values, strict=True))
        wanted = _checked(source, objects, list(_wanted(source, slice, objects, over)), slice, over)
        size = source.dump.shard_files
        groups = [wanted[first : first + size] for first in range(0, len(wanted), size)]
        for number, group in enumerate(groups, 1):
            name = "-".join([*(str(value) for value in over.values()), f"{number:04}"])
            params = {FILES: [asdict(file) for file in group], OVER: over}
            shards.append(
                Shard(source=source.id, slice=slice, id="all" if len(groups) == 1 and not over else name, params=params)
            )
    if len(shards) > MOST_SHARDS:
        raise ConfigurationError(
            f"{len(shards):,} shards",
            source=source.id,
            slice=slice,
            remedy="raise `fetch.shard_files`, or shorten `schedule`",
        )
    return shards or [Shard(source=source.id, slice=slice, id="all", params={FILES: []})]


def _wanted(source: Source, slice: Slice, objects: Objects, over: dict[str, Any]) -> Iterator[Wanted]:
    match source.dump.files:
        case Dated() as dated:
            for day in periods(dated, slice):
                yield from _of_date(source, objects, dated, day, over, slice)
        case Changed() as changed:
            pattern = re.compile(changed.match)
            for found in objects.list_objects(changed.folder):
                if pattern.fullmatch(found.path) and slice.contains(found.modified):
                    yield Wanted(found.path, size=found.size)
        case Fixed() as fixed:
            yield from (Wanted(_filled(path, None, over)) for path in fixed.paths)


def periods(dated: Dated, slice: Slice) -> Iterator[datetime]:
    """The first days (UTC) of the days, months or years whose files belong to ``slice``, in their order."""
    lag = timedelta(days=dated.lag_days)
    day = _start(slice.start - lag - timedelta(days=367), dated.every)
    while day <= slice.end:
        end = _next(day, dated.every)
        # What is there when a slice ends is there for it, which runs only then.
        if slice.start < (end if dated.due == "end" else day) + lag <= slice.end:
            yield day
        day = end


def _start(moment: datetime, every: str) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if every != "day":
        day = day.replace(day=1)
    return day.replace(month=1) if every == "year" else day


def _next(day: datetime, every: str) -> datetime:
    match every:
        case "day":
            return day + timedelta(days=1)
        case "month":
            return day + timedelta(days=calendar.monthrange(day.year, day.month)[1])
    return day.replace(year=day.year + 1)


def _of_date(
    source: Source, objects: Objects, dated: Dated, day: datetime, over: dict[str, Any], slice: Slice
) -> Iterator[Wanted]:
    path = _filled(dated.path, day, over)
    if dated.files is None:
        yield Wanted(path, may_lack=dated.missing == "nothing")
        return

    def wrong(what: str) -> Malformed:
        return Malformed(f"{path}: {what}", source=source.id, slice=slice, remedy="look at it in a browser")

    try:
        told: JSON = json.loads(objects.read_object(path, MOST_LIST_BYTES))
    except ValueError as error:
        raise wrong(f"no JSON ({error})") from None
    for place, expected in dated.done.items():
        if (found := one(place)(told)) != expected:
            raise FetchError(
                f"{path}: the files are not finished: `{place}` is {found!r}, not {expected!r}",
                source=source.id,
                slice=slice,
                remedy="try again later; if it happens each time, raise `fetch.files.lag_days`",
            )
    listed = one(dated.files)(told)
    entries = [(str(name), value) for name, value in listed.items()] if isinstance(listed, dict) else None
    if entries is None and isinstance(listed, list):
        entries = [
            (str(value.get("name") or value.get("url") or ""), value) for value in listed if isinstance(value, dict)
        ]
    if not entries:
        raise wrong(f"no files at `{dated.files}`")
    pattern = re.compile(dated.match or ".*")
    chosen = [(name, value) for name, value in entries if pattern.fullmatch(name)]
    if not chosen:
        raise wrong(f"none of its {len(entries):,} files matches `{dated.match}`")
    for name, value in sorted(chosen, key=lambda pair: pair[0]):
        yield _listed(path, name, value if isinstance(value, dict) else {}, wrong)


def _listed(path: str, name: str, told: dict[str, Any], wrong: Any) -> Wanted:
    address = told.get("url") or name
    if not isinstance(address, str) or not address:
        raise wrong(f"no address of {name!r}")
    if not address.startswith(("http://", "https://")):
        # By the rules of links: "/x" is of the host, "x" stands beside the list.
        address = address.lstrip("/") if address.startswith("/") else f"{path.rpartition('/')[0]}/{address}".lstrip("/")
    digest = next((f"{kind}:{told[kind]}".lower() for kind in _ALGORITHMS if isinstance(told.get(kind), str)), None)
    size = told.get("size")
    return Wanted(address, digest=digest, size=size if type(size) is int and size >= 0 else None)


def _checked(
    source: Source, objects: Objects, wanted: list[Wanted], slice: Slice, over: dict[str, Any]
) -> list[Wanted]:
    """The files with their check sums. Where a list of them is promised, each file must stand in it."""
    spec = source.dump.checksums
    if spec is None or not wanted:
        return wanted
    dated = source.dump.files if isinstance(source.dump.files, Dated) else None
    days = list(periods(dated, slice)) if dated is not None and DATE.search(spec.path) else [None]
    sums: dict[str, str] = {}
    for day in days:
        text = objects.read_object(_filled(spec.path, day, over), MOST_LIST_BYTES).decode("utf-8", "replace")
        for line in text.splitlines():
            if (found := _DIGEST.fullmatch(line.strip())) is not None:
                sums[_name(found[2])] = f"{spec.algorithm}:{found[1].lower()}"
    answer = []
    for file in wanted:
        digest = sums.get(_name(file.file)) or file.digest
        if digest is None and not file.may_lack:
            raise Malformed(
                f"{spec.path} holds no check sum of {file.file}",
                source=source.id,
                slice=slice,
                remedy="is the file complete yet? raise `fetch.files.lag_days`, or take `checksums` out",
            )
        answer.append(Wanted(file.file, digest=digest, size=file.size, may_lack=file.may_lack))
    return answer


def _name(path: str) -> str:
    return unquote(urlsplit(path).path).rpartition("/")[2]


def _filled(path: str, day: datetime | None, over: dict[str, Any]) -> str:
    for name, value in over.items():
        path = path.replace("{" + name + "}", str(value))
    return path if day is None else DATE.sub(lambda found: day.astimezone(UTC).strftime(found[1]), path)


__all__ = ["FILES", "Wanted", "periods", "plan_shards"]
