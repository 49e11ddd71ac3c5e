"""Sources of sound: what is downloaded and what is not, what waits, what becomes of what goes wrong."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from tests.system.pipeline.shelf import BY, NC, episode
from tests.system.pipeline.studio import SLICE, Studio, new_studio
from tests.system.pipeline.support import new_run, night

from rightful.disk import SPARE_BYTES
from rightful.errors import FetchError, NoRoom, RateLimited
from rightful.model import Progress
from rightful.pipeline.fetch_state import Waiting
from rightful.settings import Settings
from rightful.store.raw import RawStore

pytestmark = pytest.mark.system

SAID = "This the publisher has written down, word by word, for all who can't hear it."


@pytest.fixture
def studio(settings: Settings, source_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.wav").write_bytes(f"the sound of {name}".encode() * 100)
    return new_studio(settings, source_id, tmp_path, monkeypatch)


def test_only_what_may_load_is_downloaded(studio: Studio) -> None:
    studio.shelf.write(
        [
            episode("free", file="a.wav", seconds=90.0),
            episode("nc", license=NC, file="b.wav"),
            episode("none", license=None, file="b.wav"),
            episode("odd", license="CC BY", file="b.wav"),
            episode("said", text=SAID),
            episode("changed", file="b.wav", then=NC),
            episode("again", file="a.wav"),
            episode("broken", error="failed"),
            episode("free", file="c.wav"),
        ]
    )
    fetched = studio.fetch()
    assert studio.shelf.asked() == ["free", "said", "changed", "again", "broken"]
    assert fetched.result.reasons == {
        "deny:nc": 2,
        "deny:no_tag": 1,
        "quarantine:unversioned": 1,
        "allow:allowed": 1,
        "duplicate:duplicate": 2,
        "failed:truncated": 1,
    }
    assert (fetched.waiting_records, fetched.waiting_seconds) == (1, 90.0)


def test_a_fetch_that_breaks_off_goes_on_behind_the_last_download(studio: Studio) -> None:
    listed = [
        [episode("nc", license=NC), episode("said", text=SAID), episode("one", file="a.wav")],
        [episode("two", file="b.wav"), episode("three", error="limited"), episode("four", file="c.wav")],
    ]
    studio.shelf.write(*listed)
    saved: list[Progress] = []
    with pytest.raises(RateLimited):
        studio.fetch(saved)
    listed[1][1] = episode("three", file="c.wav")
    listed[1][2] = episode("four", file="b.wav")
    studio.shelf.write(*listed)
    before = len(studio.shelf.asked())
    fetched = studio.fetch(saved, resume=saved[-1])
    assert studio.shelf.asked()[before:] == ["three", "four"]
    assert fetched.result.reasons == {"deny:nc": 1, "allow:allowed": 1, "duplicate:duplicate": 1}
    assert sum(file.rows for file in fetched.result.ledger) == 3
    assert fetched.waiting_records == 3
    # All is done: another try has only to say so, also of another process.
    again = studio.fetch(resume=saved[-1])
    assert (again, saved[-1].complete) == (fetched, True)
    assert len(studio.shelf.asked()) == before + 2


def test_one_host_that_is_away_is_a_row_and_three_in_a_row_stop_the_shard(studio: Studio) -> None:
    away = [episode(f"away{number}", error="fetch") for number in range(3)]
    studio.shelf.write([*away[:2], episode("one", file="a.wav"), away[2]])
    fetched = studio.fetch()
    assert fetched.result.reasons == {"failed:fetch_failed": 3}
    assert fetched.waiting_records == 1
    studio.shelf.write([episode("one", file="a.wav"), *away])
    saved: list[Progress] = []
    with pytest.raises(FetchError, match="the host is away"):
        studio.fetch(saved)
    assert saved[-1].result.fetched == 0  # the three are asked for again


def test_a_full_disk_stops_the_shard_and_accuses_no_recording(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.shelf.write([episode("one", file="a.wav"), episode("two", file="b.wav"), episode("three", file="c.wav")])
    looks = 0

    def usage(folder: Path) -> SimpleNamespace:
        """Others fill the disk while the second recording comes."""
        nonlocal looks
        looks += 1
        return SimpleNamespace(free=10**9 if looks < 4 else 1234)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    saved: list[Progress] = []
    with pytest.raises(NoRoom) as told:
        studio.fetch(saved)
    assert studio.shelf.asked() == ["one", "two"]
    text = str(told.value)
    assert f"no room in {gettempdir()}: 1,234 bytes are free, {SPARE_BYTES:,} are needed" in text
    assert f"record {studio.source.id}:two@" in text
    # And when nobody looked at the right moment, so that writing fails.
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**9))
    studio.shelf.write([episode("one", file="a.wav"), episode("two", error="full"), episode("three", file="c.wav")])
    with pytest.raises(NoRoom, match="no room in"):
        studio.fetch(saved, resume=saved[-1])
    studio.shelf.write([episode("one", file="a.wav"), episode("two", file="b.wav"), episode("three", file="c.wav")])
    fetched = studio.fetch(saved, resume=saved[-1])
    assert studio.shelf.asked() == ["one", "two", "two", "two", "three"]
    assert (fetched.waiting_records, fetched.result.fetched) == (3, 0)


def test_a_host_that_asks_for_patience_costs_its_own_recordings_and_no_others(studio: Studio) -> None:
    busy = [episode(f"busy{number}", error="busy", host="busy.example") for number in range(4)]
    others = [episode("one", file="a.wav"), episode("two", file="b.wav")]
    studio.shelf.write([*busy[:3], others[0]], [busy[3], others[1]])
    fetched = studio.fetch()
    assert fetched.result.reasons == {"failed:fetch_failed": 4}
    assert fetched.waiting_records == 2
    # It was asked once more when the others were through.
    names = [one["guid"] for one in busy]
    assert studio.shelf.asked() == [*names[:3], "one", names[3], "two", *names]


def test_another_licence_by_the_time_of_the_download_is_the_gate_s_affair(studio: Studio) -> None:
    zero = "https://creativecommons.org/publicdomain/zero/1.0/"
    studio.shelf.write(
        [
            episode("nc", file="a.wav", now=[NC]),
            episode("odd", file="a.wav", now=["CC BY"]),
            episode("nothing", file="a.wav", now=[None]),
            episode("free", file="a.wav", now=[zero]),
            episode("restless", file="b.wav", now=[zero, BY, zero]),
        ]
    )
    fetched = studio.fetch()
    assert fetched.result.reasons == {
        "deny:nc": 1,
        "quarantine:unversioned": 1,
        "deny:no_tag": 1,
        "failed:fetch_failed": 1,
    }
    raw = RawStore(studio.settings)
    (waiting,) = msgspec.json.Decoder(Waiting).decode_lines(raw.get_whole(str(fetched.waiting)) or b"")
    assert [claim.raw for claim in waiting.record.claims] == [zero]
    assert b'"now": []' in (raw.get_whole(str(waiting.record.evidence)) or b"")


def test_what_another_slice_has_is_not_downloaded(studio: Studio) -> None:
    studio.shelf.write([episode("said", text=SAID)])
    studio.night(night(2))
    studio.shelf.write([episode("said", text=SAID), episode("said", text=SAID, version="1" * 16)])
    fetched = studio.fetch()
    assert studio.shelf.asked() == ["said", "said"]
    assert fetched.result.reasons == {"unchanged:unchanged": 1, "allow:allowed": 1}


def test_a_limit_counts_what_is_listed_and_a_dry_run_downloads_nothing(studio: Studio) -> None:
    studio.shelf.write([episode("nc", license=NC), episode("one", file="a.wav"), episode("two", file="b.wav")])
    fetched = studio.fetch(limit=2)
    assert (fetched.result.fetched, fetched.waiting_records, fetched.result.limited) == (1, 1, True)
    asked = studio.shelf.asked()
    assert studio.fetch(dry_run=True).result.counts == {"deny": 1, "allow": 2}
    assert studio.shelf.asked() == asked


def test_an_answer_is_carried_out_on_transcripts_and_says_what_has_to_be_fetched(studio: Studio) -> None:
    from rightful.pipeline.rerule import rerule
    from rightful.pipeline.review import affected_slices, record_review

    def answered(decision: str, expression: str | None = None) -> Any:
        source, settings = studio.source, studio.settings
        record_review(settings, source, "CC BY", decision, by="Jo", expression=expression)  # type: ignore[arg-type]
        assert affected_slices(settings, source, ["CC BY"]) == [SLICE]
        return rerule(source, SLICE, run=new_run(), settings=settings)

    studio.shelf.write([episode("free", text=SAID), episode("odd", license="CC BY", text=f"And more: {SAID}")])
    studio.night()
    assert studio.shelf.asked() == ["free"]
    done = answered("allow", "CC-BY-4.0")
    assert (done.unfetched, done.changed, done.published) == (1, {}, None)
    studio.night()
    assert studio.shelf.asked() == ["free", "free", "odd"]
    assert len(studio.ids()) == 2
    before = {row["id"]: row for row in studio.corpus().iter_rows(named=True)}
    done = answered("deny")
    assert (done.unfetched, done.changed) == (0, {"allow → deny": 1})
    (after,) = studio.corpus().iter_rows(named=True)
    changed = {name for name, value in after.items() if before[after["id"]][name] != value}
    assert changed == {"run_id", "added"}
    studio.assert_balanced(SLICE)
