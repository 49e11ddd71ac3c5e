"""Kind ``module``: what a source's Python file may do, and what is told when it does otherwise. No network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.sources.module_replay import Saved, connector
from tests.unit.sources.replay import DAY

from rightful.catalogue.models import Source
from rightful.connectors.module.loading import problems
from rightful.connectors.reread import Observed, rereader_for
from rightful.errors import ConfigurationError, EndlessCursor, Malformed, Refused
from rightful.model import FailedRecord, Page, Record

BY = "https://creativecommons.org/licenses/by/4.0/"
ANSWERS = {
    "/list?page=1": {"items": [{"id": 1, "text": "Eins.", "license": BY}, {"id": 2, "text": "Zwei."}], "next": 2},
    "/list?page=2": {"items": [{"id": 3, "text": "三。", "license": BY}], "next": None},
}
LISTS = """
def pages(ask, slice, shard, cursor):
    page = cursor or 1
    while page:
        answer = ask.json("/list", {"page": page})
        page = answer["next"]
        yield answer["items"], page
"""


def source(**fetch: Any) -> Source:
    return Source.model_validate(
        {
            "id": "odd",
            "title": "Odd",
            "kind": "module",
            "channel": "public_dataset",
            "owner": "owner@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "license": {"scope": "record", "claims": [{"from": "record.license"}]},
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0, "pages": 5},
            "fetch": {
                "base_url": "https://odd.example.org",
                "module": "odd.py",
                "fields": {"id": "id", "url_template": "https://odd.example.org/{id}", "text": "text"},
                **fetch,
            },
        }
    )


def fetched(folder: Path, code: str = LISTS, cursor: Any = None, answers: Any = ANSWERS, **fetch: Any) -> list[Page]:
    (folder / "odd.py").write_text(code, "utf-8")
    with connector(source(**fetch), Saved(answers), folder) as found:
        return [page for shard in found.plan(DAY) for page in found.fetch(shard, cursor)]


def ids(pages: list[Page]) -> list[list[str]]:
    return [[record.native_id for record in page.records] for page in pages]


def test_its_pages_are_read_and_gone_on_with(tmp_path: Path) -> None:
    pages = fetched(tmp_path)
    assert ids(pages) == [["1", "2"], ["3"]]
    assert (pages[0].cursor, pages[1].cursor) == ({"of": 2}, None)
    assert [page.requests for page in pages] == [1, 1]
    first = pages[0].records[0]
    assert isinstance(first, Record)
    assert (first.url, first.claims[0].raw) == ("https://odd.example.org/1", BY)
    cursor = msgspec.json.decode(msgspec.json.encode(pages[0].cursor))
    assert ids(fetched(tmp_path, cursor=cursor)) == [["3"]]
    # A module that never says that a page is the last one is done when it yields no more.
    always = fetched(tmp_path, LISTS.replace('items"], page', 'items"], page or 0'))
    assert ids(always) == [["1", "2"], ["3"], []]
    assert always[-1].cursor is None


def test_its_shards(tmp_path: Path) -> None:
    code = """
def shards(ask, slice):
    return [{"id": name, "of": name} for name in ask.settings["names"]]

def pages(ask, slice, shard, cursor):
    yield [{"id": shard["of"], "text": f"{slice.start:%Y-%m-%d}", "license": None}], None
"""
    pages = fetched(tmp_path, code, settings={"names": ["a", "b"]})
    assert ids(pages) == [["a"], ["b"]]
    record = pages[0].records[0]
    assert isinstance(record, Record)
    assert record.body == "2026-01-01"


def test_what_it_lists_is_read_as_of_every_kind(tmp_path: Path) -> None:
    listed = """[{"id": 1}, 3, b"nonsense", b'{"id": 2, "text": "x"}'], None"""
    code = f"def pages(ask, slice, shard, cursor):\n    yield {listed}\n"
    (page,) = fetched(tmp_path, code)
    assert [type(record) for record in page.records] == [Record, FailedRecord, FailedRecord, Record]
    assert ids(fetched(tmp_path, "def pages(ask, slice, shard, cursor):\n    yield from ()\n")) == [[]]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('yield [{}["x"]], None', "KeyError"),
        ("yield None, None", "TypeError"),
        ("yield 1", "TypeError"),
        ("yield [object()], None", "TypeError"),
        ("yield [], object()", "TypeError"),
        ('raise ValueError("what it answered")', "what it answered"),
        ("yield [], None; yield [], 1", "cursor is None"),
    ],
)
def test_what_it_raises_names_source_and_slice(tmp_path: Path, body: str, what: str) -> None:
    with pytest.raises(Malformed, match=what) as told:
        fetched(tmp_path, f"def pages(ask, slice, shard, cursor):\n    {body}\n")
    assert "source odd" in str(told.value)
    assert "slice 2026-01-01" in str(told.value)


def test_the_line_is_told(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"odd\.py:2: KeyError"):
        fetched(tmp_path, 'def pages(ask, slice, shard, cursor):\n    yield [{}["x"]], None\n')


def test_a_list_without_end_ends(tmp_path: Path) -> None:
    code = "def pages(ask, slice, shard, cursor):\n    while True:\n        yield [], 1\n"
    with pytest.raises(EndlessCursor, match="5 pages"):
        fetched(tmp_path, code)


def test_answers_of_all_sorts(tmp_path: Path) -> None:
    code = """
def pages(ask, slice, shard, cursor):
    assert ask.bytes("/list", {"page": 2}).startswith(b"{")
    assert '"next": null' in ask.text("/list", {"page": 2})
    assert ask.url == "https://odd.example.org/list?page=2"
    ask.json("/nothing")
    yield [], None
"""
    with pytest.raises(Refused, match="404"):
        fetched(tmp_path, code)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("def pages(", "no Python"),
        ("x = 1", "lacks `def pages"),
        ("def pages(ask):\n    yield [], None", "lacks `def pages"),
        (LISTS + "\ndef shards():\n    return []", "takes"),
        (LISTS + "".join(f"\ndef f{number}():\n    pass\n" for number in range(3)), "4 functions"),
        (LISTS + "\nclass More:\n    pass\n", "classes"),
        ("1 / 0\n" + LISTS, "division by zero"),
    ],
)
def test_what_is_no_module_of_a_source_is_told(tmp_path: Path, code: str, what: str) -> None:
    with pytest.raises(ConfigurationError, match=what):
        fetched(tmp_path, code)


def test_a_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert [what for what, _ in problems(source(), tmp_path)] == [
        "`fetch.module: odd.py` can't be read: No such file or directory"
    ]
    for module in ("/etc/x.py", "../x.py", "x.yaml"):
        with pytest.raises(ValueError, match="file of the project"):
            source(module=module)


def test_a_record_can_be_made_again_from_its_bytes(tmp_path: Path) -> None:
    record = fetched(tmp_path)[0].records[0]
    assert isinstance(record, Record)
    assert record.fetched_at is not None
    observed = Observed(url=record.url, claims=record.claims, optouts=(), fetched_at=record.fetched_at)
    assert rereader_for(source()).reread(record.raw, observed) == record
