"""Source ``lichess``: a month of a variant, checked against the site's list of check sums. No network is used."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from backports import zstd
from tests.unit.sources.dump_replay import Site, saved

from rightful.errors import Malformed
from rightful.model import FailedRecord, Record
from rightful.text.plain import to_text

SLICE = ("2026-01-08T06:00", "2026-02-08T06:00")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site("lichess", tmp_path)
    data = zstd.compress(saved("lichess.pgn"))
    for variant in site.source.shard.over["variant"]:
        name = f"lichess_db_{variant}_rated_2026-01.pgn.zst"
        site.put(f"{variant}/{name}", data)
        site.put(f"{variant}/sha256sums.txt", f"{hashlib.sha256(data).hexdigest()}  {name}\n".encode())
    return site


def test_games_are_told_with_their_players(site: Site) -> None:
    first, second, *rest = site.records(*SLICE)
    assert isinstance(first, Record)
    assert (first.native_id, first.url, first.record_kind) == (*["https://lichess.org/aB3dE5gH"] * 2, "games")
    assert str(first.published) == "2026-01-31 23:59:58+00:00"
    text = to_text(first.body or "", first.media_type)
    assert "White: Łukasz_K" in text
    assert "Result: 0-1" in text
    assert "A blunder, as 象棋 players say." in text
    assert "%clk" not in text
    assert isinstance(second, FailedRecord)  # a game without an address: nobody could find it again
    assert second.reason == "malformed"
    assert len(rest) == 14


def test_each_game_is_ruled_by_the_statement(site: Site) -> None:
    assert {(decision, expression) for _, decision, _, expression in site.rulings(*SLICE)} == {
        ("allow", "CC0-1.0"),
        ("failed", None),
    }


def test_a_variant_is_a_shard_of_the_slice_after_its_month(site: Site) -> None:
    shards = site.plan(*SLICE)
    assert [shard.id for shard in shards][:2] == ["antichess-0001", "atomic-0001"]
    assert shards[0].params["files"][0]["file"] == "antichess/lichess_db_antichess_rated_2026-01.pgn.zst"


def test_a_file_of_another_check_sum_loads_nothing(site: Site) -> None:
    site.put(
        "atomic/lichess_db_atomic_rated_2026-01.pgn.zst", zstd.compress(b'[Site "https://lichess.org/x"]\n\n1. e4 *\n')
    )
    with pytest.raises(Malformed, match="its check sum is"):
        site.records(*SLICE)
