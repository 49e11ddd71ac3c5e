"""Runs a source of kind ``repository`` through its real connector, without a network.

``saved/<id>.json`` holds repositories by name: their commits in turn, ``{"when": <ISO 8601>, "files": {path: text}}``,
a text of null removes a file. They become real repositories, served by git's smart protocol within the process. For a
source that reads the archive it holds the archive's answers, by path below ``fetch.base_url``.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from dulwich.errors import NotGitRepository
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob, Commit
from dulwich.objects import Tree as GitTree
from dulwich.repo import MemoryRepo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain
from tests.unit.sources.replay import SAVED, source_of

from rightful.catalogue.models import Source
from rightful.connectors.repository.connector import RepositoryConnector
from rightful.connectors.repository.transport import GitClient
from rightful.http.client import Client
from rightful.licensing.decide import decide
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Page, Record, Slice
from rightful.settings import PROJECT_ROOT

WEEK = timedelta(days=7)


class Host(httpx.BaseTransport):
    """A host of repositories. ``requests`` are those that were made."""

    def __init__(self, repositories: dict[str, list[dict[str, Any]]]) -> None:
        made = {f"/{name}": repository(commits) for name, commits in repositories.items()}
        self.requests: list[httpx.Request] = []
        self._app = make_wsgi_chain(DictBackend(made))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        body = request.read()
        told: dict[str, Any] = {}
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], *error: object) -> Callable[[bytes], None]:
            told.update(status=int(status[:3]), headers=headers)
            return written.append

        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.url.path,
            "QUERY_STRING": request.url.query.decode(),
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        try:
            written.extend(self._app(environ, start))
        except (KeyError, AssertionError, NotGitRepository):  # so it says that it knows no such repository
            return httpx.Response(404, request=request)
        stream = httpx.ByteStream(b"".join(written))
        return httpx.Response(told["status"], headers=told["headers"], stream=stream, request=request)


class Archive(httpx.BaseTransport):
    """The archive, from saved answers: JSON, or ``{"raw": <base64>}`` for a file's bytes. Others are 404."""

    def __init__(self, source: Source, answers: dict[str, Any]) -> None:
        self._base, self._answers = source.fetch.base_url, answers
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = str(request.url).removeprefix(self._base)
        told = self._answers.get(path, {"exception": "NotFoundExc", "reason": "…"})
        raw = isinstance(told, dict) and "raw" in told
        body = base64.b64decode(told["raw"]) if raw else json.dumps(told).encode()
        kind = "application/octet-stream" if raw else "application/json"
        return httpx.Response(
            200 if path in self._answers else 404,
            headers={"Content-Type": kind},
            stream=httpx.ByteStream(body),
            request=request,
        )


def repository(commits: list[dict[str, Any]]) -> MemoryRepo:
    """A repository of these commits, one upon the other."""
    repo = MemoryRepo.init_bare([], {})
    tree, parents = GitTree(), []
    repo.object_store.add_object(tree)
    for told in commits:
        changes = []
        for path, text in told["files"].items():
            blob = None if text is None else Blob.from_string(text if isinstance(text, bytes) else text.encode())
            if blob is not None:
                repo.object_store.add_object(blob)
            changes.append((path.encode(), None if blob is None else 0o100644, None if blob is None else blob.id))
        new = commit_tree_changes(repo.object_store, tree, changes)
        tree = repo.object_store[new] if isinstance(new, bytes) else new
        commit = Commit()
        commit.tree, commit.parents = tree.id, parents
        commit.author = commit.committer = b"Ada <ada@example.org>"
        commit.author_time = commit.commit_time = int(datetime.fromisoformat(told["when"]).timestamp())
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"Change"
        repo.object_store.add_object(commit)
        parents = [commit.id]
    if parents:
        repo.refs[b"refs/heads/main"] = parents[0]
        repo.refs.set_symbolic_ref(b"HEAD", b"refs/heads/main")
    return repo


def slice_of(day: str, length: timedelta = WEEK) -> Slice:
    """The slice that ends on ``day``."""
    end = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Slice(start=end - length, end=end)


def connector(source: Source, transport: httpx.BaseTransport, root: Path = PROJECT_ROOT) -> RepositoryConnector:
    """The source's connector, asking ``transport``."""
    kind = GitClient if source.repository.read == "git" else Client
    now = [0.0]  # time passes only while somebody sleeps

    def sleep(seconds: float) -> None:
        now[0] += seconds

    client = kind(
        source, transport=transport, resolver=lambda host, port: ["203.0.113.7"], sleep=sleep, clock=lambda: now[0]
    )
    return RepositoryConnector(source, client, root)


def saved(source_id: str) -> tuple[Source, httpx.BaseTransport]:
    """A source of the catalogue that reads what is saved, and what answers it."""
    source = source_of(source_id)
    told = json.loads((SAVED / f"{source_id}.json").read_text())
    names = tuple(told.get("origins") or told)
    fetch = source.repository.model_copy(update={"repositories": names, "listed_in": None})
    source = source.model_copy(update={"fetch": fetch})
    return source, Host(told) if fetch.read == "git" else Archive(source, told["answers"])


@cache
def pages(source_id: str, day: str) -> list[Page]:
    """All pages of the slice that ends on ``day``."""
    source, transport = saved(source_id)
    with connector(source, transport) as found:
        return [page for shard in found.plan(slice_of(day)) for page in found.fetch(shard)]


def records(source_id: str, day: str) -> list[Record | FailedRecord]:
    """All records of the slice that ends on ``day``."""
    return [record for page in pages(source_id, day) for record in page.records]


def rulings(source_id: str, day: str) -> list[tuple[str | None, str, str, str | None]]:
    """Title, decision, reason and expression of each file, by the policy of this checkout."""
    source = source_of(source_id)
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    found = []
    for record in records(source_id, day):
        assert isinstance(record, Record), record
        ruling = decide(record.claims, record.optouts, source, policy, {}, {}, (), None, slice_of(day).end.date())
        found.append((record.title, ruling.decision.value, ruling.reason.value, ruling.expression))
    return found
