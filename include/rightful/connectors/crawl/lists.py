"""Lists of paths (``warc.paths.gz``): one a line, compressed or not."""

from __future__ import annotations

import gzip
import zlib

from rightful.connectors.files.objects import GZIP, Objects
from rightful.errors import Malformed, TooLarge

MOST_FILES = 1_000_000
MOST_LINE = 2_000


def lines_of(objects: Objects, place: str, source: str) -> list[str]:
    """The paths of a list, each once, in its order.

    Raises :class:`~rightful.errors.Malformed` for a list that is empty, broken off, or holds what is no path.
    """

    def wrong(what: str) -> Malformed:
        return Malformed(f"{place}: no list of paths: {what}", source=source, remedy="look at it in a browser")

    packed = place.endswith(".gz")
    found: dict[str, None] = {}
    with objects.open_object(place, magic=GZIP if packed else None) as stream:
        lines = gzip.GzipFile(fileobj=stream, mode="rb") if packed else stream
        try:
            # Bounded reads: a line without an end must not fill the memory.
            while line := lines.readline(MOST_LINE + 1):
                path = line.decode("utf-8").strip()
                if len(line) > MOST_LINE or any(letter.isspace() or not letter.isprintable() for letter in path):
                    raise wrong(f"a line begins {path[:60]!r}")
                if path.startswith(("/", "<", "{")) or "://" in path or ".." in path.split("/"):
                    raise wrong(f"{path[:60]!r} is no path below `fetch.base_url`")
                if path:
                    found[path] = None
                if len(found) > MOST_FILES:
                    raise TooLarge(f"{place} names more than {MOST_FILES:,} files", source=source)
        except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
            raise wrong(f"{type(error).__name__}: {error}") from None
    if not found:
        raise wrong("it is empty")
    return list(found)


__all__ = ["lines_of"]
