"""A policy change is told before it is made: what would move, from which source, under which licence, and why.

The tables are real Iceberg tables in a temporary folder.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyiceberg.catalog.sql import SqlCatalog
from tests.unit.licensing.cases import POLICY_FILE, source

from rightful.catalogue.models import Source
from rightful.cli import main
from rightful.licensing.policy import Policy, load_policy
from rightful.pipeline import policy_change as module
from rightful.pipeline.policy_change import Move, PolicyChange, explain
from rightful.settings import Settings, get_settings
from rightful.store import schemas
from rightful.store.tables import Tables

SLICE = datetime(2026, 1, 1, tzinfo=UTC)
DEMO = source()
FILE = """\
id: demo
title: Demo
kind: rest
channel: public_dataset
owner: data@example.org
homepage: https://example.org
start_date: 2026-01-01
license: {scope: record, claims: [{from: record.license}]}
fetch:
  base_url: https://example.org
  paginate: {style: none}
  records: items
  fields: {id: id, url: url, text: body}
"""


def claims(*tags: str | None) -> list[dict[str, str | None]]:
    return [
        {"raw": tag, "expression": None, "place": f"record.{n}", "strength": "publisher", "part": ""}
        for n, tag in enumerate(tags)
    ]


def document(name: str, tag: str, tokens: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "id": f"demo:{name}@1", "source": "demo", "slice": SLICE, "n_tokens": tokens, "claims": claims(tag),
        "optouts": [], "published_at": SLICE, "fetched_at": SLICE, "run_id": "r2", "text": "never read", **more,
    }  # fmt: skip


def refusal(name: str, outcome: str, *tags: str | None, run: str = "r2", **more: Any) -> dict[str, Any]:
    return {
        "id": f"demo:{name}@1", "outcome": outcome, "reason": "?", "claims": claims(*tags), "optouts": [],
        "slice": SLICE, "run_id": run, "decided_at": SLICE, **more,
    }  # fmt: skip


DOCUMENTS = [
    document("by1", "CC BY 4.0", 5),
    document("by2", "https://creativecommons.org/licenses/by/3.0/de/", 7),
    document("sa1", "CC BY-SA 4.0", 11),
    document("sa2", "CC BY-SA 4.0", 13),
    document("zero", "CC0-1.0", 17),
    # Says nothing of the change: neither policy would let it in.
    document("gone", "CC BY-NC 4.0", 19),
]
REFUSALS = [
    refusal("mark", "quarantine", "https://creativecommons.org/publicdomain/mark/1.0/"),
    refusal("zlib", "deny", "Zlib"),
    refusal("nc", "deny", "CC BY-NC 4.0"),
    refusal("none", "deny", None),
    refusal("odd", "quarantine", "gibberish"),
    refusal("old", "deny", "Zlib", run="r1"),  # of a run that was replaced
    refusal("empty", "empty", "Zlib"),
]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("sources", "contracts"):
        (tmp_path / name).mkdir()
    (tmp_path / "sources/demo.yaml").write_text(FILE)
    monkeypatch.setenv("RIGHTFUL_CATALOGUE_DIR", str(tmp_path / "sources"))
    monkeypatch.setenv("RIGHTFUL_CONTRACTS_DIR", str(tmp_path / "contracts"))
    monkeypatch.setenv("RIGHTFUL_POLICY_FILE", str(POLICY_FILE))
    get_settings.cache_clear()
    catalog = SqlCatalog("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/warehouse")

    class LocalTables(Tables):
        @property
        def catalog(self) -> SqlCatalog:  # type: ignore[override]
            return catalog

    monkeypatch.setattr(module, "Tables", LocalTables)
    made = LocalTables(Settings())
    made.corpus("demo").append(pa.Table.from_pylist(DOCUMENTS, schema=schemas.CORPUS))
    made.ledger("demo").append(pa.Table.from_pylist(REFUSALS, schema=schemas.LEDGER))
    publication = {
        "source": "demo", "slice": SLICE, "slice_end": SLICE + timedelta(days=1), "published_at": SLICE,
        "fetched": 12, "documents": 6, "outcomes": [("allow", 6), ("deny", 3), ("quarantine", 2)],
    }  # fmt: skip
    rows = [
        {**publication, "publish_order": 1, "run_id": "r1"},
        {**publication, "publish_order": 2, "run_id": "r2"},
    ]
    made.slices().append(pa.Table.from_pylist(rows, schema=schemas.SLICES))
    return get_settings()


def changed(tmp_path: Path, *words: tuple[str, str]) -> Policy:
    """The shipped policy with some of its words changed."""
    text = POLICY_FILE.read_text("utf-8")
    for old, new in words:
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / "new.yaml").write_text(text, "utf-8")
    return load_policy(tmp_path / "new.yaml")


def moves(change: PolicyChange) -> list[tuple[object, ...]]:
    return [
        (move.license, move.landed, move.before, move.after, move.was, move.reason, move.records, move.tokens)
        for move in change.moves
    ]


def test_the_same_policy_moves_nothing(settings: Settings, tmp_path: Path) -> None:
    change = explain(settings, changed(tmp_path), [DEMO])
    assert (change.moves, change.documents, change.refusals) == ((), 6, 5)


def test_a_stricter_policy_puts_documents_out(settings: Settings, tmp_path: Path) -> None:
    other = changed(tmp_path, ("share_alike: true", "share_alike: false"))
    change = explain(settings, other, [DEMO])
    (move,) = change.moves
    assert move == Move(
        source="demo", license="CC-BY-SA-4.0", landed=True, before="allow", after="deny", was="allowed",
        reason="sa_not_accepted", rule="allow:cc-by-sa", records=2, tokens=24, samples=("demo:sa1@1", "demo:sa2@1"),
    )  # fmt: skip
    assert (change.before, change.after) == (load_policy(POLICY_FILE).version, other.version)


def test_by_licence_and_in_both_directions(settings: Settings, tmp_path: Path) -> None:
    other = changed(
        tmp_path,
        ("    ids: [CC0-1.0, CC-PDDC]", "    ids: [CC-PDDC, CC-PDM-1.0]"),
        ("ids: [CC-PDM-1.0, LicenseRef-CC-PDM-unversioned]", "ids: [LicenseRef-CC-PDM-unversioned, Zlib]"),
        ("  - id: cc-by\n", "  - id: cc-by\n    valid_until: 2020-12-31\n"),
    )
    assert moves(explain(settings, other, [DEMO])) == [
        ("CC-BY-3.0-DE", True, "allow", "deny", "allowed", "expired", 1, 7),
        ("CC-BY-4.0", True, "allow", "deny", "allowed", "expired", 1, 5),
        ("CC0-1.0", True, "allow", "deny", "allowed", "not_allowed", 1, 17),
        ("CC-PDM-1.0", False, "quarantine", "allow", "weak_evidence", "allowed", 1, None),
        ("Zlib", False, "deny", "quarantine", "not_allowed", "weak_evidence", 1, None),
    ]


def test_no_text_is_read_and_progress_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyiceberg.table import DataScan

    asked: list[tuple[str, ...]] = []
    reader = DataScan.to_arrow_batch_reader

    def noted(self: DataScan) -> Any:
        asked.append(self.selected_fields)
        return reader(self)

    monkeypatch.setattr(DataScan, "to_arrow_batch_reader", noted)
    told: list[tuple[str, int, int]] = []
    explain(settings, changed(tmp_path), [DEMO], progress=lambda *state: told.append(state))
    assert asked
    assert all("text" not in fields and "*" not in fields for fields in asked)
    assert told == [("demo", 6, 11), ("demo", 11, 11)]


def test_a_source_that_is_not_reviewed_or_has_nothing_moves_nothing(settings: Settings, tmp_path: Path) -> None:
    other = changed(tmp_path, ("share_alike: true", "share_alike: false"))
    bare = Source.model_validate({**DEMO.model_dump(by_alias=True), "id": "bare"})
    change = explain(settings, other, [bare])
    assert (change.moves, change.documents, change.unknown) == ((), 0, ("demo",))
    # Both policies quarantine what a source under review brings, but for what they deny anyway.
    unreviewed = source(trust="unreviewed")
    assert [move[:4] for move in moves(explain(settings, other, [unreviewed]))] == [
        ("CC-BY-SA-4.0", True, "quarantine", "deny")
    ]


def cli(*words: str) -> Any:
    return CliRunner().invoke(main, ["check", "--policy", *words])


def test_the_command_tells_people_and_programs(settings: Settings, tmp_path: Path) -> None:
    other = changed(tmp_path, ("share_alike: true", "share_alike: false"))
    done = cli(str(tmp_path / "new.yaml"))
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    assert "2 documents (24 tokens) would no longer load, 0 refused records would" in " ".join(done.stderr.split())
    done = cli(str(tmp_path / "new.yaml"), "demo", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line.get("license"), line.get("records")) for line in lines] == [("CC-BY-SA-4.0", 2), (None, None)]
    assert (lines[-1]["moved"], lines[-1]["documents"], lines[-1]["refusals"]) == (2, 6, 5)
    assert lines[-1]["after"] == other.version


def test_a_broken_policy_and_an_unknown_source_are_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("version: '1'\nallow: []\n")
    done = cli(str(tmp_path / "broken.yaml"))
    assert (done.exit_code, "broken.yaml" in done.stderr) == (1, True)
    assert cli(str(POLICY_FILE), "dema").exit_code == 2
    assert cli(str(tmp_path / "none.yaml")).exit_code == 2
