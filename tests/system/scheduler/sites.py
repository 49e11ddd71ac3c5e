"""The demo publisher in this process, one for each source: with doors, an access log, and days that can grow."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from tests.system.scheduler.doors import Doors

from demo import truth
from demo.publisher import Publisher
from demo.web import Request, Response
from embedded.demo import DEMO
from rightful.model import Slice

NEVER: dict[str, Any] = {"schedule": "0 0 1 1 *", "start_date": date(datetime.now(UTC).year, 1, 2)}
"""A schedule whose first interval ends after more than a year: the scheduler starts no run by itself."""


class Site(Publisher):
    """A publisher behind doors."""

    def __init__(self, log: Path, *, scale: int = 1, calm: bool = True) -> None:
        self.doors = Doors()
        self.log, self.scale = log, scale
        self._changes = log.with_suffix(".changes.json")
        super().__init__(0, scale=scale, log=log, calm=calm, changes=self._changes)

    def answer(self, request: Request) -> Response:
        target = f"{request.path}?{urlencode(request.params)}"
        if not self.doors.passed("GET", target, b"", after=False):
            raise ConnectionResetError
        return super().answer(request)

    def change(self, **sites: dict[str, Any]) -> None:
        """Say something else of these records from now on; see :mod:`demo.changes`."""
        self._changes.write_text(json.dumps(sites), encoding="utf-8")

    def grow(self, scale: int) -> None:
        """Have ``scale`` times the usual number of records a day from now on."""
        other = Publisher(0, scale=scale, calm=True)
        other.close()
        self.routes, self.scale = other.routes, scale

    def asked(self, since: int = 0) -> list[str]:
        """Path and query of every request that was answered, from the one numbered ``since`` on."""
        lines = self.log.read_text(encoding="utf-8").splitlines()[since:]
        return [json.loads(line)["path"] for line in lines]


class DemoSource:
    """A source file in the catalogue of these tests, and the publisher it asks.

    It is one of the demo's (``origin``) with another publisher, and with ``source_id`` also under another name, so that
    several can be in different states at once.
    """

    def __init__(self, origin: str, site: Site, folder: Path, source_id: str | None = None, **changed: Any) -> None:
        self.origin, self.site, self.id = origin, site, source_id or origin
        self.dag_id = f"acquire__{self.id}"
        file = yaml.safe_load((DEMO / "sources" / f"{origin}.yaml").read_text(encoding="utf-8"))
        self.fetch: dict[str, Any] = file["fetch"]
        self.fetch["base_url"] = self.fetch["base_url"].replace("http://127.0.0.1:8098", site.address)
        self.fetch["params"] |= changed.pop("params", {})
        # The doors decide what waits here.
        pool = changed.pop("pool", f"pool-{self.id}")
        file["pace"] = {"requests_per_second": 1000, "max_connections": 8, "pool": pool}
        (folder / f"{self.id}.yaml").write_text(
            yaml.safe_dump({**file, **changed, "id": self.id}, sort_keys=False, allow_unicode=True), encoding="utf-8"
        )

    def expected(self, slice: Slice) -> truth.Expected:
        """What must become of the slice's records as the publisher is now."""
        found = truth.expected(self.origin, slice, self.site.scale)
        return truth.Expected(
            {self._own(document) for document in found.allowed},
            {self._own(document): reason for document, reason in found.quarantined.items()},
            {self._own(document): reason for document, reason in found.denied.items()},
            {self._own(document) for document in found.empty},
        )

    def _own(self, document: str) -> str:
        return f"{self.id}:{document.partition(':')[2]}"
