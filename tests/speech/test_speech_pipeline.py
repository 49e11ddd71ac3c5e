"""Recordings through the whole pipeline, by a real engine with real weights: rows, resuming, what is kept of sound."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.system.conftest import seaweed, settings, source_id  # noqa: F401 - fixtures
from tests.system.pipeline.shelf import Shelf, episode
from tests.system.pipeline.studio import SLICE, SOURCE, Studio, new_studio, read_from
from tests.system.pipeline.support import new_run, night, written

import rightful.speech
from demo.podcast import SCRIPTS
from demo.voice import mp3
from rightful.disk import SPARE_BYTES
from rightful.errors import NoRoom
from rightful.model import Progress
from rightful.settings import PROJECT_ROOT, Settings
from rightful.store.ledger import Ledgers
from rightful.store.raw import RawStore
from rightful.store.s3 import client
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

HEARING = sys.modules["rightful.speech.transcribe"]

LONG = " ".join(SCRIPTS[:4])
"""More than a minute: several clips."""


class Ear:
    """The real engine, which counts the clips that it hears."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.clips: list[tuple[float, float]] = []
        self.loaded = 0
        load = rightful.speech.load_engine

        def loading(options: Any) -> Any:
            engine = load(options)
            self.loaded += 1
            hear = engine.hear

            def counting(pcm: Any, clips: Sequence[Any], language: str | None) -> Any:
                self.clips.extend((clip.start, clip.end) for clip in clips)
                return hear(pcm, clips, language)

            engine.hear = counting  # type: ignore[method-assign]
            return engine

        patch.setattr(rightful.speech, "load_engine", loading)


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    return Ear(monkeypatch)


@pytest.fixture
def studio(
    settings: Settings,  # noqa: F811
    source_id: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Studio:
    """With a long recording, a short one, the same with a tag, and one that is none; clips are heard one at a time."""
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT_ROOT / 'include'}:{PROJECT_ROOT}")
    for name, text in (("long", LONG), ("short", SCRIPTS[4])):
        (tmp_path / f"{name}.mp3").write_bytes(mp3(text)[0])
    tag = b"ID3\x03\x00\x00\x00\x00\x00\x0a" + bytes(10)
    (tmp_path / "tagged.mp3").write_bytes(tag + mp3(SCRIPTS[4])[0])
    (tmp_path / "page.mp3").write_bytes(b"<!doctype html><title>Not found</title>")
    return new_studio(settings, source_id, tmp_path, monkeypatch, "{model: tiny.en, batch_size: 1}")


def test_a_night_of_recordings(studio: Studio, ear: Ear) -> None:
    studio.shelf.write(
        [
            episode("short", file="short.mp3", seconds=20.0),
            episode("page", file="page.mp3"),
            episode("again", file="short.mp3"),
            episode("tagged", file="tagged.mp3"),
        ]
    )
    told: list[Any] = []
    run = new_run()
    fetched = studio.fetch(run=run)
    result = studio.transcribe(fetched, run=run, report=told.append)
    studio.finish(SLICE, [result], run)
    assert result.reasons == {"allow:allowed": 1, "failed:malformed": 1, "duplicate:duplicate": 2}
    studio.assert_balanced(SLICE)
    studio.assert_lawful()
    (row,) = studio.corpus().iter_rows(named=True)
    assert "flour, water and salt" in row["text"]
    assert (row["record_kind"], row["asr_model"], row["language"]) == ("transcript", "faster-whisper/tiny.en", "en")
    assert row["media_seconds"] == pytest.approx(mp3(SCRIPTS[4])[1], abs=0.2)
    assert " ".join(segment["text"] for segment in row["segments"]) == row["text"]
    assert 0 <= row["segments"][0]["start"] < row["segments"][-1]["end"] <= row["media_seconds"] + 0.001
    assert row["segments"][0]["compression_ratio"] is not None
    params = json.loads(row["asr_params"])
    sound = (studio.shelf.folder / "short.mp3").read_bytes()
    assert params["audio"] == {"sha256": row["raw_sha256"], "bytes": len(sound), "kept": True}
    assert len(params["model_sha256"]) == len(params["options_sha256"]) == len(params["pcm_sha256"]) == 64
    assert RawStore(studio.settings).get(row["raw_uri"], row["raw_offset"], row["raw_length"]) == sound
    assert studio.published(SLICE)["media_seconds"] == row["media_seconds"]
    last = told[-1]
    assert (last["stage"], last["recordings"], last["recordings_total"]) == ("done", 3, 3)
    assert last["sound_done"] == last["sound_total"] == 2 * row["media_seconds"]
    assert last["speed"] > 0
    assert waiting(studio) == []

    # The slice once more: everything is fetched, nothing is heard.
    heard = len(ear.clips)
    again = studio.night()
    assert (ear.loaded, len(ear.clips)) == (1, heard)
    assert again.results[0].reasons == result.reasons
    (same,) = studio.corpus().iter_rows(named=True)
    assert {name for name in row if row[name] != same[name]} == {"run_id", "added"}


def waiting(studio: Studio) -> list[str]:
    """Recordings of the source that lie in the work store."""
    found = client(studio.settings).list_objects_v2(
        Bucket=studio.settings.raw_bucket, Prefix=f"work/audio/{studio.source.id}/"
    )
    return [entry["Key"] for entry in found.get("Contents", [])]


def test_a_kill_in_the_middle_of_a_recording_costs_no_clip_twice(studio: Studio, ear: Ear, tmp_path: Path) -> None:
    studio.shelf.write([episode("long", file="long.mp3")])
    run, file = new_run(), tmp_path / "progress.json"
    fetched = studio.fetch(run=run)
    job = {
        "source": str(tmp_path / f"{studio.source.id}.yaml"),
        "fetched": json.loads(msgspec.json.encode(fetched)),
        "run": run.run_id,
        "progress": str(file),
        "die_after": 2,
    }
    command = [sys.executable, "-m", "tests.speech.sound_worker", json.dumps(job)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not file.exists()  # it died before its first checkpoint: nothing but the clips tells of it

    result = studio.transcribe(fetched, run=run)
    resumed, ear.clips = ear.clips, []
    assert result.reasons == {"allow:allowed": 1}
    studio.finish(SLICE, [result], run)
    studio.assert_balanced(SLICE)
    texts = {row["source_native_id"]: row["text"] for row in studio.corpus().iter_rows(named=True)}
    # Heard in one go, it is the same text, and just the clips of the killed attempt come on top.
    for key in ("transcripts", "clips"):
        forget(studio, key)
    whole = studio.transcribe(studio.fetch(run=run), run=run)
    assert whole.counts == {"allow": 1}
    assert len(ear.clips) >= 3
    assert resumed == ear.clips[2:]
    studio.finish(SLICE, [whole], run)
    assert {row["source_native_id"]: row["text"] for row in studio.corpus().iter_rows(named=True)} == texts
    assert "telescope in the desert" in texts["long"]


def test_a_disk_that_is_full_while_sound_is_decoded_stops_the_shard(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.shelf.write([episode("short", file="short.mp3", seconds=20.0), episode("long", file="long.mp3")])
    for key in ("transcripts", "clips"):  # what other tests have heard would not be decoded
        forget(studio, key)
    run, saved, decode = new_run(), list[Progress](), HEARING.decode
    fetched = studio.fetch(run=run)
    decoded: list[Path] = []

    def full(path: Path, target: Path, *, max_seconds: float) -> Any:
        decoded.append(path)
        return decode(path, target if len(decoded) == 1 else Path("/dev/full"), max_seconds=max_seconds)

    monkeypatch.setattr(HEARING, "decode", full)
    with pytest.raises(NoRoom, match=f"no room in {gettempdir()}") as told:
        studio.transcribe(fetched, saved, run=run)
    assert "record long" in str(told.value)
    # Nothing was said of the recording, and what was heard before it is kept.
    assert saved[-1].result.reasons == {"allow:allowed": 1}
    monkeypatch.setattr(HEARING, "decode", decode)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=SPARE_BYTES + 10_000))
    with pytest.raises(NoRoom) as told:
        studio.transcribe(fetched, saved, resume=saved[-1], run=run)
    # The file, and its sound: nobody announced its length, so that it counts as one of usual length.
    size, minutes = (studio.shelf.folder / "long.mp3").stat().st_size, studio.source.speech_or_default.assumed_minutes
    assert f"{SPARE_BYTES + size + int(minutes * 60 * 32_000):,} are needed" in str(told.value)
    monkeypatch.undo()
    assert studio.transcribe(fetched, resume=saved[-1], run=run).reasons == {"allow:allowed": 2}


def test_a_quota_in_hours_over_shards_runs_and_transcripts(
    settings: Settings,  # noqa: F811
    source_id: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted is what was heard, not what is announced; what a publisher wrote down counts as well."""
    shelf = Shelf(tmp_path, shards=True)
    read_from(shelf, monkeypatch)
    deal = f"deal_{source_id}"
    text = SOURCE.format(id=source_id, speech="{model: tiny.en}")
    terms = text[text.index("license:") : text.index("speech:")]
    path = written(tmp_path, source_id, text, {terms: f"license: {{scope: contract, contract: {deal}}}\n"})
    (tmp_path / "contracts").mkdir()

    def studio(quota_seconds: float) -> Studio:
        (tmp_path / f"contracts/{deal}.yaml").write_text(
            f"id: {deal}\ntitle: A deal\nsources: [{source_id}]\nevidence: drawer 7\nvalid_from: 2020-01-01\n"
            f"permitted_uses: [training]\nquota_hours: {quota_seconds / 3600}\n"
        )
        return Studio(shelf, path, settings, tmp_path / "contracts")

    def used() -> float:
        return Ledgers(Tables(settings)).usage(deal)["media_seconds"]

    lengths = {}
    for name, words in zip("abcdef", SCRIPTS[:6], strict=True):
        sound, lengths[name] = mp3(words)
        (tmp_path / f"{name}.mp3").write_bytes(sound)
    a, b, c, d, e, f = (episode(name, license=None, file=f"{name}.mp3", seconds=1.0) for name in "abcdef")

    # Two shards that know nothing of each other: each alone fits, of both together the last does not.
    quota = lengths["a"] + lengths["b"] + lengths["c"] + 1
    shelf.write([a, b], [c, d])
    first = studio(quota).night(night(2))
    assert [result.counts for result in first.results] == [{"allow": 2}, {"allow": 2}]
    assert first.report.reasons == {"allow:allowed": 3, "deny:contract_quota": 1}
    assert used() == pytest.approx(quota - 1, abs=1)
    # The next night's only shard stops in its middle: a transcript of 2.5 s and a recording fit, the second does not.
    quota = used() + 2.5 + lengths["e"] + 1
    shelf.write([episode("said", license=None, text="Written down by those who said it."), e, f])
    nights = studio(quota)
    second = nights.night(night(1))
    assert second.report.reasons == {"allow:allowed": 2, "deny:contract_quota": 1}
    assert [result.reasons for result in second.results] == [second.report.reasons]  # the shard's own doing
    (denied,) = [row for row in nights.ledger(night(1)) if row["outcome"] == "deny"]
    assert (denied["id"].split(":")[1].split("@")[0], denied["rule"]) == ("f", f"contract:{deal}")
    # Run again, it gets its own share again; and once nothing is left, not a byte of sound is asked for.
    assert nights.night(night(1)).report.reasons == second.report.reasons
    asked = shelf.asked()
    shelf.write([d], [f])
    third = studio(used() - 0.01).night(night(0))
    assert third.report.reasons == {"deny:contract_quota": 2}
    assert shelf.asked() == asked
    for number in range(3):
        nights.assert_balanced(night(number))
    assert set(nights.corpus()["source_native_id"]) == {"a", "b", "c", "said", "e"}


def forget(studio: Studio, what: str) -> None:
    """As if nothing had been heard."""
    store, bucket = client(studio.settings), studio.settings.raw_bucket
    for entry in store.list_objects_v2(Bucket=bucket, Prefix=f"work/asr/{what}/")["Contents"]:
        store.delete_object(Bucket=bucket, Key=entry["Key"])


def test_sound_that_is_not_kept_is_gone_when_its_transcript_is_written(
    settings: Settings,  # noqa: F811
    source_id: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio = new_studio(settings, source_id, tmp_path, monkeypatch, "{model: tiny.en, keep_audio: false}")
    sound = mp3(SCRIPTS[5])[0]
    (tmp_path / "a.mp3").write_bytes(sound)
    studio.shelf.write([episode("one", file="a.mp3")])
    saved: list[Progress] = []
    run = new_run()
    fetched = studio.fetch(run=run)
    assert len(waiting(studio)) == 1
    result = studio.transcribe(fetched, saved, run=run)
    studio.finish(SLICE, [result], run)
    (row,) = studio.corpus().iter_rows(named=True)
    assert "Snow will fall in the north" in row["text"]
    assert (row["raw_uri"], row["raw_offset"], row["raw_length"]) == (None, None, None)
    assert json.loads(row["asr_params"])["audio"] == {"sha256": row["raw_sha256"], "bytes": len(sound), "kept": False}
    assert row["license_evidence_ref"].startswith("s3://")
    assert waiting(studio) == []
    kept = f"raw/{row['raw_sha256'][:2]}/{row['raw_sha256']}"
    assert "Contents" not in client(settings).list_objects_v2(Bucket=settings.raw_bucket, Prefix=kept)
    # Another try of the same task has only to say so, and makes the same of what it remembers.
    assert studio.transcribe(fetched, resume=saved[-1]) == result
    again = studio.transcribe(fetched, run=run)
    assert (again.reasons, again.media_seconds) == (result.reasons, result.media_seconds)
