"""The columnar index of a snapshot: which records of which files are wanted, read column by column.

Parquet files of Common Crawl's layout, each opened by ranges. Row groups whose statistics rule out the filters are
never asked for, and of the others only eight columns, one row group at a time, so that memory does not grow with them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rightful.catalogue.crawl_block import CrawlIndex
from rightful.catalogue.models import Source
from rightful.connectors.crawl.lists import lines_of
from rightful.connectors.crawl.ranges import Ranges, Wanted
from rightful.connectors.crawl.site_files import Origins, Placed
from rightful.connectors.files.objects import PARQUET, Objects
from rightful.errors import ConfigurationError, Malformed, Refused

if TYPE_CHECKING:
    from pyarrow.compute import Expression

log = logging.getLogger(__name__)

URL, DOMAIN, LANGUAGES = "url", "url_host_registered_domain", "content_languages"
MEDIA_TYPE, STATUS = "content_mime_detected", "fetch_status"
FILE, OFFSET, LENGTH = "warc_filename", "warc_record_offset", "warc_record_length"
COLUMNS = (URL, DOMAIN, LANGUAGES, MEDIA_TYPE, STATUS, FILE, OFFSET, LENGTH)
"""Of the index, as Common Crawl names them."""

Columns = Callable[[Source, str, set[str], CrawlIndex], list[str]]
"""From a file's columns to those that are read; raises for those that are missing."""

BATCH = 32_768
"""Rows that are looked at together."""


def wanted_of(source: Source, objects: Objects, snapshot: str, origins: Origins | None = None) -> list[Wanted]:
    """The files that hold a record which ``fetch.index`` lets pass, and where in them, in the order of their names.

    ``origins`` is told of every page's site.

    Raises:
        Malformed: A part of the index is not what it should be.
        ConfigurationError: The index lacks the column of a filter.
        TooLarge: More ranges than a plan may have.
    """
    spec = source.crawl.index
    assert spec is not None
    ranges = Ranges(source.id, spec.file_bytes)
    rows = 0
    parts = parts_of(source, objects, snapshot, spec.path)
    if not parts:
        raise Malformed(
            f"the index of {snapshot} has no Parquet file below {spec.path.replace('{snapshot}', snapshot)}",
            source=source.id,
            remedy="correct `fetch.index.path`; the oldest snapshots have no columnar index",
        )
    for part in parts:
        for placed in rows_of(source, objects, part, _columns, _condition(spec)):
            ranges.add(placed.file, placed.offset, placed.length)
            if origins is not None:
                origins.add(placed.file, placed.url)
            rows += 1
    found = ranges.files()
    whole = sum(wanted.ranges is None for wanted in found)
    log.info("%s: %d records in %d files, %d of them read whole", snapshot, rows, len(found), whole)
    return found


def robots_of(source: Source, objects: Objects, snapshot: str) -> Iterator[Placed]:
    """Where the captures of robots.txt files of the wanted domains lie; none where the snapshot has no such index.

    Whatever their status: that a site has no such file, or refuses it, is an answer, too. ``fetch.index`` has to give
    ``robots`` and ``domains``. Raises what :func:`wanted_of` raises.
    """
    import pyarrow.compute as pc

    spec = source.crawl.index
    assert spec is not None
    assert spec.robots is not None
    try:
        parts = parts_of(source, objects, snapshot, spec.robots)
    except Refused as error:
        if error.status is not None:  # A host said no: that tells nothing of what it has.
            raise
        parts = []  # There is no such folder.
    if not parts:
        log.warning("%s has no index of robots.txt files, so none is checked", snapshot)
    for part in parts:
        yield from rows_of(source, objects, part, _robots_columns, pc.field(DOMAIN).isin(sorted(spec.domains)))


def parts_of(source: Source, objects: Objects, snapshot: str, path: str) -> list[str]:
    """The Parquet files of the index below the folder ``path``, in the order of their names."""
    spec = source.crawl.index
    assert spec is not None
    folder = path.replace("{snapshot}", snapshot)
    if source.crawl.scheme in ("s3", "file"):
        paths = [found.path for found in objects.list_objects(folder)]
    elif spec.parts is None:
        raise ConfigurationError(
            "over HTTP the index's folder can't be listed", source=source.id, remedy="give `fetch.index.parts`"
        )
    else:
        paths = lines_of(objects, spec.parts.replace("{snapshot}", snapshot), source.id)
    return sorted(path for path in paths if path.startswith(folder) and path.endswith(".parquet"))


def rows_of(
    source: Source, objects: Objects, part: str, columns_of: Columns, condition: Expression
) -> Iterator[Placed]:
    """The place of every record of one Parquet file that passes."""
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    spec = source.crawl.index
    assert spec is not None
    file: Any = objects.open_seekable(part, magic=PARQUET)
    try:
        fragment = ds.ParquetFileFormat().make_fragment(pa.PythonFile(file, mode="r"))
        columns = columns_of(source, part, set(fragment.physical_schema.names), spec)
        groups = sorted(g.id for piece in fragment.split_by_row_group(filter=condition) for g in piece.row_groups)
        log.info("%s: %d of %d row groups", part, len(groups), fragment.metadata.num_row_groups)
        with pq.ParquetFile(pa.PythonFile(file, mode="r"), metadata=fragment.metadata, pre_buffer=True) as parquet:
            for group in groups:
                # One at a time: all that are named together would be fetched together.
                for batch in parquet.iter_batches(
                    batch_size=BATCH, row_groups=[group], columns=columns, use_threads=False
                ):
                    yield from _passing(source, part, pa.Table.from_batches([batch]).filter(condition))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise Malformed(
            f"{part}: no Parquet of an index: {str(error)[:300]}", source=source.id, remedy="look at the file"
        ) from None
    finally:
        file.close()


def _columns(source: Source, part: str, there: set[str], spec: CrawlIndex) -> list[str]:
    missing = [name for name in COLUMNS if name not in there]
    if missing == [LANGUAGES] and not spec.languages:
        return [name for name in COLUMNS if name != LANGUAGES]
    if missing == [LANGUAGES]:
        raise ConfigurationError(
            f"{part} has no column `{LANGUAGES}`: the index is older than the detection of languages",
            source=source.id,
            remedy="leave out `fetch.index.languages` for this snapshot",
        )
    if missing:
        raise Malformed(
            f"{part} lacks the columns {', '.join(missing)}", source=source.id, remedy="correct `fetch.index.path`"
        )
    return list(COLUMNS)


def _robots_columns(source: Source, part: str, there: set[str], spec: CrawlIndex) -> list[str]:
    wanted = [URL, DOMAIN, FILE, OFFSET, LENGTH]
    if missing := [name for name in wanted if name not in there]:
        raise Malformed(
            f"{part} lacks the columns {', '.join(missing)}", source=source.id, remedy="correct `fetch.index.robots`"
        )
    return wanted


def _condition(spec: CrawlIndex) -> Expression:
    import pyarrow.compute as pc

    found = pc.field(STATUS) == 200
    if spec.domains:
        found &= pc.field(DOMAIN).isin(sorted(spec.domains))
    if spec.media_types:
        found &= pc.field(MEDIA_TYPE).isin(list(spec.media_types))
    if spec.languages:
        # The languages of a page stand in the order of how much of it they are: "eng,deu".
        found &= pc.utf8_slice_codeunits(pc.field(LANGUAGES), 0, 3).isin(list(spec.languages))
    return found


def _passing(source: Source, part: str, table: Any) -> Iterator[Placed]:
    names = (FILE, OFFSET, LENGTH, URL)
    for file, offset, length, url in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        if not isinstance(file, str) or not isinstance(offset, int) or not isinstance(length, int):
            what = "a row has no place in an archive"
        elif not file or file.startswith("/") or "://" in file or ".." in file.split("/"):
            what = f"a row names the file {file[:100]!r}, which is no path below `fetch.base_url`"
        elif offset < 0 or length < 1:
            what = f"a row names the part {offset}, {length} of {file[:200]}"
        else:
            yield Placed(file, offset, length, url if isinstance(url, str) else "")
            continue
        raise Malformed(f"{part}: {what}", source=source.id, remedy="tell whoever made the index")


__all__ = ["BATCH", "COLUMNS", "parts_of", "robots_of", "rows_of", "wanted_of"]
