"""Runs a source of the catalogue through its real connector on saved answers, without a network.

``saved/<id>.json`` is an answer of the site as it was received; ``saved/<id>.site.json`` the answer to ``fetch.site``
where the source has one. The requests that were made are kept, so that a test can look at their parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from rightful.catalogue.load import load_contracts, load_source
from rightful.catalogue.models import Source
from rightful.connectors.rest import RestConnector
from rightful.connectors.window import shards_of
from rightful.http.client import Client
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import Credentials, Page, Record, Shard, Slice
from rightful.settings import PROJECT_ROOT

SAVED: Path | Answers = Path(__file__).parent / "saved"
DAY = Slice(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
KEY = "the-key-of-the-test"


def source_of(source_id: str) -> Source:
    """The source file of this checkout."""
    return load_source(PROJECT_ROOT / f"include/sources/{source_id}.yaml")


class Answers:
    """A folder of answers, one of which says ``text`` instead."""

    def __init__(self, folder: Path | Answers, name: str, text: str) -> None:
        self._folder, self._name, self._text = folder, name, text

    def __truediv__(self, name: str) -> Path | Answers:
        return self if name == self._name else self._folder / name

    def read_bytes(self) -> bytes:
        return self._text.encode()

    def read_text(self) -> str:
        return self._text


class Saved(httpx.BaseTransport):
    """Answers like the site did when the answers were saved."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.requests: list[httpx.Request] = []

    @staticmethod
    def with_answer(name: str, text: str) -> Answers:
        """The saved answers, with another in the place of file ``name``: to be set as :data:`SAVED`."""
        return Answers(SAVED, name, text)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        site = self.source.fetch.site
        is_site = (
            site is not None
            and request.url.path.endswith(site.path.rpartition("/")[2])
            and all(request.url.params.get(k) == str(v) for k, v in site.params.items())
        )
        name = f"{self.source.id}.site.json" if is_site else f"{self.source.id}.json"
        body = httpx.ByteStream((SAVED / name).read_bytes())
        return httpx.Response(200, headers={"Content-Type": "application/json"}, stream=body, request=request)


@contextmanager
def connector(source: Source) -> Iterator[tuple[RestConnector, Saved]]:
    """The source's connector on its saved answers."""
    saved = Saved(source)
    client = Client(
        source,
        contact="tests@example.org",
        credentials=Credentials(password=KEY) if source.connection else None,
        transport=saved,
        resolver=lambda host, port: ["203.0.113.7"],
        sleep=lambda seconds: None,
    )
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml") if source.links else None
    with RestConnector(source, client, policy) as found:
        yield found, saved


def first_page(source_id: str, slice: Slice = DAY) -> Page:
    """The first page of the first shard."""
    source = source_of(source_id)
    with connector(source) as (found, _):
        return next(found.fetch(shards(found, slice)[0]))


def requests_of(source_id: str, slice: Slice = DAY) -> list[httpx.Request]:
    """The requests for the first page of the first shard."""
    source = source_of(source_id)
    with connector(source) as (found, saved):
        next(found.fetch(shards(found, slice)[0]))
        return saved.requests


def shards(found: RestConnector, slice: Slice) -> list[Shard]:
    """The shards of the slice, without asking how far back the site's list reaches."""
    return shards_of(found.source, slice)


def rulings(source_id: str, slice: Slice = DAY) -> list[tuple[str, str, str, str | None]]:
    """Native id, decision, reason and expression for each record of the first page, by the policy of this checkout."""
    source = source_of(source_id)
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    contracts, errors = load_contracts(PROJECT_ROOT / "include/contracts")
    assert not errors
    found = []
    for record in first_page(source_id, slice).records:
        assert isinstance(record, Record), record
        published = record.published.date() if record.published else None
        ruling = decide(record.claims, record.optouts, source, policy, contracts, {}, (), published, slice.end.date())
        found.append((record.native_id, ruling.decision.value, ruling.reason.value, ruling.expression))
    return found
