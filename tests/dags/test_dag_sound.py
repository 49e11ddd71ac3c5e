"""Sources of sound as DAGs: fetch and transcribe are tasks of their own, mapped over the shards together."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.dags.runs import MARCH_1, Source, run_dag, states
from tests.dags.support import ROOT, fresh_python, source_yaml
from tests.system.pipeline.shelf import NC, Shelf, episode

from demo.publisher import Publisher
from demo.truth import expected
from rightful.model import Slice

DONE = {name: ["success"] for name in ("plan", "fetch", "transcribe", "audit", "publish")}
SAID = "This the publisher has written down, word by word, for all who can't hear it."


class Show(Source):
    """A shelf of recordings as a source of this catalogue."""

    def __init__(self, source_id: str, folder: Path, shelf: Shelf) -> None:
        self.id, self.folder, self.shelf = source_id, folder, shelf
        feed = "https://shelf.example/feed.xml"
        text = source_yaml(source_id, kind="podcast", fetch={"base_url": feed, "feeds": [feed]})
        (folder / f"{source_id}.yaml").write_text(text, encoding="utf-8")

    def run(self, day: Any = MARCH_1, **conf: Any) -> Any:
        return run_dag(f"acquire__{self.id}", logical_date=day + timedelta(days=1), run_conf=conf or None)


@pytest.fixture
def show(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    import rightful.pipeline  # noqa: F401

    shelf = Shelf(tmp_path, shards=True)
    for module in ("plan", "fetch"):
        monkeypatch.setattr(sys.modules[f"rightful.pipeline.{module}"], "connector_for", shelf)
    return Show(f"{source.id}_show", source.folder, shelf)


def test_a_night_of_transcripts(show: Show) -> None:
    show.shelf.write([episode("said", text=SAID), episode("nc", license=NC, file="a.wav")])
    run = show.run()
    assert (str(run.state), states(run)) == ("success", DONE)
    (row,) = show.rows()
    assert (row["text"], row["record_kind"], row["asr_model"], row["task_id"]) == (SAID, "transcript", None, "fetch")
    assert show.shelf.asked() == ["said"]
    shown = {task.task_id: task.rendered_map_index for task in run.get_task_instances() if task.map_index >= 0}
    assert shown == {"fetch": "shelf 0", "transcribe": "shelf 0"}


def test_shards_meet_in_the_audit(show: Show) -> None:
    show.shelf.write(
        [episode("said", text=SAID)], [episode("more", text=f"And more. {SAID}"), episode("said", text=SAID)]
    )
    run = show.run()
    assert states(run)["transcribe"] == ["success", "success"]
    assert sorted(row["source_native_id"] for row in show.rows()) == ["more", "said"]
    assert sorted(row["outcome"] for row in show.ledger()) == ["allow", "allow", "duplicate"]


def test_a_night_of_a_podcast(source: Source, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The demo's podcast: what may load is downloaded and heard by a real Whisper, the rest is never asked for."""
    day = datetime.combine(datetime.now(UTC) - timedelta(days=2), time(0), UTC)
    truth = expected("demo_podcast", Slice(start=day, end=day + timedelta(days=1)))
    log = tmp_path / "requests.jsonl"
    with Publisher(port=0, log=log, calm=True) as publisher:
        text = (ROOT / "include/demo/sources/demo_podcast.yaml").read_text("utf-8")
        text = text.replace("http://127.0.0.1:8098", publisher.address)
        (source.folder / "demo_podcast.yaml").write_text(text, encoding="utf-8")
        run = run_dag("acquire__demo_podcast", logical_date=day + timedelta(days=1))
    assert states(run) == DONE
    rows = {row["id"]: row for row in source.table("corpus.demo_podcast")}
    assert {id.rpartition("@")[0] for id in rows} == set(truth.allowed)
    assert sorted(str(row["asr_model"]) for row in rows.values()) == ["None", "faster-whisper/tiny.en"]
    assert {row["task_id"] for row in rows.values() if row["asr_model"]} == {"transcribe"}
    asked = [json.loads(line)["path"].split("/")[2] for line in log.read_text("utf-8").splitlines()]
    assert (asked.count("audio"), asked.count("transcripts")) == (1, 1)
    assert any(message.endswith("1 of 1 recordings; done") for message in caplog.messages)


def test_tasks_of_a_source_of_sound(show: Show) -> None:
    from rightful_airflow.builder import build_dags

    (dag,) = build_dags(only=f"acquire__{show.id}")
    assert {task.task_id: set(task.downstream_task_ids) for task in dag.tasks} == {
        "plan": {"fetch", "transcribe"},
        "fetch": {"transcribe"},
        "transcribe": {"audit"},
        "audit": {"publish"},
        "publish": set(),
    }
    pools = {task.task_id: (task.pool, task.queue) for task in dag.tasks}
    assert pools["fetch"] == ("shelf.example", "default")
    assert pools["transcribe"] == ("transcribe", "transcribe")
    # A file of eight hours must be through, also where a core is hardly faster than the speaker.
    assert dag.get_task("transcribe").execution_timeout > timedelta(hours=16)


def test_how_much_sound_is_done_is_told_in_the_log_and_in_the_tasks_state(caplog: pytest.LogCaptureFixture) -> None:
    from rightful_airflow.progress import SOUND, ProgressLog

    state: dict[str, Any] = {}

    class Store:
        def set(self, key: str, value: Any) -> None:
            state[key] = value

    report = {"shard": "x", "stage": "running", "sound_done": 744.0, "sound_total": 1860.0, "speed": 8.21}
    with caplog.at_level("INFO"):
        say = ProgressLog(store=Store(), clock=iter([0.0, 1.0, 2.0]).__next__)  # type: ignore[arg-type]
        say({**report, "recordings": 3, "recordings_total": 9})
        say({**report, "recordings": 4, "recordings_total": 9})  # too soon after the first
        assert state[SOUND]["recordings"] == 3
        say({**report, "recordings": 9, "recordings_total": 9, "speed": None, "stage": "done"})
    assert [record.message for record in caplog.records] == [
        "shard x: 12.4 of 31.0 min of sound, 8.2 × real time, 3 of 9 recordings",
        "shard x: 12.4 of 31.0 min of sound, 9 of 9 recordings; done",
    ]
    assert state[SOUND] == {
        "done_minutes": 12.4,
        "total_minutes": 31.0,
        "speed": None,
        "recordings": 9,
        "recordings_total": 9,
    }


def test_the_pool_of_transcriptions_is_there_when_a_source_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.dags.test_dag_parts import source

    from rightful.settings import get_settings
    from rightful_airflow.pools import pools_of

    feed = "https://shelf.example/feed.xml"
    speaking = source("src_a", kind="podcast", fetch={"base_url": feed, "feeds": [feed]})
    monkeypatch.setenv("RIGHTFUL_TRANSCRIBE_SLOTS", "7")
    get_settings.cache_clear()
    found = pools_of([speaking])
    monkeypatch.undo()
    get_settings.cache_clear()
    assert {name: pool["slots"] for name, pool in found.items()} == {"shelf.example": 2, "transcribe": 7}
    assert set(pools_of([source("src_b")])) == {"api.example.org"}


def test_only_transcribe_loads_an_engine(catalogue: Path) -> None:
    feed = "https://shelf.example/feed.xml"
    text = source_yaml("show", kind="podcast", fetch={"base_url": feed, "feeds": [feed]})
    (catalogue / "show.yaml").write_text(text, encoding="utf-8")
    code = (
        "import sys\n"
        "from rightful_airflow.builder import build_dags\n"
        "assert [dag.dag_id for dag in build_dags()] == ['acquire__show']\n"
        "import rightful.pipeline, rightful.connectors.podcast\n"
        "engines = {'av', 'ctranslate2', 'faster_whisper', 'onnxruntime', 'torch', 'whisper'}\n"
        "print(sorted(engines & set(sys.modules)))"
    )
    assert fresh_python(code, RIGHTFUL_CATALOGUE_DIR=str(catalogue)) == "[]"
