"""A look keeps what it saw whatever happens on the way, and asks no more than it must. Real tables on local files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from rightful.catalogue.models import Source
from rightful.connectors.base import Known, Sighting
from rightful.errors import RateLimited
from rightful.lineage.observed import mark
from rightful.model import LicenseClaim, Run, Strength
from rightful.pipeline import look_again as module
from rightful.pipeline.consequences import open_flags
from rightful.pipeline.due import choose, shared_id
from rightful.pipeline.look_again import LookedAgain, look_again
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store import schemas
from rightful.store.observations import observation_rows, observations_of
from rightful.store.tables import Tables

TAKEN = datetime(2026, 1, 1, tzinfo=UTC)
BY, NC = "CC-BY-4.0", "CC BY-NC 4.0"


def source(**blocks: Any) -> Source:
    fetch = {
        "base_url": "https://api.example.org", "paginate": {"style": "none"}, "records": "items",
        "fields": {"id": "id", "url": "url", "text": "text"}, **blocks.pop("fetch", {"look_up": {"ids": "ids"}}),
    }  # fmt: skip
    return Source.model_validate(
        {
            "id": "ss", "title": "S", "kind": "rest", "channel": "other", "owner": "a@example.org",
            "homepage": "https://example.org", "start_date": "2026-01-01",
            "license": {"scope": "record", "claims": [{"from": "record.license"}]}, "fetch": fetch, **blocks,
        }
    )  # fmt: skip


SITE_WIDE = {
    "license": {"scope": "record", "claims": [{"from": "site.rights"}]},
    "fetch": {"look_up": {"ids": "ids"}, "site": {"path": "about"}},
}


class World:
    """Five documents, a source that says what the test wants, and looks at it some days later."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(
            contracts_dir=tmp_path / "contracts", policy_file=PROJECT_ROOT / "include/policy.yaml", code_version="x"
        )
        (tmp_path / "contracts").mkdir()
        catalog = SqlCatalog("test", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}/warehouse")
        monkeypatch.setattr(Tables, "catalog", catalog)
        self.tables = Tables(self.settings)
        monkeypatch.setattr(module, "append_observations", self._append)
        monkeypatch.setattr(module, "connector_for", lambda source, **how: nullcontext(self))
        monkeypatch.setattr(module, "RawStore", lambda settings: self)
        self.says: dict[str, Any] = {}
        self.asked: list[list[str]] = []
        self.source = source()
        self.add(*(f"ss:{number}@1" for number in range(5)))

    def add(self, *ids: str, days: float = 0, **more: Any) -> None:
        rows = [
            {
                "id": id, "source": "ss", "source_native_id": id[3:-2], "source_version": "1", "source_url": "https://x/",
                "license_expression": BY, "duties": ["attribution"],
                "license_checked_at": TAKEN + timedelta(days=days), "slice": TAKEN, **more,
            }
            for id in ids
        ]  # fmt: skip
        self.tables.corpus("ss").append(pa.Table.from_pylist(rows, schema=schemas.CORPUS))

    def _append(self, tables: Tables, source_id: str, rows: Sequence[dict[str, Any]], properties: Any) -> None:
        self.tables.observations().append(observation_rows(rows))

    def put(self, blob: bytes) -> str:
        return f"s3://raw/{len(blob)}"

    def look_up(self, known: Sequence[Known]) -> Iterator[list[Sighting]]:
        """What the connector would bring: ``says`` maps an id to a tag, ``gone``, ``error`` or an exception."""
        self.asked.append([document.id for document in known])
        now = datetime.now(UTC)
        if "*" in self.says:
            yield [self._sighting("", self.says["*"], now)]
        for document in known:
            said = self.says.get(document.id, BY)
            if isinstance(said, Exception):
                raise said
            yield [self._sighting(document.id, said, now)]

    def _sighting(self, id: str, said: Any, now: datetime) -> Sighting:
        shared: dict[str, Any] = {"id": id, "group": "", "seen_at": now, "url": "https://x", "raw": b"{}"}
        if said in ("gone", "error"):
            return Sighting(status=said, **shared)
        claims = tuple(LicenseClaim(raw=tag, place="p", strength=Strength.PUBLISHER) for tag in said.split("+") if tag)
        return Sighting(status="found", claims=claims, **shared)

    def look(self, days: float, **how: Any) -> LookedAgain:
        now = TAKEN + timedelta(days=days)
        return look_again(
            self.source, run=Run(run_id=f"r{days}"), settings=self.settings, credentials=None, now=now, **how
        )

    def seen(self, id: str) -> list[tuple[str, str, int]]:
        rows = observations_of(self.tables, "ss", {id})
        return [(row["result"], row["consequence"], row["strikes"]) for row in rows]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_the_longest_due_come_first_and_the_others_stay_due(world: World) -> None:
    world.add("ss:old@1", days=-50)
    first = world.look(8, limit=2)
    assert (first.due, first.asked, first.note) == (6, 2, "4 documents stay due for the next runs")
    assert world.asked == [["ss:old@1", "ss:0@1"]]
    assert world.look(8.1).due == 4
    assert world.look(8.2).due == 0
    assert world.look(30.5).due == 6 - 1  # the old one had its ninety days in between


@pytest.mark.parametrize(
    ("said", "reason"),
    [("", "no_tag"), (NC, "nc"), ("nonsense", "unknown_id"), (f"{BY}+{NC}", "nc"), ("CC BY", "unversioned")],
)
def test_anything_but_a_clear_licence_is_stricter(world: World, said: str, reason: str) -> None:
    world.says["ss:0@1"] = said
    looked = world.look(8)
    assert (looked.results, looked.consequences, looked.alarming) == ({"stricter": 1, "same": 4}, {"marked": 1}, True)
    (row,) = observations_of(world.tables, "ss", {"ss:0@1"})
    assert (row["reason"], row["license_before"], row["evidence"]) == (reason, BY, None)


def test_a_more_open_licence_is_noted_and_changes_nothing(world: World) -> None:
    world.says["ss:0@1"] = "CC0-1.0"
    assert world.look(8).results == {"looser": 1, "same": 4}
    assert world.seen("ss:0@1") == [("looser", "none", 0)]
    assert choose(world.tables, world.source, TAKEN + timedelta(days=8)).due == 0


def test_three_strikes_and_one_sight_ends_them(world: World) -> None:
    world.says |= {"ss:0@1": "gone", "ss:1@1": "error"}
    world.look(8)
    world.says["ss:1@1"] = "gone"
    assert world.look(11).due == 2
    assert world.look(14).consequences == {"flagged": 2}
    flags = open_flags(world.settings, ["ss", "none"])
    assert [(flag.result, flag.documents) for flag in flags] == [("gone", 2)]
    world.says.clear()
    world.look(30)
    assert [row[0] for row in world.seen("ss:0@1")] == ["gone", "gone", "gone", "same"]
    assert open_flags(world.settings, ["ss"]) == []


def test_what_was_seen_before_the_source_wanted_patience_is_kept(world: World) -> None:
    world.says["ss:2@1"] = RateLimited("later", retry_after=9)
    with pytest.raises(RateLimited):
        world.look(8)
    assert world.seen("ss:1@1") == [("same", "none", 0)]
    assert world.seen("ss:2@1") == []
    world.says.clear()
    assert world.look(8.1).due == 3


def test_a_look_that_writes_nothing(world: World) -> None:
    world.says["ss:0@1"] = NC
    assert world.look(8, dry_run=True).results == {"stricter": 1, "same": 4}
    assert world.seen("ss:0@1") == []


def test_a_source_that_can_not_be_asked_is_noted_once_a_month(world: World) -> None:
    world.source = source(fetch={})
    looked = world.look(8)
    assert (looked.due, looked.asked, looked.results) == (5, 0, {"not_checkable": 1})
    assert "can't be asked" in looked.note
    assert [world.look(days).results for days in (9, 37, 39)] == [{}, {}, {"not_checkable": 1}]
    assert world.asked == []


def test_a_statement_covers_what_is_not_asked_for_one_by_one(world: World) -> None:
    world.source = source(**SITE_WIDE)
    world.says |= {"*": BY}
    looked = world.look(8, limit=1)
    assert (looked.results, world.asked) == ({"same": 2}, [["ss:0@1"]])
    assert world.look(8.5).due == 0
    world.says |= {"*": NC, **{f"ss:{n}@1": NC for n in range(5)}}
    assert world.look(31, limit=1).consequences == {"marked": 2}
    (row,) = [row for row in observations_of(world.tables, "ss", {shared_id("ss")}) if row["result"] == "stricter"]
    assert row["evidence"] == "s3://raw/2"
    document = {"license_expression": BY, "license_checked_at": TAKEN}
    assert mark(document, [row]) == (
        "was CC-BY-4.0 when taken on 2026-01-01; the source says CC-BY-NC-4.0 (deny: nc) since 2026-02-01"
    )


def test_a_statement_that_can_not_be_read_is_asked_for_again_with_all_it_covers(world: World) -> None:
    world.source = source(**SITE_WIDE)
    world.says["*"] = "error"
    dues = []
    for days in (8, 9, 11, 14):
        # Without the statement the connector brings nothing else.
        world.says |= {f"ss:{n}@1": "error" for n in range(5)}
        dues.append(world.look(days, limit=1).due)
    assert dues[:2] == [5, 0]
    assert [strikes for _, _, strikes in world.seen(shared_id("ss"))][:3] == [1, 2, 3]
    assert "flagged" in {consequence for _, consequence, _ in world.seen(shared_id("ss"))}


def test_a_copy_that_was_accepted_anew_begins_anew(world: World) -> None:
    world.says["ss:0@1"] = "gone"
    world.look(8)
    world.tables.corpus("ss").delete("id == 'ss:0@1'")
    world.add("ss:0@1", days=9)
    assert world.look(11).due == 0  # seven days after the new acceptance, whatever the old copy's strikes say
    world.look(16.5)
    assert world.seen("ss:0@1") == [("gone", "none", 1), ("gone", "none", 1)]
    world.says["ss:0@1"] = NC
    world.look(20)
    assert world.seen("ss:0@1")[-1] == ("stricter", "marked", 0)
    later = {"license_expression": BY, "license_checked_at": TAKEN + timedelta(days=21)}
    assert mark(later, observations_of(world.tables, "ss", {"ss:0@1"})) is None
