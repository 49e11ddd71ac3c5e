"""What the publisher changed its mind about: records whose licence is another one now, or that are gone.

A JSON file says so, read again whenever it was written, so that the publisher changes between two nights without being
started anew: ``{"open_news": {"<id>": {"license": "…"}, "<id>": null}}``. Sites: ``open_news``, ``questions``, ``wiki``
(a record's id, or the wiki's name for its ``rightsinfo``), ``news``. ``null`` means gone. Nothing else knows of it:
:mod:`demo.truth` tells what the sites say without any change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

GONE = None


class Changes:
    """The changes of ``path``; none without a file."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._state: tuple[int, int] | None = None
        self._sites: Mapping[str, Mapping[str, Any]] = {}

    def of(self, site: str) -> Mapping[str, Any]:
        """Id → what is different now (None: gone). Raises :class:`ValueError` when the file is no JSON."""
        if self._path is None:
            return {}
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        state = (found.st_mtime_ns, found.st_size)
        if state != self._state:
            self._sites = json.loads(self._path.read_text("utf-8"))
            self._state = state
        return self._sites.get(site, {})
