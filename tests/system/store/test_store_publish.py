"""Publishing on the real store: replacement, repetition, crashes, races. Readers always see one whole result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
import requests
from tests.system.store.support import corpus_words, document_rows, night, publish_files, publish_words, written

from rightful.errors import AuditError
from rightful.store import commit as commit_module
from rightful.store.files import entries_of
from rightful.store.ledger import Ledgers
from rightful.store.tables import KEEP_SNAPSHOTS, Tables
from rightful.store.write import DataFileWriter

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[3]


def start(**job: object) -> subprocess.Popen[str]:
    """A worker process; see ``worker.py``."""
    command = [sys.executable, "-m", "tests.system.store.worker", json.dumps(job)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env())


def env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'include'}:{ROOT}"}


def result(process: subprocess.Popen[str]) -> list[bool]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


def slice_rows(tables: Tables, source_id: str) -> list[dict[str, object]]:
    """All rows of ``ledger.slices`` of a source, not only the newest."""
    rows = tables.slices().scan().to_arrow().to_pylist()
    return [row for row in rows if row["source"] == source_id]


def test_nothing_is_visible_before_publish(tables: Tables, source_id: str) -> None:
    written(tables, source_id, night(1), ["a", "b"], "r1")
    assert corpus_words(tables, source_id) == []
    assert Ledgers(tables).published_slice(source_id, night(1)) is None


def test_publish_then_replace(tables: Tables, source_id: str) -> None:
    publish_words(tables, source_id, night(1), ["a", "b", "c"], "r1")
    publish_words(tables, source_id, night(2), ["x"], "r2")
    before = {e.data_file.file_path for e in entries_of(tables.corpus(source_id), night(2).start)}
    done = publish_words(tables, source_id, night(1), ["b", "d"], "r3")

    assert done.published
    assert corpus_words(tables, source_id, night(1)) == ["b", "d"]
    assert corpus_words(tables, source_id) == ["b", "d", "x"]
    # The other slice's files are the very same: nothing was rewritten.
    assert {e.data_file.file_path for e in entries_of(tables.corpus(source_id), night(2).start)} == before
    ledgers = Ledgers(tables)
    newest = ledgers.published_slice(source_id, night(1))
    assert newest is not None
    assert (newest["run_id"], newest["documents"], newest["snapshot_id"]) == ("r3", 2, done.snapshot_id)
    assert newest["outcomes"] == {"allow": 2}
    assert [row["run_id"] for row in ledgers.slices_of(source_id)] == ["r3", "r2"]
    # Rulings of the earlier run stay, the current view is the newest run's.
    assert tables.ledger(source_id).scan().to_arrow().num_rows == 3 + 1 + 2
    assert sorted(ledgers.current_ledger(source_id, night(1))["id"].to_pylist()) == [
        f"{source_id}:b@1",
        f"{source_id}:d@1",
    ]


def test_snapshot_carries_its_lineage(tables: Tables, source_id: str) -> None:
    publish_words(tables, source_id, night(1), ["a"], "r1", "k1")
    snapshot = tables.corpus(source_id).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    properties = snapshot.summary.additional_properties
    assert {name: properties[name] for name in properties if name.startswith("rightful.")} == {
        "rightful.run-id": "r1",
        "rightful.slice": str(night(1)),
        "rightful.policy-version": "p1",
        "rightful.code-version": "c1",
        "rightful.publish-key": "k1",
    }


def test_same_key_again_changes_nothing(tables: Tables, source_id: str) -> None:
    documents, ledger = written(tables, source_id, night(1), ["a", "b"], "r1")
    first = publish_files(tables, source_id, night(1), documents, ledger, "r1", "k1")
    again = publish_files(Tables(tables.settings), source_id, night(1), documents, ledger, "r1", "k1")
    assert first.snapshot_id == again.snapshot_id
    assert again.published
    assert corpus_words(tables, source_id) == ["a", "b"]
    assert len(tables.corpus(source_id).snapshots()) == 1
    assert tables.ledger(source_id).scan().to_arrow().num_rows == 2
    assert len(slice_rows(tables, source_id)) == 1


def test_same_run_again_replaces_its_rulings(tables: Tables, source_id: str) -> None:
    publish_words(tables, source_id, night(1), ["a", "b"], "r1")
    publish_words(tables, source_id, night(1), ["a", "c", "d"], "r1")
    assert corpus_words(tables, source_id) == ["a", "c", "d"]
    assert len(Ledgers(tables).current_ledger(source_id, night(1))) == 3


def test_empty_slices(tables: Tables, source_id: str) -> None:
    done = publish_words(tables, source_id, night(1), [], "r1", "k1")
    assert done.published
    row = Ledgers(tables).published_slice(source_id, night(1))
    assert row is not None
    assert row["documents"] == 0
    publish_words(tables, source_id, night(1), [], "r1", "k1")
    assert len(slice_rows(tables, source_id)) == 1

    publish_words(tables, source_id, night(1), ["a"], "r2")
    assert corpus_words(tables, source_id) == ["a"]
    publish_words(tables, source_id, night(1), [], "r3")  # that this is meant, the audit has made sure
    assert corpus_words(tables, source_id) == []
    newest = Ledgers(tables).published_slice(source_id, night(1))
    assert newest is not None
    assert newest["run_id"] == "r3"
    assert len(Ledgers(tables).current_ledger(source_id, night(1))) == 0


def test_time_travel_shows_whole_slices_only(tables: Tables, source_id: str) -> None:
    results = [["a", "b"], ["c", "d", "e"], ["f"]]
    for number, words in enumerate(results):
        publish_words(tables, source_id, night(1), words, f"r{number}")
    history = sorted(tables.corpus(source_id).snapshots(), key=lambda snapshot: snapshot.sequence_number or 0)
    assert [corpus_words(tables, source_id, night(1), snapshot.snapshot_id) for snapshot in history] == results


@pytest.mark.parametrize("step", ["ledger", "corpus", "record"])
def test_killed_after_a_step_then_tried_again(tables: Tables, source_id: str, step: str) -> None:
    documents, ledger = written(tables, source_id, night(1), ["a", "b"], "r1")
    publish_words(tables, source_id, night(1), ["old"], "r0")
    worker = subprocess.run(
        [
            sys.executable,
            "-c",
            CRASH,
            source_id,
            step,
            json.dumps([(f.path, f.rows, f.bytes) for f in documents + ledger]),
        ],
        cwd=ROOT,
        env=env(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert worker.returncode == 9, worker.stderr
    assert corpus_words(tables, source_id) == (["old"] if step == "ledger" else ["a", "b"])

    again = publish_files(tables, source_id, night(1), documents, ledger, "r1", "k1")
    assert again.published
    assert corpus_words(tables, source_id) == ["a", "b"]
    assert len(tables.corpus(source_id).snapshots()) == 2
    assert tables.ledger(source_id).scan().to_arrow().num_rows == 3
    assert [row["run_id"] for row in slice_rows(tables, source_id)] == ["r0", "r1"]


CRASH = """
import json, sys
from rightful.model import DataFile
from rightful.settings import Settings
from rightful.store.tables import Tables
from tests.system.store.support import night, publish_files
from tests.system.store.worker import dying_after

source, step, files = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
files = [DataFile(path=path, rows=rows, bytes=size) for path, rows, size in files]
dying_after(step)
publish_files(Tables(Settings()), source, night(1), files[:2], files[2:], "r1", "k1")
"""


def test_a_crashed_run_does_not_come_back_over_a_later_one(tables: Tables, source_id: str) -> None:
    documents, ledger = written(tables, source_id, night(1), ["late"], "r1")
    worker = subprocess.run(
        [sys.executable, "-c", CRASH.replace("files[:2], files[2:]", "files[:1], files[1:]"), source_id, "ledger",
         json.dumps([(f.path, f.rows, f.bytes) for f in documents + ledger])],
        cwd=ROOT, env=env(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert worker.returncode == 9, worker.stderr
    publish_words(tables, source_id, night(1), ["newer"], "r2")
    again = publish_files(tables, source_id, night(1), documents, ledger, "r1", "k1")
    assert not again.published
    assert "later run" in again.note
    assert corpus_words(tables, source_id) == ["newer"]
    newest = Ledgers(tables).published_slice(source_id, night(1))
    assert newest is not None
    assert newest["run_id"] == "r2"


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_reply_to_a_commit_is_lost(tables: Tables, source_id: str, lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    documents, ledger = written(tables, source_id, night(1), ["a", "b"], "r1")
    tables.slices()
    original, calls = tables.catalog.commit_table, []

    def unlucky(*arguments: object) -> object:
        answer = original(*arguments)  # type: ignore[arg-type]
        calls.append(1)
        if len(calls) == lost:
            raise requests.ConnectionError("the line went dead after the server had done it")
        return answer

    monkeypatch.setattr(tables.catalog, "commit_table", unlucky)
    assert publish_files(tables, source_id, night(1), documents, ledger, "r1").published
    assert len(calls) == 3
    assert corpus_words(tables, source_id) == ["a", "b"]
    assert tables.ledger(source_id).scan().to_arrow().num_rows == 2
    assert len(slice_rows(tables, source_id)) == 1


def test_two_processes_publish_the_same_slice(tables: Tables, source_id: str) -> None:
    tables.ledger(source_id)
    meet = time.time() + 4
    rivals = [
        start(source=source_id, nights=[1] * 3, words=[f"{run}{n}" for n in range(5)], run=run, start_at=meet)
        for run in ("r1", "r2")
    ]
    for rival in rivals:
        assert len(result(rival)) == 3
    words = corpus_words(tables, source_id)
    assert words in ([f"r1{n}" for n in range(5)], [f"r2{n}" for n in range(5)])
    newest = Ledgers(tables).published_slice(source_id, night(1))
    assert newest is not None
    assert newest["run_id"] == words[0][:2]
    assert sorted(Ledgers(tables).current_ledger(source_id, night(1))["id"].to_pylist()) == [
        f"{source_id}:{word}@1" for word in words
    ]
    for snapshot in tables.corpus(source_id).snapshots():
        seen = corpus_words(tables, source_id, snapshot=snapshot.snapshot_id)
        assert len(seen) == 5, seen
        assert len({word[:2] for word in seen}) == 1


def test_four_processes_share_the_slices_ledger(tables: Tables, source_id: str) -> None:
    meet = time.time() + 6
    sources = [f"{source_id}_{letter}" for letter in "abcd"]
    workers = [
        start(source=source, nights=list(range(3)), words=["a", "b"], run="r", start_at=meet) for source in sources
    ]
    for worker in workers:
        assert result(worker) == [True] * 3
    for source in sources:
        assert len(slice_rows(tables, source)) == 3
        assert corpus_words(tables, source) == ["a"] * 3 + ["b"] * 3
    # One file holds what many commits brought.
    assert len(entries_of(tables.slices())) <= 2


def test_old_snapshots_go_and_tagged_ones_stay(tables: Tables, source_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KEEP_SNAPSHOTS, "corpus", 3)
    publish_words(tables, source_id, night(0), ["pinned"], "r")
    table = tables.corpus(source_id)
    pinned = table.current_snapshot()
    assert pinned is not None
    table.manage_snapshots().create_tag(pinned.snapshot_id, "release-1").commit()
    for number in range(1, 6):
        publish_words(tables, source_id, night(number), [str(number)], "r")
    kept = {snapshot.snapshot_id for snapshot in tables.corpus(source_id).snapshots()}
    assert len(kept) == 4
    assert corpus_words(tables, source_id, snapshot=pinned.snapshot_id) == ["pinned"]
    assert len(corpus_words(tables, source_id)) == 6


def test_manifests_stay_few_and_merged_ones_can_be_replaced(tables: Tables, source_id: str) -> None:
    with tables.corpus(source_id).transaction() as change:
        change.set_properties({"commit.manifest.min-count-to-merge": "3"})
    for number in range(7):
        publish_words(tables, source_id, night(number), [f"n{number}"], f"r{number}")
    table = tables.corpus(source_id)
    snapshot = table.current_snapshot()
    assert snapshot is not None
    assert len(snapshot.manifests(table.io)) <= 3
    publish_words(tables, source_id, night(3), ["instead"], "again")
    expected = sorted([f"n{number}" for number in range(7) if number != 3] + ["instead"])
    assert corpus_words(tables, source_id) == expected


def test_file_of_another_slice_is_refused(tables: Tables, source_id: str) -> None:
    documents, _ = written(tables, source_id, night(1), ["a"], "r1")
    _, ledger = written(tables, source_id, night(2), ["a"], "r1")
    with pytest.raises(AuditError, match="announced"):
        publish_files(tables, source_id, night(2), documents, ledger, "r1")
    assert corpus_words(tables, source_id) == []


def test_rows_without_a_slice_are_refused(tables: Tables, source_id: str) -> None:
    rows = document_rows(source_id, night(1), ["a", "b"], "r1")
    place = rows.schema.get_field_index("slice")
    rows = rows.set_column(place, rows.schema.field(place), pa.array([night(1).start, None], rows.schema.types[place]))
    writer = DataFileWriter.for_corpus(tables, source_id, night(1))
    writer.add(rows)
    _, ledger = written(tables, source_id, night(1), ["a"], "r1")
    with pytest.raises(AuditError, match="announced"):
        publish_files(tables, source_id, night(1), writer.finish(), ledger, "r1")
    assert corpus_words(tables, source_id) == []


def test_missing_file_is_an_error_at_once(tables: Tables, source_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_module, "PATIENCE_SECONDS", 0.0)
    documents, ledger = written(tables, source_id, night(1), ["a"], "r1")
    tables.files.delete_file(documents[0].path.removeprefix("s3://"))
    with pytest.raises(AuditError, match="is gone"):
        publish_files(tables, source_id, night(1), documents, ledger, "r1")
    assert tables.ledger(source_id).snapshots() == []  # it was found before anything was committed
