"""Kind ``repository``: what is odd about repositories, and going on where it broke. By git's own protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain
from tests.unit.licensing.license_texts import MIT, filled
from tests.unit.sources.repository_replay import Host, connector, repository, slice_of

from rightful.catalogue.models import Source
from rightful.connectors.repository import check, git
from rightful.connectors.repository.names import OptedOut
from rightful.connectors.reread import Observed, rereader_for
from rightful.errors import ConfigurationError, FetchError
from rightful.licensing.decide import decide
from rightful.licensing.optouts.names import OPT_OUT_LIST
from rightful.licensing.policy import load_policy
from rightful.model import FailedRecord, Page, Record, Shard
from rightful.settings import PROJECT_ROOT

WHEN = "2026-01-02T00:00:00+00:00"
DAY = "2026-01-05"


def source(*names: str, **fetch: Any) -> Source:
    limits = {"retries": 0, "record_bytes": 100_000}
    return Source.model_validate(
        {
            "id": "codes",
            "title": "Codes",
            "kind": "repository",
            "channel": "public_dataset",
            "owner": "owner@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "record_kind": "code",
            "license": {"scope": "record", "claims": [{"from": "file"}]},
            "pace": {"requests_per_second": 1000},
            "limits": limits,
            "fetch": {"base_url": "https://git.example.org/", "repositories": names or ("a/b",), **fetch},
        }
    )


def commit(files: dict[str, Any], when: str = WHEN) -> dict[str, Any]:
    return {"when": when, "files": files}


def pages(
    given: Source, host: httpx.BaseTransport, cursor: Any = None, root: Path = PROJECT_ROOT, shard: int = 0
) -> list[Page]:
    with connector(given, host, root) as found:
        return list(found.fetch(found.plan(slice_of(DAY))[shard], cursor))


def read(files: dict[str, Any], **fetch: Any) -> list[Record | FailedRecord]:
    host = Host({"a/b": [commit(files)]})
    return [record for page in pages(source(**fetch), host) for record in page.records]


def ruling(record: Record | FailedRecord) -> tuple[str, str, str | None]:
    assert isinstance(record, Record), record
    policy = load_policy(PROJECT_ROOT / "include/policy.yaml")
    ruled = decide(record.claims, record.optouts, source(), policy, {}, {}, (), None, slice_of(DAY).end.date())
    return ruled.decision.value, ruled.reason.value, ruled.expression


def test_a_shard_a_repository() -> None:
    with connector(source("a/b", "a/c.git", "d"), Host({})) as found:
        shards = found.plan(slice_of(DAY))
    assert [(shard.id, shard.params["repositories"]) for shard in shards] == [
        ("a-b", ["a/b"]),
        ("a-c.git", ["a/c.git"]),
        ("d", ["d"]),
    ]
    with connector(source("a/b", "a-b"), Host({})) as found:
        assert [shard.id for shard in found.plan(slice_of(DAY))] == ["part-0001", "part-0002"]


def test_many_repositories_share_shards() -> None:
    with connector(source(*(f"a/r{number}" for number in range(2_500))), Host({})) as found:
        shards = found.plan(slice_of(DAY))
    assert len(shards) == 834
    assert sum(len(shard.params["repositories"]) for shard in shards) == 2_500


def test_it_goes_on_where_it_broke() -> None:
    host = Host({"a/b": [commit({"LICENSE": MIT, **{f"f{number}.py": f"X = {number}\n" for number in range(7)}})]})
    given = source(page_files=3)
    whole = pages(given, host)
    assert [len(page.records) for page in whole] == [3, 3, 1]
    assert whole[-1].cursor is None
    for number, page in enumerate(whole[:-1], 1):
        cursor = msgspec.json.decode(msgspec.json.encode(page.cursor))
        assert [_ids(one) for one in pages(given, host, cursor)] == [_ids(one) for one in whole[number:]]


def _ids(page: Page) -> list[str]:
    return [record.native_id for record in page.records]


def test_a_branch_that_was_rewritten_is_read_anew() -> None:
    files = {"LICENSE": MIT, **{f"f{number}.py": f"X = {number}\n" for number in range(5)}}
    given = source(page_files=2)
    first = pages(given, Host({"a/b": [commit(files)]}))[0]
    after = pages(given, Host({"a/b": [commit({**files, "new.py": "NEW = 1\n"})]}), first.cursor)
    assert sum(len(page.records) for page in after) == 6


def test_several_repositories_in_a_shard_go_on_at_theirs() -> None:
    host = Host({name: [commit({"LICENSE": MIT, "x.py": f"# {name}\n"})] for name in ("a/b", "a/c")})
    given = source("a/b", "a/c")
    shard = Shard(source="codes", slice=slice_of(DAY), id="part-0001", params={"repositories": ["a/b", "a/c"]})
    with connector(given, host) as found:
        first, second = found.fetch(shard)
    assert (first.cursor, second.cursor) == ({"repository": 1}, None)
    with connector(given, host) as found:
        assert [_ids(page) for page in found.fetch(shard, first.cursor)] == [_ids(second)]


@pytest.mark.parametrize(
    ("name", "fetch", "reason"),
    [("a/gone", {}, "fetch_failed"), ("a/b", {"branch": "nowhere"}, "malformed")],
)
def test_what_is_wrong_with_one_repository_is_a_row(name: str, fetch: dict[str, Any], reason: str) -> None:
    host = Host({"a/b": [commit({"LICENSE": MIT, "x.py": "X = 1\n"})]})
    (page,) = pages(source(name, **fetch), host)
    (failed,) = page.records
    assert isinstance(failed, FailedRecord)
    assert (failed.native_id, failed.reason) == (name, reason)
    assert failed.url == f"https://git.example.org/{name}"


def test_another_branch_is_read_where_the_file_says_so() -> None:
    assert len(read({"LICENSE": MIT, "x.py": "X = 1\n"}, branch="main")) == 1


def test_a_repository_without_commits_is_empty() -> None:
    (page,) = pages(source(), Host({"a/b": []}))
    assert (page.records, page.cursor) == ((), None)


class Broken(httpx.BaseTransport):
    """A host whose packs come to nothing: cut off, or with a byte changed."""

    def __init__(self, inner: Host, change: Any) -> None:
        self._inner, self._change = inner, change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.method != "POST":
            return answer
        body = self._change(b"".join(answer.stream))  # type: ignore[arg-type]  # a stream of bytes
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))


def test_a_changed_pack_is_refused() -> None:
    host = Broken(
        Host({"a/b": [commit({"x.py": "X = 1\n" * 50, "LICENSE": MIT})]}),
        lambda body: body[:-70] + bytes([body[-70] ^ 1]) + body[-69:],
    )
    (page,) = pages(source(), host)
    (failed,) = page.records
    assert isinstance(failed, FailedRecord)
    assert failed.reason == "malformed"
    assert "can't be unpacked" in failed.detail


def test_a_broken_answer_is_tried_again_later() -> None:
    host = Broken(Host({"a/b": [commit({"x.py": "X = 1\n", "LICENSE": MIT})]}), lambda body: body[: len(body) // 2])
    with pytest.raises(FetchError, match="a/b"):
        pages(source(), host)


def test_what_is_no_git_server_is_told() -> None:
    class Page404(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers={"content-type": "text/html"}, stream=httpx.ByteStream(b"<html>"))

    (page,) = pages(source(), Page404())
    (failed,) = page.records
    assert isinstance(failed, FailedRecord)
    assert "no git server answers there" in failed.detail


def test_a_repository_that_is_too_large_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    given = source()
    small = given.repository.model_copy(update={"most_bytes": 200})
    host = Host({"a/b": [commit({"x.py": "X = 1\n", "LICENSE": MIT})]})
    (page,) = pages(given.model_copy(update={"fetch": small}), host)
    (failed,) = page.records
    assert isinstance(failed, FailedRecord)
    assert failed.reason == "too_large"


def test_a_pack_that_unfolds_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "UNFOLDS", 0)
    host = Host({"a/b": [commit({"x.py": "X = 1\n", "LICENSE": MIT})]})
    (failed,) = [record for page in pages(source(), host) for record in page.records]
    assert isinstance(failed, FailedRecord)
    assert "unfold" in failed.detail


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"X = 1\0\n", "not source code"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "not source code"),
        (b"# @generated by protoc\nX = 1\n", "generated"),
        (b"x=" + b"1" * 6_000, "generated"),
        (b"X = 1\n" * 20_000, "too large"),
    ],
)
def test_what_nobody_wrote_is_counted(content: bytes, reason: str) -> None:
    (page,) = pages(source(), Host({"a/b": [commit({"x.py": content, "LICENSE": MIT})]}))
    assert page.records == ()
    assert page.passed_over[reason] == 1 + (reason == "not source code")  # LICENSE is no document either


def test_what_is_no_text_is_a_row() -> None:
    (failed,) = read({"x.py": "# Grüße\n".encode("latin-1"), "LICENSE": MIT})
    assert isinstance(failed, FailedRecord)
    assert "a/b:x.py is not in UTF-8" in failed.detail
    (record,) = read({"x.py": "# Grüße\n".encode("utf-16"), "LICENSE": MIT})
    assert isinstance(record, Record)
    assert record.body == "# Grüße\n"


def test_paths_that_git_would_not_check_out_are_left_out() -> None:
    (page,) = pages(
        source(), Host({"a/b": [commit({".git/hooks/x.py": "X = 1\n", "y.py": "Y = 1\n", "LICENSE": MIT})]})
    )
    assert [record.title for record in page.records if isinstance(record, Record)] == ["a/b: y.py"]
    assert page.passed_over["links and submodules"] == 1


def test_a_content_in_two_places_is_one_record_under_both_licences() -> None:
    (record,) = read({"LICENSE": MIT, "a.py": "X = 1\n", "lib/a.py": "X = 1\n", "lib/LICENSE": filled("Apache-2.0")})
    assert ruling(record) == ("allow", "allowed", "Apache-2.0 AND MIT")
    (record,) = read({"LICENSE": MIT, "a.py": "X = 1\n", "lib/a.py": "X = 1\n", "lib/LICENSE": "Foo licence"})
    assert ruling(record)[:2] == ("quarantine", "composite_unknown")
    (record,) = read({"LICENSE": MIT, **{f"d{number}/a.py": "X = 1\n" for number in range(30)}})
    assert ruling(record)[0] == "quarantine"


def test_licence_files_are_kept_as_evidence() -> None:
    (page,) = pages(source(), Host({"a/b": [commit({"LICENSE": MIT, "NOTICE": "By Ada.\n", "a.py": "X = 1\n"})]}))
    (record,) = page.records
    assert isinstance(record, Record)
    assert record.evidence is not None
    assert MIT.encode() in page.evidence[record.evidence]
    assert b"By Ada." in page.evidence[record.evidence]
    assert record.attribution == "Copyright (c) 2021 Ada Byron\nBy Ada."


def test_a_record_can_be_made_again_from_its_bytes() -> None:
    (record,) = read(
        {"LICENSE": MIT, "a.py": "# Copyright 2020 Łukasz\nX = 1\n", "b.py": "# Copyright 2020 Łukasz\nX = 1\n"}
    )
    assert isinstance(record, Record)
    assert record.fetched_at is not None
    observed = Observed(
        url=record.url,
        claims=record.claims,
        optouts=record.optouts,
        fetched_at=record.fetched_at,
        evidence=record.evidence,
    )
    assert rereader_for(source()).reread(record.raw, observed) == record
    for raw in (b"", b"source/1 {}\nX", b"source/1 nonsense\nX", record.raw[3:]):
        assert isinstance(rereader_for(source()).reread(raw, observed), FailedRecord)


def project(folder: Path, **lists: str) -> Path:
    for name, text in lists.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_objections_are_obeyed(tmp_path: Path) -> None:
    root = project(tmp_path, out="# said no\nA/B\nowner/\nc/d:secret/\nc/d:x.py # by mail\n", names="owner/any\nc/d\n")
    given = source("a/b", opted_out="out.txt", listed_in="names.txt")
    host = Host({"c/d": [commit({"LICENSE": MIT, "secret/k.py": "K = 1\n", "x.py": "X = 1\n", "y.py": "Y = 1\n"})]})
    found = [pages(given, host, root=root, shard=number) for number in range(3)]
    assert {request.url.path.split("/info")[0] for request in host.requests} <= {"/c/d", "/c/d/git-upload-pack"}
    for (page,), name in zip(found[:2], ("a/b", "owner/any"), strict=True):
        (record,) = page.records
        assert (record.native_id, ruling(record)[:2]) == (name, ("deny", "robots"))
    records = [record for page in found[2] for record in page.records if isinstance(record, Record)]
    rows = {record.title: ruling(record)[0] for record in records}
    assert rows == {"c/d: secret/k.py": "deny", "c/d: x.py": "deny", "c/d: y.py": "allow"}
    assert {optout.signal for record in records for optout in record.optouts} == {OPT_OUT_LIST}


@pytest.mark.parametrize("line", ["Ada/Tides", "ada/", "https://github.com/ada/tides.git", "github.com/ada/tides/"])
def test_objections_hold_for_the_archive_as_well(tmp_path: Path, line: str) -> None:
    root = project(tmp_path, out=f"{line}\n")
    origin = "https://github.com/ada/tides"
    given = source(origin, read="software_heritage", opted_out="out.txt")
    assert OptedOut(given, root).repository(origin)
    assert not OptedOut(given, root).repository("https://github.com/bob/tides")


def test_without_its_lists_nothing_is_read(tmp_path: Path) -> None:
    for fetch in ({"opted_out": "out.txt"}, {"listed_in": "names.txt"}):
        with pytest.raises(ConfigurationError, match="can't be read"):
            pages(source(**fetch), Host({}), root=tmp_path)
    root = project(tmp_path, names="../../etc\n")
    with pytest.raises(ConfigurationError, match=r"\.\./\.\./etc"):
        pages(source(listed_in="names.txt"), Host({}), root=root)


@pytest.mark.parametrize(
    ("fetch", "what"),
    [
        ({"repositories": []}, "name the `repositories`"),
        ({"repositories": ["a/b", "a/b"]}, "twice"),
        ({"repositories": ["../b"]}, "no name"),
        ({"repositories": ["a b"]}, "no name"),
        ({"repositories": ["a/b"], "read": "software_heritage"}, "no address"),
        ({"listed_in": "/etc/passwd"}, "file of the project"),
        ({"opted_out": "a/../../b"}, "file of the project"),
        ({"page_url": "{nothing}"}, "page_url"),
    ],
)
def test_settings_that_can_not_work_are_refused(fetch: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        source(**fetch)


def test_claims_that_the_kind_does_not_read_are_told() -> None:
    given = source()
    assert list(check.problems(given)) == []
    aliased = given.license.model_copy(update={"aliases": {"BSD": "BSD-3-Clause"}})
    assert [what for what, _ in check.problems(given.model_copy(update={"license": aliased}))] == [
        "`license.aliases`: a name stands for different texts in different repositories"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "\ufeffa/b",
        "/a/b",
        "A/B.git",
        "http://git.example.org/a/b",
        "https://www.git.example.org/a/b/",
        "git.example.org/a/b",
        "git@git.example.org:a/b.git",
        "ssh://git@git.example.org/a/b.git",
        "https://git.example.org/a/b/tree/main",
        "https://git.example.org/a/b#readme",
        "https://git.example.org/a/b?tab=x",
        "@a/",
        "a/*",
        "a\u200b/b",
    ],
)
def test_objections_as_authors_write_them(tmp_path: Path, line: str) -> None:
    root = project(tmp_path, out=f"{line}\n")
    assert OptedOut(source("a/b", opted_out="out.txt"), root).repository("a/b")


@pytest.mark.parametrize(
    "line",
    [
        "a/b:src/x.py",
        "a/b.git:src/x.py",
        "https://git.example.org/a/b.git:src/x.py",
        "a/b:src",
        "a/b:/src/x.py",
        "a/b:./src",
        "a/b: src/x.py",
        "a/b:*.py",
        "a/b:src/*",
        "https://git.example.org/a/b/blob/main/src/x.py",
    ],
)
def test_objections_to_files(tmp_path: Path, line: str) -> None:
    told = OptedOut(source("a/b", opted_out="out.txt"), project(tmp_path, out=f"{line}\n"))
    assert told.file("a/b", "src/x.py")
    assert not told.file("a/c", "src/x.py")
    assert not told.file("a/b", "README.md")
    assert not told.repository("a/b")


@pytest.mark.parametrize("line", ["a", "a/b, asked by mail", "a/b (asked)", "please leave me out"])
def test_a_line_that_nobody_understands_stops_everything(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match="no repository, owner or file"):
        OptedOut(source("a/b", opted_out="out.txt"), project(tmp_path, out=f"{line}\n"))


def test_a_repository_that_moved_to_where_it_is_objected_to_is_left_out(tmp_path: Path) -> None:
    inner = Host({"out/secret": [commit({"LICENSE": MIT, "x.py": "X = 1\n"})]})

    class Moved(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if "/a/b/" in request.url.path:
                onward = str(request.url).replace("/a/b/", "/out/secret/")
                return httpx.Response(301, headers={"Location": onward}, request=request)
            return inner.handle_request(request)

    (page,) = pages(source("a/b"), Moved())
    assert len(page.records) == 1
    assert isinstance(page.records[0], Record)
    assert page.records[0].title == "a/b: x.py"
    (page,) = pages(source("a/b", opted_out="out.txt"), Moved(), root=project(tmp_path, out="out/\n"))
    (record,) = page.records
    assert (record.native_id, ruling(record)[:2]) == ("a/b", ("deny", "robots"))
    assert sum(request.method == "POST" for request in inner.requests) == 1


def test_a_licence_that_is_a_link_is_no_licence() -> None:
    files = {"LICENSE": MIT, "p/x.py": "X = 1\n"}
    repo = repository([commit(files)])
    head = repo[repo.refs[b"HEAD"]]
    link = Blob.from_string(b"../../licenses/AGPL.txt")
    repo.object_store.add_object(link)
    tree = commit_tree_changes(repo.object_store, repo[head.tree], [(b"p/LICENSE", 0o120000, link.id)])
    head.tree = tree if isinstance(tree, bytes) else tree.id
    repo.object_store.add_object(head)
    repo.refs[b"refs/heads/main"] = head.id
    host = Host({})
    host._app = make_wsgi_chain(DictBackend({"/a/b": repo}))
    (record,) = [record for page in pages(source(), host) for record in page.records]
    assert ruling(record)[0] == "quarantine"


def test_bytes_that_hide_words_are_a_row() -> None:
    for content in ("X = 1\n".encode("utf-32"), b"X = 1\n" * 2_000 + b"\0"):
        (failed,) = read({"x.py": content, "LICENSE": MIT})
        assert isinstance(failed, FailedRecord)
