"""Token counts."""

from __future__ import annotations

import sys

import pytest

from rightful.text.tokens import MAX_PIECE, TOKENIZER, count_tokens


def test_counts_are_those_of_the_vocabulary() -> None:
    # Worked out once with mistral-common's own Tekkenizer on the same file.
    assert count_tokens(["Hello world", "", "Die Straße ist lang.", "许可证"]) == [2, 0, 5, 3]


def test_special_tokens_are_plain_characters() -> None:
    assert count_tokens(["<s>", "[INST]", "</s>"]) == [3, 4, 3]


@pytest.mark.parametrize("unit", ["a", " ", "\n", "中", "aB1", "=", "\u0301"])
def test_long_runs_are_counted(unit: str) -> None:
    (count,) = count_tokens([unit * (1_200_000 // len(unit))])
    assert 1_000 < count <= 2_400_000


def test_counting_in_pieces_differs_by_no_more_than_a_token_a_piece() -> None:
    sentence = "The quick brown fox jumps over the lazy dog, and nobody minds. "
    repeats = 5 * MAX_PIECE // len(sentence)
    (whole,) = count_tokens([sentence * repeats])
    (one, two) = count_tokens([sentence, sentence * 2])
    assert abs(whole - (one + (two - one) * (repeats - 1))) <= 6


def test_lone_surrogates_do_no_harm() -> None:
    assert count_tokens(["a\ud800b"])[0] > 0


def test_the_name_says_which_vocabulary() -> None:
    assert TOKENIZER == "tekken_240911"


def test_the_package_of_the_vocabulary_is_not_imported() -> None:
    count_tokens(["x"])
    assert "mistral_common" not in sys.modules
