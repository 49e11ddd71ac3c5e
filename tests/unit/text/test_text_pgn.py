"""Games of chess as text: as databases give them out, and as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightful.errors import Malformed
from rightful.text.plain import to_text

GAME = """[Event "Rated Blitz game"]
[Site "https://lichess.example/j1dkb5dw"]
[White "BFG9k"]
[Black "mamalak \\"the\\" great"]
[Result "1-0"]
[UTCDate "2012.12.31"]
[UTCTime "23:01:03"]
[WhiteElo "1639"]
[BlackElo "?"]
[WhiteRatingDiff "+5"]
[Opening "French Defense: Normal Variation"]
[Termination "Normal"]

1. e4 { [%eval 0.2] [%clk 0:03:00] } 1... e6 { [%clk 0:03:00] } 2. d4 $2 b6 3. a3 {A quiet move.} 3... Bb7 (3... c5
4. d5 (4. c3)) 4. Nc3 ; a rest
Nh6 1-0
"""
TEXT = """Event: Rated Blitz game
Site: https://lichess.example/j1dkb5dw
Date: 2012.12.31
White: BFG9k
WhiteElo: 1639
Black: mamalak "the" great
Result: 1-0
Opening: French Defense: Normal Variation
Termination: Normal

1. e4 e6 2. d4 b6 3. a3 (A quiet move.) 3... Bb7 (3... c5 4. d5 (4. c3)) 4. Nc3 (a rest) Nh6 1-0"""


def read(pgn: str) -> str:
    return to_text(pgn, "application/vnd.chess-pgn")


def test_a_game_is_its_tags_and_moves_without_what_programs_add() -> None:
    assert read(GAME) == TEXT


def test_games_follow_each_other() -> None:
    assert read(f"{GAME}\n\n{GAME}") == f"{TEXT}\n\n{TEXT}"


def test_a_line_that_begins_with_a_bracket_in_a_comment_is_no_tag() -> None:
    assert read('[White "A"]\n\n1. e4 {see\n[Event "x"]\nthere} e5 *') == (
        'White: A\n\n1. e4 (see [Event "x"] there) e5 *'
    )


def test_lines_for_programs_are_left_out() -> None:
    assert read('% a program\n[White "A"]\n1. e4 *') == "White: A\n\n1. e4 *"


@pytest.mark.parametrize("pgn", ['[White "A"]\n1. e4 {cut', "This is a letter, and no game."])
def test_what_is_cut_or_no_game_is_said_so(pgn: str) -> None:
    with pytest.raises(Malformed):
        read(pgn)


def test_nothing_is_no_text() -> None:
    assert read("") == ""


@given(st.text(alphabet='[]{}();"\\%$1.e4 \n', max_size=200))
def test_whatever_stands_there_ends_in_text_or_an_error(pgn: str) -> None:
    with contextlib.suppress(Malformed):
        read(pgn)
